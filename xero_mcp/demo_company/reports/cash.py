"""The cash basis: income and costs count when they are paid, not when they are invoiced.

Invoices and credit notes are left out as they were posted; instead each payment and each
allocation brings a share of their lines on its own day. The last one brings what is left, so that
a document that is settled has come in whole.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from xero_mcp.demo_company.currencies import to_base
from xero_mcp.demo_company.kernel import Company, Json
from xero_mcp.demo_company.ledger import Entry
from xero_mcp.demo_company.posting import share
from xero_mcp.demo_company.rounding import ZERO
from xero_mcp.demo_company.sides import CREDIT_NOTE, INVOICE, Kind

_RECOGNISED: Final = frozenset({"ACCREC", "ACCPAY", "ACCRECCREDIT", "ACCPAYCREDIT"})
_CREDIT_LISTS: Final = ("CreditNotes", "Overpayments", "Prepayments")


def cash_entries(company: Company) -> Iterator[tuple[date, Entry]]:
    """Every entry of the cash basis, with the day on which it counts."""
    for journal in company.ledger.all_live():
        if journal.cash_basis and not _is_document(company, journal.source_id, journal.source_type):
            for entry in journal.entries:
                yield journal.day, entry
    for kind in (INVOICE, CREDIT_NOTE):
        for document in company.table(kind.plural):
            yield from _recognised(company, kind, document)


def _is_document(company: Company, source_id: str, source_type: str) -> bool:
    """An allocation has its credit note's type as its source, but is no document."""
    return source_type in _RECOGNISED and (
        source_id in company.table("Invoices") or source_id in company.table("CreditNotes")
    )


def _recognised(company: Company, kind: Kind, document: Json) -> Iterator[tuple[date, Entry]]:
    entries = [
        entry for journal in company.ledger.live(document[kind.key]) for entry in journal.entries
    ]
    if not entries:
        return
    done = [ZERO] * len(entries)
    settled = ZERO
    for day, amount in settlements(kind, document):
        settled += amount
        shares = _shares(entries, document, settled)
        for at, entry in enumerate(entries):
            if shares[at] != done[at]:
                yield day, _part(entry, shares[at] - done[at])
        done = shares


def settlements(kind: Kind, document: Json) -> list[tuple[date, Decimal]]:
    """What was paid on the document or credited to it, by day."""
    found = [(payment["Date"], payment["Amount"]) for payment in document["Payments"]]
    if kind is INVOICE:
        found += [
            (credit["Date"], credit["AppliedAmount"])
            for plural in _CREDIT_LISTS
            for credit in document[plural]
        ]
    else:
        found += [(one["Date"], one["Amount"]) for one in document["Allocations"]]
    return sorted(found, key=lambda pair: pair[0])


def _shares(entries: Sequence[Entry], document: Json, settled: Decimal) -> list[Decimal]:
    """What has come in of each entry so far.

    The control account, which comes first, takes just what the payments took off it, so that
    nothing stays there; the biggest of the rest takes the cent by which rounding is out.
    """
    control = entries[0]
    rest = [at for at, entry in enumerate(entries) if entry.account_id != control.account_id]
    nets = share(entries, settled, document["Total"])
    if settled == document["Total"] or not rest:
        return nets
    left = to_base(document["Total"] - settled, document["CurrencyRate"])
    whole = ZERO
    for at, entry in enumerate(entries):
        if at not in rest:
            whole += entry.net
            nets[at] = ZERO
    nets[0] = whole - (left if control.net > 0 else -left)
    biggest = max(rest, key=lambda at: abs(entries[at].net))
    nets[biggest] -= sum(nets, ZERO)
    return nets


def _part(entry: Entry, net: Decimal) -> Entry:
    return Entry(
        account_id=entry.account_id,
        net=net,
        tax_type=entry.tax_type,
        tracking=entry.tracking,
    )
