"""The charts of accounts of the three organisations."""

from dataclasses import dataclass
from typing import Final

# Code, type, tax (out, in or none), system account or -, name.
_COMMON: Final = """
    090 BANK none - Business Bank Account
    091 BANK none - Business Savings Account
    200 REVENUE out - Sales
    260 REVENUE out - Other Revenue
    270 REVENUE none - Interest Income
    300 DIRECTCOSTS in - Purchases
    310 DIRECTCOSTS in - Cost of Goods Sold
    400 EXPENSE in - Advertising
    404 EXPENSE none - Bank Fees
    408 EXPENSE in - Cleaning
    412 EXPENSE in - Consulting & Accounting
    416 EXPENSE none - Depreciation
    420 EXPENSE none - Entertainment
    425 EXPENSE in - Freight & Courier
    429 EXPENSE in - General Expenses
    433 EXPENSE in - Insurance
    437 EXPENSE none - Interest Expense
    441 EXPENSE in - Legal expenses
    445 EXPENSE in - Light, Power, Heating
    449 EXPENSE in - Motor Vehicle Expenses
    453 EXPENSE in - Office Expenses
    461 EXPENSE in - Printing & Stationery
    469 EXPENSE in - Rent
    473 EXPENSE in - Repairs and Maintenance
    477 EXPENSE none - Wages and Salaries
    478 EXPENSE none - Superannuation
    485 EXPENSE in - Subscriptions
    489 EXPENSE in - Telephone & Internet
    493 EXPENSE in - Travel - National
    494 EXPENSE none - Travel - International
    497 EXPENSE none BANKCURRENCYGAIN Bank Revaluations
    498 EXPENSE none UNREALISEDCURRENCYGAIN Unrealised Currency Gains
    499 EXPENSE none REALISEDCURRENCYGAIN Realised Currency Gains
    505 EXPENSE none - Income Tax Expense
    610 CURRENT none DEBTORS Accounts Receivable
    620 CURRENT none - Prepayments
    630 INVENTORY none - Inventory
    710 FIXED in - Office Equipment
    711 FIXED none - Less Accumulated Depreciation on Office Equipment
    720 FIXED in - Computer Equipment
    721 FIXED none - Less Accumulated Depreciation on Computer Equipment
    800 CURRLIAB none CREDITORS Accounts Payable
    801 CURRLIAB none UNPAIDEXPCLM Unpaid Expense Claims
    820 CURRLIAB none GST Sales Tax
    825 CURRLIAB none - Employee Tax Payable
    826 CURRLIAB none - Superannuation Payable
    830 CURRLIAB none - Income Tax Payable
    835 CURRLIAB none - Revenue Received in Advance
    840 CURRLIAB none HISTORICAL Historical Adjustment
    850 CURRLIAB none - Suspense
    855 CURRLIAB none - Clearing Account
    860 CURRLIAB none ROUNDING Rounding
    877 CURRLIAB none TRACKINGTRANSFERS Tracking Transfers
    880 CURRLIAB none - Owner A Drawings
    881 CURRLIAB none - Owner A Funds Introduced
    900 TERMLIAB none - Loan
    960 EQUITY none RETAINEDEARNINGS Retained Earnings
    970 EQUITY none - Owner A Share Capital
"""

# What the account is called where the Global name is not the country's.
_NAMES: Final[dict[str, dict[str, str]]] = {
    "Global": {},
    "NZ": {
        "478": "KiwiSaver Employer Contributions",
        "820": "GST",
        "825": "PAYE Payable",
        "826": "KiwiSaver Payable",
    },
    "UK": {
        "090": "Business Current Account",
        "445": "Light, Power & Heating",
        "477": "Salaries",
        "478": "Pensions Costs",
        "505": "Corporation Tax",
        "820": "VAT",
        "825": "PAYE Payable",
        "826": "Pensions Payable",
        "830": "Corporation Tax Payable",
    },
}

# Bank accounts that one country has and the others have not: code, name, currency.
_MORE_BANKS: Final[dict[str, tuple[tuple[str, str, str], ...]]] = {
    "Global": (),
    "NZ": (),
    "UK": (("092", "Euro Account", "EUR"), ("093", "US Dollar Account", "USD")),
}

_BANK_NUMBERS: Final[dict[str, dict[str, str]]] = {
    "Global": {"090": "0908070605", "091": "0908070613"},
    "NZ": {"090": "0299990111222000", "091": "0299990111222030"},
    "UK": {
        "090": "20999911223344",
        "091": "20999911223355",
        "092": "20999911223366",
        "093": "20999911223377",
    },
}

TAX_TYPES: Final[dict[str, dict[str, str]]] = {
    "Global": {"out": "OUTPUT", "in": "INPUT", "none": "NONE"},
    "NZ": {"out": "OUTPUT2", "in": "INPUT2", "none": "NONE"},
    "UK": {"out": "OUTPUT2", "in": "INPUT2", "none": "NONE"},
}

# Ids that are known of a real demo company; the others are made from the organisation's.
KNOWN_IDS: Final[dict[str, dict[str, str]]] = {
    "Global": {
        "090": "ac993f75-035b-433c-82e0-7b7a2d40802c",
        "091": "ebd06280-af70-4bed-97c6-7451a454ad85",
        "200": "7d05a53d-613d-4eb2-a2fc-dcb6adb80b80",
        "300": "573a170b-6792-4cfa-b8ce-6f8fd27f5458",
    },
    "NZ": {},
    "UK": {},
}

# Owners may be paid out of, and pay into, their own accounts.
_TAKES_PAYMENTS: Final = frozenset({"855", "880", "881"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedAccount:
    """One line of a chart, before it has an id."""

    code: str
    name: str
    type: str
    tax_type: str
    system_account: str = ""
    known_id: str = ""
    bank_number: str = ""
    currency: str = ""
    takes_payments: bool = False


def chart(country: str) -> tuple[SeedAccount, ...]:
    """Return the chart of `Global`, `NZ` or `UK`, by code."""
    accounts = [_account(country, line) for line in _COMMON.strip().split("\n")]
    accounts += [
        SeedAccount(
            code=code,
            name=name,
            type="BANK",
            tax_type="NONE",
            bank_number=_BANK_NUMBERS[country][code],
            currency=currency,
        )
        for code, name, currency in _MORE_BANKS[country]
    ]
    return tuple(sorted(accounts, key=lambda account: account.code))


def _account(country: str, line: str) -> SeedAccount:
    code, kind, tax, system, name = line.split(maxsplit=4)
    return SeedAccount(
        code=code,
        name=_NAMES[country].get(code, name),
        type=kind,
        tax_type=TAX_TYPES[country][tax],
        system_account="" if system == "-" else system,
        known_id=KNOWN_IDS[country].get(code, ""),
        bank_number=_BANK_NUMBERS[country].get(code, ""),
        takes_payments=code in _TAKES_PAYMENTS,
    )
