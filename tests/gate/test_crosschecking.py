"""Xero's history against the log: what nobody recorded, and what Xero does not show."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes import START
from tests.gate.world import GLOBAL, URL, World, bill, code_of
from xero_mcp.audit.crosscheck import Fault
from xero_mcp.errors import XeroMcpError
from xero_mcp.gate.crosschecking import Asked, Checked, Crosschecker, Hearers
from xero_mcp.gate.history_reading import TooManyRequestsError
from xero_mcp.xero.models.connection import OrganisationRef
from xero_mcp.xero.network import in_process

BEGAN = START + timedelta(hours=3)
LATER = "2026-05-01"
LISTS = 14
TEMPLATES = 2
"""Of which Xero does not tell when they were changed: always looked at."""
FULL = """\
agent: clerk
purpose: Does what a test asks.
owner: finance@example.com
organisations: [Demo Company (Global)]
access:
  organisation: read
  accounts: read
  contacts: full
  invoices: full
  bills: full
  payments: full
  attachments: full
  history: full
"""


async def nobody(made: int, whole: int) -> None:
    assert 0 <= made <= whole


async def check(house: World, **more: object) -> Checked:
    """Compare what happened since the test began."""
    rooms = house.rooms
    asked = replace(Asked(since=BEGAN, max_requests=500, person="system user dana"), **more)
    organisation = OrganisationRef(id=house.books.id, name=GLOBAL)
    crosschecker = Crosschecker(rooms.store, rooms.audit, rooms.xero)
    return await crosschecker.check(organisation, asked, Hearers(tell=nobody, announce=nobody))


def faults(checked: Checked) -> list[Fault]:
    return [one.fault for one in checked.mismatches]


@pytest.fixture(autouse=True)
async def after_the_seed(house: World) -> None:
    """What the demo company was filled with is older than the time that is asked about."""
    house.clock.advance((BEGAN - START).total_seconds() + 60)
    house.write_policy(FULL)


async def behind_our_back(
    house: World, method: str, path: str, body: dict[str, Any], *, client: str = "demo"
) -> dict[str, Any]:
    """A request with a token that was taken: of our connection, or of another app."""
    async with in_process(house.demo)() as thief:
        form = {"grant_type": "client_credentials"}
        got = await thief.post(f"{URL}/connect/token", data=form, auth=(client, "demo-secret"))
        headers = {
            "Authorization": f"Bearer {got.json()['access_token']}",
            "Xero-Tenant-Id": house.books.id,
            "Accept": "application/json",
        }
        answer = await thief.request(method, f"{URL}/api.xro/2.0{path}", headers=headers, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()


def stolen_bill(house: World, number: str = "STOLEN") -> dict[str, Any]:
    line = {"Description": "x", "Quantity": 1, "UnitAmount": 99, "AccountCode": "400"}
    contact = {"ContactID": house.supplier()}
    return {"Type": "ACCPAY", "Contact": contact, "InvoiceNumber": number, "LineItems": [line]}


def tamper(house: World, sql: str, *values: str) -> None:
    """Write into the database as somebody would who may."""
    with closing(sqlite3.connect(house.folder / "home" / "xero-mcp.db")) as database, database:
        for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='audit'"
        ).fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute(sql, values)


async def test_where_everything_is_recorded_nothing_is_found(house: World):
    made = await house.good("create-invoice", bill(house.supplier(), number="A-1"))
    await house.good(
        "update-invoice",
        {"type": "bill", "invoice_id": made["id"], "status": "draft", "number": "A-9"},
    )
    await house.good(
        "update-invoice", {"type": "bill", "invoice_id": made["id"], "status": "deleted"}
    )
    await house.good("create-contact", {"name": "Fresh Fish Ltd"})
    checked = await check(house)
    assert faults(checked) == []
    assert checked.names == {"Demo App"}
    assert checked.changes == 4
    [record] = await house.records(kind="crosscheck")
    assert record["status"] == "ok"
    assert "look" not in record
    assert "4 changes by Demo App: all as recorded" in record["says"]
    assert record["says"].startswith("system user dana held the log against Xero's history of")


async def test_where_nothing_happened_nothing_is_found(house: World):
    checked = await check(house)
    assert (checked.changes, faults(checked), checked.is_nameless) == (0, [], False)


async def test_a_change_with_a_stolen_token_has_no_record(house: World):
    await house.good("create-invoice", bill(house.supplier(), number="A-1"))
    await behind_our_back(house, "PUT", "/Invoices", stolen_bill(house))
    checked = await check(house)
    [found] = checked.mismatches
    assert found.fault is Fault.NO_RECORD
    assert found.change is not None
    assert (found.change.number, found.change.words) == ("STOLEN", "Created")
    [record] = await house.records(kind="crosscheck")
    assert record["look"] == ["unaccounted for"]
    assert record["result"]["ids"] == [found.object_id]
    assert "1 without a record" in record["says"]


async def test_a_second_change_of_a_document_beside_a_recorded_one_is_found(house: World):
    made = await house.good("create-invoice", bill(house.supplier(), number="A-1"))
    path = f"/Invoices/{made['id']}"
    await behind_our_back(house, "POST", path, {"DueDate": "2026-12-30"})
    await house.good(
        "update-invoice",
        {"type": "bill", "invoice_id": made["id"], "status": "draft", "number": "A-9"},
    )
    assert faults(await check(house)) == [Fault.NO_RECORD]


async def test_a_void_right_after_a_recorded_change_is_found(house: World):
    made = await house.good("create-invoice", bill(house.supplier(), number="A-1"))
    sent = {"type": "bill", "invoice_id": made["id"], "status": "draft", "number": "A-9"}
    await house.good("update-invoice", sent)
    await behind_our_back(house, "POST", f"/Invoices/{made['id']}", {"Status": "DELETED"})
    assert faults(await check(house)) == [Fault.NO_RECORD]


@pytest.mark.parametrize("status", ["DELETED", "VOIDED"])
async def test_a_deleted_or_voided_document_is_found(house: World, status: str):
    word = "draft" if status == "DELETED" else "authorised"
    made = await house.good(
        "create-invoice", bill(house.supplier(), number="A-1", status=word, due_date="2026-12-31")
    )
    await behind_our_back(house, "POST", f"/Invoices/{made['id']}", {"Status": status})
    [found] = (await check(house)).mismatches
    assert found.change is not None
    assert (found.fault, found.change.kind) == (Fault.NO_RECORD, "removed")


async def test_people_and_other_apps_are_not_ours(house: World):
    made = await house.good("create-invoice", bill(house.supplier(), number="A-1"))
    house.books.note(made["id"], "Edited", "INV edited.", "Dana Demo")
    await behind_our_back(house, "PUT", "/Invoices", stolen_bill(house, "OTHER"), client="demo-one")
    checked = await check(house)
    assert faults(checked) == []
    assert checked.names == {"Demo App"}
    assert checked.actors == {"Demo App", "Demo App One", "Dana Demo"}


async def test_a_record_that_was_removed_leaves_a_change_without_one(house: World):
    await house.good("create-invoice", bill(house.supplier(), number="A-1"))
    made = await house.good("create-invoice", bill(house.supplier(), number="A-2", date=LATER))
    tamper(
        house, "DELETE FROM audit WHERE id = ? OR intent_id = ?", made["audit_id"], made["audit_id"]
    )
    [found] = (await check(house)).mismatches
    assert (found.fault, found.object_id) == (Fault.NO_RECORD, made["id"])


async def test_a_record_that_was_forged_is_found_from_both_sides(house: World):
    await house.good("create-invoice", bill(house.supplier(), number="A-1"))
    made = await house.good("create-invoice", bill(house.supplier(), number="A-2", date=LATER))
    other = "00000000-1111-4222-8333-444444444444"
    sql = "UPDATE audit SET body = replace(body, ?, ?) WHERE kind = 'outcome'"
    tamper(house, sql, made["id"], other)
    found = (await check(house)).mismatches
    assert [(one.fault, one.object_id) for one in found] == [
        (Fault.NO_RECORD, made["id"]),
        (Fault.NOT_SHOWN, other),
    ]


async def test_a_record_of_a_write_that_xero_does_not_show_is_found(house: World):
    made = await house.good("create-invoice", bill(house.supplier(), number="A-1"))
    kept = await house.good("create-invoice", bill(house.supplier(), number="A-2", date=LATER))
    house.books.table("Invoices").remove(made["id"])
    house.books.history.pop(made["id"])
    [found] = (await check(house)).mismatches
    assert (found.fault, found.object_id) == (Fault.NOT_SHOWN, made["id"])
    assert found.written is not None
    assert found.written.id == made["audit_id"]
    assert found.object_id != kept["id"]


async def test_another_total_than_recorded_is_found(house: World):
    made = await house.good("create-invoice", bill(house.supplier(), number="A-1"))
    [entry] = house.books.history[made["id"]]
    entry["Details"] = entry["Details"].replace("100.00", "900.00")
    assert faults(await check(house)) == [Fault.OTHER_TOTAL]


async def test_payments_notes_and_files_have_their_records(house: World):
    made = await house.good(
        "create-invoice",
        bill(house.supplier(), number="A-1", status="authorised", due_date="2026-12-31"),
    )
    paid = await house.good(
        "create-payment", {"invoice_id": made["id"], "amount": "40.00", "account_code": "090"}
    )
    await house.good("delete-payment", {"payment_id": paid["id"]})
    sent = {"document": "bill", "document_id": made["id"]}
    await house.good("add-note", {**sent, "note": "Rang twice"})
    checked = await check(house)
    assert faults(checked) == [], checked.mismatches
    assert checked.changes == 6


async def test_a_payment_behind_our_back_is_found_on_both_documents(house: World):
    made = await house.good(
        "create-invoice",
        bill(house.supplier(), number="A-1", status="authorised", due_date="2026-12-31"),
    )
    body = {"Invoice": {"InvoiceID": made["id"]}, "Account": {"Code": "090"}, "Amount": 10}
    await behind_our_back(house, "PUT", "/Payments", body)
    found = (await check(house)).mismatches
    assert sorted((one.fault, one.noun) for one in found) == [
        (Fault.NO_RECORD, "Invoices"),
        (Fault.NO_RECORD, "Payments"),
    ]


async def test_the_note_of_attribution_has_its_record(house: World):
    house.write_policy(f"{FULL}attribution: history-note\n")
    await house.good("create-invoice", bill(house.supplier(), number="A-1"))
    checked = await check(house)
    assert (checked.changes, faults(checked)) == (2, [])


async def test_a_write_of_which_nobody_heard_is_told_as_such(house: World):
    await house.good("create-invoice", bill(house.supplier(), number="A-0", date=LATER))
    house.fault("drop_after", method="PUT", path="/Invoices", times=9)
    answer = await house.call("create-invoice", bill(house.supplier(), number="A-1"))
    assert code_of(answer) == "OUTCOME_UNKNOWN"
    house.demo.premises.faults.clear()
    [found] = (await check(house)).mismatches
    assert found.fault is Fault.NOT_SETTLED
    assert found.written is not None
    assert found.written.id == (await house.records(kind="intent"))[-1]["id"]


@pytest.mark.parametrize(("minutes", "expected"), [(4, 0), (-4, 0), (9, 2)])
async def test_clocks_may_differ_as_far_as_the_window(house: World, minutes: int, expected: int):
    house.clock.advance(1200)
    await house.good("create-invoice", bill(house.supplier(), number="A-0", date=LATER))
    house.clock.advance(1200)
    made = await house.good("create-invoice", bill(house.supplier(), number="A-1"))
    house.clock.advance(1200)
    [entry] = house.books.history[made["id"]]
    entry["DateUTC"] += timedelta(minutes=minutes)
    assert len((await check(house)).mismatches) == expected
    assert faults(await check(house, window=timedelta(minutes=15))) == []


async def test_more_documents_than_a_page_holds_are_all_looked_at(house: World):
    await house.good("create-contact", {"name": "Fresh Fish Ltd"})
    names = [{"Name": f"Thief {number}"} for number in range(130)]
    for begin in (0, 50, 100):
        await behind_our_back(house, "PUT", "/Contacts", {"Contacts": names[begin : begin + 50]})
    checked = await check(house)
    assert faults(checked) == [Fault.NO_RECORD] * 130
    assert checked.requests == LISTS + 1 + TEMPLATES + 131


async def test_what_takes_more_requests_than_allowed_is_not_begun(house: World):
    await house.good("create-invoice", bill(house.supplier(), number="A-1"))
    before = house.processed("GET /Invoices/{InvoiceID}/History")
    with pytest.raises(TooManyRequestsError) as refused:
        await check(house, max_requests=LISTS)
    assert (refused.value.needed, refused.value.is_whole) == (LISTS + TEMPLATES + 1, True)
    assert house.processed("GET /Invoices/{InvoiceID}/History") == before
    with pytest.raises(TooManyRequestsError) as sooner:
        await check(house, max_requests=3)
    assert not sooner.value.is_whole
    for record in await house.records(kind="crosscheck"):
        assert record["status"] == "failed"
        assert "more requests than were allowed" in record["says"]


async def test_where_no_record_tells_our_name_it_is_said_and_may_be_given(house: World):
    await behind_our_back(house, "PUT", "/Invoices", stolen_bill(house))
    checked = await check(house)
    assert (checked.is_nameless, checked.actors) == (True, {"Demo App"})
    assert faults(await check(house, names=frozenset({"Demo App"}))) == [Fault.NO_RECORD]
    elsewhere = await check(house, names_elsewhere=frozenset({"Demo App"}))
    assert faults(elsewhere) == [Fault.NO_RECORD]


async def test_that_xero_is_away_is_written_down(house: World):
    house.fault("maintenance", path="/Invoices", times=99)
    with pytest.raises(XeroMcpError):
        await check(house)
    [record] = await house.records(kind="crosscheck")
    assert record["status"] == "failed"
    assert "XERO_UNAVAILABLE" in record["says"]
    assert json.dumps(record["xero_requests"]).count("GET") >= 1
