"""One event of a webhook: what Xero says changed, and what makes it one."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, cast
from uuid import UUID

from xero_mcp.store.tables.change_work import Wanted
from xero_mcp.store.tables.webhooks import EventRow

RESOURCES: Final = {
    "CONTACT": "contacts",
    "INVOICE": "invoices",
    "CREDITNOTE": "credit-notes",
    "PREPAYMENT": "prepayments",
    "OVERPAYMENT": "overpayments",
}
"""The categories of events that are about an organisation's books."""
ORGANISATION: Final = "ORGANISATION"
NOWHERE: Final = str(UUID(int=0))
"""The organisation of events that only try whether a webhook works."""
CREATED: Final = "CREATE"
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,49}")
"""As types and categories are written, those of tomorrow too: what fits into every database."""
_FIELDS: Final = (
    "tenantId",
    "tenantType",
    "eventCategory",
    "eventType",
    "eventDateUtc",
    "resourceId",
)


class UnreadableError(Exception):
    """It is not of the form in which Xero writes it."""


class Standing(StrEnum):
    """Whether an event is one of those that are kept."""

    OURS = "ours"
    OTHER_KIND = "other kind"
    """Of a category that is not about books, such as the subscriptions of an app."""
    TRIAL = "trial"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """As Xero told it; ids are in lower case, however they were written."""

    organisation_id: str
    tenant_type: str
    category: str
    resource_id: str
    event_type: str
    at: datetime

    @classmethod
    def read(cls, told: object) -> "Event":
        """Read one of a delivery's events.

        Raises:
            UnreadableError: something that it must say is missing, or makes no sense.
        """
        if not isinstance(told, dict):
            raise UnreadableError("an event is no object")
        given = cast("dict[str, Any]", told)
        texts = {name: given.get(name) for name in _FIELDS}
        if not all(isinstance(one, str) and one for one in texts.values()):
            raise UnreadableError("an event lacks a field")
        said = cast("dict[str, str]", texts)
        return cls(
            organisation_id=_guid(said["tenantId"]),
            tenant_type=_word(said["tenantType"]),
            category=_word(said["eventCategory"]),
            resource_id=_guid(said["resourceId"]),
            event_type=_word(said["eventType"]),
            at=_moment(said["eventDateUtc"]),
        )

    @property
    def standing(self) -> Standing:
        if self.organisation_id == NOWHERE:
            return Standing.TRIAL
        is_ours = self.tenant_type == ORGANISATION and self.category in RESOURCES
        return Standing.OURS if is_ours else Standing.OTHER_KIND

    @property
    def id(self) -> str:
        """What makes it one, in whichever delivery it comes."""
        parts = (
            self.organisation_id,
            self.category,
            self.resource_id,
            self.at.isoformat(),
            self.event_type,
        )
        return sha256("|".join(parts).encode()).hexdigest()

    def row(self, received_at: datetime) -> EventRow:
        return EventRow(
            id=self.id,
            organisation_id=self.organisation_id,
            resource=RESOURCES[self.category],
            resource_id=self.resource_id,
            event_type=self.event_type,
            event_at=self.at,
            received_at=received_at,
        )

    def wanted(self) -> Wanted:
        return Wanted(
            organisation_id=self.organisation_id,
            resource=RESOURCES[self.category],
            resource_id=self.resource_id,
            is_new=self.event_type == CREATED,
            event_at=self.at,
        )


def _guid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise UnreadableError("an event's id is none") from error


def _word(text: str) -> str:
    if not _WORD.fullmatch(text):
        raise UnreadableError("an event's type is no word")
    return text.upper()


def _moment(text: str) -> datetime:
    """Xero writes UTC without saying so."""
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UnreadableError("an event's date is none") from error
