"""`xero-mcp webhooks status`: whether what Xero delivers arrives, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from xero_mcp.app import Office
from xero_mcp.changes.event import RESOURCES
from xero_mcp.changes.refusing import Outcome
from xero_mcp.cli.console import Screen, open_screen
from xero_mcp.cli.moments import distance, local
from xero_mcp.cli.opening import in_office
from xero_mcp.cli.options import AsJson
from xero_mcp.cli.organisation_names import organisation_names
from xero_mcp.clock import to_iso
from xero_mcp.settings import Settings
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.change_work import PositionRow
from xero_mcp.store.tables.webhooks import Counted, Range, holes

DAYS = 14
MAX_HOLES = 5
PATH = "/webhooks/xero"
HEARD = (Outcome.TAKEN, Outcome.REPEATED, Outcome.INTENT, Outcome.UNREADABLE)
"""Outcomes of deliveries that Xero signed."""
REFUSED = (Outcome.SIGNATURE, Outcome.TOO_LARGE, Outcome.STALE, Outcome.FUTURE)
LEFT_OUT = (Outcome.ORGANISATION, Outcome.OTHER_KIND, Outcome.UNREADABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All that there is to show."""

    settings: Settings
    now: datetime
    counts: Sequence[Counted]
    ranges: Sequence[Range]
    waiting: int
    waiting_since: datetime | None
    positions: Sequence[PositionRow]
    newest: int
    newest_at: datetime | None
    names: Mapping[str, str]

    @property
    def last_at(self) -> datetime | None:
        """When Xero was last heard."""
        return max((one.latest_at for one in self.counts if one.outcome in HEARD), default=None)

    @property
    def refused_at(self) -> datetime | None:
        return max((one.latest_at for one in self.counts if one.outcome in REFUSED), default=None)

    def days(self) -> list[tuple[str, dict[str, int]]]:
        """Outcomes by day, the newest first."""
        found = groupby(self.counts, key=lambda one: one.day)
        days = [(day, {one.outcome: one.amount for one in rows}) for day, rows in found]
        return days[::-1]


def status(*, as_json: AsJson = False) -> None:
    """Say what came, what was refused, what is missing and what waits. Xero is not asked."""
    state = in_office(_state)
    screen = open_screen()
    if as_json:
        screen.json(_as_json(state))
    else:
        _show(screen, state)


async def _state(office: Office) -> State:
    now = office.clock.now()
    names = await organisation_names(office)

    def look(tables: Tables) -> State:
        newest = tables.changes.newest_seq()
        row = next(iter(tables.changes.after(newest - 1, limit=1)), None)
        return State(
            settings=office.settings,
            now=now,
            counts=tables.webhooks.counts(now - timedelta(days=DAYS - 1)),
            ranges=tables.webhooks.ranges(),
            waiting=tables.change_work.waiting(),
            waiting_since=tables.change_work.waiting_since(),
            positions=tables.change_work.positions(),
            newest=newest,
            newest_at=row.noticed_at if row else None,
            names=names,
        )

    return await office.store.read(look)


def _show(screen: Screen, state: State) -> None:
    keys = len(state.settings.webhook_keys)
    screen.pairs(
        [
            ("key", _key(keys)),
            ("address", _address(state.settings) if keys else ""),
            ("last heard", _ago(state.last_at, state.now) or "never"),
            ("last refused", _ago(state.refused_at, state.now)),
            ("missing", _missing(state)),
            ("to be read", _waiting(state)),
            ("feed", _feed(state)),
            ("catching up", _catching_up(state.settings)),
        ]
    )
    days = state.days()
    if days:
        screen.line()
        screen.table(
            ("day", "deliveries", "events", "repeated", "refused", "left out", "why"),
            [_row(day, found) for day, found in days],
            right=("deliveries", "events", "repeated", "refused", "left out"),
        )
    if state.positions:
        screen.line()
        _show_positions(screen, state)


def _key(keys: int) -> str:
    if not keys:
        return "not set here: XERO_WEBHOOK_KEY, from the webhook's page at developer.xero.com"
    return "set" if keys == 1 else f"{keys} are set, for the time in which one takes over"


def _address(settings: Settings) -> str:
    if settings.public_url:
        return f"{settings.public_url}{PATH}"
    return f"{PATH} of `xero-mcp serve --transport http`; Xero needs a public https:// address"


def _ago(moment: datetime | None, now: datetime) -> str:
    return f"{distance(moment, now)} ({local(moment)})" if moment is not None else ""


def _missing(state: State) -> str:
    found = holes(state.ranges)
    if not state.ranges:
        return ""
    if not found:
        return "nothing: every number came"
    since = {high.first: high.since for high in state.ranges}
    told = [f"{first}-{last}" if first != last else f"{first}" for first, last in found[:MAX_HOLES]]
    more = f" and {len(found) - MAX_HOLES} more" if len(found) > MAX_HOLES else ""
    oldest = min(since[last + 1] for _, last in found)
    word = "number" if len(told) == 1 and "-" not in told[0] else "numbers"
    return (
        f"{word} {', '.join(told)}{more}, since {local(oldest)}; within two minutes of that Xero "
        "is asked what changed"
    )


def _waiting(state: State) -> str:
    if not state.waiting:
        return "nothing"
    since = _ago(state.waiting_since, state.now)
    return f"{state.waiting:,}, of events from {since} on"


def _feed(state: State) -> str:
    if not state.newest:
        return "no change yet"
    newest = _ago(state.newest_at, state.now)
    return f"up to change {state.newest}" + (f", {newest}" if newest else "")


def _catching_up(settings: Settings) -> str:
    if not settings.catch_up_seconds:
        return "only after gaps: XERO_MCP_CATCH_UP_SECONDS is 0"
    return f"every {settings.catch_up_seconds} seconds"


def _row(day: str, found: Mapping[str, int]) -> tuple[str, ...]:
    why = [f"{name} {found[name]:,}" for name in (*REFUSED, *LEFT_OUT) if name in found]
    trials = found.get(Outcome.TRIAL, 0) + found.get(Outcome.INTENT, 0)
    return (
        day,
        f"{found.get(Outcome.TAKEN, 0):,}",
        f"{found.get(Outcome.EVENTS, 0):,}",
        f"{found.get(Outcome.REPEATED, 0) + found.get(Outcome.EVENTS_REPEATED, 0):,}",
        f"{sum(found.get(name, 0) for name in REFUSED):,}",
        f"{sum(found.get(name, 0) for name in LEFT_OUT):,}",
        ", ".join([*why, *([f"trials {trials:,}"] if trials else [])]),
    )


def _show_positions(screen: Screen, state: State) -> None:
    """A line for each organisation, and one for each kind of thing that cannot be asked for."""
    for organisation_id, found in groupby(state.positions, key=lambda one: one.organisation_id):
        rows = list(found)
        name = state.names.get(organisation_id, organisation_id)
        asked = [one.polled_at for one in rows if one.polled_at is not None]
        when = f"asked {_ago(max(asked), state.now)}" if asked else "not asked for yet"
        soonest = distance(min(one.next_at for one in rows), state.now)
        bad = [one for one in rows if one.problem]
        screen.marked(
            "warn" if bad else "ok",
            f"{name}: {len(rows)} kinds of things, {when}, next {soonest}",
        )
        for one in bad:
            often = f", {one.failures} times in a row" if one.failures > 1 else ""
            screen.marked("", f"-> {one.resource}: {one.problem}{often}. `xero-mcp doctor`")


def _as_json(state: State) -> dict[str, object]:
    return {
        "keys": len(state.settings.webhook_keys),
        "address": _address(state.settings) if state.settings.public_url else None,
        "last_heard_at": _iso(state.last_at),
        "last_refused_at": _iso(state.refused_at),
        "missing": [{"first": first, "last": last} for first, last in holes(state.ranges)],
        "newest_sequence": state.ranges[-1].last if state.ranges else None,
        "waiting": state.waiting,
        "waiting_since": _iso(state.waiting_since),
        "newest_change": state.newest,
        "catch_up_seconds": state.settings.catch_up_seconds,
        "days": [{"day": day, "outcomes": found} for day, found in state.days()],
        "positions": [
            {
                "organisation": {
                    "id": one.organisation_id,
                    "name": state.names.get(one.organisation_id),
                },
                "resource": one.resource,
                "told_by_webhooks": one.resource in RESOURCES.values(),
                "since": to_iso(one.since),
                "asked_at": _iso(one.polled_at),
                "next_at": to_iso(one.next_at),
                "failures": one.failures,
                "problem": one.problem,
            }
            for one in state.positions
        ],
    }


def _iso(moment: datetime | None) -> str | None:
    return to_iso(moment) if moment is not None else None
