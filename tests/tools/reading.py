"""An agent that may read everything, in every organisation of the demo company."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.gate.world import World, world
from xero_mcp.demo_company.kernel import Company
from xero_mcp.tool.access import Area

GLOBAL, NZ, UK = "Demo Company (Global)", "Demo Company (NZ)", "Demo Company (UK)"
HEAD = "agent: clerk\npurpose: Reads.\nowner: finance@example.com\n"


def reading_policy(*organisations: str, without: str = "") -> str:
    """Everything at `read`, less one area."""
    areas = "".join(f"  {area}: read\n" for area in Area if area != without)
    return f"{HEAD}organisations: [{', '.join(organisations or (GLOBAL,))}]\naccess:\n{areas}"


@asynccontextmanager
async def reader(folder: Path, *organisations: str, without: str = "") -> AsyncGenerator[World]:
    policy = reading_policy(*organisations, without=without)
    async with world(folder, policy=policy) as opened:
        yield opened


def company(house: World, name: str) -> Company:
    return next(one for one in house.demo.premises.companies.values() if one.name == name)


def account(books: Company, code: str) -> dict[str, Any]:
    return next(one for one in books.table("Accounts") if one.get("Code") == code)


def column(answer: dict[str, Any], name: str) -> list[Any]:
    place = answer["columns"].index(name)
    return [row[place] for row in answer["rows"]]


def decimals(values: list[Any]) -> list[Decimal]:
    return [Decimal(value or 0) for value in values]
