"""What was sent as a payment, checked before anything moves."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.chart import account_by_code, currency_of, named_account, takes_payments
from xero_mcp.demo_company.currencies import ONE, asked_rate, day_rate, to_base
from xero_mcp.demo_company.kernel import Company, ElementRefusedError, Json
from xero_mcp.demo_company.lines import MAX_AMOUNT
from xero_mcp.demo_company.lock_dates import lock_problems
from xero_mcp.demo_company.paying import EXCEEDS, NOT_AUTHORISED, Asked
from xero_mcp.demo_company.rounding import cents, places
from xero_mcp.demo_company.sides import CREDIT_NOTE, INVOICE, KINDS, Kind

NO_ACCOUNT: Final = "Account could not be found"
_MAX_TEXT: Final = 255
_EXTRAS: Final = ("Particulars", "Details", "BankAccountNumber")


def check_payment(
    company: Company, element: Json, account: Json | None = None, *, day: date | None = None
) -> Asked:
    """The payment that was sent; a batch gives its own account and day.

    Raises:
        ElementRefusedError: with all that is wrong.
    """
    kind, document = _target(company, element)
    problems: list[str] = []
    account = account or _account(company, element, problems)
    day = day or sent.day(element, "Date") or company.today()
    amount = _amount(element, problems)
    problems += _document_problems(kind, document, amount)
    problems += lock_problems(company, day)
    rate, bank_amount = _money(company, element, account, document, problems)
    reference = _text(element, "Reference", problems) or ""
    extras: Json = {name: _text(element, name, problems) for name in _EXTRAS}
    extras["IsReconciled"] = bool(sent.flag(element, "IsReconciled"))
    if account is None or problems:
        raise ElementRefusedError(*dict.fromkeys(problems))
    return Asked(
        kind=kind,
        document=document,
        account=account,
        amount=amount,
        day=day,
        rate=rate,
        bank_amount=bank_amount,
        reference=reference,
        extras={name: value for name, value in extras.items() if value is not None},
    )


def _target(company: Company, element: Json) -> tuple[Kind, Json]:
    """What is paid: named by an object, or by InvoiceNumber or CreditNoteNumber alone."""
    for kind in KINDS:
        reference = sent.inner(element, kind.singular)
        number = sent.stripped(element, kind.number) if kind.number else ""
        if reference is None and not number:
            continue
        return kind, _found(company, kind, reference or {kind.number: number})
    raise ElementRefusedError(
        "A payment must be for an Invoice, a CreditNote, a Prepayment or an Overpayment"
    )


def _found(company: Company, kind: Kind, reference: Json) -> Json:
    table = company.table(kind.plural)
    document_id = sent.guid(reference, kind.key)
    found = table.get(document_id) if document_id is not None else None
    number = sent.stripped(reference, kind.number).lower() if kind.number else ""
    if document_id is None and number:
        found = next(iter(table.find("number", number)), None)
    if found is None:
        name = {CREDIT_NOTE.plural: "Credit Note"}.get(kind.plural, kind.singular)
        raise ElementRefusedError(
            f"An existing {name} with the specified {kind.key} could not be found"
        )
    return found


def _account(company: Company, element: Json, problems: list[str]) -> Json | None:
    named = sent.inner(element, "Account")
    account = named_account(company, named) if named else None
    if named is None:
        account = account_by_code(company, sent.stripped(element, "Code"))
    if account is None or account.get("Status", "ACTIVE") != "ACTIVE":
        problems.append(NO_ACCOUNT)
        return None
    if not takes_payments(account):
        problems.append(
            f"Account code '{account.get('Code', '')}' is not a valid code for this document."
        )
        return None
    return account


def _amount(element: Json, problems: list[str]) -> Decimal:
    amount = sent.number(element, "Amount")
    if amount is None or amount <= 0 or amount >= MAX_AMOUNT:
        problems.append("The Payment Amount must be greater than zero")
        return Decimal(0)
    if amount != cents(amount):
        problems.append("The Payment Amount must have two decimals at most")
    return cents(amount)


def _document_problems(kind: Kind, document: Json, amount: Decimal) -> Iterator[str]:
    if document["Status"] not in {"AUTHORISED", "PAID"}:
        yield NOT_AUTHORISED
    elif amount > document[kind.open_amount]:
        yield EXCEEDS


def _money(
    company: Company, element: Json, account: Json | None, document: Json, problems: list[str]
) -> tuple[Decimal, Decimal]:
    """The rate and what the bank account moves by, which either may give."""
    currency: str = document["CurrencyCode"]
    rate = asked_rate(company, element, currency, problems)
    amount = sent.number(element, "Amount") or Decimal(0)
    if account is None or currency == company.base_currency or problems:
        if account is not None and currency_of(company, account) != currency and not problems:
            problems.append(_other_currency(account, currency))
        return ONE, cents(amount)
    own = currency_of(company, account)
    if own not in {currency, company.base_currency}:
        problems.append(_other_currency(account, currency))
    banked = sent.number(element, "BankAmount")
    if own == company.base_currency and banked is not None and rate is None:
        return _from_bank_amount(amount, banked, problems)
    rate = rate or day_rate(company, currency)
    return rate, cents(amount) if own == currency else to_base(cents(amount), rate)


def _from_bank_amount(
    amount: Decimal, banked: Decimal, problems: list[str]
) -> tuple[Decimal, Decimal]:
    rate = places(amount / banked, 6) if 0 < banked < MAX_AMOUNT else Decimal(0)
    if rate <= 0:
        problems.append("The BankAmount must be greater than zero")
        return ONE, amount
    return rate, cents(banked)


def _other_currency(account: Json, currency: str) -> str:
    return (
        f"The currency of account '{account.get('Code', '')}' does not match the currency of the "
        f"document, {currency}"
    )


def _text(element: Json, name: str, problems: list[str]) -> str | None:
    value = sent.text(element, name)
    if value is not None and len(value) > _MAX_TEXT:
        problems.append(f"The field {name} must not be longer than {_MAX_TEXT} characters")
    return value


def kind_of(payment: Json) -> Kind:
    """Which noun a stored payment is of."""
    return next((kind for kind in KINDS if kind.singular in payment), INVOICE)
