"""Checks of webhooks: could Xero reach the receiver, is its key one of Xero's, does it work."""

import binascii
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from xero_mcp.app import open_office
from xero_mcp.changes.refusing import Outcome
from xero_mcp.cli.checks import Check, ok, warn
from xero_mcp.cli.moments import distance
from xero_mcp.cli.webhooks_status import HEARD
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.settings import LOOPBACK, Settings
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.change_work import PositionRow
from xero_mcp.store.tables.webhooks import Counted

NAME, CATCHING_UP = "webhooks", "catching up"
KEY_BYTES = 64
BACK = timedelta(days=7)


async def check_webhooks(settings: Settings) -> AsyncIterator[Check]:
    """Nothing where no key is set: then nobody expects webhooks."""
    if settings.webhook_keys:
        for check in _of_settings(settings):
            yield check
    exists = settings.database_is_postgres or settings.database_path.exists()
    if exists and (settings.webhook_keys or settings.catch_up_seconds):
        try:
            async with open_office(settings) as office:
                now = office.clock.now()
                counts, positions = await office.store.read(lambda tables: _look(tables, now))
        except StoreUnavailableError:
            return  # told where the database is checked
        if settings.webhook_keys:
            yield _heard(counts, now)
        for check in _stuck(positions):
            yield check


def _look(tables: Tables, now: datetime) -> tuple[list[Counted], list[PositionRow]]:
    return tables.webhooks.counts(now - BACK), tables.change_work.positions()


def _of_settings(settings: Settings) -> Iterator[Check]:
    if urlsplit(settings.api_url).hostname in LOOPBACK:
        return  # a demo company on this machine has keys and addresses of any kind
    if not all(_is_like_xeros(key.reveal()) for key in settings.webhook_keys):
        yield warn(
            NAME,
            "XERO_WEBHOOK_KEY does not look like a key of Xero's",
            fix="Xero's are 88 characters that end in ==. Copy the whole key from the webhook's "
            "page in the app at developer.xero.com.",
        )
    if settings.public_url is None:
        yield warn(
            NAME,
            "Xero cannot reach this server: it has no public address",
            fix="Set XERO_MCP_PUBLIC_URL to the https:// address that a proxy offers, run "
            "`xero-mcp serve --transport http`, and give Xero that address with /webhooks/xero.",
        )


def _is_like_xeros(key: str) -> bool:
    try:
        return len(b64decode(key, validate=True)) == KEY_BYTES
    except binascii.Error:
        return False


def _heard(counts: list[Counted], now: datetime) -> Check:
    heard = max((one.latest_at for one in counts if one.outcome in HEARD), default=None)
    refused = [one for one in counts if one.outcome == Outcome.SIGNATURE]
    refused_at = max((one.latest_at for one in refused), default=None)
    if heard is None:
        more = ", and some with a wrong signature were refused" if refused else ""
        return warn(
            NAME,
            f"none came in the last {BACK.days} days{more}",
            fix="`xero-mcp webhooks test` tries the receiver; then have the webhook's page at "
            "developer.xero.com send its intent to receive.",
        )
    said = f"the last came {distance(heard, now)}"
    # The intent to receive has forged ones too, in the same moment as the good ones.
    if refused_at is not None and refused_at - heard > timedelta(minutes=1):
        return warn(
            NAME,
            f"{said}; one with a wrong signature {distance(refused_at, now)}",
            fix="If the key was rotated at Xero, set XERO_WEBHOOK_KEY to the old and the new one "
            "with a comma between. `xero-mcp webhooks status` shows the days.",
        )
    return ok(NAME, said)


def _stuck(positions: list[PositionRow]) -> Iterator[Check]:
    stuck = [one for one in positions if one.problem]
    for problem in sorted({one.problem or "" for one in stuck}):
        named = sorted({one.resource for one in stuck if one.problem == problem})
        yield warn(
            CATCHING_UP,
            f"{', '.join(named)} cannot be asked for: {problem}",
            fix="Their changes are missing from the feed. `xero-mcp webhooks status` says of which "
            "organisation; `xero-mcp connect` gives scopes and connections anew.",
        )
    if positions and not stuck:
        yield ok(CATCHING_UP, f"{len({one.organisation_id for one in positions})} organisations")
