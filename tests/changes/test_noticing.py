"""Each version of a thing stands in the feed once, and an older one never follows a newer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import permutations

import anyio
import pytest

from tests.fakes import START, FakeClock
from xero_mcp.changes.feed import StoreFeed
from xero_mcp.changes.noticing import Noticer, Read
from xero_mcp.changes.resources import BY_NAME
from xero_mcp.changes.sealed import Box
from xero_mcp.changes.shown import MAX_FIELD_CHARS, Shown, shown_contact, shown_invoice
from xero_mcp.store.base import Store
from xero_mcp.tool.access import Area
from xero_mcp.tool.feed import Change
from xero_mcp.xero.models.contact import Contact, Phone
from xero_mcp.xero.models.invoice import Invoice
from xero_mcp.xero.secret import Sealer

TWO = 2


@dataclass
class Ledger:
    """A feed that takes what a test says was read."""

    store: Store
    clock: FakeClock

    def __post_init__(self) -> None:
        box = Box(Sealer(b"a key for tests alone"))
        self.feed = StoreFeed(self.store, self.clock, box, is_kept=True)
        self.noticer = Noticer(box)

    async def read(self, *things: Shown) -> int:
        """Somebody read these; return how many of them were news."""
        read = Read(
            organisation_id="o",
            resource=BY_NAME["invoices"],
            things=things,
            now=self.clock.now(),
        )
        return await self.store.write(lambda tables: self.noticer.notice(tables, read))

    async def changes(self) -> Sequence[Change]:
        return await self.feed.after(0, limit=1_000)


@pytest.fixture
def ledger(store: Store, clock: FakeClock) -> Ledger:
    return Ledger(store, clock)


def version(number: int, **fields: str) -> Shown:
    """The so-manieth version of one bill."""
    return Shown(
        id="i",
        updated_at=START + timedelta(seconds=number),
        area=Area.BILLS,
        fields={"total": f"{number}.00", **fields},
    )


async def test_in_whatever_order_versions_come_the_newest_is_what_is_known(ledger: Ledger):
    for number, order in enumerate(permutations([1, 2, 3])):
        for one in order:
            await ledger.read(replace(version(one), id=f"i-{number}"))
    newest = {one.id: one.now["total"] for one in await ledger.changes()}
    assert set(newest.values()) == {"3.00"}
    for one in await ledger.changes():
        if one.before is not None:
            assert one.before["total"] < one.after["total"]


async def test_an_older_answer_that_comes_late_is_left_aside(ledger: Ledger):
    assert await ledger.read(version(TWO)) == 1
    assert await ledger.read(version(1)) == 0
    assert [one.now["total"] for one in await ledger.changes()] == ["2.00"]


async def test_the_same_version_is_one_change_whoever_brings_it(ledger: Ledger):
    assert [await ledger.read(version(1)) for _ in range(3)] == [1, 0, 0]


async def test_two_who_read_the_same_at_once_bring_it_once(ledger: Ledger):
    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(ledger.read, version(1))
    assert len(await ledger.changes()) == 1


async def test_a_change_under_an_old_moment_is_a_change_all_the_same(ledger: Ledger):
    """Xero does not count every change as an update."""
    await ledger.read(version(1, due_date="2026-01-01"))
    assert await ledger.read(version(1, due_date="2026-02-01")) == 1
    assert (await ledger.changes())[-1].before == {"due_date": "2026-01-01"}


async def test_a_field_that_is_kept_from_now_on_is_no_change(ledger: Ledger):
    """After an update of this server, not everything in Xero has changed."""
    await ledger.read(version(1))
    assert await ledger.read(version(1, reference="kept since today")) == 0
    assert await ledger.read(version(TWO, reference="changed")) == 1
    before = (await ledger.changes())[-1].before
    assert before == {"total": "1.00", "reference": "kept since today"}


async def test_after_forgetting_a_contact_nothing_of_it_and_its_documents_is_left(ledger: Ledger):
    await ledger.read(replace(version(1), contact_id="c"), replace(version(1), id="other"))
    await ledger.store.write(lambda tables: tables.changes.forget_contact("c"))
    assert [one.id for one in await ledger.changes()] == ["other"]
    known = await ledger.store.read(lambda tables: tables.changes.known("o", "invoices", "i"))
    assert known is None


def test_a_thing_is_cut_down_to_what_is_kept_under_the_names_of_the_tools():
    invoice = Invoice.model_validate(
        {
            "InvoiceID": "ABC",
            "Type": "ACCPAY",
            "InvoiceNumber": "B\u202e-1",
            "Reference": "x" * 1_000,
            "Status": "AUTHORISED",
            "Total": "12.5",
            "AmountDue": "12.5",
            "Contact": {"ContactID": "C", "Name": "Bolt Ltd"},
        }
    )
    shown = shown_invoice(invoice)
    assert (shown.id, shown.area, shown.contact_id) == ("abc", Area.BILLS, "c")
    assert shown.fields["number"] == "B-1"
    assert len(shown.fields["reference"]) == MAX_FIELD_CHARS
    assert shown.fields["status"] == "authorised"
    assert shown.fields["total"] == "12.50"
    assert "currency" not in shown.fields


def test_bank_details_of_a_contact_stand_in_no_field():
    contact = Contact.model_validate(
        {
            "ContactID": "C",
            "Name": "Bolt Ltd",
            "BankAccountDetails": "12-3456",
            "BatchPayments": {"BankAccountNumber": "98-7654"},
            "Phones": [Phone(phone_type="DEFAULT", phone_number="555").model_dump(by_alias=True)],
        }
    )
    shown = shown_contact(contact)
    assert "12-3456" not in str(shown)
    assert not any("98-7654" in value for value in shown.fields.values())
    assert shown.fields["phones"] == "555"
