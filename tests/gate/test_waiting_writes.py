"""Nothing is built on a write of which nobody knows whether it happened."""

import pytest

from tests.gate.test_reconciling import look
from tests.gate.world import OPEN_POLICY, World, bill, code_of
from xero_mcp.store.tables.writes import WriteState


def contacts(house: World) -> list[str]:
    return [one["ContactID"] for one in house.books.table("Contacts")]


async def lose(house: World, tool: str, arguments: dict[str, object]) -> str:
    """A write that is done while nobody hears of it; return its intent's id."""
    for method in ("PUT", "POST"):
        house.fault("drop_after", method=method, path="/api.xro/2.0/*", times=20)
    assert code_of(await house.call(tool, arguments)) == "OUTCOME_UNKNOWN"
    house.demo.premises.faults.clear()
    return (await house.records(kind="intent", tool=tool))[-1]["id"]


async def test_another_write_to_the_same_contact_waits_and_one_to_another_does_not(house: World):
    first, second = contacts(house)[:2]
    lost = await lose(house, "create-invoice", bill(first, "10.00", number="W-1"))
    held = await house.call("create-invoice", bill(first, "20.00", number="W-2"))
    assert code_of(held) == "OUTCOME_UNKNOWN"
    assert held.content["error"]["details"] == [{"path": "audit_id", "message": lost}]
    assert "nothing is built on it" in held.content["error"]["message"]
    assert house.invoices("W-2") == []
    await house.good("create-invoice", bill(second, "20.00", number="W-3"))

    assert (await look(house, lost)).ruling.done is True
    await house.good("create-invoice", bill(first, "20.00", number="W-2"))


async def test_what_names_no_contact_and_no_document_holds_back_its_part_of_the_books(house: World):
    lost = await lose(house, "create-contact", {"name": "Quite New Ltd"})
    held = await house.call("create-contact", {"name": "Another Ltd"})
    assert code_of(held) == "OUTCOME_UNKNOWN"
    await house.good("create-invoice", bill(house.supplier(), number="W-1"))
    assert (await look(house, lost)).ruling.done is True
    await house.good("create-contact", {"name": "Another Ltd"})


async def test_a_payment_of_a_document_waits_for_what_became_of_the_last_one(house: World):
    sent = bill(house.supplier(), number="W-1", status="authorised", due_date="2027-01-31")
    invoice = (await house.good("create-invoice", sent))["id"]
    other = {**sent, "contact_id": contacts(house)[1], "number": "W-2"}
    another = (await house.good("create-invoice", other))["id"]
    paid = {"account_code": "090", "amount": "30.00"}
    await lose(house, "create-payment", {**paid, "invoice_id": invoice})
    again = await house.call("create-payment", {**paid, "invoice_id": invoice, "amount": "31.00"})
    assert code_of(again) == "OUTCOME_UNKNOWN"
    await house.good("create-payment", {**paid, "invoice_id": another})


async def test_only_the_agent_whose_write_it_was_waits(house: World):
    house.write_policy(OPEN_POLICY.replace("agent: clerk", "agent: other"), "other")
    await lose(house, "create-invoice", bill(house.supplier(), "10.00", number="W-1"))
    sent = bill(house.supplier(), "20.00", number="W-2")
    assert code_of(await house.call("create-invoice", sent, agent="other")) == "ok"


async def test_reads_go_on(house: World):
    await lose(house, "create-invoice", bill(house.supplier(), "10.00", number="W-1"))
    await house.good("list-invoices")


@pytest.mark.parametrize("state", [WriteState.DONE, WriteState.FAILED, WriteState.SETTLED])
async def test_what_is_known_leaves_nothing_to_wait_for(house: World, state: WriteState):
    lost = await lose(house, "create-invoice", bill(house.supplier(), "10.00", number="W-1"))
    store = house.rooms.store
    assert await store.write(lambda tables: tables.writes.settle(lost, state, "{}"))
    row = await store.read(lambda tables: tables.writes.get(lost))
    assert row is not None
    found = await store.read(
        lambda tables: tables.writes.find_touching(
            row.agent, row.organisation_id, [house.supplier()]
        )
    )
    assert found == []
    await house.good("create-invoice", bill(house.supplier(), "20.00", number="W-2"))
