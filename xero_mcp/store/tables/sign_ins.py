"""Sign-ins to Xero, and the organisations that each of them opened.

An organisation belongs to one sign-in at a time: the latest. A sign-in without any is forgotten.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from xero_mcp.clock import to_iso
from xero_mcp.store.executor import (
    Executor,
    Row,
    columns,
    iso_or_none,
    moment,
    moment_or_none,
    text,
    text_or_none,
    whole,
)

MAX_SIGN_INS = 1_000
"""As many as are read at once; each stands for a person who sat before a browser."""
MAX_ORGANISATIONS = 10_000

_ADD = """
INSERT INTO sign_ins (id, host, client_id, auth_event_id, scopes, signed_in_at, signed_in_by,
    xero_person, sealed, generation, refreshed_at, refresh_by)
VALUES (:id, :host, :client_id, :auth_event_id, :scopes, :signed_in_at, :signed_in_by,
    :xero_person, :sealed, :generation, :refreshed_at, :refresh_by)
"""
_OF_HOST = """
SELECT id, host, client_id, auth_event_id, scopes, signed_in_at, signed_in_by, xero_person,
    sealed, generation, refreshed_at, refresh_by, over_at, over_why
FROM sign_ins WHERE host = :host ORDER BY signed_in_at, id LIMIT :limit
"""
_ONE = """
SELECT id, host, client_id, auth_event_id, scopes, signed_in_at, signed_in_by, xero_person,
    sealed, generation, refreshed_at, refresh_by, over_at, over_why
FROM sign_ins WHERE id = :id
"""
_PUT_ORGANISATION = """
INSERT INTO sign_in_organisations
    (host, organisation_id, sign_in_id, connection_id, name, tenant_type, connected_at)
VALUES (:host, :organisation_id, :sign_in_id, :connection_id, :name, :tenant_type, :connected_at)
ON CONFLICT (host, organisation_id) DO UPDATE
SET sign_in_id = excluded.sign_in_id, connection_id = excluded.connection_id,
    name = excluded.name, tenant_type = excluded.tenant_type,
    connected_at = excluded.connected_at, cut_off_at = NULL
"""
_ORGANISATIONS = """
SELECT organisation_id, sign_in_id, connection_id, name, tenant_type, connected_at, cut_off_at
FROM sign_in_organisations WHERE host = :host ORDER BY name, organisation_id LIMIT :limit
"""
_FORGET_ORGANISATION = """
DELETE FROM sign_in_organisations WHERE host = :host AND organisation_id = :organisation_id
"""
_FORGET_EMPTY = """
DELETE FROM sign_ins WHERE host = :host
    AND id NOT IN (SELECT sign_in_id FROM sign_in_organisations WHERE host = :host)
"""
_SEEN = """
UPDATE sign_in_organisations
SET connection_id = :connection_id, name = :name, cut_off_at = NULL
WHERE host = :host AND organisation_id = :organisation_id AND sign_in_id = :sign_in_id
"""
_CUT_OFF = """
UPDATE sign_in_organisations SET cut_off_at = :at
WHERE host = :host AND organisation_id = :organisation_id AND sign_in_id = :sign_in_id
    AND cut_off_at IS NULL
"""
_TAKE_LEASE = """
UPDATE sign_ins SET lease_holder = :holder, lease_ends_at = :ends_at
WHERE id = :id AND (lease_holder IS NULL OR lease_holder = :holder OR lease_ends_at <= :now)
"""
_GIVE_BACK = """
UPDATE sign_ins SET lease_holder = NULL, lease_ends_at = NULL
WHERE id = :id AND lease_holder = :holder
"""
_ROTATE = """
UPDATE sign_ins
SET sealed = :sealed, generation = generation + 1, refreshed_at = :refreshed_at,
    refresh_by = :refresh_by, scopes = :scopes
WHERE id = :id AND generation = :generation AND over_at IS NULL
"""
_END = """
UPDATE sign_ins SET over_at = :at, over_why = :why
WHERE id = :id AND generation = :generation AND over_at IS NULL
"""


class SignInRow(NamedTuple):
    """One consent of one person to one app. `sealed` holds its tokens."""

    id: str
    host: str
    client_id: str
    auth_event_id: str
    scopes: str
    signed_in_at: datetime
    signed_in_by: str
    """The system's user who ran the command."""
    xero_person: str
    """Who signed in at Xero, as Xero says; may be empty."""
    sealed: str
    generation: int
    """Counts the rotations of the refresh token: whoever saves one says which it replaces."""
    refreshed_at: datetime
    refresh_by: datetime
    """When the refresh token ends, unless it is used before."""
    over_at: datetime | None = None
    over_why: str | None = None


class OrganisationRow(NamedTuple):
    """An organisation, and the sign-in through which it is reached."""

    organisation_id: str
    sign_in_id: str
    connection_id: str
    name: str
    tenant_type: str
    connected_at: datetime
    cut_off_at: datetime | None = None


class Rotation(NamedTuple):
    """What replaces the tokens of one generation."""

    id: str
    generation: int
    sealed: str
    scopes: str
    refreshed_at: datetime
    refresh_by: datetime


class SignInsTable:
    """Consents, their sealed tokens, and who is refreshing them."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def add(self, row: SignInRow, organisations: Iterable[OrganisationRow]) -> None:
        """Enter a sign-in; its organisations leave the sign-ins that they belonged to."""
        self._executor.change(_ADD, columns(**row._asdict()))
        for one in organisations:
            theirs = columns(**one._replace(sign_in_id=row.id)._asdict())
            self._executor.change(_PUT_ORGANISATION, {**theirs, "host": row.host})
        self._executor.change(_FORGET_EMPTY, {"host": row.host})

    def of_host(self, host: str) -> list[SignInRow]:
        """Those at this host, the oldest first."""
        return [_sign_in(row) for row in self._many(_OF_HOST, host, MAX_SIGN_INS)]

    def find(self, sign_in_id: str) -> SignInRow | None:
        for row in self._executor.rows(_ONE, {"id": sign_in_id}):
            return _sign_in(row)
        return None

    def organisations(self, host: str) -> list[OrganisationRow]:
        """Those reached at this host, by name; the cut-off ones too."""
        return [_organisation(row) for row in self._many(_ORGANISATIONS, host, MAX_ORGANISATIONS)]

    def forget_organisation(self, host: str, organisation_id: str) -> bool:
        """Whether it was there; a sign-in that is left without any goes with it."""
        gone = self._executor.change(
            _FORGET_ORGANISATION, {"host": host, "organisation_id": organisation_id}
        )
        self._executor.change(_FORGET_EMPTY, {"host": host})
        return gone > 0

    def seen(self, host: str, one: OrganisationRow) -> None:
        """Xero lists it: under this connection, with this name."""
        self._executor.change(
            _SEEN,
            {
                "host": host,
                "organisation_id": one.organisation_id,
                "sign_in_id": one.sign_in_id,
                "connection_id": one.connection_id,
                "name": one.name,
            },
        )

    def cut_off(self, host: str, one: OrganisationRow, at: datetime) -> None:
        """Xero lists it no more; the first moment at which that was seen stays."""
        self._executor.change(
            _CUT_OFF,
            {
                "host": host,
                "organisation_id": one.organisation_id,
                "sign_in_id": one.sign_in_id,
                "at": to_iso(at),
            },
        )

    def take_lease(self, sign_in_id: str, holder: str, *, now: datetime, ends_at: datetime) -> bool:
        """Whether it is on this holder to refresh; a lease that ran out is anybody's."""
        taken = self._executor.change(
            _TAKE_LEASE,
            {
                "id": sign_in_id,
                "holder": holder,
                "now": to_iso(now),
                "ends_at": to_iso(ends_at),
            },
        )
        return taken > 0

    def give_back(self, sign_in_id: str, holder: str) -> None:
        self._executor.change(_GIVE_BACK, {"id": sign_in_id, "holder": holder})

    def rotate(self, rotation: Rotation) -> bool:
        """Save new tokens; False where somebody else has replaced that generation."""
        saved = self._executor.change(
            _ROTATE,
            {
                "id": rotation.id,
                "generation": rotation.generation,
                "sealed": rotation.sealed,
                "scopes": rotation.scopes,
                "refreshed_at": to_iso(rotation.refreshed_at),
                "refresh_by": to_iso(rotation.refresh_by),
            },
        )
        return saved > 0

    def end(self, sign_in_id: str, generation: int, *, why: str, at: datetime) -> bool:
        """Xero takes none of its tokens any more; False where they were replaced meanwhile."""
        ended = self._executor.change(
            _END,
            {
                "id": sign_in_id,
                "generation": generation,
                "why": why,
                "at": iso_or_none(at),
            },
        )
        return ended > 0

    def _many(self, sql: str, host: str, limit: int) -> Iterable[Row]:
        return self._executor.rows(sql, {"host": host, "limit": limit})


def _sign_in(row: Row) -> SignInRow:
    return SignInRow(
        id=text(row[0]),
        host=text(row[1]),
        client_id=text(row[2]),
        auth_event_id=text(row[3]),
        scopes=text(row[4]),
        signed_in_at=moment(row[5]),
        signed_in_by=text(row[6]),
        xero_person=text(row[7]),
        sealed=text(row[8]),
        generation=whole(row[9]),
        refreshed_at=moment(row[10]),
        refresh_by=moment(row[11]),
        over_at=moment_or_none(row[12]),
        over_why=text_or_none(row[13]),
    )


def _organisation(row: Row) -> OrganisationRow:
    return OrganisationRow(
        organisation_id=text(row[0]),
        sign_in_id=text(row[1]),
        connection_id=text(row[2]),
        name=text(row[3]),
        tenant_type=text(row[4]),
        connected_at=moment(row[5]),
        cut_off_at=moment_or_none(row[6]),
    )
