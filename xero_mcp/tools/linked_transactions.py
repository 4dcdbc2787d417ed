"""Expenses that are charged on to a customer: a line of a bill, and where it goes."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import WriteAnswer
from xero_mcp.tool.args import Write, XeroId
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import DELETE, GET, POST, PUT, tool
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.table import Column
from xero_mcp.tool.trace import Traced
from xero_mcp.tools.bare_pages import BareListing, bare_list
from xero_mcp.tools.paging import SummedList, names_of
from xero_mcp.xero.models.linked_transaction import (
    LinkedTransaction,
    LinkedTransactions,
    LinkedTransactionsWrite,
    LinkedTransactionWrite,
)
from xero_mcp.xero.scoped import Param, ScopedXero

ALL = "/LinkedTransactions"
ONE = "/LinkedTransactions/{LinkedTransactionID}"
COLUMNS = (
    Column[LinkedTransaction](
        name="linked_transaction_id", read=lambda one: one.linked_transaction_id
    ),
    Column[LinkedTransaction](name="status", read=lambda one: one.status.lower()),
    Column[LinkedTransaction](name="source_id", read=lambda one: one.source_transaction_id),
    Column[LinkedTransaction](name="source_line_id", read=lambda one: one.source_line_item_id),
    Column[LinkedTransaction](name="contact_id", read=lambda one: one.contact_id),
    Column[LinkedTransaction](name="target_id", read=lambda one: one.target_transaction_id),
    Column[LinkedTransaction](
        name="target_line_id", read=lambda one: one.target_line_item_id, usual=False
    ),
    Column[LinkedTransaction](
        name="source_type", read=lambda one: one.source_transaction_type_code, usual=False
    ),
)


class ListLinkedTransactions(BareListing):
    """Arguments of list-linked-transactions."""

    COLUMN_NAMES = names_of(COLUMNS)

    linked_transaction_id: XeroId | None = Field(default=None, description="Only this one.")
    source_id: XeroId | None = Field(default=None, description="Of this bill.")
    target_id: XeroId | None = Field(default=None, description="On this invoice.")
    contact_id: XeroId | None = Field(default=None, description="For this customer.")
    status: Literal["draft", "approved", "ondraft", "billed", "voided"] | None = Field(
        default=None, description="Only with contact_id."
    )

    @model_validator(mode="after")
    def _status_of_a_contact(self) -> "ListLinkedTransactions":
        if self.status is not None and self.contact_id is None:
            raise ValueError("status goes with contact_id only")
        return self


@tool(
    area=Area.LINKED_TRANSACTIONS,
    access=Access.READ,
    reaches=(GET(ALL), GET(ONE)),
    says="list linked transactions{ with status: status} (page {page})",
)
async def list_linked_transactions(args: ListLinkedTransactions, xero: ScopedXero) -> SummedList:
    """List expenses that are charged on to customers: source bill line, target invoice."""
    asked: dict[str, Param] = {
        "SourceTransactionID": args.source_id,
        "TargetTransactionID": args.target_id,
        "ContactID": args.contact_id,
        "Status": args.status.upper() if args.status else None,
    }

    async def fetch(page: int) -> Sequence[LinkedTransaction]:
        if args.linked_transaction_id is not None:
            ids = {"LinkedTransactionID": args.linked_transaction_id}
            return (await xero.get(ONE, LinkedTransactions, ids=ids)).linked_transactions
        found = await xero.get(ALL, LinkedTransactions, params={**asked, "page": page})
        return found.linked_transactions

    shown = args.columns(COLUMNS, whole=args.linked_transaction_id is not None)
    return await bare_list(args, shown, fetch, xero)


class SaveLinkedTransaction(Write):
    """Arguments of save-linked-transaction."""

    action: Literal["create", "update", "delete"] = Field(description="What to do.")
    linked_transaction_id: XeroId | None = Field(default=None, description="For update and delete.")
    source_id: XeroId | None = Field(default=None, description="create: the bill.")
    source_line_id: XeroId | None = Field(default=None, description="create: its line_item_id.")
    contact_id: XeroId | None = Field(default=None, description="The customer.")
    target_id: XeroId | None = Field(default=None, description="That customer's invoice.")
    target_line_id: XeroId | None = Field(default=None, description="Its line_item_id.")

    @model_validator(mode="after")
    def _what_each_needs(self) -> "SaveLinkedTransaction":
        if (self.action == "create") == (self.linked_transaction_id is not None):
            raise ValueError("update and delete need linked_transaction_id, create has none")
        sources = {self.source_id, self.source_line_id}
        if self.action == "create" and None in sources:
            raise ValueError("create needs source_id and source_line_id")
        if self.action != "create" and sources != {None}:
            raise ValueError("the source cannot change: delete it and make a new one")
        return self


async def _facts(args: SaveLinkedTransaction, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    del xero, wanted
    return Facts(object_type="linked transaction", contact_id=args.contact_id)


@tool(
    area=Area.LINKED_TRANSACTIONS,
    access=Access.DRAFT,
    access_by=Varies(
        argument="action",
        values={
            "create": Access.DRAFT.value,
            "update": Access.DRAFT.value,
            "delete": Access.FULL.value,
        },
    ),
    reaches=(PUT(ALL), POST(ONE), DELETE(ONE)),
    says="{action} a linked transaction{ of the bill: source_id}",
    facts=_facts,
    trace=Traced(
        path=ALL,
        key="LinkedTransactionID",
        id_argument="linked_transaction_id",
        marks={
            "source_id": "SourceTransactionID",
            "source_line_id": "SourceLineItemID",
            "contact_id": "ContactID",
            "target_id": "TargetTransactionID",
            "target_line_id": "TargetLineItemID",
        },
        proofs=(("source_id", "source_line_id"),),
        end_by="action",
        ends={"delete": ("DELETED", "VOIDED")},
        apart=frozenset({"action"}),
    ),
)
async def save_linked_transaction(args: SaveLinkedTransaction, xero: ScopedXero) -> WriteAnswer:
    """Mark a bill's line to be charged on to a customer, say where it goes, or unmark it."""
    body = LinkedTransactionsWrite(
        linked_transactions=(
            LinkedTransactionWrite(
                source_transaction_id=args.source_id,
                source_line_item_id=args.source_line_id,
                contact_id=args.contact_id,
                target_transaction_id=args.target_id,
                target_line_item_id=args.target_line_id,
            ),
        )
    )
    stored_id = args.linked_transaction_id
    if stored_id is None:
        found = await xero.put(ALL, LinkedTransactions, body)
        return _answer(found.linked_transactions[0], "made", xero)
    ids = {"LinkedTransactionID": stored_id}
    if args.action == "update":
        found = await xero.post(ONE, LinkedTransactions, body, ids=ids)
        return _answer(found.linked_transactions[0], "changed", xero)
    await xero.delete(ONE, LinkedTransactions, ids=ids)
    return WriteAnswer(
        id=stored_id,
        status="deleted",
        changed="The linked transaction was deleted.",
        undo="Make it again with action create.",
        organisation=xero.organisation.name,
    )


def _answer(link: LinkedTransaction, what: str, xero: ScopedXero) -> WriteAnswer:
    return WriteAnswer(
        id=link.linked_transaction_id,
        status=link.status.lower() or None,
        changed=f"A linked transaction was {what}.",
        undo="Delete it with action delete." if what == "made" else "Change it back.",
        organisation=xero.organisation.name,
    )
