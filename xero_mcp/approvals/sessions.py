"""People who are signed in from a browser.

A session is a row in the store, so every replica knows it and signing out ends it everywhere. It
ends by itself after half an hour, and at once when the passphrase is changed or the person goes.
"""

import hmac
import secrets
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Final

from xero_mcp.approvals.people import People, PersonLog, PersonNews
from xero_mcp.clock import Clock
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.people import PersonRow
from xero_mcp.store.tables.person_sessions import PersonSessionRow

SESSION_LENGTH: Final = timedelta(minutes=30)
TOKEN_BYTES: Final = 32


class Sessions:
    """Opens them for who gives the right passphrase."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        people: People,
        note: PersonLog,
        *,
        randomness: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._store = store
        self._clock = clock
        self._people = people
        self._note = note
        self._randomness = randomness

    def new_token(self) -> str:
        """What a browser keeps; nobody is signed in by it yet."""
        return self._randomness(TOKEN_BYTES).hex()

    async def sign_in(self, email: str, passphrase: str) -> str | None:
        """A new token, or None where the two do not go together or too many were wrong."""
        person = await self._people.recognise(email, passphrase)
        if person is None:
            return None
        token, now = self.new_token(), self._clock.now()
        row = PersonSessionRow(
            token_hash=_hash_of(token),
            email=person.email,
            passphrase_mark=_mark_of(person),
            opened_at=now,
            ends_at=now + SESSION_LENGTH,
        )

        def work(tables: Tables) -> None:
            tables.person_sessions.sweep(now)
            tables.person_sessions.add(row)
            self._note(tables, PersonNews(email=person.email, what="signed in to approve"))

        await self._store.write(work)
        return token

    async def who(self, token: str) -> str | None:
        """The person whose session this is, while it lasts."""
        now, token_hash = self._clock.now(), _hash_of(token)

        def look(tables: Tables) -> str | None:
            row = tables.person_sessions.get(token_hash)
            if row is None or row.ends_at <= now:
                return None
            person = tables.people.get(row.email)
            if person is None or not hmac.compare_digest(_mark_of(person), row.passphrase_mark):
                return None
            return person.email

        return await self._store.read(look)

    async def sign_out(self, token: str) -> None:
        """End it, in every replica."""
        token_hash = _hash_of(token)

        def work(tables: Tables) -> None:
            row = tables.person_sessions.get(token_hash)
            if row is not None and tables.person_sessions.end(token_hash):
                self._note(tables, PersonNews(email=row.email, what="signed out"))

        await self._store.write(work)


def _hash_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _mark_of(person: PersonRow) -> str:
    """Which of a person's passphrases this is: another one, or the same once more, has another."""
    return sha256(f"{person.email} {person.proof}".encode()).hexdigest()
