"""`xero-mcp watch`: changes in Xero as they come, for people and what they name in a file."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from xero_mcp.app import Office
from xero_mcp.changes.condition_reading import ConditionError, parse_condition
from xero_mcp.changes.watch_rule import Print, Rule
from xero_mcp.changes.watch_rules import MAX_FILE_BYTES, LoadedRules, load_rules
from xero_mcp.changes.watching import Start
from xero_mcp.cli.audit_filters import moment
from xero_mcp.cli.console import Screen, open_screen
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.cli.opening import in_office
from xero_mcp.cli.options import AsJson, example
from xero_mcp.cli.watch_at_work import Asked, watch_in
from xero_mcp.cli.watch_crosscheck import parse_every
from xero_mcp.cli.watch_telling import Printer, teller_of
from xero_mcp.settings import load_settings

HERE: Final = "watch"
LOG: Final = "watch-log"


def add_to(app: typer.Typer) -> None:
    examples = (
        "xero-mcp watch",
        'xero-mcp watch --when "invoice paid" --when "bill over 1000 GBP"',
        'xero-mcp watch --when "contact changed and not by us"',
        'xero-mcp watch --when "bank details changed" --since 2026-03-02 --json',
        "xero-mcp watch --check watches.yaml",
        "xero-mcp watch --rules watches.yaml",
    )
    app.command("watch", epilog=example(*examples))(watch)


def watch(  # noqa: PLR0913 - each is an option of the command line
    *,
    when: Annotated[
        list[str] | None,
        typer.Option(metavar="CONDITION", help="What to wait for, as above; may be repeated."),
    ] = None,
    organisation: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only in this one: its name or id.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="MOMENT", help="What was noticed from 2026-03-02, or …T09:30 on."),
    ] = None,
    from_start: Annotated[
        bool, typer.Option("--from-start", help="All that is kept, 90 days or less.")
    ] = False,
    rules: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Follow the rules of a file: print, post, mail."),
    ] = None,
    check: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Say what its rules mean, or what is wrong.")
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Tell what is there, and end: for a scheduler.")
    ] = False,
    seconds: Annotated[
        float | None, typer.Option(min=0, metavar="N", help="Stop after so long.")
    ] = None,
    crosscheck: Annotated[
        str | None,
        typer.Option(
            metavar="EVERY", help="Run `audit crosscheck` every 1h, for `outside the log`."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show changes in Xero as they come, until you press Ctrl-C.

    Nothing is asked of Xero: it reads what the server keeps. Without --when it shows every
    change. Conditions are parts with `and` between: invoice paid · bill over 1000 GBP · bill
    created · contact changed · bank details changed · status VOIDED · contact "Bolt Ltd" ·
    not by us · outside the log.

    The rules of a file keep their place: what comes while nobody watches is told later.
    """
    screen = open_screen()
    if check is not None:
        _check(screen, check)
        return
    start = Start(since=moment(since, "--since"), from_start=from_start)
    if start.since is not None and from_start:
        raise CommandError("Give --since or --from-start, not both.", exit_code=ExitCode.USAGE)
    if once and rules is None and start.since is None:
        start = Start(from_start=True)
    found = _rules_of(rules, when, organisation)
    asked = Asked(
        rules=found,
        folder=rules.parent if rules else Path(),
        start=start,
        keeps_positions=rules is not None,
        once=once,
        seconds=seconds,
        as_json=as_json,
        crosscheck_every=_every(crosscheck, found, once=once),
    )

    async def work(office: Office) -> bool:
        await watch_in(office, screen, asked)
        return True

    try:
        in_office(work)
    except KeyboardInterrupt:
        screen.note("Stopped.")


def _rules_of(file: Path | None, when: list[str] | None, organisation: str | None) -> list[Rule]:
    """The rules of the file, or one for what stands on the command line."""
    if file is not None:
        if when or organisation:
            raise CommandError(
                "--rules has its conditions in the file: leave --when and --organisation out.",
                exit_code=ExitCode.USAGE,
            )
        loaded = _loaded(file)
        if loaded.problems:
            listed = "\n".join(str(problem) for problem in loaded.problems)
            raise CommandError(f"{file} is not right:\n{listed}", exit_code=ExitCode.USAGE)
        return list(loaded.rules)
    try:
        conditions = [parse_condition(text) for text in when or ()]
    except ConditionError as error:
        raise CommandError(f"--when: {error}", exit_code=ExitCode.USAGE) from error
    of_feed = [one for one in conditions if not one.outside_log]
    of_log = [one for one in conditions if one.outside_log]
    made = [
        Rule(name=name, conditions=tuple(some), then=Print(), organisation=organisation)
        for name, some in ((HERE, of_feed), (LOG, of_log))
        if some
    ]
    return made or [Rule(name=HERE, conditions=(), then=Print(), organisation=organisation)]


def _every(text: str | None, rules: list[Rule], *, once: bool) -> timedelta | None:
    every = parse_every(text)
    if every is not None and (once or not any(rule.reads_the_log for rule in rules)):
        raise CommandError(
            "--crosscheck is for a watch that stays and waits for `outside the log`; "
            "`xero-mcp audit crosscheck` compares once.",
            exit_code=ExitCode.USAGE,
        )
    return every


def _loaded(file: Path) -> LoadedRules:
    with file.open("rb") as opened:
        data = opened.read(MAX_FILE_BYTES + 1)
    return load_rules(data, file=str(file))


def _check(screen: Screen, file: Path) -> None:
    loaded = _loaded(file)
    for problem in loaded.problems:
        screen.as_it_is(str(problem))
    settings = load_settings()
    printer = Printer(screen, lambda: None, as_json=False)
    wrong = bool(loaded.problems)
    for rule in loaded.rules:
        screen.line(f"{rule.says}.")
        try:
            teller_of(rule, settings, printer, folder=file.parent)
        except CommandError as error:
            wrong = True
            screen.note(f"{error}")
    if wrong:
        raise typer.Exit(ExitCode.REFUSED)
