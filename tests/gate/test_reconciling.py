"""A write of which nobody heard: what a look into Xero settles, and what it leaves open."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.fakes import START
from tests.gate.world import World, bill, code_of
from xero_mcp.gate.reconciling import Looked, Reconciler
from xero_mcp.gate.traces import Around, Ruling, Seen, ruling_on, sought_of, together
from xero_mcp.store.tables.writes import WriteState
from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import WriteAnswer
from xero_mcp.tool.args import InOrganisation
from xero_mcp.tool.declare import tool
from xero_mcp.tool.trace import TOTALS, Aim, Mark, Sought, of_documents
from xero_mcp.tools.catalog import CATALOG
from xero_mcp.xero.models.trace import Traced, Traces
from xero_mcp.xero.scoped import ScopedXero


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
    return await reconciler(house).look(row)


def reconciler(house: World) -> Reconciler:
    rooms = house.rooms
    return Reconciler(rooms.store, rooms.audit, rooms.xero, clock=house.clock, tools=rooms.tools)


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
    assert "the same by type and number and contact and sum of lines" in found.settled.says
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


SOUGHT = Sought(
    aim=Aim.MADE,
    reads="/Invoices",
    key="InvoiceID",
    marks=(Mark("contact", "Contact.ContactID", "c"), Mark("sum of lines", TOTALS, "100.00")),
    is_proof=True,
    shown="InvoiceNumber",
)


def shown(number: str, **changes: object) -> Traced:
    fields: dict[str, object] = {
        "InvoiceID": f"id-{number}",
        "InvoiceNumber": number,
        "Contact": {"ContactID": "c"},
        "Total": Decimal(100),
        "UpdatedDateUTC": "/Date(1772443800000)/",
        **changes,
    }
    return Traces.model_validate({"Invoices": [fields]}).of("Invoices")[0]


def around(*, taken: frozenset[str] = frozenset(), minutes: int = 30) -> Around:
    return Around(first_sent_at=START, now=START + timedelta(minutes=minutes), taken=taken)


def rule(
    *things: Traced,
    taken: frozenset[str] = frozenset(),
    minutes: int = 30,
    sought: Sought = SOUGHT,
    is_whole: bool = True,
) -> Ruling:
    seen = Seen(things=things, is_whole=is_whole)
    return ruling_on(sought, seen, around(taken=taken, minutes=minutes))


def test_what_another_record_answers_for_is_not_taken_for_it():
    assert rule(shown("A")).done is True
    assert rule(shown("A"), taken=frozenset({"id-A"})).done is False
    assert rule(shown("A"), shown("B"), taken=frozenset({"id-A"})).evidence.startswith("Xero has B")


def test_two_that_could_be_it_leave_it_open():
    ruling = rule(shown("A"), shown("B"))
    assert ruling.done is None
    assert ruling.evidence == "2 things in Xero could be it: A, B"


def test_another_contact_another_total_or_an_older_one_is_not_it():
    other = shown("A", Contact={"ContactID": "d"})
    dearer = shown("A", Total=Decimal("100.01"))
    older = shown("A", UpdatedDateUTC="/Date(1772440000000)/")
    for one in (other, dearer, older):
        assert rule(one).done is False
        assert rule(one, minutes=5).done is None


def test_one_of_the_same_number_that_somebody_changed_since_leaves_it_open():
    numbered = replace(SOUGHT, marks=(Mark("number", "InvoiceNumber", "A"), *SOUGHT.marks))
    ruling = rule(shown("A", Total=Decimal(90)), sought=numbered)
    assert ruling.done is None
    assert "A could be it, changed since: another sum of lines" in ruling.evidence


def test_a_list_that_is_not_whole_settles_nothing():
    assert rule(minutes=24 * 60, is_whole=False).done is None


def test_a_total_alone_proves_nothing():
    alone = replace(SOUGHT, marks=SOUGHT.marks[1:], is_proof=False)
    assert rule(shown("A"), sought=alone).done is None


def test_a_document_that_was_not_changed_since_shows_that_nothing_was_done():
    approved = Mark("status", "Status", "authorised")
    changed = replace(SOUGHT, aim=Aim.SO, id="id-A", marks=(approved,))
    older = shown("A", UpdatedDateUTC="/Date(1772440000000)/", Status="AUTHORISED")
    draft, done = shown("A", Status="DRAFT"), shown("A", Status="AUTHORISED")
    found = [rule(one, sought=changed) for one in (older, draft, done)]
    assert [one.done for one in found] == [False, None, True]
    assert rule(sought=changed).done is None
    assert rule(done, sought=replace(changed, is_whole=False)).done is None


def test_what_shall_be_gone_is_gone_when_it_is_away_or_ended():
    voided = replace(SOUGHT, aim=Aim.GONE, id="id-A", marks=(), ends=frozenset({"VOIDED"}))
    assert rule(sought=voided).done is True
    assert rule(shown("A", Status="VOIDED"), sought=voided).done is True
    assert rule(shown("A", Status="PAID"), sought=voided).done is False
    assert rule(shown("A", Status="PAID"), sought=voided, minutes=1).done is None


def test_of_several_things_all_or_none_must_be_there():
    done, not_done = rule(shown("A")), rule()
    assert together([done, done]).done is True
    assert together([not_done, not_done]).done is False
    both = together([done, not_done])
    assert both.done is None
    assert both.evidence.startswith("of 2 things 1 are done, 1 are not")


def test_what_the_log_masks_is_no_mark_to_know_a_thing_by():
    given = {"name": "[hidden]", "email": "a@example.com", "lines": [{"quantity": "1…"}]}
    trace = of_documents("/Contacts", "ContactID", more={"name": "Name", "email": "EmailAddress"})
    [sought] = sought_of(trace, given)
    assert [mark.label for mark in sought.marks] == ["email"]
    assert not sought.is_whole


def test_every_write_says_how_it_is_found_again():
    silent = [one.name for one in CATALOG if one.card.writes and one.declared.trace is None]
    assert silent == []


def test_a_tool_that_writes_and_does_not_say_how_it_is_found_again_is_refused():
    async def make_nothing(args: InOrganisation, xero: ScopedXero) -> WriteAnswer:
        raise AssertionError(args, xero)

    declared = tool(area=Area.INVOICES, access=Access.DRAFT, says="make nothing")
    with pytest.raises(TypeError, match="trace must say how"):
        declared(make_nothing)


async def test_a_contact_is_known_by_its_name(house: World):
    intent_id = await lost(house, "create-contact", {"name": "Quite New Ltd"}, done=True)
    found = await look(house, intent_id)
    assert found.ruling.done is True, found.ruling.evidence
    assert found.ruling.number == "Quite New Ltd"


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
    found = await reconciler(house).look(row)
    assert found.settled is None
    held = await house.rooms.store.read(lambda tables: tables.writes.get(intent_id))
    assert held is not None
    assert held.answer == '{"by": "a person"}'
