"""What arguments alone tell of a call, and what counts as not established."""

from datetime import date
from typing import Any

import pytest

from tests.gate.world import bill
from xero_mcp.gate.payload import canonical_arguments
from xero_mcp.money import parse_money
from xero_mcp.tool.access import Access, Area, Need
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.declare import POST
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.stated import STATED, Stating, argument_names, argument_values, with_stated
from xero_mcp.tools.index import load_cards
from xero_mcp.tools.invoice_writes import CreateInvoice

CARDS = load_cards()
BOLT = "00000000-0000-0000-0000-00000000000b"
TODAY = date(2026, 3, 2)


def stated(tool: str, values: dict[str, Any], facts: Facts | None = None) -> Facts:
    return with_stated(facts or Facts(), of(CARDS[tool], values))


def of(card: ToolCard, values: dict[str, Any]) -> Stating:
    return Stating(card=card, values=values, needs=card.needs(values), today=TODAY)


def parsed_bill(**more: str) -> dict[str, Any]:
    return canonical_arguments(CreateInvoice.model_validate(bill(BOLT, **more)))


def test_a_bill_tells_its_lines_its_contact_its_status_and_its_date():
    found = stated(
        "create-invoice", parsed_bill(date="2026-01-01"), Facts(total=parse_money("100.00 USD"))
    )
    assert found.account_codes == {"400"}
    assert found.tax_types == {"NONE"}
    assert found.items == found.tracking == {"none"}
    assert found.line_count == 1
    assert found.statuses == {"draft"}
    assert found.document_types == {"bill"}
    assert found.contact_ids == {BOLT}
    assert found.currencies == {"USD"}
    assert found.days_old == (60,)
    assert set(found.unknown) == {"new_contact"}


def test_tracking_is_told_by_category_and_option():
    values = parsed_bill()
    values["lines"][0]["tracking"] = [{"category": "Region", "option": "North"}]
    assert stated("create-invoice", values).tracking == {"Region: North"}


def test_a_line_that_leaves_its_tax_to_the_account_is_not_established():
    values = parsed_bill()
    del values["lines"][0]["tax_type"]
    found = stated("create-invoice", values)
    assert "tax_types" in found.unknown
    assert found.tax_types is None


def test_letters_that_look_like_digits_are_not_established():
    values = parsed_bill()
    values["lines"][0]["account_code"] = "\uff14\uff10\uff10"
    assert "account_codes" in stated("create-invoice", values).unknown


@pytest.mark.parametrize(
    ("quantity", "unit_amount", "discount", "below"),
    [
        ("1", "5.00", None, False),
        ("-1", "5.00", None, True),
        ("1", "-5.00", None, True),
        ("-1", "-5.00", None, False),
        ("1", "5.00", "100", False),
        ("1", "5.00", "100.01", True),
        ("0", "5.00", None, False),
    ],
)
def test_a_line_below_zero_leaves_the_gross_open(
    quantity: str,
    unit_amount: str,
    discount: str | None,
    below: bool,  # noqa: FBT001 - a case
):
    values = parsed_bill()
    values["lines"][0] |= {
        "quantity": quantity,
        "unit_amount": unit_amount,
        "discount_rate": discount,
    }
    assert ("gross" in stated("create-invoice", values).unknown) is below


def test_what_the_tool_has_established_stands():
    values = parsed_bill()
    del values["lines"][0]["tax_type"]
    known = Facts(tax_types=frozenset({"INPUT"}), gross=parse_money("5.00 USD"), new_contact=False)
    found = stated("create-invoice", values, known)
    assert (found.tax_types, found.gross, found.new_contact) == ({"INPUT"}, known.gross, False)
    assert not {"tax_types", "gross", "new_contact"} & set(found.unknown)


def test_a_payment_by_the_accounts_id_leaves_its_code_open():
    values = {"invoice_id": BOLT, "account_id": BOLT, "amount": "1.00"}
    assert "account_codes" in stated("create-payment", values).unknown
    by_code = {"invoice_id": BOLT, "account_code": "090", "amount": "1.00"}
    assert stated("create-payment", by_code).account_codes == {"090"}


def test_a_payment_whose_contact_nobody_read_is_not_established():
    values = {"invoice_id": BOLT, "account_code": "090", "amount": "1.00"}
    assert "contact_ids" in stated("create-payment", values).unknown
    known = stated("create-payment", values, Facts(contact_id=BOLT))
    assert known.contact_ids == {BOLT}


def test_a_contact_that_is_made_is_new():
    assert stated("create-contact", {"name": "Bolt"}).new_contact is True


def test_a_report_is_told_by_what_the_call_needs():
    found = stated("run-report", {"report": "profit-and-loss"})
    assert found.reports == {"profit-and-loss"}
    assert not found.unknown


def test_a_list_states_nothing():
    assert stated("list-invoices", {"type": "bill", "status": "paid"}) == Facts()


UPDATE = ToolCard(
    name="update-document",
    title="",
    description="",
    says="",
    area=Area.BILLS,
    access=Access.DRAFT,
    reaches=(POST("/Invoices/{InvoiceID}"),),
    input_schema={
        "properties": {
            "lines": {"items": {"properties": {"account_code": {"type": "string"}}}},
            "date": {},
            "status": {"enum": ["draft", "voided"]},
            "currency": {},
        }
    },
)


def test_a_change_of_what_is_there_tells_nothing_of_the_rest_of_it():
    found = with_stated(Facts(), of(UPDATE, {"lines": [{"account_code": "400"}]}))
    assert {"account_codes", "line_count", "gross", "days_old", "statuses"} <= set(found.unknown)
    assert {"contact_ids", "currencies"} <= set(found.unknown)


def test_what_is_not_given_may_be_taken_not_to_apply():
    found = with_stated(Facts(), of(UPDATE, {}), strictly=False)
    assert found == Facts()


def test_an_email_and_a_file_that_nobody_looked_at_are_not_established():
    card = ToolCard(
        name="send",
        title="",
        description="",
        says="",
        area=Area.ATTACHMENTS,
        access=Access.FULL,
        reaches=(POST("/Invoices/{InvoiceID}/Email"),),
    )
    call = Stating(
        card=card,
        values={},
        needs=(Need(area=Area.ATTACHMENTS, access=Access.FULL),),
        today=TODAY,
    )
    found = with_stated(Facts(), call)
    assert set(found.unknown) == {"recipient_not_stored", "attachment_types", "attachment_bytes"}


def test_every_stated_fact_is_a_fact():
    assert set(Facts.__dataclass_fields__) >= STATED


def test_names_and_values_are_found_however_deep():
    assert "account_code" in argument_names(UPDATE.input_schema)
    assert argument_values(UPDATE.input_schema, "status") == {"draft", "voided"}
