"""Items of the price list."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import ListAnswer
from xero_mcp.tool.args import Args, Write, XeroId
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import DELETE, GET, POST, PUT, tool
from xero_mcp.tool.facts import TARGET, Facts
from xero_mcp.tool.listed import ListedAs
from xero_mcp.tool.table import Column, TextColumn, chosen
from xero_mcp.tool.trace import Traced
from xero_mcp.tools.bulk import (
    MAX_DOCUMENTS,
    AllOrNothing,
    Saved,
    SavedAnswer,
    saved_answer,
    write_params,
)
from xero_mcp.tools.ledger_facts import version_of
from xero_mcp.tools.lines import AccountCode, Description, ItemCode, Number, TaxType
from xero_mcp.tools.links import page_link, short_code
from xero_mcp.tools.paging import Listing, list_answer
from xero_mcp.tools.prechecks import Check, OfAccount, precheck
from xero_mcp.xero.models.item import (
    Item,
    ItemGone,
    ItemPrice,
    ItemPriceWrite,
    Items,
    ItemsWrite,
    ItemWrite,
)
from xero_mcp.xero.scoped import ScopedXero

ONE = "/Items/{ItemID}"


def _sold(item: Item) -> ItemPrice:
    return item.sales_details or ItemPrice()


def _bought(item: Item) -> ItemPrice:
    return item.purchase_details or ItemPrice()


COLUMNS = (
    Column[Item](name="item_id", read=lambda one: one.item_id),
    TextColumn[Item](name="code", read=lambda one: one.code),
    TextColumn[Item](name="name", read=lambda one: one.name),
    Column[Item](name="sales_price", read=lambda one: _sold(one).unit_price),
    Column[Item](name="purchase_price", read=lambda one: _bought(one).unit_price),
    Column[Item](name="on_hand", read=lambda one: one.quantity_on_hand),
    TextColumn[Item](name="description", read=lambda one: one.description, usual=False),
    TextColumn[Item](
        name="purchase_description", read=lambda one: one.purchase_description, usual=False
    ),
    Column[Item](name="sales_account", read=lambda one: _sold(one).account_code, usual=False),
    Column[Item](name="sales_tax", read=lambda one: _sold(one).tax_type, usual=False),
    Column[Item](name="purchase_account", read=lambda one: _bought(one).account_code, usual=False),
    Column[Item](name="purchase_tax", read=lambda one: _bought(one).tax_type, usual=False),
    Column[Item](name="tracked", read=lambda one: one.is_tracked_as_inventory, usual=False),
)


class ListItems(Listing):
    """Arguments of list-items."""

    item_id: XeroId | None = Field(default=None, description="This one, whole.")
    search: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = Field(
        default=None, description="Text in code or name."
    )


@tool(
    area=Area.ITEMS,
    access=Access.READ,
    reaches=(GET("/Items"), GET(ONE)),
    listed_as=ListedAs(
        name="list-settings",
        kinds={"items": {}},
        names={"id": "item_id"},
    ),
    says="list items{ matching: search}",
)
async def list_items(args: ListItems, xero: ScopedXero) -> ListAnswer:
    """List the items of the price list. detail full adds accounts, taxes and descriptions."""
    if args.item_id is not None:
        found = await xero.get(ONE, Items, ids={"ItemID": args.item_id}, params={"unitdp": 4})
        return list_answer(found.items, COLUMNS, organisation=xero.organisation.name)
    found = await xero.get("/Items", Items, params={"unitdp": 4})
    text = (args.search or "").casefold()
    wanted = [one for one in found.items if text in f"{one.code} {one.name or ''}".casefold()]
    shown = chosen(COLUMNS, fields=None, full=args.detail == "full")
    return list_answer(wanted, shown, organisation=xero.organisation.name)


class ItemEntry(Args):
    """One item."""

    item_id: XeroId | None = Field(default=None, description="If stored.")
    code: ItemCode | None = Field(default=None, description="Needed for a new one; unique.")
    name: Annotated[str, StringConstraints(min_length=1, max_length=50)] | None = Field(
        default=None, description="Name."
    )
    description: Description | None = Field(default=None, description="On sales.")
    purchase_description: Description | None = Field(default=None, description="On purchases.")
    sales_price: Number | None = Field(default=None, description="Of one.")
    sales_account: AccountCode | None = Field(default=None, description="Code.")
    sales_tax: TaxType | None = Field(default=None, description="Tax type.")
    purchase_price: Number | None = Field(default=None, description="Of one.")
    purchase_account: AccountCode | None = Field(default=None, description="Code.")
    purchase_tax: TaxType | None = Field(default=None, description="Tax type.")


class SaveItems(Write):
    """Arguments of save-items."""

    action: Literal["save", "delete"] = Field(default="save", description="What to do.")
    all_or_nothing: AllOrNothing = False
    items: list[ItemEntry] = Field(
        min_length=1, max_length=MAX_DOCUMENTS, description="All new or all stored."
    )

    @model_validator(mode="after")
    def _new_or_stored(self) -> "SaveItems":
        ids = [one.item_id for one in self.items if one.item_id is not None]
        if ids and len(ids) < len(self.items):
            raise ValueError("holds new and stored ones; send them in two calls")
        if len(set(ids)) < len(ids):
            raise ValueError("names one of them twice")
        if not ids and any(one.code is None for one in self.items):
            raise ValueError("a new item needs a code")
        if self.action == "delete" and (len(self.items) > 1 or not ids):
            raise ValueError("deletes one stored item a call; give its item_id")
        return self


async def _facts(args: SaveItems, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    accounts = {code for one in args.items for code in (one.sales_account, one.purchase_account)}
    stored = await _stored(args, xero) if TARGET in wanted else []
    versions = [version_of(one.item_id, one.updated_date_utc) for one in stored]
    return Facts(
        object_type="item" if len(args.items) == 1 else f"{len(args.items)} items",
        object_number=args.items[0].code if len(args.items) == 1 else None,
        items=frozenset(one.code for one in args.items if one.code) or None,
        account_codes=frozenset(code for code in accounts if code) or None,
        version=" ".join(version for version in versions if version) or None,
        stands_now=tuple(_stands(one) for one in stored),
    )


async def _stored(args: SaveItems, xero: ScopedXero) -> list[Item]:
    """Those that would be changed or deleted, as Xero holds them."""
    found: list[Item] = []
    for one in args.items:
        if one.item_id is not None:
            page = await xero.get(ONE, Items, ids={"ItemID": one.item_id})
            found.extend(page.items[:1])
    return found


def _stands(item: Item) -> str:
    sales, bought = (
        "none" if prices is None or prices.unit_price is None else str(prices.unit_price)
        for prices in (item.sales_details, item.purchase_details)
    )
    return f"{item.code}, {item.name or 'without a name'}, sales price {sales}, purchase {bought}"


ITEM_MARKS = {
    "code": "Code",
    "name": "Name",
    "description": "Description",
    "purchase_description": "PurchaseDescription",
    "sales_price": "SalesDetails.UnitPrice",
    "sales_account": "SalesDetails.AccountCode",
    "sales_tax": "SalesDetails.TaxType",
    "purchase_price": "PurchaseDetails.UnitPrice",
    "purchase_account": "PurchaseDetails.AccountCode|PurchaseDetails.COGSAccountCode",
    "purchase_tax": "PurchaseDetails.TaxType",
}
"""By what an item is known in Xero."""


async def _check(args: SaveItems, xero: ScopedXero) -> None:
    """Of several that each stand for themselves, Xero judges."""
    if len(args.items) == 1 or args.all_or_nothing:
        await precheck(xero, _checks(args))


def _checks(args: SaveItems) -> Iterator[Check]:
    for place, one in enumerate(args.items):
        here = f"items.{place}"
        yield OfAccount(
            path=f"{here}.sales_account",
            code=one.sales_account,
            tax_type=one.sales_tax,
            tax_path=f"{here}.sales_tax",
        )
        yield OfAccount(
            path=f"{here}.purchase_account",
            code=one.purchase_account,
            tax_type=one.purchase_tax,
            tax_path=f"{here}.purchase_tax",
        )


@tool(
    area=Area.ITEMS,
    access=Access.DRAFT,
    access_by=Varies(
        argument="action",
        values={"save": Access.DRAFT.value, "delete": Access.FULL.value},
        default="save",
    ),
    reaches=(PUT("/Items"), POST("/Items"), POST(ONE), DELETE(ONE)),
    asks=(GET(ONE),),
    aliases=(
        "create-item",
        "update-item",
    ),
    says="{action} items",
    facts=_facts,
    checks=_check,
    trace=Traced(
        path="/Items",
        key="ItemID",
        id_argument="item_id",
        each="items",
        marks=ITEM_MARKS,
        proofs=(("code",),),
        end_by="action",
        ends={"delete": ()},
        apart=frozenset({"action"}),
        shown="Code",
    ),
)
async def save_items(args: SaveItems, xero: ScopedXero) -> SavedAnswer:
    """Create or change up to 50 items, or delete one. Only what is sent changes."""
    item_id = args.items[0].item_id
    if args.action == "delete" and item_id is not None:
        await xero.delete(ONE, ItemGone, ids={"ItemID": item_id})
        return SavedAnswer(
            id=item_id,
            status="deleted",
            changed="Item deleted.",
            organisation=xero.organisation.name,
        )
    body = ItemsWrite(items=tuple(_written(one) for one in args.items))
    params = write_params(len(args.items), all_or_nothing=args.all_or_nothing)
    if item_id is None:
        found = await xero.put("/Items", Items, body, params=params)
    elif len(args.items) == 1:
        found = await xero.post(ONE, Items, body, ids={"ItemID": item_id}, params=params)
    else:
        found = await xero.post("/Items", Items, body, params=params)
    link_code = await short_code(xero)
    return saved_answer(
        _saved(found.items, link_code),
        done="item created" if item_id is None else "item changed",
        undo="save-items with action delete." if item_id is None else "Change it back.",
        organisation=xero.organisation.name,
    )


def _written(entry: ItemEntry) -> ItemWrite:
    return ItemWrite(
        item_id=entry.item_id,
        code=entry.code,
        name=entry.name,
        description=entry.description,
        purchase_description=entry.purchase_description,
        sales_details=_price(
            ItemPriceWrite(
                unit_price=entry.sales_price,
                account_code=entry.sales_account,
                tax_type=entry.sales_tax,
            )
        ),
        purchase_details=_price(
            ItemPriceWrite(
                unit_price=entry.purchase_price,
                account_code=entry.purchase_account,
                tax_type=entry.purchase_tax,
            )
        ),
    )


def _price(price: ItemPriceWrite) -> ItemPriceWrite | None:
    return price if price != ItemPriceWrite() else None


def _saved(items: Sequence[Item], link_code: str | None) -> list[Saved]:
    return [
        Saved(
            id=one.item_id,
            number=one.code,
            errors=_errors(one),
            link=page_link("item", one.item_id, link_code),
        )
        for one in items
    ]


def _errors(item: Item) -> tuple[str, ...]:
    found = tuple(one.message for one in item.validation_errors)
    refused = item.status_attribute_string == "ERROR"
    return found or (("refused without a message",) if refused else ())
