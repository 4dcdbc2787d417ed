"""Xero has answered and the log does not take it: the outcome waits, and goes in first."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from tests.gate.world import World, bill, code_of
from tests.store.passing_on import PassingOn
from xero_mcp.audit.entry import Entry, Kind, Status
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.gate import Gate
from xero_mcp.gate.settling import Settlement
from xero_mcp.gate.spool import FOLDER, RESERVE, Spool
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.writes import WriteState

T = TypeVar("T")


class HalfStore(PassingOn):
    """A store that takes what begins a call, and while it is `broken` nothing that ends one."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.broken = False

    async def write(self, work: Callable[[Tables], T]) -> T:
        if self.broken and await self.inner.read(_is_under_way):
            raise StoreUnavailableError("the disk is full")
        return await self.inner.write(work)


def _is_under_way(tables: Tables) -> bool:
    return bool(tables.running.orphans(lambda _: False))


class Half:
    """The world, over a store that can be broken between intent and outcome."""

    def __init__(self, house: World) -> None:
        self.house = house
        self.store = HalfStore(house.rooms.store)
        self.folder = house.office.settings.home / FOLDER
        self.spool = Spool(house.office.settings.home, self.store, house.rooms.audit)
        self.spool.prepare()
        house.gate = Gate(replace(house.rooms, store=self.store, spool=self.spool))

    def waiting(self) -> list[Path]:
        return sorted(self.folder.glob("*.json"))

    async def written(self, arguments: dict[str, object]) -> None:
        """A write whose outcome cannot be written down."""
        self.store.broken = True
        answer = await self.house.call("create-invoice", arguments)
        assert code_of(answer) == "AUDIT_UNAVAILABLE"
        assert "Do not send it again" in answer.content["error"]["next_step"]


@pytest.fixture
async def half(house: World) -> Half:
    await house.good("list-accounts")
    return Half(house)


async def test_an_outcome_that_cannot_be_written_waits_in_a_file(half: Half):
    arguments = bill(half.house.supplier(), number="S-1")
    await half.written(arguments)
    assert len(half.house.invoices("S-1")) == 1
    [path] = half.waiting()
    assert path.stat().st_mode & 0o777 == 0o600
    assert await half.house.records(kind="outcome", tool="create-invoice") == []


async def test_while_nothing_can_be_written_nothing_else_is_done(half: Half):
    supplier = half.house.supplier()
    await half.written(bill(supplier, number="S-1"))
    for tool, arguments in (
        ("create-invoice", bill(supplier, number="S-2")),
        ("list-invoices", {}),
    ):
        assert code_of(await half.house.call(tool, arguments)) == "AUDIT_UNAVAILABLE"
    assert half.house.invoices("S-2") == []
    assert len(half.waiting()) == 1


async def test_it_is_written_down_first_and_a_repeat_hears_the_first_answer(half: Half):
    arguments = bill(half.house.supplier(), number="S-1")
    await half.written(arguments)
    half.house.clock.advance(90)
    half.store.broken = False
    again = await half.house.good("create-invoice", arguments)
    assert again["repeated"] is True
    assert len(half.house.invoices("S-1")) == 1
    assert half.waiting() == []
    [outcome] = await half.house.records(kind="outcome", tool="create-invoice")
    assert outcome["status"] == "ok"
    assert outcome["happened_at"] < outcome["at"]
    assert "written down later" in outcome["says"]
    assert outcome["result"]["ids"] == [again["id"]]
    assert (await half.house.office.audit.verify()).ok


@pytest.mark.parametrize(("fault", "state"), [
    ("drop_after", WriteState.UNKNOWN), ("offline", WriteState.FAILED),
])  # fmt: skip
async def test_what_failed_or_is_unknown_is_settled_as_that(
    half: Half, fault: str, state: WriteState
):
    arguments = bill(half.house.supplier(), number="S-1")
    half.house.fault(fault, method="PUT", path="/Invoices", times=9)
    half.store.broken = True
    assert code_of(await half.house.call("create-invoice", arguments)) == "AUDIT_UNAVAILABLE"
    half.store.broken = False
    assert await half.spool.drain() == 1
    [outcome] = await half.house.records(kind="outcome", tool="create-invoice")
    write = await half.store.read(lambda tables: tables.writes.get(outcome["intent_id"]))
    assert write is not None
    assert write.state is state


async def test_it_is_written_down_once_though_the_file_was_left(half: Half):
    await half.written(bill(half.house.supplier(), number="S-1"))
    [path] = half.waiting()
    data = path.read_bytes()
    half.store.broken = False
    assert await half.spool.drain() == 1
    path.write_bytes(data)
    assert await half.spool.drain() == 0
    assert half.waiting() == []
    assert len(await half.house.records(kind="outcome", tool="create-invoice")) == 1


async def test_another_process_writes_it_down_also_after_recovering(half: Half):
    await half.written(bill(half.house.supplier(), number="S-1"))
    audit, store = half.house.rooms.audit, half.house.rooms.store
    await audit.recover(lambda _: False)
    other = Spool(half.house.office.settings.home, store, audit)
    assert await other.drain() == 1
    kinds = [body["kind"] for body in await half.house.records(tool="create-invoice")]
    assert kinds == ["intent", "unknown", "outcome"]
    intent = (await half.house.records(kind="intent", tool="create-invoice"))[0]
    write = await store.read(lambda tables: tables.writes.get(intent["id"]))
    assert write is not None
    assert write.state is WriteState.DONE


async def test_where_no_file_can_be_written_it_waits_in_memory(half: Half):
    (half.folder / RESERVE).unlink()
    half.folder.rmdir()
    half.folder.write_text("a file where the folder should be")
    entry = Entry(kind=Kind.OUTCOME, intent_id="a-1", agent="clerk", status=Status.OK)
    assert await half.spool.put(Settlement(entry=entry)) is False
    half.folder.unlink()
    assert await half.spool.drain() == 1
    assert await half.spool.drain() == 0
    [outcome] = await half.house.records(kind="outcome", intent_id="a-1")
    assert outcome["status"] == "ok"


@pytest.mark.parametrize("name", ["clerk.a-1.json", "a-1.json"])
async def test_while_one_waits_its_agent_reads_but_does_not_write(half: Half, name: str):
    (half.folder / name).write_text("{")
    sent = bill(half.house.supplier(), number="S-1")
    answer = await half.house.call("create-invoice", sent)
    assert code_of(answer) == "AUDIT_UNAVAILABLE"
    assert name in answer.content["error"]["message"]
    assert half.house.invoices("S-1") == []
    await half.house.good("list-accounts")
    (half.folder / name).unlink()
    await half.house.good("create-invoice", sent)


async def test_while_one_waits_other_agents_write(half: Half):
    (half.folder / "somebody-else.a-1.json").write_text("{")
    await half.house.good("create-invoice", bill(half.house.supplier(), number="S-1"))


async def test_one_that_cannot_be_read_does_not_keep_another_from_being_written(half: Half):
    await half.written(bill(half.house.supplier(), number="S-1"))
    (half.folder / "clerk.a-0.json").write_text("{")
    half.store.broken = False
    with pytest.raises(StoreUnavailableError):
        await half.spool.drain()
    assert [path.name for path in half.waiting()] == ["clerk.a-0.json"]
    assert len(await half.house.records(kind="outcome", tool="create-invoice")) == 1


async def test_the_reserve_is_on_the_disk_before_it_is_needed(half: Half):
    assert (half.folder / RESERVE).stat().st_size == 64 * 1024
    assert half.folder.stat().st_mode & 0o777 == 0o700
