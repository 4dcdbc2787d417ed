"""Half a year of ordinary trade: invoices and bills, most of them paid, some of them late."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from xero_mcp.demo_company.kernel import Json
from xero_mcp.demo_company.seed.agenda import Agenda, Deed
from xero_mcp.demo_company.seed.clerk import Clerk
from xero_mcp.demo_company.seed.contacts import SeedContact
from xero_mcp.demo_company.seed.dice import Dice
from xero_mcp.demo_company.seed.habits import Habit, habits

MONTHS: Final = 6
SALES_TERM_DAYS: Final = 14
BILL_TERM_DAYS: Final = 20
_UNPAID_ONE_IN: Final = 6
_BANK: Final = "090"
_BANK_OF_CURRENCY: Final = {"EUR": "092", "USD": "093"}


class Trade:
    """Puts the habits of six months on an agenda."""

    def __init__(self, clerk: Clerk, contacts: Mapping[str, tuple[SeedContact, str]]) -> None:
        self.clerk = clerk
        self._contacts = contacts
        self._dice = Dice(f"trade/{clerk.company.name}")
        self._bills = 0

    def plan(self, agenda: Agenda) -> None:
        for months_ago in range(MONTHS, -1, -1):
            first = month_before(self.clerk.today, months_ago)
            for habit in habits():
                due_this_month = (months_ago + habit.day) % habit.every_months == 0
                if habit.contact in self._contacts and due_this_month:
                    agenda.add(first.replace(day=habit.day), self._deed(habit, agenda))

    def element(self, habit: Habit, day: date) -> Json:
        """Say what the invoice or bill of this habit is on this day, as an app would send it."""
        contact, contact_id = self._contacts[habit.contact]
        sales = habit.kind == "ACCREC"
        term = timedelta(days=SALES_TERM_DAYS if sales else BILL_TERM_DAYS)
        element: Json = {
            "Type": habit.kind,
            "Contact": {"ContactID": contact_id},
            "Date": day.isoformat(),
            "DueDate": (day + term).isoformat(),
            "LineAmountTypes": "Exclusive",
            "Status": "AUTHORISED",
            "LineItems": [self._line(habit, day)],
            "SentToContact": sales,
        }
        if sales:
            element["Reference"] = f"{day:%B}"
        else:
            self._bills += 1
            element["InvoiceNumber"] = f"{contact.name[:2].upper()}-{2100 + self._bills}"
        if contact.currency:
            element["CurrencyCode"] = contact.currency
            element["CurrencyRate"] = self._rate(contact.currency)
        return element

    def pay(self, invoice: Json, day: date, amount: Decimal | None = None) -> None:
        """Pay an invoice out of, or into, the bank account of its currency."""
        currency: str = invoice["CurrencyCode"]
        base = currency == self.clerk.company.base_currency
        payment: Json = {
            "Invoice": {"InvoiceID": invoice["InvoiceID"]},
            "Account": {"Code": _BANK if base else _BANK_OF_CURRENCY[currency]},
            "Date": day.isoformat(),
            "Amount": invoice["Total"] if amount is None else amount,
        }
        if not base:
            payment["CurrencyRate"] = self._rate(currency)
        self.clerk.on(day)
        self.clerk.put("Payments", payment)

    def _deed(self, habit: Habit, agenda: Agenda) -> Deed:
        def invoice(day: date) -> None:
            self.clerk.on(day)
            made = self.clerk.put("Invoices", self.element(habit, day))
            if self._dice.one_in(_UNPAID_ONE_IN):
                return
            sales = habit.kind == "ACCREC"
            after = SALES_TERM_DAYS + 6 if sales else BILL_TERM_DAYS
            paid_on = day + timedelta(days=self._dice.between(after - 8, after))
            agenda.add(paid_on, lambda when: self.pay(made, when))

        return invoice

    def _line(self, habit: Habit, day: date) -> Json:
        line: Json = {
            "Description": f"{habit.text} ({day:%B})",
            "Quantity": self._dice.between(*habit.quantities),
            "UnitAmount": Decimal(self._dice.between(*habit.unit_cents)) / 100,
            "AccountCode": habit.account,
        }
        categories = list(self.clerk.company.table("TrackingCategories"))
        if categories and self._dice.one_in(2):
            category: Json = self._dice.choose(categories)
            option: Json = self._dice.choose(category["Options"])
            line["Tracking"] = [{"Name": category["Name"], "Option": option["Name"]}]
        return line

    def _rate(self, currency: str) -> Decimal:
        """A rate up to two per cent away from today's, so that gains are made and lost."""
        usual: Decimal = self.clerk.company.day_rates[currency]
        return (usual * (10_000 + self._dice.between(-200, 200)) / 10_000).quantize(
            Decimal("0.000001")
        )


def month_before(day: date, months: int) -> date:
    """Return the first day of the month that lies so many months back."""
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)
