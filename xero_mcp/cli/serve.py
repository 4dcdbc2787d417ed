"""`xero-mcp serve`: the one command that loads nothing but the server.

Its stdout belongs to MCP. Whatever there is to say to a person goes to stderr.
"""

import getopt
import sys
from dataclasses import dataclass

import anyio

from xero_mcp.app import serve_on_stdio
from xero_mcp.cli.exits import EXPECTED, ExitCode, ending_of
from xero_mcp.settings import load_settings

HELP = """\
Usage: xero-mcp serve [OPTIONS]

  Serve one agent over MCP, on this process's stdin and stdout.

  An MCP host (Claude Desktop, Claude Code, Cursor, VS Code) starts this command
  by itself. The agent's policy decides what it may do; every call is recorded.

Options:
  --agent NAME       The agent: its policy is NAME.yaml. May be left out where
                     XERO_MCP_AGENT says it, or where there is just one policy.
  --demo             Work on the demo company, inside this process: no account
                     with Xero, no network.
  --transport stdio  How to speak MCP; this version speaks it over stdio.
  --help             Show this message and exit.

  Example: xero-mcp serve --agent ap-clerk --demo
"""


class UsageError(Exception):
    """The command line cannot be understood; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line asks for."""

    agent: str | None = None
    demo: bool = False
    help: bool = False


def serve(arguments: list[str]) -> int:
    """Serve until the client goes or a signal comes; return the exit code."""
    try:
        asked = parse(arguments)
    except UsageError as error:
        return _say(f"{error} `xero-mcp serve --help` shows how.", ExitCode.USAGE)
    if asked.help:
        sys.stdout.write(HELP)
        return ExitCode.DONE
    try:
        anyio.run(_serve, asked)
    except EXPECTED as error:
        return _say(*ending_of(error))
    except KeyboardInterrupt:  # before the server listens for signals itself
        return ExitCode.DONE
    return ExitCode.DONE


async def _serve(asked: Asked) -> None:
    flags = {"XERO_MCP_AGENT": asked.agent}
    await serve_on_stdio(load_settings(flags=flags), agent=asked.agent, demo=asked.demo)


def parse(arguments: list[str]) -> Asked:
    """Read the command line.

    Raises:
        UsageError: an option is unknown, or has no value or a wrong one.
    """
    try:
        options, rest = getopt.gnu_getopt(arguments, "h", ["agent=", "demo", "transport=", "help"])
    except getopt.GetoptError as error:
        raise UsageError(f"{error.msg[:1].upper()}{error.msg[1:]}.") from error
    if rest:
        raise UsageError(f"serve takes options only, not {rest[0]!r}.")
    given = dict(options)
    transport = given.get("--transport", "stdio")
    if transport != "stdio":
        raise UsageError(f"This version serves over stdio only, not {transport!r}.")
    return Asked(
        agent=given.get("--agent"),
        demo="--demo" in given,
        help="--help" in given or "-h" in given,
    )


def _say(message: str, exit_code: ExitCode) -> ExitCode:
    sys.stderr.write(f"xero-mcp: {message}\n")
    return exit_code
