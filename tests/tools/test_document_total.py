"""The total that a policy decides on is the total that Xero makes: to the cent, on any document."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.demo_company.box import GLOBAL, TestClock
from tests.gate.world import World, bill, code_of
from xero_mcp.demo_company.kernel import Call, Company
from xero_mcp.demo_company.routes.all_routes import all_routes
from xero_mcp.demo_company.seed.companies import demo_companies
from xero_mcp.money import parse_amount
from xero_mcp.tools.document_total import AmountsAre, PricedLine, document_total, line_amount

TYPES: dict[AmountsAre, str] = {
    "exclusive": "Exclusive",
    "inclusive": "Inclusive",
    "no-tax": "NoTax",
}
EXAMPLES = 150
Lines = list[dict[str, Any]]


def decimals(low: int, high: int, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(low, high, allow_nan=False, allow_infinity=False, places=places)


ONE_LINE = st.fixed_dictionaries(
    {
        "quantity": st.one_of(decimals(0, 500, 4), decimals(0, 500, 0)),
        "unit_amount": st.one_of(decimals(-100, 5000, 4), decimals(-100, 5000, 2)),
        "discount_rate": st.one_of(st.just(Decimal(0)), decimals(0, 100, 2), decimals(0, 100, 4)),
        "tax_type": st.sampled_from(["OUTPUT", "NONE"]),
    }
)


@pytest.fixture(scope="module")
def books() -> Company:
    companies = demo_companies(now=TestClock())
    return next(one for one in companies.values() if one.name == GLOBAL)


def priced(lines: Lines) -> list[PricedLine]:
    return [PricedLine(**line) for line in lines]


def rates_of(books: Company) -> dict[str, Decimal]:
    return {rate["TaxType"]: Decimal(rate["EffectiveRate"]) for rate in books.table("TaxRates")}


def made_by_xero(books: Company, lines: Lines, amounts_are: AmountsAre) -> Decimal:
    element = {
        "Type": "ACCREC",
        "Contact": {"ContactID": next(iter(books.table("Contacts")))["ContactID"]},
        "LineAmountTypes": TYPES[amounts_are],
        "LineItems": [
            {
                "Description": "x",
                "Quantity": line["quantity"],
                "UnitAmount": line["unit_amount"],
                "DiscountRate": line["discount_rate"],
                "AccountCode": "200",
                "TaxType": line["tax_type"],
            }
            for line in lines
        ],
    }
    call = Call(
        company=books,
        method="PUT",
        query={"unitdp": "4", "summarizeerrors": "false"},
        body={"Invoices": [element]},
    )
    with books.all_or_nothing():
        answer = all_routes()["PUT", "/Invoices"].handle(call)
    body = answer.body
    assert isinstance(body, dict)
    made = body["Invoices"][0]
    assume(not made.get("HasErrors"))
    return made["Total"]


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(ONE_LINE, min_size=1, max_size=6),
    amounts_are=st.sampled_from(list(TYPES)),
)
def test_our_total_is_the_one_that_xero_comes_to(
    books: Company, lines: Lines, amounts_are: AmountsAre
):
    ours = document_total(priced(lines), amounts_are=amounts_are, rates=rates_of(books))
    assert ours == made_by_xero(books, lines, amounts_are)


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "amount"),
    [
        ("1", "0.005", "0", "0.01"),
        ("1", "-0.005", "0", "-0.01"),
        ("3", "33.3333", "0", "100.00"),
        ("650", "1", "12.5", "568.75"),
        ("1", "100", "100", "0.00"),
        ("0", "999999", "0", "0.00"),
    ],
)
def test_a_line_is_rounded_half_away_from_zero(
    quantity: str, price: str, discount: str, amount: str
):
    line = PricedLine(
        quantity=Decimal(quantity),
        unit_amount=Decimal(price),
        discount_rate=Decimal(discount),
        tax_type=None,
    )
    assert line_amount(line) == Decimal(amount)


def test_a_rate_that_nobody_knows_makes_the_total_unknown():
    line = PricedLine(
        quantity=Decimal(1), unit_amount=Decimal(1), discount_rate=Decimal(0), tax_type="NEW"
    )
    assert document_total([line], amounts_are="exclusive", rates={}) is None
    assert document_total([line], amounts_are="inclusive", rates={}) == Decimal(1)


async def decided_and_made(house: World, arguments: dict[str, Any]) -> tuple[str, str, str]:
    """The total that the policy saw, and the total and currency that Xero made."""
    answer = await house.call("create-invoice", arguments)
    assert code_of(answer) == "ok", answer.content
    intent = (await house.records(kind="intent", tool="create-invoice"))[-1]
    return intent["money"]["amount"], answer.content["total"], answer.content["currency"]


RULED = """\
rules:
  - name: so that a total is worked out
    for: [create-invoice]
    deny_when: { total_over: "1000000.00 USD" }
"""


async def test_a_suppliers_own_tax_does_not_make_another_total(house: World):
    house.rule(RULED)
    contact = house.supplier()
    house.change("Contacts", contact, AccountsPayableTaxType="INPUT")
    arguments = bill(contact)
    del arguments["lines"][0]["tax_type"]
    arguments["lines"][0]["account_code"] = house.account_with_tax("NONE")
    seen, made, _ = await decided_and_made(house, arguments)
    assert (seen, made) == ("100.00", "100.00")


async def test_an_items_own_tax_does_not_make_another_total(house: World):
    house.rule(RULED)
    item = next(iter(house.books.table("Items")))
    house.change("Items", item["ItemID"], PurchaseDetails={"TaxType": "INPUT", "UnitPrice": 9})
    arguments = bill(house.supplier())
    arguments["lines"][0] |= {
        "item_code": item["Code"],
        "account_code": house.account_with_tax("NONE"),
    }
    del arguments["lines"][0]["tax_type"]
    seen, made, _ = await decided_and_made(house, arguments)
    assert (seen, made) == ("100.00", "100.00")


async def test_a_suppliers_own_currency_does_not_make_another_total(house: World):
    house.rule(RULED)
    contact = house.supplier()
    house.change("Contacts", contact, DefaultCurrency="EUR")
    assert await decided_and_made(house, bill(contact)) == ("100.00", "100.00", "USD")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("unit_amount", "0.00005"),
        ("quantity", "1.00005"),
        ("unit_amount", 0.00005),
        ("discount_rate", "0.00005"),
    ],
)
async def test_what_xero_would_round_up_is_refused(house: World, field: str, value: object):
    arguments = bill(house.supplier())
    arguments["lines"][0] |= {"quantity": "10000000", "unit_amount": "0.0001"}
    arguments["lines"][0][field] = value
    answer = await house.call("create-invoice", arguments)
    assert code_of(answer) == "INVALID_ARGUMENTS"
    detail = answer.content["error"]["details"][0]
    assert detail["path"] == f"lines.0.{field}"
    assert "4 decimals" in detail["message"]


async def test_a_payment_of_less_than_a_cent_more_is_refused(house: World):
    pay = {"invoice_id": house.supplier(), "account_code": "090", "amount": "1.005"}
    answer = await house.call("create-payment", pay)
    assert code_of(answer) == "INVALID_ARGUMENTS"
    assert "2 decimals" in answer.content["error"]["details"][0]["message"]


def test_the_largest_amounts_stay_exact():
    line = PricedLine(
        quantity=parse_amount("999999999.9999"),
        unit_amount=parse_amount("99999.9999"),
        discount_rate=Decimal(0),
        tax_type="T",
    )
    assert line_amount(line) == Decimal("99999999899990.00")
    total = document_total([line] * 200, amounts_are="exclusive", rates={"T": Decimal("12.5")})
    assert total == 200 * (Decimal("99999999899990.00") + Decimal("12499999987498.75"))


@pytest.mark.parametrize("amounts_are", ["exclusive", "inclusive", "no-tax"])
async def test_amounts_beyond_any_ledger_are_refused_by_the_rule(house: World, amounts_are: str):
    house.rule(RULED)
    arguments = bill(house.supplier(), amounts_are=amounts_are)
    arguments["lines"][0] |= {"quantity": "999999999999999", "unit_amount": "999999999999999.9999"}
    answer = await house.call("create-invoice", arguments)
    assert code_of(answer) == "NOT_ALLOWED", answer.content
    arguments["lines"][0]["unit_amount"] = "-999999999999999.9999"
    assert code_of(await house.call("create-invoice", arguments)) != "INTERNAL_ERROR"
