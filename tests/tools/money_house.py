"""A house whose policy gives every area in full, and short ways to look into the books."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.gate.world import World, world
from xero_mcp.tool.access import Area

READ_ONLY = {Area.REPORTS, Area.JOURNALS, Area.BUDGETS}
HEAD = """\
agent: clerk
purpose: Does what a test asks.
owner: finance@example.com
"""
OPEN_AREAS = "access:\n" + "".join(
    f"  {area}: {'read' if area in READ_ONLY else 'full'}\n" for area in Area
)
BANK, SAVINGS, COSTS, SALES = "090", "091", "400", "200"
Fields = dict[str, Any]


@asynccontextmanager
async def open_house(
    folder: Path, *, organisation: str = "Demo Company (Global)", more: str = ""
) -> AsyncGenerator[World]:
    """Everything is allowed; `more` adds rules to the policy."""
    policy = f"{HEAD}organisations: [{organisation}]\n{OPEN_AREAS}{more}"
    async with world(folder, policy=policy) as opened:
        yield opened


def rows_of(answer: Fields) -> list[Fields]:
    """A list's rows, each by the names of its columns."""
    return [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]


def stored(house: World, table: str, key: str) -> Fields:
    """A record as the demo company keeps it."""
    found = house.books.table(table).get(key)
    assert found is not None, (table, key)
    return found


def account_id(house: World, code: str) -> str:
    return next(
        one["AccountID"] for one in house.books.table("Accounts") if one.get("Code") == code
    )


def open_bills(house: World) -> list[Fields]:
    """Approved bills in base currency of which more than 50 is due."""
    return [
        one
        for one in house.books.table("Invoices")
        if (one["Type"], one["Status"]) == ("ACCPAY", "AUTHORISED")
        and one["AmountDue"] > 50
        and one["CurrencyCode"] == house.books.base_currency
    ]


def requests_of(house: World) -> int:
    """How many requests reached the demo company."""
    return sum(house.demo.premises.stats.requests.values())
