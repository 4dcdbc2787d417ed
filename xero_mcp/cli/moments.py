"""Moments as people read them: in the time of this machine, with the zone said."""

from datetime import datetime, timedelta

from xero_mcp.clock import from_iso

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def local(moment: datetime | str) -> str:
    """`2026-03-02 10:30:00 CET`; text that is no moment is given back as it is."""
    if isinstance(moment, str):
        try:
            moment = from_iso(moment)
        except ValueError:
            return moment
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S %Z}"


def distance(until: datetime, now: datetime) -> str:
    """How far off, as exactly as matters: `in 3 h 59 min`, `12 min ago`, `in 3 days`."""
    left = until - now
    size = abs(left)
    if size < MINUTE:
        return "now"
    amount = f"{size // MINUTE} min"
    if size >= 2 * DAY:
        amount = f"{size // DAY} days"
    elif size >= HOUR:
        rest = size % HOUR // MINUTE
        amount = f"{size // HOUR} h {rest} min" if rest else f"{size // HOUR} h"
    return f"in {amount}" if left > timedelta(0) else f"{amount} ago"
