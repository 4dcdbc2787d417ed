"""Whose change it was: ours where the log says so, and nobody else's word."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from tests.changes.kept_world import Kept, kept_world
from tests.gate.world import bill
from xero_mcp.audit.entry import Entry, Kind, OrganisationRef, ResultRef, Status, XeroRequestRef
from xero_mcp.tool.feed import Change, ChangeKind


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    async with kept_world(tmp_path) as opened:
        await opened.catch_up.begin([opened.organisation_id], is_start=False)
        yield opened


async def heard(kept: Kept, *invoices: str) -> Sequence[Change]:
    """Xero tells of these, then everything else is asked for."""
    await kept.told("invoices", *invoices)
    await kept.read()
    await kept.poll(after_seconds=4_000)
    return await kept.news()


async def test_what_an_agent_made_is_ours(kept: Kept):
    made = await kept.house.good("create-invoice", bill(kept.house.supplier(), number="B-1"))
    [change] = [one for one in await heard(kept, made["id"]) if one.resource == "invoices"]
    assert (change.audit_id, change.kind) == (made["audit_id"], ChangeKind.CREATED)


async def test_a_payment_of_ours_is_ours_and_so_is_what_it_does_to_the_invoice(kept: Kept):
    invoice = kept.invoice()["InvoiceID"]
    paying = {"invoice_id": invoice, "account_id": kept.bank_account(), "amount": "5.00"}
    made = await kept.house.good("create-payment", paying)
    found = {one.resource: one for one in await heard(kept, invoice)}
    assert {name: one.audit_id for name, one in found.items()} == {
        "invoices": made["audit_id"],
        "payments": made["audit_id"],
        "journals": made["audit_id"],
    }


async def test_taking_a_payment_back_is_ours_and_so_is_what_it_does_to_the_invoice(kept: Kept):
    invoice = kept.invoice()["InvoiceID"]
    payment = await kept.pay(invoice, "5.00")
    await heard(kept, invoice)
    made = await kept.house.good("delete-payment", {"payment_id": payment})
    found = await heard(kept, invoice)
    by = {one.resource: one.audit_id for one in found}
    assert by == dict.fromkeys(["invoices", "payments", "journals"], made["audit_id"])
    [deleted] = [one for one in found if one.resource == "payments"]
    assert deleted.after == {"status": "deleted"}


async def test_what_somebody_else_did_is_not_ours(kept: Kept):
    mine, theirs = [
        one["InvoiceID"]
        for one in kept.house.books.table("Invoices").in_order()
        if one["Status"] == "AUTHORISED"
    ][:2]
    paying = {"invoice_id": mine, "account_id": kept.bank_account(), "amount": "5.00"}
    await kept.house.good("create-payment", paying)
    kept.change("Invoices", theirs, Reference="by a person")
    found = {one.id: one.audit_id for one in await heard(kept, mine, theirs)}
    assert found[mine] is not None
    assert found[theirs] is None


async def test_a_call_does_not_answer_for_what_a_person_changed_right_after_it(kept: Kept):
    made = await kept.house.good("create-invoice", bill(kept.house.supplier(), number="B-2"))
    await kept.told("invoices", made["id"])
    await kept.read()
    kept.change("Invoices", made["id"], Reference="by a person")
    await kept.told("invoices", made["id"])
    await kept.read(after_seconds=1.5)
    found = [one for one in await kept.news() if one.resource == "invoices"]
    assert [one.audit_id for one in found] == [made["audit_id"], None]


async def test_a_call_long_before_answers_for_nothing(kept: Kept):
    made = await kept.house.good("create-invoice", bill(kept.house.supplier(), number="B-3"))
    kept.house.clock.advance(60)
    kept.change("Invoices", made["id"], Reference="by a person")
    [change] = [one for one in await heard(kept, made["id"]) if one.resource == "invoices"]
    assert change.audit_id is None


async def test_a_call_that_is_still_under_way_is_waited_for(kept: Kept):
    """Xero tells of what it made before its answer is written down."""
    invoice = kept.invoice()["InvoiceID"]
    organisation = OrganisationRef(id=kept.organisation_id, name="")
    begun = Entry(
        kind=Kind.INTENT,
        id="the-call",
        agent="clerk",
        tool="update-invoice",
        access="draft",
        organisation=organisation,
    )
    ended = Entry(
        kind=Kind.OUTCOME,
        intent_id="the-call",
        agent="clerk",
        tool="update-invoice",
        access="draft",
        organisation=organisation,
        status=Status.OK,
        xero_requests=(XeroRequestRef("POST", f"/Invoices/{invoice}", 200, None, 1),),
        result=ResultRef(ids=(invoice,)),
    )
    audit = kept.house.office.audit
    await audit.record(begun)
    kept.change("Invoices", invoice, Reference="ours")
    await kept.told("invoices", invoice)
    kept.house.clock.advance(0.5)
    rows = await kept.reader.take()

    async def end() -> None:
        await kept.house.clock.sleep(0.6)
        await audit.record(ended)

    async with anyio.create_task_group() as group:
        group.start_soon(end)
        await kept.reader.read(rows)
    assert [one.audit_id for one in await kept.news()] == ["the-call"]


async def test_a_call_that_never_ends_holds_nothing_up_for_long(kept: Kept):
    invoice = kept.invoice()["InvoiceID"]
    begun = Entry(
        kind=Kind.INTENT,
        agent="clerk",
        tool="update-invoice",
        access="draft",
        organisation=OrganisationRef(id=kept.organisation_id, name=""),
    )
    await kept.house.office.audit.record(begun)
    kept.change("Invoices", invoice, Reference="by a person")
    await kept.told("invoices", invoice)
    before = kept.house.clock.now()
    await kept.read()
    assert [one.audit_id for one in await kept.news()] == [None]
    assert kept.house.clock.now() - before <= timedelta(seconds=2.5)
