"""An organisation's own facts (itself, accounts, tax rates, tracking …), kept in memory a while.

They are the server's own knowledge: a tool needs no reach for them, and one fetch serves
every agent. Fetched with a token for just this, where the agent's does not cover it.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Final, Generic, Literal, TypeVar, cast

import anyio
from pydantic import BaseModel

from xero_mcp.clock import Clock
from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.xero import errors
from xero_mcp.xero.call import Call, Patience
from xero_mcp.xero.credentials import XeroHosts
from xero_mcp.xero.exchange import Exchange
from xero_mcp.xero.models.account import Account, Accounts
from xero_mcp.xero.models.branding_theme import BrandingTheme, BrandingThemes
from xero_mcp.xero.models.currency import Currencies, Currency
from xero_mcp.xero.models.organisation import Organisation, Organisations
from xero_mcp.xero.models.tax_rate import TaxRate, TaxRates
from xero_mcp.xero.models.tracking import TrackingCategories, TrackingCategory
from xero_mcp.xero.scopes import SETTINGS_READ, covers
from xero_mcp.xero.wire import understood

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

Noun = Literal[
    "Organisation", "Accounts", "TaxRates", "Currencies", "TrackingCategories", "BrandingThemes"
]
NOUNS: Final[tuple[Noun, ...]] = (
    "Organisation",
    "Accounts",
    "TaxRates",
    "Currencies",
    "TrackingCategories",
    "BrandingThemes",
)
_QUERIES: Final[dict[Noun, tuple[tuple[str, str], ...]]] = {
    "TrackingCategories": (("includeArchived", "true"),)
}
"""Fetched whole: who reads it leaves out what is not wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRules:
    time_to_live_seconds: float = 900.0
    max_organisations: int = 50
    """The organisation that was not asked about for longest makes room."""
    max_worked_out: int = 8
    """Of one list; what was not used for longest makes room."""


@dataclass(slots=True)
class _Shelf(Generic[T]):
    """One kind of thing of one organisation, and when it was fetched."""

    fetching: anyio.Lock = field(default_factory=anyio.Lock)
    value: T | None = None
    fetched_at: float = 0.0
    worked_out: dict[Hashable, object] = field(default_factory=dict[Hashable, object])
    """What was made of the value; it goes with it."""


Shelves = dict[Noun, _Shelf[object]]


class ReferenceCache:
    """The shelves of every organisation of one credential."""

    def __init__(
        self, exchange: Exchange, hosts: XeroHosts, clock: Clock, *, rules: ReferenceRules
    ) -> None:
        self._exchange = exchange
        self._hosts = hosts
        self.clock = clock
        self.rules = rules
        self._shelves: OrderedDict[str, Shelves] = OrderedDict()

    def of(self, organisation_id: str, scopes: frozenset[str], patience: Patience) -> "Reference":
        """A view for one call, which notes its fetches in that call's trail."""
        return Reference(self, organisation_id, scopes, patience)

    def forget(self, organisation_id: str) -> None:
        """Fetch anew next time: something of it was changed."""
        self._shelves.pop(organisation_id, None)

    def shelf(self, organisation_id: str, noun: Noun) -> _Shelf[object]:
        shelves = self._shelves.setdefault(organisation_id, {})
        self._shelves.move_to_end(organisation_id)
        if len(self._shelves) > self.rules.max_organisations:
            self._shelves.popitem(last=False)
        if noun not in shelves:  # a shelf has a lock, which is not made to be thrown away
            shelves[noun] = _Shelf()
        return shelves[noun]

    async def fetch(
        self, noun: Noun, model: type[M], organisation_id: str, asking: "Reference"
    ) -> M:
        """Get it from Xero; where it lets us in no more, nothing of the organisation is kept.

        Raises:
            XeroMcpError: as any read does.
        """
        path = f"/{noun}"
        own = frozenset({SETTINGS_READ})
        call = Call(
            method="GET",
            url=f"{self._hosts.accounting_url}{path}",
            path=path,
            scopes=asking.scopes if covers(asking.scopes, SETTINGS_READ) else own,
            organisation_id=organisation_id,
            query=_QUERIES.get(noun, ()),
        )
        try:
            payload = await self._exchange.run(call, asking.patience)
        except XeroMcpError as error:
            if error.code is ErrorCode.NOT_CONNECTED:
                self.forget(organisation_id)
            raise
        found = understood(model, payload)
        if found is None:
            raise errors.unavailable(f"Xero's answer about {noun} could not be understood.")
        return found


class Reference:
    """What one call may know of its organisation without having declared a reach."""

    def __init__(
        self,
        cache: ReferenceCache,
        organisation_id: str,
        scopes: frozenset[str],
        patience: Patience,
    ) -> None:
        self._cache = cache
        self._organisation_id = organisation_id
        self.scopes = scopes
        self.patience = patience

    async def organisation(self, *, max_age_seconds: float | None = None) -> Organisation:
        def only(found: Organisations) -> Organisation:
            if not found.organisations:
                raise errors.unavailable("Xero said nothing about the organisation.")
            return found.organisations[0]

        return await self._get("Organisation", Organisations, only, max_age_seconds)

    async def accounts(self, *, max_age_seconds: float | None = None) -> tuple[Account, ...]:
        return await self._get("Accounts", Accounts, lambda f: f.accounts, max_age_seconds)

    async def tax_rates(self, *, max_age_seconds: float | None = None) -> tuple[TaxRate, ...]:
        return await self._get("TaxRates", TaxRates, lambda f: f.tax_rates, max_age_seconds)

    async def currencies(self, *, max_age_seconds: float | None = None) -> tuple[Currency, ...]:
        return await self._get("Currencies", Currencies, lambda f: f.currencies, max_age_seconds)

    async def tracking(
        self, *, max_age_seconds: float | None = None
    ) -> tuple[TrackingCategory, ...]:
        """Every tracking category with its options, archived ones too."""
        return await self._get(
            "TrackingCategories",
            TrackingCategories,
            lambda f: f.tracking_categories,
            max_age_seconds,
        )

    async def branding_themes(
        self, *, max_age_seconds: float | None = None
    ) -> tuple[BrandingTheme, ...]:
        return await self._get(
            "BrandingThemes", BrandingThemes, lambda f: f.branding_themes, max_age_seconds
        )

    def age_seconds(self, noun: Noun) -> float | None:
        """How old what we know is; None where we know nothing."""
        shelf = self._cache.shelf(self._organisation_id, noun)
        if shelf.value is None:
            return None
        return self._cache.clock.monotonic() - shelf.fetched_at

    def worked_out(
        self, noun: Noun, known: object, *, by: Hashable, work_out: Callable[[], T]
    ) -> T:
        """What `work_out` makes of `known`, worked out once for as long as that is kept.

        Args:
            noun: what `known` is a list of, as it was got from here just now.
            known: the list.
            by: all else that it turns on; where it is equal, so is what is made.
            work_out: makes it, of nothing but these, and such that nobody can change it.
        """
        shelf = self._cache.shelf(self._organisation_id, noun)
        if shelf.value is not known:  # forgotten, or read anew meanwhile
            return work_out()
        kept = shelf.worked_out
        made = kept.pop(by, None)
        kept[by] = made = work_out() if made is None else made  # what was used last stands last
        if len(kept) > self._cache.rules.max_worked_out:
            del kept[next(iter(kept))]
        return cast("T", made)

    async def _get(
        self, noun: Noun, model: type[M], take: Callable[[M], T], max_age_seconds: float | None
    ) -> T:
        limit = self._cache.rules.time_to_live_seconds
        max_age = limit if max_age_seconds is None else min(limit, max_age_seconds)
        shelf = cast("_Shelf[T]", self._cache.shelf(self._organisation_id, noun))
        found = self._young(shelf, max_age)
        if found is not None:
            return found
        async with shelf.fetching:
            # Whoever waited here takes what the one before brought.
            found = self._young(shelf, max_age)
            if found is None:
                began = self._cache.clock.monotonic()
                found = take(await self._cache.fetch(noun, model, self._organisation_id, self))
                shelf.value, shelf.fetched_at, shelf.worked_out = found, began, {}
        return found

    def _young(self, shelf: _Shelf[T], max_age_seconds: float) -> T | None:
        age_seconds = self._cache.clock.monotonic() - shelf.fetched_at
        return shelf.value if age_seconds < max_age_seconds else None
