"""What follows from a policy and the tools alone: worked out once, not at every call.

Nothing here is a fact about a call. A policy that changed is another object, and so is asked
anew; what expires is asked anew on the day on which it does.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from xero_mcp.gate.payload import schema_hash
from xero_mcp.policy.model import Policy
from xero_mcp.policy.reach import token_scopes, visible
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.view import AgentView

MAX_POLICIES = 128
"""Beyond it the one that was asked for first is worked out again."""


@dataclass(frozen=True, slots=True)
class HowFar:
    """How far one policy goes over one set of tools."""

    policy: Policy
    cards: Mapping[str, ToolCard]
    visible: tuple[ToolCard, ...]
    scopes: frozenset[str]
    names: frozenset[str]
    """Of the tools that some call of it could use."""

    def is_of(self, policy: Policy, cards: Mapping[str, ToolCard]) -> bool:
        return self.policy is policy and self.cards is cards


class WorkedOut:
    """Remembers by the objects themselves, which it holds: no other can come by their place."""

    def __init__(self) -> None:
        self._how_far: dict[tuple[int, bool], HowFar] = {}
        self._schema_hashes: dict[str, tuple[ToolCard, str]] = {}
        self._views: dict[int, tuple[HowFar, object, AgentView]] = {}

    def how_far(self, policy: Policy, cards: Mapping[str, ToolCard], *, at: datetime) -> HowFar:
        """What an agent of this policy is shown, and what its token may do in Xero."""
        key = id(policy), policy.expired_on(at.astimezone(UTC).date())
        known = self._how_far.get(key)
        if known is not None and known.is_of(policy, cards):
            return known
        every = tuple(cards.values())
        shown = tuple(visible(policy, every, at=at))
        found = HowFar(
            policy=policy,
            cards=cards,
            visible=shown,
            scopes=token_scopes(policy, every, at=at),
            names=frozenset(card.name for card in shown),
        )
        if len(self._how_far) >= MAX_POLICIES:
            self._how_far.pop(next(iter(self._how_far)))
        self._how_far[key] = found
        return found

    def view(self, far: HowFar, beside: Hashable, work_out: Callable[[], AgentView]) -> AgentView:
        """What an agent is told of itself, which turns on `far` and on what stands `beside` it."""
        known = self._views.get(id(far))
        if known is not None and known[0] is far and known[1] == beside:
            return known[2]
        found = work_out()
        if len(self._views) >= MAX_POLICIES:
            self._views.pop(next(iter(self._views)))
        self._views[id(far)] = far, beside, found
        return found

    def schema_hash(self, card: ToolCard) -> str:
        """The hash of a tool's input schema."""
        known = self._schema_hashes.get(card.name)
        if known is None or known[0] is not card:
            known = card, schema_hash(card.input_schema)
            self._schema_hashes[card.name] = known
        return known[1]
