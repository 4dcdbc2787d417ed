"""Moving money between two bank accounts of the organisation."""

from decimal import Decimal
from typing import Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.chart import currency_of, named_account
from xero_mcp.demo_company.currencies import ONE, day_rate, to_base
from xero_mcp.demo_company.kernel import ZERO_ID, Company, ElementRefusedError, Json
from xero_mcp.demo_company.ledger import Entry, Source
from xero_mcp.demo_company.lines import MAX_AMOUNT
from xero_mcp.demo_company.lock_dates import lock_problems
from xero_mcp.demo_company.posting import balanced
from xero_mcp.demo_company.rounding import ZERO, cents, places

_MAX_REFERENCE: Final = 255
_NO_ACCOUNT: Final = "Account could not be found"


def make_transfer(company: Company, element: Json) -> Json:
    """Store and post a transfer, with a bank transaction at each end.

    Raises:
        ElementRefusedError: with all that is wrong.
    """
    problems: list[str] = []
    source = _account(company, element, "FromBankAccount", problems)
    target = _account(company, element, "ToBankAccount", problems)
    amount = sent.number(element, "Amount")
    day = sent.day(element, "Date") or company.today()
    reference = sent.text(element, "Reference") or ""
    if amount is None or not 0 < amount < MAX_AMOUNT or amount != cents(amount):
        problems.append("Amount must be greater than zero and have two decimals at most")
    if source is not None and source == target:
        problems.append("The bank accounts of a transfer must not be the same")
    if len(reference) > _MAX_REFERENCE:
        problems.append(f"The field Reference must not be longer than {_MAX_REFERENCE} characters")
    problems += lock_problems(company, day)
    if problems or source is None or target is None or amount is None:
        raise ElementRefusedError(*problems, echo={**element, "BankTransferID": ZERO_ID})
    transfer: Json = {
        "BankTransferID": company.new_id(),
        "FromBankAccount": _reference(source),
        "ToBankAccount": _reference(target),
        "Amount": cents(amount),
        "Date": day,
        "DateString": f"{day.isoformat()}T00:00:00",
        "Reference": reference,
        "CurrencyRate": _rate(company, source, target),
        "FromBankTransactionID": company.new_id(),
        "ToBankTransactionID": company.new_id(),
        "FromIsReconciled": bool(sent.flag(element, "FromIsReconciled")),
        "ToIsReconciled": bool(sent.flag(element, "ToIsReconciled")),
        "HasAttachments": False,
        "CreatedDateUTC": company.now(),
        "Status": "AUTHORISED",
    }
    company.table("BankTransfers").put(transfer)
    _post(company, transfer, source, target)
    company.note(transfer["BankTransferID"], "Created", f"Transfer of {transfer['Amount']}.")
    return transfer


def delete_transfer(company: Company, transfer: Json) -> Json:
    """Take the transfer back at both ends.

    Raises:
        ElementRefusedError: it is gone already, reconciled, or in a locked period.
    """
    problems = list(lock_problems(company, transfer["Date"]))
    if transfer["Status"] == "DELETED":
        problems.append("The bank transfer has already been deleted")
    if transfer["FromIsReconciled"] or transfer["ToIsReconciled"]:
        problems.append("A reconciled bank transfer cannot be deleted")
    if problems:
        raise ElementRefusedError(*problems, echo=transfer)
    company.ledger.reverse(transfer["BankTransferID"])
    transactions = company.table("BankTransactions")
    for name in ("FromBankTransactionID", "ToBankTransactionID"):
        transaction = transactions[transfer[name]]
        gone = {**transaction, "Status": "DELETED", "UpdatedDateUTC": company.now()}
        transactions.put(gone)
    company.note(transfer["BankTransferID"], "Deleted", "The transfer was deleted.")
    return company.table("BankTransfers").put({**transfer, "Status": "DELETED"})


def _account(company: Company, element: Json, name: str, problems: list[str]) -> Json | None:
    account = named_account(company, sent.inner(element, name) or {})
    if account is None or account["Type"] != "BANK" or account.get("Status", "ACTIVE") != "ACTIVE":
        problems.append(_NO_ACCOUNT)
        return None
    return account


def _reference(account: Json) -> Json:
    return {
        "Code": account.get("Code", ""),
        "AccountID": account["AccountID"],
        "Name": account["Name"],
    }


def _rate(company: Company, source: Json, target: Json) -> Decimal:
    """What one unit of the account that pays buys of the other's currency."""
    own, other = currency_of(company, source), currency_of(company, target)
    if own == other:
        return ONE
    return places(day_rate(company, other) / day_rate(company, own), 6)


def _post(company: Company, transfer: Json, source: Json, target: Json) -> None:
    amount: Decimal = transfer["Amount"]
    arrived = cents(amount * transfer["CurrencyRate"])
    base = to_base(amount, day_rate(company, currency_of(company, source)))
    entries = [
        _entry(company, source, net=-base, own=-amount),
        _entry(company, target, net=base, own=arrived),
    ]
    journal = Source(
        id=transfer["BankTransferID"],
        type="TRANSFER",
        day=transfer["Date"],
        reference=transfer["Reference"],
    )
    company.ledger.post(journal, balanced(company, entries, "REALISEDCURRENCYGAIN"))
    _mirror(company, transfer, source, kind="SPEND-TRANSFER", amount=amount)
    _mirror(company, transfer, target, kind="RECEIVE-TRANSFER", amount=arrived)


def _entry(company: Company, account: Json, *, net: Decimal, own: Decimal) -> Entry:
    """An account in base currency moves by what arrives there, to the cent."""
    if currency_of(company, account) == company.base_currency:
        return Entry(account_id=account["AccountID"], net=own)
    return Entry(account_id=account["AccountID"], net=net, foreign=own)


def _mirror(company: Company, transfer: Json, account: Json, *, kind: str, amount: Decimal) -> None:
    """What the bank account shows of the transfer."""
    end = "From" if kind.startswith("SPEND") else "To"
    currency = currency_of(company, account)
    transaction: Json = {
        "BankTransactionID": transfer[f"{end}BankTransactionID"],
        "Type": kind,
        "Reference": transfer["Reference"],
        "HasAttachments": False,
        "BankAccount": _reference(account),
        "IsReconciled": transfer[f"{end}IsReconciled"],
        "Date": transfer["Date"],
        "DateString": transfer["DateString"],
        "CurrencyCode": currency,
        "CurrencyRate": day_rate(company, currency),
        "Status": "AUTHORISED",
        "LineAmountTypes": "NoTax",
        "LineItems": [],
        "SubTotal": amount,
        "TotalTax": ZERO,
        "Total": amount,
        "UpdatedDateUTC": company.now(),
    }
    company.table("BankTransactions").put(transaction)
