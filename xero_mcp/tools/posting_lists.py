"""Reading documents of a kind from the first to the last page, for tools that answer from all."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final, TypeVar

from xero_mcp.tool.access import Reach
from xero_mcp.tool.declare import GET
from xero_mcp.tools.paging import Followed, Page, all_of
from xero_mcp.xero.models.base import Paged
from xero_mcp.xero.models.postings import (
    BankPosting,
    BankPostings,
    CreditNotePostings,
    InvoicePostings,
    JournalPosting,
    JournalPostings,
    OverpaymentPostings,
    PaymentPosting,
    PaymentPostings,
    Posting,
    PrepaymentPostings,
)
from xero_mcp.xero.scoped import Param, ScopedXero
from xero_mcp.xero.where import AnyOf, Condition, eq, ge, gt, le, order, where

INVOICES: Final = GET("/Invoices")
CREDIT_NOTES: Final = GET("/CreditNotes")
PREPAYMENTS: Final = GET("/Prepayments")
OVERPAYMENTS: Final = GET("/Overpayments")
BANK_TRANSACTIONS: Final = GET("/BankTransactions")
MANUAL_JOURNALS: Final = GET("/ManualJournals")
PAYMENTS: Final = GET("/Payments")
POSTED: Final = frozenset({"AUTHORISED", "PAID"})
MAX_IDS: Final = 40
"""As many as Xero takes in one list of ids."""

P = TypeVar("P", bound=Paged)
T = TypeVar("T")
Conditions = Sequence[Condition | AnyOf]


async def invoices(
    xero: ScopedXero, *conditions: Condition | AnyOf, lines: bool = False
) -> Followed[Posting]:
    """Sales invoices and bills; lines cost far more bytes, so they must be asked for."""
    params: dict[str, Param] = {
        "where": where("Invoices", *conditions),
        "order": order("Invoices", "InvoiceId"),
        "summaryOnly": None if lines else True,
        "unitdp": 4 if lines else None,
    }
    return await _all(xero, INVOICES, InvoicePostings, params, lambda one: one.invoices)


async def invoices_by_id(xero: ScopedXero, ids: Sequence[str]) -> list[Posting]:
    """These invoices, forty to a request."""
    found: list[Posting] = []
    for start in range(0, len(ids), MAX_IDS):
        some = ",".join(ids[start : start + MAX_IDS])
        params: Mapping[str, Param] = {"IDs": some, "page": 1, "pageSize": MAX_IDS}
        found += (await xero.get(INVOICES.path, InvoicePostings, params=params)).invoices
    return found


async def credit_notes(xero: ScopedXero, *conditions: Condition | AnyOf) -> Followed[Posting]:
    params: dict[str, Param] = {
        "where": where("CreditNotes", *conditions),
        "order": order("CreditNotes", "CreditNoteID"),
    }
    return await _all(xero, CREDIT_NOTES, CreditNotePostings, params, lambda one: one.credit_notes)


async def prepayments(xero: ScopedXero) -> Followed[Posting]:
    return await _all(xero, PREPAYMENTS, PrepaymentPostings, {}, lambda one: one.prepayments)


async def overpayments(xero: ScopedXero) -> Followed[Posting]:
    return await _all(xero, OVERPAYMENTS, OverpaymentPostings, {}, lambda one: one.overpayments)


async def bank_transactions(
    xero: ScopedXero, *conditions: Condition | AnyOf
) -> Followed[BankPosting]:
    params: dict[str, Param] = {
        "where": where("BankTransactions", *conditions),
        "order": order("BankTransactions", "BankTransactionID"),
    }
    return await _all(
        xero, BANK_TRANSACTIONS, BankPostings, params, lambda one: one.bank_transactions
    )


async def payments(xero: ScopedXero, *conditions: Condition | AnyOf) -> Followed[PaymentPosting]:
    params: dict[str, Param] = {
        "where": where("Payments", eq("Status", "AUTHORISED"), *conditions),
        "order": order("Payments", "PaymentId"),
    }
    return await _all(xero, PAYMENTS, PaymentPostings, params, lambda one: one.payments)


async def payments_after(xero: ScopedXero, day: date) -> Followed[PaymentPosting]:
    return await payments(xero, gt("Date", day))


async def manual_journals(xero: ScopedXero, since: date, until: date) -> Followed[JournalPosting]:
    params: dict[str, Param] = {
        "where": where("ManualJournals", ge("Date", since), le("Date", until))
    }
    return await _all(
        xero, MANUAL_JOURNALS, JournalPostings, params, lambda one: one.manual_journals
    )


async def _all(
    xero: ScopedXero,
    reach: Reach,
    model: type[P],
    params: Mapping[str, Param],
    take: Callable[[P], Sequence[T]],
) -> Followed[T]:
    async def fetch(page: int, size: int) -> Page[T]:
        found = await xero.get(reach.path, model, params={**params, "page": page, "pageSize": size})
        return take(found), found.pagination

    return await all_of(fetch, xero, what=_noun(reach))


def _noun(reach: Reach) -> str:
    """`/CreditNotes` in people's words."""
    return "".join(f" {c.lower()}" if c.isupper() else c for c in reach.path[1:]).strip()


def between(field: str, since: date, until: date) -> Iterator[Condition]:
    yield ge(field, since)
    yield le(field, until)
