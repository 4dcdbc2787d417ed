"""Deliveries as Xero makes them, for tests of what takes them."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tests.fakes import START
from xero_mcp.changes.delivery import signature
from xero_mcp.settings import Secret

KEY = Secret("the-signing-key-of-a-webhook")
ORGANISATION = str(UUID(int=0xA))
STRANGER = str(UUID(int=0xB))


def thing(number: int) -> str:
    """The id of the so-manieth thing."""
    return str(UUID(int=1_000 + number))


def event(number: int = 1, *, at: datetime = START, **other: object) -> dict[str, Any]:
    """An event of the so-manieth invoice."""
    told = {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/Invoices/{thing(number)}",
        "resourceId": thing(number),
        "eventDateUtc": at.replace(tzinfo=None).isoformat(timespec="milliseconds"),
        "eventType": "UPDATE",
        "eventCategory": "INVOICE",
        "tenantId": ORGANISATION,
        "tenantType": "ORGANISATION",
    }
    return {**told, **other}


def body(events: Sequence[object], *, first: int = 1, entropy: str = "ABC") -> bytes:
    """A delivery of these events, numbered from `first`; without any, an intent to receive."""
    return json.dumps(
        {
            "events": list(events),
            "firstEventSequence": first if events else 0,
            "lastEventSequence": first + len(events) - 1 if events else 0,
            "entropy": entropy,
        }
    ).encode()


def signed(content: bytes, key: Secret = KEY) -> list[str]:
    return [signature(content, key)]
