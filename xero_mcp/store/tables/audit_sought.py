"""What most searches narrow by, once more and apart from the log, for many records at a time.

An index over the log itself is written with each record: seven of them were half of what a
call wrote. Here their rows are copied for EVERY records together, by whoever writes the last
of these; what was written since is looked through one by one.
"""

from typing import NamedTuple

from xero_mcp.store.executor import Executor, Value, text, whole

EVERY = 64
"""After so many records they are copied, in the transaction of the last of them."""
MAX_AT_ONCE = 512
"""Where another program wrote and copied nothing, it is caught up with in pieces."""
COMPARED_AT_ONCE = 20_000
"""So that no statement takes longer than a database gives it."""

NAMES = ("at", "kind", "agent", "organisation_id", "tool", "decision", "status")
"""The columns that stand in both places; none of them is ever forgotten."""

_COLUMNS = ", ".join(NAMES)
_ALIKE = " AND ".join(
    f"sought.{name} = audit.{name}"
    if name in {"at", "kind"}  # never null
    else f"(sought.{name} = audit.{name} OR (sought.{name} IS NULL AND audit.{name} IS NULL))"
    for name in NAMES
)
_COPY = f"""
INSERT INTO audit_sought (seq, {_COLUMNS})
SELECT seq, {_COLUMNS} FROM audit
WHERE seq > (SELECT COALESCE(MAX(seq), 0) FROM audit_sought) ORDER BY seq LIMIT :limit
"""  # noqa: S608 - names of our own
_NOT_COPIED = """
SELECT COALESCE(MAX(seq), 0), (SELECT COALESCE(MAX(seq), 0) FROM audit) FROM audit_sought
"""
_ENDS = "SELECT MIN(seq), MAX(seq) FROM {table}"
_FIRST_BEYOND = "SELECT MIN(seq) FROM audit_sought WHERE seq > :last_seq"
_ALIKE_IN = f"""
SELECT COUNT(*) FROM audit_sought AS sought CROSS JOIN audit
WHERE sought.seq > :after_seq AND sought.seq <= :upto_seq AND audit.seq = sought.seq AND {_ALIKE}
"""  # noqa: S608
_OTHERWISE = f"""
SELECT seq FROM audit WHERE seq > :after_seq AND seq <= :upto_seq AND NOT EXISTS (
    SELECT 1 FROM audit_sought AS sought WHERE sought.seq = audit.seq AND {_ALIKE}
) ORDER BY seq LIMIT 1
"""  # noqa: S608
_BESIDE = """
SELECT seq FROM audit_sought WHERE seq > :after_seq AND seq <= :upto_seq AND NOT EXISTS (
    SELECT 1 FROM audit WHERE audit.seq = audit_sought.seq
) ORDER BY seq LIMIT 1
"""
_ID = "SELECT id FROM audit WHERE seq = :seq"
_SAID = f"SELECT {_COLUMNS} FROM {{table}} WHERE seq = :seq"  # noqa: S608


class Mislisted(NamedTuple):
    """The first record of which a search would hear something else than the log says."""

    seq: int
    id: str | None
    """None where the log has no such record."""
    column: str
    """What is said otherwise; empty where the whole row is missing, or is one too many."""


def copy_after(executor: Executor, seq: int) -> None:
    """Copy what was not copied yet, if it is the turn of the record that was just written."""
    if seq % EVERY == 0:
        executor.change(_COPY, {"limit": MAX_AT_ONCE})


def not_copied(executor: Executor) -> tuple[int, int]:
    """The last record that was copied, and the last of all; 0 where there is none."""
    [(copied, last)] = executor.rows(_NOT_COPIED, {})
    return whole(copied), whole(last)


def mislisted(executor: Executor) -> Mislisted | None:
    """The first record that is copied otherwise than the log has it; None where all are right."""
    first, last = _ends(executor, "audit_sought")
    if not last:
        return None
    log_first, log_last = _ends(executor, "audit")
    if first < log_first or not log_last:
        return Mislisted(first, None, "")
    for after in range(log_first - 1, min(last, log_last), COMPARED_AT_ONCE):
        upto = min(after + COMPARED_AT_ONCE, last, log_last)
        wrong = _first_wrong(executor, after, upto)
        if wrong is not None:
            return _named(executor, wrong)
    if last > log_last:
        [(beyond,)] = executor.rows(_FIRST_BEYOND, {"last_seq": log_last})
        return Mislisted(whole(beyond), None, "")
    return None


def _ends(executor: Executor, table: str) -> tuple[int, int]:
    [(first, last)] = executor.rows(_ENDS.format(table=table), {})
    return (0, 0) if first is None else (whole(first), whole(last))


def _first_wrong(executor: Executor, after_seq: int, upto_seq: int) -> int | None:
    part: dict[str, Value] = {"after_seq": after_seq, "upto_seq": upto_seq}
    [(alike,)] = executor.rows(_ALIKE_IN, part)
    if alike == upto_seq - after_seq:
        return None  # each number stands in both, once: so none is missing, and none too many
    found = [*executor.rows(_OTHERWISE, part), *executor.rows(_BESIDE, part)]
    return min((whole(seq) for (seq,) in found), default=None)


def _named(executor: Executor, seq: int) -> Mislisted:
    for (record_id,) in executor.rows(_ID, {"seq": seq}):
        [said] = executor.rows(_SAID.format(table="audit"), {"seq": seq})
        for copied in executor.rows(_SAID.format(table="audit_sought"), {"seq": seq}):
            differ = (name for name, a, b in zip(NAMES, said, copied, strict=True) if a != b)
            return Mislisted(seq, text(record_id), next(differ, ""))
        return Mislisted(seq, text(record_id), "")
    return Mislisted(seq, None, "")
