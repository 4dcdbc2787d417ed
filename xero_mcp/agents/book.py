"""Remote agents: who has a key, which policy file decides for them, who holds this key."""

import hmac
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from xero_mcp.agents.agent import Agent, Refused, launched_agent
from xero_mcp.agents.keys import (
    NOBODYS_DIGEST,
    MadeKey,
    digest_of,
    fingerprint_of,
    id_in,
    id_of,
    make_key,
)
from xero_mcp.agents.shared_looks import SharedLooks
from xero_mcp.clock import Clock, to_iso
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.settings import Secret
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.agents import AgentRow, KeyRow
from xero_mcp.text import one_line

OVERLAP: Final = timedelta(hours=24)
"""How long the old keys still open after a rotation, where nobody says otherwise."""
MAX_OVERLAP: Final = timedelta(days=30)
USE_NOTED_EVERY: Final = timedelta(minutes=10)
"""A key's last use is known to within this: each request must not cost a write."""
UNKNOWN_KEY: Final = "That is no key of this server."
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}\.yaml")


class AgentsError(Exception):
    """What was asked cannot be done to this agent; says why, and what to do."""

    def __init__(self, message: str, *, next_step: str) -> None:
        super().__init__(f"{message} {next_step}")
        self.message = message
        self.next_step = next_step


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyNews:
    """What happened to an agent's keys, for the audit log."""

    what: str
    """`got a key, …`: the rest of a sentence that begins with the agent; the whole, without one."""
    agent: str | None = None
    fingerprint: str | None = None
    is_good: bool = True


KeyLog = Callable[[Tables, KeyNews], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key that was just made. It is kept nowhere: who does not note it now makes another."""

    agent: str
    text: Secret
    fingerprint: str
    policy_file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEntry:
    """A remote agent, and all keys that it ever had."""

    row: AgentRow
    keys: tuple[KeyRow, ...]

    @property
    def policy_file(self) -> str:
        return file_of(self.row)

    def in_force(self, now: datetime) -> tuple[KeyRow, ...]:
        """The keys that open something."""
        return tuple(key for key in self.keys if key.is_in_force(now))


class _Making(NamedTuple):
    """A key that is about to be given, when and by whom."""

    key: MadeKey
    at: datetime
    by: str


class AgentBook:
    """Gives keys out, takes them back, and knows who holds one.

    Nothing is remembered between two requests: a key that was revoked in one replica opens
    nothing in any other from then on.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        note: KeyLog,
        *,
        randomness: Callable[[int], bytes] = secrets.token_bytes,
        is_same: Callable[[str, str], bool] = hmac.compare_digest,
    ) -> None:
        self._store = store
        self._clock = clock
        self._note = note
        self._randomness = randomness
        self._is_same = is_same
        self._looks = SharedLooks(store)

    async def list(self) -> "list[AgentEntry]":
        def work(tables: Tables) -> "list[AgentEntry]":
            keys: dict[str, list[KeyRow]] = {}
            for key in tables.agents.all_keys():
                keys.setdefault(key.agent, []).append(key)
            return [
                AgentEntry(row=row, keys=tuple(keys.get(row.name, ())))
                for row in tables.agents.list()
            ]

        return await self._store.read(work)

    async def policy_file(self, name: str) -> str | None:
        """The file that the agent was tied to; None: the one of its name decides."""
        return await self._store.read(lambda tables: tables.agents.policy_file(name))

    async def add(self, name: str, *, by: str, policy_file: str | None = None) -> NewKey:
        """Give an agent that has no key its first one, and say which file decides for it.

        Raises:
            AgentsError: it has a key, or a name is not of its form.
        """
        row = AgentRow(_name(name), _file(policy_file, name), self._clock.now(), by)
        making = self._making(by)

        def work(tables: Tables) -> NewKey:
            if _in_force(tables, row.name, making.at):
                raise AgentsError(
                    f"{row.name} has a key already.",
                    next_step=f"`xero-mcp agents rotate {row.name}` gives a new one, "
                    f"`xero-mcp agents revoke {row.name}` takes all back.",
                )
            tables.agents.put(row)
            return self._give(tables, row, making, f"from {by}")

        return await self._store.write(work)

    async def rotate(self, name: str, *, by: str, overlap: timedelta = OVERLAP) -> NewKey:
        """Give an agent a new key; the old ones open for the overlap, and then no more.

        Raises:
            AgentsError: it has no key, or the overlap is too long.
        """
        if not timedelta(0) <= overlap <= MAX_OVERLAP:
            raise AgentsError(
                "Old keys may stay for up to 30 days.", next_step="Name a shorter span."
            )
        making = self._making(by)

        def work(tables: Tables) -> NewKey:
            row = tables.agents.get(name)
            if row is None or not _in_force(tables, name, making.at):
                raise _no_key(name)
            if overlap:
                tables.agents.end_keys(name, at=making.at + overlap)
                old = f"the old ones end at {to_iso(making.at + overlap)}"
            else:
                tables.agents.revoke_keys(name, at=making.at)
                old = "the old ones ended"
            return self._give(tables, row, making, f"from {by}, and {old}")

        return await self._store.write(work)

    async def revoke(self, name: str, *, by: str) -> int:
        """Let none of an agent's keys open anything from now on; how many those were.

        Its policy file stays its own, so that it does not get another on stdio.

        Raises:
            AgentsError: it has no key.
        """
        now = self._clock.now()

        def work(tables: Tables) -> int:
            ended = _in_force(tables, name, now)
            if not ended:
                raise _no_key(name)
            tables.agents.revoke_keys(name, at=now)
            which = ", ".join(fingerprint_of(key.id) for key in ended)
            what = f"lost {'its key' if len(ended) == 1 else 'its keys'} ({which}), to {by}"
            self._note(tables, KeyNews(agent=name, what=what))
            return len(ended)

        return await self._store.write(work)

    async def identify(self, token: str) -> Agent | Refused:
        """Who holds this key.

        One look into the store (shared with those who ask just now), one digest and one
        comparison, whatever is wrong with it. What is told of a key is told only to who holds
        all of it.

        Raises:
            StoreUnavailableError: it cannot be known now.
        """
        key_id, now = id_of(token), self._clock.now()
        row = await self._looks.key(key_id)
        is_right = self._is_same(digest_of(token), row.digest if row else NOBODYS_DIGEST)
        if row is None or not is_right:
            about = f"its id is that of {fingerprint_of(row.id)} of {row.agent}" if row else ""
            return Refused(why=UNKNOWN_KEY, about=about)
        if not row.is_in_force(now):
            about = f"{fingerprint_of(row.id)} of {row.agent}"
            return Refused(why="That key was revoked, or replaced by another.", about=about)
        if row.last_used_at is None or now - row.last_used_at >= USE_NOTED_EVERY:
            with suppress(StoreUnavailableError):  # the call itself finds out
                await self._store.quick(lambda tables: tables.agents.used(row.id, at=now))
        return Agent(name=row.agent, credential_fingerprint=fingerprint_of(row.id))

    def _making(self, by: str) -> _Making:
        return _Making(make_key(self._randomness), self._clock.now(), by)

    def _give(self, tables: Tables, row: AgentRow, making: _Making, how: str) -> NewKey:
        made, file = making.key, file_of(row)
        tables.agents.add_key(
            KeyRow(
                id=made.id,
                agent=row.name,
                digest=digest_of(made.text.reveal()),
                made_at=making.at,
                made_by=making.by,
            )
        )
        fingerprint = fingerprint_of(made.id)
        what = f"got a key ({fingerprint}) {how}; {file} decides for it"
        self._note(tables, KeyNews(agent=row.name, fingerprint=fingerprint, what=what))
        return NewKey(agent=row.name, text=made.text, fingerprint=fingerprint, policy_file=file)


def file_of(row: AgentRow) -> str:
    """The policy file that decides for an agent."""
    return row.policy_file or f"{row.name}.yaml"


def still_opens(tables: Tables, agent: Agent, now: datetime) -> bool:
    """Whether the key by which the agent came in is in force; other credentials are not asked."""
    key_id = id_in(agent.credential_fingerprint)
    if key_id is None:
        return True
    key = tables.agents.key(key_id)
    return key is not None and key.agent == agent.name and key.is_in_force(now)


def _in_force(tables: Tables, name: str, now: datetime) -> list[KeyRow]:
    return [key for key in tables.agents.keys_of(name) if key.is_in_force(now)]


def _name(name: str) -> str:
    try:
        return launched_agent(name).name
    except ValueError as error:
        raise AgentsError(str(error), next_step="Nothing was added.") from error


def _file(policy_file: str | None, name: str) -> str | None:
    """The file to tie the agent to; its own is no tie."""
    if policy_file is None or policy_file == f"{name}.yaml":
        return None
    if not _FILE.fullmatch(policy_file):
        raise AgentsError(
            "That is not the name of a policy file.",
            next_step="Name one of the folder of policies, such as bookkeeper.yaml.",
        )
    return policy_file


def _no_key(name: str) -> AgentsError:
    return AgentsError(
        f"{one_line(name, limit=64)} has no key.",
        next_step="`xero-mcp agents list` shows who has; `xero-mcp agents add NAME` makes one.",
    )
