"""The agent as its policy sees it, for the tools that tell an agent about itself."""

from collections.abc import Iterable

from xero_mcp.gate.passage import Passage
from xero_mcp.gate.rooms import Rooms
from xero_mcp.policy.model import Policy
from xero_mcp.policy.sentences import limit_sentences, never_sentences, rule_sentences
from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.view import AgentView, Granted, KnownOrganisation


def own_view(rooms: Rooms, passage: Passage) -> AgentView:
    """How the agent of this call stands under the policy of now."""
    policy, own = passage.known_policy(), passage.own_organisations
    far = rooms.worked_out.how_far(policy, rooms.cards, at=rooms.clock.now())
    return rooms.worked_out.view(
        far,
        (own, rooms.narrowing),
        lambda: view_of(policy, own=own, visible=filter(rooms.narrowing.shows, far.visible)),
    )


def view_of(
    policy: Policy, *, own: tuple[KnownOrganisation, ...], visible: Iterable[ToolCard]
) -> AgentView:
    known = {name for one in own for name in (one.name, one.id)}
    return AgentView(
        agent=policy.agent,
        purpose=policy.purpose,
        policy_file=policy.file,
        mode=policy.mode.value,
        expires=policy.expires.isoformat() if policy.expires else None,
        organisations=own,
        not_connected=tuple(name for name in policy.organisations if name not in known),
        granted=tuple(_granted(policy)),
        rules=(*rule_sentences(policy), *never_sentences(policy)),
        limits=tuple(limit_sentences(policy)),
        tools=tuple(sorted({card.listed_name for card in visible})),
        who_decides=policy.owner or f"whoever keeps {policy.file}",
    )


def _granted(policy: Policy) -> Iterable[Granted]:
    for area in Area:
        grant = policy.grant(area)
        if grant.reports is not None:
            yield Granted(area=area.value, level="read", only=tuple(sorted(grant.reports)))
        elif grant.access is not Access.OFF:
            yield Granted(area=area.value, level=grant.access.value)
