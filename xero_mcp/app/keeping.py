"""What keeps the feed of changes up, in a process that serves."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from xero_mcp.app.feed import is_feed_kept
from xero_mcp.app.office import Office
from xero_mcp.app.xero_access import sealer
from xero_mcp.changes.feed import StoreFeed
from xero_mcp.changes.sealed import Box

if TYPE_CHECKING:
    from xero_mcp.changes.keeping import Keeper
    from xero_mcp.xero.client import XeroClient


def keeper_of(
    office: Office, client: "Callable[[], XeroClient]", feed: StoreFeed, *, holder: str
) -> "Keeper | None":
    """The keeper of these settings; None where nothing is to be kept up. Nothing runs yet."""
    settings = office.settings
    if not is_feed_kept(settings):
        return None
    # Only here: most servers keep no feed, and need not load what reads it.
    from xero_mcp.changes.by_us import OwnWrites  # noqa: PLC0415
    from xero_mcp.changes.catching_up import CatchUp, CatchUpRules  # noqa: PLC0415
    from xero_mcp.changes.fetching import CATCHING_UP, READING, Fetcher  # noqa: PLC0415
    from xero_mcp.changes.keeping import Duties, Keeper  # noqa: PLC0415
    from xero_mcp.changes.noticing import Noticer  # noqa: PLC0415
    from xero_mcp.changes.reading import Reader, Work  # noqa: PLC0415

    xero = client()
    writing = [card.name for card in office.cards.values() if card.writes]
    work = Work(
        store=office.store,
        clock=office.clock,
        feed=feed,
        noticer=Noticer(Box(sealer(settings))),
        own_writes=OwnWrites(office.store, office.clock, writing),
        holder=holder,
        is_live=office.instances.is_live,
    )
    rules = CatchUpRules(
        every_seconds=settings.catch_up_seconds,
        is_told=settings.webhook_key is not None,
        scopes=frozenset(settings.scopes),
    )
    return Keeper(
        Duties(
            work=work,
            reader=Reader(work, Fetcher(xero, READING)),
            catch_up=CatchUp(work, Fetcher(xero, CATCHING_UP), rules),
            xero=xero,
            scopes=rules.any_scopes(),
        )
    )
