"""When a document falls due by the payment terms of its contact."""

from datetime import date, timedelta

from xero_mcp.demo_company.kernel import Json
from xero_mcp.demo_company.parameters import month_end


def due_day(contact: Json, day: date, *, sales: bool) -> date | None:
    """None where the contact has no terms: the caller must then say when."""
    both: Json | None = contact.get("PaymentTerms")
    terms: Json | None = both.get("Sales" if sales else "Bills") if both else None
    if not terms or not terms.get("Type"):
        return None
    days = int(terms.get("Day") or 0)
    kind: str = terms["Type"]
    if kind == "DAYSAFTERBILLDATE":
        return day + timedelta(days=days)
    end = month_end(day)
    if kind == "DAYSAFTERBILLMONTH":
        return end + timedelta(days=days)
    month = end if kind == "OFCURRENTMONTH" else month_end(end + timedelta(days=1))
    return month.replace(day=min(max(days, 1), month.day))
