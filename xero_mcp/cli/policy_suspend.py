"""`xero-mcp policy suspend` and `resume`: the kill switch."""

from typing import Annotated

import typer

from xero_mcp.app import Office
from xero_mcp.cli.console import open_screen
from xero_mcp.cli.exits import CommandError
from xero_mcp.cli.opening import open_or_make
from xero_mcp.cli.options import Person
from xero_mcp.cli.system_user import system_user
from xero_mcp.gate.suspension import Order
from xero_mcp.gate.suspension import resume as resume_agent
from xero_mcp.gate.suspension import suspend as suspend_agent
from xero_mcp.policy.plain import shown
from xero_mcp.policy.read import is_name

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
    open_screen().line(
        f"{agent} is suspended: everything it asks is refused from now on."
        if is_news
        else f"{agent} was suspended already."
    )


def resume(agent: Which, *, person: Person, reason: Why = "") -> None:
    """Let a suspended agent work again."""
    order = _order(agent, person, reason)

    async def work(office: Office) -> bool:
        return await resume_agent(office.store, office.audit, office.clock, order)

    if not open_or_make(work):
        raise CommandError(f"{agent} is not suspended.")
    open_screen().line(f"{agent} may work again, as its policy says.")


def _order(agent: str, person: str, reason: str) -> Order:
    if not is_name(agent):
        raise CommandError(f"{shown(agent)} is not an agent's name.")
    return Order(agent=agent, by=person, reason=reason, system_user=system_user())
