"""What is on file besides the ledger: items, quotes, orders, templates, a budget, files."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from xero_mcp.demo_company.kernel import Json
from xero_mcp.demo_company.pdf import pdf_of
from xero_mcp.demo_company.seed.clerk import Clerk
from xero_mcp.demo_company.seed.contacts import SeedContact
from xero_mcp.demo_company.seed.trade import month_before

# Code, name, sales price, purchase price.
_ITEMS: Final = (
    ("DES-HOUR", "Design, per hour", "85.00", None),
    ("KITE-STAND", "Kite display stand", "145.50", "61.2575"),
    ("BOLT-M8", "Bolt M8 x 40, stainless", "1.2550", "0.4275"),
    ("TEA-04", 'Tea caddy "No. 4"', "199.99", "88.00"),
    ("OAK-SHELF", "Oak shelf, 1.8 m", "263.33", "120.00"),
)
_TRACKED: Final = frozenset({"OAK-SHELF"})
_BUDGETED: Final = {"200": 6500, "300": 900, "400": 600, "445": 130, "469": 1200, "477": 2200}
_BUDGET_MONTHS: Final = 24


class Paperwork:
    def __init__(self, clerk: Clerk, contacts: Mapping[str, tuple[SeedContact, str]]) -> None:
        self._clerk = clerk
        self._contacts = contacts

    def file(self) -> None:
        self._items()
        self._quotes()
        self._orders()
        self._templates()
        self._budget()
        self._groups()
        self._file_and_note()
        self._charge_on()

    def _items(self) -> None:
        self._clerk.on(self._clerk.days_ago(150))
        self._clerk.put_all("Items", [self._item(*row) for row in _ITEMS])

    def _item(self, code: str, name: str, price: str, cost: str | None) -> Json:
        item: Json = {
            "Code": code,
            "Name": name,
            "Description": name,
            "SalesDetails": {"UnitPrice": Decimal(price), "AccountCode": "200"},
            "IsPurchased": cost is not None,
        }
        if cost is not None:
            item["PurchaseDescription"] = f"{name}, trade"
            item["PurchaseDetails"] = {"UnitPrice": Decimal(cost), "AccountCode": "300"}
        if code in _TRACKED and cost is not None:
            item["InventoryAssetAccountCode"] = "630"
            item["PurchaseDetails"] = {"UnitPrice": Decimal(cost), "COGSAccountCode": "310"}
        return item

    def _quotes(self) -> None:
        rows = (
            ("larkfield", 40, "ACCEPTED", "Second reading room"),
            ("theatre", 25, "DECLINED", "Revolving stage"),
            ("kites", 12, "SENT", "Twelve kite stands"),
            ("bakehouse", 4, "DRAFT", "New oven hood"),
        )
        for key, days, status, title in rows:
            day = self._clerk.days_ago(days)
            self._clerk.on(day)
            quote = {
                "Contact": self._contact(key),
                "Date": day.isoformat(),
                "ExpiryDate": (day + timedelta(days=30)).isoformat(),
                "Title": title,
                "Summary": "As talked about on site.",
                "Terms": "Not valid after the expiry date.",
                "Status": status,
                "LineAmountTypes": "EXCLUSIVE",
                "LineItems": [{**_line(title, "2400.00", "200"), "DiscountRate": 5}],
            }
            self._clerk.put("Quotes", quote)

    def _orders(self) -> None:
        rows = (
            ("bolt", 35, "BILLED", "Fixings for the kite stands"),
            ("bolt", 14, "AUTHORISED", "Fixings for the reading room"),
            ("paper", 6, "SUBMITTED", "Card, 300 g"),
            ("power", 2, "DRAFT", "Meter for the spray booth"),
        )
        for key, days, status, text in rows:
            day = self._clerk.days_ago(days)
            self._clerk.on(day)
            order = {
                "Contact": self._contact(key),
                "Date": day.isoformat(),
                "DeliveryDate": (day + timedelta(days=10)).isoformat(),
                "DeliveryInstructions": "Ring twice; the bell sticks.",
                "Status": status,
                "LineItems": [_line(text, "186.40", "300")],
            }
            self._clerk.put("PurchaseOrders", order)

    def _templates(self) -> None:
        start = month_before(self._clerk.today, 4)
        self._clerk.on(start)
        for kind, key, text, amount, account in (
            ("ACCREC", "dental", "Care of the waiting room, monthly", "120.00", "200"),
            ("ACCPAY", "landlord", "Rent of the workshop", "1181.25", "469"),
        ):
            template = {
                "Type": kind,
                "Contact": self._contact(key),
                "Status": "AUTHORISED" if kind == "ACCREC" else "DRAFT",
                "LineItems": [_line(text, amount, account)],
                "Schedule": {
                    "Period": 1,
                    "Unit": "MONTHLY",
                    "DueDate": 20,
                    "DueDateType": "OFFOLLOWINGMONTH",
                    "StartDate": start.isoformat(),
                },
            }
            self._clerk.put("RepeatingInvoices", template)

    def _budget(self) -> None:
        """Budgets cannot be written through the API, so this one is put there by hand."""
        company = self._clerk.company
        first = month_before(self._clerk.today, _BUDGET_MONTHS // 2)
        months = [month_before(first, -step) for step in range(_BUDGET_MONTHS)]
        company.table("Budgets").put(
            {
                "BudgetID": company.new_id(),
                "Type": "OVERALL",
                "Description": "Overall Budget",
                "UpdatedDateUTC": company.now(),
                "BudgetLines": [
                    self._budget_line(code, amount, months) for code, amount in _BUDGETED.items()
                ],
                "Tracking": [],
            }
        )

    def _budget_line(self, code: str, amount: int, months: list[date]) -> Json:
        return {
            "AccountID": self._clerk.id_of(code),
            "AccountCode": code,
            "BudgetBalances": [
                {
                    "Period": f"{month:%Y-%m}",
                    "Amount": Decimal(amount).quantize(Decimal("0.01")),
                    "Notes": "",
                }
                for month in months
            ],
        }

    def _groups(self) -> None:
        self._clerk.on(self._clerk.days_ago(140))
        for name, keys in (("Training", ()), ("Regulars", ("larkfield", "dental", "theatre"))):
            members = [self._contact(key) for key in keys]
            self._clerk.put("ContactGroups", {"Name": name, "Contacts": members})

    def _file_and_note(self) -> None:
        company = self._clerk.company
        self._clerk.on(self._clerk.today)
        bills = [row for row in company.table("Invoices") if row["Type"] == "ACCPAY"]
        bill: Json = bills[-1]
        content = pdf_of(["Bill as it came by post", bill["InvoiceNumber"]])
        self._clerk.attach("Invoices", bill["InvoiceID"], "bill.pdf", content)
        self._clerk.write(
            "PUT",
            "/Invoices/{InvoiceID}/History",
            {"HistoryRecords": [{"Details": "Scanned and filed by Sasha."}]},
            InvoiceID=bill["InvoiceID"],
        )

    def _charge_on(self) -> None:
        """A line of a bill that a customer is to pay for in the end."""
        bills = self._clerk.company.table("Invoices").find("contact", self._contacts["bolt"][1])
        bill = bills[0]
        link = {
            "SourceTransactionID": bill["InvoiceID"],
            "SourceLineItemID": bill["LineItems"][0]["LineItemID"],
            **self._contact("larkfield"),
        }
        self._clerk.put("LinkedTransactions", link)

    def _contact(self, key: str) -> Json:
        return {"ContactID": self._contacts[key][1]}


def _line(text: str, amount: str, account: str) -> Json:
    return {
        "Description": text,
        "Quantity": 1,
        "UnitAmount": Decimal(amount),
        "AccountCode": account,
    }
