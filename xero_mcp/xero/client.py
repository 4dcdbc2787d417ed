"""The Xero client: one for a process and a set of credentials, put together here."""

from dataclasses import dataclass, field
from random import Random

from xero_mcp.clock import Clock
from xero_mcp.store.base import Store
from xero_mcp.xero.call import Patience
from xero_mcp.xero.connections import ConnectionRules, OrganisationList
from xero_mcp.xero.credentials import Credentials, XeroHosts
from xero_mcp.xero.exchange import Exchange, Line
from xero_mcp.xero.forecast import LimitRules
from xero_mcp.xero.limits import Limiter, Progress
from xero_mcp.xero.models.connection import OrganisationRef
from xero_mcp.xero.network import HttpSource, Network, NetworkRules
from xero_mcp.xero.reference import ReferenceCache, ReferenceRules
from xero_mcp.xero.retry import RetryRules
from xero_mcp.xero.scoped import Grant, ScopedXero, Upstream
from xero_mcp.xero.secret import Sealer
from xero_mcp.xero.tokens import TokenDesk, TokenRules, Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class XeroRules:
    """Every limit, wait and memory of this room, by name."""

    limits: LimitRules = field(default_factory=LimitRules)
    retries: RetryRules = field(default_factory=RetryRules)
    network: NetworkRules = field(default_factory=NetworkRules)
    tokens: TokenRules = field(default_factory=TokenRules)
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


class XeroClient:
    """Opens nothing until it is used: no connection, no token, no authlib."""

    def __init__(
        self,
        hosts: XeroHosts,
        credentials: Credentials,
        http: HttpSource,
        around: Surroundings,
        *,
        rules: XeroRules | None = None,
    ) -> None:
        self._rules = rules = rules or XeroRules()
        self._network = Network(http, rules.network)
        desk = TokenDesk(
            hosts=hosts,
            credentials=credentials,
            network=self._network,
            retries=rules.retries,
            randomness=around.randomness,
        )
        self._tokens = Tokens(desk, around.store, around.clock, around.sealer, rules=rules.tokens)
        exchange = Exchange(self._line(around), around.clock, around.randomness)
        self._organisations = OrganisationList(
            exchange, around.store, around.clock, url=hosts.connections_url, place=desk.place
        )
        self._upstream = Upstream(
            exchange=exchange,
            hosts=hosts,
            clock=around.clock,
            reference=ReferenceCache(exchange, hosts, around.clock, rules=rules.reference),
            doubt_connections=self._organisations.doubt,
        )

    def _line(self, around: Surroundings) -> Line:
        randomness = around.randomness
        limiter = Limiter(
            around.store,
            around.clock,
            self._rules.limits,
            holder=around.instance,
            new_id=lambda: f"{randomness.getrandbits(96):024x}",
        )
        return Line(
            network=self._network,
            network_rules=self._rules.network,
            tokens=self._tokens,
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
        return await self._organisations.organisations(
            scopes, self._rules.connections, looking_for=looking_for
        )

    def scoped(
        self,
        grant: Grant,
        *,
        progress: Progress | None = None,
        max_wait_seconds: float | None = None,
    ) -> ScopedXero:
        """Xero for one call, held to its grant; `progress` hears of waits over a few seconds."""
        patience = Patience(
            trail=[], max_wait_seconds=max_wait_seconds, progress=progress, budget=grant.budget
        )
        return ScopedXero(self._upstream, grant, patience)

    async def check_token(self, scopes: frozenset[str]) -> frozenset[str]:
        """Get a token for these scopes; return those that it was asked for, granular or broad.

        Raises:
            XeroMcpError: NOT_CONNECTED, SCOPE_MISSING or XERO_UNAVAILABLE.
        """
        return (await self._tokens.token(scopes)).scopes

    async def close(self) -> None:
        await self._network.close()
