"""Where each MCP host keeps its list of servers, on each platform, and how an entry looks there."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from xero_mcp.cli.exits import CommandError, ExitCode

MAX_PACKAGES = 10


class Client(StrEnum):
    """A host that `install` knows."""

    CLAUDE_DESKTOP = "claude-desktop"
    CLAUDE_CODE = "claude-code"
    CURSOR = "cursor"
    VSCODE = "vscode"


class Scope(StrEnum):
    """For every project of this user, or for the folder at hand."""

    USER = "user"
    PROJECT = "project"


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What differs from host to host."""

    title: str
    servers: str = "mcpServers"
    """The key under which the servers stand."""
    names_type: bool = False
    """Whether an entry says `"type": "stdio"`."""
    in_project: tuple[str, ...] = ()
    """The file in a project's folder; none where the host has no such thing."""
    next_step: str


HOSTS = {
    Client.CLAUDE_DESKTOP: Host(title="Claude Desktop", next_step="Quit it and start it again."),
    Client.CLAUDE_CODE: Host(
        title="Claude Code",
        names_type=True,
        in_project=(".mcp.json",),
        next_step="Start it anew; `/mcp` in it shows the server.",
    ),
    Client.CURSOR: Host(
        title="Cursor",
        in_project=(".cursor", "mcp.json"),
        next_step="Start it anew, and see that the server is switched on under MCP.",
    ),
    Client.VSCODE: Host(
        title="VS Code",
        servers="servers",
        names_type=True,
        in_project=(".vscode", "mcp.json"),
        next_step="Run the command `MCP: List Servers` in it, and start the server.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """The folders of one user on one platform."""

    platform: str
    """As `sys.platform` has it."""
    home: Path
    settings: Path
    """Where programs keep the settings of a user."""
    local: Path
    """On Windows: what is this machine's alone."""
    project: Path


def folders_here() -> Folders:
    """Those of this process."""
    home = Path.home()
    return Folders(
        platform=sys.platform,
        home=home,
        settings=_settings(home),
        local=_local(home),
        project=Path.cwd(),
    )


def _settings(home: Path) -> Path:
    if sys.platform == "darwin":
        return home / "Library" / "Application Support"
    if sys.platform == "win32":
        from platformdirs.windows import Windows  # noqa: PLC0415 - no such thing elsewhere

        return Windows(roaming=True).user_data_path
    from platformdirs.unix import Unix  # noqa: PLC0415 - no such thing elsewhere

    return Unix().user_config_path


def _local(home: Path) -> Path:
    if sys.platform != "win32":
        return home
    from platformdirs.windows import Windows  # noqa: PLC0415 - no such thing elsewhere

    return Windows().user_data_path


def file_of(client: Client, scope: Scope, folders: Folders) -> Path:
    """The file in which this host looks for its servers.

    Raises:
        CommandError: the host keeps none for a project, or it cannot be told which one it reads.
    """
    host = HOSTS[client]
    if scope is Scope.PROJECT:
        if not host.in_project:
            raise CommandError(
                f"{host.title} has one list of servers, for all projects: leave --scope out.",
                exit_code=ExitCode.USAGE,
            )
        return folders.project.joinpath(*host.in_project)
    if client is Client.CLAUDE_CODE:
        return folders.home / ".claude.json"
    if client is Client.CURSOR:
        return folders.home / ".cursor" / "mcp.json"
    if client is Client.VSCODE:
        return folders.settings / "Code" / "User" / "mcp.json"
    return _of_claude_desktop(folders) / "claude_desktop_config.json"


def _of_claude_desktop(folders: Folders) -> Path:
    """On Windows the packaged program reads a folder of its own, whatever the usual one says."""
    usual = folders.settings / "Claude"
    if folders.platform != "win32":
        return usual
    inside = Path("LocalCache", "Roaming", "Claude")
    packages = sorted((folders.local / "Packages").glob("Claude_*"))[:MAX_PACKAGES]
    found = [package / inside for package in packages if (package / inside).is_dir()]
    if len(found) > 1:
        listed = " or ".join(str(one / "claude_desktop_config.json") for one in found)
        raise CommandError(f"Claude Desktop is here more than once. Say which: --file {listed}")
    return found[0] if found else usual


def entry_of(
    host: Host, command: Sequence[str], arguments: Sequence[str], environment: dict[str, str]
) -> dict[str, object]:
    """The server as the host's file names it."""
    first, *rest = command
    entry: dict[str, object] = {"type": "stdio"} if host.names_type else {}
    entry |= {"command": first, "args": [*rest, *arguments]}
    return entry | ({"env": environment} if environment else {})
