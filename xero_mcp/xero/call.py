"""An operation of Xero, the requests that it takes, and what one of them brought."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from xero_mcp.xero.limits import Progress
from xero_mcp.xero.network import Answer
from xero_mcp.xero.retry import Fate
from xero_mcp.xero.tokens import Token
from xero_mcp.xero.wire import Json


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
    idempotency_key: str | None = None
    modified_since: datetime | None = None

    @property
    def writes(self) -> bool:
        return self.method != "GET"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a call may wait for its turn, who hears of it, and where its requests are noted."""

    trail: list[XeroRequest]
    max_wait_seconds: float | None = None
    progress: Progress | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What one try brought: a fate, and the answer where there is one."""

    fate: Fate
    token: Token
    answer: Answer | None = None
    payload: Json = None
    why: str = ""
    """In our own words, what was wrong with it."""
