"""From a name and raw arguments to a decision: everything before the first lasting step."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date

from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.gate import refusals
from xero_mcp.gate.contact_background import CONTACT, DOCUMENTS, past_of
from xero_mcp.gate.exchange_rates import with_rates
from xero_mcp.gate.organisations import choose, none_connected, own_organisations
from xero_mcp.gate.passage import Passage, known
from xero_mcp.gate.payload import Payload, canonical_arguments
from xero_mcp.gate.rooms import Rooms
from xero_mcp.gate.spending import usage_of
from xero_mcp.gate.suspension import Suspension, must_not_stand, suspension_of
from xero_mcp.gate.together import choose_all, choose_each, decide_beside
from xero_mcp.gate.untrusted import FACT, has_read
from xero_mcp.policy.checks import access_steps, organisation_step
from xero_mcp.policy.conditions import TOTALS
from xero_mcp.policy.decide import decide
from xero_mcp.policy.decision import Call
from xero_mcp.policy.limits import limit_currencies
from xero_mcp.policy.model import Mode, Outcome, Policy
from xero_mcp.policy.reach import could_allow, facts_needed, narrow, usage_needed
from xero_mcp.policy.usage import Usage
from xero_mcp.store.base import Tables
from xero_mcp.tool.args import (
    AcrossOrganisations,
    Args,
    InEachOrganisation,
    InOrganisation,
    parse_args,
)
from xero_mcp.tool.facts import TARGET, Facts
from xero_mcp.tool.stated import STATED, Stating, with_stated
from xero_mcp.tool.view import KnownOrganisation
from xero_mcp.tools.books_day import today
from xero_mcp.xero.budget import CallBudget
from xero_mcp.xero.models.connection import OrganisationRef
from xero_mcp.xero.scoped import Grant, ScopedXero

SHOWN = TOTALS | {TARGET}
"""What people are shown of a call besides its arguments, and what their yes is bound to."""


class LookFirstError(Exception):
    """A call that went without a look into the store needs one after all."""


async def read_call(rooms: Rooms, passage: Passage) -> None:
    """Fill the passage up to what is asked, of whom and where.

    Raises:
        XeroMcpError: nothing of the kind could be allowed, or it is not to be understood.
    """
    if passage.rests_on is not None:
        await _find_policy(rooms, passage, file=passage.rests_on.file)
    else:
        file, suspended = await _looked_up(rooms, passage.agent.name)
        await _find_policy(rooms, passage, file=file)
        must_not_stand(suspended, passage.agent.name)
    _read_arguments(rooms, passage)
    rooms.narrowing.must_allow(passage.known_card(), passage.values)
    await rooms.spool.make_way(passage.agent.name, writes=passage.known_card().writes)
    await _find_organisation(rooms, passage)
    passage.call = _call(rooms, passage)


def may_hear_again(passage: Passage) -> bool:
    """Whether the first answer of a repeat is still for this agent, as far as that needs no facts.

    What was used up since, or what a rule says of a document that is there now, is no matter:
    nothing more is done.
    """
    policy, call = passage.known_policy(), known(passage.call, "call")
    steps = (organisation_step(policy, call), *access_steps(policy, call.card, call.needs))
    return all(step.verdict is Outcome.ALLOW for step in steps)


async def decide_on(rooms: Rooms, passage: Passage, *, is_second_try: bool = False) -> None:
    """Work out the facts and decide; a second try is counted in already, so no limit stops it.

    Raises:
        XeroMcpError: refused, or not to be decided.
    """
    await _find_facts(rooms, passage, is_second_try=is_second_try)
    usage = Usage() if is_second_try else None
    if usage is None and usage_needed(passage.known_policy(), passage.known_card()):
        usage = await rooms.store.read(lambda tables: usage_of(tables, rooms, passage))
    _decide(passage, usage)
    if known(passage.decision, "decision").outcome is Outcome.ASK and not is_second_try:
        # Whatever it is that asks: people see what stands there, and say yes to that.
        await _find_facts(rooms, passage, is_second_try=False, shown=SHOWN)
        _decide(passage, usage)


async def decide_unlooked(rooms: Rooms, passage: Passage) -> None:
    """The same of a read, without a look into the store: what turns on that is decided later.

    Raises:
        XeroMcpError: refused, as far as can be told.
    """
    await _find_facts(rooms, passage, is_second_try=False)
    if not usage_needed(passage.known_policy(), passage.known_card()):
        _decide(passage, None)


def look_at_last(rooms: Rooms, passage: Passage, tables: Tables) -> None:
    """What the look before a call is for, where there was none: in the transaction of the intent.

    Raises:
        LookFirstError: it is otherwise than was remembered, or not plainly allowed.
        StoreUnavailableError: what comes of the call would find no room.
    """
    if passage.rests_on is None:
        return
    tables.must_have_room()
    if rooms.policies.tie(tables, passage.agent.name) != passage.rests_on.file:
        raise LookFirstError
    if usage_needed(passage.known_policy(), passage.known_card()):
        _decide(passage, usage_of(tables, rooms, passage))
    if known(passage.decision, "decision").outcome is not Outcome.ALLOW:
        raise LookFirstError


def _decide(passage: Passage, usage: Usage | None) -> None:
    policy = passage.known_policy()
    decision = decide(policy, known(passage.call, "call"), passage.facts, usage)
    passage.decision = decision
    if decision.outcome is Outcome.DENY:
        raise refusals.denied(policy, decision)
    decide_beside(passage, usage)


def must_be_the_same_policy(rooms: Rooms, passage: Passage, tables: Tables) -> None:
    """The file may have changed while facts were read and people asked.

    Raises:
        XeroMcpError: another policy is in force now; nothing was sent.
    """
    file = rooms.policies.tie(tables, passage.agent.name)
    now = rooms.policies.in_force(passage.agent.name, file=file).policy
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

    For facts and checks (`asking`) it also reaches what the server may read beforehand, and
    can write nothing.
    """
    card = passage.known_card()
    beforehand = (*card.asks, CONTACT, DOCUMENTS) if asking else ()
    reaches = (*card.reaches, *card.also, *beforehand)
    if asking:
        reaches = tuple(reach for reach in reaches if reach.method == "GET")
    one: KnownOrganisation = known(passage.organisation, "organisation")
    grant = Grant(
        organisation=OrganisationRef(id=one.id, name=one.name),
        beside=tuple(OrganisationRef(id=more.id, name=more.name) for more in passage.beside),
        reaches=frozenset((reach.method, reach.path) for reach in reaches),
        scopes=agent_scopes(rooms, passage.known_policy()),
        idempotency_key=idempotency_key,
        is_second_try=is_second_try,
        budget=_budget(passage),
        early_reads=passage.early_reads if card.writes else None,
        held_back=passage.held_back,
    )
    return rooms.xero.scoped(grant, progress=passage.progress)


def _budget(passage: Passage) -> CallBudget:
    policy = passage.known_policy()
    if policy.mode is Mode.WATCH:  # calls are counted; the decision says what would have been
        return CallBudget(agent=passage.agent.name)
    return CallBudget(
        agent=passage.agent.name,
        per_minute=policy.limits.xero_calls_per_minute,
        per_day=policy.limits.xero_calls_per_day,
    )


def agent_scopes(rooms: Rooms, policy: Policy) -> frozenset[str]:
    """What this agent's token may do in Xero: what its policy needs, under XERO_SCOPES."""
    wanted = rooms.worked_out.how_far(policy, rooms.cards, at=rooms.clock.now()).scopes
    return wanted & rooms.scope_ceiling if rooms.scope_ceiling else wanted


async def _looked_up(rooms: Rooms, agent: str) -> tuple[str | None, Suspension | None]:
    """What the store says of the agent, in the look whether it takes a record now."""
    found: list[tuple[str | None, Suspension | None]] = []

    def look(tables: Tables) -> None:
        suspended = suspension_of(tables, agent, rooms.clock.now())
        found.append((rooms.policies.tie(tables, agent), suspended))

    await rooms.store.check(look)
    return found[0]


async def _find_policy(rooms: Rooms, passage: Passage, *, file: str | None) -> None:
    in_force = rooms.policies.in_force(passage.agent.name, file=file)
    await rooms.policies.record_changes()
    if in_force.policy is None:
        raise refusals.no_policy(in_force)
    passage.policy = in_force.policy
    card, now = passage.known_card(), rooms.clock.now()
    if card.name not in rooms.worked_out.how_far(in_force.policy, rooms.cards, at=now).names:
        passage.decision = could_allow(in_force.policy, card, at=now)
        raise refusals.denied(in_force.policy, passage.decision)
    rooms.narrowing.must_allow(passage.known_card(), {})


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
    args = known(passage.args, "arguments")
    if isinstance(args, AcrossOrganisations):
        await choose_each(
            passage, args.organisations, lambda name: _own(rooms, passage, looking_for=name)
        )
        passage.payload = _payload(passage, books=rooms.books)
        return
    if isinstance(args, InEachOrganisation):
        own = await _own(rooms, passage, looking_for=args.organisation)
        choose_all(passage, own, asked=args.organisation)
        passage.payload = _payload(passage, books=rooms.books)
        return
    if not isinstance(args, InOrganisation):
        with suppress(XeroMcpError):  # an agent may ask about itself while Xero is away
            passage.own_organisations = await _own(rooms, passage, looking_for=None)
        return
    own = await _own(rooms, passage, looking_for=args.organisation)
    if not own:
        raise none_connected(passage.known_policy())
    passage.own_organisations = own
    passage.organisation = choose(own, asked=args.organisation)
    passage.payload = _payload(passage, books=rooms.books)


async def _own(
    rooms: Rooms, passage: Passage, *, looking_for: str | None
) -> tuple[KnownOrganisation, ...]:
    policy = passage.known_policy()
    wanted = looking_for or policy.organisations[0]
    if passage.rests_on is not None and await rooms.xero.asks_for_organisations(wanted):
        raise LookFirstError  # nobody is asked for a call that may not be taken
    return await connected_own(rooms, policy, looking_for=wanted)


async def connected_own(
    rooms: Rooms, policy: Policy, *, looking_for: str
) -> tuple[KnownOrganisation, ...]:
    """The agent's organisations, as far as they are connected; from memory where that is young.

    Raises:
        XeroMcpError: NOT_CONNECTED, SCOPE_MISSING or XERO_UNAVAILABLE.
    """
    scopes = agent_scopes(rooms, policy)
    connected = await rooms.xero.organisations(scopes, looking_for=looking_for)
    found = [KnownOrganisation(id=one.id, name=one.name) for one in connected]
    return own_organisations(policy, found)


def _payload(passage: Passage, *, books: str) -> Payload:
    card = passage.known_card()
    return Payload(
        agent=passage.agent.name,
        organisation_id=known(passage.organisation, "organisation").id,
        tool=card.name,
        schema_hash=known(passage.schema_hash, "schema"),
        arguments=_without_organisation(passage.values),
        books=books,
    )


def _without_organisation(values: Mapping[str, object]) -> dict[str, object]:
    """The organisation stands in the payload by its id; named or left out, it is the same call."""
    return {name: value for name, value in values.items() if name != "organisation"}


async def _find_facts(
    rooms: Rooms,
    passage: Passage,
    *,
    is_second_try: bool,
    shown: frozenset[str] = frozenset(),
) -> None:
    card, policy = passage.known_card(), passage.known_policy()
    wanted = facts_needed(policy, card) | shown
    if passage.values.get("duplicate_of_known") is True:  # the agent's word, which counts little
        wanted |= {"duplicate"}
    if card.writes and FACT in wanted:
        wanted -= {FACT}  # the gate's own: no tool is asked for it
        read = await rooms.store.read(
            lambda tables: has_read(tables, passage.caller, rooms.clock.now())
        )
        passage.facts = replace(passage.facts, read_others_text=read)
    if not wanted:
        return
    if card.writes:
        xero = scoped_for(rooms, passage, asking=True, is_second_try=is_second_try)
        try:
            facts = await known(passage.tool, "tool").facts(passage.args, xero, wanted)
            facts = replace(facts, read_others_text=passage.facts.read_others_text)
            facts = await _with_past(facts, xero, wanted)
            currencies = limit_currencies(policy, card.name)
            passage.facts = await with_rates(rooms, facts, policy.rates, currencies, xero)
        finally:
            passage.early_requests += tuple(xero.requests)
    if wanted & STATED:
        own_today = rooms.clock.now().date()
        if card.writes and "days_old" in wanted:
            own_today = await today(scoped_for(rooms, passage, asking=True))
        passage.facts = with_stated(passage.facts, _stating(passage, own_today))


async def _with_past(facts: Facts, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    """Whether the contact is new, which no tool works out for itself."""
    if "new_contact" not in wanted or facts.new_contact is not None or not facts.contact_id:
        return facts
    past = await past_of(facts.contact_id, xero)
    return replace(facts, new_contact=past.is_new)


def _stating(passage: Passage, own_today: date) -> Stating:
    card = passage.known_card()
    return Stating(
        card=card,
        values=passage.values,
        needs=card.needs(passage.values),
        today=own_today,
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
