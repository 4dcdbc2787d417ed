"""Finding records in a log of a million: newest first, whatever is asked for together.

Most filters are those of `audit_sought`, as far as it was copied; what was written since is
looked through in the log. Contact, amount and what needs a look are found in the log itself.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from xero_mcp.clock import to_iso
from xero_mcp.store.executor import Executor, Value, whole
from xero_mcp.store.tables.audit_sought import not_copied

FEW = 2000
"""A filter that leaves no more records than this is followed first, before all others."""
MAX_TOOLS = 200
AMOUNT_SCALE = 10_000
MAX_COLUMN = 2**63 - 1


class AuditFilters(NamedTuple):
    """What to look for; whatever is left out does not matter."""

    agent: str | None = None
    organisation_id: str | None = None
    tool: str | None = None
    kind: str | None = None
    decision: str | None = None
    status: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    tools: tuple[str, ...] | None = None
    """Any of these."""
    contact_id: str | None = None
    min_amount: Decimal | None = None
    """In whichever currency: the record says which."""
    max_amount: Decimal | None = None
    needs_a_look: bool = False
    """What nobody has reviewed yet, though somebody should."""


_INDEXED = {
    "agent": "agent = :agent",
    "organisation_id": "organisation_id = :organisation_id",
    "tool": "tool = :tool",
    "kind": "kind = :kind",
    "decision": "decision = :decision",
    "status": "status = :status",
    "contact_id": "contact_id = :contact_id",
}
_OTHERS = {
    "since": "at >= :since",
    "until": "at < :until",
    "min_amount": "amount_e4 >= :min_amount",
    "max_amount": "amount_e4 <= :max_amount",
    "before_seq": "seq < :before_seq",
}
_TO_LOOK_AT = """look IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM audit_reviews WHERE call_id = COALESCE(audit.intent_id, audit.id))"""
_OF_THE_LOG = frozenset({"contact_id", "min_amount", "max_amount", "look"})
"""What the log alone knows, and has indexes for: the other filters are those of `audit_sought`."""
_IN_ORDER = frozenset({"contact_id", "look"})
"""Those of them whose index has the newest first, and no more than what is asked for."""

_PAGE = """
SELECT seq FROM audit WHERE {where} ORDER BY seq DESC LIMIT :limit
"""
_PAGE_OF_FEW = """
WITH few AS MATERIALIZED ({few})
SELECT seq FROM few CROSS JOIN audit WHERE seq = number AND {where} ORDER BY seq DESC LIMIT :limit
"""
_PAGE_OF_COPIED = """
SELECT seq FROM audit_sought WHERE {copied} ORDER BY seq DESC LIMIT :limit
"""
_PAGE_OF_BOTH = """
SELECT number FROM (SELECT seq AS number FROM audit_sought WHERE {copied}) AS copied
CROSS JOIN audit WHERE seq = number AND {where} ORDER BY number DESC LIMIT :limit
"""
_FEW = "SELECT seq AS number FROM {table} WHERE {clause}"
# With both ends a database knows that they are few, also before it has learned anything of the log.
_NOT_COPIED = "SELECT seq AS number FROM audit WHERE seq > :copied_upto AND seq <= :last_seq"
_COUNT = "SELECT COUNT(*) FROM (SELECT 1 FROM {table} WHERE {clause} LIMIT :few) AS some"


def found(
    executor: Executor, filters: AuditFilters, *, before_seq: int | None, limit: int
) -> list[int]:
    """The numbers of the newest records that match."""
    given, clauses = _given(filters, before_seq)
    given["limit"] = limit
    where = _all(clauses)
    driver = _driver(executor, clauses, given)
    if driver in _OF_THE_LOG:
        few = _FEW.format(table="audit", clause=clauses[driver])
        return _numbers(executor, _PAGE_OF_FEW.format(few=few, where=where), given)
    copied = {name: clause for name, clause in clauses.items() if name not in _OF_THE_LOG}
    if driver is None and (_IN_ORDER & clauses.keys() or not copied.keys() - {"before_seq"}):
        return _numbers(executor, _PAGE.format(where=where), given)
    given["copied_upto"], given["last_seq"] = not_copied(executor)
    if driver is not None:
        few = _FEW.format(table="audit_sought", clause=clauses[driver])
        few = f"{few} UNION ALL {_NOT_COPIED}"
        return _numbers(executor, _PAGE_OF_FEW.format(few=few, where=where), given)
    newest = _numbers(executor, _PAGE_OF_FEW.format(few=_NOT_COPIED, where=where), given)
    given["limit"] = limit - len(newest)
    return newest + _of_copied(executor, clauses, copied, given)


def _of_copied(
    executor: Executor,
    clauses: Mapping[str, str],
    copied: Mapping[str, str],
    given: Mapping[str, Value],
) -> list[int]:
    """As many of those that were copied as are still wanted."""
    if not given["limit"]:
        return []
    others = {name: clause for name, clause in clauses.items() if name not in copied}
    page = _PAGE_OF_BOTH if others else _PAGE_OF_COPIED
    return _numbers(executor, page.format(copied=_all(copied), where=_all(others)), given)


def _numbers(executor: Executor, sql: str, given: Mapping[str, Value]) -> list[int]:
    return [whole(seq) for (seq,) in executor.rows(sql, given)]


def _all(clauses: Mapping[str, str]) -> str:
    return " AND ".join(clauses.values()) or "1 = 1"


def _given(
    filters: AuditFilters, before_seq: int | None
) -> tuple[dict[str, Value], dict[str, str]]:
    """The parameters, and the clause of each filter that was given."""
    wanted: dict[str, Value] = {
        "agent": filters.agent,
        "organisation_id": filters.organisation_id,
        "tool": filters.tool,
        "kind": filters.kind,
        "decision": filters.decision,
        "status": filters.status,
        "contact_id": filters.contact_id,
        "since": None if filters.since is None else to_iso(filters.since),
        "until": None if filters.until is None else to_iso(filters.until),
        "min_amount": amount_e4(filters.min_amount),
        "max_amount": amount_e4(filters.max_amount),
        "before_seq": before_seq,
    }
    given: dict[str, Value] = {name: value for name, value in wanted.items() if value is not None}
    clauses = {name: _INDEXED.get(name) or _OTHERS[name] for name in given}
    if filters.tools is not None:
        names = {f"tool_{place}": name for place, name in enumerate(filters.tools[:MAX_TOOLS])}
        given.update(names)
        listed = ", ".join(f":{name}" for name in names) or "NULL"
        clauses["tools"] = f"tool IN ({listed})"
    if filters.needs_a_look:
        clauses["look"] = _TO_LOOK_AT
    return given, clauses


def _driver(
    executor: Executor, clauses: Mapping[str, str], given: Mapping[str, Value]
) -> str | None:
    """The filter that leaves fewest records, where it leaves few.

    A database's own statistics know averages: that `unknown` is rare among states they do
    not know, and without this it may go through every record of an agent to find two.
    """
    best, fewest = None, FEW + 1
    for name in (*_INDEXED, "min_amount", "max_amount"):
        if name in clauses and (len(clauses) > 1 or name not in _INDEXED):
            table = "audit" if name in _OF_THE_LOG else "audit_sought"
            sql = _COUNT.format(table=table, clause=clauses[name])
            [(count,)] = executor.rows(sql, {name: given[name], "few": FEW + 1})
            if whole(count) < fewest:
                best, fewest = name, whole(count)
    return best


def amount_e4(amount: Decimal | None) -> int | None:
    """An amount as the column has it; one beyond any ledger counts as the largest that fits."""
    if amount is None:
        return None
    scaled = int((amount * AMOUNT_SCALE).to_integral_value())
    return max(-MAX_COLUMN, min(scaled, MAX_COLUMN))
