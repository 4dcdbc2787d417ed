"""The agent as its policy sees it, for the tools that tell an agent about itself."""

from collections.abc import Iterable

from xero_mcp.policy.model import Policy
from xero_mcp.policy.sentences import limit_sentences, never_sentences, rule_sentences
from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.view import AgentView, Granted, KnownOrganisation


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
