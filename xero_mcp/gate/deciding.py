"""From a name and raw arguments to a decision: everything before the first lasting step."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.gate import refusals
from xero_mcp.gate.contact_background import CONTACT, DOCUMENTS, past_of
from xero_mcp.gate.organisations import choose, none_connected, own_organisations
from xero_mcp.gate.passage import Passage, known
from xero_mcp.gate.payload import Payload, canonical_arguments, schema_hash
from xero_mcp.gate.rooms import Rooms
from xero_mcp.gate.spending import usage_of
from xero_mcp.gate.suspension import must_not_be_suspended
from xero_mcp.gate.together import choose_each, decide_beside
from xero_mcp.policy.decide import decide
from xero_mcp.policy.decision import Call
from xero_mcp.policy.model import Outcome, Policy
from xero_mcp.policy.reach import could_allow, facts_needed, narrow, token_scopes, usage_needed
from xero_mcp.store.base import Tables
from xero_mcp.tool.args import AcrossOrganisations, Args, InOrganisation, parse_args
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.stated import STATED, Stating, with_stated
from xero_mcp.tool.view import KnownOrganisation
from xero_mcp.xero.budget import CallBudget
from xero_mcp.xero.models.connection import OrganisationRef
from xero_mcp.xero.scoped import Grant, ScopedXero


async def decide_on(rooms: Rooms, passage: Passage) -> None:
    """Fill the passage up to its decision.

    Raises:
        XeroMcpError: refused, or not to be decided.
    """
    await _find_policy(rooms, passage)
    await rooms.store.read(
        lambda tables: must_not_be_suspended(tables, passage.agent.name, rooms.clock.now())
    )
    _read_arguments(rooms, passage)
    await rooms.store.check()
    await rooms.spool.drain()
    await _find_organisation(rooms, passage)
    await _find_facts(rooms, passage)
    passage.call = _call(rooms, passage)
    usage = None
    policy = passage.known_policy()
    if usage_needed(policy, passage.known_card()):
        usage = await rooms.store.read(lambda tables: usage_of(tables, rooms, passage))
    decision = decide(policy, passage.call, passage.facts, usage)
    passage.decision = decision
    if decision.outcome is Outcome.DENY:
        raise refusals.denied(policy, decision)
    decide_beside(passage)


def must_be_the_same_policy(rooms: Rooms, passage: Passage) -> None:
    """The file may have changed while facts were read and people asked.

    Raises:
        XeroMcpError: another policy is in force now; nothing was sent.
    """
    now = rooms.policies.in_force(passage.agent.name).policy
    if now is None or now.sha256 != passage.known_policy().sha256:
        raise XeroMcpError(
            "The policy changed while this call was on its way; nothing was done.",
            code=ErrorCode.NOT_ALLOWED,
            next_step="Send the call again: the policy of now decides it.",
        )


def decide_again(rooms: Rooms, passage: Passage, tables: Tables) -> None:
    """Once more inside the transaction of the intent, where no other process can spend.

    Raises:
        XeroMcpError: the budget went to another call meanwhile.
    """
    policy = passage.known_policy()
    if not usage_needed(policy, passage.known_card()):
        return
    usage = usage_of(tables, rooms, passage)
    decision = decide(policy, known(passage.call, "call"), passage.facts, usage)
    if decision.outcome is Outcome.DENY:
        passage.decision = decision
        raise refusals.denied(policy, decision)


def scoped_for(
    rooms: Rooms,
    passage: Passage,
    *,
    idempotency_key: str | None = None,
    asking: bool = False,
    is_second_try: bool = False,
) -> ScopedXero:
    """The client that reaches what this tool declared, in this organisation, and nothing else.

    For facts (`asking`) it also reaches what the server may read beforehand.
    """
    card = passage.known_card()
    beforehand = (*card.asks, CONTACT, DOCUMENTS) if asking else ()
    reaches = (*card.reaches, *card.also, *beforehand)
    one: KnownOrganisation = known(passage.organisation, "organisation")
    grant = Grant(
        organisation=OrganisationRef(id=one.id, name=one.name),
        beside=tuple(OrganisationRef(id=more.id, name=more.name) for more in passage.beside),
        reaches=frozenset((reach.method, reach.path) for reach in reaches),
        scopes=agent_scopes(rooms, passage.known_policy()),
        idempotency_key=idempotency_key,
        is_second_try=is_second_try,
        budget=_budget(passage),
    )
    return rooms.xero.scoped(grant, progress=passage.progress)


def _budget(passage: Passage) -> CallBudget:
    limits = passage.known_policy().limits
    return CallBudget(
        agent=passage.agent.name,
        per_minute=limits.xero_calls_per_minute,
        per_day=limits.xero_calls_per_day,
    )


def agent_scopes(rooms: Rooms, policy: Policy) -> frozenset[str]:
    """What this agent's token may do in Xero: what its policy needs, under XERO_SCOPES."""
    wanted = token_scopes(policy, rooms.cards.values(), at=rooms.clock.now())
    return wanted & rooms.scope_ceiling if rooms.scope_ceiling else wanted


async def _find_policy(rooms: Rooms, passage: Passage) -> None:
    in_force = rooms.policies.in_force(passage.agent.name)
    await rooms.policies.record_changes()
    if in_force.policy is None:
        raise refusals.no_policy(in_force)
    passage.policy = in_force.policy
    could = could_allow(in_force.policy, passage.known_card(), at=rooms.clock.now())
    if could.outcome is Outcome.DENY:
        passage.decision = could
        raise refusals.denied(in_force.policy, could)


def _read_arguments(rooms: Rooms, passage: Passage) -> None:
    card, policy = passage.known_card(), passage.known_policy()
    passage.tool = rooms.tools()[card.name]
    narrowed = narrow(policy, card, passage.arguments)
    # `(type)` is no argument at all, but something that only reading will tell: the policy may
    # have filled it in, an agent must not.
    found_out = {
        name: value
        for name, value in narrowed.items()
        if name.startswith("(") and name not in passage.arguments
    }
    sent = {name: value for name, value in narrowed.items() if name not in found_out}
    args: Args = parse_args(passage.tool.args, sent)
    passage.args = args
    passage.values = {**canonical_arguments(args), **found_out}


async def _find_organisation(rooms: Rooms, passage: Passage) -> None:
    policy = passage.known_policy()
    args = known(passage.args, "arguments")
    if isinstance(args, AcrossOrganisations):
        await choose_each(
            passage, args.organisations, lambda name: _own(rooms, policy, looking_for=name)
        )
        passage.payload = _payload(passage, books=rooms.books)
        return
    if not isinstance(args, InOrganisation):
        with suppress(XeroMcpError):  # an agent may ask about itself while Xero is away
            passage.own_organisations = await _own(rooms, policy, looking_for=None)
        return
    own = await _own(rooms, policy, looking_for=args.organisation)
    if not own:
        raise none_connected(policy)
    passage.own_organisations = own
    passage.organisation = choose(own, asked=args.organisation)
    passage.payload = _payload(passage, books=rooms.books)


async def _own(
    rooms: Rooms, policy: Policy, *, looking_for: str | None
) -> tuple[KnownOrganisation, ...]:
    scopes = agent_scopes(rooms, policy)
    wanted = looking_for or policy.organisations[0]
    connected = await rooms.xero.organisations(scopes, looking_for=wanted)
    found = [KnownOrganisation(id=one.id, name=one.name) for one in connected]
    return own_organisations(policy, found)


def _payload(passage: Passage, *, books: str) -> Payload:
    card = passage.known_card()
    return Payload(
        agent=passage.agent.name,
        organisation_id=known(passage.organisation, "organisation").id,
        tool=card.name,
        schema_hash=schema_hash(card.input_schema),
        arguments=_without_organisation(passage.values),
        books=books,
    )


def _without_organisation(values: Mapping[str, object]) -> dict[str, object]:
    """The organisation stands in the payload by its id; named or left out, it is the same call."""
    return {name: value for name, value in values.items() if name != "organisation"}


async def _find_facts(rooms: Rooms, passage: Passage) -> None:
    card, policy = passage.known_card(), passage.known_policy()
    wanted = facts_needed(policy, card)
    if not wanted:
        return
    if card.writes:
        xero = scoped_for(rooms, passage, asking=True)
        try:
            facts = await known(passage.tool, "tool").facts(passage.args, xero, wanted)
            passage.facts = await _with_past(facts, xero, wanted)
        finally:
            passage.early_requests = tuple(xero.requests)
    if wanted & STATED:
        passage.facts = with_stated(passage.facts, _stating(rooms, passage))


async def _with_past(facts: Facts, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    """Whether the contact is new, which no tool works out for itself."""
    if "new_contact" not in wanted or facts.new_contact is not None or not facts.contact_id:
        return facts
    past = await past_of(facts.contact_id, xero)
    return replace(facts, new_contact=past.is_new)


def _stating(rooms: Rooms, passage: Passage) -> Stating:
    card = passage.known_card()
    return Stating(
        card=card,
        values=passage.values,
        needs=card.needs(passage.values),
        today=rooms.clock.now().date(),
    )


def _call(rooms: Rooms, passage: Passage) -> Call:
    card, policy = passage.known_card(), passage.known_policy()
    one = passage.organisation
    first = policy.organisations[0]
    return Call(
        card=card,
        needs=card.needs(passage.values),
        organisation_id=one.id if one else "",
        organisation_name=one.name if one else first,
        at=rooms.clock.now(),
    )
