"""Reading from Xero what an unknown write may have left behind: bounded, and nothing else."""

from collections.abc import Sequence
from datetime import datetime

from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.gate.traces import EARLY, Seen
from xero_mcp.tool.trace import Sought
from xero_mcp.xero.models.trace import Traced, Traces
from xero_mcp.xero.scoped import ScopedXero

MAX_PAGES = 10
PAGE_SIZE = 100
MAX_LOOKS = 50
"""Requests for one write; it holds no more things than that."""
_PAGED = frozenset(
    {
        "/BankTransactions",
        "/Contacts",
        "/CreditNotes",
        "/Invoices",
        "/LinkedTransactions",
        "/ManualJournals",
        "/Payments",
        "/PurchaseOrders",
        "/Quotes",
    }
)
"""Lists that Xero gives page by page; of these Quotes and LinkedTransactions in hundreds alone."""
_UNSINCE = frozenset(
    {
        "/ContactGroups",
        "/Currencies",
        "/LinkedTransactions",
        "/RepeatingInvoices",
        "/TaxRates",
        "/TrackingCategories",
    }
)
"""Lists that do not take If-Modified-Since."""


async def look_for(
    sought: Sequence[Sought], xero: ScopedXero, *, first_sent_at: datetime
) -> list[Seen]:
    """What Xero shows for each; a list is read once for all that would stand in it.

    Raises:
        XeroMcpError: Xero cannot be asked.
    """
    read: dict[tuple[str, tuple[tuple[str, str], ...]], Seen] = {}
    found: list[Seen] = []
    for one in sought[:MAX_LOOKS]:
        where = (one.reads, tuple(sorted(one.ids.items())))
        if where not in read:
            read[where] = await _read(one, xero, since=first_sent_at - EARLY)
        found.append(_inside(one, read[where]) if one.inside else read[where])
    return found + [Seen(is_whole=False)] * (len(sought) - len(found))


async def _read(one: Sought, xero: ScopedXero, *, since: datetime) -> Seen:
    if one.ids:
        return await _single(one, xero)
    plural = _plural_of(one.reads)
    is_paged, is_narrow = one.reads in _PAGED, one.reads not in _UNSINCE and not one.id
    things: list[Traced] = []
    for page in range(1, MAX_PAGES + 1):
        listed = await xero.get(
            one.reads,
            Traces,
            params={"unitdp": 4, **({"page": page, "pageSize": PAGE_SIZE} if is_paged else {})},
            modified_since=since if is_narrow else None,
        )
        found = listed.of(plural)
        things.extend(found)
        if len(found) < PAGE_SIZE or not is_paged:
            return Seen(things=things)
    return Seen(things=things, is_whole=False)


async def _single(one: Sought, xero: ScopedXero) -> Seen:
    """One thing, or the list below one; nothing where Xero does not have it any more."""
    try:
        found = await xero.get(one.reads, Traces, ids=one.ids, params={"unitdp": 4})
    except XeroMcpError as error:
        if error.code is ErrorCode.XERO_NOT_FOUND:
            return Seen()
        raise
    return Seen(things=found.of(_plural_of(one.reads)))


def _inside(one: Sought, seen: Seen) -> Seen:
    if not seen.things:
        return seen
    holder = seen.things[0]
    return Seen(things=holder.inside(one.inside), holder_changed_at=holder.changed_at)


def _plural_of(path: str) -> str:
    """What a path lists: `HistoryRecords` of `/Invoices/{InvoiceID}/History`."""
    last = [part for part in path.split("/") if part and not part.startswith("{")][-1]
    return "HistoryRecords" if last == "History" else last
