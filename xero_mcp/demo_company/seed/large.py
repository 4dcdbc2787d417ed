"""A big organisation: thousands of contacts and invoices, for whoever measures."""

from datetime import timedelta
from decimal import Decimal
from typing import Final

from xero_mcp.demo_company.kernel import Json
from xero_mcp.demo_company.seed.clerk import Clerk
from xero_mcp.demo_company.seed.dice import Dice

LARGE_CONTACTS: Final = 5_000
LARGE_INVOICES: Final = 20_000
_BATCH: Final = 50
_DAYS: Final = 180
_PAID_ONE_IN: Final = 5

_FIRST: Final = ("Amber", "Birch", "Cobalt", "Dusk", "Ember", "Fjord", "Granite", "Hazel", "Iris")
_SECOND: Final = ("Bridge", "Court", "Field", "Harbour", "Lane", "Orchard", "Quay", "Ridge")
_THIRD: Final = ("Builders", "Clinic", "Foods", "Joinery", "Press", "School", "Studio", "Works")


class Crowd:
    """Fills an organisation up to the large size, on top of what it has already."""

    def __init__(self, clerk: Clerk) -> None:
        self._clerk = clerk
        self._dice = Dice(f"large/{clerk.company.name}")

    def fill(self) -> None:
        company = self._clerk.company
        contact_ids = self._contacts(LARGE_CONTACTS - len(company.table("Contacts")))
        self._invoices(LARGE_INVOICES - len(company.table("Invoices")), contact_ids)

    def _contacts(self, count: int) -> list[str]:
        self._clerk.on(self._clerk.days_ago(_DAYS + 10))
        ids: list[str] = []
        for start in range(0, count, _BATCH):
            batch = [self._contact(n) for n in range(start, min(start + _BATCH, count))]
            ids += [made["ContactID"] for made in self._clerk.put_all("Contacts", batch)]
        return ids

    def _contact(self, number: int) -> Json:
        name = " ".join(self._dice.choose(words) for words in (_FIRST, _SECOND, _THIRD))
        return {
            "Name": f"{name} {number + 1}",
            "ContactNumber": f"L-{number + 1:05d}",
            "EmailAddress": f"books{number + 1}@large.example.com",
        }

    def _invoices(self, count: int, contact_ids: list[str]) -> None:
        """Oldest first, so that numbers grow with the days; a fifth of them is paid."""
        for start in range(0, count, _BATCH):
            places = range(start, min(start + _BATCH, count))
            days_ago = _DAYS - _DAYS * start // count
            self._clerk.on(self._clerk.days_ago(days_ago))
            made = self._clerk.put_all(
                "Invoices", [self._invoice(n, days_ago, contact_ids) for n in places]
            )
            self._pay([one for one in made if self._dice.one_in(_PAID_ONE_IN)], days_ago)

    def _invoice(self, number: int, days_ago: int, contact_ids: list[str]) -> Json:
        sales = number % 3 != 0
        day = self._clerk.days_ago(days_ago)
        invoice: Json = {
            "Type": "ACCREC" if sales else "ACCPAY",
            "Contact": {"ContactID": self._dice.choose(contact_ids)},
            "Date": day.isoformat(),
            "DueDate": (day + timedelta(days=20)).isoformat(),
            "Status": "AUTHORISED" if number % 10 else "DRAFT",
            "LineItems": [
                {
                    "Description": "Work as agreed",
                    "Quantity": self._dice.between(1, 12),
                    "UnitAmount": Decimal(self._dice.between(500, 90_000)) / 100,
                    "AccountCode": "200" if sales else "300",
                }
            ],
        }
        if not sales:
            invoice["InvoiceNumber"] = f"B-{number:06d}"
        return invoice

    def _pay(self, invoices: list[Json], days_ago: int) -> None:
        payments = [
            {
                "Invoice": {"InvoiceID": invoice["InvoiceID"]},
                "Account": {"Code": "090"},
                "Date": self._clerk.days_ago(max(days_ago - 15, 0)).isoformat(),
                "Amount": invoice["Total"],
            }
            for invoice in invoices
            if invoice["Status"] == "AUTHORISED"
        ]
        if payments:
            self._clerk.put_all("Payments", payments)
