"""The 1099 reports of American organisations: what was paid to contractors in a year."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from xero_mcp.demo_company.chart import account_by_code
from xero_mcp.demo_company.kernel import Answer, Call, Company, Json, route
from xero_mcp.demo_company.parameters import MAX_DAY, MIN_DAY, query_number
from xero_mcp.demo_company.posting import share
from xero_mcp.demo_company.reports.cash import settlements
from xero_mcp.demo_company.rounding import ZERO
from xero_mcp.demo_company.sides import INVOICE

_RENT: Final = "469"
_THRESHOLD: Final = Decimal(600)
_NEC_BOXES: Final = ("Box1", "Box2", "Box4")
_MISC_BOXES: Final = (*(f"Box{number}" for number in range(1, 12)), "Box14")


@route("GET", "/Reports/TenNinetyNine")
def get_ten_ninety_nine(call: Call) -> Answer:
    """Rent is reported as miscellaneous, everything else as pay of people who are not staff.

    Outside America both reports are empty.
    """
    year = query_number(call, "reportyear", low=MIN_DAY.year, high=MAX_DAY.year)
    year = year or call.company.today().year
    rents, others = _paid(call.company, year)
    span = f"1 Jan {year} to 31 Dec {year}"
    reports: list[Json] = [
        {
            "ReportName": name,
            "ReportDate": span,
            "Fields": [],
            "Contacts": list(_contacts(call.company, paid, boxes)),
        }
        for name, paid, boxes in (
            ("1099-NEC report", others, _NEC_BOXES),
            ("1099-MISC report", rents, _MISC_BOXES),
        )
    ]
    return Answer(body={"Reports": reports})


ROUTES = (get_ten_ninety_nine,)


def _paid(company: Company, year: int) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """What each contact was paid for rent, and for everything else."""
    rents: dict[str, Decimal] = {}
    others: dict[str, Decimal] = {}
    if company.organisation.get("CountryCode") != "US":
        return rents, others
    rent = account_by_code(company, _RENT)
    rent_id = rent["AccountID"] if rent else ""
    for bill in company.table("Invoices"):
        if bill["Type"] != "ACCPAY" or bill["Status"] not in {"AUTHORISED", "PAID"}:
            continue
        contact_id: str = bill["Contact"]["ContactID"]
        for account_id, amount in _paid_in(company, bill, year):
            into = rents if account_id == rent_id else others
            into[contact_id] = into.get(contact_id, ZERO) + amount
    return rents, others


def _paid_in(company: Company, bill: Json, year: int) -> Iterator[tuple[str, Decimal]]:
    paid = sum((amount for day, amount in settlements(INVOICE, bill) if day.year == year), ZERO)
    if not paid:
        return
    for journal in company.ledger.live(bill["InvoiceID"]):
        entries = journal.entries[1:]
        for entry, amount in zip(entries, share(entries, paid, bill["Total"]), strict=True):
            yield entry.account_id, amount


def _contacts(company: Company, paid: dict[str, Decimal], boxes: tuple[str, ...]) -> Iterator[Json]:
    for contact_id, amount in paid.items():
        if amount < _THRESHOLD:
            continue
        contact = company.table("Contacts")[contact_id]
        addresses: list[Json] = contact.get("Addresses") or [{}]
        street = addresses[0]
        yield {
            **dict.fromkeys(boxes, ZERO),
            "Box1": amount,
            "Name": contact["Name"],
            "FederalTaxIDType": contact.get("TaxNumberType") or "EIN",
            "City": street.get("City", ""),
            "Zip": street.get("PostalCode", ""),
            "State": street.get("Region", ""),
            "Email": contact.get("EmailAddress", ""),
            "StreetAddress": street.get("AddressLine1", ""),
            "TaxID": contact.get("TaxNumber", ""),
            "ContactId": contact_id,
            "LegalName": contact["Name"],
            "BusinessName": contact["Name"],
            "FederalTaxClassification": "OTHER",
        }
