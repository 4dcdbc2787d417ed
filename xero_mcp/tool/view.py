"""What a tool may know of the agent that calls it: for tools about the agent, not the books."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """One row of an agent's rights: an area, a level, and for reports which."""

    area: str
    level: str
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOrganisation:
    """An organisation that the agent may work in and that is connected."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    """The agent as its policy sees it."""

    agent: str
    purpose: str
    policy_file: str
    mode: str
    expires: str | None
    organisations: tuple[KnownOrganisation, ...]
    not_connected: tuple[str, ...]
    granted: tuple[Granted, ...]
    rules: tuple[str, ...]
    limits: tuple[str, ...]
    tools: tuple[str, ...]
    who_decides: str
    """Who may change the policy, and who answers what it asks."""
