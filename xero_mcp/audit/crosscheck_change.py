"""One change as Xero's history tells it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class ChangeKind(StrEnum):
    """What happened to a document, in the words of the cross-check."""

    CREATED = "created"
    CHANGED = "changed"
    MOVED_ON = "moved on"
    """Approved, sent and the like: its status became another one."""
    REMOVED = "removed"
    SETTLED = "settled"
    """A payment or a credit was set against it, or taken back."""
    NOTE = "note"
    FILE = "file"


_KINDS: Final[Mapping[str, ChangeKind]] = MappingProxyType(
    {
        "accepted": ChangeKind.MOVED_ON,
        "approved": ChangeKind.MOVED_ON,
        "archived": ChangeKind.REMOVED,
        "attached": ChangeKind.FILE,
        "authorised": ChangeKind.MOVED_ON,
        "billed": ChangeKind.MOVED_ON,
        "created": ChangeKind.CREATED,
        "credit": ChangeKind.SETTLED,
        "declined": ChangeKind.MOVED_ON,
        "deleted": ChangeKind.REMOVED,
        "invoice": ChangeKind.MOVED_ON,
        "invoiced": ChangeKind.MOVED_ON,
        "note": ChangeKind.NOTE,
        "paid": ChangeKind.SETTLED,
        "payment": ChangeKind.SETTLED,
        "posted": ChangeKind.MOVED_ON,
        "sent": ChangeKind.MOVED_ON,
        "submitted": ChangeKind.MOVED_ON,
        "voided": ChangeKind.REMOVED,
    }
)
"""By the first word that Xero writes; every other word is some change."""
_THROUGH: Final = re.compile(r"\bthrough the Xero API (?:using|from) (?P<app>.{1,200}?)\.?$")
_AMOUNT: Final = re.compile(r"\b(?:of|for) ([0-9][0-9,]{0,20}\.[0-9]{2})\b")
_WITHOUT_TOTAL: Final = frozenset({"Contacts", "Items", "ManualJournals"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An entry of a document's history."""

    noun: str
    """`Invoices`, as Xero names the list."""
    object_id: str
    number: str = ""
    at: datetime
    words: str
    user: str
    details: str = ""

    @property
    def kind(self) -> ChangeKind:
        first = self.words.split(maxsplit=1)[:1]
        return _KINDS.get(first[0].casefold(), ChangeKind.CHANGED) if first else ChangeKind.CHANGED

    @property
    def actor(self) -> str:
        """The app that it came from, where Xero tells; else who stands there as the user."""
        if self.kind is ChangeKind.NOTE:
            return self.user  # its details are anybody's words
        through = _THROUGH.search(self.details)
        return through["app"] if through else self.user

    @property
    def amount(self) -> Decimal | None:
        """The total that Xero's sentence names; None where it names none."""
        found = [] if self.noun in _WITHOUT_TOTAL else _AMOUNT.findall(self.details)
        return Decimal(found[-1].replace(",", "")) if found else None
