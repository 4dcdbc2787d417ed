"""`/approvals`: where a person signs in, reads what an agent asks for, and decides.

A GET changes nothing. Whatever decides comes as a form of ours, from the browser that it was shown
in, by a person who is signed in and whom the rule names. What is for others is not there.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from xero_mcp.approvals import (
    ID_LETTERS,
    Approval,
    ApprovalError,
    Approvals,
    Sessions,
    is_named,
    normal_id,
)
from xero_mcp.clock import Clock
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.tables.approvals import ApprovalStatus
from xero_mcp.transport.http.approvals_page_visitor import (
    Address,
    NotThisWayError,
    Visitor,
    Visitors,
)
from xero_mcp.transport.http.pages.approval_parts import (
    HOME,
    SIGN_IN,
    SIGN_OUT,
    FormKeys,
    Seen,
    header,
    message,
    note,
    nothing_here,
    path_of,
    sign_in_form,
    waiting_list,
    whole,
)
from xero_mcp.transport.http.pages.html import NOTHING, Html
from xero_mcp.transport.http.pages.page import PageMaker
from xero_mcp.transport.http.who import Guesses, address_of

MAX_LISTED: Final = 500
"""Questions that wait, the newest: those for others among them."""
MAX_SIGN_INS_AT_ONCE: Final = 16
"""Each takes a tenth of a second of a core, and they queue."""
BUSY_SECONDS: Final = 5
WRONG: Final = (
    "That e-mail address and passphrase do not go together. After three wrong ones in a row, even "
    "the right one is not heard for a while, up to a quarter of an hour."
)
_ID: Final = re.compile(f"ap-[{ID_LETTERS}]{{6}}")

PolicyNow = Callable[[str], Awaitable[str]]
"""The hash of the policy that holds for an agent now; empty where none does."""
Answering = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRooms:
    """What the pages stand on."""

    approvals: Approvals
    sessions: Sessions
    clock: Clock
    policy_now: PolicyNow
    public_url: str | None = None


class ApprovalPages:
    """Every page below `/approvals`."""

    def __init__(self, rooms: PageRooms) -> None:
        self._rooms = rooms
        self._maker = PageMaker()
        self._address = Address(rooms.public_url)
        self._visitors = Visitors(rooms.sessions, self._address)
        self._guesses = Guesses(rooms.clock.monotonic)
        self._signing_in = 0

    def routes(self) -> list[BaseRoute]:
        one = f"{HOME}/{{approval_id}}"
        return [
            Route(HOME, self._safely(self._list), methods=["GET"]),
            Route(f"{HOME}/", self._safely(self._without_slash), methods=["GET"]),
            Route(SIGN_IN, self._safely(self._sign_in), methods=["POST"]),
            Route(SIGN_OUT, self._safely(self._sign_out), methods=["POST"]),
            Route(one, self._safely(self._one), methods=["GET"]),
            Route(f"{one}/", self._safely(self._without_slash), methods=["GET"]),
            Route(f"{one}/approve", self._safely(self._approve), methods=["POST"]),
            Route(f"{one}/reject", self._safely(self._reject), methods=["POST"]),
        ]

    def _safely(self, answering: Answering) -> Answering:
        """The same, with a page for what can go wrong anywhere."""

        async def safely(request: Request) -> Response:
            try:
                self._address.must_be_private(request)
                return await answering(request)
            except NotThisWayError as error:
                shown = message("Not this way", error.words)
                answer = self._maker.page("Not this way", shown, status=error.status)
                if error.wait_seconds:
                    answer.headers["retry-after"] = str(error.wait_seconds)
                return answer
            except StoreUnavailableError:
                words = "The database does not answer, so nothing was done. Try again in a minute."
                status = HTTPStatus.SERVICE_UNAVAILABLE
                return self._maker.page("Not now", message("Not now", words), status=status)

        return safely

    async def _list(self, request: Request) -> Response:
        visitor = await self._visitors.of(request)
        if visitor.person is None:
            return self._to_sign_in(visitor)
        pending = await self._rooms.approvals.list(status=ApprovalStatus.PENDING, limit=MAX_LISTED)
        now, person = self._rooms.clock.now(), visitor.person
        mine = [
            Seen(approval=one, person=person, now=now)
            for one in pending
            if is_named(one.row, person)
        ]
        shown = waiting_list(mine, is_cut=len(pending) == MAX_LISTED)
        return self._page("What waits for you", shown, visitor)

    async def _without_slash(self, request: Request) -> Response:
        """A link that somebody typed; starlette would send them to http:// behind a proxy."""
        about = _plain_id(str(request.path_params.get("approval_id", "")))
        return self._maker.go(path_of(about) if about else HOME)

    async def _one(self, request: Request) -> Response:
        visitor = await self._visitors.of(request)
        if visitor.person is None:
            return self._to_sign_in(visitor, about=_id_of(request))
        approval = await self._mine(request, visitor.person)
        if approval is None:
            return self._nothing(visitor)
        return await self._shown(approval, visitor)

    async def _sign_in(self, request: Request) -> Response:
        visitor, fields = await self._visitors.form_of(request)
        about = _plain_id(fields.get("about", ""))
        behind_proxy = self._rooms.public_url is not None
        address = address_of(request.scope, behind_proxy=behind_proxy)
        wait = self._guesses.wait_seconds(address)
        if self._signing_in >= MAX_SIGN_INS_AT_ONCE:
            wait = BUSY_SECONDS
        if wait:
            raise NotThisWayError(
                f"Too many people try to sign in at this moment. Try again in {wait} seconds.",
                status=HTTPStatus.TOO_MANY_REQUESTS,
                wait_seconds=wait,
            )
        self._signing_in += 1
        try:
            token = await self._rooms.sessions.sign_in(
                fields.get("email", ""), fields.get("passphrase", "")
            )
        finally:
            self._signing_in -= 1
        if token is None:
            self._guesses.note(address)
            return self._to_sign_in(visitor, about=about, said=WRONG)
        onward = self._maker.go(path_of(about) if about else HOME)
        # A token of its own: whoever planted the one before is not signed in by it.
        return self._visitors.keep(onward, Visitor(token=token, is_new=True), signed_in=True)

    async def _sign_out(self, request: Request) -> Response:
        visitor, _ = await self._visitors.form_of(request)
        await self._rooms.sessions.sign_out(visitor.token)
        return self._visitors.keep(self._maker.go(HOME), self._visitors.stranger())

    async def _approve(self, request: Request) -> Response:
        async def say(approval: Approval, person: str, words: str) -> None:
            if (await self._seen(approval, person)).policy_changed:
                raise ApprovalError(
                    "The policy has changed since this was asked, so a yes would not count.",
                    next_step="The agent asks anew when it sends the call again.",
                )
            await self._rooms.approvals.approve(approval.id, person, words, authenticated=True)

        return await self._decide(request, "note", say)

    async def _reject(self, request: Request) -> Response:
        async def say(approval: Approval, person: str, words: str) -> None:
            await self._rooms.approvals.reject(approval.id, person, words, authenticated=True)

        return await self._decide(request, "reason", say)

    async def _decide(
        self,
        request: Request,
        field: str,
        say: Callable[[Approval, str, str], Awaitable[None]],
    ) -> Response:
        visitor, fields = await self._visitors.form_of(request)
        if visitor.person is None:
            words = "Your sign-in has ended, so nothing was decided. Sign in again."
            return self._to_sign_in(visitor, about=_id_of(request), said=words)
        approval = await self._mine(request, visitor.person)
        if approval is None:
            return self._nothing(visitor)
        try:
            await say(approval, visitor.person, fields.get(field, ""))
        except ApprovalError as error:
            now = await self._rooms.approvals.get(approval.id)
            words = f"{error.message} Your word was not taken."
            return await self._shown(now, visitor, said=words)
        return self._maker.go(path_of(approval.id))

    async def _mine(self, request: Request, person: str) -> Approval | None:
        """The approval, where there is one and a rule of it names this person."""
        approval_id = _id_of(request)
        if not approval_id:
            return None
        try:
            approval = await self._rooms.approvals.get(approval_id)
        except ApprovalError:
            return None
        return approval if is_named(approval.row, person) else None

    async def _seen(self, approval: Approval, person: str) -> Seen:
        held = await self._rooms.policy_now(approval.row.agent)
        return Seen(
            approval=approval,
            person=person,
            now=self._rooms.clock.now(),
            policy_changed=held != approval.row.policy_hash,
        )

    async def _shown(self, approval: Approval, visitor: Visitor, *, said: str = "") -> Response:
        seen = await self._seen(approval, visitor.person or "")
        path = path_of(approval.id)
        keys = FormKeys(
            approve=visitor.key(f"{path}/approve"), reject=visitor.key(f"{path}/reject")
        )
        warned = note(said, tone="bad") if said else NOTHING
        title = f"{approval.status.value}: {approval.id}"
        status = HTTPStatus.CONFLICT if said else HTTPStatus.OK
        return self._page(title, whole(seen, keys, said=warned), visitor, status=status)

    def _nothing(self, visitor: Visitor) -> Response:
        shown = nothing_here(visitor.person or "")
        return self._page("Nothing here", shown, visitor, status=HTTPStatus.NOT_FOUND)

    def _to_sign_in(self, visitor: Visitor, *, about: str = "", said: str = "") -> Response:
        warned = note(said, tone="bad") if said else NOTHING
        form = sign_in_form(about=about, key=visitor.key(SIGN_IN), said=warned)
        status = HTTPStatus.FORBIDDEN if said else HTTPStatus.OK
        shown = self._maker.page("Sign in", form, status=status)
        return self._visitors.keep(shown, visitor) if visitor.is_new else shown

    def _page(
        self, title: str, main: Html, visitor: Visitor, *, status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        top = header(visitor.person or "", visitor.key(SIGN_OUT))
        return self._maker.page(title, main, header=top, status=status)


def _id_of(request: Request) -> str:
    return _plain_id(str(request.path_params["approval_id"]))


def _plain_id(text: str) -> str:
    """An id as it is stored, or nothing where it cannot be one: so it never leads elsewhere."""
    plain = normal_id(text)
    return plain if _ID.fullmatch(plain) else ""
