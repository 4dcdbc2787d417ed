"""The answers that a fault gives in place of the real one."""

from datetime import datetime
from typing import Final

from xero_mcp.demo_company.faults import Fault, FaultKind
from xero_mcp.demo_company.wire.errors import Offline, Problems, too_many, unavailable
from xero_mcp.demo_company.wire.reply import Reply

_OFFLINE: Final[tuple[Offline, ...]] = ("offline", "maintenance", "unavailable")


def instead(struck: dict[FaultKind, Fault], problems: Problems, now: datetime) -> Reply | None:
    """Return what a fault answers; None where the request is to be processed."""
    limited = struck.get("rate_limited")
    if limited is not None:
        return _limited(limited)
    for kind in _OFFLINE:
        if kind in struck:
            return unavailable(kind)
    if "server_error" in struck:
        return problems.internal()
    return _without_access(struck, problems, now)


def _without_access(
    struck: dict[FaultKind, Fault], problems: Problems, now: datetime
) -> Reply | None:
    if "token_expired" in struck:
        return problems.token_expired(now)
    if "token_revoked" in struck:
        return problems.not_authenticated()
    return problems.wrong_organisation() if "disconnected" in struck else None


def _limited(fault: Fault) -> Reply:
    headers = {"X-Rate-Limit-Problem": fault.problem}
    if fault.retry_after_seconds is not None:
        headers["Retry-After"] = str(fault.retry_after_seconds)
    return too_many(headers)
