"""A call that reads several organisations at once: each is the agent's own, each is decided."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from xero_mcp.errors import Detail, ErrorCode, XeroMcpError
from xero_mcp.gate import refusals
from xero_mcp.gate.organisations import choose, none_connected
from xero_mcp.gate.passage import Passage, known
from xero_mcp.policy.decide import decide
from xero_mcp.policy.model import Outcome
from xero_mcp.policy.usage import Usage
from xero_mcp.tool.view import KnownOrganisation

OwnOrganisations = Callable[[str], Awaitable[tuple[KnownOrganisation, ...]]]
"""The agent's connected organisations, asked for again where that name is not among them."""


async def choose_each(passage: Passage, names: Sequence[str], own: OwnOrganisations) -> None:
    """The first one leads the call in the records, the others stand beside it.

    Raises:
        XeroMcpError: NOT_CONNECTED, ORGANISATION_UNKNOWN, or one that is named twice.
    """
    chosen: list[KnownOrganisation] = []
    for name in names:
        passage.own_organisations = await own(name)
        if not passage.own_organisations:
            raise none_connected(passage.known_policy())
        chosen.append(choose(passage.own_organisations, asked=name))
    if len({one.id for one in chosen}) < len(chosen):
        raise XeroMcpError(
            "One organisation is named twice, perhaps by its name and by its id.",
            code=ErrorCode.INVALID_ARGUMENTS,
            next_step="Name each organisation once.",
            details=[Detail(path="organisations", message="holds one organisation twice")],
        )
    passage.organisation, *beside = chosen
    passage.beside = tuple(beside)


def choose_all(passage: Passage, own: Sequence[KnownOrganisation], *, asked: str | None) -> None:
    """The one that is named, or else all of the agent's own; each of them is decided.

    Raises:
        XeroMcpError: NOT_CONNECTED or ORGANISATION_UNKNOWN.
    """
    if not own:
        raise none_connected(passage.known_policy())
    passage.own_organisations = tuple(own)
    chosen = own if asked is None else (choose(own, asked=asked),)
    passage.organisation, *beside = chosen
    passage.beside = tuple(beside)


def decide_beside(passage: Passage, usage: Usage | None) -> None:
    """The question that was decided for the first, for every other; only a plain yes will do.

    Raises:
        XeroMcpError: one of them is not for this agent.
    """
    policy, call = passage.known_policy(), known(passage.call, "call")
    for one in passage.beside:
        there = replace(call, organisation_id=one.id, organisation_name=one.name)
        decision = decide(policy, there, passage.facts, usage)
        if decision.outcome is not Outcome.ALLOW:
            passage.decision = decision
            raise refusals.denied(policy, decision)
