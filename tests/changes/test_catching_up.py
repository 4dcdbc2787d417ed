"""What nobody told of, found by asking what changed since."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.changes.kept_world import Kept, kept_world
from xero_mcp.changes import gaps
from xero_mcp.changes.catching_up import PAUSE, SELDOM, CatchUpRules
from xero_mcp.changes.fetching import PAGE_SIZE
from xero_mcp.changes.resources import BY_NAME, RESOURCES
from xero_mcp.store.tables.change_work import PositionRow
from xero_mcp.store.tables.webhooks import Range
from xero_mcp.tool.feed import ChangeKind

EVERY_SECONDS = 900
LATER = EVERY_SECONDS + 1
MUCH_LATER = SELDOM * EVERY_SECONDS + 1


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    async with kept_world(tmp_path, every_seconds=EVERY_SECONDS) as opened:
        await opened.catch_up.begin([opened.organisation_id], is_start=True)
        yield opened


async def positions(kept: Kept) -> dict[str, PositionRow]:
    found = await kept.house.office.store.read(lambda tables: tables.change_work.positions())
    return {one.resource: one for one in found}


async def test_what_was_there_before_is_not_brought_in(tmp_path: Path):
    async with kept_world(tmp_path, every_seconds=EVERY_SECONDS) as kept:
        for one in kept.house.books.table("Invoices").in_order()[:5]:
            kept.change("Invoices", one["InvoiceID"], Reference="a moment before")
        kept.house.clock.advance(1)
        await kept.catch_up.begin([kept.organisation_id], is_start=True)
        for _ in range(3):
            await kept.poll(after_seconds=MUCH_LATER)
        assert await kept.news() == []


async def test_each_kind_of_thing_is_one_request_where_nothing_changed(kept: Kept):
    assert await kept.poll() == 0
    assert await kept.poll(after_seconds=MUCH_LATER) == len(RESOURCES)
    assert await kept.news() == []


async def test_a_change_that_no_webhook_told_of_comes_with_the_next_poll_as_not_ours(kept: Kept):
    spent = kept.house.books.table("BankTransactions").in_order()[0]["BankTransactionID"]
    kept.house.clock.advance(100)
    kept.change("BankTransactions", spent, Reference="behind our back")
    await kept.poll(after_seconds=LATER)
    [change] = await kept.news()
    assert (change.resource, change.id) == ("bank-transactions", spent)
    assert change.now["reference"] == "behind our back"
    assert (change.audit_id, change.events) == (None, 0)


async def test_what_was_seen_is_told_once_however_often_it_is_asked_for(kept: Kept):
    spent = kept.house.books.table("BankTransactions").in_order()[0]["BankTransactionID"]
    kept.change("BankTransactions", spent, Reference="once")
    for _ in range(3):
        await kept.poll(after_seconds=LATER)
    assert len(await kept.news()) == 1


async def test_what_an_event_brought_the_next_poll_does_not_bring_again(kept: Kept):
    invoice = kept.invoice()["InvoiceID"]
    kept.change("Invoices", invoice, Reference="told and found")
    await kept.told("invoices", invoice)
    await kept.read()
    await kept.poll(after_seconds=MUCH_LATER)
    assert len(await kept.news()) == 1


async def test_a_moment_that_was_written_late_is_found_by_the_overlap(kept: Kept):
    first, second = [
        one["BankTransactionID"] for one in kept.house.books.table("BankTransactions").in_order()
    ][:2]
    kept.house.clock.advance(EVERY_SECONDS)
    kept.change("BankTransactions", first, Reference="seen")
    moment = kept.house.clock.now() - timedelta(seconds=50)
    await kept.poll(after_seconds=1)
    kept.house.change("BankTransactions", second, Reference="late", UpdatedDateUTC=moment)
    await kept.poll(after_seconds=LATER)
    assert [one.now["reference"] for one in await kept.news()] == ["seen", "late"]


async def test_a_long_list_is_read_to_its_end(kept: Kept):
    rows = kept.house.books.table("Contacts").in_order()
    many = PAGE_SIZE + 20
    for number in range(many):
        number_id = f"00000000-0000-0000-0000-{number:012d}"
        kept.house.books.table("Contacts").put(
            {
                **rows[0],
                "ContactID": number_id,
                "Name": f"Contact {number}",
                "UpdatedDateUTC": kept.house.clock.now(),
            }
        )
    before = kept.house.processed("GET /Contacts")
    await kept.poll(after_seconds=MUCH_LATER)
    assert kept.house.processed("GET /Contacts") - before == 2
    assert len({one.id for one in await kept.news()}) == many


async def test_what_webhooks_tell_of_is_asked_for_more_seldom(kept: Kept):
    await kept.poll(after_seconds=LATER)
    assert kept.house.processed("GET /Payments") == 1
    assert kept.house.processed("GET /Invoices") == 0
    await kept.poll(after_seconds=MUCH_LATER)
    assert kept.house.processed("GET /Invoices") == 1


async def test_without_webhooks_all_is_asked_for_as_often(tmp_path: Path):
    async with kept_world(tmp_path, every_seconds=EVERY_SECONDS, is_told=False) as kept:
        await kept.catch_up.begin([kept.organisation_id], is_start=True)
        await kept.poll(after_seconds=LATER)
        assert kept.house.processed("GET /Invoices") == 1


async def test_where_the_clock_never_asks_an_invoice_that_was_paid_still_does(tmp_path: Path):
    async with kept_world(tmp_path, every_seconds=0) as kept:
        await kept.catch_up.begin([kept.organisation_id], is_start=True)
        assert await kept.poll(after_seconds=30 * 86_400) == 0
        invoice = kept.invoice()["InvoiceID"]
        payment = await kept.pay(invoice, "2.00")
        await kept.told("invoices", invoice)
        await kept.read()
        assert await kept.poll() == 1
        found = [one for one in await kept.news() if one.resource == "payments"]
        assert payment in [one.id for one in found]


async def test_never_also_holds_for_what_earlier_settings_had_begun(tmp_path: Path):
    async with kept_world(tmp_path, every_seconds=EVERY_SECONDS) as kept:
        await kept.catch_up.begin([kept.organisation_id], is_start=True)
    async with kept_world(tmp_path, every_seconds=0) as kept:
        await kept.catch_up.begin([kept.organisation_id], is_start=True)
        assert await kept.poll(after_seconds=MUCH_LATER) == 0


async def test_a_process_that_starts_asks_at_once_unless_another_just_did(kept: Kept):
    organisations = [kept.organisation_id]
    kept.house.clock.advance(61)
    await kept.catch_up.begin(organisations, is_start=True)
    assert await kept.poll() == len(RESOURCES)
    kept.house.clock.advance(30)
    await kept.catch_up.begin(organisations, is_start=True)
    assert await kept.poll() == 0
    kept.house.clock.advance(31)
    await kept.catch_up.begin(organisations, is_start=True)
    assert await kept.poll() == len(RESOURCES)


async def test_an_organisation_that_was_cut_off_is_left_alone_and_asked_at_once_when_it_is_back(
    kept: Kept,
):
    kept.house.demo.premises.disconnect(kept.organisation_id)
    before = kept.requests()
    await kept.poll(after_seconds=LATER)
    found = await positions(kept)
    assert found["payments"].problem == "NOT_CONNECTED"
    assert found["journals"].problem == "NOT_CONNECTED"
    assert kept.requests() - before <= 1
    assert await kept.poll(after_seconds=60) == 0
    spent = kept.house.books.table("BankTransactions").in_order()[0]["BankTransactionID"]
    kept.change("BankTransactions", spent, Reference="while we were away")
    kept.house.demo.premises.connect(kept.organisation_id)
    await kept.catch_up.begin([kept.organisation_id], is_start=False)
    await kept.poll()
    assert [one.now["reference"] for one in await kept.news()] == ["while we were away"]
    assert (await positions(kept))["payments"].problem is None


async def test_xero_away_for_a_while_makes_the_pauses_longer_and_loses_nothing(kept: Kept):
    kept.house.fault("unavailable", path="/Payments", times=100)
    await kept.poll(after_seconds=LATER)
    first = (await positions(kept))["payments"]
    assert (first.failures, first.problem) == (1, "XERO_UNAVAILABLE")
    assert first.next_at > kept.house.clock.now()
    assert first.next_at < kept.house.clock.now() + PAUSE
    kept.house.demo.premises.faults.clear()
    payment = await kept.pay(kept.invoice()["InvoiceID"], "3.00")
    await kept.poll(after_seconds=LATER)
    assert payment in [one.id for one in await kept.news()]
    assert (await positions(kept))["payments"].failures == 0


async def test_a_hole_in_the_numbers_makes_everything_that_webhooks_tell_of_be_asked_for(
    kept: Kept,
):
    store, clock = kept.house.office.store, kept.house.clock
    for first, last in ((1, 4), (9, 9)):
        came = Range(first, last, clock.now(), clock.now())
        await store.write(lambda tables, came=came: tables.webhooks.cover(came))
    clock.advance(61)
    invoice = kept.invoice()["InvoiceID"]
    kept.change("Invoices", invoice, Reference="nobody told of it")
    assert await store.write(lambda tables: gaps.look(tables, clock.now())) == [(5, 8)]
    assert await kept.poll() == sum(one.is_told for one in RESOURCES)
    assert [one.now["reference"] for one in await kept.news()] == ["nobody told of it"]


async def test_a_poll_that_is_asked_for_while_one_runs_is_made_after_it(kept: Kept):
    store, now = kept.house.office.store, kept.house.clock.now()
    later = now + timedelta(seconds=LATER)
    taken = await store.write(
        lambda tables: tables.change_work.take_position(
            "one", now=later, ends_at=later + timedelta(seconds=300)
        )
    )
    assert taken is not None
    await store.write(
        lambda tables: tables.change_work.poll_soon(taken.organisation_id, taken.resource, later)
    )
    moved = taken._replace(next_at=later + timedelta(seconds=EVERY_SECONDS))
    await store.write(lambda tables: tables.change_work.polled("one", taken, moved))
    assert (await positions(kept))[taken.resource].next_at <= later


def test_what_the_operators_scopes_leave_out_is_not_asked_for():
    scopes = frozenset({"accounting.payments", "accounting.contacts.read"})
    rules = CatchUpRules(every_seconds=EVERY_SECONDS, is_told=False, scopes=scopes)
    assert {one.name for one in rules.resources()} == {
        "contacts",
        "payments",
        "prepayments",
        "overpayments",
    }
    everything = replace(rules, scopes=frozenset())
    assert everything.resources() == list(RESOURCES)
    broad = replace(rules, scopes=frozenset({"accounting.transactions.read"}))
    assert BY_NAME["bank-transactions"] in broad.resources()
    assert BY_NAME["contacts"] not in broad.resources()


async def test_things_that_are_only_ever_made_are_told_as_created(kept: Kept):
    await kept.pay(kept.invoice()["InvoiceID"], "4.00")
    await kept.poll(after_seconds=LATER)
    kinds = {one.resource: one.kind for one in await kept.news()}
    assert kinds["journals"] is ChangeKind.CREATED
    assert kinds["payments"] is ChangeKind.CREATED
