"""`xero-mcp install`: an MCP host told of this server, in the file where it looks."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, cast

import typer

from xero_mcp.app import chosen_agent, policy_book
from xero_mcp.cli.console import Screen, open_screen
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.cli.install_edit import NotJsonError, NotOursToChangeError, with_value
from xero_mcp.cli.install_file import Changed, change_file
from xero_mcp.cli.install_places import (
    HOSTS,
    Client,
    Host,
    Scope,
    entry_of,
    file_of,
    folders_here,
)
from xero_mcp.cli.install_scan import scan
from xero_mcp.cli.options import example
from xero_mcp.cli.own_command import own_command, own_environment
from xero_mcp.clock import SystemClock
from xero_mcp.policy.plain import one_of
from xero_mcp.settings import TABLE, Settings, load_settings
from xero_mcp.settings_shown_url import shown_url

NAME_PATTERN = "[A-Za-z][A-Za-z0-9_-]{0,63}"
DATABASE = "XERO_MCP_DATABASE_URL"
FOLDERS = frozenset({"XERO_MCP_HOME", "XERO_MCP_POLICIES", "XERO_MCP_CHECKPOINTS"})
IN_ARGUMENTS = "XERO_MCP_AGENT"

ClientArgument = Annotated[Client, typer.Argument(metavar="CLIENT", help="The MCP host.")]
AgentOption = Annotated[
    str | None,
    typer.Option("--agent", metavar="NAME", help="The agent: its policy is NAME.yaml."),
]
DemoOption = Annotated[bool, typer.Option("--demo", help="Work on the demo company.")]
NameOption = Annotated[
    str | None,
    typer.Option("--name", metavar="NAME", help="What the host calls it; else xero, or xero-demo."),
]
ScopeOption = Annotated[
    Scope, typer.Option("--scope", help="Every project of yours, or just the folder at hand.")
]
FileOption = Annotated[
    Path | None, typer.Option("--file", metavar="FILE", help="Another file than the usual one.")
]
PrintOption = Annotated[bool, typer.Option("--print", help="Show what to add; change nothing.")]
ReplaceOption = Annotated[
    bool, typer.Option("--replace", help="Also where another server has that name.")
]


def add_to(app: typer.Typer) -> None:
    app.command(
        "install",
        epilog=example(
            "xero-mcp install claude-desktop --agent bookkeeper",
            "xero-mcp install vscode --agent ap-clerk --demo --print",
        ),
    )(install)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Server:
    """What the host is to be told."""

    host: Host
    name: str
    agent: str
    entry: dict[str, object]
    left_out: tuple[str, ...]
    """Settings that are secrets: they are in force here and not written."""


def install(  # noqa: PLR0913 - each is an option that typer reads from here
    client: ClientArgument,
    *,
    agent: AgentOption = None,
    demo: DemoOption = False,
    name: NameOption = None,
    scope: ScopeOption = Scope.USER,
    file: FileOption = None,
    print_only: PrintOption = False,
    replace: ReplaceOption = False,
) -> None:
    """Tell an MCP host of this server, in the host's own file.

    CLIENT is claude-desktop, claude-code, cursor or vscode. Other servers and comments in the file
    stay, and a copy of how it was stays beside it. No secret is written.
    """
    settings = load_settings()
    who = _agent(settings, agent)
    server = _server(HOSTS[client], _name(name, demo=demo), settings, agent=who, demo=demo)
    path = file or file_of(client, scope, folders_here())
    screen = open_screen()
    if print_only:
        screen.json(_whole(server))
        screen.note(f"It belongs into {path}.")
    else:
        now = SystemClock().now()
        changed = change_file(
            path, lambda text: _with(text, server, path, replace=replace), now=now
        )
        _tell(screen, server, changed)
    if server.left_out:
        screen.note(
            f"Not written, because they are secrets: {', '.join(server.left_out)}. The server "
            'needs them from its host: add them under "env" by hand, in a file that only you can '
            "read."
        )


def _agent(settings: Settings, asked: str | None) -> str:
    names = policy_book(settings, SystemClock(), {}).names()
    who = chosen_agent(asked or settings.agent, names).name
    if who not in names:
        raise CommandError(f"No policy file is named {who}.yaml. Choose {one_of(names)}.")
    return who


def _name(given: str | None, *, demo: bool) -> str:
    name = given or ("xero-demo" if demo else "xero")
    if not re.fullmatch(NAME_PATTERN, name):
        raise CommandError(
            "--name takes up to 64 letters, digits, - and _, and begins with a letter.",
            exit_code=ExitCode.USAGE,
        )
    return name


def _server(host: Host, name: str, settings: Settings, *, agent: str, demo: bool) -> _Server:
    arguments = ["serve", "--agent", agent, *(["--demo"] if demo else [])]
    carried, left_out = _environment(settings, demo=demo)
    environment = own_environment() | carried
    entry = entry_of(host, own_command(), arguments, environment)
    return _Server(host=host, name=name, agent=agent, entry=entry, left_out=left_out)


def _environment(settings: Settings, *, demo: bool) -> tuple[dict[str, str], tuple[str, ...]]:
    """The settings in force here, which the host would not know; and the secret ones among them."""
    secret = {setting.name for setting in TABLE if setting.secret}
    if shown_url(settings.database_url) != settings.database_url:
        secret.add(DATABASE)
    carried: dict[str, str] = {}
    left_out: list[str] = []
    for name, value, origin in settings.shown():
        is_of_xero = not name.startswith(("XERO_MCP_", "OTEL_"))
        if origin == "default" or name == IN_ARGUMENTS or (demo and is_of_xero):
            continue
        if name in secret:
            left_out.append(name)
        else:
            carried[name] = _from_anywhere(name, value, settings)
    return carried, tuple(left_out)


def _from_anywhere(name: str, value: str, settings: Settings) -> str:
    """The same place, whatever folder the host starts the server in."""
    if name in FOLDERS:
        return str(Path(value).absolute())
    if name == DATABASE and not settings.database_is_postgres:
        return f"sqlite:///{settings.database_path.absolute()}"
    return value


def _with(text: str, server: _Server, path: Path, *, replace: bool) -> str:
    """The host's file with the server in it."""
    try:
        return _merged(text, server, path, replace=replace)
    except NotJsonError as error:
        why = f"It is no JSON that can be read: {error}"
    except NotOursToChangeError as error:
        why = f"It is not of the form that was expected: {error}"
    by_hand = json.dumps(_whole(server), indent=2, ensure_ascii=False)
    raise CommandError(f"{path} was left alone. {why}. Mend that, or add by hand:\n{by_hand}")


def _merged(text: str, server: _Server, path: Path, *, replace: bool) -> str:
    there = _there(text, server)
    place = (server.host.servers, server.name)
    if there is None or (replace and not is_ours(there)):
        return with_value(text, place, server.entry)
    if not is_ours(there):
        raise CommandError(
            f"In {path} another server is named {server.name}. Choose a --name, or say --replace."
        )
    # What a person added to our entry (a secret under env, say) stays.
    for key, value in server.entry.items():
        if key != "env":
            text = with_value(text, (*place, key), value)
    for key, value in cast("dict[str, str]", server.entry.get("env", {})).items():
        text = with_value(text, (*place, "env", key), value)
    return text


def _there(text: str, server: _Server) -> object:
    """What stands under the server's name."""
    root = scan(text)
    servers = root.members.get(server.host.servers) if root else None
    found = servers.members.get(server.name) if servers else None
    return found.value if found else None


def is_ours(entry: object) -> bool:
    """Whether this program wrote it, or could have."""
    if not isinstance(entry, dict):
        return False
    known = cast("dict[str, object]", entry)
    command, arguments = known.get("command"), known.get("args")
    file_name = str(command).replace("\\", "/").rpartition("/")[2]
    return file_name.removesuffix(".exe") == "xero-mcp" or (
        isinstance(arguments, list) and "xero_mcp" in arguments
    )


def _whole(server: _Server) -> dict[str, object]:
    return {server.host.servers: {server.name: server.entry}}


def _tell(screen: Screen, server: _Server, changed: Changed) -> None:
    if not changed.is_changed:
        screen.line(f"{changed.path} says so already; nothing was changed.")
        return
    screen.line(f"{server.host.title} knows the server {server.name} (agent {server.agent}) now.")
    screen.pairs((("file", str(changed.path)), ("as it was", str(changed.copy or ""))))
    screen.line(server.host.next_step)
