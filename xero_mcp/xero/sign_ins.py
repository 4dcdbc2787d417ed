"""The sign-ins of people: which organisation is reached through which, and with what token."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final, NamedTuple, Never

from xero_mcp.errors import ErrorCode, StoreUnavailableError, XeroMcpError
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.sign_ins import OrganisationRow, SignInRow
from xero_mcp.xero import errors
from xero_mcp.xero.call import Call
from xero_mcp.xero.models.connection import Connection, OrganisationRef
from xero_mcp.xero.scopes import broad_of, covers, scopes_for
from xero_mcp.xero.sign_in_connections import ConnectionDesk
from xero_mcp.xero.sign_in_refresh import Refresher, SignInDesk, is_idle, over
from xero_mcp.xero.tokens import Token

LOOK_ROUND_SECONDS: Final = 3_600.0
"""How often a server looks for sign-ins that have been idle for too long."""
_CUT_OFF: Final = "Xero no longer lets us into this organisation: somebody disconnected it there."


class Known(NamedTuple):
    """What the store says of this host's sign-ins."""

    at_seconds: float
    sign_ins: Mapping[str, SignInRow]
    organisations: Mapping[str, OrganisationRow]


class SignIns:
    """The sign-ins at one identity host, shared through the store by every process."""

    def __init__(self, desk: SignInDesk) -> None:
        self._desk = desk
        self._host = desk.hosts.fingerprint
        self._refresher = Refresher(desk)
        self._connections = ConnectionDesk(hosts=desk.hosts, network=desk.network)
        self._known: Known | None = None
        self._doubted: set[str] = set()
        self._checked: dict[str, datetime] = {}

    async def organisations(self) -> tuple[OrganisationRef, ...]:
        """Those that people opened to us; one that was cut off too, so that a call hears why."""
        await self._check_doubted()
        rows = (await self._look()).organisations.values()
        return tuple(OrganisationRef(id=one.organisation_id, name=one.name) for one in rows)

    def connected_in(self, tables: Tables) -> frozenset[str]:
        """The ids of those organisations, as the store has them now."""
        return frozenset(one.organisation_id for one in tables.sign_ins.organisations(self._host))

    def apps_in(self, tables: Tables) -> frozenset[str]:
        """The apps through which somebody signed in."""
        return frozenset(row.client_id for row in tables.sign_ins.of_host(self._host))

    @property
    def is_in_doubt(self) -> bool:
        """Whether `organisations` has to ask Xero first."""
        return bool(self._doubted)

    async def holds(self, organisation_id: str) -> bool:
        """Whether this organisation is reached through a sign-in."""
        return organisation_id in (await self._look()).organisations

    async def has_app(self, client_id: str) -> bool:
        """Whether somebody signed in through this app: then it is no Custom Connection."""
        rows = (await self._look()).sign_ins.values()
        return any(row.client_id == client_id for row in rows)

    async def token(self, call: Call, *, instead_of: Token | None = None) -> Token:
        """The token for a call in an organisation that a sign-in holds.

        It may do whatever the person consented to, so what the agent may is checked here.

        Raises:
            XeroMcpError: NOT_CONNECTED, SCOPE_MISSING or XERO_UNAVAILABLE.
        """
        known = await self._look()
        one = known.organisations.get(call.organisation_id or "")
        if one is None or one.sign_in_id not in known.sign_ins:
            raise errors.sign_in_over("Nobody has connected this organisation here.")
        row = known.sign_ins[one.sign_in_id]
        if row.over_at is not None:
            raise over(row.over_why or "Xero no longer takes it")
        if one.cut_off_at is not None:
            raise errors.sign_in_over(_CUT_OFF)
        _check_scopes(call, frozenset(row.scopes.split()))
        return await self._refresher.token(row.id, instead_of=instead_of)

    def doubt(self, organisation_id: str) -> None:
        """Xero refused it: find out before the next call whether it is still connected."""
        self._doubted.add(organisation_id)

    async def all(self) -> tuple[Sequence[SignInRow], Sequence[OrganisationRow]]:
        """Every sign-in and every organisation, as the store has them now."""
        known = await self._read()
        return tuple(known.sign_ins.values()), tuple(known.organisations.values())

    async def refresh(self, sign_in_id: str) -> None:
        """New tokens now, and a look at what Xero still lists.

        Raises:
            XeroMcpError: NOT_CONNECTED or XERO_UNAVAILABLE.
        """
        await self._refresher.refresh(sign_in_id)
        await self.check(sign_in_id)

    async def disconnect(self, organisation_id: str) -> bool:
        """Take an organisation away in Xero and here; False where Xero could not be told.

        Xero cannot be told by a sign-in that has ended.

        Raises:
            XeroMcpError: XERO_UNAVAILABLE: nothing was taken away here either.
        """
        known = await self._read()
        one = known.organisations.get(organisation_id)
        if one is None:
            raise errors.sign_in_over("Nobody has connected this organisation here.")
        told = True
        try:
            token = await self._refresher.token(one.sign_in_id)
            await self._connections.disconnect(token.text, one.connection_id)
        except XeroMcpError as error:
            if error.code is not ErrorCode.NOT_CONNECTED:
                raise
            told = False
        await self._desk.store.write(
            lambda tables: tables.sign_ins.forget_organisation(self._host, organisation_id)
        )
        self._known = None
        return told

    async def keep_fresh(self) -> Never:
        """Refresh what nobody uses, so that it does not end after sixty days."""
        while True:
            with suppress(StoreUnavailableError):  # the next round tries again
                await self.refresh_idle()
            await self._desk.clock.sleep(LOOK_ROUND_SECONDS)

    async def refresh_idle(self) -> int:
        """Refresh what has been idle for long; return how many."""
        now, refreshed = self._desk.clock.now(), 0
        for row in (await self._read()).sign_ins.values():
            if row.over_at is None and is_idle(row, self._desk.rules, now):
                with suppress(XeroMcpError):  # whoever needs it hears of it
                    await self._refresher.refresh(row.id)
                    refreshed += 1
        return refreshed

    async def _check_doubted(self) -> None:
        now, doubted = self._desk.clock.now(), list(self._doubted)
        for organisation_id in doubted:
            one = (await self._look()).organisations.get(organisation_id)
            self._doubted.discard(organisation_id)
            if one is None or one.cut_off_at is not None:
                continue
            before = self._checked.get(one.sign_in_id)
            age_seconds = (now - before).total_seconds() if before else None
            if age_seconds is None or age_seconds >= self._desk.rules.check_again_seconds:
                self._checked[one.sign_in_id] = now
                with suppress(XeroMcpError):  # the call itself will hear what is wrong
                    await self.check(one.sign_in_id)

    async def check(self, sign_in_id: str) -> None:
        """Ask Xero which organisations are connected, and note what changed.

        Raises:
            XeroMcpError: NOT_CONNECTED or XERO_UNAVAILABLE.
        """
        token = await self._refresher.token(sign_in_id)
        listed = {
            each.tenant_id: each for each in await self._connections.organisations(token.text)
        }
        known = await self._read()
        own = [one for one in known.organisations.values() if one.sign_in_id == sign_in_id]
        at = self._desk.clock.now()

        def note(tables: Tables) -> None:
            for one in own:
                there = listed.get(one.organisation_id)
                if there is None:
                    tables.sign_ins.cut_off(self._host, one, at)
                else:
                    tables.sign_ins.seen(self._host, _renewed(one, there))

        await self._desk.store.write(note)
        self._known = None

    async def _look(self) -> Known:
        """What is known, if it is young; the store being away, what was known last."""
        known, now = self._known, self._desk.clock.monotonic()
        if known is not None and now - known.at_seconds < self._desk.rules.look_again_seconds:
            return known
        try:
            return await self._read()
        except StoreUnavailableError:
            if known is None:
                raise
            return known

    async def _read(self) -> Known:
        def look(tables: Tables) -> tuple[list[SignInRow], list[OrganisationRow]]:
            found = tables.sign_ins
            return found.of_host(self._host), found.organisations(self._host)

        rows, organisations = await self._desk.store.read(look)
        self._known = Known(
            at_seconds=self._desk.clock.monotonic(),
            sign_ins={row.id: row for row in rows},
            organisations={one.organisation_id: one for one in organisations},
        )
        return self._known


def _check_scopes(call: Call, consented: frozenset[str]) -> None:
    needed = scopes_for([(call.method, call.path)])
    if any(not covers(call.scopes, scope) for scope in needed):
        raise errors.scope_missing(sorted(needed))
    lacking = [scope for scope in needed if not is_consented(scope, consented)]
    if lacking:
        raise errors.consent_missing(lacking)


def is_consented(scope: str, consented: frozenset[str]) -> bool:
    """Whether a consent covers it, by its own name or by the broad one of old."""
    return covers(consented, scope) or all(covers(consented, old) for old in broad_of([scope]))


def _renewed(one: OrganisationRow, there: Connection) -> OrganisationRow:
    return one._replace(connection_id=there.id, name=there.tenant_name or one.name)
