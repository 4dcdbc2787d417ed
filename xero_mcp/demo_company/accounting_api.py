"""One call to the accounting API, from a checked token to Xero's answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from xero_mcp.demo_company.authors import author_of
from xero_mcp.demo_company.demo_clock import DemoClock
from xero_mcp.demo_company.idempotency import IdempotencyKeys
from xero_mcp.demo_company.identity.grants import AccessToken
from xero_mcp.demo_company.kernel import (
    Answer,
    Call,
    Company,
    ElementRefusedError,
    Event,
    Json,
    NotFoundError,
    RefusedError,
    Route,
    ValidationRefusedError,
)
from xero_mcp.demo_company.operations import GUID, Match, find
from xero_mcp.demo_company.saved_state import SavedState, Write
from xero_mcp.demo_company.wire.encode import XML_TYPE, encode_xml
from xero_mcp.demo_company.wire.errors import Problems, refusal, too_large
from xero_mcp.demo_company.wire.read import read_json, wants_json
from xero_mcp.demo_company.wire.reply import Reply, json_reply
from xero_mcp.demo_company.wire.request import Request, query_of

PREFIX: Final = "/api.xro/2.0"
PROVIDER: Final = "Demo App"
MAX_BODY_BYTES: Final = 3_670_016  # 3.5 MB
MAX_ATTACHMENT_BYTES: Final = 26_214_400  # 25 MB

_PDF: Final = "application/pdf"
_WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def max_body_bytes(path: str) -> int:
    """Return the size up to which a body is read: attachments may be bigger than documents."""
    return MAX_ATTACHMENT_BYTES if "/attachments/" in path.lower() else MAX_BODY_BYTES


def _keep_nothing() -> None:
    """Reads and replayed writes leave no trace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """For whom a handler runs, and how what it did is kept."""

    client_id: str
    keep: Callable[[], None] = _keep_nothing


@dataclass(kw_only=True)
class AccountingApi:
    """All organisations, and the routes that answer for them.

    `published` is told of the events of each write that was done. Every write, the refused ones
    too, goes to the state file: refused ones use up ids, and a replay must use the same.
    """

    routes: Mapping[tuple[str, str], Route]
    idempotency: IdempotencyKeys
    problems: Problems
    clock: DemoClock
    new_id: Callable[[], str]
    published: Callable[[Company, tuple[Event, ...]], None]
    saved: SavedState

    def matched(self, request: Request) -> Match | None:
        """Find the operation of Xero's that a request is for, offered to this app or not.

        A document asked for as PDF is its paper, as if `/pdf` stood at the end of the path.
        """
        path = request.path.removeprefix(PREFIX)
        if request.method == "GET" and _PDF in request.headers.get("accept", ""):
            paper = find("GET", f"{path}/pdf")
            if paper is not None and paper.operation.kind == "pdf":
                return paper
        return find(request.method, path)

    def answer(
        self, request: Request, match: Match | None, company: Company, token: AccessToken
    ) -> Reply:
        """Answer a call whose token and organisation are good."""
        as_json = wants_json(request.headers.get("accept", ""))
        try:
            if match is None or not match.operation.offered:
                raise NotFoundError
            if not match.operation.allowed_by(token.scopes):
                return self.problems.scope_missing()
            if request.too_large:
                return too_large()
            return self.idempotency.once(
                request,
                client_id=token.grant.client_id,
                tenant_id=company.id,
                run=lambda: self._run(request, match, company, token),
            )
        except RefusedError as refused:
            return refusal(refused, as_json=as_json)

    def replay(self, write: Write, company: Company) -> None:
        """Do a write of the state file again; its answer was given long ago."""
        path, _, query_text = write.path.partition("?")
        request = Request(
            method=write.method,
            path=path,
            query=query_of(query_text),
            query_text=query_text,
            headers=write.headers,
            body=write.body,
        )
        match = self.matched(request)
        if match is not None:
            with self.clock.held_at(write.at):
                self._done(request, match, company, Doing(client_id=write.client_id))

    def _run(self, request: Request, match: Match, company: Company, token: AccessToken) -> Reply:
        client_id = token.grant.client_id
        if request.method not in _WRITES:
            doing = Doing(client_id=client_id)
            return self._shown(request, self._done(request, match, company, doing))
        now = self.clock()
        write = Write(
            at=now,
            organisation_id=company.id,
            client_id=client_id,
            method=request.method,
            path=f"{request.path}?{request.query_text}",
            headers=dict(request.headers),
            body=request.body,
        )
        with self.clock.held_at(now):
            doing = Doing(client_id=client_id, keep=lambda: self.saved.add(write))
            done = self._done(request, match, company, doing)
        if isinstance(done, Answer):
            self.published(company, done.events)
        return self._shown(request, done)

    def _done(
        self, request: Request, match: Match, company: Company, doing: Doing
    ) -> Answer | RefusedError:
        """Run the handler; whatever it refuses is an answer to remember like any other.

        What cannot be kept in the state file is not done either.
        """
        route = self.routes.get((match.operation.method, match.operation.path))
        if route is None:
            return NotFoundError()
        try:
            call = _call(request, match, company, doing.client_id)
            with company.all_or_nothing(), company.acting(author_of(doing.client_id)):
                answer = route.handle(call)
                doing.keep()
                return answer
        except ElementRefusedError as refused:
            doing.keep()
            return _as_validation(refused)
        except RefusedError as refused:
            doing.keep()
            return refused

    def _shown(self, request: Request, done: Answer | RefusedError) -> Reply:
        as_json = wants_json(request.headers.get("accept", ""))
        if isinstance(done, RefusedError):
            return refusal(done, as_json=as_json)
        return self._reply(done, as_json=as_json)

    def _reply(self, answer: Answer, *, as_json: bool) -> Reply:
        body = answer.body
        if isinstance(body, bytes):
            shown = answer.content_type if body else None
            return Reply(
                status=answer.status, body=body, content_type=shown, headers=answer.headers
            )
        envelope: Json = {
            "Id": self.new_id(),
            "Status": "OK",
            "ProviderName": PROVIDER,
            "DateTimeUTC": self.clock().replace(tzinfo=None),
            **answer.envelope,
            **body,
        }
        if as_json:
            made = json_reply(envelope, status=answer.status)
            return Reply(
                status=answer.status,
                body=made.body,
                content_type=answer.content_type,
                headers=answer.headers,
            )
        xml = encode_xml("Response", envelope)
        return Reply(status=answer.status, body=xml, content_type=XML_TYPE, headers=answer.headers)


def _call(request: Request, match: Match, company: Company, client_id: str) -> Call:
    sends_file = match.operation.kind == "attachment"
    body: Any = {}
    if request.body and request.method in _WRITES and not sends_file:
        body = read_json(request.body)
    return Call(
        company=company,
        method=request.method,
        path={name: _lower_guid(value) for name, value in match.params.items()},
        query=request.query,
        headers=request.headers,
        body=body,
        content=request.body if sends_file else b"",
        client_id=client_id,
    )


def _lower_guid(value: str) -> str:
    return value.lower() if GUID.fullmatch(value) else value


def _as_validation(refused: ElementRefusedError) -> ValidationRefusedError:
    """Turn a rule that a handler let through as it was into a whole 400."""
    echo = refused.echo or {}
    messages = [{"Message": message} for message in refused.messages]
    return ValidationRefusedError([{**echo, "ValidationErrors": messages}])
