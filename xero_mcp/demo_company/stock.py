"""Tracked inventory: what is on hand of an item, what it cost, and the cost of what is sold.

A bill or spent money brings a tracked item in at what the line cost; a sale takes it out at the
average of what is on hand, as a cost of goods sold. The cost pool of the items is what they stand
at on their inventory account.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from xero_mcp.demo_company.chart import account_by_code
from xero_mcp.demo_company.currencies import to_base
from xero_mcp.demo_company.item_rules import is_tracked
from xero_mcp.demo_company.kernel import Company, ElementRefusedError, Json
from xero_mcp.demo_company.ledger import Entry
from xero_mcp.demo_company.rounding import ZERO, cents
from xero_mcp.demo_company.tracking import tracked


@dataclass(frozen=True, slots=True)
class _Way:
    """`sign` is +1 where the goods come in; what is `sold` moves at the average cost."""

    sign: int
    sold: bool


_WAYS: Final[Mapping[str, _Way]] = {
    "ACCPAY": _Way(1, sold=False),
    "SPEND": _Way(1, sold=False),
    "ACCPAYCREDIT": _Way(-1, sold=False),
    "ACCREC": _Way(-1, sold=True),
    "RECEIVE": _Way(-1, sold=True),
    "ACCRECCREDIT": _Way(1, sold=True),
}


def move_stock(company: Company, document_id: str, document: Json) -> list[Entry]:
    """Put the document's goods on hand or take them off; the entries are its cost of goods sold."""
    way = _WAYS.get(document["Type"])
    entries: list[Entry] = []
    moves: dict[str, tuple[Decimal, Decimal]] = {}
    if way is not None:
        for line in document["LineItems"]:
            item = _tracked_item(company, line)
            if item is None:
                continue
            quantity = way.sign * line["Quantity"]
            cost = _sold_cost(item, quantity) if way.sold else way.sign * _bought(document, line)
            _change(company, item, quantity, cost)
            held, pool = moves.get(item["ItemID"], (ZERO, ZERO))
            moves[item["ItemID"]] = held + quantity, pool + cost
            if way.sold:
                entries += _cost_of_goods(company, item, line, cost)
    _remember(company, document_id, moves)
    return entries


def unmove_stock(company: Company, document_id: str) -> None:
    """Take back what `move_stock` did for the document."""
    for item_id, (quantity, cost) in company.stock_moves.get(document_id, {}).items():
        item = company.table("Items").get(item_id)
        if item is not None:
            _change(company, item, -quantity, -cost)
    _remember(company, document_id, {})


def check_stock(company: Company, document: Json) -> None:
    """See that the lines of a document that was just written left no item below nothing.

    Raises:
        ElementRefusedError: more would be sold, or taken back, than there is.
    """
    short = {
        item["Code"]: None
        for line in document["LineItems"]
        if (item := _tracked_item(company, line)) is not None and item["QuantityOnHand"] < 0
    }
    if short:
        raise ElementRefusedError(
            *(f"There is not enough of the tracked item '{code}' on hand" for code in short)
        )


def _tracked_item(company: Company, line: Json) -> Json | None:
    item_id: str = line.get("Item", {}).get("ItemID", "")
    item = company.table("Items").get(item_id)
    return item if item is not None and is_tracked(item) else None


def _bought(document: Json, line: Json) -> Decimal:
    """What the line puts on the inventory account, in base currency."""
    net: Decimal = line["LineAmount"]
    if document["LineAmountTypes"] == "Inclusive":
        net -= line["TaxAmount"]
    return to_base(net, document.get("CurrencyRate") or Decimal(1))


def _sold_cost(item: Json, quantity: Decimal) -> Decimal:
    """The last of what is on hand takes all that is left of the pool."""
    held: Decimal = item["QuantityOnHand"]
    pool: Decimal = item["TotalCostPool"]
    if held == -quantity:
        return -pool
    if held > 0:
        return cents(pool * quantity / held)
    price: Decimal = item["PurchaseDetails"].get("UnitPrice", ZERO)
    return cents(price * quantity)


def _cost_of_goods(company: Company, item: Json, line: Json, cost: Decimal) -> Iterator[Entry]:
    for code, net in (
        (item["PurchaseDetails"]["COGSAccountCode"], -cost),
        (item["InventoryAssetAccountCode"], cost),
    ):
        account = account_by_code(company, code)
        if account is not None:
            yield Entry(
                account_id=account["AccountID"],
                net=net,
                description=line.get("Description", ""),
                tracking=tracked(line),
            )


def _change(company: Company, item: Json, quantity: Decimal, cost: Decimal) -> None:
    company.table("Items").put(
        {
            **item,
            "QuantityOnHand": item["QuantityOnHand"] + quantity,
            "TotalCostPool": item["TotalCostPool"] + cost,
        }
    )


def _remember(
    company: Company, document_id: str, moves: Mapping[str, tuple[Decimal, Decimal]]
) -> None:
    before = company.stock_moves.get(document_id, {})
    if before or moves:
        company.undo.record(lambda: company.stock_moves.__setitem__(document_id, before))
        company.stock_moves[document_id] = moves
