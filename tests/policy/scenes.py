"""Policies written in a line or two, and calls to put to them."""

from collections.abc import Mapping
from datetime import UTC, datetime

from tests.policy.cards import CARDS, CREATE_INVOICE
from xero_mcp.money import Money, parse_money
from xero_mcp.policy.decide import decide
from xero_mcp.policy.decision import Call, Decision
from xero_mcp.policy.load import Loaded, load_policy
from xero_mcp.policy.model import Policy
from xero_mcp.policy.usage import Usage
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.facts import Facts

HOME = "Demo Company (Global)"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
"""A Monday."""

HEAD = f"agent: ap-clerk\norganisations: [{HOME}]\n"
BILLS = f"{HEAD}owner: owner@example.com\naccess: {{ bills: draft }}\n"


def load(text: str | bytes, file: str = "ap-clerk.yaml") -> Loaded:
    data = text if isinstance(text, bytes) else text.encode()
    return load_policy(data, file=file, cards=CARDS)


def policy_of(text: str) -> Policy:
    loaded = load(text)
    assert loaded.policy is not None, "\n".join(map(str, loaded.problems))
    return loaded.policy


def problems_of(text: str | bytes) -> list[str]:
    """The problems as people read them; there is no policy then."""
    loaded = load(text)
    assert loaded.policy is None
    assert loaded.problems
    return [str(problem) for problem in loaded.problems]


def call_to(
    card: ToolCard = CREATE_INVOICE,
    arguments: Mapping[str, object] | None = None,
    *,
    organisation: str = HOME,
    at: datetime = NOW,
) -> Call:
    given = arguments or ({"type": "bill"} if card is CREATE_INVOICE else {})
    return Call(
        card=card,
        needs=card.needs(given),
        organisation_id="00000000-0000-0000-0000-000000000001",
        organisation_name=organisation,
        at=at,
    )


def money(text: str) -> Money:
    return parse_money(text)


def total(text: str) -> Facts:
    return Facts(total=parse_money(text))


def decided(
    text: str,
    call: Call | None = None,
    facts: Facts | None = None,
    usage: Usage | None = None,
) -> Decision:
    return decide(policy_of(text), call or call_to(), facts or Facts(), usage)
