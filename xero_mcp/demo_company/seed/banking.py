"""Money that moves without an invoice: capital, wages, fees, interest, transfers, credit notes."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from xero_mcp.demo_company.kernel import Json
from xero_mcp.demo_company.seed.agenda import Agenda
from xero_mcp.demo_company.seed.clerk import Clerk
from xero_mcp.demo_company.seed.contacts import SeedContact
from xero_mcp.demo_company.seed.trade import MONTHS, month_before

_TOGETHER: Final = 2


class Banking:
    """Puts it on the agenda of the half-year."""

    def __init__(self, clerk: Clerk, contacts: Mapping[str, tuple[SeedContact, str]]) -> None:
        self._clerk = clerk
        self._contacts = contacts

    def plan(self, agenda: Agenda) -> None:
        start = month_before(self._clerk.today, MONTHS)
        agenda.add(start, self._found)
        for months_ago in range(MONTHS, -1, -1):
            month = month_before(self._clerk.today, months_ago)
            agenda.add(month.replace(day=28), self._wages)
            agenda.add(month.replace(day=27), self._fees)
        agenda.add(month_before(self._clerk.today, 3).replace(day=15), self._save)
        agenda.add(month_before(self._clerk.today, 2).replace(day=26), self._interest)
        agenda.add(month_before(self._clerk.today, 2).replace(day=5), self._too_much)
        agenda.add(month_before(self._clerk.today, 1).replace(day=7), self._in_advance)
        agenda.add(month_before(self._clerk.today, 1).replace(day=17), self._pay_together)
        for months_ago in (3, 2, 1):
            month = month_before(self._clerk.today, months_ago)
            agenda.add(month.replace(day=28), self._depreciate)

    def _found(self, day: date) -> None:
        self._money("RECEIVE", day, "bank", [("970", "Capital paid in", "25000.00")])
        self._money("SPEND", day, "bolt", [("720", "Computers for the studio", "3774.49")])

    def _wages(self, day: date) -> None:
        self._money("SPEND", day, "payroll", [("477", f"Wages, {day:%B}", "2150.00")])

    def _fees(self, day: date) -> None:
        self._money("SPEND", day, "bank", [("404", "Bank fee", "15.00")])

    def _interest(self, day: date) -> None:
        line = ("270", "Interest on savings", "4.75")
        self._money("RECEIVE", day, "bank", [line], BankAccount={"Code": "091"})

    def _save(self, day: date) -> None:
        self._clerk.on(day)
        self._clerk.put(
            "BankTransfers",
            {
                "FromBankAccount": {"Code": "090"},
                "ToBankAccount": {"Code": "091"},
                "Amount": Decimal("4000.00"),
                "Date": day.isoformat(),
                "Reference": "For a rainy day",
            },
        )

    def _too_much(self, day: date) -> None:
        line = {
            "Description": "Paid twice by mistake",
            "LineAmount": Decimal("145.50"),
            "AccountCode": "610",
        }
        self._bank_transaction("RECEIVE-OVERPAYMENT", day, "larkfield", [line])

    def _in_advance(self, day: date) -> None:
        line = {
            "Description": "Deposit on timber",
            "Quantity": 1,
            "UnitAmount": Decimal("400.00"),
            "AccountCode": "620",
        }
        self._bank_transaction("SPEND-PREPAYMENT", day, "bolt", [line])

    def _pay_together(self, day: date) -> None:
        """Pay two bills in one go, as a run of the bank's does."""
        company = self._clerk.company
        bills = [
            bill
            for bill in company.table("Invoices").find("status", "AUTHORISED")
            if bill["Type"] == "ACCPAY"
            and bill["CurrencyCode"] == company.base_currency
            and bill["AmountDue"] == bill["Total"]
        ][:_TOGETHER]
        self._clerk.on(day)
        self._clerk.put(
            "BatchPayments",
            {
                "Account": {"AccountID": self._clerk.id_of("090")},
                "Date": day.isoformat(),
                "Reference": "Run of the month",
                "Payments": [
                    {"Invoice": {"InvoiceID": bill["InvoiceID"]}, "Amount": bill["Total"]}
                    for bill in bills
                ],
            },
        )

    def _depreciate(self, day: date) -> None:
        self._clerk.on(day)
        self._clerk.put(
            "ManualJournals",
            {
                "Narration": f"Depreciation of computers, {day:%B}",
                "Date": day.isoformat(),
                "Status": "POSTED",
                "JournalLines": [
                    {"LineAmount": Decimal("104.85"), "AccountCode": "416"},
                    {"LineAmount": Decimal("-104.85"), "AccountCode": "721"},
                ],
            },
        )

    def _money(
        self,
        kind: str,
        day: date,
        contact: str,
        lines: list[tuple[str, str, str]],
        **more: object,
    ) -> None:
        made: list[Json] = [
            {
                "Description": text,
                "Quantity": 1,
                "UnitAmount": Decimal(amount),
                "AccountCode": code,
            }
            for code, text, amount in lines
        ]
        self._bank_transaction(kind, day, contact, made, **more)

    def _bank_transaction(
        self, kind: str, day: date, contact: str, lines: list[Json], **more: object
    ) -> None:
        self._clerk.on(day)
        self._clerk.put(
            "BankTransactions",
            {
                "Type": kind,
                "Contact": {"ContactID": self._contacts[contact][1]},
                "BankAccount": {"Code": "090"},
                "Date": day.isoformat(),
                "LineItems": lines,
                **more,
            },
        )
