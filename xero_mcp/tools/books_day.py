"""Which day it is where the books are kept: Xero names time zones as Windows does."""

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from xero_mcp.xero.scoped import ScopedXero

ZONES: Mapping[str, str] = {
    "ALASKANSTANDARDTIME": "America/Anchorage",
    "ARABIANSTANDARDTIME": "Asia/Dubai",
    "ATLANTICSTANDARDTIME": "America/Halifax",
    "AUSCENTRALSTANDARDTIME": "Australia/Darwin",
    "AUSEASTERNSTANDARDTIME": "Australia/Sydney",
    "CENAUSTRALIASTANDARDTIME": "Australia/Adelaide",
    "CENTRALSTANDARDTIME": "America/Chicago",
    "CHINASTANDARDTIME": "Asia/Shanghai",
    "EASTAFRICASTANDARDTIME": "Africa/Nairobi",
    "EASTAUSTRALIASTANDARDTIME": "Australia/Brisbane",
    "EASTERNSTANDARDTIME": "America/New_York",
    "FIJISTANDARDTIME": "Pacific/Fiji",
    "GMTSTANDARDTIME": "Europe/London",
    "HAWAIIANSTANDARDTIME": "Pacific/Honolulu",
    "INDIASTANDARDTIME": "Asia/Kolkata",
    "MOUNTAINSTANDARDTIME": "America/Denver",
    "NEWZEALANDSTANDARDTIME": "Pacific/Auckland",
    "PACIFICSTANDARDTIME": "America/Los_Angeles",
    "ROMANCESTANDARDTIME": "Europe/Paris",
    "SINGAPORESTANDARDTIME": "Asia/Singapore",
    "SOUTHAFRICASTANDARDTIME": "Africa/Johannesburg",
    "TASMANIASTANDARDTIME": "Australia/Hobart",
    "TOKYOSTANDARDTIME": "Asia/Tokyo",
    "USMOUNTAINSTANDARDTIME": "America/Phoenix",
    "WAUSTRALIASTANDARDTIME": "Australia/Perth",
    "WESTEUROPESTANDARDTIME": "Europe/Berlin",
}
"""Those of nearly all of Xero's customers; for another one the day is that of UTC."""


async def today(xero: ScopedXero) -> date:
    """The organisation's own today."""
    named = (await xero.reference.organisation()).timezone or ""
    zone = ZONES.get(named.upper().replace(" ", ""), "UTC")
    return xero.clock.now().astimezone(ZoneInfo(zone)).date()
