"""What an agent has used up of its budgets, counted from the ledger of writes, calls and rows."""

from datetime import datetime, timedelta
from decimal import Decimal

from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.gate.passage import Passage, known
from xero_mcp.gate.rooms import Rooms
from xero_mcp.policy.limits import day_start, retry_after_seconds
from xero_mcp.policy.model import Mode, Policy
from xero_mcp.policy.reach import reads_rows, usage_needed
from xero_mcp.policy.usage import Usage
from xero_mcp.store.base import Tables
from xero_mcp.tool.answer import Answer

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
XERO_CALLS = frozenset({"xero_calls_last_minute", "xero_calls_today"})


def usage_of(tables: Tables, rooms: Rooms, passage: Passage) -> Usage:
    """What counts against the agent's limits, calls in flight and unknown ones counted in.

    Where a call reads several organisations, of each kind what is used up most of.
    """
    needed = usage_needed(passage.known_policy(), passage.known_card())
    if passage.organisation is None:
        return Usage()
    now = rooms.clock.now()
    spent = _Spent(tables, passage, now=now)
    each = [spent] + [
        _Spent(tables, passage, now=now, organisation_id=one.id) for one in passage.beside
    ]
    asks, reads = bool(XERO_CALLS & needed), "rows_read_today" in needed
    return Usage(
        writes_last_hour=spent.writes_last_hour() if "writes_last_hour" in needed else 0,
        money_today=spent.money_today() if "money_today" in needed else {},
        money_of_contact=spent.money_of_contact() if "money_of_contact" in needed else {},
        xero_calls_last_minute=max(one.xero_calls(MINUTE) for one in each) if asks else 0,
        xero_calls_today=max(one.xero_calls(DAY) for one in each) if asks else 0,
        rows_read_today=max(one.rows_read_today() for one in each) if reads else 0,
    )


class _Spent:
    """The counters of one agent in one organisation."""

    def __init__(
        self, tables: Tables, passage: Passage, *, now: datetime, organisation_id: str = ""
    ) -> None:
        self._tables = tables
        self._agent = passage.agent.name
        own = known(passage.organisation, "organisation").id
        self._organisation_id = organisation_id or own
        self._contacts = passage.facts.contact_ids or frozenset()
        self._now = now
        self._day_start = day_start(passage.known_policy(), now)

    def writes_last_hour(self) -> int:
        return self._tables.writes.count_since(
            self._agent, self._organisation_id, since=self._now - HOUR
        )

    def money_today(self, contact: str | None = None) -> dict[str, Decimal]:
        return self._tables.writes.money_since(
            self._agent, self._organisation_id, since=self._day_start, contact=contact
        )

    def money_of_contact(self) -> dict[str, Decimal]:
        most: dict[str, Decimal] = {}
        for contact in self._contacts:
            for currency, amount in self.money_today(contact).items():
                most[currency] = max(amount, most.get(currency, amount))
        return most

    def xero_calls(self, window: timedelta) -> int:
        after_ms = int((self._now - window).timestamp() * 1000)
        return self._tables.budgets.calls_since(
            self._agent, self._organisation_id, after_ms=after_ms
        )

    def rows_read_today(self) -> int:
        return self._tables.budgets.rows_since(
            self._agent, self._organisation_id, since=self._day_start
        )


def rows_over(
    tables: Tables, rooms: Rooms, passage: Passage, *, intent_id: str, answer: Answer
) -> XeroMcpError | None:
    """Count the rows of an answer, in the transaction of its outcome.

    An error where they are more than what is left of today. Then nothing is counted or shown,
    but in watch mode, where the error says what would have been.
    """
    policy, now = passage.known_policy(), rooms.clock.now()
    most = policy.limits.rows_read_per_day
    if most is None or passage.organisation is None or not reads_rows(passage.known_card()):
        return None
    shared = {one.id: _rows(answer) for one in (passage.organisation, *passage.beside)}
    counted = answer.rows_by_organisation() or shared
    over: XeroMcpError | None = None
    for organisation_id, rows in counted.items():
        spent = _Spent(tables, passage, now=now, organisation_id=organisation_id)
        left = max(most - spent.rows_read_today(), 0)  # the policy may have been narrowed today
        if rows > left:
            over = over or _too_many_rows(policy, rows=rows, left=left, at=now)
    if over is not None and policy.mode is not Mode.WATCH:
        return over
    tables.budgets.forget_rows(before=now - 2 * DAY)
    for number, (organisation_id, rows) in enumerate(counted.items()):
        tables.budgets.add_rows(
            f"{intent_id}/{number}" if number else intent_id,
            agent=passage.agent.name,
            organisation_id=organisation_id,
            at=now,
            shown=rows,
        )
    return over


def _rows(answer: Answer) -> int:
    rows = answer.row_count()
    return 1 if rows is None else rows


def _too_many_rows(policy: Policy, *, rows: int, left: int, at: datetime) -> XeroMcpError:
    most = policy.limits.rows_read_per_day
    return XeroMcpError(
        f"Denied by {policy.file} limits.rows_read_per_day: of {most} rows for today {left} are "
        f"left, and this answer has {rows}.",
        code=ErrorCode.LIMIT_REACHED,
        next_step="Ask for fewer rows (a smaller page_size, a narrower filter), or wait until "
        "tomorrow.",
        retry_after_seconds=retry_after_seconds(policy, at, "rows_read_per_day"),
    )
