"""Finding accounts, and which of them a document may use."""

from typing import Final

from xero_mcp.demo_company.kernel import Company, Json
from xero_mcp.demo_company.sent import guid, stripped

_NOT_ON_LINES: Final = frozenset(
    {
        "DEBTORS",
        "CREDITORS",
        "RETAINEDEARNINGS",
        "TRACKINGTRANSFERS",
        "BANKCURRENCYGAIN",
        "REALISEDCURRENCYGAIN",
        "UNREALISEDCURRENCYGAIN",
        "UNPAIDEXPCLM",
    }
)
_NOT_IN_MANUAL_JOURNALS: Final = frozenset({"DEBTORS", "CREDITORS", "RETAINEDEARNINGS"})

DEBIT_CLASSES: Final = frozenset({"ASSET", "EXPENSE"})
"""Accounts of these classes show a debit as a plus."""


def account_by_code(company: Company, code: str) -> Json | None:
    found = company.table("Accounts").find("code", code.strip().lower())
    return found[0] if found else None


def named_account(company: Company, sent: Json) -> Json | None:
    """The account that an object names by AccountID or by Code."""
    account_id = guid(sent, "AccountID")
    if account_id is not None:
        return company.table("Accounts").get(account_id)
    code = stripped(sent, "Code")
    return account_by_code(company, code) if code else None


def system_account(company: Company, system: str) -> Json:
    """The account with this job; a chart without one is a seed that is wrong."""
    return company.table("Accounts").find("system", system)[0]


def fits_document(account: Json) -> bool:
    """Whether a line of an invoice, a credit note or a bank transaction may use the account."""
    return account["Type"] != "BANK" and account.get("SystemAccount") not in _NOT_ON_LINES


def fits_manual_journal(account: Json) -> bool:
    if account["Type"] in {"BANK", "INVENTORY"}:
        return False
    return account.get("SystemAccount") not in _NOT_IN_MANUAL_JOURNALS


def takes_payments(account: Json) -> bool:
    return account["Type"] == "BANK" or bool(account.get("EnablePaymentsToAccount"))


def currency_of(company: Company, account: Json) -> str:
    """The currency that a bank account is kept in; every other account is in base currency."""
    return account.get("CurrencyCode") or company.base_currency
