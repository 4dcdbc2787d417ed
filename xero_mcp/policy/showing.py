"""A tool as the agent of one policy is shown it: without what leaves that agent no choice.

The tool itself takes what it always takes; only the list grows shorter, and says what may be.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from xero_mcp.policy.model import Policy
from xero_mcp.policy.reach import permitted_values
from xero_mcp.tool.card import ToolCard

ORGANISATION = "organisation"


def as_shown(policy: Policy, card: ToolCard) -> ToolCard:
    """The card, with the choices that this policy could ever allow.

    An agent of one organisation need not name it: left out it means that one. Should two
    connected organisations bear its name, the refusal says what to add.
    """
    schema = card.input_schema
    properties: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    one = len(policy.organisations) == 1
    shown = {
        name: _choices(policy, card, name, node)
        for name, node in properties.items()
        if not (one and name == ORGANISATION)
    }
    required = schema.get("required", ())
    shown = {
        name: node
        for name, node in shown.items()
        if name in required or not _says_nothing(card, name, node)
    }
    return replace(card, input_schema={**schema, "properties": shown})


def _choices(
    policy: Policy, card: ToolCard, name: str, node: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The argument, without the values with which no call could pass."""
    permitted = permitted_values(policy, card, name)
    values = node.get("enum")
    if not values or not permitted:
        return node
    if not _defaults(card, name) <= set(permitted):
        return node  # what leaving it out means must stay to be seen
    return {**node, "enum": [value for value in values if value in permitted]}


def _says_nothing(card: ToolCard, name: str, node: Mapping[str, Any]) -> bool:
    """Whether its one value is what leaving it out means."""
    return len(node.get("enum", ())) == 1 and set(node["enum"]) <= _defaults(card, name)


def _defaults(card: ToolCard, argument: str) -> set[str]:
    """What leaving the argument out means."""
    every = (card.area_by, card.access_by, card.report_by)
    return {one.default for one in every if one and one.argument == argument and one.default}
