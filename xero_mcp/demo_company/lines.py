"""Line items: what was sent becomes amounts, tax and an account, or a list of what is wrong."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal

from xero_mcp.demo_company.chart import account_by_code, fits_document
from xero_mcp.demo_company.item_rules import is_tracked
from xero_mcp.demo_company.kernel import Company, Json
from xero_mcp.demo_company.rounding import ZERO, cents, places, trimmed
from xero_mcp.demo_company.sent import guid, number, stripped, text
from xero_mcp.demo_company.tax import fits_account, percent, tax_on, tax_rate
from xero_mcp.demo_company.tracking import asked_tracking

AmountTypes = Literal["Exclusive", "Inclusive", "NoTax"]

MAX_AMOUNT: Final = Decimal(10) ** 12
MAX_DESCRIPTION: Final = 4000
_HUNDRED: Final = Decimal(100)
_NOT_VALID: Final = "Account code '{}' is not a valid code for this document."
_MONEY_FIELDS: Final = (
    "Quantity",
    "UnitAmount",
    "LineAmount",
    "DiscountRate",
    "DiscountAmount",
    "TaxType",
    "TaxAmount",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRules:
    """What a document asks of its lines.

    `complete` documents (all but drafts) need an account and a description on each line. Where
    `stock` is False, tracked items cannot be bought: nothing would count them.
    """

    sales: bool
    amounts: AmountTypes
    decimals: int = 2
    discounts: bool = False
    complete: bool = True
    default_account: str = ""
    default_tax: str = ""
    tax_from_account: bool = True
    stock: bool = True


@dataclass(frozen=True, slots=True)
class _Reader:
    company: Company
    rules: LineRules
    problems: list[str]


@dataclass(frozen=True, slots=True)
class Totals:
    sub_total: Decimal
    tax: Decimal
    total: Decimal
    discount: Decimal


def read_line(
    company: Company, rules: LineRules, sent: Json, before: Json | None, problems: list[str]
) -> Json:
    """One line as it is stored. `before` is the line of the same id, whose fields stay unless sent.

    What breaks a rule is added to `problems`, in Xero's words; the line is then not to be kept.
    """
    merged = _merged(sent, before)
    if before is not None and merged.get("UnitAmount") == before.get("UnitAmount"):
        rules = replace(rules, decimals=4)  # a price that nobody touches keeps its decimals
    item = _item(company, merged, problems)
    merged = _with_item(merged, item, rules)
    line: Json = {"LineItemID": _line_id(company, before)}
    _describe(line, merged, item)
    if len(line.get("Description", "")) > MAX_DESCRIPTION:
        problems.append(
            f"The field Description must not be longer than {MAX_DESCRIPTION} characters"
        )
    if _is_text_only(merged):
        line.update(TaxAmount=ZERO, LineAmount=ZERO, Tracking=[])
        return line
    _amounts(line, merged, rules, problems)
    account = _account(company, merged, rules, problems)
    if account is not None and not _fits_item(account, item, rules):
        problems.append(_NOT_VALID.format(account.get("Code", "")))
        account = None
    if account is not None:
        line.update(AccountCode=account.get("Code", ""), AccountID=account["AccountID"])
    _tax(_Reader(company, rules, problems), line, merged, account)
    line["Tracking"] = asked_tracking(company, merged, problems)
    if rules.complete and not line.get("Description"):
        problems.append("Description must be specified")
    return line


def totals_of(lines: list[Json], amounts: AmountTypes) -> Totals:
    """Tax is rounded on each line and then summed."""
    net = sum((line["LineAmount"] for line in lines), ZERO)
    tax = sum((line["TaxAmount"] for line in lines), ZERO)
    discount = sum((_discount(line) for line in lines), ZERO)
    if amounts == "Inclusive":
        return Totals(net - tax, tax, net, discount)
    return Totals(net, tax, net + tax, discount)


def _merged(sent: Json, before: Json | None) -> Json:
    """What was sent over what is stored; amounts that follow from what changed are left out."""
    if before is None:
        return sent

    def changes(name: str) -> bool:
        return name in sent and sent[name] != before.get(name)

    stale: set[str] = set()
    if any(changes(name) for name in _MONEY_FIELDS):
        stale |= {"LineAmount", "TaxAmount"}
    if changes("AccountCode"):
        stale.add("AccountID")
    return {**{name: value for name, value in before.items() if name not in stale}, **sent}


def _line_id(company: Company, before: Json | None) -> str:
    return before["LineItemID"] if before is not None else company.new_id()


def _item(company: Company, sent: Json, problems: list[str]) -> Json | None:
    code = stripped(sent, "ItemCode")
    if not code:
        return None
    found = company.table("Items").find("code", code.lower())
    if not found:
        problems.append(f"Item code '{code}' is not valid")
        return None
    return found[0]


def _with_item(sent: Json, item: Json | None, rules: LineRules) -> Json:
    """An item fills in what the line does not say."""
    if item is None:
        return sent
    details: Json = item.get("SalesDetails" if rules.sales else "PurchaseDetails") or {}
    filled: Json = {
        "Description": item.get("Description" if rules.sales else "PurchaseDescription")
        or item.get("Name"),
        "AccountCode": details.get("AccountCode"),
        "TaxType": details.get("TaxType"),
    }
    if not rules.sales and is_tracked(item):
        filled["AccountCode"] = item["InventoryAssetAccountCode"]
    if sent.get("LineAmount") is None:
        filled["UnitAmount"] = details.get("UnitPrice")
    known = {name: value for name, value in sent.items() if value is not None}
    return {**{name: value for name, value in filled.items() if value is not None}, **known}


def _describe(line: Json, sent: Json, item: Json | None) -> None:
    description = text(sent, "Description")
    if description:
        line["Description"] = description
    if item is not None:
        line["ItemCode"] = item["Code"]
        line["Item"] = {
            "ItemID": item["ItemID"],
            "Name": item.get("Name", ""),
            "Code": item["Code"],
        }


def _is_text_only(sent: Json) -> bool:
    return all(
        sent.get(name) in (None, "")
        for name in ("Quantity", "UnitAmount", "LineAmount", "AccountCode", "ItemCode")
    )


def _amounts(line: Json, sent: Json, rules: LineRules, problems: list[str]) -> None:
    quantity, unit = number(sent, "Quantity"), number(sent, "UnitAmount")
    stated = number(sent, "LineAmount")
    if quantity is not None and quantity < 0:
        problems.append(
            f"The quantity value '{quantity}' is invalid. Quantity must not be less than zero."
        )
    if quantity is None:
        quantity = _missing_quantity(unit, stated)
    if unit is None:
        unit = stated / quantity if stated is not None and quantity else Decimal(0)
    if max(abs(quantity), abs(unit), abs(stated or ZERO)) >= MAX_AMOUNT:
        problems.append("The line amount is too large")
        quantity, unit, stated = Decimal(1), ZERO, None
    unit = places(unit, rules.decimals)
    quantity = places(quantity, 4)
    line.update(UnitAmount=unit, Quantity=trimmed(quantity))
    full = quantity * unit
    expected = cents(full - _asked_discount(line, sent, rules, full=full, problems=problems))
    if abs(expected) >= MAX_AMOUNT:
        problems.append("The line amount is too large")
        expected = ZERO
    derived = number(sent, "UnitAmount") is None or number(sent, "Quantity") is None
    if stated is not None and cents(stated) != expected:
        if derived:
            expected = cents(stated)
        else:
            problems.append(
                f"The line total {cents(stated)} does not match the expected line total {expected}"
            )
    line["LineAmount"] = expected


def _missing_quantity(unit: Decimal | None, stated: Decimal | None) -> Decimal:
    if unit and stated is not None and abs(stated / unit) < MAX_AMOUNT:
        return stated / unit
    return Decimal(1)


def _asked_discount(
    line: Json, sent: Json, rules: LineRules, *, full: Decimal, problems: list[str]
) -> Decimal:
    rate, amount = number(sent, "DiscountRate"), number(sent, "DiscountAmount")
    if not rate and not amount:
        return ZERO
    if not rules.discounts:
        problems.append("Discounts are not supported on this type of document")
        return ZERO
    if rate:
        if not 0 <= rate <= _HUNDRED:
            problems.append("The DiscountRate must be between 0 and 100")
            return ZERO
        line["DiscountRate"] = places(rate, 4)
        return full * line["DiscountRate"] / _HUNDRED
    off = cents(amount or ZERO)
    if not ZERO <= off <= max(full, ZERO):
        problems.append("The DiscountAmount must be between 0 and the line amount")
        return ZERO
    line["DiscountAmount"] = off
    return off


def _discount(line: Json) -> Decimal:
    if "DiscountRate" not in line and "DiscountAmount" not in line:
        return ZERO
    return cents(line["Quantity"] * line["UnitAmount"]) - line["LineAmount"]


def _account(company: Company, sent: Json, rules: LineRules, problems: list[str]) -> Json | None:
    account_id = guid(sent, "AccountID")
    code = stripped(sent, "AccountCode") or ("" if account_id else rules.default_account)
    if not code and account_id is None:
        if rules.complete:
            problems.append("Account code must be specified")
        return None
    account = (
        account_by_code(company, code) if code else company.table("Accounts").get(account_id or "")
    )
    shown = code or account_id
    if account is None or not fits_document(account):
        problems.append(_NOT_VALID.format(shown))
        return None
    if account.get("Status", "ACTIVE") != "ACTIVE":
        problems.append(
            f"Account code '{shown}' has been archived or has been deleted. "
            "Each line item must reference a valid account."
        )
        return None
    return account


def _fits_item(account: Json, item: Json | None, rules: LineRules) -> bool:
    """Inventory is bought by naming a tracked item, and what is tracked is bought as inventory."""
    code: str = account.get("Code", "").lower()
    if item is None or rules.sales or not is_tracked(item):
        return account["Type"] != "INVENTORY"
    return rules.stock and code == item["InventoryAssetAccountCode"].lower()


def _tax(reader: _Reader, line: Json, sent: Json, account: Json | None) -> None:
    rules = reader.rules
    if rules.amounts == "NoTax":
        line.update(TaxType="NONE", TaxAmount=ZERO)
        return
    line["TaxAmount"] = ZERO
    default = rules.default_tax
    if not default and account is not None and rules.tax_from_account:
        default = account.get("TaxType", "")
    tax_type = stripped(sent, "TaxType") or default
    if not tax_type:
        return
    rate = tax_rate(reader.company, tax_type)
    if rate is None or (account is not None and not fits_account(rate, account)):
        code = account.get("Code", "") if account else stripped(sent, "AccountCode")
        reader.problems.append(
            f"The TaxType code '{tax_type}' cannot be used with account code '{code}'."
        )
        return
    line["TaxType"] = tax_type
    amount: Decimal = line["LineAmount"]
    asked = _asked_tax(sent, amount, reader.problems)
    percentage = percent(reader.company, tax_type)
    line["TaxAmount"] = (
        tax_on(amount, percentage, inclusive=rules.amounts == "Inclusive")
        if asked is None
        else asked
    )


def _asked_tax(sent: Json, amount: Decimal, problems: list[str]) -> Decimal | None:
    stated = number(sent, "TaxAmount")
    if stated is None:
        return None
    tax = cents(stated) if abs(stated) < MAX_AMOUNT else MAX_AMOUNT
    if abs(tax) > abs(amount) or tax * amount < 0:
        problems.append("The tax amount cannot be greater than the line amount")
        return ZERO
    return tax
