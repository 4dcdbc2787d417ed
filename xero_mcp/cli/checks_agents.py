"""Checks of remote agents: whoever has a key has a policy too."""

from collections.abc import AsyncIterator

from xero_mcp.agents.issuer import FetchError
from xero_mcp.app import open_office, policy_book
from xero_mcp.app.identity import issuer_of
from xero_mcp.cli.checks import Check, State, mend, ok
from xero_mcp.clock import SystemClock
from xero_mcp.errors import SettingsError, StoreUnavailableError
from xero_mcp.settings import Settings
from xero_mcp.tools.index import load_cards

NAME = "agents"
PROVIDER = "identity provider"


async def check_agents(settings: Settings) -> AsyncIterator[Check]:
    """Says nothing where there are no keys: on stdio nobody needs one."""
    try:
        if not settings.database_is_postgres and not settings.database_path.exists():
            return
        book = policy_book(settings, SystemClock(), load_cards())
        async with open_office(settings) as office:
            entries, now = await office.agents.list(), office.clock.now()
    except (SettingsError, StoreUnavailableError):
        return  # told where the database and the policies are checked
    good = 0
    for entry in entries:
        if not entry.in_force(now):
            continue
        in_force = book.for_agent(entry.row.name, file=entry.row.policy_file)
        if in_force.policy is not None:
            good += 1
            continue
        yield mend(
            NAME,
            f"{entry.row.name} has a key and no policy, so it may do nothing",
            fix=f"Mend it ({in_force.reason}), or take the key back: "
            f"xero-mcp agents revoke {entry.row.name}",
        )
    if good:
        yield ok(NAME, f"{good} with a key and a policy")


async def check_provider(settings: Settings, *, offline: bool) -> AsyncIterator[Check]:
    """Says nothing where agents come with keys alone."""
    issuer = issuer_of(settings, SystemClock())
    if issuer is None:
        return
    if offline:
        yield Check(name=PROVIDER, state=State.SKIPPED, says=issuer.url)
        return
    try:
        await issuer.check()
    except FetchError as error:
        yield mend(
            PROVIDER,
            f"{issuer.url}: {error}",
            fix="XERO_MCP_OIDC_ISSUER must be what its tokens say in `iss`, and this machine must "
            "reach it.",
        )
    else:
        yield ok(PROVIDER, issuer.url)


async def tied_to(settings: Settings) -> str | None:
    """The file that decides for the agent that is set, where it is tied to one."""
    try:
        if settings.agent is None or not (
            settings.database_is_postgres or settings.database_path.exists()
        ):
            return None
        async with open_office(settings) as office:
            return await office.agents.policy_file(settings.agent)
    except (SettingsError, StoreUnavailableError):
        return None  # told where the database is checked
