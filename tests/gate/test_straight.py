"""A read goes by what is remembered of its agent, and still by what the store says now."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from tests.gate.world import OPEN_POLICY, World, bill, code_of, world
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.gate import Gate
from xero_mcp.gate.suspension import Order, resume, suspend
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.agents import AgentRow

T = TypeVar("T")

ORDER = Order(agent="clerk", by="jane@example.com", reason="odd bills", system_user="jane")
SHUT = OPEN_POLICY.replace("accounts: read", "accounts: off")
SEVEN_HOURS = 7 * 3600
"""By then the list of organisations is old."""


class CountingStore:
    """A store that tells what was asked of it; without `room` it takes nothing that begins."""

    def __init__(self, inner: Store) -> None:
        self._inner = inner
        self.asked = Counter[str]()
        self.room = True
        self.on_brief: Callable[[], None] = lambda: None

    async def write(self, work: Callable[[Tables], T]) -> T:
        self.asked["write"] += 1
        return await self._inner.write(self._held(work))

    async def brief(self, work: Callable[[Tables], T]) -> T:
        self.asked["brief"] += 1
        self.on_brief()
        return await self._inner.brief(self._held(work))

    def _held(self, work: Callable[[Tables], T]) -> Callable[[Tables], T]:
        def held(tables: Tables) -> T:
            tables.must_have_room = self._must_have_room
            return work(tables)

        return held

    async def quick(self, work: Callable[[Tables], T]) -> T:
        self.asked["quick"] += 1
        return await self._inner.quick(work)

    async def read(self, work: Callable[[Tables], T]) -> T:
        self.asked["read"] += 1
        return await self._inner.read(work)

    async def glance(self, work: Callable[[Tables], T]) -> T:
        return await self.read(work)

    async def check(self, look: Callable[[Tables], object] | None = None) -> None:
        self.asked["check"] += 1
        self._must_have_room()
        await self._inner.check(look)

    async def close(self) -> None:
        await self._inner.close()

    def _must_have_room(self) -> None:
        if not self.room:
            raise StoreUnavailableError("the disk is full, says a test")


@pytest.fixture
def store(house: World) -> CountingStore:
    """The store of that house's gate."""
    counting = CountingStore(house.rooms.store)
    house.gate = Gate(replace(house.rooms, store=counting))
    return counting


def requests(house: World) -> int:
    return sum(house.demo.premises.stats.requests.values())


async def tie(house: World, file: str | None) -> None:
    """What `agents add --policy FILE` notes, in whichever process it runs."""
    row = AgentRow(name="clerk", policy_file=file, added_at=house.clock.now(), added_by="jane")
    await house.office.store.write(lambda tables: tables.agents.put(row))


async def kinds(house: World, **wanted: object) -> list[str]:
    return [one["kind"] for one in await house.records(**wanted)]


async def test_a_read_of_what_is_kept_has_both_its_records_in_one_transaction(
    house: World, store: CountingStore
):
    await house.good("list-accounts")
    store.asked.clear()
    before = len(await house.records())
    await house.good("list-accounts")
    assert store.asked == {"brief": 1}
    intent, outcome = (await house.records())[before:]
    assert (intent["kind"], outcome["kind"]) == ("intent", "outcome")
    assert outcome["intent_id"] == intent["id"]
    assert await house.office.store.read(lambda tables: tables.running.orphans(no_one)) == []


def no_one(instance: str) -> bool:
    del instance
    return False


async def test_a_read_takes_no_more_than_its_two_records_where_xero_is_asked(
    house: World, store: CountingStore
):
    await house.good("list-contacts", {"page_size": 1})
    for size in (2, 3):
        store.asked.clear()
        await house.good("list-contacts", {"page_size": size})
        assert store.asked["brief"] == 2
        assert not store.asked.keys() & {"write", "check", "read"}


async def test_nothing_goes_out_to_xero_before_the_intent_is_written(
    house: World, store: CountingStore
):
    await house.good("list-accounts")
    before = requests(house)
    sent_by_then: list[int] = []
    store.on_brief = lambda: sent_by_then.append(requests(house) - before)
    await house.good("list-contacts", {"page_size": 1})
    await house.good("list-contacts", {"page_size": 2})
    assert sent_by_then == [0, 1, 1, 2], "each intent before, each outcome after its request"


async def test_what_a_read_needed_of_xero_last_time_is_asked_of_it_at_once(
    house: World, store: CountingStore
):
    account = (await house.good("list-accounts", {"fields": ["account_id"]}))["rows"][0][0]
    await house.good("list-accounts")
    taken: list[int] = []
    for arguments in ({}, {"account_id": account}, {}, {}):
        store.asked.clear()
        await house.good("list-accounts", arguments)
        taken.append(store.asked["brief"])
    assert taken == [1, 2, 2, 1]


async def test_a_mistake_of_an_agent_that_needs_no_request_is_written_down_as_any(house: World):
    await house.good("list-accounts")
    before = len(await house.records())
    refused = await house.call("list-accounts", {"account_id": "1"})
    assert refused.is_error
    assert len(await house.records()) > before


async def test_the_first_call_of_a_process_looks_before_it_begins(
    house: World, store: CountingStore
):
    await house.good("list-accounts")
    assert store.asked["check"] == 1


async def test_a_write_looks_before_it_begins(house: World, store: CountingStore):
    await house.good("list-accounts")
    await house.good("create-invoice", bill(house.supplier()))
    assert store.asked["check"] == 2


async def test_a_read_that_counts_against_a_limit_needs_no_look_for_it(
    house: World, store: CountingStore
):
    house.rule("limits: { rows_read_per_day: 100000 }\n")
    await house.good("list-accounts")
    await house.good("list-contacts", {"page_size": 1})
    store.asked.clear()
    await house.good("list-accounts")
    assert store.asked == {"brief": 1}
    store.asked.clear()
    await house.good("list-contacts", {"page_size": 2})
    assert store.asked["brief"] == 2
    assert not store.asked.keys() & {"write", "check", "read"}


async def test_rows_of_what_is_kept_count_against_the_limit_to_the_last(house: World):
    listed = await house.good("list-accounts", {"fields": ["name"]})
    rows, [longest] = len(listed["rows"]), max(listed["rows"], key=lambda row: len(row[0]))
    house.rule(f"limits: {{ rows_read_per_day: {2 * rows + 1} }}\n")
    for _ in range(2):
        await house.good("list-accounts")
    refused = await house.call("list-accounts")
    assert code_of(refused) == "LIMIT_REACHED"
    assert "rows" not in refused.content
    assert "1 are left" in refused.content["error"]["message"]
    assert (await kinds(house, tool="list-accounts"))[-2:] == ["intent", "outcome"]
    await house.good("list-accounts", {"search": longest})
    assert code_of(await house.call("list-accounts", {"search": longest})) == "LIMIT_REACHED"
    assert (await kinds(house, tool="list-accounts"))[-3:] == ["intent", "outcome", "refusal"]


async def test_two_processes_read_what_is_kept_up_to_one_limit(tmp_path: Path):
    async with world(tmp_path) as first, world(tmp_path, races=True) as second:
        for one in (first, second):
            rows = len((await one.good("list-accounts"))["rows"])
        first.rule(f"limits: {{ rows_read_per_day: {3 * rows} }}\n")
        heard = [await one.call("list-accounts") for one in (first, second) * 3]
    assert [one.is_error for one in heard] == [False] * 3 + [True] * 3


async def test_a_read_beyond_its_limit_is_refused_once_and_asks_xero_nothing(house: World):
    house.rule("limits: { xero_calls_per_day: 2 }\n")
    for _ in range(2):
        await house.good("list-contacts", {"page_size": 1})
    before = requests(house)
    refused = await house.call("list-contacts", {"page_size": 1})
    assert code_of(refused) == "LIMIT_REACHED"
    assert requests(house) == before
    assert await kinds(house, tool="list-contacts") == ["intent", "outcome"] * 2 + ["refusal"]


async def test_an_agent_tied_to_a_narrower_policy_elsewhere_is_held_to_it_at_once(tmp_path: Path):
    async with world(tmp_path) as first, world(tmp_path) as second:
        second.write_policy(SHUT, name="narrow")
        await second.good("list-accounts")
        await tie(first, "narrow.yaml")
        refused = await second.call("list-accounts")
        assert code_of(refused) == "NOT_ALLOWED"
        assert "narrow.yaml" in refused.content["error"]["message"]
        assert await kinds(second, tool="list-accounts") == ["intent", "outcome", "refusal"]


async def test_an_agent_tied_to_a_wider_policy_elsewhere_works_by_it_at_once(tmp_path: Path):
    async with world(tmp_path, policy=SHUT) as first, world(tmp_path) as second:
        second.write_policy(OPEN_POLICY, name="wide")
        second.write_policy(SHUT)
        assert code_of(await second.call("list-accounts")) == "NOT_ALLOWED"
        await tie(first, "wide.yaml")
        await second.good("list-accounts")
        [outcome] = await second.records(kind="outcome")
        assert outcome["policy_file"] == "wide.yaml"


async def test_the_refusal_of_a_suspended_agent_is_its_only_record(tmp_path: Path):
    async with world(tmp_path) as first, world(tmp_path) as second:
        await second.good("list-accounts")
        await suspend(first.office.store, first.office.audit, first.clock, ORDER)
        assert code_of(await second.call("list-accounts")) == "NOT_ALLOWED"
        assert await kinds(second, tool="list-accounts") == ["intent", "outcome", "refusal"]
        await resume(first.office.store, first.office.audit, first.clock, ORDER)
        await second.good("list-accounts")


async def test_nobody_at_xero_is_asked_for_an_agent_that_was_suspended_meanwhile(tmp_path: Path):
    async with world(tmp_path) as first, world(tmp_path) as second:
        await second.good("list-accounts")
        second.clock.advance(SEVEN_HOURS)
        await suspend(first.office.store, first.office.audit, first.clock, ORDER)
        before = requests(second)
        assert code_of(await second.call("list-accounts")) == "NOT_ALLOWED"
        assert requests(second) == before


async def test_a_read_whose_outcome_might_find_no_room_does_not_begin(
    house: World, store: CountingStore
):
    await house.good("list-accounts")
    before = requests(house)
    store.room = False
    for tool in ("list-accounts", "list-contacts", "what-can-i-do"):
        refused = await house.call(tool)
        assert code_of(refused) == "AUDIT_UNAVAILABLE"
        assert "Nothing was done" in refused.content["error"]["message"]
    assert requests(house) == before
    assert "intent" not in await kinds(house, tool="list-contacts")
