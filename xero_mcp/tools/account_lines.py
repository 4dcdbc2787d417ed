"""What documents put on one account: each as a line in base currency, debits as a plus."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from xero_mcp.tools.open_items import in_base
from xero_mcp.tools.posting_lists import POSTED
from xero_mcp.xero.models.account import Account
from xero_mcp.xero.models.line_item import LineItem
from xero_mcp.xero.models.postings import (
    BankPosting,
    JournalLine,
    JournalPosting,
    PaymentPosting,
    Posting,
)

_ZERO = Decimal(0)
CONTROLS = frozenset({"DEBTORS", "CREDITORS"})
LINE_SIGNS: Mapping[str, int] = {
    "ACCREC": -1,
    "ACCPAY": 1,
    "ACCRECCREDIT": 1,
    "ACCPAYCREDIT": -1,
}
"""Whether the lines of a document are debits; its total is the other way round."""
KINDS: Mapping[str, str] = {
    "ACCREC": "sales invoice",
    "ACCPAY": "bill",
    "ACCRECCREDIT": "credit note",
    "ACCPAYCREDIT": "supplier's credit note",
}
_CONTROL_OF: Mapping[str, str] = {
    "ACCREC": "DEBTORS",
    "ACCRECCREDIT": "DEBTORS",
    "ACCPAY": "CREDITORS",
    "ACCPAYCREDIT": "CREDITORS",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLine:
    """One amount on the account, and where it came from."""

    dated: date
    source: str
    document_id: str
    number: str | None = None
    contact: str | None = None
    description: str | None = None
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """Everything that may have touched an account in a span of days."""

    invoices: Sequence[Posting] = ()
    credit_notes: Sequence[Posting] = ()
    bank_transactions: Sequence[BankPosting] = ()
    journals: Sequence[JournalPosting] = ()
    payments: Sequence[PaymentPosting] = ()
    prepayments: Sequence[Posting] = ()
    rates: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    """Document id -> its own rate, for those that payments of the span settle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """The account that is looked at, and the days."""

    account: Account
    since: date
    until: date

    def is_on(self, line: LineItem | JournalLine) -> bool:
        if line.account_id:
            return line.account_id == self.account.account_id
        return line.account_code is not None and line.account_code == self.account.code

    def holds(self, day: date | None) -> bool:
        return day is not None and self.since <= day <= self.until

    @property
    def takes_tax(self) -> bool:
        return self.account.system_account == "GST"


def lines_on(touched: Touched, found: Documents) -> list[AccountLine]:
    """Every line, by day and document."""
    lines = [
        *_of_trade(touched, [*found.invoices, *found.credit_notes]),
        *_of_bank(touched, found.bank_transactions),
        *_of_journals(touched, found.journals),
        *_of_payments(touched, found),
        *_of_prepayments(touched, found.prepayments),
    ]
    return sorted(lines, key=lambda one: (one.dated, one.source, one.document_id))


def _of_trade(touched: Touched, documents: Sequence[Posting]) -> Iterator[AccountLine]:
    for one in documents:
        if one.status not in POSTED or not touched.holds(one.date):
            continue
        sign = LINE_SIGNS.get(one.type, 0)
        yield from _of_lines(touched, one, KINDS.get(one.type, one.type), sign)
        if touched.account.system_account == _CONTROL_OF.get(one.type):
            total = in_base(one.total or _ZERO, one.currency_rate)
            yield _line(one, KINDS.get(one.type, one.type), -sign * total, "the whole document")


def _of_bank(touched: Touched, transactions: Sequence[BankPosting]) -> Iterator[AccountLine]:
    for one in transactions:
        if one.status not in POSTED or not touched.holds(one.date):
            continue
        sign = 1 if one.type.startswith("SPEND") else -1
        source = "money spent" if sign > 0 else "money received"
        yield from _of_lines(touched, one, source, sign)
        if one.bank_account and one.bank_account.account_id == touched.account.account_id:
            total = in_base(one.total or _ZERO, one.currency_rate)
            yield _line(one, source, -sign * total, one.reference)


def _of_lines(touched: Touched, one: Posting, source: str, sign: int) -> Iterator[AccountLine]:
    for line in one.line_items:
        if touched.is_on(line):
            net = in_base(net_of(line, one.line_amount_types), one.currency_rate)
            yield _line(one, source, sign * net, line.description)
    if touched.takes_tax:
        tax = sum((line.tax_amount or _ZERO for line in one.line_items), _ZERO)
        if tax:
            yield _line(one, source, sign * in_base(tax, one.currency_rate), "tax of the document")


def net_of(line: LineItem | JournalLine, amounts_are: str | None) -> Decimal:
    """A line without its tax."""
    amount = line.line_amount or _ZERO
    inclusive = (amounts_are or "").casefold() == "inclusive"
    return amount - (line.tax_amount or _ZERO) if inclusive else amount


def _of_journals(touched: Touched, journals: Sequence[JournalPosting]) -> Iterator[AccountLine]:
    for one in journals:
        if one.status != "POSTED" or one.date is None or not touched.holds(one.date):
            continue
        for line in one.journal_lines:
            tax = line.tax_amount or _ZERO
            amounts: list[tuple[Decimal, str | None]] = []
            if touched.is_on(line):
                amounts.append((net_of(line, one.line_amount_types), line.description))
            if touched.takes_tax and tax:
                amounts.append((tax, "tax of the line"))
            for amount, said in amounts:
                yield AccountLine(
                    dated=one.date,
                    source="manual journal",
                    document_id=one.id,
                    description=said or one.narration,
                    amount=amount,
                )


def money_in(payment: PaymentPosting) -> bool:
    """Whether money comes in: a customer pays, or a supplier gives money back."""
    return payment.payment_type.startswith(("ACCREC", "AP"))


def _of_payments(touched: Touched, found: Documents) -> Iterator[AccountLine]:
    for one in found.payments:
        if one.status not in POSTED or one.date is None or not touched.holds(one.date):
            continue
        sign = 1 if money_in(one) else -1
        settled = one.settles
        amount: Decimal | None = None
        if one.account and one.account.account_id == touched.account.account_id:
            amount = sign * _at_the_bank(touched.account, one)
        elif touched.account.system_account == _control_of(one):
            rate = found.rates.get(settled.id) if settled else None
            amount = -sign * in_base(one.amount or _ZERO, rate or one.currency_rate)
        if amount is not None:
            yield AccountLine(
                dated=one.date,
                source="payment",
                document_id=one.payment_id,
                number=settled.number if settled else None,
                contact=settled.contact.name if settled and settled.contact else None,
                description=one.reference,
                amount=amount,
            )


def _control_of(payment: PaymentPosting) -> str:
    """Refunded prepayments do not stand on a control account."""
    if payment.prepayment is not None:
        return ""
    return "DEBTORS" if payment.payment_type.startswith(("ACCREC", "AR")) else "CREDITORS"


def _at_the_bank(account: Account, payment: PaymentPosting) -> Decimal:
    """A bank account in a foreign currency is kept at the payment's rate."""
    settled = payment.settles
    in_foreign = account.currency_code and settled and settled.currency_code
    if in_foreign and settled and account.currency_code == settled.currency_code:
        return in_base(payment.amount or _ZERO, payment.currency_rate)
    return payment.bank_amount or payment.amount or _ZERO


def _of_prepayments(touched: Touched, prepayments: Sequence[Posting]) -> Iterator[AccountLine]:
    """An allocation moves a prepayment from the accounts of its lines to the control account."""
    for one in prepayments:
        spent = one.type.startswith("SPEND")
        sign = -1 if spent else 1
        control = "CREDITORS" if spent else "DEBTORS"
        for allocation in one.allocations:
            day, amount = allocation.date, allocation.amount or _ZERO
            if allocation.is_deleted or day is None or not touched.holds(day) or not one.total:
                continue
            part = amount / one.total
            base = _ZERO
            if touched.account.system_account == control:
                base = -sign * in_base(amount, one.currency_rate)
            for line in one.line_items:
                if touched.is_on(line):
                    net = net_of(line, one.line_amount_types) * part
                    base += sign * in_base(net, one.currency_rate or Decimal(1))
            if base:
                yield AccountLine(
                    dated=day,
                    source="prepayment allocated",
                    document_id=one.id,
                    contact=one.contact.name if one.contact else None,
                    amount=base,
                )


def _line(one: Posting, source: str, amount: Decimal, said: str | None) -> AccountLine:
    if one.date is None:
        raise ValueError("a line without a day was let through")
    return AccountLine(
        dated=one.date,
        source=source,
        document_id=one.id,
        number=one.number or one.reference,
        contact=one.contact.name if one.contact else None,
        description=said,
        amount=amount,
    )
