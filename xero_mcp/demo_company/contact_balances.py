"""What a contact owes and is owed, computed from the documents that are still open."""

from datetime import date
from decimal import Decimal
from typing import Final

from xero_mcp.demo_company.currencies import ONE, to_base
from xero_mcp.demo_company.kernel import Company, Json
from xero_mcp.demo_company.rounding import ZERO

# Documents that count against what is owed: which of their amounts is still open.
_CREDITS: Final = ("CreditNotes", "Prepayments", "Overpayments")


def balances(company: Company, contact_id: str) -> Json:
    """Return Balances as a contact shows them, in base currency; `{}` where nothing is open."""
    today = company.today()
    sums = {"AccountsReceivable": [ZERO, ZERO], "AccountsPayable": [ZERO, ZERO]}
    something = False
    for invoice in company.table("Invoices").find("open contact", contact_id):
        if invoice["AmountDue"]:
            side = sums[_side(invoice["Type"])]
            amount = _in_base(invoice, invoice["AmountDue"])
            side[0] += amount
            side[1] += amount if _overdue(invoice, today) else ZERO
            something = True
    for plural in _CREDITS:
        for note in company.table(plural).find("open contact", contact_id):
            if note["RemainingCredit"]:
                sums[_side(note["Type"])][0] -= _in_base(note, note["RemainingCredit"])
                something = True
    if not something:
        return {}
    return {
        name: {"Outstanding": outstanding, "Overdue": overdue}
        for name, (outstanding, overdue) in sums.items()
    }


def _side(kind: str) -> str:
    payable = kind.startswith(("ACCPAY", "SPEND", "AP"))
    return "AccountsPayable" if payable else "AccountsReceivable"


def _overdue(invoice: Json, today: date) -> bool:
    due: date | None = invoice.get("DueDate")
    return due is not None and due < today


def _in_base(document: Json, amount: Decimal) -> Decimal:
    return to_base(amount, document.get("CurrencyRate") or ONE)
