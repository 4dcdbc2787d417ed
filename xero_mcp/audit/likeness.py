"""Whether a record is of a contact: by its id, its sentence, or what was asked for."""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import NamedTuple, cast

from xero_mcp.audit.canonical import Json
from xero_mcp.audit.entry import Entry, Kind, ObjectRef, OrganisationRef
from xero_mcp.audit.sentence import is_of_contact, name_in_sentences
from xero_mcp.money import Money
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.audit import AuditRow

FullArguments = Callable[[Tables, str], str]
"""The full arguments of a record as text; empty where there are none."""
_ABOUT_CONTACTS = re.compile(r"contacts?\b(?!-group)")
_SPACE = r"(?:\s|\\[nrt])+"
"""As it may stand in JSON."""
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
    is_one_of_several: bool = False
    """Whether sentences show the names of several contacts alike: cut, or without a last dot."""

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
    is_one_of_several = name_in_sentences(said) != said and len(found) > 1
    if is_one_of_several:
        found = set[str]()
    ids = tuple(sorted(found | {said}) if _is_id(said) else sorted(found))
    listed = "|".join(re.escape(each) for each in ids)
    return Contact(
        said=said,
        ids=tuple(sorted(found)),
        id_words=re.compile(rf"(?<!\w)(?:{listed})(?!\w)", re.IGNORECASE) if ids else None,
        words=_words_of(said),
        is_one_of_several=is_one_of_several,
    )


def match_of(tables: Tables, row: AuditRow, contact: Contact, full: FullArguments) -> Match | None:
    """How the record is of the contact; None where it is not."""
    written, arguments = composed(row.body), composed(full(tables, row.id))
    for text in (written, arguments):
        if contact.id_words is not None and contact.id_words.search(text):
            return Match(Why.CONTACT_ID, is_loose=False)
    if not any(contact.words.search(text) for text in (written, arguments)):
        return None
    if not contact.is_one_of_several and _sentence_names(written, contact.said):
        return Match(Why.SENTENCE, is_loose=False)
    body = read_object(written)
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
    written = composed(row.body)
    shown = _as_json(name_in_sentences(name)).casefold()
    if shown not in written.casefold() or not _sentence_names(written, name):
        return
    if row.contact_id:
        yield row.contact_id
    elif row.kind == Kind.OUTCOME and _is_about_contacts(row.tool or ""):
        result = read_object(written).get("result")
        ids = result.get("ids") if isinstance(result, dict) else None
        if isinstance(ids, list) and len(ids) == 1:
            yield str(ids[0])


def _words_of(said: str) -> re.Pattern[str]:
    """The name as it was said or as sentences show it, with whatever space between its words."""
    names = {_as_json(one) for one in (said, name_in_sentences(said))}
    listed = "|".join(re.escape(one).replace(r"\ ", _SPACE) for one in sorted(names))
    return re.compile(rf"(?<!\w)(?:{listed})(?!\w)", re.IGNORECASE)


def composed(text: str) -> str:
    """A letter and its accent as one character: what looks the same is compared as the same."""
    return unicodedata.normalize("NFC", text)


def _sentence_names(written: str, name: str) -> bool:
    body = read_object(written)
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
