"""Whether a record is of a contact: by its id, its sentence, or what was asked for."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import NamedTuple, cast

from xero_mcp.audit.canonical import Json
from xero_mcp.audit.entry import Entry, Kind, ObjectRef, OrganisationRef
from xero_mcp.audit.sentence import is_of_contact
from xero_mcp.money import Money
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.audit import AuditRow

FullArguments = Callable[[Tables, str], str]
"""The full arguments of a record as text; empty where there are none."""
_ABOUT_CONTACTS = re.compile(r"contacts?\b(?!-group)")
_NAMES_NOBODY = frozenset({"list-accounts", "list-items", "list-settings"})
"""What is searched for there is no contact."""


class Why(StrEnum):
    """What makes a record one of those that are meant."""

    ID = "it is the call that was named"
    BEFORE = "it is from before then"
    CONTACT_ID = "it holds the contact's id"
    SENTENCE = "its sentence names the contact"
    ARGUMENT = "an argument is the contact's name"
    TEXT = "the words stand in its text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Who is meant: as it was said, and the ids that the log knows for that name."""

    said: str
    ids: tuple[str, ...]
    id_words: re.Pattern[str] | None
    words: re.Pattern[str]

    @property
    def all_ids(self) -> tuple[str, ...]:
        """Also the one that was said, where that is an id; as Xero and the feed write them."""
        said = {self.said} if _is_id(self.said) else set[str]()
        return tuple(sorted({one.lower() for one in (*self.ids, *said)}))


class Match(NamedTuple):
    """How a record fits; `is_loose` where it does so only by words inside other text."""

    why: Why
    is_loose: bool


def contact_of(rows: Iterable[AuditRow], said: str) -> Contact:
    """Look up the ids of a name: of calls whose sentences give just that name to their contact."""
    found = {one for row in rows for one in _ids_of(row, said)}
    ids = tuple(sorted(found | {said}) if _is_id(said) else sorted(found))
    listed = "|".join(re.escape(each) for each in ids)
    return Contact(
        said=said,
        ids=tuple(sorted(found)),
        id_words=re.compile(rf"(?<!\w)(?:{listed})(?!\w)", re.IGNORECASE) if ids else None,
        words=re.compile(rf"(?<!\w){re.escape(_as_json(said))}(?!\w)", re.IGNORECASE),
    )


def match_of(tables: Tables, row: AuditRow, contact: Contact, full: FullArguments) -> Match | None:
    """How the record is of the contact; None where it is not."""
    arguments = full(tables, row.id)
    for text in (row.body, arguments):
        if contact.id_words is not None and contact.id_words.search(text):
            return Match(Why.CONTACT_ID, is_loose=False)
    if not any(contact.words.search(text) for text in (row.body, arguments)):
        return None
    if _sentence_names(row, contact.said):
        return Match(Why.SENTENCE, is_loose=False)
    body = read_object(row.body)
    asked = (body.get("arguments"), read_object(arguments))
    if any(_is_asked_for(row.tool or "", one, contact.said) for one in asked):
        return Match(Why.ARGUMENT, is_loose=False)
    return Match(Why.TEXT, is_loose=True)


def read_object(text: str) -> Mapping[str, Json]:
    """A JSON object; empty where it is none."""
    try:
        read: object = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Json]", read) if isinstance(read, dict) else {}


def _ids_of(row: AuditRow, name: str) -> Iterator[str]:
    """The id of the contact whom this record's sentence names so."""
    if _as_json(name).casefold() not in row.body.casefold() or not _sentence_names(row, name):
        return
    if row.contact_id:
        yield row.contact_id
    elif row.kind == Kind.OUTCOME and _is_about_contacts(row.tool or ""):
        result = read_object(row.body).get("result")
        ids = result.get("ids") if isinstance(result, dict) else None
        if isinstance(ids, list) and len(ids) == 1:
            yield str(ids[0])


def _sentence_names(row: AuditRow, name: str) -> bool:
    body = read_object(row.body)
    says = body.get("says")
    if not isinstance(says, str):
        return False
    entry = Entry(
        kind=Kind.INTENT,  # whatever it is: a deed reads alike in all of them
        tool=_text(body, "tool"),
        action=_text(body, "action") or "",
        object=_object(body.get("object")),
        money=_money(body.get("money")),
        organisation=_organisation(body.get("organisation")),
        contact_name=name,
    )
    return is_of_contact(entry, says)


def _is_asked_for(tool: str, value: Json | Mapping[str, Json], name: str) -> bool:
    """Whether an argument that names a contact is the name: all of it, however it is written."""
    if isinstance(value, list):
        return any(_is_asked_for(tool, each, name) for each in value)
    if not isinstance(value, Mapping):
        return False
    return any(
        _is_same(each, name)
        if isinstance(each, str) and _is_name(tool, key)
        else _is_asked_for(tool, each, name)
        for key, each in value.items()
    )


def _is_name(tool: str, key: str) -> bool:
    """Whether this argument of this tool is where a contact's name stands."""
    if key == "search":
        return tool not in _NAMES_NOBODY
    return key == "contact" or (key == "name" and _is_about_contacts(tool))


def _is_about_contacts(tool: str) -> bool:
    return _ABOUT_CONTACTS.search(tool) is not None


def _is_same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _is_id(text: str) -> bool:
    return re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text) is not None


def _as_json(text: str) -> str:
    """As it stands inside of JSON."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _text(part: Mapping[str, Json], name: str) -> str | None:
    found = part.get(name)
    return found if isinstance(found, str) else None


def _object(part: Json) -> ObjectRef | None:
    if not isinstance(part, dict):
        return None
    return ObjectRef(type=_text(part, "type") or "", number=_text(part, "number"))


def _organisation(part: Json) -> OrganisationRef | None:
    if not isinstance(part, dict):
        return None
    return OrganisationRef(id=_text(part, "id") or "", name=_text(part, "name") or "")


def _money(part: Json) -> Money | None:
    if not isinstance(part, dict):
        return None
    try:
        return Money(Decimal(_text(part, "amount") or ""), _text(part, "currency") or "")
    except InvalidOperation:
        return None
