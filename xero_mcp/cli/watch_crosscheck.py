"""`watch --crosscheck EVERY`: hold the log against Xero's history again and again.

What that finds is a record, and the records are what `outside the log` waits for.
"""

from datetime import datetime, timedelta
from typing import Final

from xero_mcp.app import Office
from xero_mcp.cli.audit_crosscheck import DEFAULT_REQUESTS, check_organisations
from xero_mcp.cli.console import Screen
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.cli.system_user import system_user
from xero_mcp.errors import StoreUnavailableError, XeroMcpError
from xero_mcp.gate.crosschecking import Asked
from xero_mcp.policy.read import parse_duration

LEAST: Final = timedelta(minutes=5)
MOST: Final = timedelta(days=7)


def parse_every(text: str | None) -> timedelta | None:
    """`1h`, `30m`.

    Raises:
        CommandError: it is no such length of time, or out of bounds.
    """
    if text is None:
        return None
    try:
        found = parse_duration(text)
    except ValueError as error:
        raise CommandError(f"--crosscheck: {error}.", exit_code=ExitCode.USAGE) from error
    if not LEAST <= found <= MOST:
        raise CommandError("--crosscheck takes 5m to 7d.", exit_code=ExitCode.USAGE)
    return found


async def crosscheck_every(office: Office, screen: Screen, every: timedelta) -> None:
    """Compare at once, and then again and again; what cannot be done is said, and tried later."""
    since = office.clock.now() - every
    while True:  # for as long as somebody watches
        since = await crosscheck_now(office, screen, since)
        await office.clock.sleep(every.total_seconds())


async def crosscheck_now(office: Office, screen: Screen, since: datetime) -> datetime:
    """Compare what happened since then; return from when on the next comparison begins."""
    began = office.clock.now()
    asked = Asked(
        since=since,
        max_requests=DEFAULT_REQUESTS,
        person=f"system user {system_user()}",
    )
    try:
        checked = await check_organisations(office, screen, asked, [])
    except (CommandError, StoreUnavailableError) as error:
        screen.note(f"Not compared with Xero's history: {error}")
        return since
    except XeroMcpError as error:
        screen.note(f"Not compared with Xero's history: {error.message} {error.next_step}")
        return since
    if any(one.is_nameless for one in checked):
        screen.note(
            "No record tells by which name Xero knows this connection: "
            "`xero-mcp audit crosscheck --since … --app NAME` says more."
        )
    return began
