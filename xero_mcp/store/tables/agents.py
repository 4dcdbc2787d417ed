"""Remote agents and their keys, as they lie in the database. No key does, only its digest."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from xero_mcp.clock import to_iso
from xero_mcp.store.executor import (
    Executor,
    Row,
    columns,
    moment,
    moment_or_none,
    text,
    text_or_none,
)

MAX_AGENTS: Final = 10_000
MAX_KEYS: Final = 50_000
"""As many as are read at once; a person made each of them."""


class AgentRow(NamedTuple):
    """An agent that was given a key at some time."""

    name: str
    policy_file: str | None
    """The file that decides for it; None: the one of its name."""
    added_at: datetime
    added_by: str


class KeyRow(NamedTuple):
    """A key of an agent."""

    id: str
    agent: str
    digest: str
    made_at: datetime
    made_by: str
    ends_at: datetime | None = None
    """From then on it opens nothing: another took its place."""
    revoked_at: datetime | None = None
    """It opens nothing, whatever a replica's clock says."""
    last_used_at: datetime | None = None
    """To a few minutes: it is not written at each use."""

    def is_in_force(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.ends_at is None or now < self.ends_at)


_PUT = """
INSERT INTO agents (name, policy_file, added_at, added_by)
VALUES (:name, :policy_file, :added_at, :added_by)
ON CONFLICT (name) DO UPDATE SET policy_file = excluded.policy_file,
added_at = excluded.added_at, added_by = excluded.added_by
"""
_SELECT_AGENT = "SELECT name, policy_file, added_at, added_by FROM agents"
_ONE = f"{_SELECT_AGENT} WHERE name = :name"
_ALL = f"{_SELECT_AGENT} ORDER BY name LIMIT :limit"
_ADD_KEY = """
INSERT INTO agent_keys (id, agent, digest, made_at, made_by)
VALUES (:id, :agent, :digest, :made_at, :made_by)
"""
_SELECT_KEY = """
SELECT id, agent, digest, made_at, made_by, ends_at, revoked_at, last_used_at
FROM agent_keys
"""
_KEY = f"{_SELECT_KEY} WHERE id = :id"
_KEYS_OF = f"{_SELECT_KEY} WHERE agent = :agent ORDER BY made_at, id LIMIT :limit"
_ALL_KEYS = f"{_SELECT_KEY} ORDER BY agent, made_at, id LIMIT :limit"
_END = """
UPDATE agent_keys SET ends_at = :at
WHERE agent = :agent AND (ends_at IS NULL OR ends_at > :at)
"""
_REVOKE = """
UPDATE agent_keys SET revoked_at = :at WHERE agent = :agent AND revoked_at IS NULL
"""
_USED = "UPDATE agent_keys SET last_used_at = :at WHERE id = :id"


class AgentsTable:
    """Remote agents and their keys, over one open transaction."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def put(self, row: AgentRow) -> None:
        """Enter the agent, or say anew which file decides for it."""
        self._executor.change(_PUT, columns(**row._asdict()))

    def get(self, name: str) -> AgentRow | None:
        for row in self._executor.rows(_ONE, {"name": name}):
            return _agent(row)
        return None

    def policy_file(self, name: str) -> str | None:
        """The file that the agent was tied to; None: the one of its name decides."""
        found = self.get(name)
        return found.policy_file if found else None

    def list(self) -> "list[AgentRow]":
        return [_agent(row) for row in self._executor.rows(_ALL, {"limit": MAX_AGENTS})]

    def add_key(self, row: KeyRow) -> None:
        self._executor.change(_ADD_KEY, columns(**row._asdict()))

    def key(self, key_id: str) -> KeyRow | None:
        for row in self._executor.rows(_KEY, {"id": key_id}):
            return _key(row)
        return None

    def keys_of(self, agent: str) -> "list[KeyRow]":
        """All that it ever had, the oldest first."""
        return _keys(self._executor.rows(_KEYS_OF, {"agent": agent, "limit": MAX_KEYS}))

    def all_keys(self) -> "list[KeyRow]":
        return _keys(self._executor.rows(_ALL_KEYS, {"limit": MAX_KEYS}))

    def end_keys(self, agent: str, *, at: datetime) -> None:
        """Let all keys that would last longer end then."""
        self._executor.change(_END, {"agent": agent, "at": to_iso(at)})

    def revoke_keys(self, agent: str, *, at: datetime) -> None:
        """Let all keys end now."""
        self._executor.change(_REVOKE, {"agent": agent, "at": to_iso(at)})

    def used(self, key_id: str, *, at: datetime) -> None:
        self._executor.change(_USED, {"id": key_id, "at": to_iso(at)})


def _keys(rows: Iterable[Row]) -> list[KeyRow]:
    return [_key(row) for row in rows]


def _agent(row: Row) -> AgentRow:
    return AgentRow(
        name=text(row[0]),
        policy_file=text_or_none(row[1]),
        added_at=moment(row[2]),
        added_by=text(row[3]),
    )


def _key(row: Row) -> KeyRow:
    return KeyRow(
        id=text(row[0]),
        agent=text(row[1]),
        digest=text(row[2]),
        made_at=moment(row[3]),
        made_by=text(row[4]),
        ends_at=moment_or_none(row[5]),
        revoked_at=moment_or_none(row[6]),
        last_used_at=moment_or_none(row[7]),
    )
