"""What a tool gets of Xero: the operations that it declared, in one organisation, no more."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, TypeVar
from urllib.parse import quote

from pydantic import BaseModel

from xero_mcp.clock import Clock
from xero_mcp.errors import Detail, ErrorCode, XeroMcpError
from xero_mcp.xero import errors
from xero_mcp.xero.budget import CallBudget
from xero_mcp.xero.call import Call, HeldBack, Patience, XeroRequest
from xero_mcp.xero.credentials import XeroHosts
from xero_mcp.xero.early_reads import EarlyReads
from xero_mcp.xero.exchange import MAX_IDEMPOTENCY_KEY_CHARS, Exchange
from xero_mcp.xero.limits import Progress
from xero_mcp.xero.models.connection import OrganisationRef
from xero_mcp.xero.reference import NOUNS, Reference, ReferenceCache
from xero_mcp.xero.where import GUID, Order, Where
from xero_mcp.xero.wire import Json, dump_json, understood

__all__ = [
    "Grant",
    "HeldBack",
    "Progress",
    "ScopedXero",
    "UndeclaredReachError",
    "XeroFile",
    "XeroRequest",
]

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")
Param = str | int | bool | date | Where | Order | None

MAX_PARAM_CHARS: Final = 2_000
MAX_BODY_BYTES: Final = 3_500_000
"""As much as Xero takes in a request; files have a bound of their own."""
MAX_NAME_CHARS: Final = 255
MAX_BASE_KEY_CHARS: Final = MAX_IDEMPOTENCY_KEY_CHARS - 8
"""Leaves room for the number of the write within its call."""

_PLACEHOLDER: Final = re.compile(r"\{([A-Za-z]+)\}")
_BUILT: Final = {"where": Where, "order": Order}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one call may do, as the gate decided."""

    organisation: OrganisationRef
    reaches: frozenset[tuple[str, str]]
    """(method, path template): ("GET", "/Invoices/{InvoiceID}")."""
    scopes: frozenset[str]
    """Those of the agent's token; what they do not cover, Xero refuses."""
    beside: tuple[OrganisationRef, ...] = ()
    """Other organisations that a call only reads, each under the same grant."""
    idempotency_key: str | None = None
    """Made from the audit intent's id; a call that writes needs one."""
    budget: CallBudget | None = None
    """The agent that asks, and how many calls it may make; None: people ask."""
    is_second_try: bool = False
    """Whether the first try may have taken effect: it is sent again under its own key."""
    early_reads: EarlyReads | None = None
    """Kept by what may not write, taken by the run; None: every read is a request."""
    held_back: HeldBack | None = None
    """Set where nothing may be sent yet: what is kept in memory must do."""

    def __post_init__(self) -> None:
        key = self.idempotency_key
        if key is not None and not 1 <= len(key) <= MAX_BASE_KEY_CHARS:
            raise ValueError(f"an idempotency key has 1 to {MAX_BASE_KEY_CHARS} characters")


@dataclass(frozen=True, slots=True, kw_only=True)
class XeroFile:
    """A file on its way from or to Xero."""

    media_type: str
    content: bytes = field(repr=False)


class UndeclaredReachError(XeroMcpError):
    """A tool went where it had not said that it would go. Nothing was sent."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"The tool tried something that it did not declare: {what}.",
            code=ErrorCode.INTERNAL_ERROR,
            next_step="Nothing was sent. Report this: the tool's declaration is wrong.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """The parts of the client that every call shares."""

    exchange: Exchange
    hosts: XeroHosts
    clock: Clock
    reference: ReferenceCache
    doubt_connection: Callable[[str], None]


class ScopedXero:
    """Xero for one call of one tool. Build it with `XeroClient.scoped`."""

    def __init__(self, upstream: Upstream, grant: Grant, patience: Patience) -> None:
        self._upstream = upstream
        self._grant = grant
        self._patience = patience
        self._writes = 0

    @property
    def organisation(self) -> OrganisationRef:
        return self._grant.organisation

    @property
    def beside(self) -> "tuple[ScopedXero, ...]":
        """The same for each other organisation of the call; their requests are in `requests`."""
        return tuple(
            ScopedXero(
                self._upstream,
                replace(self._grant, organisation=one, beside=(), idempotency_key=None),
                self._patience,
            )
            for one in self._grant.beside
        )

    @property
    def is_second_try(self) -> bool:
        """Whether what is to be made may be there already, made by the first try."""
        return self._grant.is_second_try

    @property
    def clock(self) -> Clock:
        return self._upstream.clock

    @property
    def reference(self) -> Reference:
        """The organisation's own facts, cached by the server; fetches count in `requests`."""
        return self._upstream.reference.of(
            self._grant.organisation.id, self._grant.scopes, self._patience
        )

    @property
    def requests(self) -> tuple[XeroRequest, ...]:
        """Every request so far, second tries too; complete also after an exception."""
        return tuple(self._patience.trail)

    async def tell(self, done: float, total: float | None, message: str) -> None:
        """Tell a host that wants to hear it how far the call has come."""
        if self._patience.progress is not None:
            await self._patience.progress(done, total, message)

    async def get(
        self,
        path: str,
        model: type[M],
        *,
        ids: Mapping[str, str] | None = None,
        params: Mapping[str, Param] | None = None,
        modified_since: datetime | None = None,
    ) -> M:
        """Read. `path` is the template that was declared, `ids` fills its braces.

        Raises:
            XeroMcpError: what Xero's answer means, or that this call may not go there.
        """
        call = self._call("GET", path, ids, params)
        if modified_since is not None:
            if modified_since.tzinfo is None:
                raise ValueError("modified_since needs a time zone: Xero counts in UTC")
            call = replace(call, modified_since=modified_since)
        early = self._grant.early_reads
        kept = early.find(call, model) if early is not None else None
        if kept is not None:
            return kept
        found = understood(model, await self._run(call))
        if found is None:
            raise errors.unavailable("Xero's answer has a shape that could not be understood.")
        if early is not None and self._grant.idempotency_key is None:
            early.keep(call, found)
        return found

    async def delete(self, path: str, model: type[M], *, ids: Mapping[str, str] | None = None) -> M:
        """Take away; an answer without a body is an empty model.

        Xero takes no Idempotency-Key here: what stays in doubt after a second try is unknown.
        """
        return await self._send(self._call("DELETE", path, ids, None), model)

    async def get_file(
        self, path: str, *, accepts: str = "*/*", ids: Mapping[str, str] | None = None
    ) -> XeroFile:
        """Read a file: an attachment, or a document as PDF (`application/pdf`).

        Raises:
            XeroMcpError: as `get`.
        """
        call = replace(self._call("GET", path, ids, None), accepts=accepts)
        answer = await self._heard(self._upstream.exchange.fetch(call, self._patience))
        media_type = (answer.header("content-type") or "").partition(";")[0].strip().lower()
        return XeroFile(media_type=media_type, content=answer.body)

    async def put_file(
        self,
        path: str,
        model: type[M],
        file: XeroFile,
        *,
        ids: Mapping[str, str] | None = None,
        params: Mapping[str, Param] | None = None,
    ) -> M:
        """Add a file. Its name stands in the path, and Xero takes its type from ours."""
        return await self._send(_with_file(self._call("PUT", path, ids, params), file), model)

    async def post_file(
        self,
        path: str,
        model: type[M],
        file: XeroFile,
        *,
        ids: Mapping[str, str] | None = None,
        params: Mapping[str, Param] | None = None,
    ) -> M:
        """Put a file in the place of one of the same name; otherwise like `put_file`."""
        return await self._send(_with_file(self._call("POST", path, ids, params), file), model)

    async def put(
        self,
        path: str,
        model: type[M],
        body: BaseModel,
        *,
        ids: Mapping[str, str] | None = None,
        params: Mapping[str, Param] | None = None,
    ) -> M:
        """Create. The Idempotency-Key is the call's, with the number of the write behind it.

        Raises:
            XeroMcpError: OUTCOME_UNKNOWN where nobody knows; otherwise what the answer means.
        """
        return await self._write(self._call("PUT", path, ids, params), model, body)

    async def post(
        self,
        path: str,
        model: type[M],
        body: BaseModel,
        *,
        ids: Mapping[str, str] | None = None,
        params: Mapping[str, Param] | None = None,
    ) -> M:
        """Create or update; otherwise like `put`."""
        return await self._write(self._call("POST", path, ids, params), model, body)

    async def _write(self, call: Call, model: type[M], body: BaseModel) -> M:
        """Nothing is split: of two requests, the second may fail after the first took effect."""
        text = dump_json(body)
        if len(text) > MAX_BODY_BYTES:
            raise errors.request_too_large(len(text), max_bytes=MAX_BODY_BYTES)
        return await self._send(replace(call, body=text), model)

    async def _send(self, call: Call, model: type[M]) -> M:
        call = replace(call, idempotency_key=self._next_key())
        if self._grant.early_reads is not None:
            self._grant.early_reads.forget()
        payload = await self._run(call)
        found = understood(model, {} if payload is None else payload)  # 204: done, nothing to say
        if call.path.split("/")[1] in NOUNS:
            self._upstream.reference.forget(self._grant.organisation.id)
        if found is None:
            why = Detail(path="request", message="the answer has a shape that we do not know")
            raise errors.outcome_unknown(call.method, call.path, [why])
        return found

    async def _run(self, call: Call) -> Json:
        return await self._heard(self._upstream.exchange.run(call, self._patience))

    async def _heard(self, settling: Awaitable[T]) -> T:
        """What an operation brought; that we are not connected makes us look again who is.

        What was kept of the organisation is then no longer ours to show.
        """
        try:
            return await settling
        except XeroMcpError as error:
            if error.code is ErrorCode.NOT_CONNECTED:
                self._upstream.doubt_connection(self._grant.organisation.id)
                self._upstream.reference.forget(self._grant.organisation.id)
            raise

    def _call(
        self,
        method: str,
        path: str,
        ids: Mapping[str, str] | None,
        params: Mapping[str, Param] | None,
    ) -> Call:
        if (method, path) not in self._grant.reaches:
            raise UndeclaredReachError(f"{method} {path}")
        filled = _filled(path, ids or {})
        return Call(
            method=method,
            url=f"{self._upstream.hosts.accounting_url}{filled}",
            path=filled,
            scopes=self._grant.scopes,
            organisation_id=self._grant.organisation.id,
            query=_query(path, params or {}),
        )

    def _next_key(self) -> str:
        if self._grant.idempotency_key is None:
            raise UndeclaredReachError("a write without an idempotency key")
        self._writes += 1
        return f"{self._grant.idempotency_key}-{self._writes}"


def _with_file(call: Call, file: XeroFile) -> Call:
    return replace(call, body=file.content, body_type=file.media_type)


def _filled(template: str, ids: Mapping[str, str]) -> str:
    """Put ids in their places; only a GUID fits, so no path can be bent.

    A place for a number or a name takes text, percent-encoded.
    """
    wanted = _PLACEHOLDER.findall(template)
    if set(wanted) != set(ids):
        raise UndeclaredReachError(f"{template} with {', '.join(sorted(ids)) or 'no ids'}")
    wrong = [name for name, value in ids.items() if not _fits(name, value)]
    if wrong:
        raise XeroMcpError(
            "An id is not one of Xero's.",
            code=ErrorCode.INVALID_ARGUMENTS,
            next_step="Take ids from a list of this server; they look like "
            "00000000-0000-0000-0000-000000000000.",
            details=[Detail(path=name, message="not a GUID") for name in wrong],
        )
    return _PLACEHOLDER.sub(lambda match: _in_path(match[1], ids[match[1]]), template)


def _fits(name: str, value: str) -> bool:
    if name.endswith("ID"):
        return GUID.fullmatch(value) is not None
    return value.strip(". ") != "" and value.isprintable() and len(value) <= MAX_NAME_CHARS


def _in_path(name: str, value: str) -> str:
    return value.lower() if name.endswith("ID") else quote(value, safe="")


def _query(path: str, params: Mapping[str, Param]) -> tuple[tuple[str, str], ...]:
    endpoint = path.split("/")[1]
    given = [(name, value) for name, value in params.items() if value is not None]
    return tuple((name, _param(endpoint, name, value)) for name, value in given)


def _param(endpoint: str, name: str, value: Param) -> str:
    built = _BUILT.get(name)
    if built is not None or isinstance(value, Where | Order):
        if built is None or not isinstance(value, built) or value.endpoint != endpoint:
            raise UndeclaredReachError(f"{name} of {endpoint} that where.py did not build for it")
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value.isoformat() if isinstance(value, date) else str(value)
    if len(text) > MAX_PARAM_CHARS:
        raise XeroMcpError(
            f"A search text or filter is longer than {MAX_PARAM_CHARS} characters.",
            code=ErrorCode.INVALID_ARGUMENTS,
            next_step="Shorten it.",
            details=[Detail(path=name, message=f"{len(text)} characters")],
        )
    return text
