"""A house that notes which of Xero's operations each tool really asked for."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.gate.world import GLOBAL, World
from tests.tools.by_others import must_be_marked, write_over
from tests.tools.money_house import Fields, open_house
from xero_mcp.tools.catalog import CATALOG

SECONDS_BETWEEN = 5
"""More than Xero's limit of a minute asks for, with several requests for a call."""
FRESH_SECONDS = 901
"""After this, what the server keeps of an organisation is asked for anew."""

LISTS: list[tuple[str, str, str, str]] = [
    ("list-bank-transactions", "BankTransactions", "BankTransactionID", "bank_transaction_id"),
    ("list-bank-transfers", "BankTransfers", "BankTransferID", "bank_transfer_id"),
    ("list-budgets", "Budgets", "BudgetID", "budget_id"),
    ("list-contact-groups", "ContactGroups", "ContactGroupID", "group_id"),
    ("list-credit-notes", "CreditNotes", "CreditNoteID", "credit_note_id"),
    ("list-items", "Items", "ItemID", "item_id"),
    ("list-manual-journals", "ManualJournals", "ManualJournalID", "manual_journal_id"),
    ("list-payments", "Payments", "PaymentID", "payment_id"),
    ("list-payments", "BatchPayments", "BatchPaymentID", "batch_payment_id"),
    ("list-purchase-orders", "PurchaseOrders", "PurchaseOrderID", "purchase_order_id"),
    ("list-purchase-orders", "PurchaseOrders", "PurchaseOrderNumber", "number"),
    ("list-quotes", "Quotes", "QuoteID", "quote_id"),
    ("list-repeating-invoices", "RepeatingInvoices", "RepeatingInvoiceID", "repeating_invoice_id"),
    ("list-linked-transactions", "LinkedTransactions", "LinkedTransactionID", ""),
]
"""Tool, and the table, key and argument of one thing that it lists."""


@dataclass
class Reaching:
    """Calls tools at Xero's pace, and keeps what reached the demo company because of each."""

    house: World
    sent: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    async def do(self, tool: str, arguments: Fields | None = None) -> Fields:
        return await self._noted(tool, arguments, code="")

    async def refused(self, tool: str, arguments: Fields, code: str) -> None:
        """A request that the demo company says no to has reached it all the same."""
        await self._noted(tool, arguments, code=code)

    async def _noted(self, tool: str, arguments: Fields | None, *, code: str) -> Fields:
        self.house.clock.advance(SECONDS_BETWEEN)
        seen = self.house.demo.premises.stats.requests
        before = dict(seen)
        answer = await self.house.call(tool, arguments)
        assert (answer.error_code or "") == code, (tool, answer.content)
        must_be_marked(answer.content)
        routes = {route for route, count in seen.items() if count > before.get(route, 0)}
        self.sent.setdefault(tool, set()).update(routes)
        return dict(answer.content)

    def ids(self, table: str, key: str, **wanted: object) -> list[str]:
        """The ids of records in the books that have these fields."""
        return [
            one[key]
            for one in self.house.books.table(table)
            if all(one.get(name) == value for name, value in wanted.items())
        ]

    def grow_old(self) -> None:
        self.house.clock.advance(FRESH_SECONDS)

    def missing(self, *tools: str) -> dict[str, list[str]]:
        """What these tools declare and have not asked for."""
        declared = {tool.name: tool.card.reaches for tool in CATALOG if tool.name in tools}
        assert set(declared) == set(tools)
        missing = {
            name: [str(one) for one in reaches if str(one) not in self.sent.get(name, set())]
            for name, reaches in declared.items()
        }
        return {name: found for name, found in missing.items() if found}


@asynccontextmanager
async def reaching(folder: Path, organisation: str = GLOBAL) -> AsyncGenerator[Reaching]:
    async with open_house(folder, organisation=organisation) as house:
        for company in house.demo.premises.companies.values():
            write_over(company)
        yield Reaching(house)
