"""An operation of Xero, the requests that it takes, and what one of them brought."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from xero_mcp.xero.budget import CallBudget
from xero_mcp.xero.limits import Progress
from xero_mcp.xero.network import Answer
from xero_mcp.xero.retry import Fate
from xero_mcp.xero.tokens import Token
from xero_mcp.xero.wire import Json

EACH_ELEMENT: Final = ("summarizeErrors", "false")


@dataclass(frozen=True, slots=True, kw_only=True)
class XeroRequest:
    """One request as it went out, for the audit record. No status: nobody answered."""

    method: str
    path: str
    status: int | None
    request_id: str | None
    ms: int

    def as_json(self) -> dict[str, str | int | None]:
        return {
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "request_id": self.request_id,
            "ms": self.ms,
        }


JSON_TYPE: Final = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An operation, ready to be sent as often as it takes."""

    method: str
    url: str
    path: str
    """As the audit record shows it: no host, no query."""
    scopes: frozenset[str]
    organisation_id: str | None = None
    query: Sequence[tuple[str, str]] = ()
    body: bytes | None = field(default=None, repr=False)
    body_type: str = f"{JSON_TYPE}; charset=utf-8"
    accepts: str = JSON_TYPE
    """What the answer may be; anything but JSON is a file, taken as it comes."""
    idempotency_key: str | None = None
    modified_since: datetime | None = None

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def is_told_of_each(self) -> bool:
        """Whether the caller asked to be told of each element, and so reads each one's refusal."""
        return EACH_ELEMENT in self.query


@dataclass(slots=True)
class HeldBack:
    """Nothing goes out to Xero; whoever wanted to send something is noted."""

    was_needed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a call may wait for its turn, who hears of it, and where its requests are noted."""

    trail: list[XeroRequest]
    max_wait_seconds: float | None = None
    progress: Progress | None = None
    budget: CallBudget | None = None
    """Whose budget each try is taken from."""
    held_back: HeldBack | None = None
    """Set where nothing may be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What one try brought: a fate, and the answer where there is one."""

    fate: Fate
    token: Token
    answer: Answer | None = None
    payload: Json = None
    why: str = ""
    """In our own words, what was wrong with it."""
