"""Which organisations these credentials reach: asked once, kept, and asked again with reason."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

import anyio

from xero_mcp.clock import Clock, from_iso, to_iso
from xero_mcp.errors import ErrorCode, StoreUnavailableError, XeroMcpError
from xero_mcp.store.base import Store, Tables
from xero_mcp.xero import errors
from xero_mcp.xero.call import Call, Patience
from xero_mcp.xero.exchange import Exchange
from xero_mcp.xero.models.connection import ORGANISATION_TYPE, Connections, OrganisationRef
from xero_mcp.xero.wire import understood


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRules:
    time_to_live_seconds: float = 6 * 3600.0
    again_after_seconds: float = 60.0
    """A name that nobody knows makes us ask again, at most this often."""
    stale_for_seconds: float = 7 * 86_400.0
    """While Xero is away, an old list serves this long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOrganisations:
    asked_at: datetime
    organisations: tuple[OrganisationRef, ...]

    def holds(self, wanted: str | None) -> bool:
        """Whether a name or an id is among them; nothing wanted is always there."""
        if wanted is None:
            return True
        low = wanted.lower()
        return any(low in (one.id.lower(), one.name.lower()) for one in self.organisations)

    def as_text(self) -> str:
        rows = [[one.id, one.name] for one in self.organisations]
        return json.dumps([to_iso(self.asked_at), rows])

    @classmethod
    def from_text(cls, text: str) -> "KnownOrganisations":
        """Read what `as_text` wrote."""
        asked_at, rows = json.loads(text)
        found = tuple(OrganisationRef(id=row_id, name=name) for row_id, name in rows)
        return cls(asked_at=from_iso(asked_at), organisations=found)


def kept_list_name(place: str) -> str:
    """Under which name the store keeps the list of one credential."""
    return f"connections/{place}"


class OrganisationList:
    """The organisations of one credential."""

    def __init__(
        self, exchange: Exchange, store: Store, clock: Clock, *, url: str, place: str
    ) -> None:
        self._exchange = exchange
        self._store = store
        self._clock = clock
        self._url = url
        self._name = kept_list_name(place)
        self._known: KnownOrganisations | None = None
        self._asking = anyio.Lock()
        self._doubted = False

    async def organisations(
        self, scopes: frozenset[str], rules: ConnectionRules, *, looking_for: str | None = None
    ) -> tuple[OrganisationRef, ...]:
        """Every organisation, by name. Xero's own order changes, so it means nothing.

        Raises:
            XeroMcpError: there is no list yet and Xero gives none.
        """
        known = self._known
        if known is None or not self._will_do(known, rules, looking_for):
            async with self._asking:
                known = await self._refreshed(scopes, rules, looking_for)
        return known.organisations

    def known_in(self, tables: Tables) -> KnownOrganisations | None:
        """What the store keeps of the list, however old; None where nobody ever asked."""
        text = tables.kept.get(self._name, self._clock.now())
        return KnownOrganisations.from_text(text) if isinstance(text, str) else None

    def has(self, rules: ConnectionRules, *, looking_for: str | None) -> bool:
        """Whether `organisations` answers from memory."""
        return self._known is not None and self._will_do(self._known, rules, looking_for)

    def doubt(self) -> None:
        """Xero refused an organisation: look again before the next call, once a minute at most."""
        self._doubted = True

    def _will_do(
        self, known: KnownOrganisations, rules: ConnectionRules, looking_for: str | None
    ) -> bool:
        age_seconds = (self._clock.now() - known.asked_at).total_seconds()
        if age_seconds < rules.again_after_seconds:
            return True
        if self._doubted or not known.holds(looking_for):
            return False
        return age_seconds < rules.time_to_live_seconds

    async def _refreshed(
        self, scopes: frozenset[str], rules: ConnectionRules, looking_for: str | None
    ) -> KnownOrganisations:
        known = self._known
        if known is None or not self._will_do(known, rules, looking_for):
            known = await self._kept() or known  # perhaps another process has asked
        if known is None or not self._will_do(known, rules, looking_for):
            known = await self._asked_or_old(scopes, rules, known)
        self._known = known
        return known

    async def _asked_or_old(
        self, scopes: frozenset[str], rules: ConnectionRules, old: KnownOrganisations | None
    ) -> KnownOrganisations:
        try:
            return await self._ask(scopes, rules)
        except XeroMcpError as error:
            if old is None or error.code is not ErrorCode.XERO_UNAVAILABLE:
                raise
            age_seconds = (self._clock.now() - old.asked_at).total_seconds()
            if age_seconds > rules.stale_for_seconds:
                raise
            return old

    async def _ask(self, scopes: frozenset[str], rules: ConnectionRules) -> KnownOrganisations:
        call = Call(method="GET", url=self._url, path="/connections", scopes=scopes)
        payload = await self._exchange.run(call, Patience(trail=[]))
        rows = understood(Connections, {"connections": payload})
        if rows is None:
            raise errors.unavailable("Xero's list of organisations could not be understood.")
        named = [
            OrganisationRef(id=row.tenant_id, name=row.tenant_name or row.tenant_id)
            for row in rows.connections
            if row.tenant_type == ORGANISATION_TYPE
        ]
        unique = {one.id: one for one in named}
        found = tuple(sorted(unique.values(), key=lambda one: (one.name.lower(), one.id)))
        known = KnownOrganisations(asked_at=self._clock.now(), organisations=found)
        self._doubted = False
        await self._keep(known, rules)
        return known

    async def _kept(self) -> KnownOrganisations | None:
        try:
            return await self._store.read(self.known_in)
        except StoreUnavailableError:
            return None

    async def _keep(self, known: KnownOrganisations, rules: ConnectionRules) -> None:
        text = known.as_text()
        ends = known.asked_at + timedelta(seconds=rules.stale_for_seconds)
        try:
            await self._store.quick(lambda t: t.kept.put(self._name, text, ends))
        except StoreUnavailableError:
            return  # it serves this process from memory
