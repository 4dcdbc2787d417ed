"""Who may approve, and how they prove that it is them.

A passphrase is asked for where a person is, and never taken from an argument: so an agent
with a shell on the same machine cannot say yes in a person's name.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import scrypt
from typing import Final

from anyio import CapacityLimiter, to_thread

from xero_mcp.approvals.question import ApprovalError
from xero_mcp.approvals.standing import person_name
from xero_mcp.clock import Clock, to_iso
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.people import PersonRow

MIN_PASSPHRASE: Final = 12
MAX_PASSPHRASE: Final = 1_000
FREE_TRIES: Final = 3
MAX_LOCK: Final = timedelta(minutes=15)
SALT_BYTES: Final = 16
PROOFS_AT_ONCE: Final = 2
"""Each takes 32 MB and a tenth of a second of one core."""
NO_SALT: Final = bytes(SALT_BYTES)
STRANGER: Final = "somebody who is not entered"
_COST, _BLOCK, _PARALLEL, _MEMORY = 2**15, 8, 1, 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonNews:
    """What happened to a person's entry, for the audit log."""

    email: str
    what: str
    """`was added`, `gave a wrong passphrase`: the rest of a sentence."""
    is_good: bool = True


PersonLog = Callable[[Tables, PersonNews], object]


class People:
    """Adds them, and hears their passphrases."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        note: PersonLog,
        *,
        randomness: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._store = store
        self._clock = clock
        self._note = note
        self._randomness = randomness
        self._proofs = CapacityLimiter(PROOFS_AT_ONCE)

    async def list(self) -> "list[PersonRow]":
        return await self._store.read(lambda tables: tables.people.list())

    async def add(self, email: str, *, by: str) -> bool:
        """Enter a person; False where they are there already."""
        row = PersonRow(email=person_name(email), added_at=self._clock.now(), added_by=by)

        def work(tables: Tables) -> bool:
            if tables.people.get(row.email) is not None:
                return False
            tables.people.put(row)
            self._note(tables, PersonNews(email=row.email, what=f"was added by {by}"))
            return True

        return await self._store.write(work)

    async def remove(self, email: str, *, by: str) -> bool:
        """Take a person out; False where there is none."""
        name = person_name(email)

        def work(tables: Tables) -> bool:
            if not tables.people.remove(name):
                return False
            self._note(tables, PersonNews(email=name, what=f"was removed by {by}"))
            return True

        return await self._store.write(work)

    async def has_passphrase(self, email: str) -> bool:
        found = await self._store.read(lambda tables: tables.people.get(person_name(email)))
        return found is not None and found.proof is not None

    async def set_passphrase(self, email: str, passphrase: str, *, by: str) -> None:
        """Give a person a new passphrase.

        Raises:
            ApprovalError: too short, or there is no such person.
        """
        refuse_short(passphrase)
        name, salt = person_name(email), self._randomness(SALT_BYTES)
        proof = await self._proof(passphrase, salt)

        def work(tables: Tables) -> None:
            row = _known(tables, name)
            tables.people.put(
                replace(row, salt=salt.hex(), proof=proof, failures=0, locked_until=None)
            )
            self._note(tables, PersonNews(email=name, what=f"got a new passphrase, by {by}"))

        await self._store.write(work)

    async def check(self, email: str, passphrase: str) -> None:
        """Hear a passphrase; a wrong one is written down, and slows the next down.

        Raises:
            ApprovalError: wrong, or too many were wrong just now.
        """
        name = person_name(email)
        row = await self._store.read(lambda tables: _known(tables, name))
        await self._hear(row, passphrase)

    async def recognise(self, email: str, passphrase: str) -> PersonRow | None:
        """Hear somebody from afar: who it is, or None, whatever is wrong, after the same work.

        So nobody learns from it who is entered, who is locked or who has no passphrase.
        """
        name = person_name(email)
        row = await self._store.read(lambda tables: tables.people.get(name))
        if row is None:
            await self._proof(passphrase, NO_SALT)
            news = PersonNews(email=STRANGER, what="gave a passphrase", is_good=False)
            await self._store.write(lambda tables: self._note(tables, news))
            return None
        try:
            await self._hear(row, passphrase)
        except ApprovalError:
            return None
        return row

    async def _hear(self, row: PersonRow, passphrase: str) -> None:
        now = self._clock.now()
        salt = bytes.fromhex(row.salt) if row.salt else NO_SALT
        given = await self._proof(passphrase, salt)
        if row.locked_until is not None and now < row.locked_until:
            await self._store.write(lambda tables: self._refused(tables, row.email))
            raise _locked(row.email, row.locked_until)
        is_right = row.proof is not None and hmac.compare_digest(given, row.proof)
        if not await self._store.write(
            lambda tables: self._heard(tables, row, is_right=is_right, now=now)
        ):
            raise ApprovalError("That is not the passphrase.", next_step="Try again.")

    async def _proof(self, passphrase: str, salt: bytes) -> str:
        """Beside the event loop: a server has other things to do meanwhile."""
        work = partial(_proof, passphrase[:MAX_PASSPHRASE], salt)
        return await to_thread.run_sync(work, limiter=self._proofs)

    def _refused(self, tables: Tables, name: str) -> None:
        news = PersonNews(email=name, what="was asked for while locked", is_good=False)
        self._note(tables, news)

    def _heard(self, tables: Tables, read: PersonRow, *, is_right: bool, now: datetime) -> bool:
        row = _known(tables, read.email)
        # Several guesses at once must not share one count, nor outlive a change of passphrase.
        if row.proof != read.proof or (row.locked_until is not None and now < row.locked_until):
            return False
        if is_right:
            if row.failures:
                tables.people.put(replace(row, failures=0, locked_until=None))
            return True
        failures = row.failures + 1
        lock = None
        if failures >= FREE_TRIES:
            lock = now + min(MAX_LOCK, timedelta(seconds=2 ** min(failures, 20)))
        tables.people.put(replace(row, failures=failures, locked_until=lock))
        what = f"gave a wrong passphrase ({failures} in a row)"
        self._note(tables, PersonNews(email=row.email, what=what, is_good=False))
        return False


def refuse_short(passphrase: str) -> None:
    """Refuse what is no passphrase, before anything is written down.

    Raises:
        ApprovalError: too short, or longer than anybody types.
    """
    if not MIN_PASSPHRASE <= len(passphrase) <= MAX_PASSPHRASE:
        raise ApprovalError(
            f"A passphrase has at least {MIN_PASSPHRASE} characters.",
            next_step="Take four words that do not belong together.",
        )


def _known(tables: Tables, name: str) -> PersonRow:
    row = tables.people.get(name)
    if row is None:
        raise ApprovalError(
            f"There is no {name or 'such person'} among the people who may approve.",
            next_step="`xero-mcp people list` shows them.",
        )
    return row


def _locked(name: str, until: datetime) -> ApprovalError:
    return ApprovalError(
        f"Too many wrong passphrases for {name}.", next_step=f"Try again after {to_iso(until)}."
    )


def _proof(passphrase: str, salt: bytes) -> str:
    key = scrypt(
        passphrase.encode(), salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL, maxmem=_MEMORY, dklen=32
    )
    return key.hex()
