"""The audit log: the one place where a record is made."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from xero_mcp.audit.canonical import canonical, plain, sha256
from xero_mcp.audit.chain import Erasable, facts_hash, seal
from xero_mcp.audit.entry import Entry, Kind
from xero_mcp.audit.events import of_approval, of_orphan
from xero_mcp.audit.notary import Notary
from xero_mcp.audit.record import UNDER_WAY, Record
from xero_mcp.audit.sealed import SEALED, Content, SealedError, Vault
from xero_mcp.clock import Clock, to_iso
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.approvals import ApprovalRow, DecisionRow
from xero_mcp.store.tables.audit import AuditFilters, AuditRow
from xero_mcp.store.tables.running import MAX_ORPHANS, RunningRow

if TYPE_CHECKING:
    from xero_mcp.audit.purged import Stub
    from xero_mcp.audit.verify import Verdict
    from xero_mcp.audit.witness import Witness

SALT_BYTES = 32
SCAN_ROWS = 2000
MAX_PAGE = 500
MAX_ROUNDS = 100
"""A hundred times MAX_ORPHANS calls under way at once is more than any machine runs."""

_ID_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_TWO_DIGITS = tuple(high + low for high in _ID_DIGITS for low in _ID_DIGITS)
_CHANCE_BITS = 35
_ID_BITS = 80
_OF_TWO_DIGITS = range(_ID_BITS - 10, -1, -10)
_ANSWERS = frozenset({Kind.OUTCOME.value, Kind.UNKNOWN.value, Kind.SETTLED.value})
"""Kinds of record that say how a call ended."""

IsLive = Callable[[str], bool]
"""Whether the server process of that name still runs: `store.instances.Instances.is_live`."""


class AuditLog:
    """Writes records into the chain, and reads them back."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        randomness: Callable[[int], bytes] = secrets.token_bytes,
        notary: Notary | None = None,
        vault: Vault | None = None,
    ) -> None:
        """Without a `notary` no checkpoint is made: whoever cuts the end off is not found.

        Without a `vault` full arguments are not kept, only the salt of their commitment.
        """
        self._notary = notary
        self._vault = vault
        self._store = store
        self._clock = clock
        self._randomness = randomness
        self._made: tuple[str, str | None] = ("", None)
        """The hash and facts of the record that was written last by this very log."""

    def new_id(self) -> str:
        """An id that sorts by time: for an intent whose id must be known before it is written."""
        milliseconds = int(self._clock.now().timestamp() * 1000)
        chance = int.from_bytes(self._randomness(8), "big") % (1 << _CHANCE_BITS)
        number = milliseconds << _CHANCE_BITS | chance
        return "a-" + "".join([_TWO_DIGITS[number >> bits & 1023] for bits in _OF_TWO_DIGITS])

    def append(self, tables: Tables, entry: Entry) -> Record:
        """Add a record inside somebody else's transaction: it is there if that is."""
        named = entry if entry.id else replace(entry, id=self.new_id())
        tail = tables.audit.tail()
        salt = self._randomness(SALT_BYTES).hex()
        row = seal(
            named,
            after=tail,
            at=to_iso(self._clock.now()),
            commitment=self._keep(tables, named),
            erasable=Erasable(salt, self._facts_of(tables, tail[1])),
        )
        tables.audit.append(row)
        self._made = (row.hash, row.facts)
        if self._notary is not None:
            self._notary.after(tables, row)
        return Record.of(row)

    def _facts_of(self, tables: Tables, head_hash: str) -> str | None:
        """What would stay of the last record: worked out, never read from the column of it.

        The record that is written now vouches for it for good. Whoever could change the column
        before would have other facts vouched for, to put in the record's place later.
        """
        if self._made[0] == head_hash:
            return self._made[1]
        last = tables.audit.last()
        return None if last is None else facts_hash(last)

    def vouch(self, tables: Tables) -> None:
        """Sign for all that is written, inside somebody else's transaction."""
        if self._notary is not None:
            self._notary.checkpoint(tables)

    def _keep(self, tables: Tables, entry: Entry) -> str | None:
        """Put the full arguments aside, sealed; return the commitment to them."""
        given = entry.arguments if entry.full_arguments is None else entry.full_arguments
        if given is None:
            return None
        salt, written = self._randomness(SALT_BYTES).hex(), canonical(plain(given))
        if self._vault is None:
            tables.audit.put_salt(entry.id, salt)
        else:
            tables.audit.put_sealed(self._vault.close_written(entry.id, written, salt=salt))
        return _bound(written, salt=salt)

    def full_of(self, tables: Tables, record_id: str) -> Content | None:
        """The full arguments of a record; None where none are kept, or they were forgotten.

        Raises:
            SealedError: they do not open with this server's key.
        """
        row = tables.audit.sealed_of(record_id)
        return None if row is None or self._vault is None else self._vault.open(row)

    def full_text(self, tables: Tables, record_id: str) -> str:
        """The same as text, to be searched; empty where they cannot be read."""
        try:
            content = self.full_of(tables, record_id)
        except SealedError:
            return ""
        return "" if content is None else canonical(content.arguments)

    def sealed_text(self, place: str, text: str) -> str:
        """A text to be kept beside the log: nobody reads it in the file."""
        return text if self._vault is None else self._vault.close_text(place, text)

    def opened_text(self, place: str, text: str) -> str:
        """What was given to `sealed_text` for this place, or kept there before it was.

        Raises:
            SealedError: it does not open with this server's key.
        """
        if self._vault is None or not text.startswith(SEALED):
            return text
        return self._vault.open_text(place, text)

    async def record(self, entry: Entry) -> Record:
        """Add a record in a transaction of its own; durable when this returns."""
        return await self._store.write(lambda tables: self.append(tables, entry))

    def record_approval(
        self, tables: Tables, approval: ApprovalRow, decision: DecisionRow | None = None
    ) -> Record:
        """Write down where an approval stands now, and whose word made it so."""
        return self.append(tables, of_approval(approval, decision))

    async def recover(self, is_live: IsLive) -> list[Record]:
        """Write `unknown` for each call whose process ended before its outcome was known.

        Its write, if it was one, is held back from now on until somebody finds out.
        """
        found: list[Record] = []
        for _ in range(MAX_ROUNDS):
            batch = await self._store.write(lambda tables: self._recover(tables, is_live))
            found.extend(batch)
            if len(batch) < MAX_ORPHANS:
                break
        return found

    async def records(
        self,
        filters: AuditFilters | None = None,
        *,
        is_live: IsLive,
        before_seq: int | None = None,
        limit: int = 50,
    ) -> list[Record]:
        """The newest records that match, newest first; each intent with how its call ended."""
        wanted = filters or AuditFilters()

        def look(tables: Tables) -> list[Record]:
            rows = tables.audit.page(wanted, before_seq=before_seq, limit=min(limit, MAX_PAGE))
            return [_seen(tables, row, is_live) for row in rows]

        return await self._store.read(look)

    async def show(self, record_id: str, *, is_live: IsLive) -> list[Record]:
        """The whole story, oldest first, of a call (by any of its records) or of an approval.

        Empty where there is no such id.
        """

        def look(tables: Tables) -> list[Record]:
            return [_seen(tables, row, is_live) for row in _story(tables, record_id)]

        return await self._store.read(look)

    async def verify(
        self, witness: "Witness | None" = None, *, start: "Stub | None" = None
    ) -> "Verdict":
        """Check the live log over one snapshot, however long; from where it was purged, if so."""
        from xero_mcp.audit.verify import verify  # noqa: PLC0415 - a server starts without it

        after = 0 if start is None else start.last
        return await self._store.read(
            lambda tables: verify(
                _all_rows(tables, after), witness=witness, after_seq=after, start=start
            )
        )

    def _recover(self, tables: Tables, is_live: IsLive) -> list[Record]:
        return [self._give_up(tables, row) for row in tables.running.orphans(is_live)]

    def _give_up(self, tables: Tables, orphan: RunningRow) -> Record:
        intent = tables.audit.get(orphan.intent_id)
        unknown = self.append(
            tables, of_orphan(orphan.intent_id, None if intent is None else Record.of(intent))
        )
        if orphan.write_id is not None:
            tables.writes.give_up(orphan.write_id, orphan.instance)
        tables.running.close(orphan.intent_id)
        return unknown


def commitment_to(arguments: object, *, salt: str) -> str:
    """What binds a record to the full arguments without showing them.

    SHA-256 over the salt, as 64 hexadecimal digits, followed by their canonical form.
    """
    return _bound(canonical(plain(arguments)), salt=salt)


def _bound(written: str, *, salt: str) -> str:
    return sha256(salt + written)


def _seen(tables: Tables, row: AuditRow, is_live: IsLive) -> Record:
    if row.kind != Kind.INTENT:
        return Record.of(row)
    answers = [found for found in tables.audit.records_of(row.id) if found.kind in _ANSWERS]
    if answers:
        return Record.of(row, state=answers[-1].status)
    instance = tables.running.instance_of(row.id)
    is_running = instance is not None and is_live(instance)
    return Record.of(row, state=UNDER_WAY if is_running else "unknown")


def _story(tables: Tables, record_id: str) -> list[AuditRow]:
    """All records of a call or an approval, and those that say what was forgotten of them."""
    asked = tables.audit.get(record_id)
    intent_id = record_id if asked is None or asked.intent_id is None else asked.intent_id
    found = {row.seq: row for row in tables.audit.records_of(intent_id)}
    for approval_id in {row.approval_id for row in found.values() if row.approval_id}:
        found.update({row.seq: row for row in tables.audit.records_of(approval_id)})
    for because in {row.forgotten for row in found.values() if row.forgotten}:
        found.update({row.seq: row for row in tables.audit.records_of(because)})
    return [found[seq] for seq in sorted(found)]


def _all_rows(tables: Tables, after: int) -> Iterator[AuditRow]:
    last_seq, _ = tables.audit.tail()
    for _ in range(last_seq // SCAN_ROWS + 1):
        rows = tables.audit.scan(after, limit=SCAN_ROWS)
        if not rows:
            return
        yield from rows
        after = rows[-1].seq
