"""`xero-mcp policy explain`: why a call would come out as it does."""

import json
from collections.abc import Mapping
from datetime import UTC
from textwrap import wrap
from typing import Annotated, Any, cast

import typer

from xero_mcp.app import policy_book
from xero_mcp.cli.console import open_screen
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.cli.options import AsJson
from xero_mcp.cli.policy_arguments import AMOUNT, facts_of_arguments, is_own_amount
from xero_mcp.cli.policy_examples import read_bytes
from xero_mcp.cli.policy_files import chosen_files, good_policy
from xero_mcp.clock import SystemClock
from xero_mcp.errors import XeroMcpError
from xero_mcp.policy.condition_words import WITH
from xero_mcp.policy.document import Entry, Items, Node, Table, Text
from xero_mcp.policy.explain import WIDTH, render_explanation
from xero_mcp.policy.explain import explain as explained
from xero_mcp.policy.limits import limit_currencies
from xero_mcp.policy.load_examples import ExampleLoader
from xero_mcp.policy.model import Example, Outcome
from xero_mcp.policy.plain import nearest, one_of
from xero_mcp.policy.problem import TOP, Findings
from xero_mcp.policy.rates import with_own_rates
from xero_mcp.policy.reach import call_of
from xero_mcp.policy.read import Reader
from xero_mcp.policy.tool_names import ToolNames
from xero_mcp.settings import load_settings
from xero_mcp.text import one_line
from xero_mcp.tool.card import AREAS, ToolCard
from xero_mcp.tool.meant import Fronts
from xero_mcp.tools.fronts import FRONTS
from xero_mcp.tools.index import load_cards


def explain(
    agent: Annotated[str, typer.Argument(metavar="AGENT", help="An agent's name, or a file.")],
    tool: Annotated[str, typer.Argument(metavar="TOOL", help="The tool it would call.")],
    *,
    args: Annotated[
        str,
        typer.Option(
            metavar="JSON",
            help="The call's arguments as an agent sends them, and facts that the server would "
            'work out, such as total: "500.01 USD", contact_known_for: "10d" or '
            "period_locked: true.",
        ),
    ] = "{}",
    organisation: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Left out: the first that the policy names."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what would become of a call, and why.

    Shows each step on the way, and the line of the file that decides. Nothing is asked of Xero:
    what would have to be is said at the end.
    """
    clock, cards = SystemClock(), load_cards()
    card, arguments = _meant(tool, _arguments(args), cards)
    book = policy_book(load_settings(), clock, cards)
    (chosen,) = chosen_files([agent], book)
    policy = good_policy(chosen, chosen.checked(cards.values()))
    given = _example(card, arguments, cards)
    hours = policy.limits.hours
    at = clock.now()
    if given.at is not None:
        at = given.at.replace(tzinfo=hours.zone if hours else UTC).astimezone(UTC)
    call = call_of(
        policy,
        card,
        {**given.arguments, **_areas_named(card, arguments)},
        organisation=organisation or given.organisation or policy.organisations[0],
        at=at,
    )
    told = facts_of_arguments(policy, call, given.facts, arguments)
    facts = with_own_rates(
        told.facts, policy.rates, limit_currencies(policy, card.name), today=at.date()
    )
    source = read_bytes(chosen).decode(errors="replace")
    found = explained(policy, call, facts, given.usage, source=source)
    if chosen.tied:
        found = found._replace(agent=chosen.tied)
    screen = open_screen()
    if as_json:
        screen.json({**found.as_json(), "remark": told.remark or None})
        return
    screen.as_it_is(render_explanation(found))
    if told.remark:
        screen.as_it_is("\n" + "\n".join(wrap(told.remark, WIDTH)))


def _meant(
    tool: str, arguments: Mapping[str, object], cards: Mapping[str, ToolCard]
) -> tuple[ToolCard, Mapping[str, object]]:
    """The tool by which the policy knows the call, and its arguments in that tool's words."""
    try:
        meant = Fronts(FRONTS, cards.values()).meant(tool, arguments)
    except XeroMcpError as error:
        if tool in cards:
            return cards[tool], arguments
        (detail,) = error.details
        choices = f": {one_of(detail.allowed)}" if detail.allowed else ""
        raise CommandError(
            f"--args: `{detail.path}` {detail.message}{choices}.", exit_code=ExitCode.USAGE
        ) from error
    if meant is None:
        return _card(tool, cards), arguments
    return cards[meant.tool], meant.arguments


def _card(tool: str, cards: Mapping[str, ToolCard]) -> ToolCard:
    by_name = {alias: card for card in cards.values() for alias in card.aliases} | dict(cards)
    if tool not in by_name:
        close = nearest(tool, cards)
        hint = f"did you mean {close}?" if close else "`xero-mcp tools` lists those there are."
        raise CommandError(f"There is no tool {one_line(tool, limit=40)}: {hint}")
    return by_name[tool]


def _arguments(text: str) -> dict[str, object]:
    """Numbers stay as they are written: money is never a float."""
    try:
        read: object = json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise CommandError(f"--args is not JSON: {error}.", exit_code=ExitCode.USAGE) from error
    if not isinstance(read, dict):
        raise CommandError(
            """--args must be an object, such as '{"type": "bill"}'.""", exit_code=ExitCode.USAGE
        )
    return cast("dict[str, object]", read)


def _example(
    card: ToolCard, arguments: Mapping[str, object], cards: Mapping[str, ToolCard]
) -> Example:
    """Read a call as the examples of a policy file are read: the same words, the same mistakes."""
    findings = Findings("--args")
    words = {
        "call": Text(TOP, card.name),
        "expect": Text(TOP, Outcome.ALLOW.value),
        "with": _table({key: _node(value) for key, value in _telling(card, arguments).items()}),
    }
    loader = ExampleLoader(Reader(findings), ToolNames(cards.values()))
    listed = Items(TOP)
    listed.items.append(_table(words))
    found = loader.examples(Entry(TOP, "examples", listed))
    if findings.problems or not found:
        said = "; ".join(problem.text for problem in findings.problems)
        raise CommandError(f"--args: {said}", exit_code=ExitCode.USAGE)
    return found[0]


def _telling(card: ToolCard, arguments: Mapping[str, object]) -> dict[str, object]:
    """Without the tool's own arguments on which no policy turns."""
    varying = {
        varies.argument
        for varies in (card.area_by, card.access_by, card.report_by)
        if varies is not None
    }
    own: Mapping[str, Any] = card.input_schema.get("properties", {})
    silent = {name for name in own if name not in varying and name not in WITH}
    if AMOUNT in own and is_own_amount(arguments.get(AMOUNT)):
        silent.add(AMOUNT)
    return {key: value for key, value in arguments.items() if key not in silent}


def _areas_named(card: ToolCard, arguments: Mapping[str, object]) -> dict[str, object]:
    """What a call that tells of changes asks for by name; no example of a file says it."""
    return {AREAS: arguments[AREAS]} if card.tells_of and AREAS in arguments else {}


def _table(nodes: Mapping[str, Node]) -> Table:
    table = Table(TOP)
    table.entries.update({key: Entry(TOP, key, node) for key, node in nodes.items()})
    return table


def _node(value: object) -> Node:
    if isinstance(value, bool):
        return Text(TOP, "true" if value else "false")
    if isinstance(value, list):
        listed = Items(TOP)
        listed.items.extend(_node(one) for one in cast("list[object]", value))
        return listed
    if isinstance(value, dict):
        return Table(TOP)
    return Text(TOP, "" if value is None else str(value))
