"""How far a policy could ever go: what an agent is shown, and what its token may do."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from xero_mcp.policy.checks import NEVER_FACTS, access_steps, expiry_step, scope_step, too_few_step
from xero_mcp.policy.conditions import TOTALS
from xero_mcp.policy.decide import strictest
from xero_mcp.policy.decision import Call, Decision
from xero_mcp.policy.model import Mode, Never, Policy
from xero_mcp.policy.scopes import above_ceiling, scopes_of
from xero_mcp.policy.step import Outcome, Stage, Step
from xero_mcp.policy.told import told_areas, told_scopes
from xero_mcp.tool.access import Access, Area, Need
from xero_mcp.tool.card import ToolCard, Varies
from xero_mcp.xero.scopes import SETTINGS_READ, scopes_for, without_implied

_UNDATED = frozenset(
    {
        Area.ORGANISATION,
        Area.ACCOUNTS,
        Area.TAX_RATES,
        Area.TRACKING,
        Area.CURRENCIES,
        Area.BRANDING,
        Area.USERS,
        Area.CONTACTS,
        Area.ITEMS,
        Area.ATTACHMENTS,
        Area.HISTORY,
        Area.REPORTS,
    }
)
"""Areas whose records carry no date that a lock could cover."""


BACKGROUND = frozenset({"accounting.contacts.read", "accounting.invoices.read"})
"""What the server reads of a contact for a rule about new ones, or for a person who is asked."""


def could_allow(policy: Policy, card: ToolCard, *, at: datetime) -> Decision:
    """Whether some call of this tool could be let through, with or without a person.

    The outcome is ALLOW or DENY. Rules and limits are left out: they turn on the call.
    """
    expiry = expiry_step(policy, at)
    if expiry.verdict is Outcome.DENY:
        return _answer(policy, (expiry,))
    too_few = too_few_step(policy, card)
    if too_few is not None:
        return _answer(policy, (too_few,))
    refused: tuple[Step, ...] = ()
    for needs in _chances(card):
        steps = _steps(policy, card, needs)
        if _passes(policy, steps):
            return _answer(policy, (expiry, *steps))
        refused = refused or steps
    return _answer(policy, refused or tuple(access_steps(policy, card, ())))


def _chances(card: ToolCard) -> Iterator[tuple[Need, ...]]:
    """Everything that some call needs, what varies by its area, level and report first."""
    for need in card.possible_needs():
        for companion in card.companions():
            yield (need, *companion, *card.constant_needs())


def _steps(policy: Policy, card: ToolCard, needs: tuple[Need, ...]) -> tuple[Step, ...]:
    return (
        scope_step(policy, scopes_of(card, needs)),
        *access_steps(policy, card, needs),
    )


def _passes(policy: Policy, steps: Iterable[Step]) -> bool:
    """Watch mode lets everything pass that the ceiling of scopes leaves open."""
    watching = policy.mode is Mode.WATCH
    return all(
        step.verdict is Outcome.ALLOW or (watching and step.name is Stage.ACCESS) for step in steps
    )


def _answer(policy: Policy, steps: tuple[Step, ...]) -> Decision:
    if _passes(policy, steps):
        said = ", ".join(step.text for step in steps if step.name is Stage.ACCESS)
        watching = policy.mode is Mode.WATCH
        return Decision(
            outcome=Outcome.ALLOW,
            reason=f"{'watched' if watching else 'could be allowed'} by {policy.file} {said}",
            stage=Stage.ACCESS,
            steps=steps,
        )
    decided = strictest(steps)
    return Decision(
        outcome=Outcome.DENY,
        reason=f"denied by {policy.file} {decided.text}",
        stage=decided.name,
        steps=steps,
    )


def visible(policy: Policy, cards: Iterable[ToolCard], *, at: datetime) -> list[ToolCard]:
    """The tools that an agent of this policy is shown."""
    return [card for card in cards if could_allow(policy, card, at=at).outcome is Outcome.ALLOW]


def _possible(policy: Policy, card: ToolCard) -> Iterator[tuple[Need, ...]]:
    for needs in _chances(card):
        if _passes(policy, _steps(policy, card, needs)):
            yield needs


def permitted_values(policy: Policy, card: ToolCard, argument: str) -> tuple[str, ...]:
    """The values of an argument with which some call could pass; empty where nothing varies by it.

    Expiry is left out: an expired policy has no visible tool to ask this of.
    """
    by = _by(card, argument)
    if not by:
        return ()
    values = dict.fromkeys(value for _, varies in by for value in varies.values)
    possible = tuple(_possible(policy, card))
    return tuple(
        value for value in values if any(_means(by, value, needs[0]) for needs in possible)
    )


def permitted_companions(policy: Policy, card: ToolCard) -> tuple[str, ...]:
    """The values of the argument that says which area a call reads besides its own."""
    if card.also_by is None:
        return ()
    areas = {str(need.area) for needs in _possible(policy, card) for need in needs[1:]}
    return tuple(value for value, area in card.also_by.values.items() if area in areas)


def _by(card: ToolCard, argument: str) -> list[tuple[str, Varies]]:
    pairs = (("area", card.area_by), ("access", card.access_by), ("report", card.report_by))
    return [(name, varies) for name, varies in pairs if varies and varies.argument == argument]


def _means(by: Iterable[tuple[str, Varies]], value: str, need: Need) -> bool:
    return all(varies.values.get(value) == getattr(need, name) for name, varies in by)


def narrow(policy: Policy, card: ToolCard, arguments: Mapping[str, object]) -> dict[str, object]:
    """Fill in an argument that was left out where the policy leaves just one value for it.

    So `list-invoices` from an agent that has bills and not invoices lists bills.
    """
    narrowed = dict(arguments)
    required = card.input_schema.get("required", ())
    for varies in (card.area_by, card.access_by, card.report_by):
        if varies is None or varies.default is not None or varies.argument in required:
            continue
        if arguments.get(varies.argument) is not None:  # empty or wrong is not left out
            continue
        permitted = permitted_values(policy, card, varies.argument)
        if len(permitted) == 1 and len(varies.values) > 1:
            narrowed[varies.argument] = permitted[0]
    return narrowed


def call_of(
    policy: Policy,
    card: ToolCard,
    arguments: Mapping[str, object],
    *,
    organisation: str,
    at: datetime,
) -> Call:
    """A call as the policy reads it, for who has no connection: examples and explanations."""
    return Call(
        card=card,
        needs=card.needs(narrow(policy, card, arguments)),
        organisation_id=organisation,
        organisation_name=organisation,
        at=at,
    )


def facts_needed(policy: Policy, card: ToolCard) -> frozenset[str]:
    """The facts on which a decision about this tool can turn."""
    wanted: set[str] = set()
    for rule in policy.rules:
        if rule.is_for(card.name):
            for clause in rule.clauses:
                for condition in clause.conditions:
                    wanted |= condition.facts
    if card.writes:
        wanted.update(NEVER_FACTS[never] for never in policy.never if _touches(card, never))
        limits = policy.limits
        if limits.counted_currency is not None or limits.money_per_document is not None:
            wanted |= TOTALS
        if limits.money_per_contact is not None:
            wanted.add("contact_ids")
    return frozenset(wanted)


def _touches(card: ToolCard, never: Never) -> bool:
    possible = card.possible_needs()
    if never is Never.CHANGE_BANK_DETAILS:
        return any(need.area is Area.CONTACTS for need in possible)
    if never is Never.EMAIL_OUTSIDE_ORGANISATION:
        return any(need.access is Access.FULL for need in possible)
    return any(need.area not in _UNDATED for need in possible)


def _asks_people(policy: Policy, card: ToolCard) -> bool:
    return card.writes and any(
        clause.outcome is Outcome.ASK
        for rule in policy.rules
        if rule.is_for(card.name)
        for clause in rule.clauses
    )


def usage_needed(policy: Policy, card: ToolCard) -> frozenset[str]:
    """The counters of `Usage` on which a decision about this tool can turn."""
    limits = policy.limits
    applies = {
        "writes_last_hour": card.writes and limits.writes_per_hour is not None,
        "money_today": card.writes and limits.money_per_day is not None,
        "money_of_contact": card.writes and limits.money_per_contact is not None,
        "xero_calls_last_minute": card.asks_xero and limits.xero_calls_per_minute is not None,
        "xero_calls_today": card.asks_xero and limits.xero_calls_per_day is not None,
        "rows_read_today": reads_rows(card) and limits.rows_read_per_day is not None,
    }
    return frozenset(name for name, is_needed in applies.items() if is_needed)


def reads_rows(card: ToolCard) -> bool:
    """Whether what it answers counts as rows that were read."""
    return (card.asks_xero or bool(card.tells_of)) and not card.writes


def token_scopes(policy: Policy, cards: Iterable[ToolCard], *, at: datetime) -> frozenset[str]:
    """The least that a token needs for what this policy could ever let through.

    The server works out facts of a write (base currency, lock dates) with a read of the
    settings of its own, unless the ceiling forbids that. Who only hears of changes reads nothing,
    and still has to ask which organisations are connected.
    """
    wanted: set[str] = set()
    told: set[Area] = set()
    for card in visible(policy, cards, at=at):
        for needs in _possible(policy, card):
            wanted |= scopes_of(card, needs)
        if card.writes and not above_ceiling(policy, (SETTINGS_READ,)):
            wanted.add(SETTINGS_READ)
        needed = facts_needed(policy, card)
        if "new_contact" in needed or _asks_people(policy, card):
            wanted |= BACKGROUND.difference(above_ceiling(policy, BACKGROUND))
        if card.asks and needed:
            asked = scopes_for((reach.method, reach.path) for reach in card.asks)
            wanted |= asked.difference(above_ceiling(policy, asked))
        told |= told_areas(policy, card.tells_of)
    return without_implied(wanted or told_scopes(told))
