"""`xero-mcp policy suspend` and `resume`: the kill switch."""

from typing import Annotated

import typer

from xero_mcp.app import Office, policy_book
from xero_mcp.cli.console import open_screen
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.cli.opening import in_office_if_any, open_or_make
from xero_mcp.cli.options import Person
from xero_mcp.cli.system_user import system_user
from xero_mcp.clock import SystemClock
from xero_mcp.gate.suspension import Order
from xero_mcp.gate.suspension import resume as resume_agent
from xero_mcp.gate.suspension import suspend as suspend_agent
from xero_mcp.policy.plain import one_of, shown
from xero_mcp.policy.read import is_name
from xero_mcp.settings import load_settings
from xero_mcp.tools.index import load_cards

Which = Annotated[str, typer.Argument(metavar="AGENT", help="The agent's name.")]
Why = Annotated[str, typer.Option(help="For the record.", show_default=False)]


def suspend(agent: Which, *, person: Person, reason: Why = "") -> None:
    """Stop an agent at once, in every process.

    Calls under way are still written down to their end; whatever comes after is refused, until
    `policy resume`.
    """
    order = _order(agent, person, reason)

    async def work(office: Office) -> bool:
        return await suspend_agent(office.store, office.audit, office.clock, order)

    is_news = open_or_make(work)
    screen = open_screen()
    screen.line(
        f"{agent} is suspended: everything it asks is refused from now on."
        if is_news
        else f"{agent} was suspended already."
    )
    names = _names_here()
    if agent not in names:
        # The policies of a server may lie elsewhere, so it is done and not refused.
        known = f" There is {one_of(names)}." if names else ""
        screen.note(
            f"No policy and no key here is of the name {agent}. If that is a slip, the agent that "
            f"you mean goes on.{known}"
        )


def resume(agent: Which, *, person: Person, reason: Why = "") -> None:
    """Let a suspended agent work again."""
    order = _order(agent, person, reason)

    async def work(office: Office) -> bool:
        return await resume_agent(office.store, office.audit, office.clock, order)

    if not open_or_make(work):
        raise CommandError(f"{agent} is not suspended.")
    open_screen().line(f"{agent} may work again, as its policy says.")


def _names_here() -> list[str]:
    """The agents that have a policy file here, or were given a key."""
    keys = in_office_if_any(lambda office: office.agents.list()) or []
    book = policy_book(load_settings(), SystemClock(), load_cards())
    return sorted({*book.names(), *(entry.row.name for entry in keys)})


def _order(agent: str, person: str, reason: str) -> Order:
    if not is_name(agent):
        raise CommandError(f"{shown(agent)} is not an agent's name.", exit_code=ExitCode.USAGE)
    return Order(agent=agent, by=person, reason=reason, system_user=system_user())
