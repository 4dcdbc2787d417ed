"""One delivery of a webhook: whether Xero signed it, and what it says."""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from typing import Any, Final, cast

from xero_mcp.changes.event import Event, UnreadableError
from xero_mcp.settings import Secret

MAX_BODY_BYTES: Final = 1024 * 1024
"""Some three thousand events; Xero sends a few at a time."""
MAX_SEQUENCE: Final = 2**62


def signature(body: bytes, key: Secret) -> str:
    """What `x-xero-signature` must be."""
    code = hmac_digest(key.reveal().encode(), body, "sha256")
    return b64encode(code).decode("ascii")


def is_signed(body: bytes, given: Sequence[str], keys: Sequence[Secret]) -> bool:
    """Whether one signature was given, and one of the keys made it; in constant time."""
    if len(given) != 1:
        return False
    told = given[0].encode("utf-8", "replace")
    matches = [compare_digest(told, signature(body, key).encode()) for key in keys]
    return any(matches)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What came in one request."""

    digest: str
    """Of the body: Xero repeats a delivery to the letter."""
    events: tuple[Event, ...]
    first_sequence: int
    last_sequence: int

    @property
    def is_intent(self) -> bool:
        """Whether Xero only asks if we mean it: nothing happened."""
        return not self.events

    @property
    def newest_at(self) -> datetime:
        """When the newest of its events was; there is one."""
        return max(event.at for event in self.events)

    @property
    def is_numbered(self) -> bool:
        return 0 < self.first_sequence <= self.last_sequence

    @classmethod
    def read(cls, body: bytes) -> "Delivery":
        """Read a body whose signature was good.

        Raises:
            UnreadableError: it is not of the form in which Xero writes.
        """
        try:
            told: object = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise UnreadableError("the body is no JSON") from error
        given = cast("dict[str, Any]", told) if isinstance(told, dict) else {}
        events = given.get("events")
        if not isinstance(events, list):
            raise UnreadableError("the body has no events")
        return cls(
            digest=sha256(body).hexdigest(),
            events=tuple(Event.read(one) for one in cast("list[object]", events)),
            first_sequence=_number(given.get("firstEventSequence")),
            last_sequence=_number(given.get("lastEventSequence")),
        )


def _number(told: object) -> int:
    """A sequence number; 0 where none is told that makes sense, as in an intent to receive."""
    if not isinstance(told, int) or isinstance(told, bool):
        return 0
    return told if 0 < told <= MAX_SEQUENCE else 0
