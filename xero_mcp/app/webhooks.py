"""The receiver of webhooks of a house: there where a signing key is set, and nowhere else."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xero_mcp.app.house import House

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from xero_mcp.changes.receiving import Receiver


def webhook_routes(house: House) -> Sequence["BaseRoute"]:
    """`/webhooks/xero`, or nothing."""
    if not house.office.settings.webhook_keys:
        return ()
    from xero_mcp.transport.http import webhooks  # noqa: PLC0415 - starlette is loaded last

    return webhooks.webhook_routes(receiver_of(house))


def receiver_of(house: House) -> "Receiver":
    """What takes the deliveries."""
    from xero_mcp.changes.receiving import Receiver, Receiving  # noqa: PLC0415 - only for these

    office = house.office
    given = Receiving(
        store=office.store,
        audit=office.audit,
        clock=office.clock,
        keys=office.settings.webhook_keys,
        connected=house.rooms.xero.connected,
    )
    return Receiver(given, wake=house.wake)
