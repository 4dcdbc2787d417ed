"""`xero-mcp policy`: read, test and question the policy files."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

import typer

from xero_mcp.app import policy_book
from xero_mcp.cli.console import Screen, open_screen
from xero_mcp.cli.exits import ExitCode
from xero_mcp.cli.options import AsJson, example, group_of
from xero_mcp.cli.policy_change import diff, new
from xero_mcp.cli.policy_examples import Run, read_bytes, run_example
from xero_mcp.cli.policy_explain import explain
from xero_mcp.cli.policy_files import Chosen, chosen_files, good_policy, misnamed
from xero_mcp.cli.policy_replay import replay_file
from xero_mcp.cli.policy_suspend import resume, suspend
from xero_mcp.clock import SystemClock
from xero_mcp.policy.book import PolicyBook
from xero_mcp.policy.load import Loaded, load_policy
from xero_mcp.policy.model import Policy
from xero_mcp.policy.problem import Problem
from xero_mcp.policy.rates import MAX_AGE, too_old
from xero_mcp.policy.schema import policy_schema
from xero_mcp.policy.selftest import outcome_of
from xero_mcp.policy.show import matrix, render_matrix
from xero_mcp.policy.ways_round import ways_round
from xero_mcp.settings import load_settings
from xero_mcp.tool.card import ToolCard
from xero_mcp.tools.index import load_cards

Which = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILE|NAME",
        help="Files, or names of agents. Left out: every file in the policies folder.",
        show_default=False,
    ),
]
One = Annotated[str, typer.Argument(metavar="NAME", help="An agent's name, or a file.")]


def group() -> typer.Typer:
    made = group_of(
        "Read, test and question the policies: who may do what.",
        "xero-mcp policy check",
        "xero-mcp policy show ap-clerk",
    )
    made.command("check", epilog=example("xero-mcp policy check", "xero-mcp policy check my.yaml"))(
        check
    )
    made.command("test", epilog=example("xero-mcp policy test ap-clerk"))(try_examples)
    made.command("show", epilog=example("xero-mcp policy show ap-clerk"))(show)
    made.command(
        "explain",
        epilog=example(
            "xero-mcp policy explain ap-clerk create-invoice "
            """--args '{"type": "bill", "total": "500.01 USD"}'"""
        ),
    )(explain)
    made.command(
        "suspend",
        epilog=example(
            'xero-mcp policy suspend ap-clerk --as controller@example.com --reason "Odd bills."'
        ),
    )(suspend)
    made.command(
        "resume", epilog=example("xero-mcp policy resume ap-clerk --as controller@example.com")
    )(resume)
    made.command(
        "new",
        epilog=example('xero-mcp policy new night-clerk --like ap-clerk --organisation "Acme Ltd"'),
    )(new)
    made.command("diff", epilog=example("xero-mcp policy diff ap-clerk draft.yaml"))(diff)
    made.command("replay", epilog=example("xero-mcp policy replay draft.yaml --since 2026-11-01"))(
        replay_file
    )
    made.command("schema", epilog=example("xero-mcp policy schema > policy.schema.json"))(schema)
    return made


def check(files: Which = None, *, as_json: AsJson = False) -> None:
    """Find every mistake in policy files, one line each.

    Each line says file, line and column. The examples in the files are run too. Exits with 1
    where there is a mistake.
    """
    book, cards = _book()
    now = SystemClock().now()
    checked = [
        (each, _with_remarks(each.checked(cards.values()), cards, now))
        for each in chosen_files(files, book)
    ]
    screen = open_screen()
    if as_json:
        screen.json([_as_json(each, loaded) for each, loaded in checked])
    else:
        for each, loaded in checked:
            _tell(screen, each, loaded)
        for name in [] if files else misnamed(book):
            screen.note(f"{name} is not read: its name must end in .yaml.")
    if any(loaded.policy is None for _, loaded in checked):
        raise typer.Exit(ExitCode.REFUSED)


def _with_remarks(loaded: Loaded, cards: Mapping[str, ToolCard], now: datetime) -> Loaded:
    """Days that are past and rules that can be gone round keep no file out; both deserve a word."""
    policy = loaded.policy
    if policy is None:
        return loaded
    today = now.date()
    notes = (*_expired(policy, today), *_old_rates(policy, today))
    return loaded._replace(
        notes=(*loaded.notes, *notes, *ways_round(policy, cards.values(), at=now))
    )


def _old_rates(policy: Policy, today: date) -> list[Problem]:
    return [
        Problem(
            file=policy.file,
            line=rate.place.line,
            column=rate.place.column,
            text=f"{rate.sentence} is the newest of these two, and does not hold today: a rate "
            f"holds for {MAX_AGE.days} days from its own",
        )
        for rate in too_old(policy.rates, today)
    ]


def _expired(policy: Policy, today: date) -> list[Problem]:
    if not policy.expired_on(today):
        return []
    text = f"{policy.expires} was its last day: everything is denied until `expires` is changed"
    return [Problem(file=policy.file, line=policy.lines.get("expires", 1), column=1, text=text)]


def _as_json(chosen: Chosen, loaded: Loaded) -> dict[str, object]:
    return {
        "file": chosen.shown,
        "ok": loaded.policy is not None,
        "examples": len(loaded.policy.examples) if loaded.policy else None,
        "problems": [problem.as_json() for problem in chosen.problems(loaded.problems)],
        "notes": [note.as_json() for note in chosen.problems(loaded.notes)],
    }


def _tell(screen: Screen, chosen: Chosen, loaded: Loaded) -> None:
    for problem in chosen.problems(loaded.problems):
        screen.as_it_is(str(problem))
    for note in chosen.problems(loaded.notes):
        screen.note(str(note))
    if loaded.policy is not None:
        screen.as_it_is(f"{chosen.shown}: good, {outcome_of(len(loaded.policy.examples))}")


def try_examples(files: Which = None, *, as_json: AsJson = False) -> None:
    """Run the examples in policy files, and show each.

    Exits with 1 where one comes out differently from what its file expects.
    """
    book, cards = _book()
    runs: list[Run] = []
    for chosen in chosen_files(files, book):
        # Not `check_file`: a file whose examples fail is just what is to be seen here.
        loaded = load_policy(read_bytes(chosen), file=chosen.shown, cards=cards.values())
        policy = good_policy(chosen, loaded)
        runs += [run_example(policy, example, cards) for example in policy.examples]
    screen = open_screen()
    if as_json:
        screen.json([run.as_json() for run in runs])
    else:
        for run in runs:
            screen.marked("ok" if run.ok else "wrong", run.says())
        wrong = sum(not run.ok for run in runs)
        screen.line()
        screen.line(f"{outcome_of(len(runs), wrong=wrong)}.".capitalize())
    if not all(run.ok for run in runs):
        raise typer.Exit(ExitCode.REFUSED)


def show(name: One, *, as_json: AsJson = False) -> None:
    """Show a policy as a matrix of areas and levels.

    With its rules, limits and the scopes of its token.
    """
    book, cards = _book()
    (chosen,) = chosen_files([name], book)
    policy = good_policy(chosen, chosen.checked(cards.values()))
    drawn = matrix(policy, cards.values(), at=SystemClock().now())
    if chosen.tied:
        drawn = drawn._replace(agent=chosen.tied)
    screen = open_screen()
    if as_json:
        screen.json(drawn.as_json())
    else:
        screen.as_it_is(render_matrix(drawn))


def schema() -> None:
    """Print the JSON Schema of a policy file.

    Editors complete and check with it.
    """
    open_screen().json(policy_schema(load_cards().values()))


def _book() -> tuple[PolicyBook, Mapping[str, ToolCard]]:
    cards = load_cards()
    return policy_book(load_settings(), SystemClock(), cards), cards
