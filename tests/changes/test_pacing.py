"""A day's share lasts to the end of the day, however short the interval that was set."""

from datetime import timedelta
from pathlib import Path

from tests.changes.kept_world import kept_world
from tests.fakes import START
from xero_mcp.changes.fetching import CATCHING_UP
from xero_mcp.changes.pacing import spread
from xero_mcp.store.base import Store, Tables

NOW = START
ORGANISATION = "o"


def use(tables: Tables, part: float) -> None:
    """So much of the day's share was used an hour ago."""
    at_ms = round((NOW.timestamp() - 3_600) * 1_000)
    for number in range(round(part * (CATCHING_UP.per_day or 0))):
        tables.budgets.add_call(
            f"call {number}",
            agent=CATCHING_UP.agent,
            organisation_id=ORGANISATION,
            at_ms=at_ms,
        )


async def test_half_of_the_share_is_used_at_the_pace_that_was_asked_for(store: Store):
    def work(tables: Tables) -> timedelta:
        use(tables, 0.49)
        return spread(tables, CATCHING_UP, ORGANISATION, NOW, kinds=14)

    assert await store.write(work) == timedelta(0)


async def test_the_other_half_lasts_for_a_day(store: Store):
    def work(tables: Tables) -> timedelta:
        use(tables, 0.5)
        assert spread(tables, CATCHING_UP, "another", NOW, kinds=14) == timedelta(0)
        return spread(tables, CATCHING_UP, ORGANISATION, NOW, kinds=14)

    pause = await store.write(work)
    polls = timedelta(days=1) / pause * 14
    assert polls <= (CATCHING_UP.per_day or 0) / 2
    assert pause < timedelta(minutes=25)


async def test_a_kind_is_asked_for_later_once_much_of_the_share_is_used(tmp_path: Path):
    async with kept_world(tmp_path, every_seconds=900) as kept:
        organisation, clock = kept.organisation_id, kept.house.clock
        await kept.catch_up.begin([organisation], is_start=True)

        def use_much(tables: Tables) -> None:
            for number in range(round(0.9 * (CATCHING_UP.per_day or 0))):
                tables.budgets.add_call(
                    f"call {number}",
                    agent=CATCHING_UP.agent,
                    organisation_id=organisation,
                    at_ms=round(clock.now().timestamp() * 1_000),
                )

        await kept.house.office.store.write(use_much)
        await kept.poll(after_seconds=901)
        positions = await kept.house.office.store.read(
            lambda tables: tables.change_work.positions()
        )
        [payments] = [one for one in positions if one.resource == "payments"]
        assert payments.polled_at is not None
        assert payments.next_at - payments.polled_at > timedelta(seconds=900)
