"""The names of tools in a policy file: a tool's own, and that under which several are listed."""

import pytest

from tests.policy.scenes import HEAD, NOW
from xero_mcp.policy.load import Loaded, load_policy
from xero_mcp.policy.model import Policy
from xero_mcp.policy.reach import visible
from xero_mcp.policy.schema import policy_schema
from xero_mcp.tools.index import load_cards

CARDS = load_cards()
ACCESS = (
    "access: { credit-notes: full, invoices: full, bills: full, quotes: full, currencies: read }\n"
)


def loaded(text: str) -> Loaded:
    return load_policy(f"{HEAD}{ACCESS}{text}".encode(), file="a.yaml", cards=CARDS.values())


def policy(text: str) -> Policy:
    found = loaded(text).policy
    assert found is not None, loaded(text).problems
    return found


def problem(text: str) -> str:
    (found,) = loaded(text).problems
    return str(found)


def test_a_rule_for_one_tool_behind_a_front_is_for_that_one():
    rule = "rules:\n  - { name: a, for: [save-credit-notes], deny_when: { total_over: 1 USD } }\n"
    (only,) = policy(rule).rules
    assert only.is_for("save-credit-notes")
    assert not only.is_for("save-invoices")


def test_a_rule_for_a_front_is_for_every_tool_behind_it():
    rule = "rules:\n  - { name: a, for: [save-documents], deny_when: { total_over: 1 USD } }\n"
    (both,) = policy(rule).rules
    assert both.is_for("save-credit-notes")
    assert both.is_for("save-invoices")
    assert not both.is_for("save-quotes")


@pytest.mark.parametrize(
    ("tools", "shown"),
    [
        ("only: [save-documents]", {"save-credit-notes", "save-invoices"}),
        ("only: [save-invoices]", {"save-invoices"}),
        ("only: [list-settings]", {"list-settings"}),
    ],
)
def test_a_list_of_tools_means_all_that_a_front_stands_for_or_the_one_that_is_named(
    tools: str, shown: set[str]
):
    seen = visible(policy(f"tools: {{ {tools} }}\n"), CARDS.values(), at=NOW)
    assert {card.name for card in seen} == shown


def test_all_behind_a_front_are_taken_away_by_its_name():
    seen = visible(policy("tools: { except: [save-documents] }\n"), CARDS.values(), at=NOW)
    names = {card.name for card in seen}
    assert "save-quotes" in names
    assert not {"save-credit-notes", "save-invoices"} & names


def test_an_example_must_say_which_tool_it_means():
    said = problem("examples:\n  - { call: save-documents, expect: allow }\n")
    assert "stands for several tools: write save-credit-notes or save-invoices" in said


def test_the_schema_for_editors_knows_both_names():
    text = str(policy_schema(CARDS.values())["properties"]["tools"])
    assert "'save-documents'" in text
    assert "'save-invoices'" in text
