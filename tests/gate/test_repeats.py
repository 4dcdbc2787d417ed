"""A write is done once: what each kind of repeat gets."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import anyio
import pytest

from tests.gate.world import OPEN_POLICY, World, bill, code_of
from tests.store.passing_on import PassingOn
from xero_mcp.agents import Caller, launched_agent
from xero_mcp.gate import Gate, GateAnswer
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.writes import WriteState

T = TypeVar("T")

DAY_SECONDS = 24 * 3600
ASKING = OPEN_POLICY + (
    "rules:\n"
    "  - name: a person looks\n"
    "    for: [create-invoice, create-payment]\n"
    '    ask_when: { total_over: "50.00 USD" }\n'
    "    ask: [controller@example.com]\n"
    "    answer_within: 1h\n"
)


async def test_the_same_call_again_gets_the_first_answer(house: World):
    arguments = bill(house.supplier(), number="R-1")
    first = await house.good("create-invoice", arguments)
    sent = house.processed("PUT /Invoices")
    for _ in range(3):
        assert await house.good("create-invoice", arguments) == {**first, "repeated": True}
    assert house.processed("PUT /Invoices") == sent


@pytest.mark.parametrize(
    "same",
    [
        {"organisation": "Demo Company (Global)"},
        {"organisation": "demo company (GLOBAL)"},
        {"status": "draft"},
        {"amounts_are": "exclusive"},
        {"reference": None},
    ],
)
async def test_saying_what_was_understood_is_no_new_call(house: World, same: dict[str, object]):
    arguments = bill(house.supplier(), number="R-2")
    await house.good("create-invoice", arguments)
    assert (await house.good("create-invoice", {**arguments, **same}))["repeated"] is True


@pytest.mark.parametrize("amount", ["100", "100.0", "100.000000", 100])
async def test_one_amount_is_one_amount_however_it_is_written(house: World, amount: object):
    arguments = bill(house.supplier(), "100.00", number="R-3")
    await house.good("create-invoice", arguments)
    arguments["lines"][0]["unit_amount"] = amount
    assert (await house.good("create-invoice", arguments))["repeated"] is True


async def test_a_new_request_id_asks_for_a_new_document(house: World):
    arguments = bill(house.supplier(), number="R-4", duplicate_of_known=True)
    first = await house.good("create-invoice", {**arguments, "request_id": "one"})
    second = await house.good("create-invoice", {**arguments, "request_id": "two"})
    assert first["id"] != second["id"]
    again = await house.good("create-invoice", {**arguments, "request_id": "one"})
    assert (again["id"], again["repeated"]) == (first["id"], True)
    assert len(house.invoices("R-4")) == 2


async def test_a_write_of_a_dead_process_holds_back_its_document_under_any_request_id(
    house: World,
):
    arguments = bill(house.supplier(), number="R-14", request_id="one")
    first = await house.good("create-invoice", arguments)

    def orphan(tables: Tables) -> None:
        tables.writes.settle(first["audit_id"], WriteState.OPEN)
        row = tables.writes.get(first["audit_id"])
        assert row is not None
        assert tables.writes.take_up(row, "s-0000000000000000") is not None

    await house.office.store.write(orphan)
    other = await house.call("create-invoice", {**arguments, "request_id": "two"})
    assert code_of(other) == "OUTCOME_UNKNOWN"
    again = await house.call("create-invoice", arguments)
    assert code_of(again) == "ok"
    assert len(house.invoices("R-14")) == 1


async def test_without_a_request_id_it_is_a_new_document_after_a_day(house: World):
    arguments = bill(house.supplier(), number="R-5", duplicate_of_known=True)
    first = await house.good("create-invoice", arguments)
    house.clock.advance(DAY_SECONDS - 1)
    assert (await house.good("create-invoice", arguments))["repeated"] is True
    house.clock.advance(1)
    later = await house.good("create-invoice", arguments)
    assert later["id"] != first["id"]


async def test_with_a_request_id_it_is_the_same_document_for_ever(house: World):
    arguments = bill(house.supplier(), number="R-6", request_id="mine")
    first = await house.good("create-invoice", arguments)
    house.clock.advance(DAY_SECONDS * 400)
    assert (await house.good("create-invoice", arguments))["id"] == first["id"]


async def test_the_same_call_many_times_at_once_is_done_once(house: World):
    arguments = bill(house.supplier(), number="R-7")
    await house.good("list-accounts")
    heard: list[GateAnswer] = []

    async def one() -> None:
        heard.append(await house.call("create-invoice", arguments))

    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(one)
    codes = sorted(code_of(answer) for answer in heard)
    assert set(codes) <= {"ok", "OUTCOME_UNKNOWN"}
    assert codes.count("ok") >= 1
    assert len(house.invoices("R-7")) == 1
    assert (await house.good("create-invoice", arguments))["repeated"] is True


class Overtaken(PassingOn):
    """A store in which something happens right after the first reading look."""

    def __init__(self, inner: Store, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__(inner)
        self._meanwhile = [meanwhile]

    async def read(self, work: Callable[[Tables], T]) -> T:
        found = await self.inner.read(work)
        if self._meanwhile:
            await self._meanwhile.pop()()
        return found


@pytest.mark.parametrize(("other", "code"), [({}, "ok"), ({"request_id": "another"}, "DUPLICATE")])
async def test_a_call_that_its_twin_overtook_hears_what_the_twin_did(
    house: World, other: dict[str, object], code: str
):
    arguments = bill(house.supplier(), number="R-9")
    caller = Caller(agent=launched_agent("clerk"), transport="test")
    twin = Gate(house.rooms)
    overtaken = Overtaken(
        house.rooms.store, lambda: twin.call(caller, "create-invoice", {**arguments, **other})
    )
    house.gate = Gate(replace(house.rooms, store=overtaken))
    answer = await house.call("create-invoice", arguments)
    assert code_of(answer) == code
    assert answer.content.get("repeated", False) is (code == "ok")
    assert len(house.invoices("R-9")) == 1


async def test_an_approval_lets_one_call_through_however_many_come_at_once(house: World):
    house.write_policy(ASKING)
    arguments = bill(house.supplier(), number="R-8")
    assert code_of(await house.call("create-invoice", arguments)) == "APPROVAL_REQUIRED"
    asked = (await house.office.approvals.list())[0]
    await house.office.approvals.approve(asked.id, "controller@example.com")
    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(house.call, "create-invoice", arguments)
    assert len(house.invoices("R-8")) == 1
    assert (await house.good("create-invoice", arguments))["repeated"] is True
    intents = await house.records(kind="intent", tool="create-invoice")
    assert [one["approval"]["id"] for one in intents] == [asked.id]


async def test_an_approval_that_nobody_gave_runs_out_and_is_asked_anew(house: World):
    house.write_policy(ASKING)
    arguments = bill(house.supplier(), number="R-9")
    assert code_of(await house.call("create-invoice", arguments)) == "APPROVAL_REQUIRED"
    house.clock.advance(3601)
    assert code_of(await house.call("create-invoice", arguments)) == "APPROVAL_EXPIRED"
    assert code_of(await house.call("create-invoice", arguments)) == "APPROVAL_REQUIRED"
    assert house.invoices("R-9") == []


async def test_what_was_approved_and_then_lost_needs_no_second_approval(house: World):
    house.write_policy(ASKING)
    arguments = bill(house.supplier(), number="R-10")
    await house.call("create-invoice", arguments)
    asked = (await house.office.approvals.list())[0]
    await house.office.approvals.approve(asked.id, "controller@example.com")
    house.fault("drop_after", method="PUT", path="/Invoices", times=9)
    assert code_of(await house.call("create-invoice", arguments)) == "OUTCOME_UNKNOWN"
    house.demo.premises.faults.clear()
    assert code_of(await house.call("create-invoice", arguments)) == "ok"
    assert len(house.invoices("R-10")) == 1


async def test_what_xero_refused_spent_its_approval(house: World):
    house.write_policy(ASKING)
    arguments = bill(house.supplier(), number="R-11")
    arguments["lines"][0]["item_code"] = "NO-BOLT"
    await house.call("create-invoice", arguments)
    asked = (await house.office.approvals.list())[0]
    await house.office.approvals.approve(asked.id, "controller@example.com")
    assert code_of(await house.call("create-invoice", arguments)) == "XERO_REJECTED"
    assert code_of(await house.call("create-invoice", arguments)) == "APPROVAL_REQUIRED"


async def test_another_agents_identical_call_is_its_own(house: World):
    house.write_policy(OPEN_POLICY.replace("agent: clerk", "agent: other"), name="other")
    arguments = bill(house.supplier(), number="R-12", duplicate_of_known=True)
    await house.good("create-invoice", arguments)
    second = await house.call("create-invoice", arguments, agent="other")
    assert code_of(second) == "ok"
    assert "repeated" not in second.content


async def test_reading_again_reads_again(house: World):
    first = await house.good("list-invoices", {"page_size": 1})
    await house.good("create-invoice", bill(house.supplier(), number="R-13"))
    second = await house.good("list-invoices", {"page_size": 1})
    assert second["total"] == first["total"] + 1
