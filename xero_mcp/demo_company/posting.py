"""From documents to journals."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from xero_mcp.demo_company.chart import system_account
from xero_mcp.demo_company.currencies import to_base
from xero_mcp.demo_company.kernel import Company, Json
from xero_mcp.demo_company.ledger import Entry
from xero_mcp.demo_company.rounding import ZERO, cents
from xero_mcp.demo_company.tracking import tracked


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Where the total of a document goes: AR, AP or a bank account, as a debit if `sign` is +1.

    `of` is the document that the total carries, where that must be known later.
    """

    account_id: str
    sign: int
    foreign: bool = False
    of: str = ""


def document_entries(company: Company, document: Json, control: Control) -> list[Entry]:
    """The total on its control account, each line on its own, tax on the tax account.

    What rounding to base currency leaves over goes to the Rounding account.
    """
    rate: Decimal = document.get("CurrencyRate") or Decimal(1)
    total: Decimal = document["Total"]
    entries = [
        Entry(
            account_id=control.account_id,
            net=control.sign * to_base(total, rate),
            foreign=control.sign * total if control.foreign else None,
            of=control.of,
        )
    ]
    tax = ZERO
    for line in document["LineItems"]:
        if "AccountID" in line:
            entries.append(_line_entry(document, line, rate=rate, sign=-control.sign))
            tax += line["TaxAmount"]
    if tax:
        gst = system_account(company, "GST")["AccountID"]
        entries.append(Entry(account_id=gst, net=-control.sign * to_base(tax, rate)))
    return balanced(company, entries, "ROUNDING")


def balanced(company: Company, entries: Sequence[Entry], system: str) -> list[Entry]:
    """The entries, with what they are out of balance by on the account with that job."""
    out = sum((entry.net for entry in entries), ZERO)
    if not out:
        return list(entries)
    account = system_account(company, system)["AccountID"]
    return [*entries, Entry(account_id=account, net=-out)]


def difference_account(company: Company, currency: str) -> str:
    """Where what is left between two reliefs goes: a currency gain, or mere rounding."""
    return "ROUNDING" if currency == company.base_currency else "REALISEDCURRENCYGAIN"


def share(entries: Sequence[Entry], part: Decimal, whole: Decimal) -> list[Decimal]:
    """The nets of entries for a part of the whole, each rounded; the whole gives them exactly."""
    if part == whole:
        return [entry.net for entry in entries]
    return [cents(entry.net * part / whole) for entry in entries]


def _line_entry(document: Json, line: Json, *, rate: Decimal, sign: int) -> Entry:
    net: Decimal = line["LineAmount"]
    tax: Decimal = line["TaxAmount"]
    if document["LineAmountTypes"] == "Inclusive":
        net -= tax
    return Entry(
        account_id=line["AccountID"],
        net=sign * to_base(net, rate),
        tax=sign * to_base(tax, rate),
        tax_type=line.get("TaxType", ""),
        description=line.get("Description", ""),
        tracking=tracked(line),
    )
