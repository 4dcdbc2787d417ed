"""One good write for each noun of a seeded company, for tests that then spoil it."""

from typing import Any

from xero_mcp.demo_company.kernel import Company

Sample = tuple[str, str, str, dict[str, Any]]


# Xero has discounts on what is sold only.
_DISCOUNT = {"ACCREC": {"DiscountRate": 10}, "QUOTE": {"DiscountRate": 10}}


def samples(company: Company) -> list[Sample]:
    """Give method, path, plural and document of each."""
    return [*_documents(company), *_settlements(company), *_settings()]


def _line(account: str, **more: object) -> dict[str, Any]:
    return {
        "Description": "Work",
        "Quantity": 2,
        "UnitAmount": 99.95,
        "AccountCode": account,
        **more,
    }


def _dated(kind: str, account: str, **more: object) -> dict[str, Any]:
    return {
        "Type": kind,
        "Contact": {"Name": "A fuzzed contact"},
        "Date": "2026-09-10",
        "LineAmountTypes": "Exclusive",
        "LineItems": [_line(account), _line(account, **_DISCOUNT.get(kind, {}))],
        "Status": "AUTHORISED",
        **more,
    }


def _documents(company: Company) -> list[Sample]:
    bank = {"BankAccount": {"Code": _bank(company)}}
    order = _dated("", "400", DeliveryDate="2026-09-20")
    quote = _dated("QUOTE", "200", ExpiryDate="2026-09-20", Status="DRAFT", Title="Offer")
    del order["Type"], quote["Type"]
    schedule = {
        "Period": 1,
        "Unit": "MONTHLY",
        "DueDate": 10,
        "DueDateType": "OFFOLLOWINGMONTH",
        "StartDate": "2026-10-01",
    }
    repeating = _dated("ACCREC", "200", Schedule=schedule)
    del repeating["Date"]
    journal = {
        "Narration": "Correction",
        "Date": "2026-09-10",
        "Status": "POSTED",
        "JournalLines": [
            {"LineAmount": 100, "AccountCode": "400"},
            {"LineAmount": -100, "AccountCode": "200"},
        ],
    }
    return [
        ("PUT", "/Invoices", "Invoices", _dated("ACCREC", "200", DueDate="2026-09-30")),
        ("POST", "/Invoices", "Invoices", _dated("ACCPAY", "400", DueDate="2026-09-30")),
        ("PUT", "/CreditNotes", "CreditNotes", _dated("ACCRECCREDIT", "200")),
        ("PUT", "/BankTransactions", "BankTransactions", _dated("SPEND", "400", **bank)),
        ("PUT", "/BankTransactions", "BankTransactions", _dated("RECEIVE", "200", **bank)),
        ("PUT", "/PurchaseOrders", "PurchaseOrders", order),
        ("PUT", "/Quotes", "Quotes", quote),
        ("PUT", "/RepeatingInvoices", "RepeatingInvoices", repeating),
        ("PUT", "/ManualJournals", "ManualJournals", journal),
    ]


def _settlements(company: Company) -> list[Sample]:
    open_invoice = next(
        row
        for row in company.table("Invoices")
        if row["Status"] == "AUTHORISED" and row["AmountDue"] > 1 and row["Type"] == "ACCREC"
    )
    payment = {
        "Invoice": {"InvoiceID": open_invoice["InvoiceID"]},
        "Account": {"Code": _bank(company)},
        "Date": "2026-09-10",
        "Amount": 0.01,
    }
    banks = [row["AccountID"] for row in company.table("Accounts") if row["Type"] == "BANK"]
    transfer = {
        "FromBankAccount": {"AccountID": banks[0]},
        "ToBankAccount": {"AccountID": banks[1]},
        "Amount": 5,
        "Date": "2026-09-10",
    }
    return [
        ("PUT", "/Payments", "Payments", payment),
        ("POST", "/Payments", "Payments", payment),
        ("PUT", "/BankTransfers", "BankTransfers", transfer),
    ]


def _settings() -> list[Sample]:
    contact = {
        "Name": "A fuzzed contact",
        "EmailAddress": "fuzz@example.com",
        "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "555 0100"}],
        "Addresses": [{"AddressType": "STREET", "City": "Springfield"}],
        "ContactPersons": [{"FirstName": "F", "LastName": "Uzz", "EmailAddress": "f@example.com"}],
    }
    item = {
        "Code": "FUZZ-1",
        "Name": "Fuzzy",
        "SalesDetails": {"UnitPrice": 5, "AccountCode": "200"},
        "PurchaseDetails": {"UnitPrice": 3, "AccountCode": "400"},
    }
    return [
        ("POST", "/Contacts", "Contacts", contact),
        ("POST", "/Items", "Items", item),
    ]


def _bank(company: Company) -> str:
    return next(row["Code"] for row in company.table("Accounts") if row["Type"] == "BANK")
