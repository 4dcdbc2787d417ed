"""A house whose policy gives all that documents take, and short ways to look into the books."""

from typing import Any

from tests.gate.world import World

FULL_POLICY = """\
agent: clerk
purpose: Does what a test asks.
owner: finance@example.com
organisations: [Demo Company (Global)]
access:
  organisation: read
  accounts: read
  contacts: full
  invoices: full
  bills: full
  credit-notes: full
  payments: full
  items: full
  quotes: full
  purchase-orders: full
  repeating-invoices: full
  linked-transactions: full
"""
Fields = dict[str, Any]


def line(amount: str = "100.00", **more: object) -> Fields:
    """A line without tax."""
    return {
        "description": "Bolts",
        "quantity": "1",
        "unit_amount": amount,
        "account_code": "400",
        "tax_type": "NONE",
        **more,
    }


def sale(amount: str = "100.00", **more: object) -> Fields:
    return line(amount, **{"account_code": "200", **more})


def stored(house: World, table: str, key: str) -> Fields:
    """A record as the demo company keeps it."""
    found = house.books.table(table).get(key)
    assert found is not None, (table, key)
    return found


def customer(house: World) -> str:
    return house.supplier()


async def draft(house: World, kind: str = "bill", **more: object) -> Fields:
    """A draft invoice or bill of one line, as create-invoice answers."""
    lines = more.pop("lines", [line() if kind == "bill" else sale()])
    sent = {"type": kind, "contact_id": house.supplier(), "lines": lines, **more}
    return await house.good("create-invoice", sent)
