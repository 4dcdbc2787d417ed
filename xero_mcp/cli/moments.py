"""Moments as people read them: in the time of this machine, with the zone said."""

from datetime import datetime

from xero_mcp.clock import distance, from_iso

__all__ = ["distance", "local"]


def local(moment: datetime | str) -> str:
    """`2026-03-02 10:30:00 CET`; text that is no moment is given back as it is."""
    if isinstance(moment, str):
        try:
            moment = from_iso(moment)
        except ValueError:
            return moment
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S %Z}"
