"""What the tools cost an agent, measured where it pays: what a real client is sent."""

import re
from pathlib import Path

import pytest

from docs.token_prices import (
    MAX_BOOKKEEPER_BYTES,
    MAX_CATALOGUE_BYTES,
    MAX_HUNDRED_INVOICES_BYTES,
    MAX_TOOL_BYTES,
    size_of,
)
from tests.tools.reading import GLOBAL, NZ
from tests.wire.house import House
from tests.wire.session import Session, session
from xero_mcp.tool.access import Area
from xero_mcp.tools.catalog import CATALOG

PAGE = Path(__file__).parents[2] / "docs" / "tools.md"
ROW = re.compile(r"^\| `([a-z-]+)` \| (\d+) \| ", re.MULTILINE)


def policy_of_everything(*organisations: str) -> str:
    areas = "".join(f"  {area}: full\n" for area in Area)
    return (
        "agent: clerk\npurpose: Sees every tool.\nowner: finance@example.com\n"
        f"organisations: [{', '.join(organisations)}]\naccess:\n{areas}"
    )


def sizes(agent: Session) -> dict[str, int]:
    """Bytes of each tool, as it came over the wire."""
    return {
        name: size_of(tool.model_dump(mode="json", by_alias=True, exclude_none=True))
        for name, tool in agent.tools.items()
    }


def together(sizes: dict[str, int]) -> int:
    return sum(sizes.values()) + len(sizes) - 1 + len("[]")


@pytest.fixture
def wide(house: House) -> House:
    """A house whose agent may do everything, in two organisations."""
    house.write_policy(policy_of_everything(GLOBAL, NZ))
    return house


async def test_the_whole_catalogue_stays_within_its_price_and_the_page_tells_it(wide: House):
    async with session(wide, "clerk") as agent:
        paid = sizes(agent)
    assert set(paid) == {tool.card.listed_name for tool in CATALOG}
    assert together(paid) <= MAX_CATALOGUE_BYTES
    assert max(paid.values()) <= MAX_TOOL_BYTES, max(paid, key=lambda name: paid[name])
    page = PAGE.read_text(encoding="utf-8")
    assert {name: int(size) for name, size in ROW.findall(page)} == paid
    assert f"all {len(paid)} listed, for an agent of several organisations |" in page
    assert f"several organisations | {together(paid):,} |" in page


async def test_a_bookkeepers_list_stays_within_its_price_and_the_page_tells_it(house: House):
    async with session(house, "bookkeeper") as agent:
        paid = sizes(agent)
    assert together(paid) <= MAX_BOOKKEEPER_BYTES
    page = PAGE.read_text(encoding="utf-8")
    assert f"| the {len(paid)} tools that `policies/bookkeeper.yaml` shows |" in page
    assert f"shows | {together(paid):,} |" in page


async def test_a_hundred_invoices_are_listed_within_their_price(wide: House):
    async with session(wide, "clerk") as agent:
        listed = await agent.good("list-invoices", {"organisation": GLOBAL, "page_size": 100})
    assert len(listed["rows"]) == 100
    assert size_of(listed) <= MAX_HUNDRED_INVOICES_BYTES


async def test_an_agent_of_one_organisation_is_not_asked_which(house: House):
    house.write_policy(policy_of_everything(GLOBAL))
    async with session(house, "clerk") as agent:
        price = together(sizes(agent))
        assert f"one organisation | {price:,} |" in PAGE.read_text(encoding="utf-8")
        for name, tool in agent.tools.items():
            assert "organisation" not in tool.input_schema["properties"], name
        assert "consolidate-reports" not in agent.tools  # it takes two
        named = await agent.good("list-accounts", {"organisation": GLOBAL})
        assert named == await agent.good("list-accounts")
