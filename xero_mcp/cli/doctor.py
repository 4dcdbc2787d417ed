"""`xero-mcp doctor`: every prerequisite, ok or the exact fix."""

from collections.abc import Sequence
from typing import Annotated

import anyio
import typer

from xero_mcp.cli.checks import Check, State
from xero_mcp.cli.checks_agents import check_agents, check_provider, tied_to
from xero_mcp.cli.checks_here import check_here
from xero_mcp.cli.checks_policies import check_approvers, check_policies
from xero_mcp.cli.checks_webhooks import check_webhooks
from xero_mcp.cli.checks_xero import check_xero
from xero_mcp.cli.console import Screen, open_screen, working
from xero_mcp.cli.exits import ExitCode
from xero_mcp.cli.options import AsJson, example
from xero_mcp.settings import Settings, load_settings
from xero_mcp.settings_table import TABLE

MASK = "****"


def add_to(app: typer.Typer) -> None:
    app.command("doctor", epilog=example("xero-mcp doctor", "xero-mcp doctor --offline --json"))(
        doctor
    )


def doctor(
    *,
    offline: Annotated[bool, typer.Option("--offline", help="Ask nothing of Xero.")] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Check against the demo company, in this process.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check everything that is needed, and say what to mend.

    Exits with 1 where something is to mend, with 3 where Xero cannot be reached.
    """
    settings = load_settings()
    with working("Checking"):
        checks = anyio.run(_all, settings, offline, demo)
    screen = open_screen()
    if as_json:
        screen.json(
            {
                "ok": all(not check.state.is_bad for check in checks),
                "checks": [check.as_json() for check in checks],
                "settings": [
                    {"name": name, "value": value, "origin": origin}
                    for name, value, origin in shown_settings(settings)
                ],
            }
        )
    else:
        _show(screen, checks, settings)
    raise typer.Exit(_exit_code(checks))


async def _all(settings: Settings, offline: bool, demo: bool) -> list[Check]:  # noqa: FBT001 - anyio.run hands on by position
    here = [check async for check in check_here(settings)]
    file = await tied_to(settings)
    policies = [
        *check_policies(settings, tied_to=file),
        await check_approvers(settings, tied_to=file),
        *[check async for check in check_agents(settings)],
        *[check async for check in check_provider(settings, offline=offline)],
    ]
    xero = [check async for check in check_xero(settings, tied_to=file, offline=offline, demo=demo)]
    changes = [check async for check in check_webhooks(settings)]
    return [*here, *policies, *xero, *changes]


def shown_settings(settings: Settings) -> list[tuple[str, str, str]]:
    """Name, value and origin of each setting; secrets masked, whether or not they do it."""
    secret = {setting.name for setting in TABLE if setting.secret}
    return [
        (name, MASK if value and name in secret else value, origin)
        for name, value, origin in settings.shown()
    ]


def _show(screen: Screen, checks: Sequence[Check], settings: Settings) -> None:
    for check in checks:
        screen.marked(check.state.value, f"{check.name}: {check.says}")
        if check.fix:
            screen.marked("", f"-> {check.fix}")
    screen.line()
    screen.heading("Settings")
    screen.table(
        ("name", "origin", "value"),
        [(name, origin, value) for name, value, origin in shown_settings(settings)],
    )
    screen.line()
    bad = sum(check.state.is_bad for check in checks)
    warned = sum(check.state is State.WARN for check in checks)
    plural = "" if warned == 1 else "s"
    well = f"Nothing to mend; {warned} warning{plural}." if warned else "All is well."
    screen.line(f"{bad} to mend." if bad else well)


def _exit_code(checks: Sequence[Check]) -> ExitCode:
    states = {check.state for check in checks}
    if State.AWAY in states:
        return ExitCode.UNREACHABLE
    return ExitCode.REFUSED if State.MEND in states else ExitCode.DONE
