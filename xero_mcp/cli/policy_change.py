"""`xero-mcp policy new`, `diff` and `replay`: making a policy, and seeing what a change means."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, cast

import typer

from xero_mcp.app import Office, policy_book, policy_folders
from xero_mcp.audit.record import Record
from xero_mcp.cli.audit_filters import moment
from xero_mcp.cli.console import open_screen
from xero_mcp.cli.exits import CommandError
from xero_mcp.cli.opening import in_office
from xero_mcp.cli.options import AsJson
from xero_mcp.cli.policy_examples import read_bytes
from xero_mcp.cli.policy_files import chosen_files, good_policy
from xero_mcp.clock import SystemClock
from xero_mcp.money import Money
from xero_mcp.policy.compare import compare
from xero_mcp.policy.files import SUFFIX, check_file
from xero_mcp.policy.load import load_policy
from xero_mcp.policy.model import Outcome, Policy
from xero_mcp.policy.plain import shown
from xero_mcp.policy.read import is_name
from xero_mcp.policy.replay import PastCall, Replayed, replay
from xero_mcp.policy.selftest import checked, run_examples
from xero_mcp.settings import load_settings
from xero_mcp.store.tables.audit import AuditFilters
from xero_mcp.tools.index import load_cards

MAX_RECORDS = 50_000
PAGE = 500
_AGENT = re.compile(r"^agent: .*$", re.MULTILINE)
_ORGANISATIONS = re.compile(r"^organisations: .*$", re.MULTILINE)


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The agent's name.")],
    *,
    like: Annotated[
        str, typer.Option(metavar="POLICY", help="A shipped policy, such as bookkeeper.")
    ],
    organisation: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Exactly as Xero writes it; more than once for several."),
    ] = None,
) -> None:
    """Write a new policy file, with comments, that is good at once.

    It lies in the policies folder. Put in your people's addresses, then check it.
    """
    folder, shipped = policy_folders(load_settings())
    source, target = shipped / f"{like}{SUFFIX}", folder / f"{name}{SUFFIX}"
    if not is_name(name):
        raise CommandError(f"{shown(name)} is not an agent's name: small letters and hyphens.")
    if not is_name(like) or not source.is_file():
        there = ", ".join(sorted(one.stem for one in shipped.glob(f"*{SUFFIX}")))
        raise CommandError(f"There is no shipped policy {shown(like)}. There are: {there}.")
    if target.exists():
        raise CommandError(f"{target} is there already; nothing was written.")
    is_first = not folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    text = _AGENT.sub(f"agent: {name}", source.read_text(encoding="utf-8"), count=1)
    if organisation:
        listed = ", ".join(json.dumps(one, ensure_ascii=False) for one in organisation)
        text = _ORGANISATIONS.sub(lambda _: f"organisations: [{listed}]", text, count=1)
    target.write_text(text, encoding="utf-8")
    loaded = check_file(target, cards=load_cards().values())
    if loaded.policy is None:
        target.unlink()
        raise CommandError(f"The file would not be good: {loaded.problems[0].text}")
    screen = open_screen()
    screen.line(f"Written: {target}")
    screen.line(f"Next: put in your people, then `xero-mcp policy check {name}`.")
    if is_first:
        screen.note(
            f"{folder} is new: from now on policies are read from there alone, no longer from the "
            "shipped ones. Make others that you need the same way."
        )


File = Annotated[str, typer.Argument(metavar="FILE|NAME")]


def diff(old: File, new_one: File, *, as_json: AsJson = False) -> None:
    """Say what a changed policy allows, asks and refuses."""
    was, will_be, cards = _read(old), _read(new_one), load_cards()
    changes = compare(was, will_be, cards.values(), at=SystemClock().now())
    screen = open_screen()
    failing = len(run_examples(will_be, cards.values()))
    if failing:
        screen.note(
            f"{new_one} would not be used as it is: {failing} of its examples come out differently "
            "(`xero-mcp policy check` names them)."
        )
    if as_json:
        screen.json([change.as_json() for change in changes])
        return
    if not changes:
        screen.line("Nothing that an agent could notice is different.")
    for change in changes:
        screen.as_it_is(f"{change.becomes:<8} {change.text}")


def replay_file(
    file: File,
    *,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Only calls since then, such as 2026-11-01.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put the calls of the audit log to a policy file.

    It says which it would have refused or asked about. The log holds what was said and what it
    came to; a fact that it does not hold, such as how long a contact was known, is taken not to
    apply, and named at the end.
    """
    policy, cards = _policy(file), load_cards()
    start = moment(since, "--since")

    async def work(office: Office) -> list[PastCall]:
        return await _past_calls(office, policy, start)

    found = replay(policy, in_office(work), cards)
    screen = open_screen()
    changed = [one for one in found if one.differs]
    if as_json:
        screen.json([_as_json(one) for one in changed])
        return
    for one in changed:
        screen.as_it_is(
            f"{one.call.at:%Y-%m-%d %H:%M}  {one.call.decided} -> {one.decision.in_earnest}  "
            f"{one.call.tool}"
            + (f" ({one.call.money})" if one.call.money else "")
            + f": {one.decision.reason}"
        )
    screen.line(_summary(found, changed))
    missing = sorted({fact for one in found for fact in one.missing})
    if missing:
        screen.note(f"Not in the log, so taken not to apply: {', '.join(missing)}.")


def _summary(found: list[Replayed], changed: list[Replayed]) -> str:
    words = {Outcome.DENY: "refused", Outcome.ASK: "asked for", Outcome.ALLOW: "let pass"}
    counts = Counter(one.decision.in_earnest for one in changed)
    said = [f"{words[outcome]} {counts[outcome]}" for outcome in words if counts[outcome]]
    if not said:
        return f"{len(found)} calls, all as they were."
    return f"Of {len(found)} calls it would have {' and '.join(said)} that came out otherwise."


def _policy(name: str) -> Policy:
    cards = load_cards()
    (chosen,) = chosen_files([name], policy_book(load_settings(), SystemClock(), cards))
    # Not `check_file`: a draft of another name is compared before it takes its place.
    loaded = checked(read_bytes(chosen), file=chosen.shown, cards=cards.values())
    return good_policy(chosen, loaded)


def _read(name: str) -> Policy:
    """Whatever its examples say: a change is looked at before they are brought up to it."""
    cards = load_cards()
    (chosen,) = chosen_files([name], policy_book(load_settings(), SystemClock(), cards))
    loaded = load_policy(read_bytes(chosen), file=chosen.shown, cards=cards.values())
    return good_policy(chosen, loaded)


async def _past_calls(office: Office, policy: Policy, since: datetime | None) -> list[PastCall]:
    filters = AuditFilters(agent=policy.agent, since=since)
    found: list[PastCall] = []
    before: int | None = None
    made: dict[str, Any] = {}
    for _ in range(MAX_RECORDS // PAGE):
        records = await office.audit.records(
            filters, is_live=office.instances.is_live, before_seq=before, limit=PAGE
        )
        found += _calls(records, made)
        if len(records) < PAGE:
            break
        before = records[-1].row.seq
    return found


def _calls(records: Iterable[Record], made: dict[str, Any]) -> Iterable[PastCall]:
    """Newest first, so each outcome is met before its intent: what it came to is kept in `made`."""
    for record in records:
        body = cast("dict[str, Any]", record.body)
        if body["kind"] == "outcome" and body.get("money"):
            made[body["intent_id"]] = body["money"]
        is_call = body["kind"] == "intent" or (
            body["kind"] == "refusal" and body.get("error_code") in _DECIDED
        )
        if is_call and body.get("organisation"):
            yield _past(body, body.get("money") or made.get(body["id"]))


_DECIDED = frozenset({"NOT_ALLOWED", "LIMIT_REACHED", "APPROVAL_REQUIRED"})


def _past(body: dict[str, Any], money: dict[str, str] | None) -> PastCall:
    total = Money(Decimal(money["amount"]), money["currency"]) if money else None
    return PastCall(
        id=body["id"],
        at=datetime.fromisoformat(body["at"]),
        tool=body["tool"],
        arguments=body.get("arguments") or {},
        organisation_id=body["organisation"]["id"],
        organisation_name=body["organisation"]["name"],
        money=total,
        base=None,
        contact_id=body.get("contact_id"),
        decided=Outcome(body.get("decision") or "deny"),
        says=body["says"],
    )


def _as_json(one: Replayed) -> dict[str, object]:
    return {
        "id": one.call.id,
        "at": one.call.at.isoformat(),
        "tool": one.call.tool,
        "was": one.call.decided.value,
        "would_be": one.decision.in_earnest.value,
        "reason": one.decision.reason,
        "facts_not_known": list(one.missing),
    }
