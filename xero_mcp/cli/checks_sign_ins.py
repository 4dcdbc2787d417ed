"""Checks of what people signed in to: is it alive, and is it enough for the policies."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from xero_mcp.app import Office, hosts_of, open_office
from xero_mcp.app.xero import open_sign_ins
from xero_mcp.cli.checks import Check, State, mend, ok, warn
from xero_mcp.cli.connect_scopes import scopes_needed
from xero_mcp.cli.connections_shown import BROAD_END, LIVE, state_of
from xero_mcp.cli.console import cell
from xero_mcp.cli.exits import CommandError
from xero_mcp.clock import SystemClock
from xero_mcp.errors import ErrorCode, StoreUnavailableError, XeroMcpError
from xero_mcp.policy.model import Policy
from xero_mcp.settings import Settings
from xero_mcp.store.tables.sign_ins import OrganisationRow, SignInRow
from xero_mcp.xero.models.connection import OrganisationRef
from xero_mcp.xero.scopes import is_broad
from xero_mcp.xero.sign_ins import SignIns, is_consented

NAME = "sign-in"
SOON = timedelta(days=7)
AGAIN = "xero-mcp connect"


class SignedIn(NamedTuple):
    """Everything that people connected at this host."""

    rows: Mapping[str, SignInRow]
    organisations: Sequence[OrganisationRow]

    def apps(self) -> frozenset[str]:
        return frozenset(row.client_id for row in self.rows.values())

    def live(self, now: datetime) -> tuple[OrganisationRef, ...]:
        """What agents can work in."""
        return tuple(
            OrganisationRef(id=one.organisation_id, name=one.name)
            for one in self.organisations
            if state_of(self.rows[one.sign_in_id], one, now) == LIVE
        )

    def of(self, sign_in_id: str) -> str:
        found = [cell(one.name) for one in self.organisations if one.sign_in_id == sign_in_id]
        return ", ".join(found)


NOBODY = SignedIn(rows={}, organisations=())


async def signed_in(settings: Settings, *, asking_xero: bool) -> tuple[SignedIn, list[Check]]:
    """What the store has, and, where Xero is to be asked, what it says of each."""
    if not settings.database_is_postgres and not settings.database_path.exists():
        return NOBODY, []
    try:
        async with open_office(settings) as office:
            failures = await _asked(office) if asking_xero else []
            return await _read(office), failures
    except StoreUnavailableError:
        return NOBODY, []  # told where the database is checked


async def _read(office: Office) -> SignedIn:
    host = hosts_of(office.settings).fingerprint
    rows, organisations = await office.store.read(
        lambda tables: (tables.sign_ins.of_host(host), tables.sign_ins.organisations(host))
    )
    return SignedIn(rows={row.id: row for row in rows}, organisations=organisations)


async def _asked(office: Office) -> list[Check]:
    found: list[Check] = []
    before = await _read(office)
    async with open_sign_ins(office) as desk:
        sign_ins = SignIns(desk)
        for row in before.rows.values():
            try:
                await sign_ins.check(row.id)
            except XeroMcpError as error:
                away = error.code is ErrorCode.XERO_UNAVAILABLE
                found.append(
                    Check(
                        name=NAME,
                        state=State.AWAY if away else State.MEND,
                        says=f"{before.of(row.id)}: {error.message}",
                        fix="Check the network, then try again." if away else AGAIN,
                    )
                )
    return found


def check_sign_ins(
    settings: Settings, found: SignedIn, failures: Sequence[Check], policies: Sequence[Policy]
) -> Iterator[Check]:
    now = SystemClock().now()
    yield from failures
    for one in found.organisations:
        yield from _of_organisation(found, one, now, told=bool(failures))
    for row in found.rows.values():
        yield from _of_scopes(settings, found, row, policies)


def _of_organisation(
    found: SignedIn, one: OrganisationRow, now: datetime, *, told: bool
) -> Iterator[Check]:
    row, name = found.rows[one.sign_in_id], cell(one.name)
    if row.over_at is not None or now >= row.refresh_by:
        if not told:
            why = row.over_why or "nobody used it for 60 days"
            yield mend(NAME, f"{name}: the sign-in has ended: {why}", fix=AGAIN)
    elif one.cut_off_at is not None:
        yield mend(NAME, f"{name} was disconnected in Xero", fix=AGAIN)
    elif row.refresh_by - now < SOON:
        yield warn(
            NAME,
            f"{name}: the sign-in ends on {row.refresh_by:%Y-%m-%d}, as nobody uses it",
            fix="xero-mcp connections refresh",
        )
    elif not told:
        yield ok(NAME, f"{name}, through the app {row.client_id}")


def _of_scopes(
    settings: Settings, found: SignedIn, row: SignInRow, policies: Sequence[Policy]
) -> Iterator[Check]:
    consented = frozenset(row.scopes.split())
    for policy in policies:
        if not any(_is_in(policy, one) for one in found.organisations if one.sign_in_id == row.id):
            continue
        try:
            needed = scopes_needed(settings, [policy], SystemClock())
        except CommandError:
            continue
        lacking = sorted(scope for scope in needed if not is_consented(scope, consented))
        if lacking:
            yield mend(
                NAME,
                f"{found.of(row.id)}: {policy.file} needs {', '.join(lacking)}, which was not "
                "consented to",
                fix=AGAIN,
            )
    if any(is_broad(scope) for scope in consented):
        yield warn(
            NAME,
            f"{found.of(row.id)}: the consent has broad scopes, which end on {BROAD_END}",
            fix=f"Give the app the granular scopes at Xero, then: {AGAIN}",
        )


def _is_in(policy: Policy, one: OrganisationRow) -> bool:
    return policy.holds_in(organisation_id=one.organisation_id, organisation_name=one.name)
