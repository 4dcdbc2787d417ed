"""One thing to tell people of: in a sentence, and as an event in the manner of Xero's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from xero_mcp.audit.record import Record
from xero_mcp.changes.things import FIELD_WORDS, thing_of
from xero_mcp.clock import from_iso, to_iso
from xero_mcp.text import one_line
from xero_mcp.tool.access import Area
from xero_mcp.tool.feed import Change, ChangeKind

XERO_RESOURCES: Final = "https://api.xero.com/api.xro/2.0/"
MAX_FIELDS_TOLD: Final = 8
MAX_VALUE: Final = 60
MAX_ID_CHARS: Final = 32
FOUND: Final = "found"
"""The mark of what a cross-check found."""
_BANK_DETAILS: Final = "bank_details"
_WORDS: Final = {field: words for words, field in FIELD_WORDS.items()}
_KEPT: Final[Mapping[ChangeKind, str]] = {
    ChangeKind.CREATED: "created",
    ChangeKind.UPDATED: "changed",
    ChangeKind.TOLD: "changed, in nothing that is kept here",
    ChangeKind.UNREADABLE: "changed, and Xero does not show it to this connection",
}
_NOT_SEEN: Final = frozenset({ChangeKind.TOLD, ChangeKind.UNREADABLE})

Event = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What one line, one event or one paragraph of a mail is about."""

    position: int
    """Behind it stands what follows, in the feed or in the log."""
    at: datetime
    organisation_id: str
    organisation: str
    """Its name, as far as it is known here."""
    mark: str
    says: str
    source: Change | Record

    def as_event(self, rule: str) -> Event:
        """The fields of one of Xero's events, and ours beside them."""
        own = _of_change(self.source) if isinstance(self.source, Change) else _of_record(self)
        return {
            "id": event_id(rule, self),
            "rule": rule,
            "says": self.says,
            "organisation": self.organisation,
            "tenantId": self.organisation_id,
            "tenantType": "ORGANISATION",
            "eventDateUtc": to_iso(self.at),
            **own,
        }


def event_id(rule: str, news: News) -> str:
    """The same however often it is told: by it a repeat is known for one."""
    source = news.source
    named = source.id if isinstance(source, Record) else f"{source.resource}/{source.id}"
    parts = (rule, news.organisation_id, named, to_iso(news.at), str(news.position))
    return sha256("\n".join(parts).encode()).hexdigest()[:MAX_ID_CHARS]


def news_of_change(change: Change, organisation: str, *, unsure: tuple[str, ...] = ()) -> News:
    """A change, as people are told of it."""
    who = f"; by us ({change.audit_id})" if change.audit_id else "; by others"
    if change.audit_id is None and change.kind in _NOT_SEEN:
        who = ""  # nobody knows
    may = "".join(f"; {one}" for one in unsure)
    said = f"{_what(change)}{_where(organisation)}: {_became(change)}{may}{who}."
    return News(
        position=change.cursor,
        at=change.changed_at,
        organisation_id=change.organisation_id,
        organisation=organisation,
        mark=change.kind.value,
        says=said[:1].upper() + said[1:],
        source=change,
    )


def news_of_record(record: Record, organisation: str) -> News:
    """What a cross-check found, as the log says it."""
    return News(
        position=record.row.seq,
        at=from_iso(record.row.at).astimezone(UTC),
        organisation_id=record.row.organisation_id or "",
        organisation=record.text("organisation", "name") or organisation,
        mark=FOUND,
        says=record.says,
        source=record,
    )


def _what(change: Change) -> str:
    thing = thing_of(change.resource, change.area)
    now = change.now
    word = thing.word if thing else change.resource
    named = now.get("number") or (now.get("name") if change.area is not Area.ITEMS else "")
    named = named or now.get("code") or change.id
    amount = now.get("total") or now.get("amount", "")
    facts = (now.get("contact", ""), f"{amount} {now.get('currency', '')}".strip())
    beside = ", ".join(_short(fact) for fact in facts if fact)
    return f"{word} {_short(named)}{f' ({beside})' if beside else ''}"


def _where(organisation: str) -> str:
    return f" in {_short(organisation)}" if organisation else ""


def _became(change: Change) -> str:
    if change.kind is not ChangeKind.UPDATED:
        return _KEPT[change.kind]
    if change.before is None:
        status = change.now.get("status", "")
        return f"changed, not seen before{f'; it is {_short(status)}' if status else ''}"
    listed = [
        _difference(name, change.before.get(name, ""), change.after.get(name, ""))
        for name in list(change.after)[:MAX_FIELDS_TOLD]
    ]
    more = len(change.after) - len(listed)
    return ", ".join([*listed, *([f"and {more} more"] if more > 0 else [])]) or "changed"


def _difference(name: str, before: str, after: str) -> str:
    words = _WORDS.get(name, name.replace("_", " "))
    if name == _BANK_DETAILS:
        return f"{words} {'changed' if before and after else 'added' if after else 'removed'}"
    return f"{words} {_short(before) or '(none)'} -> {_short(after) or '(none)'}"


def _of_change(change: Change) -> Event:
    thing = thing_of(change.resource, change.area)
    category = "".join(part.upper() for part in (thing.word if thing else "").split())
    return {
        "resourceUrl": XERO_RESOURCES + _collection(change.resource) + f"/{change.id}",
        "resourceId": change.id,
        "eventCategory": "INVOICE" if change.resource == "invoices" else category,
        "eventType": "CREATE" if change.kind is ChangeKind.CREATED else "UPDATE",
        "area": change.area.value,
        "kind": change.kind.value,
        "contactId": change.contact_id,
        "auditId": change.audit_id,
        "before": None if change.before is None else dict(change.before),
        "after": dict(change.after),
        "now": dict(change.now),
    }


def _of_record(news: News) -> Event:
    record = news.source
    ids = record.body.get("result") if isinstance(record, Record) else None
    return {
        "resourceUrl": "",
        "resourceId": record.id,
        "eventCategory": "CROSSCHECK",
        "eventType": "CREATE",
        "auditId": record.id,
        "result": ids,
    }


def _collection(resource: str) -> str:
    return "".join(part.capitalize() for part in resource.split("-"))


def _short(text: str) -> str:
    return one_line(text, limit=MAX_VALUE)
