"""`after_reading: untrusted_text`: once others' text was shown, writes of that conversation ask."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from tests.gate.world import World, bill, world
from xero_mcp.agents import Caller, launched_agent
from xero_mcp.gate import GateAnswer

AFTER = """
rules:
  - name: a person looks after reading
    for: [create-invoice]
    after_reading: untrusted_text
"""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as opened:
        opened.rule(AFTER)
        yield opened


async def in_conversation(
    house: World, name: str, tool: str, arguments: Mapping[str, object] | None = None
) -> GateAnswer:
    caller = Caller(agent=launched_agent("clerk"), transport="test", conversation=name)
    return await house.gate.call(caller, tool, arguments or {})


async def test_before_reading_a_write_passes_and_after_it_a_person_is_asked(house: World):
    first = await in_conversation(house, "one", "create-invoice", bill(house.supplier(), "1.00"))
    assert not first.is_error
    assert first.content["text_by_others"]  # the contact's name: from here on it counts
    second = await in_conversation(house, "one", "create-invoice", bill(house.supplier(), "2.00"))
    assert second.error_code == "APPROVAL_REQUIRED"
    assert "has read text that others wrote" in second.content["error"]["message"]


async def test_another_conversation_of_the_agent_is_not_touched(house: World):
    await in_conversation(house, "one", "list-contacts")
    other = await in_conversation(house, "two", "create-invoice", bill(house.supplier()))
    assert not other.is_error
    own = await in_conversation(house, "one", "create-invoice", bill(house.supplier(), "2.00"))
    assert own.error_code == "APPROVAL_REQUIRED"


async def test_an_answer_without_such_text_counts_as_nothing_read(house: World):
    await in_conversation(house, "one", "what-can-i-do")
    await in_conversation(house, "one", "list-invoices", {"number": "none of that number"})
    made = await in_conversation(house, "one", "create-invoice", bill(house.supplier()))
    assert not made.is_error


async def test_without_a_conversation_the_last_hour_of_the_agent_counts(house: World):
    await in_conversation(house, "one", "list-contacts")
    sent = bill(house.supplier())
    assert (await house.call("create-invoice", sent)).error_code == "APPROVAL_REQUIRED"
    house.clock.advance(timedelta(hours=1).total_seconds() + 1)
    assert not (await house.call("create-invoice", bill(house.supplier(), "3.00"))).is_error


async def test_an_error_that_quotes_xero_counts_as_reading(house: World):
    house.write_policy(
        "agent: clerk\nowner: a@example.com\norganisations: [Demo Company (Global)]\n"
        f"access: {{ invoices: full, bills: draft }}{AFTER}"
    )
    drafts = [one for one in house.books.table("Invoices") if one["Status"] == "DRAFT"]
    sold = next(one["InvoiceID"] for one in drafts if one["Type"] == "ACCREC")
    said = await in_conversation(house, "one", "email-invoice", {"invoice_id": sold})
    assert said.content["text_by_others"] == ["details"]
    made = await in_conversation(house, "one", "create-invoice", bill(house.supplier()))
    assert made.error_code == "APPROVAL_REQUIRED"


async def test_a_repeat_of_an_answer_counts_as_reading(house: World):
    sent = bill(house.supplier(), "5.00", request_id="r-1")
    await in_conversation(house, "one", "create-invoice", sent)
    again = await in_conversation(house, "two", "create-invoice", sent)
    assert again.content["repeated"] is True
    made = await in_conversation(house, "two", "create-invoice", bill(house.supplier(), "6.00"))
    assert made.error_code == "APPROVAL_REQUIRED"


async def test_it_narrows_a_denial_and_what_is_read_stays_free(house: World):
    house.rule(
        """
rules:
  - name: nothing big after reading
    after_reading: untrusted_text
    deny_when: { total_over: "10.00 USD" }
"""
    )
    for amount in ("11.00", "12.00"):
        assert not (await in_conversation(house, "one", "list-contacts")).is_error
        fresh = await in_conversation(
            house, amount, "create-invoice", bill(house.supplier(), amount)
        )
        assert not fresh.is_error
    small = await in_conversation(house, "one", "create-invoice", bill(house.supplier(), "9.00"))
    assert not small.is_error
    big = await in_conversation(house, "one", "create-invoice", bill(house.supplier(), "13.00"))
    assert big.error_code == "NOT_ALLOWED"


async def test_another_process_knows_of_what_the_conversation_read(house: World, tmp_path: Path):
    await in_conversation(house, "one", "list-contacts")
    async with world(tmp_path, clock=house.clock, races=True) as other:
        made = await in_conversation(other, "one", "create-invoice", bill(other.supplier()))
        assert made.error_code == "APPROVAL_REQUIRED"
