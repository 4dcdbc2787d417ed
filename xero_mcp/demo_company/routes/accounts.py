"""The chart of accounts."""

from collections.abc import Iterator
from typing import Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.account_rules import (
    CLASSES,
    MAX_BANK_NUMBER,
    MAX_DESCRIPTION,
    account_document,
    account_in_use,
    name_problems,
)
from xero_mcp.demo_company.kernel import (
    Answer,
    Call,
    Company,
    ElementRefusedError,
    Json,
    NotFoundError,
    route,
)
from xero_mcp.demo_company.listing import Noun, list_documents, one_document
from xero_mcp.demo_company.tax import fits_account
from xero_mcp.demo_company.writing import Saved, Writing, single_element, write_one

ACCOUNTS: Final = Noun(plural="Accounts", type_name="Account", default_order="Code ASC")
_WRITING: Final = Writing(plural="Accounts", key="AccountID", error_flag=None, max_elements=1)
_TEXTS: Final = (
    "Code",
    "Name",
    "Type",
    "TaxType",
    "Description",
    "BankAccountNumber",
    "BankAccountType",
    "CurrencyCode",
)
_FLAGS: Final = ("EnablePaymentsToAccount", "ShowInExpenseClaims", "AddToWatchlist")


@route("GET", "/Accounts")
def get_accounts(call: Call) -> Answer:
    rows = [row for row in call.company.table("Accounts") if row["Status"] != "DELETED"]
    return list_documents(call, ACCOUNTS, rows)


@route("GET", "/Accounts/{AccountID}")
def get_account(call: Call) -> Answer:
    return one_document(call, ACCOUNTS, call.path["AccountID"])


@route("PUT", "/Accounts")
def create_account(call: Call) -> Answer:
    return write_one(call, _WRITING, _create, single_element(call, "Accounts"))


@route("POST", "/Accounts/{AccountID}")
def update_account(call: Call) -> Answer:
    _stored(call)
    return write_one(call, _WRITING, _update, single_element(call, "Accounts"))


@route("DELETE", "/Accounts/{AccountID}")
def delete_account(call: Call) -> Answer:
    return write_one(call, _WRITING, _delete, {"AccountID": _stored(call)["AccountID"]})


ROUTES = (get_accounts, get_account, create_account, update_account, delete_account)


def _stored(call: Call) -> Json:
    account = call.company.table("Accounts").get(call.path["AccountID"])
    if account is None or account["Status"] == "DELETED":
        raise NotFoundError
    return account


def _read(element: Json) -> Json:
    texts = {name: sent.text(element, name) for name in _TEXTS if name in element}
    flags = {name: sent.flag(element, name) for name in _FLAGS if name in element}
    read = {name: value.strip() for name, value in texts.items() if value is not None}
    return {**read, **{name: value for name, value in flags.items() if value is not None}}


def _create(call: Call, element: Json) -> Saved:
    given = _read(element)
    kind: str = given.get("Type", "").upper()
    if kind not in CLASSES:
        raise ElementRefusedError("Please enter a valid Type.")
    account = account_document(call.company, {**given, "Type": kind})
    _refuse(call.company, account)
    call.company.table("Accounts").put(account)
    return Saved(shown=account)


def _update(call: Call, element: Json) -> Saved:
    company, before = call.company, _stored(call)
    status = sent.stripped(element, "Status").upper() or before["Status"]
    if status != before["Status"]:
        return _archive(company, before, status)
    if status == "ARCHIVED":
        raise ElementRefusedError("This account has been archived and cannot be updated.")
    given = _read(element)
    kind: str = given.get("Type", before["Type"]).upper()
    if kind != before["Type"]:
        _refuse_new_type(before, kind)
    account: Json = {**before, **given, "Type": kind, "Class": CLASSES[kind]}
    account["UpdatedDateUTC"] = company.now()
    _refuse(company, account)
    company.table("Accounts").put(account)
    return Saved(shown=account)


def _refuse_new_type(before: Json, kind: str) -> None:
    if kind not in CLASSES:
        raise ElementRefusedError("Please enter a valid Type.")
    if before["SystemAccount"] or "BANK" in {kind, before["Type"]}:
        raise ElementRefusedError("The Type of this account cannot be changed.")


def _archive(company: Company, before: Json, status: str) -> Saved:
    if status != "ARCHIVED":
        raise ElementRefusedError("Only accounts with a Status of ACTIVE can be updated.")
    if before["SystemAccount"]:
        raise ElementRefusedError("System accounts cannot be archived.")
    account = {**before, "Status": "ARCHIVED", "UpdatedDateUTC": company.now()}
    return Saved(shown=company.table("Accounts").put(account))


def _delete(call: Call, _element: Json) -> Saved:
    company, before = call.company, _stored(call)
    if before["SystemAccount"]:
        raise ElementRefusedError("System accounts cannot be deleted.")
    if account_in_use(company, before):
        raise ElementRefusedError("Accounts that have been used cannot be deleted.")
    account = {**before, "Status": "DELETED", "UpdatedDateUTC": company.now()}
    return Saved(shown=company.table("Accounts").put(account))


def _refuse(company: Company, account: Json) -> None:
    problems = [*name_problems(company, account), *_other_problems(company, account)]
    if problems:
        raise ElementRefusedError(*problems)


def _other_problems(company: Company, account: Json) -> Iterator[str]:
    if len(account.get("Description") or "") > MAX_DESCRIPTION:
        yield f"The Description must be {MAX_DESCRIPTION} characters or less."
    rate = company.table("TaxRates").get(account["TaxType"])
    if rate is None:
        yield f"TaxType code '{account['TaxType']}' does not exist or cannot be used for this type"
    elif not fits_account(rate, account):
        yield (
            f"The TaxType code '{account['TaxType']}' cannot be used with account code "
            f"'{account.get('Code', '')}'."
        )
    if account["Type"] == "BANK":
        yield from _bank_problems(company, account)


def _bank_problems(company: Company, account: Json) -> Iterator[str]:
    number: str = account.get("BankAccountNumber") or ""
    if not number:
        yield "Please enter a Bank Account Number."
    if len(number) > MAX_BANK_NUMBER:
        yield f"The Bank Account Number must be {MAX_BANK_NUMBER} characters or less."
    if account["BankAccountType"] not in {"BANK", "CREDITCARD", "PAYPAL"}:
        yield "Please enter a valid BankAccountType."
    currency: str = account["CurrencyCode"]
    if currency not in company.table("Currencies"):
        yield f"The current organisation is not subscribed to currency '{currency}'."
