"""`xero-mcp tools`: what there is, and what one agent would see of it."""

from typing import Annotated

import typer

from xero_mcp.app import policy_book
from xero_mcp.cli.console import open_screen
from xero_mcp.cli.exits import CommandError
from xero_mcp.cli.options import AsJson, example
from xero_mcp.cli.ties import tied_file
from xero_mcp.clock import SystemClock
from xero_mcp.policy.book import PolicyBook
from xero_mcp.policy.model import Policy
from xero_mcp.policy.reach import visible
from xero_mcp.policy.showing import as_shown
from xero_mcp.settings import load_settings
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.meant import Fronts
from xero_mcp.tools.fronts import FRONTS
from xero_mcp.tools.index import load_cards


def add_to(app: typer.Typer) -> None:
    app.command("tools", epilog=example("xero-mcp tools --agent ap-clerk"))(tools)


def tools(
    *,
    agent: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only what this agent's policy could ever let it use."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the tools, and what access each needs.

    A tool that stands for several areas or levels needs the one that its arguments say.
    """
    clock = SystemClock()
    cards = load_cards()
    shown = list(cards.values())
    if agent is not None:
        policy = policy_of(policy_book(load_settings(), clock, cards), agent)
        shown = [as_shown(policy, card) for card in visible(policy, shown, at=clock.now())]
    shown = Fronts(FRONTS, cards.values()).listed(shown)
    screen = open_screen()
    if as_json:
        screen.json([card.as_json() for card in shown])
        return
    screen.table(
        ("tool", "area", "access", "what it does"),
        [(card.name, _areas(card), _levels(card), _first_line(card)) for card in shown],
    )


def policy_of(book: PolicyBook, agent: str) -> Policy:
    """The policy in force for an agent.

    Raises:
        CommandError: there is none, with the reason.
    """
    in_force = book.for_agent(agent, file=tied_file(agent))
    if in_force.policy is None:
        raise CommandError(f"No policy is in force for this agent: {in_force.reason}.")
    return in_force.policy


def _areas(card: ToolCard) -> str:
    return ", ".join(dict.fromkeys(need.area.value for need in card.possible_needs()))


def _levels(card: ToolCard) -> str:
    levels = {need.access for need in card.possible_needs()}
    return ", ".join(level.value for level in sorted(levels, key=lambda level: level.rank))


def _first_line(card: ToolCard) -> str:
    return card.description.strip().partition("\n")[0]
