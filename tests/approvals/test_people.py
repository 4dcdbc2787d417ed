"""Who may approve: passphrases, guessing, and rules that ask strictly."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.fakes import FakeClock
from xero_mcp.approvals import ApprovalError, People, PersonNews
from xero_mcp.store.base import Tables
from xero_mcp.store.sqlite import SqliteStore

JANE = "jane@example.com"
GOOD = "four words not together"


@dataclass
class Desk:
    people: People
    clock: FakeClock
    store: SqliteStore
    told: list[PersonNews] = field(default_factory=list[PersonNews])

    async def fails(self, passphrase: str, says: str) -> None:
        with pytest.raises(ApprovalError, match=says):
            await self.people.check(JANE, passphrase)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncGenerator[Desk]:
    clock = FakeClock()
    store = await SqliteStore.open(tmp_path / "a.db", clock=clock)
    told: list[PersonNews] = []

    def note(tables: Tables, news: PersonNews) -> None:
        del tables
        told.append(news)

    people = People(store, clock, note)
    await people.add("Jane@Example.com", by="root")
    await people.set_passphrase(JANE, GOOD, by="root")
    yield Desk(people=people, clock=clock, store=store, told=told)
    await store.close()


async def test_the_right_passphrase_is_heard_and_a_wrong_one_is_not(desk: Desk):
    await desk.people.check(JANE.upper(), GOOD)
    await desk.fails(GOOD.upper(), "not the passphrase")
    await desk.fails("", "not the passphrase")
    await desk.people.check(JANE, GOOD)


async def test_no_passphrase_lies_in_the_store(desk: Desk):
    (row,) = await desk.people.list()
    assert row.proof is not None
    assert GOOD not in repr(row)
    assert len(row.proof) == 64


async def test_guessing_is_slowed_down_more_and_more_and_written_down(desk: Desk):
    waits: list[float] = []
    for _ in range(4):
        while True:
            try:
                await desk.people.check(JANE, "wrong wrong wrong")
            except ApprovalError as error:
                if "Too many" not in error.message:
                    break
                desk.clock.advance(1)
        (row,) = await desk.people.list()
        if row.locked_until is not None:
            waits.append((row.locked_until - desk.clock.now()).total_seconds())
    assert waits == [8, 16]
    wrong = [one.what for one in desk.told if "wrong passphrase" in one.what]
    assert wrong == [f"gave a wrong passphrase ({number} in a row)" for number in (1, 2, 3, 4)]
    assert any(one.what == "was asked for while locked" for one in desk.told)


async def test_even_the_right_one_waits_while_locked_and_counts_from_new_after_it(desk: Desk):
    for _ in range(3):
        await desk.fails("wrong wrong wrong", "not the passphrase")
    await desk.fails(GOOD, "Too many")
    desk.clock.advance(9)
    await desk.people.check(JANE, GOOD)
    (row,) = await desk.people.list()
    assert (row.failures, row.locked_until) == (0, None)


async def test_a_short_passphrase_and_an_unknown_person_are_refused(desk: Desk):
    with pytest.raises(ApprovalError, match="at least 12"):
        await desk.people.set_passphrase(JANE, "short", by="root")
    with pytest.raises(ApprovalError, match="There is no"):
        await desk.people.check("joe@example.com", GOOD)


async def test_a_person_without_a_passphrase_proves_nothing(desk: Desk):
    await desk.people.add("joe@example.com", by="root")
    assert not await desk.people.has_passphrase("joe@example.com")
    with pytest.raises(ApprovalError, match="not the passphrase"):
        await desk.people.check("joe@example.com", "")


async def test_a_person_who_is_removed_is_gone(desk: Desk):
    assert not await desk.people.add(JANE, by="root")
    assert await desk.people.remove(JANE, by="root")
    assert not await desk.people.remove(JANE, by="root")
    with pytest.raises(ApprovalError, match="There is no"):
        await desk.people.check(JANE, GOOD)
