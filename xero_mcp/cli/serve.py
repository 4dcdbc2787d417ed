"""`xero-mcp serve`: the one command that loads nothing but the server.

Its stdout belongs to MCP. Whatever there is to say to a person goes to stderr.
"""

import getopt
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

import anyio

from xero_mcp.app import Port, PortTakenError, serve_on_stdio
from xero_mcp.cli.exits import EXPECTED, ExitCode, ending_of
from xero_mcp.gate.narrowing import Narrowing
from xero_mcp.settings import Settings, load_settings

HELP = """\
Usage: xero-mcp serve [OPTIONS]

  Serve MCP: one agent on this process's stdin and stdout, or many on a port.

  An MCP host (Claude Desktop, Claude Code, Cursor, VS Code) starts this command
  by itself. The agent's policy decides what it may do; every call is recorded.
  Over http each agent brings a key: `xero-mcp agents add NAME`.

Options:
  --agent NAME       The agent: its policy is NAME.yaml. May be left out where
                     XERO_MCP_AGENT says it, or where there is just one policy.
                     Over http: who it is that brings no key; loopback alone.
  --demo             Work on the demo company, inside this process: no account
                     with Xero, no network.
  --transport WAY    stdio (the default) or http: Streamable HTTP at /mcp, the
                     older SSE at /sse, /healthz, /readyz and /metrics.
  --host HOST        Where to listen over http. [default: 127.0.0.1]
  --port PORT        The port for http; 0 takes a free one. [default: 8080]
  --toolsets A,B     Only these areas or sets of them (sales, purchases, bank,
                     ledger, reporting): narrows what policies give.
  --read-only        Change nothing in Xero, whatever policies give.
  --help             Show this message and exit.

  Example: xero-mcp serve --agent ap-clerk --demo
  Example: xero-mcp serve --transport http --agent ap-clerk --demo
"""
OPTIONS = ["agent=", "demo", "transport=", "host=", "port=", "toolsets=", "read-only", "help"]
PORT = re.compile(r"[0-9]{1,5}")
HIGHEST_PORT = 65_535


class UsageError(Exception):
    """The command line cannot be understood; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line asks for."""

    agent: str | None = None
    demo: bool = False
    port: Port | None = None
    """Where to listen; None: on stdin and stdout."""
    narrowing: Narrowing = field(default_factory=Narrowing)
    help: bool = False


def serve(arguments: list[str]) -> int:
    """Serve until the client goes or a signal comes; return the exit code."""
    try:
        asked = parse(arguments)
    except UsageError as error:
        return _say(f"{error} `xero-mcp serve --help` shows how.", ExitCode.USAGE)
    try:
        if asked.help:
            sys.stdout.write(HELP)
            sys.stdout.flush()
            return ExitCode.DONE
        anyio.run(_serve, asked)
    except PortTakenError as error:
        return _say(str(error), ExitCode.UNREACHABLE)
    except EXPECTED as error:
        return _say(*ending_of(error))
    except KeyboardInterrupt:  # before the server listens for signals itself
        return ExitCode.DONE
    return ExitCode.DONE


async def _serve(asked: Asked) -> None:
    flags = {"XERO_MCP_AGENT": asked.agent}
    missing = untraced(load_settings(flags=flags))
    if missing:
        sys.stderr.write(f"xero-mcp: no spans are sent: {missing}\n")
    settings = load_settings(flags=flags)
    if asked.port is not None:
        from xero_mcp.app.http import serve_on_http  # noqa: PLC0415 - stdio needs none of it

        await serve_on_http(settings, asked.port, demo=asked.demo, narrowing=asked.narrowing)
        return
    await serve_on_stdio(
        settings,
        agent=asked.agent,
        demo=asked.demo,
        narrowing=asked.narrowing,
        warn=lambda said: sys.stderr.write(
            f"xero-mcp: {said} `xero-mcp policy check` tells more.\n"
        ),
    )


def untraced(settings: Settings) -> str:
    """Why no span can be sent though one is wanted; empty where nothing is missing."""
    if not settings.otlp_endpoint:
        return ""
    from xero_mcp.transport.tracing import what_is_missing  # noqa: PLC0415 - only where wanted

    return what_is_missing(settings.otlp_endpoint)


def parse(arguments: list[str]) -> Asked:
    """Read the command line.

    Raises:
        UsageError: an option is unknown, or has no value or a wrong one.
    """
    try:
        options, rest = getopt.gnu_getopt(arguments, "h", OPTIONS)
    except getopt.GetoptError as error:
        raise UsageError(f"{error.msg[:1].upper()}{error.msg[1:]}.") from error
    if rest:
        raise UsageError(f"serve takes options only, not {rest[0]!r}.")
    given = dict(options)
    words = given["--toolsets"].split(",") if "--toolsets" in given else []
    try:
        narrowing = Narrowing.of(words, read_only="--read-only" in given)
    except ValueError as error:
        raise UsageError(str(error)) from error
    return Asked(
        narrowing=narrowing,
        agent=given.get("--agent"),
        demo="--demo" in given,
        port=_port(given),
        help="--help" in given or "-h" in given,
    )


def _port(given: Mapping[str, str]) -> Port | None:
    """Where to listen, where it is http that is asked for.

    Raises:
        UsageError: a transport or a port that is none, or a port for stdio.
    """
    transport = given.get("--transport", "stdio")
    if transport not in {"stdio", "http"}:
        raise UsageError(f"--transport is stdio or http, not {transport!r}.")
    if transport == "stdio":
        for name in ("--host", "--port"):
            if name in given:
                raise UsageError(f"{name} is for --transport http.")
        return None
    number = given.get("--port", "8080")
    if not (PORT.fullmatch(number) and int(number) <= HIGHEST_PORT):
        raise UsageError(f"--port is a number up to {HIGHEST_PORT}, not {number!r}.")
    host = given.get("--host", "127.0.0.1").strip("[]")
    if not host:
        raise UsageError("--host is a host name or an address.")
    return Port(host=host, number=int(number), anybody=given.get("--agent"))


def _say(message: str, exit_code: ExitCode) -> ExitCode:
    from xero_mcp.cli.console import tell  # noqa: PLC0415 - only where there is something to say

    tell(f"xero-mcp: {message}")
    return exit_code
