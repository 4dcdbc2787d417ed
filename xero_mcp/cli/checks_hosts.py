"""Checks of the way to Xero: is each host there, and does it have the same time as we."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from xero_mcp.app import hosts_of
from xero_mcp.cli.checks import Check, State, mend, ok, warn
from xero_mcp.clock import Clock
from xero_mcp.settings import Settings
from xero_mcp.xero.network import (
    Answer,
    AnswerTooLargeError,
    BrokenError,
    Network,
    NetworkRules,
    Outgoing,
    UnsentError,
    network,
)

HOSTS, CLOCK = "hosts", "clock"
PATIENCE = NetworkRules(
    connect_seconds=5, read_seconds=10, attempt_seconds=15, max_answer_bytes=1_000_000
)
WORTH_A_THOUGHT_SECONDS = 60
TOO_MUCH_SECONDS = 300
"""Codes live five minutes; a token that seems to begin in the future is refused elsewhere."""


async def check_hosts(settings: Settings, clock: Clock) -> AsyncIterator[Check]:
    """Each host once; it need not like what it is asked."""
    hosts = hosts_of(settings)
    addresses = {
        "XERO_API_URL": hosts.connections_url,
        "XERO_IDENTITY_URL": hosts.discovery_url,
        "XERO_LOGIN_URL": hosts.login_url,
    }
    line = Network(network(PATIENCE), PATIENCE)
    skews: list[float] = []
    try:
        for name, url in addresses.items():
            try:
                answer = await line.send(Outgoing(method="GET", url=url))
            except AnswerTooLargeError:
                continue
            except (UnsentError, BrokenError) as error:
                yield _away(name, url, str(error))
            else:
                skews += _skew(answer, clock.now())
    finally:
        await line.close()
    if skews:
        yield _clock(min(skews, key=abs))


def _away(name: str, url: str, why: str) -> Check:
    return Check(
        name=HOSTS,
        state=State.AWAY,
        says=f"{url} cannot be reached ({why})",
        fix=f"Check the network, a proxy or firewall on the way, and {name}.",
    )


def _skew(answer: Answer, now: datetime) -> list[float]:
    """How far we are ahead of a host; nothing where it does not say its time."""
    said = answer.header("date")
    try:
        theirs = parsedate_to_datetime(said) if said else None
    except ValueError:
        return []
    if theirs is None:
        return []
    aware = theirs if theirs.tzinfo is not None else theirs.replace(tzinfo=UTC)
    return [(now - aware).total_seconds()]


def _clock(skew_seconds: float) -> Check:
    off = round(abs(skew_seconds))
    if off < WORTH_A_THOUGHT_SECONDS:
        return ok(CLOCK, "as Xero's, to the minute")
    says = f"{off} seconds {'ahead of' if skew_seconds > 0 else 'behind'} Xero's"
    fix = "Let this machine set its clock by the network (NTP)."
    return (mend if off >= TOO_MUCH_SECONDS else warn)(CLOCK, says, fix=fix)
