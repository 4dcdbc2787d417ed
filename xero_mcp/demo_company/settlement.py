"""What pays or credits a document: the amounts still open, and the journals of it.

In a foreign currency each step brings what the document carries on AR or AP, in base currency, to
what the open amount is worth at the document's own rate. So a document that is settled leaves
nothing there, however it was cut into pieces and whatever was taken back in between.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from xero_mcp.demo_company.chart import system_account
from xero_mcp.demo_company.currencies import ONE, to_base
from xero_mcp.demo_company.kernel import Company, Event, Json
from xero_mcp.demo_company.ledger import Entry, Place, Source
from xero_mcp.demo_company.posting import balanced
from xero_mcp.demo_company.rounding import ZERO, cents
from xero_mcp.demo_company.sides import INVOICE, SIDES, Kind

PAID: Final = "AmountPaid"
CREDITED: Final = "AmountCredited"


def carrier(kind: Kind, document: Json) -> str:
    """The name under which the ledger keeps what the document carries; none where it is plain.

    In base currency what is open is what is carried, to the cent.
    """
    plain = kind.plural != "Prepayments" and document["CurrencyRate"] == ONE
    return "" if plain else document[kind.key]


def relief_entries(company: Company, document: Json, kind: Kind, amount: Decimal) -> list[Entry]:
    """Take this much of the document off the accounts that it stands on.

    A prepayment stands on the accounts of its lines, everything else on AR or AP.
    """
    left: Decimal = document[kind.open_amount] - amount
    of = carrier(kind, document)
    if kind.plural == "Prepayments":
        return list(_prepayment_entries(company, document, left))
    side = SIDES[document["Type"]]
    account_id: str = system_account(company, side.control)["AccountID"]
    if not of:
        return [Entry(account_id=account_id, net=-side.sign * amount)]
    carried = company.ledger.carried(of).get((account_id, (), ""), ZERO)
    target = side.sign * to_base(left, document["CurrencyRate"])
    return [Entry(account_id=account_id, net=target - carried, of=of)]


def true_up(company: Company, document: Json, kind: Kind, day: date) -> None:
    """Once a step was taken back, put the cent right by which the others were rounded."""
    entries = relief_entries(company, document, kind, ZERO)
    if any(entry.net for entry in entries) and document["Status"] in {"AUTHORISED", "PAID"}:
        source = Source(id=document[kind.key], type=document["Type"], day=day)
        company.ledger.post(source, balanced(company, entries, "ROUNDING"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """So much was paid or credited (`field` says which) on a day; less than nothing undoes it."""

    amount: Decimal
    day: date
    field: str


def settle(company: Company, document: Json, kind: Kind, step: Step) -> Json:
    """The document with this much less open, PAID where nothing is left. Not stored yet."""
    left = document[kind.open_amount] - step.amount
    settled: Json = {
        **document,
        kind.open_amount: left,
        "UpdatedDateUTC": company.now(),
        "Status": "AUTHORISED" if left else "PAID",
    }
    if kind is INVOICE:
        settled[step.field] = document[step.field] + step.amount
    else:
        settled["AppliedAmount"] = document.get("AppliedAmount", ZERO) + step.amount
    if left:
        settled.pop("FullyPaidOnDate", None)
    else:
        settled["FullyPaidOnDate"] = step.day
    return settled


def document_event(kind: Kind, document: Json, *, created: bool = False) -> Event:
    data = (
        {"Type": document["Type"], "Status": document["Status"]}
        if kind.category == "CREDITNOTE"
        else None
    )
    return Event(
        kind.category,
        kind.plural,
        document[kind.key],
        "CREATE" if created else "UPDATE",
        data,
    )


def _prepayment_entries(company: Company, document: Json, left: Decimal) -> Iterator[Entry]:
    """Bring each line and its tax down to its part of what is left of the whole."""
    prepayment_id: str = document["PrepaymentID"]
    carried = company.ledger.carried(prepayment_id)
    for place, whole in _as_received(company, prepayment_id).items():
        target = cents(whole * left / document["Total"])
        account_id, tracking, tax_type = place
        yield Entry(
            account_id=account_id,
            net=target - carried.get(place, ZERO),
            tax_type=tax_type,
            tracking=tracking,
            of=prepayment_id,
        )


def _as_received(company: Company, prepayment_id: str) -> Mapping[Place, Decimal]:
    """What the prepayment stood on when the money came, but for the bank account."""
    wholes: dict[Place, Decimal] = {}
    for entry in company.ledger.live(prepayment_id)[0].entries[1:]:
        wholes[entry.place] = wholes.get(entry.place, ZERO) + entry.net
    return wholes


def carrying(entries: list[Entry], of: str) -> list[Entry]:
    """The entries of a journal, all but the first marked as carrying a document."""
    return [entries[0], *(replace(entry, of=of) for entry in entries[1:])]
