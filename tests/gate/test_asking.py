"""What a person is shown, and what their yes is worth."""

from collections.abc import Mapping

import pytest

from tests.gate.world import World, bill, code_of
from xero_mcp.approvals import ApprovalError

ASKS = """rules:
  - name: everything
    for: [create-invoice, update-invoice, create-payment]
    ask_when: { total_over: "0.00 USD" }
    ask: [jane@example.com]
"""


async def asked(house: World, tool: str, arguments: Mapping[str, object]) -> str:
    """Ask for it; the id under which it waits."""
    heard = await house.call(tool, arguments)
    assert code_of(heard) == "APPROVAL_REQUIRED", heard.content
    return heard.content["error"]["details"][0]["message"]


async def test_a_person_sees_the_contacts_name_and_latest_documents(house: World):
    house.rule(ASKS)
    known = next(one for one in house.books.table("Invoices") if one["Type"] == "ACCPAY")[
        "Contact"
    ]["ContactID"]
    name = (house.books.table("Contacts").get(known) or {})["Name"]
    approval = await house.office.approvals.get(await asked(house, "create-invoice", bill(known)))
    shown = approval.row.summary
    assert ("duplicate_of_known", "no") in shown
    assert ("contact", name) in shown
    lately = [value for label, value in shown if label == "lately"]
    assert 1 <= len(lately) <= 5
    assert "bill" in " ".join(lately)


@pytest.mark.parametrize("by", ["name", "id"])
async def test_the_organisation_is_shown_once_and_by_its_name(house: World, by: str):
    """Also where the agent named it, in whatever way."""
    house.rule(ASKS)
    listed = await house.good("list-organisations")
    one = dict(zip(listed["columns"], listed["rows"][0], strict=True))
    given = {"name": one["name"], "id": one["organisation_id"]}[by]
    arguments = bill(house.supplier(), organisation=given)
    approval = await house.office.approvals.get(await asked(house, "create-invoice", arguments))
    shown = [value for label, value in approval.row.summary if label == "organisation"]
    assert shown == [one["name"]]


async def test_a_contact_without_documents_is_said_to_be_one(house: World):
    made = await house.good("create-contact", {"name": "Quite New Ltd"})
    house.rule(ASKS)
    approval = await house.office.approvals.get(
        await asked(house, "create-invoice", bill(made["id"]))
    )
    assert ("lately", "no invoice and no bill of this contact so far") in approval.row.summary


async def test_a_background_that_cannot_be_read_keeps_no_question_back(house: World):
    house.rule(ASKS)
    await house.good("list-accounts")
    house.fault("server_error", path="/Invoices", times=99)
    approval = await house.office.approvals.get(
        await asked(house, "create-invoice", bill(house.supplier(), type="sales"))
    )
    told = dict(approval.row.summary)["contact"]
    assert told.startswith("could not be read (XERO_UNAVAILABLE)")


async def test_an_approved_change_of_a_document_that_changed_meanwhile_asks_anew(house: World):
    made = await house.good("create-invoice", bill(house.supplier(), number="B-9"))
    house.rule(ASKS)
    change = {"type": "bill", "invoice_id": made["id"], "reference": "checked", "status": "draft"}
    first = await asked(house, "update-invoice", change)
    await house.office.approvals.approve(first, "jane@example.com")
    house.clock.advance(5)
    house.change("Invoices", made["id"], UpdatedDateUTC=house.clock.now())
    second = await asked(house, "update-invoice", change)
    assert second != first


async def test_an_approved_call_goes_through_once(house: World):
    house.rule(ASKS)
    arguments = bill(house.supplier(), number="B-10")
    await house.office.approvals.approve(
        await asked(house, "create-invoice", arguments), "jane@example.com"
    )
    assert code_of(await house.call("create-invoice", arguments)) == "ok"
    other = {**arguments, "request_id": "again"}
    assert code_of(await house.call("create-invoice", other)) == "DUPLICATE"
    known = {**arguments, "duplicate_of_known": True}
    assert code_of(await house.call("create-invoice", known)) == "APPROVAL_REQUIRED"


async def test_an_approval_under_another_policy_is_none(house: World):
    house.rule(ASKS)
    arguments = bill(house.supplier(), number="B-11")
    first = await asked(house, "create-invoice", arguments)
    await house.office.approvals.approve(first, "jane@example.com")
    house.rule(ASKS + "# changed\n")
    assert await asked(house, "create-invoice", arguments) != first


async def test_a_rule_that_asks_strictly_takes_no_word_without_a_passphrase(house: World):
    house.rule(ASKS + "    ask_strictly: true\n")
    arguments = bill(house.supplier(), number="B-12")
    waits = await asked(house, "create-invoice", arguments)
    approvals = house.office.approvals
    with pytest.raises(ApprovalError, match="must give a passphrase"):
        await approvals.approve(waits, "jane@example.com")
    await approvals.approve(waits, "jane@example.com", authenticated=True)
    assert code_of(await house.call("create-invoice", arguments)) == "ok"
