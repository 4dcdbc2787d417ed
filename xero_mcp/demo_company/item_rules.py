"""What an item of the price list may be."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.chart import account_by_code
from xero_mcp.demo_company.kernel import Company, Json
from xero_mcp.demo_company.rounding import places
from xero_mcp.demo_company.tax import tax_rate

ITEM_TEXTS: Final[Mapping[str, int]] = {
    "Code": 30,
    "Name": 50,
    "Description": 4000,
    "PurchaseDescription": 4000,
}
MAX_PRICE: Final = Decimal(10) ** 12
_DETAIL_TEXTS: Final = ("AccountCode", "COGSAccountCode", "TaxType")


def read_item(element: Json) -> Json:
    """Read the fields that were sent; those that were not are not there."""
    read: Json = {
        name: value.strip()
        for name in (*ITEM_TEXTS, "InventoryAssetAccountCode")
        if (value := sent.text(element, name)) is not None
    }
    for name in ("IsSold", "IsPurchased"):
        value = sent.flag(element, name)
        if value is not None:
            read[name] = value
    for name in ("SalesDetails", "PurchaseDetails"):
        details = sent.inner(element, name)
        if details is not None:
            read[name] = _details(details)
    return read


def item_problems(company: Company, item: Json) -> Iterator[str]:
    """What is wrong with the item, its code being unique among the rest."""
    code: str = item["Code"]
    if not code:
        yield "Price List Item Code must be specified"
    for name, limit in ITEM_TEXTS.items():
        if len(item.get(name) or "") > limit:
            yield f"The field {name} must not be longer than {limit} characters"
    namesakes = company.table("Items").find("code", code.lower()) if code else []
    if any(other["ItemID"] != item["ItemID"] for other in namesakes):
        yield f"Price List Item with Code '{code}' already exists"
    for name in ("SalesDetails", "PurchaseDetails"):
        yield from _detail_problems(company, item[name])
    yield from _tracking_problems(company, item)


def stock_problems(before: Json | None, item: Json) -> Iterator[str]:
    """What is on hand stays on the account that it stands on."""
    if before is None or not (before.get("QuantityOnHand") or before.get("TotalCostPool")):
        return
    name = "InventoryAssetAccountCode"
    if (item.get(name) or "").lower() != before[name].lower():
        yield f"The {name} of a tracked item that is on hand cannot be changed"


def is_tracked(item: Json) -> bool:
    return bool(item.get("InventoryAssetAccountCode"))


def _details(details: Json) -> Json:
    read: Json = {}
    price = sent.number(details, "UnitPrice")
    if price is not None:
        read["UnitPrice"] = places(min(max(price, -MAX_PRICE), MAX_PRICE), 4)
    for name in _DETAIL_TEXTS:
        value = sent.stripped(details, name)
        if value:
            read[name] = value
    return read


def _detail_problems(company: Company, details: Json) -> Iterator[str]:
    for name in ("AccountCode", "COGSAccountCode"):
        code: str = details.get(name, "")
        account = account_by_code(company, code) if code else None
        if code and account is None:
            yield f"Account code '{code}' is not a valid code for this document."
        elif account is not None and account["Status"] != "ACTIVE":
            yield (
                f"Account code '{code}' has been archived or has been deleted. "
                "Each line item must reference a valid account."
            )
    tax_type: str = details.get("TaxType", "")
    if tax_type and tax_rate(company, tax_type) is None:
        yield f"The TaxType code '{tax_type}' does not exist or cannot be used."
    if abs(details.get("UnitPrice", Decimal(0))) >= MAX_PRICE:
        yield "The UnitPrice is too large"


def _tracking_problems(company: Company, item: Json) -> Iterator[str]:
    """A tracked item needs an account of type INVENTORY and one for its cost of goods sold."""
    code: str = item.get("InventoryAssetAccountCode", "")
    if not code:
        if item["PurchaseDetails"].get("COGSAccountCode"):
            yield "The InventoryAssetAccountCode must be specified for tracked items"
        return
    account = account_by_code(company, code)
    if account is None or account["Type"] != "INVENTORY":
        yield "The InventoryAssetAccountCode must be an account of type INVENTORY"
    if not item["PurchaseDetails"].get("COGSAccountCode"):
        yield "The COGSAccountCode must be specified for tracked items"
