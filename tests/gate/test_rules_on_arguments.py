"""Rules on what a call says, with facts that the server works out of the real arguments."""

from tests.gate.world import World, bill, code_of

RULES = """rules:
  - name: only running costs
    for: [create-invoice]
    allow_when: {{ account_code_in: ["400-499"] }}
  - name: nothing posted
    for: [create-invoice]
    deny_when: {{ status: [authorised] }}
"""


def rules(text: str) -> str:
    return f"rules:\n  - name: tried\n    for: [create-invoice, create-payment]\n    {text}\n"


async def test_a_bill_on_another_account_is_refused_with_the_rule(house: World):
    house.rule(rules('allow_when: { account_code_in: ["400-499"] }'))
    assert code_of(await house.call("create-invoice", bill(house.supplier()))) == "ok"
    off = bill(house.supplier(), "99.00")
    off["lines"].append({**off["lines"][0], "account_code": "620"})
    refused = await house.call("create-invoice", off)
    assert code_of(refused) == "NOT_ALLOWED"
    assert "the account of every line is 400-499" in refused.content["error"]["message"]


async def test_a_new_contact_is_one_without_an_approved_document(house: World):
    house.rule(rules("deny_when: { new_contact: true }"))
    made = await house.good("create-contact", {"name": "Quite New Ltd"})
    assert code_of(await house.call("create-invoice", bill(made["id"]))) == "NOT_ALLOWED"
    approved = next(
        one
        for one in house.books.table("Invoices")
        if one["Status"] in ("AUTHORISED", "PAID") and one["Type"] == "ACCPAY"
    )
    known = approved["Contact"]["ContactID"]
    assert code_of(await house.call("create-invoice", bill(known))) == "ok"


async def test_a_contact_with_nothing_but_drafts_is_still_new(house: World):
    made = await house.good("create-contact", {"name": "Quite New Ltd"})
    await house.good("create-invoice", bill(made["id"]))
    house.rule(rules("deny_when: { new_contact: true }"))
    other = bill(made["id"], "7.00")
    assert code_of(await house.call("create-invoice", other)) == "NOT_ALLOWED"


async def test_a_date_far_back_or_ahead_is_refused(house: World):
    house.rule(rules("deny_when: { date_older_than: 60d }"))
    today = house.clock.now().date()
    late = bill(house.supplier(), date=today.replace(year=today.year - 1).isoformat())
    assert code_of(await house.call("create-invoice", late)) == "NOT_ALLOWED"
    assert code_of(await house.call("create-invoice", bill(house.supplier()))) == "ok"


async def test_another_currency_is_refused_whatever_the_amount(house: World):
    house.rule(rules("allow_when: { currency: [USD] }"))
    euros = bill(house.supplier(), "1.00", currency="EUR")
    assert code_of(await house.call("create-invoice", euros)) == "NOT_ALLOWED"
    assert code_of(await house.call("create-invoice", bill(house.supplier()))) == "ok"
