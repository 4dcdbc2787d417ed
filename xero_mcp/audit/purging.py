"""The end of retention: records that are older than the setting go, and a signed stub stays."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from xero_mcp.audit.entry import Entry, Kind, PurgedPart, Status
from xero_mcp.audit.log import AuditLog
from xero_mcp.audit.notary import checkpoint_of
from xero_mcp.audit.purged import Stub, StubFormError
from xero_mcp.audit.signed_word import signed
from xero_mcp.audit.signing import SigningKey
from xero_mcp.clock import to_iso
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.checkpoints import CheckpointRow
from xero_mcp.store.tables.purges import PurgeRow

AT_ONCE = 2000
SCAN_ROWS = 1000
MAX_ROUNDS = 1_000_000


class Due(NamedTuple):
    """What a purge would remove."""

    first: int
    last: int
    """The last record of the last checkpoint that speaks of nothing younger."""
    at: str
    """When the last of them was written."""


def due(tables: Tables, before: datetime) -> Due | None:
    """What is older than `before`, as far as a checkpoint reaches; None where nothing is.

    A write that nobody knows the end of, and what came after it, stays.
    """
    start = 0 if (done := tables.purges.last()) is None else done.last_seq
    reached, limit = start, to_iso(before)
    chosen: CheckpointRow | None = None
    held = {row.intent_id for row in tables.writes.list_unknown(limit=SCAN_ROWS)}
    for _ in range(MAX_ROUNDS):
        batch = tables.checkpoints.after(reached, limit=1)
        if not batch or not _is_older(tables, reached, batch[0].size, limit, held):
            break
        chosen, reached = batch[0], batch[0].size
    if chosen is None:
        return None
    [last] = tables.audit.scan(chosen.size - 1, limit=1)
    return Due(first=start + 1, last=chosen.size, at=last.at)


def _is_older(tables: Tables, after: int, upto: int, limit: str, held: set[str]) -> bool:
    at = after
    for _ in range((upto - after) // SCAN_ROWS + 1):
        rows = [row for row in tables.audit.scan(at, limit=SCAN_ROWS) if row.seq <= upto]
        for row in rows:
            under_way = tables.running.instance_of(row.id) is not None
            if row.at >= limit or row.id in held or under_way:
                return False
        if not rows or rows[-1].seq == upto:
            return True
        at = rows[-1].seq
    return True


async def purge(
    store: Store, log: AuditLog, *, before: datetime, person: str, key: Callable[[], SigningKey]
) -> Due | None:
    """Remove what is due: the record and the stub first, in one transaction, then the rest.

    Raises:
        StoreUnavailableError: it cannot be written.
    """
    found = await store.write(lambda tables: _state(tables, log, before, person, key))
    for _ in range(MAX_ROUNDS):
        if not await store.write(lambda tables: tables.purges.delete_some(limit=AT_ONCE)):
            break
    return found


def _state(
    tables: Tables, log: AuditLog, before: datetime, person: str, key: Callable[[], SigningKey]
) -> Due | None:
    wanted = due(tables, before)
    if wanted is None:
        return None
    row = next(iter(tables.checkpoints.after(wanted.last - 1, limit=1)))
    checkpoint = checkpoint_of(row)
    [last] = tables.audit.hashes(wanted.last - 1, limit=1)
    if last != checkpoint.head_hash:
        raise StoreUnavailableError(
            "The audit log is not the one that was signed, and nothing is purged. Keep a copy of "
            "the database and run `xero-mcp audit verify`."
        )
    made = log.append(
        tables,
        Entry(
            kind=Kind.PURGED,
            person=person,
            status=Status.DONE,
            purged=PurgedPart(first=wanted.first, last=wanted.last, head_hash=last),
            reason=f"older than {to_iso(before)}",
        ),
    )
    log.vouch(tables)  # while the record is there that the last checkpoint speaks of
    stub = Stub(
        log=checkpoint.log,
        last=wanted.last,
        head_hash=last,
        peaks=row.peaks,
        before=to_iso(before),
        at=made.row.at,
    )
    tables.purges.append(PurgeRow(last_seq=wanted.last, body=signed(stub, key()).line()))
    tables.purges.delete_some(limit=AT_ONCE)  # whoever may not delete states nothing either
    return wanted


def stub_of(tables: Tables) -> Stub | None:
    """The stub in place of what was purged; None where nothing was.

    Raises:
        StoreUnavailableError: it was tampered with.
    """
    row = tables.purges.last()
    try:
        return None if row is None else Stub.read(row.body)
    except StubFormError as error:
        raise StoreUnavailableError(
            f"The audit log was tampered with: its purge is none, {error}."
        ) from error
