"""What leaves the gate: one JSON object, and whether it is an error."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from xero_mcp.errors import XeroMcpError
from xero_mcp.text import TEXT_BY_OTHERS

Progress = Callable[[float, float | None, str], Awaitable[None]]
"""Told how far a call has come: seconds done, seconds in all, and a sentence."""

PAGE_DETAIL: Final = "approval_page"
"""The detail of an error that carries the link to the page where a person decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateAnswer:
    """What the agent hears, the same on every transport."""

    content: Mapping[str, Any]
    is_error: bool = False

    @property
    def error_code(self) -> str | None:
        return self.content["error"]["code"] if self.is_error else None


class UnknownToolError(Exception):
    """No tool of that name: the protocol's own error, not an answer."""


def error_answer(error: XeroMcpError, *, audit_id: str | None) -> GateAnswer:
    """The error object of the contract, with the id under which it stands in the audit log."""
    shown = dict(error.as_json())
    if audit_id is not None:
        shown["audit_id"] = audit_id
    content: dict[str, object] = {"error": shown}
    if error.quotes_others:
        content[TEXT_BY_OTHERS] = ["details"]
    return GateAnswer(content=content, is_error=True)
