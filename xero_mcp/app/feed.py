"""The feed of changes as this process reads it."""

from xero_mcp.app.office import Office
from xero_mcp.app.xero_access import sealer
from xero_mcp.changes.feed import StoreFeed
from xero_mcp.changes.sealed import Box
from xero_mcp.settings import Settings


def feed_of(office: Office, *, demo: bool = False) -> StoreFeed:
    """The feed over the store of this process. Nothing is read yet, and nothing runs.

    What others keep of their organisations is not told beside the books of a demo.
    """
    box = Box(sealer(office.settings))
    is_kept = is_feed_kept(office.settings)
    return StoreFeed(office.store, office.clock, box, is_kept=is_kept, is_alone=demo)


def is_feed_kept(settings: Settings) -> bool:
    """Whether these settings make a server fill it."""
    return settings.webhook_key is not None or settings.catch_up_seconds > 0
