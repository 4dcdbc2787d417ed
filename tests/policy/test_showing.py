"""What one policy's agent is shown of a tool: no choice that it never has."""

import pytest

from tests.policy.scenes import BILLS, HEAD, NOW, policy_of
from xero_mcp.policy.reach import could_allow, visible
from xero_mcp.policy.showing import as_shown
from xero_mcp.policy.step import Outcome, Stage
from xero_mcp.tool.card import ToolCard
from xero_mcp.tools.index import load_cards

CARDS = load_cards()
SEVERAL = HEAD.replace("[Demo Company (Global)]", "[Demo Company (Global), Demo Company (NZ)]")


def arguments(policy: str, tool: str) -> dict[str, dict[str, object]]:
    return dict(as_shown(policy_of(policy), CARDS[tool]).input_schema["properties"])


def test_an_agent_of_one_organisation_need_not_name_it():
    assert "organisation" not in arguments(BILLS, "list-invoices")
    assert "organisation" in arguments(f"{SEVERAL}access: {{ bills: draft }}\n", "list-invoices")


def test_only_the_values_that_could_pass_are_offered():
    shown = arguments(BILLS, "create-invoice")
    assert shown["type"]["enum"] == ["bill"]
    assert shown["status"]["enum"] == ["draft", "submitted"]
    assert shown["amounts_are"] == CARDS["create-invoice"].input_schema["properties"]["amounts_are"]


def test_a_policy_that_leaves_everything_open_leaves_every_value():
    text = f"{HEAD}access: {{ bills: full, invoices: full }}\n"
    whole = CARDS["save-invoices"].input_schema["properties"]
    shown = arguments(text, "save-invoices")
    assert shown == {name: node for name, node in whole.items() if name != "organisation"}


def test_an_argument_with_one_value_left_that_is_meant_anyway_is_not_shown():
    assert "action" not in arguments(f"{HEAD}access: {{ contacts: draft }}\n", "save-contacts")
    full = arguments(f"{HEAD}access: {{ contacts: full }}\n", "save-contacts")
    assert full["action"]["enum"] == ["save", "archive"]
    assert arguments(BILLS, "create-invoice")["type"]["enum"] == ["bill"], "it must be said"


def test_a_report_that_is_not_granted_is_not_offered():
    text = f"{HEAD}access: {{ reports: [profit-and-loss, balance-sheet] }}\n"
    assert arguments(text, "run-report")["report"]["enum"] == ["profit-and-loss", "balance-sheet"]


@pytest.mark.parametrize("card", CARDS.values(), ids=lambda card: card.name)
def test_nothing_that_is_required_is_left_out(card: ToolCard):
    shown = as_shown(policy_of(BILLS), card).input_schema
    assert set(shown.get("required", ())) <= set(shown["properties"])
    assert {**shown, "properties": None} == {**card.input_schema, "properties": None}


def test_a_tool_over_several_organisations_is_not_for_an_agent_of_one():
    tool = CARDS["consolidate-reports"]
    one = could_allow(policy_of(f"{HEAD}access: {{ reports: read }}\n"), tool, at=NOW)
    assert (one.outcome, one.stage) == (Outcome.DENY, Stage.ORGANISATION)
    assert one.reason.endswith("there is one; consolidate-reports takes two or more")
    both = policy_of(f"{SEVERAL}access: {{ reports: read }}\n")
    assert [card.name for card in visible(both, [tool], at=NOW)] == [tool.name]
