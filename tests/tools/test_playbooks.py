"""Playbooks name tools that there are, carry the shared rules, and suit the agent."""

import re
from pathlib import Path
from typing import get_args

import pytest

from tests.gate.world import code_of
from tests.tools.reading import GLOBAL, reader
from xero_mcp.tool.access import Area
from xero_mcp.tools.catalog import CATALOG
from xero_mcp.tools.playbook_texts import PLAYBOOKS, RULES, Task, offered, playbook_text

NAMES = {tool.card.listed_name for tool in CATALOG}


@pytest.mark.parametrize("task", get_args(Task))
def test_a_playbook_names_tools_that_exist_and_the_rules(task: Task):
    book = PLAYBOOKS[task]
    assert set(book.uses) <= NAMES
    text = playbook_text(task, organisation="Acme", about="March 2026")
    assert "Acme" in text
    assert "March 2026" in text
    assert text.endswith(RULES)
    steps = " ".join(book.steps)
    assert any(name in steps for name in book.uses)
    assert len(text) < 4_000
    named = set(re.findall(r"\b(?:list|get|run|save|create|update|find|add)-[a-z-]+", steps))
    assert named <= NAMES


def test_the_rules_say_what_every_task_must_heed():
    for word in ("organisation", "arithmetic", "Unexplained", "approve", "questions", "data"):
        assert word in RULES


def test_an_agent_is_offered_what_its_tools_can_do():
    assert set(offered(NAMES)) == set(PLAYBOOKS)
    assert offered(()) == {}
    assert set(offered({"run-report", "account-detail"})) == {"explain-variance"}


async def test_the_tool_lists_them_and_gives_one(tmp_path: Path):
    async with reader(tmp_path) as house:
        listed = await house.good("get-playbook")
        assert "month-end-review" in listed["text"]
        assert "enter-bills" not in listed["text"], "a reader cannot enter bills"
        one = await house.good("get-playbook", {"task": "cash-brief", "as_at": "2026-03-02"})
        assert GLOBAL in one["text"]
        assert "2026-03-02" in one["text"]
        assert code_of(await house.call("get-playbook", {"task": "nap"})) == "INVALID_ARGUMENTS"


async def test_where_the_agent_may_not_look_there_is_no_playbook_for_it(tmp_path: Path):
    async with reader(tmp_path, without=Area.REPORTS) as house:
        assert "cash-brief" not in (await house.good("get-playbook"))["text"]
