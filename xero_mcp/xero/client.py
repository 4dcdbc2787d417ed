"""The Xero client: one for a process and a set of credentials, put together here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from xero_mcp.clock import Clock
from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.store.base import Store, Tables
from xero_mcp.xero import errors
from xero_mcp.xero.call import Patience
from xero_mcp.xero.connected import Connected
from xero_mcp.xero.connections import ConnectionRules, OrganisationList
from xero_mcp.xero.credentials import Credentials, XeroHosts
from xero_mcp.xero.departed import IsLive, everybody_is_live
from xero_mcp.xero.exchange import Exchange, Line
from xero_mcp.xero.forecast import LimitRules
from xero_mcp.xero.limits import Limiter, Process, Progress
from xero_mcp.xero.models.connection import OrganisationRef
from xero_mcp.xero.network import HttpSource, Network, NetworkRules
from xero_mcp.xero.reference import ReferenceCache, ReferenceRules
from xero_mcp.xero.retry import RetryRules
from xero_mcp.xero.scoped import Grant, ScopedXero, Upstream
from xero_mcp.xero.secret import Sealer, Secret
from xero_mcp.xero.sign_in_refresh import SignInDesk, SignInRules
from xero_mcp.xero.sign_ins import SignIns
from xero_mcp.xero.token_choice import TokenChoice
from xero_mcp.xero.tokens import TokenDesk, TokenRules, Tokens, place_of


@dataclass(frozen=True, slots=True, kw_only=True)
class XeroRules:
    """Every limit, wait and memory of this room, by name."""

    limits: LimitRules = field(default_factory=LimitRules)
    retries: RetryRules = field(default_factory=RetryRules)
    network: NetworkRules = field(default_factory=NetworkRules)
    tokens: TokenRules = field(default_factory=TokenRules)
    sign_ins: SignInRules = field(default_factory=SignInRules)
    connections: ConnectionRules = field(default_factory=ConnectionRules)
    reference: ReferenceRules = field(default_factory=ReferenceRules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the client takes from outside: memory, time, a key, chance and its own name."""

    store: Store
    clock: Clock
    sealer: Sealer
    randomness: Random
    """A SystemRandom, so that no two processes make the same names."""
    instance: str
    """This process, as no other process of the store is called."""
    is_live: IsLive = everybody_is_live
    """Whether the process of that name still runs."""
    app_secrets: Mapping[str, Secret] | None = None
    """Secrets of apps through which people signed in, by client id; None: nobody signs in here."""


class XeroClient:
    """Opens nothing until it is used: no connection, no token, no authlib."""

    def __init__(
        self,
        hosts: XeroHosts,
        credentials: Credentials | None,
        http: HttpSource,
        around: Surroundings,
        *,
        rules: XeroRules | None = None,
    ) -> None:
        self._rules = rules = rules or XeroRules()
        self._network = Network(http, rules.network)
        self.sign_ins = self._sign_ins(hosts, around)
        self._client_id = credentials.client_id if credentials is not None else ""
        self._tokens: Tokens | None = None
        if credentials is not None:
            desk = TokenDesk(
                hosts=hosts,
                credentials=credentials,
                network=self._network,
                retries=rules.retries,
                randomness=around.randomness,
            )
            self._tokens = Tokens(
                desk, around.store, around.clock, around.sealer, rules=rules.tokens
            )
        exchange = Exchange(self._line(around), around.clock, around.randomness)
        self._organisations: OrganisationList | None = None
        if credentials is not None:
            self._organisations = OrganisationList(
                exchange,
                around.store,
                around.clock,
                url=hosts.connections_url,
                place=place_of(hosts, credentials),
            )
        self._upstream = Upstream(
            exchange=exchange,
            hosts=hosts,
            clock=around.clock,
            reference=ReferenceCache(exchange, hosts, around.clock, rules=rules.reference),
            doubt_connection=self._doubt,
        )

    def _sign_ins(self, hosts: XeroHosts, around: Surroundings) -> SignIns | None:
        if around.app_secrets is None:
            return None
        return SignIns(
            SignInDesk(
                hosts=hosts,
                network=self._network,
                store=around.store,
                clock=around.clock,
                sealer=around.sealer,
                randomness=around.randomness,
                retries=self._rules.retries,
                rules=self._rules.sign_ins,
                secrets=around.app_secrets,
            )
        )

    async def _is_signed_in_through(self) -> bool:
        """Whether the app of the settings is one that people sign in through."""
        return self.sign_ins is not None and await self.sign_ins.has_app(self._client_id)

    def _doubt(self, organisation_id: str) -> None:
        if self._organisations is not None:
            self._organisations.doubt()
        if self.sign_ins is not None:
            self.sign_ins.doubt(organisation_id)

    def _line(self, around: Surroundings) -> Line:
        randomness = around.randomness
        limiter = Limiter(
            around.store,
            around.clock,
            self._rules.limits,
            Process(
                name=around.instance,
                new_id=lambda: f"{randomness.getrandbits(96):024x}",
                is_live=around.is_live,
            ),
        )
        return Line(
            network=self._network,
            network_rules=self._rules.network,
            tokens=TokenChoice(self._tokens, self.sign_ins),
            limiter=limiter,
            retries=self._rules.retries,
        )

    async def organisations(
        self, scopes: frozenset[str], *, looking_for: str | None = None
    ) -> tuple[OrganisationRef, ...]:
        """The organisations that these credentials reach, from memory where that is young.

        `looking_for`, a name or an id: ask again where it is not among them, at most once
        a minute.

        Raises:
            XeroMcpError: NOT_CONNECTED, SCOPE_MISSING or XERO_UNAVAILABLE.
        """
        signed_in = await self.sign_ins.organisations() if self.sign_ins is not None else ()
        own = await self._own_organisations(scopes, looking_for, beside=signed_in)
        together = {one.id: one for one in (*own, *signed_in)}
        return tuple(sorted(together.values(), key=lambda one: (one.name.lower(), one.id)))

    async def asks_for_organisations(self, looking_for: str | None) -> bool:
        """Whether `organisations` may have to ask Xero; never a yes too few."""
        if self.sign_ins is not None and self.sign_ins.is_in_doubt:
            return True
        if self._organisations is None or await self._is_signed_in_through():
            return False
        return not self._organisations.has(self._rules.connections, looking_for=looking_for)

    async def _own_organisations(
        self,
        scopes: frozenset[str],
        looking_for: str | None,
        *,
        beside: tuple[OrganisationRef, ...],
    ) -> tuple[OrganisationRef, ...]:
        """Those of the app itself; a Custom Connection that has ended takes nobody else's away."""
        if self._organisations is None or await self._is_signed_in_through():
            if not beside:
                raise errors.sign_in_over("Nobody has connected an organisation yet.")
            return ()
        wanted = None if any(_is(one, looking_for) for one in beside) else looking_for
        try:
            return await self._organisations.organisations(
                scopes, self._rules.connections, looking_for=wanted
            )
        except XeroMcpError as error:
            if not beside or error.code is not ErrorCode.NOT_CONNECTED:
                raise
            return ()

    def connected(self, tables: Tables) -> Connected:
        """Which organisations these are, without asking Xero."""
        desk, own = self.sign_ins, self._organisations
        signed_in = desk.connected_in(tables) if desk is not None else frozenset[str]()
        if own is None or (desk is not None and self._client_id in desk.apps_in(tables)):
            return Connected(ids=signed_in, is_whole=True)
        known = own.known_in(tables)
        ids = {one.id for one in known.organisations} if known is not None else set[str]()
        return Connected(ids=signed_in | ids, is_whole=known is not None)

    def scoped(
        self,
        grant: Grant,
        *,
        progress: Progress | None = None,
        max_wait_seconds: float | None = None,
    ) -> ScopedXero:
        """Xero for one call, held to its grant; `progress` hears of waits over a few seconds."""
        patience = Patience(
            trail=[],
            max_wait_seconds=max_wait_seconds,
            progress=None if grant.held_back else progress,
            budget=grant.budget,
            held_back=grant.held_back,
        )
        return ScopedXero(self._upstream, grant, patience)

    def forget_reference(self, organisation_id: str) -> None:
        """Something of what is kept in memory of that organisation was changed by others."""
        self._upstream.reference.forget(organisation_id)

    async def check_token(self, scopes: frozenset[str]) -> frozenset[str]:
        """Get a token for these scopes; return those that it was asked for, granular or broad.

        Raises:
            XeroMcpError: NOT_CONNECTED, SCOPE_MISSING or XERO_UNAVAILABLE.
        """
        if self._tokens is None:
            raise errors.sign_in_over("There is no Custom Connection.")
        return (await self._tokens.token(scopes)).scopes

    async def close(self) -> None:
        await self._network.close()


def _is(one: OrganisationRef, wanted: str | None) -> bool:
    return wanted is not None and wanted.lower() in (one.id.lower(), one.name.lower())
