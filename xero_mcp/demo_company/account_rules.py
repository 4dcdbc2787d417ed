"""What an account of the chart must be like, and how a new one is made."""

from collections.abc import Iterator
from typing import Final

from xero_mcp.demo_company.kernel import Company, Json

CLASSES: Final = {
    "BANK": "ASSET",
    "CURRENT": "ASSET",
    "CURRLIAB": "LIABILITY",
    "DEPRECIATN": "EXPENSE",
    "DIRECTCOSTS": "EXPENSE",
    "EQUITY": "EQUITY",
    "EXPENSE": "EXPENSE",
    "FIXED": "ASSET",
    "INVENTORY": "ASSET",
    "LIABILITY": "LIABILITY",
    "NONCURRENT": "ASSET",
    "OTHERINCOME": "REVENUE",
    "OVERHEADS": "EXPENSE",
    "PREPAYMENT": "ASSET",
    "REVENUE": "REVENUE",
    "SALES": "REVENUE",
    "TERMLIAB": "LIABILITY",
}

_REPORTING: Final = {
    "ASSET": ("ASS", "Assets"),
    "EQUITY": ("EQU", "Equity"),
    "EXPENSE": ("EXP", "Expense"),
    "LIABILITY": ("LIA", "Liabilities"),
    "REVENUE": ("REV", "Revenue"),
}

MAX_CODE: Final = 10
MAX_NAME: Final = 150
MAX_DESCRIPTION: Final = 4000
MAX_BANK_NUMBER: Final = 20

# The tables whose lines name accounts, so that an account that is used can be told.
_LINED: Final = (
    ("Invoices", "LineItems"),
    ("CreditNotes", "LineItems"),
    ("BankTransactions", "LineItems"),
    ("Quotes", "LineItems"),
    ("PurchaseOrders", "LineItems"),
    ("RepeatingInvoices", "LineItems"),
    ("ManualJournals", "JournalLines"),
)


def account_document(company: Company, given: Json) -> Json:
    """Fill in what follows from an account's type; `given` has Code, Name, Type and what else."""
    account_class = CLASSES[given["Type"]]
    reporting_code, reporting_name = _REPORTING[account_class]
    bank = given["Type"] == "BANK"
    defaults: Json = {
        "AccountID": company.new_id(),
        "Status": "ACTIVE",
        "TaxType": default_tax_type(company, account_class),
        "Class": account_class,
        "SystemAccount": "",
        "EnablePaymentsToAccount": False,
        "ShowInExpenseClaims": False,
        "BankAccountType": "BANK" if bank else "",
        "ReportingCode": reporting_code,
        "ReportingCodeName": reporting_name,
        "HasAttachments": False,
        "UpdatedDateUTC": company.now(),
        "AddToWatchlist": False,
    }
    if bank:
        defaults["CurrencyCode"] = company.base_currency
    return {**defaults, **given}


def default_tax_type(company: Company, account_class: str) -> str:
    """The standard rate of the country for what is sold or bought; no tax on the balance sheet."""
    standard = {"REVENUE": ("OUTPUT2", "OUTPUT"), "EXPENSE": ("INPUT2", "INPUT")}
    rates = company.table("TaxRates")
    for tax_type in standard.get(account_class, ()):
        if tax_type in rates:
            return tax_type
    return "NONE"


def account_in_use(company: Company, account: Json) -> bool:
    """Say whether any document or journal names the account."""
    code, account_id = account.get("Code"), account["AccountID"]
    return account_id in company.ledger.accounts() or any(
        line.get("AccountID") == account_id or (code and line.get("AccountCode") == code)
        for line in _lines(company)
    )


def name_problems(company: Company, account: Json) -> Iterator[str]:
    """What is wrong with the account's code and name."""
    code: str = account.get("Code") or ""
    name: str = account.get("Name") or ""
    if not code and account["Type"] != "BANK":
        yield "Please enter a Code."
    if len(code) > MAX_CODE:
        yield f"The Code must be {MAX_CODE} characters or less."
    if not name:
        yield "Please enter a Name."
    if len(name) > MAX_NAME:
        yield f"The Name must be {MAX_NAME} characters or less."
    for value, index, word in ((code, "code", "Code"), (name, "name", "Name")):
        others = company.table("Accounts").find(index, value.lower()) if value else []
        if any(other["AccountID"] != account["AccountID"] for other in others):
            yield f"Please enter a unique {word}."


def _lines(company: Company) -> Iterator[Json]:
    for plural, lines in _LINED:
        for document in company.table(plural):
            yield from document.get(lines, ())
