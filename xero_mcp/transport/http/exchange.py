"""One request and its answer, as every layer before the rooms sees it: read once, timed once."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Final

import anyio
from starlette.types import Message, Receive, Scope, Send

from xero_mcp.transport.http.plain import answer_plainly
from xero_mcp.transport.http.waits import Waits

MAX_BODY_BYTES: Final = 4 * 1024 * 1024
"""An attachment of the greatest size that a tool takes, as base64, fits in."""

_KEY: Final = "xero_mcp.exchange"

Wrong = tuple[HTTPStatus, str]
"""A status, and what is wrong."""


class TooLargeError(Exception):
    """More of a body came than is taken."""


class Told:
    """The headers of a request, by their names."""

    __slots__ = ("_by_name", "_each_once", "_raw", "names", "only")

    def __init__(self, raw: Sequence[tuple[bytes, bytes]]) -> None:
        self._raw = raw
        self._by_name = dict(raw)
        self._each_once = len(self._by_name) == len(raw)
        self.names = self._by_name.keys()
        self.only: Callable[[bytes], bytes | None] = (
            self._by_name.get if self._each_once else self._one_of
        )
        """The value under a name; None where there is none or more than one."""

    def all(self, name: bytes) -> list[str]:
        """Every value under that name, in order."""
        if not self._each_once:
            return [value.decode("latin-1") for key, value in self._raw if key == name]
        found = self._by_name.get(name)
        return [] if found is None else [found.decode("latin-1")]

    def names_hold(self, part: bytes) -> bool:
        """Whether that occurs in any of the names."""
        return part in b"\n".join(self._by_name)

    def _one_of(self, name: bytes) -> bytes | None:
        found = [value for key, value in self._raw if key == name]
        return found[0] if len(found) == 1 else None


class Exchange:
    """One request and its answer.

    Every layer counts, times and ends it here, where it once took a pair of functions around the
    next layer's, and a scope, for each.
    """

    __slots__ = (
        "_bodies",
        "_is_whole",
        "_receive",
        "_scope",
        "_send",
        "_size",
        "_why",
        "counted",
        "is_answered",
        "told",
    )

    def __init__(
        self,
        receive: Receive,
        send: Send,
        told: Told,
        scope: anyio.CancelScope,
        bodies: "Waits[Exchange]",
    ) -> None:
        """`bodies`: who waits for the end of a body; this waits there from the first moment on."""
        self.told = told
        self._scope = scope
        """Whoever answers runs in it."""
        self.is_answered = False
        self.counted: Callable[[int], None] | None = None
        """Is told the status with which the answer begins."""
        self._receive = receive
        self._send = send
        self._bodies = bodies
        self._size = 0
        self._is_whole = False
        self._why: Wrong | None = None
        if b"content-length" in told.names or b"transfer-encoding" in told.names:
            bodies.begin(self)

    async def receive(self) -> Message:
        """The next piece, as long as all of them are not too much."""
        message = await self._receive()
        if self._is_whole:  # from here on it only waited for the client to go
            return message
        if message["type"] == "http.request":
            self._size += len(message.get("body", b""))
            if self._size > MAX_BODY_BYTES:
                raise TooLargeError
            if message.get("more_body", False):
                return message
        self.whole()
        return message

    async def send(self, message: Message) -> None:
        """A piece of the answer."""
        self.is_answered = True
        if self.counted is not None and message["type"] == "http.response.start":
            self.counted(message["status"])
        await self._send(message)

    def whole(self) -> None:
        """Nothing of the body is waited for any more."""
        self._is_whole = True
        self._bodies.end(self)

    def end(self, why: Wrong | None) -> None:
        """Stop whoever answers; the client hears why, unless it is gone or has heard something."""
        if not self._scope.cancel_called:
            self._why = why
            self._scope.cancel()

    async def say_why(self) -> None:
        """What was wrong, to whom it ended for."""
        if self._why is not None:
            await self.refuse(self._why)

    async def refuse(self, wrong: Wrong) -> None:
        """Say what is wrong where nothing was said yet; else the connection just ends."""
        if not self.is_answered:
            await answer_plainly(self.send, *wrong, close=True)


def begun(scope: Scope, exchange: Exchange) -> Scope:
    """The scope of a request that is this exchange.

    It is a copy: the server's own leads to the functions that the exchange holds, and a ring
    would stay until the garbage is collected.
    """
    return {**scope, _KEY: exchange}


def exchange_of(scope: Scope) -> Exchange:
    """The exchange that a request is; every layer behind the guard may ask."""
    exchange: Exchange = scope[_KEY]
    return exchange
