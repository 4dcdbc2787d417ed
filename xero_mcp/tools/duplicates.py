"""Bills that look like one that is there: found before Xero takes them a second time.

Xero itself lets a supplier's number be used twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import zip_longest

from xero_mcp.errors import Detail, ErrorCode, XeroMcpError
from xero_mcp.money import to_text
from xero_mcp.text import one_line
from xero_mcp.tool.declare import GET
from xero_mcp.tool.facts import Facts
from xero_mcp.xero.models.invoice import Invoice, Invoices
from xero_mcp.xero.scoped import ScopedXero
from xero_mcp.xero.where import all_of, any_of, eq, ge, guid, is_comparable, le, order, where

LOOKS_AT = GET("/Invoices")
WINDOW = timedelta(days=7)
LOOKED_AT = 500
"""More bills of one supplier than this in two weeks are not all looked at."""
MAX_NUMBERS = 39
"""Of one supplier, as many spellings of numbers as Xero compares in one filter."""
MAX_SHOWN = 5
GONE = frozenset({"VOIDED", "DELETED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBill:
    """A bill as it will be once the call is done."""

    contact_id: str
    number: str | None
    day: date
    total: Decimal | None
    """None: not known beforehand; then only the number is compared."""
    currency: str
    path: str = ""
    own_id: str = ""
    """Of a stored one that changes: it is no duplicate of itself."""


async def refuse_duplicates(bills: Sequence[NewBill], xero: ScopedXero) -> None:
    """Let them pass, or name those that they look like; one request for each supplier.

    Raises:
        XeroMcpError: DUPLICATE.
    """
    found = await _looked_up(bills, xero)
    if found:
        raise XeroMcpError(
            "This looks like a bill that is there already; nothing was done.",
            code=ErrorCode.DUPLICATE,
            next_step="Look at it with get-invoice. Only if it is another one, and the user says "
            "so, send the call again with duplicate_of_known true.",
            details=found,
        )


async def with_duplicates(facts: Facts, bills: Sequence[NewBill], xero: ScopedXero) -> Facts:
    """The facts of a call that says that it only looks alike, with what it looks like.

    A second try may find what the first one made, so nothing is looked up then.
    """
    found = [] if xero.is_second_try else await _looked_up(bills, xero)
    like = tuple(one_line(one.message, limit=200) for one in found[:MAX_SHOWN])
    return replace(facts, duplicate=bool(found), duplicate_of=like)


async def _looked_up(bills: Sequence[NewBill], xero: ScopedXero) -> list[Detail]:
    found = list(_among_themselves(bills))
    for contact_id in dict.fromkeys(bill.contact_id for bill in bills):
        own = [bill for bill in bills if bill.contact_id == contact_id]
        known = await _of_supplier(contact_id, own, xero)
        found.extend(_named(bill, other) for bill in own for other in known if _same(bill, other))
    return found


async def _of_supplier(
    contact_id: str, bills: Sequence[NewBill], xero: ScopedXero
) -> tuple[Invoice, ...]:
    """The supplier's bills with one of these numbers, or dated within a week of one."""
    days = [bill.day for bill in bills]
    ranks = zip_longest(*(_spellings(bill.number) for bill in bills))
    numbers = dict.fromkeys(one for rank in ranks for one in rank if one is not None)
    first, last = _shifted(min(days), -WINDOW), _shifted(max(days), WINDOW)
    near = all_of(ge("Date", first), le("Date", last))
    found = await xero.get(
        LOOKS_AT.path,
        Invoices,
        params={
            "where": where(
                "Invoices",
                eq("Type", "ACCPAY"),
                guid("Contact.ContactID", contact_id),
                any_of(*(eq("InvoiceNumber", one) for one in list(numbers)[:MAX_NUMBERS]), near),
            ),
            "order": order("Invoices", "Date", descending=True),
            "page": 1,
            "pageSize": LOOKED_AT,
            "summaryOnly": True,
        },
    )
    return tuple(one for one in found.invoices if one.status not in GONE)


def _shifted(day: date, by: timedelta) -> date:
    """That day, moved as far as the calendar goes."""
    try:
        return day + by
    except OverflowError:
        return day


def _spellings(number: str | None) -> Iterator[str]:
    """How an old bill may have the same number, as given first; a near one may in any spelling.

    None that Xero cannot be asked for: then only bills of about the same day are compared.
    """
    if number is None or not _plain(number):
        return
    words = number.split()
    for spelled in (number, " ".join(words), "".join(words)):
        yield from filter(is_comparable, (spelled, spelled.upper(), spelled.lower()))


def _same(bill: NewBill, other: Invoice) -> bool:
    if other.invoice_id.lower() == bill.own_id:
        return False
    if _plain(bill.number) and _plain(bill.number) == _plain(other.invoice_number):
        return True
    return (
        bill.total is not None
        and bill.total == other.total
        and bill.currency == other.currency_code
        and other.date is not None
        and abs(other.date - bill.day) <= WINDOW
    )


def _plain(number: str | None) -> str:
    """`Inv 7` and `INV7` are one number; what a hyphen or a zero means is the supplier's affair."""
    return "".join((number or "").split()).casefold()


def _named(bill: NewBill, other: Invoice) -> Detail:
    total = "" if other.total is None else f", {to_text(other.total)} {other.currency_code or ''}"
    dated = f", {other.date.isoformat()}" if other.date else ""
    number = f", number {other.invoice_number}" if other.invoice_number else ""
    return Detail(
        path=bill.path or "invoice_id",
        message=f"{other.invoice_id}{number}{dated}{total}, {other.status.lower()}",
        by_others=bool(number),
    )


def _among_themselves(bills: Sequence[NewBill]) -> Iterator[Detail]:
    """Two of one call: each is compared with those before it."""
    for place, bill in enumerate(bills):
        twin = next((one for one in bills[:place] if _alike(bill, one)), None)
        if twin is not None:
            yield Detail(path=bill.path, message=f"is the same as {twin.path}")


def _alike(bill: NewBill, other: NewBill) -> bool:
    if bill.contact_id != other.contact_id:
        return False
    if _plain(bill.number) and _plain(bill.number) == _plain(other.number):
        return True
    return (
        bool(bill.total)
        and (bill.total, bill.currency) == (other.total, other.currency)
        and abs(bill.day - other.day) <= WINDOW
    )
