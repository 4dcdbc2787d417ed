"""What Xero told of: read again once, and in the feed once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.changes.kept_world import Kept, kept_world
from xero_mcp.changes.fetching import MAX_IDS
from xero_mcp.changes.noticing import CHANGED, ON_FILE
from xero_mcp.changes.shown import BANK_DETAILS
from xero_mcp.clock import DAY
from xero_mcp.tool.access import Area
from xero_mcp.tool.feed import ChangeKind
from xero_mcp.xero.models.contact import ContactWrite

UNKNOWN = "00000000-0000-0000-0000-00000000dead"
ACCOUNT = "12-3456-7890123-00"
BURST = 50


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    async with kept_world(tmp_path) as opened:
        yield opened


async def test_what_xero_tells_of_is_read_and_stands_in_the_feed(kept: Kept):
    invoice = kept.invoice(status="DRAFT")
    kept.change("Invoices", invoice["InvoiceID"], Reference="new words")
    await kept.told("invoices", invoice["InvoiceID"])
    assert await kept.read() == 1
    [change] = await kept.news()
    assert (change.resource, change.id) == ("invoices", invoice["InvoiceID"])
    assert (change.area, change.kind) == (Area.INVOICES, ChangeKind.UPDATED)
    assert change.contact_id == invoice["Contact"]["ContactID"]
    assert change.before is None
    assert change.now["reference"] == "new words"
    assert change.now["number"] == invoice["InvoiceNumber"]
    assert (change.events, change.audit_id) == (1, None)


async def test_a_bill_counts_to_the_bills(kept: Kept):
    await kept.told("invoices", kept.invoice(kind="ACCPAY")["InvoiceID"])
    await kept.read()
    assert [one.area for one in await kept.news()] == [Area.BILLS]


async def test_fifty_events_of_one_invoice_are_one_reading_and_one_change(kept: Kept):
    invoice = kept.invoice()["InvoiceID"]
    kept.change("Invoices", invoice, Reference="often")
    for _ in range(BURST):
        await kept.told("invoices", invoice)
    assert await kept.read() == 1
    assert [one.events for one in await kept.news()] == [BURST]


async def test_many_invoices_are_read_with_one_request(kept: Kept):
    rows = kept.house.books.table("Invoices").in_order()
    ids = [one["InvoiceID"] for one in rows[: MAX_IDS + 1]]
    await kept.told("invoices", *ids, at=kept.house.clock.now() - DAY)
    assert await kept.read() == len(ids[:MAX_IDS]) // MAX_IDS + 1
    assert sorted(one.id for one in await kept.news()) == sorted(ids)


async def test_what_has_no_list_of_ids_is_read_by_what_changed_since(kept: Kept):
    note = kept.house.books.table("CreditNotes").in_order()[0]["CreditNoteID"]
    kept.change("CreditNotes", note, Reference="credited")
    await kept.told("credit-notes", note)
    assert await kept.read() == 1
    assert [(one.id, one.now["reference"]) for one in await kept.news()] == [(note, "credited")]


async def test_a_second_change_tells_what_differs_and_no_more(kept: Kept):
    invoice = kept.invoice(status="DRAFT")["InvoiceID"]
    kept.change("Invoices", invoice, Reference="old")
    await kept.told("invoices", invoice)
    await kept.read()
    kept.change("Invoices", invoice, Reference="")
    await kept.told("invoices", invoice)
    await kept.read()
    change = (await kept.news())[-1]
    assert change.kind is ChangeKind.UPDATED
    assert change.before == {"reference": "old"}
    assert change.after == {"reference": ""}
    assert change.now["status"] == "draft"


async def test_what_is_new_is_told_as_created(kept: Kept):
    invoice = kept.invoice()["InvoiceID"]
    await kept.told("invoices", invoice, at=kept.house.clock.now() - DAY, new=True)
    await kept.read()
    assert [one.kind for one in await kept.news()] == [ChangeKind.CREATED]


async def test_an_event_of_what_is_known_already_costs_no_reading(kept: Kept):
    invoice = kept.invoice()["InvoiceID"]
    kept.change("Invoices", invoice, Reference="once")
    await kept.told("invoices", invoice)
    await kept.read()
    await kept.told("invoices", invoice, at=kept.house.clock.now() - timedelta(seconds=9))
    assert await kept.read() == 0
    assert len(await kept.news()) == 1
    assert await kept.house.office.store.read(lambda tables: tables.change_work.waiting()) == 0


async def test_a_change_of_nothing_that_is_kept_is_told_as_such(kept: Kept):
    invoice = kept.invoice()["InvoiceID"]
    kept.change("Invoices", invoice, Reference="same")
    await kept.told("invoices", invoice)
    await kept.read()
    kept.change("Invoices", invoice, BrandingThemeID=UNKNOWN)
    await kept.told("invoices", invoice)
    await kept.read()
    change = (await kept.news())[-1]
    assert (change.kind, change.before, change.after) == (ChangeKind.TOLD, {}, {})
    assert change.now["reference"] == "same"


async def test_what_xero_does_not_show_yet_is_looked_for_twice_more_and_then_told(kept: Kept):
    invoice = kept.invoice()["InvoiceID"]
    await kept.told("invoices", invoice)
    assert await kept.read() == 1
    assert await kept.read(after_seconds=1) == 0
    assert await kept.read(after_seconds=1) == 1
    assert await kept.read(after_seconds=30) == 1
    told = [one for one in await kept.news() if one.kind is ChangeKind.TOLD]
    assert [one.id for one in told] == [invoice]
    assert told[0].now["number"] == kept.invoice()["InvoiceNumber"]
    assert await kept.read(after_seconds=300) == 0


async def test_what_xero_shows_late_is_told_by_its_fields(kept: Kept):
    invoice = kept.invoice()["InvoiceID"]
    moment = kept.house.clock.now()
    await kept.told("invoices", invoice)
    await kept.read()
    kept.house.change("Invoices", invoice, Reference="late", UpdatedDateUTC=moment)
    await kept.read(after_seconds=2)
    await kept.read(after_seconds=60)
    assert [one.kind for one in await kept.news()] == [ChangeKind.UPDATED] * 2
    assert (await kept.feed.after(1, limit=9))[0].after["reference"] == "late"


async def test_what_xero_never_shows_is_told_as_unreadable(kept: Kept):
    await kept.told("invoices", UNKNOWN)
    for seconds in (1, 2, 30):
        await kept.read(after_seconds=seconds)
    [change] = await kept.news()
    assert (change.id, change.kind, change.now) == (UNKNOWN, ChangeKind.UNREADABLE, {})
    assert await kept.read(after_seconds=300) == 0


async def test_an_event_that_comes_while_we_read_asks_for_another_reading(kept: Kept):
    invoice = kept.invoice()["InvoiceID"]
    kept.change("Invoices", invoice, Reference="first")
    await kept.told("invoices", invoice)
    kept.house.clock.advance(1)
    rows = await kept.reader.take()
    await kept.told("invoices", invoice, at=kept.house.clock.now() + timedelta(seconds=3))
    await kept.reader.read(rows)
    kept.house.clock.advance(3)
    kept.change("Invoices", invoice, Reference="second")
    assert await kept.read(after_seconds=3) == 1
    assert [one.now["reference"] for one in await kept.news()] == ["first", "second"]


async def test_while_xero_is_away_nothing_is_lost_and_nothing_given_up(kept: Kept):
    invoice = kept.invoice()["InvoiceID"]
    kept.change("Invoices", invoice, Reference="patience")
    await kept.told("invoices", invoice)
    kept.house.fault("unavailable", path="/Invoices", times=50)
    for _ in range(4):
        await kept.read(after_seconds=400)
    assert await kept.news() == []
    kept.house.demo.premises.faults.clear()
    await kept.read(after_seconds=400)
    assert [one.now["reference"] for one in await kept.news()] == ["patience"]


async def test_what_cannot_be_read_for_a_day_is_told_as_unreadable(kept: Kept):
    await kept.told("invoices", kept.invoice()["InvoiceID"])
    kept.house.demo.premises.disconnect(kept.organisation_id)
    await kept.read()
    assert await kept.news() == []
    await kept.read(after_seconds=25 * 3600)
    assert [one.kind for one in await kept.news()] == [ChangeKind.UNREADABLE]


async def test_what_is_replayed_of_long_ago_waits_for_its_turn_and_is_not_given_up(kept: Kept):
    invoice = kept.invoice()["InvoiceID"]
    kept.change("Invoices", invoice, Reference="long ago")
    await kept.told("invoices", invoice, at=kept.house.clock.now() - timedelta(days=2))
    kept.house.fault("rate_limited", path="/Invoices", times=1, retry_after_seconds=50)
    await kept.read()
    assert await kept.news() == []
    await kept.read(after_seconds=100)
    assert [one.now["reference"] for one in await kept.news()] == ["long ago"]


async def test_what_is_replayed_of_long_ago_is_not_given_up_because_xero_is_away(kept: Kept):
    invoice = kept.invoice()["InvoiceID"]
    kept.change("Invoices", invoice, Reference="long ago")
    await kept.told("invoices", invoice, at=kept.house.clock.now() - timedelta(days=2))
    kept.house.fault("unavailable", path="/Invoices", times=9)
    await kept.read()
    assert await kept.news() == []
    kept.house.demo.premises.faults.clear()
    await kept.read(after_seconds=400)
    assert [one.now["reference"] for one in await kept.news()] == ["long ago"]


async def test_what_a_process_left_when_it_died_another_one_reads_once(kept: Kept):
    invoice = kept.invoice()["InvoiceID"]
    kept.change("Invoices", invoice, Reference="left behind")
    await kept.told("invoices", invoice)
    kept.house.clock.advance(1)
    taken = await kept.reader.take()
    assert await kept.read(after_seconds=60) == 0
    assert await kept.read(after_seconds=61) == 1
    await kept.reader.read(taken)  # it was only slow
    assert [one.now["reference"] for one in await kept.news()] == ["left behind"]


async def test_bank_details_are_never_kept_but_that_they_changed_is_told(
    kept: Kept, tmp_path: Path
):
    contact = kept.house.supplier()
    for number in (ACCOUNT, "99-9999-9999999-00"):
        await kept.change_contact(contact, ContactWrite(bank_account_details=number))
        await kept.told("contacts", contact)
        await kept.read(after_seconds=5)
    first, second = await kept.news()
    assert first.after[BANK_DETAILS] == ON_FILE
    assert second.before == {BANK_DETAILS: ON_FILE}
    assert second.after == {BANK_DETAILS: CHANGED}
    assert not any(ACCOUNT in str(one) for one in (first, second))
    kept_on_disk = b"".join(path.read_bytes() for path in (tmp_path / "home").glob("*.db*"))
    assert first.now["name"].encode() not in kept_on_disk
    assert ACCOUNT.encode() not in kept_on_disk


async def test_an_invoice_that_was_paid_makes_the_payments_be_asked_for(kept: Kept):
    await kept.catch_up.begin([kept.organisation_id], is_start=False)
    invoice = kept.invoice()
    payment = await kept.pay(invoice["InvoiceID"], "1.00")
    await kept.told("invoices", invoice["InvoiceID"])
    await kept.read()
    assert await kept.poll() == 1
    changes = {one.resource: one for one in await kept.news()}
    assert changes["invoices"].id == invoice["InvoiceID"]
    assert changes["payments"].id == payment
    assert changes["payments"].kind is ChangeKind.CREATED
    assert changes["payments"].now["amount"] == "1.00"
    assert changes["payments"].contact_id == invoice["Contact"]["ContactID"]
    assert {one.audit_id for one in changes.values()} == {None}
