"""`audit forget --contact` leaves nothing of a person in the feed either."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.changes.kept_world import Kept, kept_world
from xero_mcp.audit.forgetting import Plan, Wanted, forget, plan_of


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    async with kept_world(tmp_path) as opened:
        yield opened


async def planned(kept: Kept, contact: str) -> Plan:
    office = kept.house.office
    return await office.store.read(
        lambda tables: plan_of(tables, Wanted(contact=contact), office.audit.full_text)
    )


async def test_a_contact_of_whom_only_the_feed_knows_is_forgotten_there_and_that_is_recorded(
    kept: Kept,
):
    invoice = kept.invoice(status="DRAFT")
    other = invoice["InvoiceID"]
    contact = next(
        one["ContactID"]
        for one in kept.house.books.table("Contacts").in_order()
        if one["ContactID"] != invoice["Contact"]["ContactID"]
    )
    kept.change("Contacts", contact, EmailAddress="somebody@example.com")
    kept.change("Invoices", other, Reference="of somebody else")
    await kept.told("contacts", contact)
    await kept.told("invoices", other)
    await kept.read()
    plan = await planned(kept, contact.upper())
    assert plan.calls == ()
    assert plan.kept_changes > 0
    office = kept.house.office
    made = await forget(office.store, office.audit, plan, person="jane", reason="asked for")
    assert [one.id for one in await kept.feed.after(0, limit=9)] == [other]
    assert (await planned(kept, contact)).kept_changes == 0
    assert [one["id"] for one in await kept.house.records(kind="forgotten")] == list(made)
    assert (await office.audit.verify()).ok
    assert await kept.feed.newest() == len([contact, other])
