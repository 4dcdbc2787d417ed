"""What happened in a period, counted: calls, refusals, questions, and money, by agent and day."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from xero_mcp.audit.entry import Kind, Status
from xero_mcp.audit.record import Record
from xero_mcp.money import to_text


@dataclass(slots=True, kw_only=True)
class Tally:
    """The counts of one agent on one day."""

    calls: int = 0
    """That were let through."""
    done: int = 0
    failed: int = 0
    unknown: int = 0
    refused: int = 0
    asked: int = 0
    money: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    """What writes that were done came to, by currency; currencies are never added up."""

    def add(self, other: "Tally") -> None:
        self.calls += other.calls
        self.done += other.done
        self.failed += other.failed
        self.unknown += other.unknown
        self.refused += other.refused
        self.asked += other.asked
        for currency, amount in other.money.items():
            self.money[currency] = self.money.get(currency, Decimal(0)) + amount

    def money_text(self) -> str:
        return ", ".join(f"{to_text(self.money[code])} {code}" for code in sorted(self.money))


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A period, day by day and agent by agent."""

    since: datetime
    until: datetime
    by_day: dict[tuple[str, str], Tally]
    """(day, agent) -> counts; a day is one of the zone of `since`."""
    to_look_at: tuple[str, ...]
    """Sentences of what somebody should look at, newest last."""

    def agents(self) -> dict[str, Tally]:
        found: dict[str, Tally] = defaultdict(Tally)
        for (_, agent), tally in sorted(self.by_day.items()):
            found[agent].add(tally)
        return dict(found)

    def days(self) -> list[str]:
        return sorted({day for day, _ in self.by_day})


MAX_TO_LOOK_AT = 100


def summary_of(records: Iterable[Record], *, since: datetime, until: datetime) -> Summary:
    """Count records of the period, oldest first; others are passed over."""
    by_day: dict[tuple[str, str], Tally] = defaultdict(Tally)
    looks: list[str] = []
    for record in records:
        at = datetime.fromisoformat(record.row.at)
        if not since <= at < until:
            continue
        if record.row.look and len(looks) < MAX_TO_LOOK_AT:
            looks.append(record.says)
        if record.row.agent:
            day = f"{at.astimezone(since.tzinfo):%Y-%m-%d}"
            _count(by_day[(day, record.row.agent)], record)
    return Summary(since=since, until=until, by_day=dict(by_day), to_look_at=tuple(looks))


def _count(tally: Tally, record: Record) -> None:
    kind, status = record.row.kind, record.row.status
    if kind == Kind.INTENT:
        tally.calls += 1
    elif kind == Kind.REFUSAL and record.row.look:
        if record.row.decision == "ask":
            tally.asked += 1
        else:
            tally.refused += 1
    elif kind in {Kind.OUTCOME, Kind.UNKNOWN}:
        _count_ending(tally, record, status)


def _count_ending(tally: Tally, record: Record, status: str | None) -> None:
    if status == Status.UNKNOWN:
        tally.unknown += 1
    elif status == Status.FAILED:
        tally.failed += 1
    else:
        tally.done += 1
        amount, currency = record.text("money", "amount"), record.text("money", "currency")
        if amount and currency and record.text("access") != "read":
            tally.money[currency] = tally.money.get(currency, Decimal(0)) + Decimal(amount)
