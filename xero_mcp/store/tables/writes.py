"""The ledger of writes: what was sent to Xero under which key, and what came of it.

It makes a repeated request the first one's repeat, and holds back a write that may
already have happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from xero_mcp.clock import to_iso
from xero_mcp.money import Money
from xero_mcp.store.executor import Executor, Row, Value, moment, text, text_or_none


class WriteState(StrEnum):
    """How far a write has come."""

    OPEN = "open"
    """Sent or about to be; its process has not heard yet."""
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It may have reached Xero; nobody heard."""
    SETTLED = "settled"
    """It was unknown, and a person or a check has since found out."""


_NOT_KNOWN = frozenset({WriteState.OPEN, WriteState.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRow:
    """One write, known by the intent of its first try."""

    intent_id: str
    agent: str
    organisation_id: str
    tool: str
    request_digest: str
    """Of the arguments with `request_id`: the same request, sent again."""
    payload_digest: str
    """Of the arguments without it: the same document, whoever asks for it how often."""
    idempotency_key: str
    first_sent_at: datetime
    instance: str
    state: WriteState = WriteState.OPEN
    answer: str | None = None
    """The first answer as JSON text, for a repeat."""
    money: Money | None = None
    """What it takes from a daily budget, in the currency of that budget."""
    contacts: tuple[str, ...] = ()
    """Whose budgets of the day it takes from, besides the agent's."""
    touches: tuple[str, ...] = ()
    """What it touches in Xero; kept until it is known how it ended, and not read back."""


_COLUMNS = """
SELECT intent_id, agent, organisation_id, tool, request_digest, payload_digest, idempotency_key,
       first_sent_at, instance, state, answer, money_amount, money_currency, contacts
FROM writes
"""
_CLAIM = """
INSERT INTO writes (intent_id, agent, organisation_id, tool, request_digest, payload_digest,
                    idempotency_key, first_sent_at, instance, state, answer,
                    money_amount, money_currency, contacts)
VALUES (:intent_id, :agent, :organisation_id, :tool, :request_digest, :payload_digest,
        :idempotency_key, :first_sent_at, :instance, :state, :answer,
        :money_amount, :money_currency, :contacts)
"""
_GET = f"{_COLUMNS} WHERE intent_id = :intent_id"
_FIND = (
    f"{_COLUMNS} WHERE agent = :agent AND organisation_id = :organisation_id AND tool = :tool"
    " AND request_digest = :request_digest ORDER BY first_sent_at DESC, intent_id DESC LIMIT 1"
)
_FIND_UNKNOWN = (
    f"{_COLUMNS} WHERE agent = :agent AND organisation_id = :organisation_id"
    " AND payload_digest = :payload_digest AND state = 'unknown'"
    " ORDER BY first_sent_at DESC, intent_id DESC LIMIT 1"
)
_FIND_OPEN = (
    f"{_COLUMNS} WHERE agent = :agent AND organisation_id = :organisation_id"
    " AND payload_digest = :payload_digest AND state = 'open'"
    " ORDER BY first_sent_at DESC, intent_id DESC LIMIT :limit"
)
_TOUCH = """
INSERT INTO write_touches (intent_id, touch) VALUES (:intent_id, :touch)
ON CONFLICT (intent_id, touch) DO NOTHING
"""
_UNTOUCH = "DELETE FROM write_touches WHERE intent_id = :intent_id"
_TOUCHED = """
SELECT intent_id FROM write_touches WHERE touch = :touch ORDER BY intent_id DESC LIMIT :limit
"""
_LIST_UNKNOWN = f"{_COLUMNS} WHERE state = 'unknown' ORDER BY first_sent_at, intent_id LIMIT :limit"
_SETTLE = "UPDATE writes SET state = :state, answer = :answer WHERE intent_id = :intent_id"
_GIVE_UP = """
UPDATE writes SET state = 'unknown'
WHERE intent_id = :intent_id AND state = 'open' AND instance = :instance
"""
_TAKE_UP = """
UPDATE writes SET state = 'open', instance = :instance
WHERE intent_id = :intent_id AND state = :state AND instance = :read_instance
"""
_SPENT = """
SELECT money_amount, money_currency, contacts FROM writes
WHERE agent = :agent AND organisation_id = :organisation_id AND first_sent_at > :since
  AND (state IN ('open', 'done', 'unknown') OR (state = 'settled' AND answer IS NOT NULL))
"""
_FORGET = """
UPDATE writes SET request_digest = 'forgotten', payload_digest = 'forgotten', contacts = NULL,
                  answer = CASE WHEN answer IS NULL THEN NULL ELSE '{}' END
WHERE intent_id = :intent_id AND state NOT IN ('open', 'unknown')
"""


class WritesTable:
    """Every write that was ever sent."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def get(self, intent_id: str) -> WriteRow | None:
        for row in self._executor.rows(_GET, {"intent_id": intent_id}):
            return _read(row)
        return None

    def find(
        self, agent: str, organisation_id: str, tool: str, request_digest: str
    ) -> WriteRow | None:
        """The newest write of exactly this request."""
        wanted = {
            "agent": agent,
            "organisation_id": organisation_id,
            "tool": tool,
            "request_digest": request_digest,
        }
        for row in self._executor.rows(_FIND, wanted):
            return _read(row)
        return None

    def find_unknown(
        self, agent: str, organisation_id: str, payload_digest: str
    ) -> WriteRow | None:
        """A write of the same document of which nobody knows whether it happened."""
        wanted = {
            "agent": agent,
            "organisation_id": organisation_id,
            "payload_digest": payload_digest,
        }
        for row in self._executor.rows(_FIND_UNKNOWN, wanted):
            return _read(row)
        return None

    def find_open(
        self, agent: str, organisation_id: str, payload_digest: str, *, limit: int = 20
    ) -> list[WriteRow]:
        """Writes of the same document whose process has not heard, or is gone."""
        wanted: dict[str, Value] = {
            "agent": agent,
            "organisation_id": organisation_id,
            "payload_digest": payload_digest,
            "limit": limit,
        }
        return [_read(row) for row in self._executor.rows(_FIND_OPEN, wanted)]

    def find_touching(
        self, agent: str, organisation_id: str, touches: Sequence[str], *, limit: int = 100
    ) -> list[WriteRow]:
        """Writes to the same things of which it is not known how they ended."""
        found: dict[str, WriteRow] = {}
        for touch in touches:
            for (intent,) in self._executor.rows(_TOUCHED, {"touch": touch, "limit": limit}):
                row = self.get(text(intent))
                if row is not None and (row.agent, row.organisation_id) == (agent, organisation_id):
                    found[row.intent_id] = row
        return [row for row in found.values() if row.state in _NOT_KNOWN]

    def list_unknown(self, *, limit: int = 100) -> list[WriteRow]:
        """Writes that wait to be settled, oldest first."""
        return [_read(row) for row in self._executor.rows(_LIST_UNKNOWN, {"limit": limit})]

    def claim(self, row: WriteRow) -> None:
        """Enter a write before it is sent."""
        self._executor.change(
            _CLAIM,
            {
                "intent_id": row.intent_id,
                "agent": row.agent,
                "organisation_id": row.organisation_id,
                "tool": row.tool,
                "request_digest": row.request_digest,
                "payload_digest": row.payload_digest,
                "idempotency_key": row.idempotency_key,
                "first_sent_at": to_iso(row.first_sent_at),
                "instance": row.instance,
                "state": row.state.value,
                "answer": row.answer,
                "money_amount": str(row.money.amount) if row.money else None,
                "money_currency": row.money.currency if row.money else None,
                "contacts": " ".join(row.contacts) or None,
            },
        )
        for touch in row.touches:
            self._executor.change(_TOUCH, {"intent_id": row.intent_id, "touch": touch})

    def count_since(self, agent: str, organisation_id: str, *, since: datetime) -> int:
        """Writes that were sent or may have been; one that Xero refused does not count."""
        return len(self._spent(agent, organisation_id, since=since))

    def money_since(
        self, agent: str, organisation_id: str, *, since: datetime, contact: str | None = None
    ) -> dict[str, Decimal]:
        """What they took from daily budgets, by currency. Summed here: money is no database's."""
        sums: dict[str, Decimal] = {}
        for amount, currency, contacts in self._spent(agent, organisation_id, since=since):
            is_theirs = contact is None or contact in (text_or_none(contacts) or "").split()
            if amount is not None and is_theirs:
                code = text(currency)
                sums[code] = sums.get(code, Decimal(0)) + Decimal(text(amount))
        return sums

    def _spent(self, agent: str, organisation_id: str, *, since: datetime) -> Sequence[Row]:
        return self._executor.rows(
            _SPENT, {"agent": agent, "organisation_id": organisation_id, "since": to_iso(since)}
        )

    def settle(self, intent_id: str, state: WriteState, answer: str | None = None) -> bool:
        """Write down what came of it; False where there is no such write."""
        wanted = {"intent_id": intent_id, "state": state.value, "answer": answer}
        if state not in _NOT_KNOWN:
            self._executor.change(_UNTOUCH, {"intent_id": intent_id})
        return self._executor.change(_SETTLE, wanted) > 0

    def forget(self, intent_id: str) -> bool:
        """Leave nothing of what was sent, nor a digest by which it could be guessed.

        That there was an answer stays: what was spent counts by it.
        """
        return self._executor.change(_FORGET, {"intent_id": intent_id}) > 0

    def give_up(self, intent_id: str, instance: str) -> bool:
        """Call a write unknown because its process is gone.

        False where it is not open any more, or another process has taken it up since.
        """
        return self._executor.change(_GIVE_UP, {"intent_id": intent_id, "instance": instance}) > 0

    def take_up(self, row: WriteRow, instance: str) -> WriteRow | None:
        """Open a write again for a second try under its first key.

        None where somebody else has changed it since it was read: then nothing is sent.
        """
        wanted = {
            "intent_id": row.intent_id,
            "state": row.state.value,
            "read_instance": row.instance,
            "instance": instance,
        }
        if self._executor.change(_TAKE_UP, wanted) == 0:
            return None
        return replace(row, state=WriteState.OPEN, instance=instance)


def _read(row: Row) -> WriteRow:
    return WriteRow(
        intent_id=text(row[0]),
        agent=text(row[1]),
        organisation_id=text(row[2]),
        tool=text(row[3]),
        request_digest=text(row[4]),
        payload_digest=text(row[5]),
        idempotency_key=text(row[6]),
        first_sent_at=moment(row[7]),
        instance=text(row[8]),
        state=WriteState(text(row[9])),
        answer=text_or_none(row[10]),
        money=None if row[11] is None else Money(Decimal(text(row[11])), text(row[12])),
        contacts=tuple((text_or_none(row[13]) or "").split()),
    )
