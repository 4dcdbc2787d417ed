"""What was read, held against what is known: each version of a thing stands in the feed once.

An older answer never replaces a newer one, whoever brings it and however late.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from xero_mcp.changes.by_us import Ours, Own
from xero_mcp.changes.resources import PAYMENTS, Resource
from xero_mcp.changes.sealed import Box, Fields, Told
from xero_mcp.changes.shown import BANK_DETAILS, Shown
from xero_mcp.clock import from_iso, to_iso
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.change_work import PendingRow
from xero_mcp.store.tables.changes import ChangeRow, KnownRow
from xero_mcp.tool.feed import ChangeKind

BY_EVENT: Final = "webhook"
BY_ASKING: Final = "asked"
ON_FILE: Final = "on file"
CHANGED: Final = "changed"
_SETTLED: Final = ("amount_paid", "remaining")
"""What a payment changes of a document; there are no webhooks for payments themselves."""
_OF_BANK: Final = "bank details of contacts"
_AREA: Final = "~area"
"""Beside the fields of what is known; no field is called so."""
_NOTHING: Final = frozenset({"", "0.00"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What one reading brought of one kind of thing of one organisation."""

    organisation_id: str
    resource: Resource
    things: Sequence[Shown]
    now: datetime
    told: Mapping[str, PendingRow] = field(default_factory=dict[str, PendingRow])
    """What Xero told of, by id."""
    ours: Ours = field(default_factory=Ours)

    @property
    def source(self) -> str:
        return BY_EVENT if self.told else BY_ASKING


class KnownAs(NamedTuple):
    """What is known of a thing from now on."""

    fields: Fields
    digest: str
    updated_at: datetime


class Noticer:
    """Writes into the feed, inside the transaction of whoever read."""

    def __init__(self, box: Box) -> None:
        self._box = box

    def notice(self, tables: Tables, read: Read) -> int:
        """Put what is new into the feed; return how many changes that were."""
        added = 0
        for one in read.things:
            known = tables.changes.known(read.organisation_id, read.resource.name, one.id)
            added += self._notice(tables, read, one, known)
        return added

    def say(self, tables: Tables, read: Read, one: PendingRow, kind: ChangeKind) -> None:
        """Put in what Xero told of and does not show: no event goes without a word."""
        known = tables.changes.known(one.organisation_id, one.resource, one.resource_id)
        shown = next((each for each in read.things if each.id == one.resource_id), None)
        row = ChangeRow(
            seq=0,
            organisation_id=one.organisation_id,
            resource=one.resource,
            resource_id=one.resource_id,
            mark=f"{kind} {to_iso(one.event_at)}",
            area=shown.area if shown else self._area_of(known, read.resource),
            contact_id=known.contact_id if known else None,
            kind=kind,
            source=BY_EVENT,
            changed_at=one.event_at,
            noticed_at=read.now,
            audit_id=None,
            events=one.events,
            sealed="",
        )
        fields = self._box.open_known(known) if known else None
        told = Told(before={}, now=_for_readers(fields or {}))
        tables.changes.add(self._box.close_change(row, told))

    def _notice(self, tables: Tables, read: Read, one: Shown, known: KnownRow | None) -> bool:
        fields = self._kept(one)
        digest = self._box.digest(fields)
        updated_at = one.updated_at or read.now
        if known is not None and _is_no_news(known, one, digest):
            return False
        before = self._box.open_known(known) if known is not None else None
        is_same = known is not None and known.updated_at == _cut(updated_at)
        differs = _difference(before, fields, in_both=is_same)
        self._know(tables, read, one, KnownAs(fields, digest, updated_at))
        if is_same and not differs:
            return False  # an earlier version of ours kept more or less of it
        own = self._own(tables, read, one)
        event = read.told.get(one.id)
        is_made = own is not None and own.made
        row = ChangeRow(
            seq=0,
            organisation_id=read.organisation_id,
            resource=read.resource.name,
            resource_id=one.id,
            mark=f"{to_iso(updated_at)} {digest}",
            area=one.area,
            contact_id=one.contact_id,
            kind=_kind(
                is_known=known is not None,
                is_made=is_made or one.is_made_once or (event is not None and event.is_new),
                differs=bool(differs) or before is None,
            ),
            source=read.source,
            changed_at=updated_at,
            noticed_at=read.now,
            audit_id=own.audit_id if own else None,
            events=event.events if event else 0,
            sealed="",
        )
        told = Told(
            before=None if before is None else _as_it_was(differs),
            now=_for_readers(fields, differs),
        )
        is_added = tables.changes.add(self._box.close_change(row, told))
        if is_added and read.resource.is_told and _is_paid(before, fields):
            tables.change_work.poll_soon(read.organisation_id, PAYMENTS, read.now)
        return is_added

    def _know(self, tables: Tables, read: Read, one: Shown, known_as: KnownAs) -> None:
        row = KnownRow(
            organisation_id=read.organisation_id,
            resource=read.resource.name,
            resource_id=one.id,
            contact_id=one.contact_id,
            updated_at=known_as.updated_at,
            digest=known_as.digest,
            sealed="",
        )
        tables.changes.know(self._box.close_known(row, {**known_as.fields, _AREA: one.area}))

    def _kept(self, one: Shown) -> Fields:
        """The fields, with a mark in place of bank details."""
        if not one.bank_details:
            return one.fields
        mark = self._box.mark(one.bank_details, purpose=_OF_BANK)
        return {**one.fields, BANK_DETAILS: mark}

    @staticmethod
    def _own(tables: Tables, read: Read, one: Shown) -> Own | None:
        """The call that made it; one whose moment is only near makes no second version."""
        found = read.ours.of(one)
        if not found:
            return None
        rows = tables.changes.of(read.organisation_id, read.resource.name, one.id)
        claimed = {row.audit_id for row in rows}
        return next((own for own in found if own.is_within or own.audit_id not in claimed), None)

    def _area_of(self, known: KnownRow | None, resource: Resource) -> str:
        fields = self._box.open_known(known) if known else None
        return (fields or {}).get(_AREA, resource.area)


def _is_no_news(known: KnownRow, one: Shown, digest: str) -> bool:
    """Whether it is older than what is known, or the same."""
    if one.updated_at is not None and _cut(one.updated_at) < known.updated_at:
        return True
    is_same = one.updated_at is None or _cut(one.updated_at) == known.updated_at
    return is_same and known.digest == digest


def _cut(moment: datetime) -> datetime:
    """As the store keeps it."""
    return from_iso(to_iso(moment))


def _difference(before: Fields | None, fields: Fields, *, in_both: bool) -> dict[str, str]:
    """What differs, as it was; `in_both`: of what both versions tell."""
    if before is None:
        return {}
    names = {*before, *fields} - {_AREA}
    if in_both:
        names = {*before} & {*fields}
    return {
        name: before.get(name, "")
        for name in sorted(names)
        if before.get(name, "") != fields.get(name, "")
    }


def _as_it_was(differs: Fields) -> dict[str, str]:
    """For readers: of bank details only that there were some."""
    return {
        name: ON_FILE if name == BANK_DETAILS and value else value
        for name, value in differs.items()
    }


def _for_readers(fields: Fields, differs: Fields | None = None) -> dict[str, str]:
    """For readers: of bank details only that there are some, or that they changed."""
    shown = {name: value for name, value in fields.items() if name != _AREA}
    if BANK_DETAILS in shown:
        shown[BANK_DETAILS] = CHANGED if (differs or {}).get(BANK_DETAILS) else ON_FILE
    return shown


def _kind(*, is_known: bool, is_made: bool, differs: bool) -> ChangeKind:
    if not is_known and is_made:
        return ChangeKind.CREATED
    return ChangeKind.UPDATED if differs else ChangeKind.TOLD


def _is_paid(before: Fields | None, fields: Fields) -> bool:
    if before is None:
        return fields.get("amount_paid", "") not in _NOTHING
    return any(before.get(name, "") != fields.get(name, "") for name in _SETTLED)
