"""What the answer of a write tells: where to look at it, what moved, what was set."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gate.world import World, code_of, world
from tests.tools.full_house import FULL_POLICY, draft, line, sale

DUE = "2027-01-31"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    policy = FULL_POLICY + "  bank-transactions: full\n  manual-journals: full\n"
    async with world(tmp_path, policy=policy) as opened:
        yield opened


async def test_a_payment_tells_what_is_left_and_where_it_is(house: World):
    made = await draft(house, "sales", status="authorised", due_date=DUE)
    paid = {"invoice_id": made["id"], "account_code": "090", "amount": "40.00"}
    one = await house.good("create-payment", paid)
    assert one["changed"] == "A payment was recorded; 60.00 is left to pay."
    assert one["link"].endswith(f"/Bank/ViewTransaction.aspx?bankTransactionID={one['id']}")
    rest = {"account_code": "090", "payments": [{"invoice_id": made["id"], "amount": "60.00"}]}
    assert "; 0.00 is left to pay" in (await house.good("create-payments", rest))["changed"]


async def test_bank_transactions_journals_and_contacts_have_links(house: World):
    contact = house.supplier()
    spent = {"type": "spend", "contact_id": contact, "bank_account_code": "090", "lines": [line()]}
    money = await house.good("save-bank-transactions", {"transactions": [spent]})
    assert money["id"] in money["link"]
    lines = [{"account_code": "400", "amount": "5.00"}, {"account_code": "404", "amount": "-5.00"}]
    sent = {"journals": [{"narration": "n", "lines": lines}]}
    journal = await house.good("save-manual-journals", sent)
    assert journal["link"].endswith(f"/Journal/View.aspx?invoiceID={journal['id']}")
    assert (journal["total"], journal["currency"]) == ("5.00", "USD")
    entry = {"contact_id": contact, "phone": "5"}
    saved = await house.good("save-contacts", {"contacts": [entry]})
    assert saved["link"].endswith(f"/contacts/contact/{contact}")


async def test_a_change_names_the_fields_that_it_set(house: World):
    made = await draft(house, "sales")
    sent = {"type": "sales", "invoice_id": made["id"], "status": "draft"}
    done = await house.good("update-invoice", {**sent, "reference": "R", "due_date": DUE})
    assert done["changed"] == "Sales invoice changed, status draft; set: reference, due date."


async def test_a_credit_note_is_approved_on_an_open_day_only(house: World):
    house.books.organisation["PeriodLockDate"] = house.books.today()
    note = {
        "type": "sales",
        "contact_id": house.supplier(),
        "lines": [sale()],
        "date": "2026-01-15",
    }
    heard = await house.call("save-credit-notes", {"credit_notes": [note], "status": "authorised"})
    assert code_of(heard) == "INVALID_ARGUMENTS"
    assert heard.content["error"]["details"][0]["path"] == "date"
    assert house.processed("PUT /CreditNotes") == 0


async def test_today_is_the_organisations_own(house: World):
    """Half past nine in the evening in UTC is tomorrow in Auckland."""
    house.books.organisation["Timezone"] = "NEWZEALANDSTANDARDTIME"
    house.clock.advance(12 * 3600)
    assert house.clock.now().date().isoformat() == "2026-03-02"
    ahead = "rules:\n  - name: no\n    deny_when: { date_newer_than: 1d }\n"
    house.write_policy(FULL_POLICY + ahead)
    sent = {"type": "sales", "contact_id": house.supplier(), "lines": [sale()], "due_date": DUE}
    two_days_on_in_utc = {**sent, "date": "2026-03-04"}
    assert code_of(await house.call("create-invoice", two_days_on_in_utc)) == "ok"
    too_far = {**sent, "date": "2026-03-05"}
    assert code_of(await house.call("create-invoice", too_far)) == "NOT_ALLOWED"
