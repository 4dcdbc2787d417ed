"""What a person is shown, and what their yes is worth."""

from collections.abc import Mapping

import pytest

from tests.gate.world import OPEN_POLICY, World, bill, code_of
from xero_mcp.agents import Agent, Caller
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


def may_more(house: World, rules: str) -> None:
    """Rules over a policy that gives what these deeds need."""
    more = "invoices: full\n  credit-notes: post"
    house.write_policy(OPEN_POLICY.replace("invoices: post", more) + rules)


async def test_approved_payments_of_an_invoice_that_changed_meanwhile_ask_anew(house: World):
    owed = bill(house.supplier(), status="authorised", due_date="2026-04-01")
    made = await house.good("create-invoice", owed)
    account = next(one["Code"] for one in house.books.table("Accounts") if one["Type"] == "BANK")
    may_more(house, ASKS.replace("create-payment", "create-payments"))
    one = {"invoice_id": made["id"], "amount": "10.00"}
    first = await asked(house, "create-payments", {"payments": [one], "account_code": account})
    await house.office.approvals.approve(first, "jane@example.com")
    house.clock.advance(5)
    house.change("Invoices", made["id"], UpdatedDateUTC=house.clock.now())
    second = await asked(house, "create-payments", {"payments": [one], "account_code": account})
    assert second != first


async def test_an_approved_use_of_a_credit_that_changed_meanwhile_asks_anew(house: World):
    credit = next(one for one in house.books.table("CreditNotes") if one["Status"] == "AUTHORISED")
    may_more(house, ASKS.replace("create-payment", "allocate-credit"))
    deed = {
        "kind": "credit-note",
        "credit_id": credit["CreditNoteID"],
        "invoices": [
            {"invoice_id": next(iter(house.books.table("Invoices")))["InvoiceID"], "amount": "1.00"}
        ],
    }
    first = await asked(house, "allocate-credit", deed)
    await house.office.approvals.approve(first, "jane@example.com")
    house.clock.advance(5)
    house.change("CreditNotes", credit["CreditNoteID"], UpdatedDateUTC=house.clock.now())
    assert await asked(house, "allocate-credit", deed) != first


@pytest.mark.parametrize("changes", ["invoice", "address"])
async def test_an_approved_email_asks_anew_where_the_invoice_or_its_address_changed(
    house: World, changes: str
):
    contact = house.supplier()
    house.change("Contacts", contact, EmailAddress="old@example.com")
    sales = bill(contact, type="sales", status="authorised", due_date="2026-04-01")
    made = await house.good("create-invoice", sales)
    may_more(house, ASKS.replace("create-payment", "email-invoice"))
    first = await asked(house, "email-invoice", {"invoice_id": made["id"]})
    await house.office.approvals.approve(first, "jane@example.com")
    house.clock.advance(5)
    if changes == "invoice":
        house.change("Invoices", made["id"], UpdatedDateUTC=house.clock.now())
    else:
        house.change("Contacts", contact, EmailAddress="other@example.com")
    assert await asked(house, "email-invoice", {"invoice_id": made["id"]}) != first


async def test_who_let_it_run_out_is_told_the_people_or_the_agent(house: World):
    house.rule(ASKS)
    arguments = bill(house.supplier(), number="B-8")
    await asked(house, "create-invoice", arguments)
    house.clock.advance(3 * 86_400)
    unheard = await house.call("create-invoice", arguments)
    assert "Nobody decided in time" in unheard.content["error"]["message"]
    again = await asked(house, "create-invoice", arguments)
    await house.office.approvals.approve(again, "jane@example.com")
    house.clock.advance(3 * 86_400)
    unused = await house.call("create-invoice", arguments)
    assert code_of(unused) == "APPROVAL_EXPIRED"
    assert "approved, but that counts no more" in unused.content["error"]["message"]


async def test_a_person_sees_what_is_changed_as_it_stands_now(house: World):
    contact = house.supplier()
    name = (house.books.table("Contacts").get(contact) or {})["Name"]
    made = await house.good("create-invoice", bill(contact, number="B-77"))
    house.rule(ASKS)
    change = {"type": "bill", "invoice_id": made["id"], "status": "authorised"}
    approval = await house.office.approvals.get(await asked(house, "update-invoice", change))
    (stands,) = [value for label, value in approval.row.summary if label == "stands now"]
    assert stands.startswith(f"B-77, {name}, 100.00 USD, draft, of 2026-03-0")


async def test_a_person_sees_on_whose_behalf_the_agent_asks(house: World):
    house.rule(ASKS)
    agent = Agent(name="clerk", on_behalf_of="joe@example.com")
    caller = Caller(agent=agent, transport="test")
    heard = await house.gate.call(caller, "create-invoice", bill(house.supplier(), number="B-78"))
    approval_id = heard.content["error"]["details"][0]["message"]
    shown = (await house.office.approvals.get(approval_id)).row.summary
    assert shown[:2] == (("agent", "clerk"), ("on behalf of", "joe@example.com"))


async def test_a_person_sees_the_bank_account_that_would_be_another(house: World):
    contact = house.supplier()
    house.change("Contacts", contact, Name="Bolt Ltd", BankAccountDetails="12-3456-7890123-00")
    house.rule(
        """rules:
  - name: contacts
    for: [save-contacts]
    ask_when: { bank_details_would_change: true }
    ask: [jane@example.com]
"""
    )
    given = {"contacts": [{"contact_id": contact, "bank_account": "99-9999-9999999-00"}]}
    approval = await house.office.approvals.get(await asked(house, "save-contacts", given))
    shown = dict(approval.row.summary)
    assert "bank account 12-3456-7890123-00" in shown["stands now"]
    assert "99-9999-9999999-00" in shown["contacts 1"]


async def test_a_proven_yes_of_a_person_who_was_removed_since_counts_no_more(house: World):
    house.rule(f"{ASKS}    ask_strictly: true\n")
    jane, people = "jane@example.com", house.office.people
    await people.add(jane, by="root")
    await people.set_passphrase(jane, "four words not together", by="root")
    arguments = bill(house.supplier(), number="B-12")
    first = await asked(house, "create-invoice", arguments)
    await house.office.approvals.approve(first, jane, authenticated=True)
    await people.remove(jane, by="root")
    assert code_of(await house.call("create-invoice", arguments)) == "APPROVAL_EXPIRED"
    second = await asked(house, "create-invoice", arguments)
    assert second != first
    assert house.invoices("B-12") == []
    await people.add(jane, by="root")
    await people.set_passphrase(jane, "four words not together", by="root")
    await house.office.approvals.approve(second, jane, authenticated=True)
    await house.good("create-invoice", arguments)


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
    await house.office.people.add("jane@example.com", by="root")
    await house.office.people.set_passphrase("jane@example.com", "four words here", by="root")
    await approvals.approve(waits, "jane@example.com", authenticated=True)
    assert code_of(await house.call("create-invoice", arguments)) == "ok"
