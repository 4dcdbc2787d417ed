"""`xero-mcp policy replay`: the calls of the audit log, put to a policy file."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, NamedTuple, cast

import typer

from xero_mcp.app import Office, policy_book
from xero_mcp.audit.record import Record
from xero_mcp.cli.audit_filters import moment
from xero_mcp.cli.console import Screen, open_screen
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.cli.opening import in_office
from xero_mcp.cli.options import AsJson
from xero_mcp.cli.policy_examples import read_bytes
from xero_mcp.cli.policy_files import chosen_files, good_policy
from xero_mcp.clock import SystemClock
from xero_mcp.money import Money
from xero_mcp.policy.files import SUFFIX
from xero_mcp.policy.model import Outcome, Policy
from xero_mcp.policy.plain import shown
from xero_mcp.policy.read import is_name
from xero_mcp.policy.replay import PastCall, Replayed, replay
from xero_mcp.policy.selftest import checked
from xero_mcp.settings import load_settings
from xero_mcp.store.tables.audit import AuditFilters
from xero_mcp.tools.index import load_cards

MAX_RECORDS = 50_000
"""Of each agent; what is older is left out, and that is said."""
PAGE = 500
_MONEY_PER_DAY = re.compile(r"money_per_day ([0-9]+(?:\.[0-9]+)?) ([A-Z]{3})")
_STRICTEST = (Outcome.DENY, Outcome.ASK, Outcome.ALLOW)
_DECIDED = frozenset({"NOT_ALLOWED", "LIMIT_REACHED", "APPROVAL_REQUIRED"})


class _Past(NamedTuple):
    """What an agent did, and whether the log holds more of it than was read."""

    agent: str
    calls: list[PastCall]
    """Oldest first, those of one moment too."""
    is_cut: bool


class _One(NamedTuple):
    """A call of an agent, and what the file would make of it."""

    agent: str
    replayed: Replayed


def replay_file(
    file: Annotated[str, typer.Argument(metavar="FILE|NAME")],
    *,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Only calls since then, such as 2026-11-01.")
    ] = None,
    agent: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Only this agent's calls. Left out: of everyone for whom the file decides.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put the calls of the audit log to a policy file.

    It says which it would have refused or asked about. The log holds what was said and what it
    came to; a fact that it does not hold, such as how long a contact was known, is taken not to
    apply, and named at the end.
    """
    if agent is not None and not is_name(agent):
        raise CommandError(f"{shown(agent)} is not an agent's name.", exit_code=ExitCode.USAGE)
    cards = load_cards()
    book = policy_book(load_settings(), SystemClock(), cards)
    (chosen,) = chosen_files([file], book)
    is_of_folder = chosen.path.resolve().parent == book.folder.resolve()
    # Not `Chosen.checked`: a draft of another name is compared before it takes its place.
    loaded = checked(read_bytes(chosen), file=chosen.shown, cards=cards.values())
    policy, start = good_policy(chosen, loaded), moment(since, "--since")

    async def work(office: Office) -> list[_Past]:
        own_file = chosen.path.name if is_of_folder else f"{policy.agent}{SUFFIX}"
        asked_for = agent or chosen.tied
        agents = (asked_for,) if asked_for else await _decided_for(office, policy, own_file)
        return [await _past_of(office, one, start) for one in agents]

    past = _with_base(in_office(work))
    found = [_One(one.agent, each) for one in past for each in replay(policy, one.calls, cards)]
    found.sort(key=lambda one: one.replayed.call.at)
    changed = [one for one in found if one.replayed.differs]
    screen = open_screen()
    if as_json:
        screen.json([_as_json(one) for one in changed])
    else:
        for one in changed:
            screen.line(_line(one, with_agent=len(past) > 1), indent=8)
        screen.line(_summary(found, changed, [one.agent for one in past]))
    _note(screen, found, past)


def _line(one: _One, *, with_agent: bool) -> str:
    call, decision = one.replayed.call, one.replayed.decision
    who = f"{one.agent} " if with_agent else ""
    money = f" ({call.money})" if call.money else ""
    missing = one.replayed.missing
    was_stricter = _STRICTEST.index(call.decided) < _STRICTEST.index(decision.in_earnest)
    unsure = f" (not known: {', '.join(missing)})" if missing and was_stricter else ""
    return (
        f"{call.at:%Y-%m-%d %H:%M}  {call.decided} -> {decision.in_earnest}  "
        f"{who}{call.tool}{money}: {decision.reason}{unsure}"
    )


def _summary(found: list[_One], changed: list[_One], agents: Sequence[str]) -> str:
    words = {Outcome.DENY: "refused", Outcome.ASK: "asked for", Outcome.ALLOW: "let pass"}
    counts = Counter(one.replayed.decision.in_earnest for one in changed)
    said = [f"{words[outcome]} {counts[outcome]}" for outcome in words if counts[outcome]]
    whose = f" of {', '.join(agents)}" if len(agents) > 1 else ""
    calls = "1 call" if len(found) == 1 else f"{len(found)} calls"
    if not found:
        return f"The log holds no such call{whose}: there is nothing to put to it."
    if not said:
        return f"{calls}{whose}, all as they were."
    return f"Of {calls}{whose} it would have {' and '.join(said)} that came out otherwise."


def _note(screen: Screen, found: list[_One], past: list[_Past]) -> None:
    missing = sorted({fact for one in found for fact in one.replayed.missing})
    if missing:
        screen.note(f"Not in the log, so taken not to apply: {', '.join(missing)}.")
    for one in past:
        if one.is_cut:
            screen.note(
                f"{one.agent} has more than {MAX_RECORDS:,} records, and only the newest were "
                "put to it: --since with a later day leaves none of those out that it names."
            )


async def _decided_for(office: Office, policy: Policy, own_file: str) -> tuple[str, ...]:
    """Whom the file is for, and all who are tied to it or to the one whose place it would take."""
    tied = {one.row.name for one in await office.agents.list() if one.row.policy_file == own_file}
    return (policy.agent, *sorted(tied - {policy.agent}))


async def _past_of(office: Office, agent: str, since: datetime | None) -> _Past:
    filters = AuditFilters(agent=agent, since=since)
    found: list[PastCall] = []
    before: int | None = None
    made: dict[str, Any] = {}
    for _ in range(MAX_RECORDS // PAGE):
        records = await office.audit.records(
            filters, is_live=office.instances.is_live, before_seq=before, limit=PAGE
        )
        found += _calls(records, made)
        if len(records) < PAGE:
            return _Past(agent, found[::-1], is_cut=False)
        before = records[-1].row.seq
    return _Past(agent, found[::-1], is_cut=True)


def _with_base(past: list[_Past]) -> list[_Past]:
    """The calls with their amounts in the base currency, which no record names.

    It is that in which the same amount stands twice; where there are several such, nobody knows.
    """
    same: dict[str, set[str]] = {}
    for call in (call for one in past for call in one.calls):
        if call.money and call.money.amount and call.money.amount == call.base_amount:
            same.setdefault(call.organisation_id, set()).add(call.money.currency)
    base = {where: found.pop() for where, found in same.items() if len(found) == 1}
    return [one._replace(calls=[_in_base(call, base) for call in one.calls]) for one in past]


def _in_base(call: PastCall, base: dict[str, str]) -> PastCall:
    currency = base.get(call.organisation_id)
    if call.base_amount is None or currency is None:
        return call
    return replace(call, base=Money(call.base_amount, currency))


def _calls(records: Iterable[Record], made: dict[str, Any]) -> Iterable[PastCall]:
    """Newest first, so each outcome is met before its intent: what it came to is kept in `made`."""
    for record in records:
        body = cast("dict[str, Any]", record.body)
        if body["kind"] == "outcome":
            made[body["intent_id"]] = body
        is_call = body["kind"] == "intent" or (
            body["kind"] == "refusal" and body.get("error_code") in _DECIDED
        )
        if is_call and body.get("organisation"):
            yield _past(record, made.pop(body["id"], {}))


def _past(record: Record, outcome: dict[str, Any]) -> PastCall:
    body = cast("dict[str, Any]", record.body)
    money: dict[str, str] = body.get("money") or outcome.get("money") or {}
    total = Money(Decimal(money["amount"]), money["currency"]) if money else None
    approval: dict[str, str] = body.get("approval") or {}
    return PastCall(
        id=body["id"],
        at=datetime.fromisoformat(body["at"]),
        tool=body["tool"],
        arguments=body.get("arguments") or {},
        organisation_id=body["organisation"]["id"],
        organisation_name=body["organisation"]["name"],
        money=total,
        base_amount=Decimal(money["base_amount"]) if "base_amount" in money else None,
        contact_id=body.get("contact_id"),
        decided=Outcome(body.get("decision") or "deny"),
        says=record.says,
        went_through=body["kind"] == "intent" and outcome.get("status") != "failed",
        approval=approval.get("id", ""),
        counted=_reserved(body.get("limits") or {}),
    )


def _reserved(limits: dict[str, str]) -> Money | None:
    """What the call took of `money_per_day`, where its policy had that limit."""
    found = _MONEY_PER_DAY.search(limits.get("reserved", ""))
    return None if found is None else Money(Decimal(found[1]), found[2])


def _as_json(one: _One) -> dict[str, object]:
    call, decision = one.replayed.call, one.replayed.decision
    return {
        "id": call.id,
        "at": call.at.isoformat(),
        "agent": one.agent,
        "tool": call.tool,
        "was": call.decided.value,
        "would_be": decision.in_earnest.value,
        "reason": decision.reason,
        "facts_not_known": list(one.replayed.missing),
    }
