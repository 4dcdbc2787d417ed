"""The documents that make a demo worth having: late, disputed, void, full of odd text."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from xero_mcp.demo_company.kernel import Json
from xero_mcp.demo_company.seed import texts
from xero_mcp.demo_company.seed.clerk import Clerk
from xero_mcp.demo_company.seed.contacts import SeedContact
from xero_mcp.demo_company.seed.trade import Trade

_DISPUTED_NUMBER: Final = "BL-7781"


class Awkward:
    """Enters them one by one; the days are counted back from today."""

    def __init__(
        self, clerk: Clerk, trade: Trade, contacts: Mapping[str, tuple[SeedContact, str]]
    ) -> None:
        self._clerk = clerk
        self._trade = trade
        self._contacts = contacts

    def enter(self) -> None:
        self._part_paid_and_overdue()
        self._nothing_to_pay()
        self._disputed_twice()
        self._odd_texts()
        self._every_status()

    def _part_paid_and_overdue(self) -> None:
        invoice = self._invoice("kites", 58, "Kites for the summer fair", "1250.00")
        self._trade.pay(invoice, self._clerk.days_ago(30), Decimal("500.00"))
        self._invoice("dental", 75, "Signs for the car park", "864.20")

    def _nothing_to_pay(self) -> None:
        self._invoice("larkfield", 21, "Sample of the bookcase, free of charge", "0.00")

    def _disputed_twice(self) -> None:
        """Xero lets a supplier's number be used twice: nothing but care finds the second one."""
        for days, text in ((19, "Bolts M8, 400 pieces"), (16, texts.DISPUTED)):
            self._bill("bolt", days, text, "312.40", InvoiceNumber=_DISPUTED_NUMBER)

    def _odd_texts(self) -> None:
        self._bill("paper", 9, texts.ORDERS_TO_AN_AGENT, "640.00", Status="SUBMITTED")
        draft: dict[str, Any] = {"Status": "DRAFT"}
        self._invoice("larkfield", 5, texts.longest_description(), "18400.00", **draft)
        self._invoice("cafe", 12, texts.EMOJI, "221.00", Reference="\u2615 \u200f\u05d0\u05d1")
        for key in ("palm", "signs"):
            if key in self._contacts:
                text = texts.RIGHT_TO_LEFT if key == "palm" else texts.MARKUP
                self._invoice(key, 8, text, "97.35", Reference='"quoted" & <tagged>')

    def _every_status(self) -> None:
        self._invoice("theatre", 3, "Stage floor, estimate to be agreed", "980.00", Status="DRAFT")
        self._invoice("theatre", 2, "Stage floor, first coat", "410.00", Status="SUBMITTED")
        void = self._invoice("bakehouse", 33, "Awning, entered twice", "715.00")
        self._end(void, 32, "VOIDED")
        gone = self._invoice("bakehouse", 31, "Awning, wrong customer", "715.00", Status="DRAFT")
        self._end(gone, 31, "DELETED")

    def _end(self, invoice: Json, days: int, status: str) -> None:
        self._clerk.on(self._clerk.days_ago(days))
        invoice_id: str = invoice["InvoiceID"]
        self._clerk.post("Invoices", {"InvoiceID": invoice_id, "Status": status})

    def _invoice(self, key: str, days: int, text: str, amount: str, **more: object) -> Json:
        return self._document("ACCREC", key, days, {"text": text, "amount": amount, **more})

    def _bill(self, key: str, days: int, text: str, amount: str, **more: object) -> Json:
        return self._document("ACCPAY", key, days, {"text": text, "amount": amount, **more})

    def _document(self, kind: str, key: str, days: int, said: dict[str, Any]) -> Json:
        day = self._clerk.days_ago(days)
        line: Json = {
            "Description": said.pop("text"),
            "Quantity": 1,
            "UnitAmount": Decimal(said.pop("amount")),
            "AccountCode": "200" if kind == "ACCREC" else "300",
        }
        element: Json = {
            "Type": kind,
            "Contact": {"ContactID": self._contacts[key][1]},
            "Date": day.isoformat(),
            "DueDate": (day + timedelta(days=14)).isoformat(),
            "LineAmountTypes": "Exclusive",
            "Status": "AUTHORISED",
            "LineItems": [line],
            **said,
        }
        self._clerk.on(day)
        return self._clerk.put("Invoices", element)
