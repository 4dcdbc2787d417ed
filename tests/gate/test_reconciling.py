"""A write of which nobody heard: what a look into Xero settles, and what it leaves open."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from tests.fakes import START
from tests.gate.world import World, bill, code_of
from xero_mcp.gate.reconciling import Looked, Reconciler
from xero_mcp.gate.traces import Ruling, Wanted, ruling_on
from xero_mcp.store.tables.writes import WriteState
from xero_mcp.xero.models.trace import Trace


async def lost(house: World, tool: str, arguments: dict[str, object], *, done: bool) -> str:
    """Ask for something whose answers are all lost; return the intent's id."""
    await house.good("list-accounts")
    kind = "drop_after" if done else "drop_before"
    path = {"create-invoice": "/Invoices", "create-contact": "/Contacts"}.get(tool, "/Payments")
    for method in ("PUT", "POST"):
        house.fault(kind, method=method, path=path, times=9)
    answer = await house.call(tool, arguments)
    assert code_of(answer) == "OUTCOME_UNKNOWN"
    house.demo.premises.faults.clear()
    return (await house.records(kind="intent", tool=tool))[-1]["id"]


async def look(house: World, intent_id: str) -> Looked:
    row = await house.rooms.store.read(lambda tables: tables.writes.get(intent_id))
    assert row is not None
    rooms = house.rooms
    return await Reconciler(rooms.store, rooms.audit, rooms.xero, house.clock).look(row)


async def state_of(house: World, intent_id: str) -> WriteState:
    row = await house.rooms.store.read(lambda tables: tables.writes.get(intent_id))
    assert row is not None
    return row.state


async def test_what_xero_has_is_done_and_a_repeat_hears_that(house: World):
    arguments = bill(house.supplier(), number="R-1")
    intent_id = await lost(house, "create-invoice", arguments, done=True)
    found = await look(house, intent_id)
    assert found.ruling.done is True, found.ruling.evidence
    assert found.settled is not None
    assert found.settled.says.startswith("It was found out that clerk created")
    assert "the same by number and contact and sum of lines" in found.settled.says
    [held] = house.invoices("R-1")
    assert found.settled.body["result"] == {"ids": [held["InvoiceID"]]}
    requests = json.dumps(found.settled.body["xero_requests"])
    assert "/Invoices" in requests
    house.clock.advance(600)
    again = await house.good("create-invoice", arguments)
    assert (again["repeated"], again["id"]) == (True, held["InvoiceID"])
    assert len(house.invoices("R-1")) == 1
    assert (await house.office.audit.verify()).ok


async def test_what_xero_lacks_after_a_while_is_not_done_and_may_go_again(house: World):
    arguments = bill(house.supplier(), number="R-1")
    intent_id = await lost(house, "create-invoice", arguments, done=False)
    early = await look(house, intent_id)
    assert early.ruling.done is None, "it could still come"
    assert await state_of(house, intent_id) is WriteState.UNKNOWN
    house.clock.advance(601)
    assert code_of(await house.call("create-invoice", arguments)) == "OUTCOME_UNKNOWN"
    found = await look(house, intent_id)
    assert found.ruling.done is False, found.ruling.evidence
    assert found.settled is not None
    assert "did not create" in found.settled.says
    await house.good("create-invoice", arguments)
    assert len(house.invoices("R-1")) == 1


async def test_without_a_number_the_contact_and_the_total_tell(house: World):
    arguments = bill(house.supplier(), "123.45")
    intent_id = await lost(house, "create-invoice", arguments, done=True)
    found = await look(house, intent_id)
    assert found.ruling.done is True, found.ruling.evidence


WANTED = Wanted(
    path="/Invoices",
    object_id="",
    marks={"contact": "c", "total": "100.00"},
    first_sent_at=START,
)


def trace(number: str, **changes: object) -> Trace:
    fields: dict[str, object] = {
        "invoice_id": f"id-{number}",
        "invoice_number": number,
        "contact": {"ContactID": "c"},
        "total": Decimal(100),
        "updated_date_utc": "/Date(1772443800000)/",
        **changes,
    }
    return Trace.model_validate(fields)


def rule(*seen: Trace, taken: frozenset[str] = frozenset(), minutes: int = 30) -> Ruling:
    now = START + timedelta(minutes=minutes)
    return ruling_on(WANTED, seen, taken=taken, is_whole=True, now=now)


def test_what_another_record_answers_for_is_not_taken_for_it():
    assert rule(trace("A")).done is True
    assert rule(trace("A"), taken=frozenset({"id-A"})).done is False
    assert rule(trace("A"), trace("B"), taken=frozenset({"id-A"})).evidence.startswith("Xero has B")


def test_two_that_could_be_it_leave_it_open():
    ruling = rule(trace("A"), trace("B"))
    assert ruling.done is None
    assert ruling.evidence == "2 things in Xero could be it: A, B"


def test_another_contact_another_total_or_an_older_one_is_not_it():
    other = trace("A", contact={"ContactID": "d"})
    dearer = trace("A", total=Decimal("100.01"))
    older = trace("A", updated_date_utc="/Date(1772440000000)/")
    for one in (other, dearer, older):
        assert rule(one).done is False
        assert rule(one, minutes=5).done is None


def test_a_list_that_is_not_whole_settles_nothing():
    ruling = ruling_on(WANTED, (), taken=(), is_whole=False, now=START + timedelta(days=1))
    assert ruling.done is None


def test_a_total_alone_proves_nothing():
    wanted = replace(WANTED, marks={"total": "100.00"})
    ruling = ruling_on(wanted, [trace("A")], taken=(), is_whole=True, now=START)
    assert ruling.done is None


def test_a_document_that_was_not_changed_since_shows_that_nothing_was_done():
    wanted = replace(WANTED, object_id="id-A", marks={})
    older = trace("A", updated_date_utc="/Date(1772440000000)/")
    done = [
        ruling_on(wanted, seen, taken=(), is_whole=True, now=START).done
        for seen in ([older], [trace("A")], [])
    ]
    assert done == [False, None, None]


async def test_a_contact_is_known_by_its_name(house: World):
    intent_id = await lost(house, "create-contact", {"name": "Quite New Ltd"}, done=True)
    found = await look(house, intent_id)
    assert found.ruling.done is True, found.ruling.evidence
    assert found.ruling.found is not None
    assert found.ruling.found.name == "Quite New Ltd"


async def test_while_xero_is_away_nothing_is_settled(house: World):
    intent_id = await lost(house, "create-invoice", bill(house.supplier(), number="R-1"), done=True)
    house.fault("offline", method="GET", path="/Invoices", times=99)
    found = await look(house, intent_id)
    assert found.ruling.done is None
    assert "could not be asked" in found.ruling.evidence
    assert found.settled is None


async def test_what_a_person_settled_meanwhile_stays(house: World):
    intent_id = await lost(house, "create-invoice", bill(house.supplier(), number="R-1"), done=True)
    row = await house.rooms.store.read(lambda tables: tables.writes.get(intent_id))
    assert row is not None
    await house.rooms.store.write(
        lambda tables: tables.writes.settle(intent_id, WriteState.SETTLED, '{"by": "a person"}')
    )
    rooms = house.rooms
    found = await Reconciler(rooms.store, rooms.audit, rooms.xero, house.clock).look(row)
    assert found.settled is None
    held = await house.rooms.store.read(lambda tables: tables.writes.get(intent_id))
    assert held is not None
    assert held.answer == '{"by": "a person"}'
