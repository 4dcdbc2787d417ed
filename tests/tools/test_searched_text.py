"""Text that Xero cannot be searched for is the caller's to mend, or is done without."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.gate.world import World, bill, code_of, world
from tests.tools.full_house import FULL_POLICY

UNSEARCHABLE = ("INK\x1b[31m-1", "a\nb", "\x00", "\x9f")
GROWS_IN_CAPITALS = "\ufb03" * 255


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, policy=FULL_POLICY) as opened:
        yield opened


@pytest.mark.parametrize(
    ("tool", "name"),
    [
        ("list-invoices", "number"),
        ("list-invoices", "contact"),
        ("list-credit-notes", "contact"),
        ("list-credit-notes", "reference"),
        ("list-payments", "reference"),
    ],
)
async def test_an_argument_that_is_searched_for_is_named(house: World, tool: str, name: str):
    for text in UNSEARCHABLE:
        answer = await house.call(tool, {name: text})
        assert code_of(answer) == "INVALID_ARGUMENTS", (text, answer.content)
        [detail] = answer.content["error"]["details"]
        assert "control characters" in detail["message"]


@pytest.mark.parametrize("number", [*UNSEARCHABLE, GROWS_IN_CAPITALS])
async def test_a_bill_whose_number_cannot_be_searched_is_compared_by_its_day(
    house: World, number: str
):
    sent = bill(house.supplier(), number=number)
    await house.good("create-invoice", sent)
    answer = await house.call("create-invoice", {**sent, "request_id": "again"})
    assert code_of(answer) == "DUPLICATE"


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_a_bill_at_the_end_of_the_calendar_is_compared_like_any(house: World, day: str):
    sent: dict[str, Any] = {**bill(house.supplier(), number="E-1"), "date": day, "due_date": day}
    first = await house.call("create-invoice", sent)
    assert code_of(first) in {"ok", "XERO_REJECTED"}, first.content
