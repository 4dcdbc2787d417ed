"""Whether the server still takes work, and the work that it has taken."""

from http import HTTPStatus
from typing import Final

import anyio

from xero_mcp.transport.http.exchange import Exchange

_CUT_OFF: Final = (
    "The server stopped before this call ended. The audit log says what became of it: "
    "`xero-mcp audit list`."
)


class Standing:
    """Whether this process still takes work, and the work that it has taken."""

    def __init__(self) -> None:
        self.stops = False
        self._is_work: dict[Exchange, bool] = {}
        """Of each request that is being answered."""
        self._under_way = 0
        self._idle: anyio.Event | None = None

    def begin(self, one: Exchange, method: str) -> None:
        """A request is being answered from now on; it is cut off with the others."""
        # A GET is a stream on which nothing need ever come.
        self._is_work[one] = is_work = method == "POST"
        self._under_way += is_work

    def end(self, one: Exchange) -> None:
        """It has its whole answer, or gets none; it may never have begun."""
        self._under_way -= self._is_work.pop(one, False)
        if self._idle is not None and not self._under_way:
            self._idle.set()

    async def until_idle(self) -> None:
        """Wait until every request that asked for work has its whole answer."""
        while self._under_way:
            self._idle = anyio.Event()
            await self._idle.wait()

    def cut_off(self) -> None:
        """End whatever is still being answered."""
        for one in tuple(self._is_work):
            one.end((HTTPStatus.SERVICE_UNAVAILABLE, _CUT_OFF))
