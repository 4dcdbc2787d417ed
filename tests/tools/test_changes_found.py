"""Cursors, over any feed and for any agent: nothing is skipped, nothing comes twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import anyio
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes import FakeClock
from xero_mcp.tool.access import Area
from xero_mcp.tool.feed import Change, ChangeKind
from xero_mcp.tool.feed_view import FeedView
from xero_mcp.tools import changes_found
from xero_mcp.tools.changes_found import CHUNK, MAX_LOOKED_AT, Wanted, look

AT = datetime(2026, 3, 2, tzinfo=UTC)
OWN = "own"


@dataclass
class ListedFeed:
    """A feed that stands in a list."""

    changes: Sequence[Change]

    is_kept = True

    async def newest(self) -> int:
        return self.changes[-1].cursor if self.changes else 0

    async def oldest(self) -> int:
        return 0

    async def is_filled(self) -> bool:
        return True

    async def cursor_at(self, since: datetime) -> int:
        del since
        return 0

    async def after(self, cursor: int, *, limit: int) -> Sequence[Change]:
        return [one for one in self.changes if one.cursor > cursor][:limit]

    async def grown(self, cursor: int, *, timeout_seconds: float) -> bool:
        del timeout_seconds
        return await self.newest() > cursor


def change(cursor: int, *, area: Area = Area.INVOICES, organisation: str = OWN) -> Change:
    return Change(
        cursor=cursor,
        organisation_id=organisation,
        area=area,
        resource="invoices",
        id=str(cursor),
        contact_id=None,
        kind=ChangeKind.UPDATED,
        changed_at=AT,
        noticed_at=AT,
        audit_id=None,
        events=1,
    )


def asked_of(changes: Sequence[Change]) -> Wanted:
    areas = frozenset({Area.INVOICES})
    view = FeedView(
        feed=ListedFeed(changes),
        organisations={OWN: "Own"},
        areas=areas,
        clock=FakeClock(),
        over=anyio.Event(),
    )
    return Wanted(view=view, areas=areas, contact_id=None)


async def read_all(asked: Wanted, *, limit: int) -> list[int]:
    """Follow the cursor to the end."""
    seen: list[int] = []
    cursor, more = 0, True
    while more:
        found = await look(asked, cursor, limit=limit)
        seen += [one.cursor for one in found.changes]
        assert found.cursor > cursor or not found.more, "it must get on"
        cursor, more = found.cursor, found.more
    return seen


@settings(deadline=None)
@given(
    kinds=st.lists(st.sampled_from(["told", "shut", "elsewhere", "gap"]), max_size=60),
    limit=st.integers(1, 7),
)
async def test_every_change_that_may_be_seen_comes_once_and_in_order(kinds: list[str], limit: int):
    feed = [
        change(
            number,
            area=Area.BILLS if kind == "shut" else Area.INVOICES,
            organisation="other" if kind == "elsewhere" else OWN,
        )
        for number, kind in enumerate(kinds, start=1)
        if kind != "gap"
    ]
    wanted = [number for number, kind in enumerate(kinds, start=1) if kind == "told"]
    assert await read_all(asked_of(feed), limit=limit) == wanted


async def test_a_long_way_over_what_may_not_be_seen_is_gone_in_bounded_steps():
    hidden = [change(number, area=Area.BILLS) for number in range(1, MAX_LOOKED_AT + 2)]
    asked = asked_of([*hidden, change(MAX_LOOKED_AT + 2)])
    first = await look(asked, 0, limit=10)
    assert (first.changes, first.cursor, first.more) == ([], MAX_LOOKED_AT, True)
    assert await read_all(asked, limit=10) == [MAX_LOOKED_AT + 2]
    assert MAX_LOOKED_AT % CHUNK == 0


async def test_a_wait_goes_on_over_what_may_not_be_seen_without_waiting():
    hidden = [change(number, area=Area.BILLS) for number in range(1, MAX_LOOKED_AT + 2)]
    asked = asked_of([*hidden, change(MAX_LOOKED_AT + 2)])
    found = await changes_found.wait(asked, 0, timeout_seconds=5)
    assert [one.cursor for one in found.changes] == [MAX_LOOKED_AT + 2]
