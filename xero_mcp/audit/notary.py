"""When the log is vouched for: every 500 records, in the very transaction that adds the last."""

from collections.abc import Callable
from datetime import timedelta

from xero_mcp.audit.checkpoint import Checkpoint, CheckpointFormError
from xero_mcp.audit.merkle import Peaks
from xero_mcp.audit.signed_word import signed
from xero_mcp.audit.signing import SigningKey
from xero_mcp.clock import Clock, from_iso, to_iso
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.audit import GENESIS_HASH, AuditRow
from xero_mcp.store.tables.checkpoints import CheckpointRow

EVERY_RECORDS = 500
EVERY = timedelta(minutes=5)
SCAN_HASHES = 10_000


class Notary:
    """Signs checkpoints into the store; a log that contradicts the last one is not signed."""

    def __init__(self, clock: Clock, key: Callable[[], SigningKey]) -> None:
        """`key` is asked once, at the first signature: it may read a file, or make it."""
        self._clock = clock
        self._key = key
        self._signing_key: SigningKey | None = None

    def after(self, tables: Tables, row: AuditRow) -> None:
        """Called for each record within its transaction."""
        if row.seq % EVERY_RECORDS == 0:
            self.checkpoint(tables)

    def is_due(self, tables: Tables) -> bool:
        """Whether there are records that wait for a checkpoint, and it is time for one."""
        size, _ = tables.audit.tail()
        last = tables.checkpoints.last()
        if last is None or last.size >= size:
            return last is None and size > 0
        return self._clock.now() - from_iso(last.at) >= EVERY

    def checkpoint(self, tables: Tables) -> Checkpoint | None:
        """Vouch for all that is written by now; the last one again where nothing came since.

        None where the log is empty.

        Raises:
            StoreUnavailableError: the key cannot be read, or the log is not the one that was
                signed before.
        """
        size, head_hash = tables.audit.tail()
        if size == 0:
            return None
        last = tables.checkpoints.last()
        if last is not None:
            _must_be_the_same_log(tables, last)
            if last.size == size:
                return checkpoint_of(last)
        peaks = _grown(tables, last)
        if peaks.size != size:
            raise _contradicted(f"it ends with record {size}, but holds {peaks.size}")
        log = tables.audit.hashes(0, limit=1)[0] if last is None else checkpoint_of(last).log
        made = signed(
            Checkpoint(
                log=log,
                size=size,
                head_hash=head_hash,
                root=peaks.root(),
                at=to_iso(self._clock.now()),
            ),
            self._signing(),
        )
        tables.checkpoints.append(
            CheckpointRow(size=size, at=made.at, body=made.line(), peaks=peaks.to_text())
        )
        return made

    def _signing(self) -> SigningKey:
        if self._signing_key is None:
            try:
                self._signing_key = self._key()
            except (OSError, ValueError) as error:
                raise StoreUnavailableError(
                    f"The key that signs the audit log cannot be used: {error}. Put the file back "
                    "from a backup, and let the server's user alone read it."
                ) from error
        return self._signing_key


def checkpoint_of(row: CheckpointRow) -> Checkpoint:
    """The checkpoint in a row of the store.

    Raises:
        StoreUnavailableError: the row was tampered with.
    """
    try:
        return Checkpoint.read(row.body)
    except CheckpointFormError as error:
        raise _contradicted(f"its checkpoint for {row.size} records is none: {error}") from error


def _grown(tables: Tables, last: CheckpointRow | None) -> Peaks:
    """The tree over all records, from where the last checkpoint left it."""
    try:
        peaks = Peaks() if last is None else Peaks.from_text(last.size, last.peaks)
    except ValueError as error:
        raise _contradicted(f"a checkpoint's tree was changed: {error}") from error
    size, _ = tables.audit.tail()
    for _ in range((size - peaks.size) // SCAN_HASHES + 1):
        for record_hash in tables.audit.hashes(peaks.size, limit=SCAN_HASHES):
            peaks.add(record_hash)
    return peaks


def _must_be_the_same_log(tables: Tables, last: CheckpointRow) -> None:
    checkpoint = checkpoint_of(last)
    found = tables.audit.hashes(checkpoint.size - 1, limit=1) or [GENESIS_HASH]
    if found[0] != checkpoint.head_hash:
        raise _contradicted(f"record {checkpoint.size} is not the one that was signed")


def _contradicted(why: str) -> StoreUnavailableError:
    return StoreUnavailableError(
        f"The audit log was tampered with since its last checkpoint: {why}. Nothing more is "
        "signed. Keep a copy of the database and run `xero-mcp audit verify`."
    )
