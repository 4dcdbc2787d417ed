"""What can go wrong, as types: a code, our sentence, the next step.

Text that others wrote (Xero's messages, contact names) goes into `details` alone,
never into our sentences.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class ErrorCode(StrEnum):
    """Every code that an agent can meet; `docs/errors.md` explains each."""

    INVALID_ARGUMENTS = "INVALID_ARGUMENTS"
    NOT_ALLOWED = "NOT_ALLOWED"
    APPROVAL_REQUIRED = "APPROVAL_REQUIRED"
    APPROVAL_REJECTED = "APPROVAL_REJECTED"
    APPROVAL_EXPIRED = "APPROVAL_EXPIRED"
    LIMIT_REACHED = "LIMIT_REACHED"
    DUPLICATE = "DUPLICATE"
    ORGANISATION_REQUIRED = "ORGANISATION_REQUIRED"
    ORGANISATION_UNKNOWN = "ORGANISATION_UNKNOWN"
    NOT_CONNECTED = "NOT_CONNECTED"
    SCOPE_MISSING = "SCOPE_MISSING"
    XERO_REJECTED = "XERO_REJECTED"
    XERO_NOT_FOUND = "XERO_NOT_FOUND"
    XERO_RATE_LIMITED = "XERO_RATE_LIMITED"
    XERO_UNAVAILABLE = "XERO_UNAVAILABLE"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
    AUDIT_UNAVAILABLE = "AUDIT_UNAVAILABLE"
    INTERNAL_ERROR = "INTERNAL_ERROR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One finding: where (a path into the arguments or the document) and what."""

    message: str
    path: str = ""
    allowed: tuple[str, ...] = ()
    by_others: bool = False
    """Whether people, or Xero, wrote some of it: the answer then says so."""

    def as_json(self) -> dict[str, str | list[str]]:
        shown: dict[str, str | list[str]] = {"message": self.message}
        if self.path:
            shown["path"] = self.path
        if self.allowed:
            shown["allowed"] = list(self.allowed)
        return shown


class XeroMcpError(Exception):
    """Base of everything that the gate turns into an error answer."""

    def __init__(
        self,
        message: str,
        *,
        code: ErrorCode,
        next_step: str,
        details: Sequence[Detail] = (),
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.next_step = next_step
        self.details = tuple(details)
        self.retry_after_seconds = retry_after_seconds

    @property
    def quotes_others(self) -> bool:
        """Whether a detail holds text that others wrote; our own sentences never do."""
        return any(detail.by_others for detail in self.details)

    def as_json(self) -> Mapping[str, object]:
        """The `error` object of CONTRACT.md."""
        shown: dict[str, object] = {
            "code": self.code.value,
            "message": self.message,
            "next_step": self.next_step,
        }
        if self.retry_after_seconds is not None:
            shown["retry_after_seconds"] = self.retry_after_seconds
        shown["details"] = [detail.as_json() for detail in self.details]
        return shown


class SettingsError(Exception):
    """A setting is wrong or missing; the message names it and says what to write."""


class StoreUnavailableError(Exception):
    """The store cannot be read or written now (full, read-only, locked, gone)."""
