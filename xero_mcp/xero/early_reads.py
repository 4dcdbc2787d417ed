"""What was read for one call before it was let through, so that its run need not ask again."""

from typing import Final, TypeVar, cast

from pydantic import BaseModel

from xero_mcp.xero.call import Call

M = TypeVar("M", bound=BaseModel)

MAX_KEPT_READS: Final = 120
"""Twice as many as a bulk call reads; what is read beyond that is read again."""


class EarlyReads:
    """Answers of one call's own reads, until it writes: after that they may be untrue."""

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], BaseModel] = {}

    def keep(self, call: Call, found: BaseModel) -> None:
        if len(self._kept) < MAX_KEPT_READS:
            self._kept[_key(call, type(found))] = found

    def find(self, call: Call, model: type[M]) -> M | None:
        return cast("M | None", self._kept.get(_key(call, model)))

    def forget(self) -> None:
        self._kept.clear()


def _key(call: Call, model: type[BaseModel]) -> tuple[object, ...]:
    """Who may read it needs no place here: one call has one grant."""
    return (call.organisation_id, call.url, call.query, call.modified_since, model)
