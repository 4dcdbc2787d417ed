"""Reading things again in Xero: by their ids, or all that changed since; behind agents' calls."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Any, Final

from xero_mcp.changes.resources import Pages, Resource
from xero_mcp.changes.shown import Shown
from xero_mcp.xero.budget import BACKGROUND, CallBudget
from xero_mcp.xero.client import XeroClient
from xero_mcp.xero.models.connection import OrganisationRef
from xero_mcp.xero.scoped import Grant, ScopedXero

READING: Final = CallBudget(agent=f"{BACKGROUND}changes", per_minute=30, per_day=2_000)
"""For what Xero told of: one request for up to MAX_IDS things."""
CATCHING_UP: Final = CallBudget(agent=f"{BACKGROUND}catch-up", per_minute=20, per_day=2_000)
"""For what nobody told of."""
MAX_IDS: Final = 40
"""As many as Xero takes in one list."""
PAGE_SIZE: Final = 250
_FIXED_PAGE: Final = 100
"""Of the lists that let nobody choose."""
MAX_PAGES: Final = 40
"""In one go; what is beyond comes with the next poll, which begins where this one ended."""
MAX_WAIT_SECONDS: Final = 20.0
"""For a turn among the organisation's calls."""


class Fetcher:
    """Asks Xero under one budget."""

    def __init__(self, xero: XeroClient, budget: CallBudget) -> None:
        self._xero = xero
        self.budget = budget

    async def by_ids(
        self, organisation_id: str, resource: Resource, ids: Sequence[str]
    ) -> list[Shown]:
        """Those of these things that Xero shows, with one request.

        Raises:
            XeroMcpError: Xero cannot be asked.
        """
        params = {**resource.params, "IDs": ",".join(ids), "page": 1, "pageSize": PAGE_SIZE}
        found = await self._scoped(organisation_id, resource).get(
            resource.path, resource.envelope, params=params
        )
        return _shown(resource, resource.listed(found))

    async def since(
        self, organisation_id: str, resource: Resource, since: datetime
    ) -> AsyncGenerator[list[Shown]]:
        """What changed since then, page by page.

        Raises:
            XeroMcpError: Xero cannot be asked.
        """
        xero = self._scoped(organisation_id, resource)
        offset = 0
        for page in range(1, MAX_PAGES + 1):
            params = {**resource.params, **_page(resource.pages, page, offset)}
            found = await xero.get(
                resource.path, resource.envelope, params=params, modified_since=since
            )
            listed = resource.listed(found)
            yield _shown(resource, listed)
            if not _has_more(resource.pages, len(listed)):
                return
            offset = max(_number(one) for one in listed)

    def _scoped(self, organisation_id: str, resource: Resource) -> ScopedXero:
        grant = Grant(
            organisation=OrganisationRef(id=organisation_id, name=""),
            reaches=frozenset({resource.reach}),
            scopes=resource.scopes,
            budget=self.budget,
        )
        return self._xero.scoped(grant, max_wait_seconds=MAX_WAIT_SECONDS)


def _shown(resource: Resource, listed: Sequence[Any]) -> list[Shown]:
    """Cut down; what has no id is nothing that could be known again."""
    return [one for one in map(resource.show, listed) if one.id]


def _page(pages: Pages, page: int, offset: int) -> dict[str, int]:
    match pages:
        case Pages.SIZED:
            return {"page": page, "pageSize": PAGE_SIZE}
        case Pages.BARE:
            return {"page": page}
        case Pages.OFFSET:
            return {"offset": offset}
        case Pages.WHOLE:
            return {}


def _has_more(pages: Pages, found: int) -> bool:
    if pages is Pages.WHOLE:
        return False
    return found >= (PAGE_SIZE if pages is Pages.SIZED else _FIXED_PAGE)


def _number(one: Any) -> int:  # noqa: ANN401 - a model of Xero's; journals alone have numbers
    found = getattr(one, "journal_number", 0)
    return found if isinstance(found, int) else 0
