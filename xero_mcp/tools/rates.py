"""What a currency is worth, as the newest document in it says: Xero has no list of rates."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from xero_mcp.tools.posting_lists import INVOICES
from xero_mcp.xero.models.postings import InvoicePostings, Posting
from xero_mcp.xero.scoped import Param, ScopedXero
from xero_mcp.xero.where import order

NEWEST = 200
"""Invoices and bills that are looked through, in one request."""
PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRate:
    """The worth of one of a currency in another, and where it was found."""

    worth: Decimal
    source: str


async def rate_from_documents(
    currency: str, common: str, everywhere: Sequence[ScopedXero]
) -> FoundRate | None:
    """Look in organisations that keep books in the one currency and trade in the other.

    The rate is cut to six places before it is used, so that what is shown is what was taken.
    """
    for xero in everywhere:
        base = (await xero.reference.organisation()).base_currency
        if base not in {currency, common}:
            continue
        traded = currency if base == common else common
        for one in await _newest(xero):
            if one.currency_code == traded and one.currency_rate:
                worth = 1 / one.currency_rate if base == common else one.currency_rate
                day = f" of {one.date.isoformat()}" if one.date else ""
                source = f"newest document in {traded}{day}, {xero.organisation.name}"
                return FoundRate(worth=worth.quantize(PLACES), source=source)
    return None


async def _newest(xero: ScopedXero) -> Sequence[Posting]:
    params: dict[str, Param] = {
        "order": order("Invoices", "Date", descending=True),
        "page": 1,
        "pageSize": NEWEST,
        "summaryOnly": True,
    }
    return (await xero.get(INVOICES.path, InvoicePostings, params=params)).invoices
