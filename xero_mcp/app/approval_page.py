"""The approval page of a house: for people, beside what agents are served."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xero_mcp.app.house import House

if TYPE_CHECKING:
    from starlette.routing import BaseRoute


def approval_routes(house: House) -> Sequence["BaseRoute"]:
    """Everything below `/approvals`."""
    from xero_mcp.transport.http.approvals_page import (  # noqa: PLC0415 - starlette is loaded last
        ApprovalPages,
        PageRooms,
    )

    office = house.office

    async def policy_now(agent: str) -> str:
        file = await office.store.read(lambda tables: house.policies.tie(tables, agent))
        policy = house.policies.in_force(agent, file=file).policy
        return policy.sha256 if policy is not None else ""

    rooms = PageRooms(
        approvals=office.approvals,
        sessions=office.sessions,
        clock=office.clock,
        policy_now=policy_now,
        public_url=office.settings.public_url,
    )
    return ApprovalPages(rooms).routes()
