"""The agent of the tour: a real MCP client, and the real server as a process of its own."""

import sys
import sysconfig
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from mcp import Client, MCPError
from mcp.client.stdio import StdioServerParameters, stdio_client

from xero_mcp.cli.exits import CommandError, ExitCode

AGENT = "ap-clerk"
ANSWER_SECONDS = 60.0
MAX_LOG_LINES = 3
PACKAGE_PARENT = Path(__file__).resolve().parents[3]


class Heard(NamedTuple):
    """What the agent hears: one JSON object, as the server sent it."""

    content: Mapping[str, Any]
    is_error: bool

    def rows(self) -> list[dict[str, Any]]:
        """The rows of a list, each by its columns."""
        columns = self.content["columns"]
        return [dict(zip(columns, row, strict=True)) for row in self.content["rows"]]

    @property
    def error(self) -> Mapping[str, Any]:
        return self.content["error"]


class Agent:
    """An agent at work."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def asks(self, tool: str, **arguments: object) -> Heard:
        """Call a tool and hear what comes of it."""
        result = await self._client.call_tool(tool, arguments)
        return Heard(content=result.structured_content or {}, is_error=bool(result.is_error))


@asynccontextmanager
async def agent_at_work(home: Path) -> AsyncGenerator[Agent]:
    """Start the server with this home folder and connect to it; both end with the block.

    Raises:
        CommandError: the server does not come up, or goes away.
    """
    log = home / "server.log"
    failure: CommandError | BrokenPipeError | None = None
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "xero_mcp", "serve", "--agent", AGENT, "--demo"],
        env={"XERO_MCP_HOME": str(home), **_where_the_package_is()},
        cwd=home,  # where no `.env` of anybody lies
    )
    try:
        with log.open("w", encoding="utf-8") as errors:
            transport = stdio_client(server, errlog=errors)
            async with Client(transport, read_timeout_seconds=ANSWER_SECONDS) as client:
                try:
                    yield Agent(client)
                except (CommandError, BrokenPipeError) as error:
                    failure = error  # raised below, where no task group wraps it
    except* (MCPError, OSError) as failures:
        raise CommandError(
            f"The demo's server could not be spoken to. {_last_words(log)}",
            exit_code=ExitCode.UNREACHABLE,
        ) from failures
    if failure is not None:
        raise failure


def _where_the_package_is() -> dict[str, str]:
    """For a checkout that is not installed: the server must find what runs here."""
    installed = {Path(sysconfig.get_path(kind)).resolve() for kind in ("purelib", "platlib")}
    return {} if PACKAGE_PARENT in installed else {"PYTHONPATH": str(PACKAGE_PARENT)}


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return " ".join(lines[-MAX_LOG_LINES:])
