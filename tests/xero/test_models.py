from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from pydantic import ValidationError

from tests.xero.shared_facts import json_file, table
from xero_mcp.xero.models.account import Account
from xero_mcp.xero.models.base import XeroModel, xero_name
from xero_mcp.xero.models.contact import Contact, Contacts, ContactWrite
from xero_mcp.xero.models.currency import Currency
from xero_mcp.xero.models.invoice import Invoice, Invoices
from xero_mcp.xero.models.line_item import LineItem
from xero_mcp.xero.models.organisation import Organisation
from xero_mcp.xero.models.payment import Payment
from xero_mcp.xero.models.report import Reports
from xero_mcp.xero.models.tax_rate import TaxComponent, TaxRate
from xero_mcp.xero.wire import dump_json, read_json

PAGE = b"""{"Id": "x", "Status": "OK", "pagination": {"page": 1, "pageSize": 100, "pageCount": 2,
"itemCount": 101}, "Invoices": [{"Type": "ACCREC", "InvoiceID": "i", "Reference": "a\\u202eb",
"Payments": null, "Total": 100.10, "AmountDue": 100, "Date": "/Date(1789344000000+0000)/",
"UpdatedDateUTC": "/Date(1789344000123+0000)/", "Contact": {"ContactID": "c", "Name": "Bolt\\u0000",
"Addresses": []}, "LineItems": [{"UnitAmount": 1.2345, "Tracking": []}], "News": {"x": 1}}]}"""


def test_a_page_of_invoices_is_read():
    page = Invoices.model_validate(read_json(PAGE))
    assert page.pagination is not None
    assert (page.pagination.page_count, page.pagination.item_count) == (2, 101)
    invoice = page.invoices[0]
    assert invoice.total == Decimal("100.10")
    assert str(invoice.total) == "100.10"
    assert invoice.amount_due == 100
    assert invoice.date == date(2026, 9, 14)
    assert invoice.updated_date_utc == datetime(2026, 9, 14, 0, 0, 0, 123000, UTC)
    assert invoice.line_items[0].unit_amount == Decimal("1.2345")
    assert invoice.payments == ()


def test_peoples_text_is_cleaned_where_it_is_parsed():
    invoice = Invoices.model_validate(read_json(PAGE)).invoices[0]
    assert invoice.reference == "ab"
    assert invoice.contact is not None
    assert invoice.contact.name == "Bolt"


def test_what_xero_told_is_not_changed():
    contact = Contacts.model_validate({"Contacts": [{"Name": "x"}]}).contacts[0]
    with pytest.raises(ValidationError):
        contact.name = "y"


def test_a_field_that_was_not_given_is_not_sent():
    assert dump_json(ContactWrite(name="Bolt")) == b'{"Name":"Bolt"}'


def test_a_field_that_xero_does_not_know_is_not_sent():
    with pytest.raises(ValidationError):
        ContactWrite.model_validate({"name": "x", "is_customer": True})


def test_every_example_report_is_read():
    read = 0
    for name, body in json_file("report_examples.json").items():
        if not isinstance(body, dict) or "Reports" not in body:
            continue
        report = Reports.model_validate(body).reports[0]
        assert report.report_name, name
        read += 1
    assert read > 3


@pytest.mark.parametrize(
    ("model", "schema"),
    [
        (Account, "Account"),
        (Contact, "Contact"),
        (Currency, "Currency"),
        (Invoice, "Invoice"),
        (LineItem, "LineItem"),
        (Organisation, "Organisation"),
        (Payment, "Payment"),
        (TaxRate, "TaxRate"),
        (TaxComponent, "TaxComponent"),
    ],
)
def test_every_field_has_xeros_spelling(model: type[XeroModel], schema: str):
    known = {row["field"] for row in table("schema_fields.tsv") if row["schema"] == schema}
    ours = {xero_name(field) for field in model.model_fields}
    # A refused tax rate comes back with its errors, which the schema leaves out.
    assert ours - {"ValidationErrors"} <= known
