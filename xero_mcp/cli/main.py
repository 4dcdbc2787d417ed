"""Every command but `serve`, put together. Begin here to find one."""

from typing import Annotated

import typer
from typer.core import TyperGroup

from xero_mcp import __version__
from xero_mcp.cli import (
    agents,
    approvals,
    audit,
    connect,
    connections,
    demo,
    demo_company,
    doctor,
    install,
    people,
    policy,
    store,
    tools,
    watch,
    webhooks,
)
from xero_mcp.cli.console import flush, open_screen, tell
from xero_mcp.cli.exits import EXPECTED, CommandError, ExitCode, ending_of
from xero_mcp.cli.options import example

ORDER = (
    "demo",
    "serve",
    "connect",
    "connections",
    "doctor",
    "install",
    "agents",
    "policy",
    "approvals",
    "people",
    "audit",
    "webhooks",
    "watch",
    "store",
    "tools",
    "demo-company",
)
HELP = """\
AI agents work in Xero; you decide what each may do, and see afterwards what it did.

Begin with `xero-mcp demo`: a minute, no account, no network.
"""


def run(arguments: list[str]) -> int:
    """Run one command line; return its exit code."""
    command = typer.main.get_command(build())
    if isinstance(command, TyperGroup):
        # typer lists groups behind commands; a newcomer needs them in another order
        command.commands = {name: command.commands[name] for name in ORDER}
    try:
        try:
            command.main(args=arguments, prog_name="xero-mcp")
        finally:
            flush()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    except EXPECTED as error:
        message, exit_code = ending_of(error)
        tell(f"xero-mcp: {message}")
        return exit_code
    return 0


def build() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        help=HELP,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        epilog=example("xero-mcp demo"),
    )
    app.callback(invoke_without_command=True)(_root)
    demo.add_to(app)
    app.command(
        "serve",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
        epilog=example("xero-mcp serve --agent ap-clerk --demo"),
    )(serve)
    connect.add_to(app)
    app.add_typer(connections.group(), name="connections")
    doctor.add_to(app)
    install.add_to(app)
    app.add_typer(agents.group(), name="agents")
    app.add_typer(policy.group(), name="policy")
    app.add_typer(approvals.group(), name="approvals")
    app.add_typer(people.group(), name="people")
    app.add_typer(audit.group(), name="audit")
    app.add_typer(webhooks.group(), name="webhooks")
    watch.add_to(app)
    app.add_typer(store.group(), name="store")
    tools.add_to(app)
    demo_company.add_to(app)
    return app


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer hands it over by position
    if wanted:
        open_screen().line(f"xero-mcp {__version__}")
        raise typer.Exit


def _root(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    del version


def serve() -> None:
    """Serve MCP on stdio, as an MCP host starts it, or over HTTP."""
    # `__main__` takes it before it comes here, so that it starts without all this.
    raise CommandError("Write serve first: xero-mcp serve …", exit_code=ExitCode.USAGE)
