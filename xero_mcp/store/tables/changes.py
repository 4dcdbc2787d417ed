"""The feed of changes, and what is known of each thing that changes."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from xero_mcp.clock import to_iso
from xero_mcp.store.executor import Executor, Row, Value, moment, text, text_or_none, whole

_KNOWN = """
SELECT organisation_id, resource, resource_id, contact_id, updated_at, digest, sealed
FROM change_known
WHERE organisation_id = :organisation_id AND resource = :resource AND resource_id = :resource_id
"""
_KNOW = """
INSERT INTO change_known
    (organisation_id, resource, resource_id, contact_id, updated_at, digest, sealed)
VALUES (:organisation_id, :resource, :resource_id, :contact_id, :updated_at, :digest, :sealed)
ON CONFLICT (organisation_id, resource, resource_id) DO UPDATE
SET contact_id = excluded.contact_id, updated_at = excluded.updated_at,
    digest = excluded.digest, sealed = excluded.sealed
"""
_NEWEST = "SELECT seq FROM change_cursor WHERE name = 'feed'"
_MOVE_ON = """
INSERT INTO change_cursor (name, seq) VALUES ('feed', :seq)
ON CONFLICT (name) DO UPDATE SET seq = excluded.seq
"""
_OLDEST = "SELECT MIN(seq) FROM changes"
_ADD = """
INSERT INTO changes (seq, organisation_id, resource, resource_id, mark, area, contact_id, kind,
    source, changed_at, noticed_at, audit_id, events, sealed)
VALUES (:seq, :organisation_id, :resource, :resource_id, :mark, :area, :contact_id, :kind,
    :source, :changed_at, :noticed_at, :audit_id, :events, :sealed)
ON CONFLICT (organisation_id, resource, resource_id, mark) DO NOTHING
"""
_AFTER = """
SELECT seq, organisation_id, resource, resource_id, mark, area, contact_id, kind, source,
    changed_at, noticed_at, audit_id, events, sealed
FROM changes WHERE seq > :after ORDER BY seq LIMIT :limit
"""
_FIRST_SINCE = "SELECT MIN(seq) FROM changes WHERE noticed_at >= :since"
_OF = """
SELECT seq, organisation_id, resource, resource_id, mark, area, contact_id, kind, source,
    changed_at, noticed_at, audit_id, events, sealed
FROM changes
WHERE organisation_id = :organisation_id AND resource = :resource AND resource_id = :resource_id
ORDER BY seq DESC LIMIT :limit
"""
_FORGET_BEFORE = "DELETE FROM changes WHERE noticed_at < :before"
_OF_CONTACT = (
    "SELECT COUNT(*) FROM changes WHERE contact_id = :contact_id",
    "SELECT COUNT(*) FROM change_known WHERE contact_id = :contact_id",
)
_FORGET_CONTACT = (
    "DELETE FROM changes WHERE contact_id = :contact_id",
    "DELETE FROM change_known WHERE contact_id = :contact_id",
)
_WATCH = "SELECT seq FROM watch_positions WHERE name = :name"
_PUT_WATCH = """
INSERT INTO watch_positions (name, seq, at) VALUES (:name, :seq, :at)
ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, at = excluded.at
"""


class KnownRow(NamedTuple):
    """The newest state that was seen of one thing."""

    organisation_id: str
    resource: str
    resource_id: str
    contact_id: str | None
    updated_at: datetime
    """As Xero says; an older answer never replaces it."""
    digest: str
    """Of the fields; keyed, so that it tells nothing."""
    sealed: str


class ChangeRow(NamedTuple):
    """One change, as it stands in the feed; `sealed` holds its fields before and after."""

    seq: int
    """The cursor: higher is later. 0 on the way in."""
    organisation_id: str
    resource: str
    resource_id: str
    mark: str
    """What makes it one: noticed a second time in another way, it is the same."""
    area: str
    contact_id: str | None
    kind: str
    source: str
    changed_at: datetime
    noticed_at: datetime
    audit_id: str | None
    """The call of ours that made it; None: others did."""
    events: int
    """How many events of Xero's it stands for; 0 where none came."""
    sealed: str


class ChangesTable:
    """The feed, over one open transaction. `add` belongs into `Store.write`, which runs alone."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def known(self, organisation_id: str, resource: str, resource_id: str) -> KnownRow | None:
        for row in self._executor.rows(_KNOWN, _named(organisation_id, resource, resource_id)):
            return _known(row)
        return None

    def know(self, row: KnownRow) -> None:
        """Keep this state in place of an earlier one; whoever calls has compared their times."""
        self._executor.change(
            _KNOW,
            {
                **_named(row.organisation_id, row.resource, row.resource_id),
                "contact_id": row.contact_id,
                "updated_at": to_iso(row.updated_at),
                "digest": row.digest,
                "sealed": row.sealed,
            },
        )

    def add(self, row: ChangeRow) -> bool:
        """Put it at the end of the feed; False where it stands there already."""
        seq = self.newest_seq() + 1
        added = self._executor.change(
            _ADD,
            {
                **_named(row.organisation_id, row.resource, row.resource_id),
                "seq": seq,
                "mark": row.mark,
                "area": row.area,
                "contact_id": row.contact_id,
                "kind": row.kind,
                "source": row.source,
                "changed_at": to_iso(row.changed_at),
                "noticed_at": to_iso(row.noticed_at),
                "audit_id": row.audit_id,
                "events": row.events,
                "sealed": row.sealed,
            },
        )
        if added > 0:
            self._executor.change(_MOVE_ON, {"seq": seq})
        return added > 0

    def newest_seq(self) -> int:
        """The cursor of the last change, also of one that was forgotten; 0 before the first."""
        for (seq,) in self._executor.rows(_NEWEST, {}):
            return whole(seq)
        return 0

    def oldest_seq(self) -> int | None:
        """The first that is still kept; None where there is none."""
        found = self._executor.rows(_OLDEST, {})[0][0]
        return None if found is None else whole(found)

    def seq_before(self, since: datetime) -> int:
        """The cursor after which stands all that was noticed since then."""
        found = self._executor.rows(_FIRST_SINCE, {"since": to_iso(since)})[0][0]
        return self.newest_seq() if found is None else whole(found) - 1

    def after(self, seq: int, *, limit: int) -> list[ChangeRow]:
        """What follows a cursor, in order."""
        return [_change(row) for row in self._executor.rows(_AFTER, {"after": seq, "limit": limit})]

    def of(
        self, organisation_id: str, resource: str, resource_id: str, *, limit: int = 20
    ) -> list[ChangeRow]:
        """The changes of one thing, the newest first."""
        wanted = {**_named(organisation_id, resource, resource_id), "limit": limit}
        return [_change(row) for row in self._executor.rows(_OF, wanted)]

    def forget_before(self, before: datetime) -> int:
        """Leave out old changes; cursors go on counting from where they were."""
        return self._executor.change(_FORGET_BEFORE, {"before": to_iso(before)})

    def of_contact(self, contact_id: str) -> int:
        """How much is kept about one contact and its documents."""
        wanted = {"contact_id": contact_id}
        return sum(whole(self._executor.rows(sql, wanted)[0][0]) for sql in _OF_CONTACT)

    def forget_contact(self, contact_id: str) -> int:
        """Leave nothing of what is kept about one contact and its documents."""
        wanted = {"contact_id": contact_id}
        return sum(self._executor.change(sql, wanted) for sql in _FORGET_CONTACT)

    def watched(self, name: str) -> int | None:
        """How far that watch has told; None where it never has."""
        for (seq,) in self._executor.rows(_WATCH, {"name": name}):
            return whole(seq)
        return None

    def watch(self, name: str, seq: int, at: datetime) -> None:
        self._executor.change(_PUT_WATCH, {"name": name, "seq": seq, "at": to_iso(at)})


def _named(organisation_id: str, resource: str, resource_id: str) -> dict[str, Value]:
    return {
        "organisation_id": organisation_id,
        "resource": resource,
        "resource_id": resource_id,
    }


def _known(row: Row) -> KnownRow:
    return KnownRow(
        organisation_id=text(row[0]),
        resource=text(row[1]),
        resource_id=text(row[2]),
        contact_id=text_or_none(row[3]),
        updated_at=moment(row[4]),
        digest=text(row[5]),
        sealed=text(row[6]),
    )


def _change(row: Sequence[Value]) -> ChangeRow:
    return ChangeRow(
        seq=whole(row[0]),
        organisation_id=text(row[1]),
        resource=text(row[2]),
        resource_id=text(row[3]),
        mark=text(row[4]),
        area=text(row[5]),
        contact_id=text_or_none(row[6]),
        kind=text(row[7]),
        source=text(row[8]),
        changed_at=moment(row[9]),
        noticed_at=moment(row[10]),
        audit_id=text_or_none(row[11]),
        events=whole(row[12]),
        sealed=text(row[13]),
    )
