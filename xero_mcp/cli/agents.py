"""`xero-mcp agents`: keys of agents that come over HTTP."""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer

from xero_mcp.agents import AgentEntry, AgentsError, NewKey, fingerprint_of, launched_agent
from xero_mcp.app import Office, policy_book
from xero_mcp.cli.console import open_screen, tell
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.cli.moments import local
from xero_mcp.cli.opening import in_office, in_office_if_any, open_or_make
from xero_mcp.cli.options import AsJson, example, group_of
from xero_mcp.cli.system_user import system_user
from xero_mcp.clock import SystemClock, to_iso
from xero_mcp.policy.files import SUFFIX
from xero_mcp.settings import load_settings
from xero_mcp.store.tables.agents import KeyRow
from xero_mcp.text import one_line
from xero_mcp.tools.index import load_cards

T = TypeVar("T")
UNITS: Final = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_SPAN = re.compile(r"([0-9]{1,4})([mhd])")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The agent, as records will name it.")]
Overlap = Annotated[
    str,
    typer.Option(metavar="SPAN", help="How long the old key still opens: 0, 30m, 24h or 7d."),
]
Policy = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="The policy file that decides for it. Left out: the one of its name.",
    ),
]


def group() -> typer.Typer:
    made = group_of("Give keys to agents that come over HTTP.", "xero-mcp agents add ap-clerk")
    made.command(
        "add",
        epilog=example(
            "xero-mcp agents add ap-clerk", "xero-mcp agents add bot-7 --policy ap-clerk.yaml"
        ),
    )(add)
    made.command("list", epilog=example("xero-mcp agents list"))(list_agents)
    made.command("rotate", epilog=example("xero-mcp agents rotate ap-clerk --overlap 2h"))(rotate)
    made.command("revoke", epilog=example("xero-mcp agents revoke ap-clerk"))(revoke)
    return made


def add(name: Name, *, policy: Policy = None, as_json: AsJson = False) -> None:
    """Make an agent's key, and print it this once."""
    _must_be_a_name(name)
    file = _file(name, policy)
    made = _done(open_or_make, lambda office: office.agents.add(name, by=_me(), policy_file=file))
    _show(made, as_json=as_json)


def list_agents(*, as_json: AsJson = False) -> None:
    """List agents, their keys, and when each was last used."""
    entries = in_office_if_any(lambda office: office.agents.list()) or []
    screen, now = open_screen(), SystemClock().now()
    if as_json:
        screen.json([_as_json(entry, now) for entry in entries])
        return
    if not entries:
        screen.note("Nobody has a key yet: `xero-mcp agents add NAME` makes one.")
        return
    rows = [
        (entry.row.name, entry.policy_file, fingerprint, how, used)
        for entry in entries
        for fingerprint, how, used in _lines(entry, now)
    ]
    screen.table(("agent", "policy", "key", "opens", "last used"), rows)


def rotate(name: Name, *, overlap: Overlap = "24h", as_json: AsJson = False) -> None:
    """Make another key; the old one opens for a while yet."""
    _must_be_a_name(name)
    span = _span(overlap)
    made = _done(in_office, lambda office: office.agents.rotate(name, by=_me(), overlap=span))
    _show(made, as_json=as_json)
    until = f"still open for {overlap}" if span else "open nothing any more"
    tell(f"Its older keys {until}.")


def revoke(name: Name) -> None:
    """Take back all keys of an agent, at once in every replica."""
    _must_be_a_name(name)
    count = _done(in_office, lambda office: office.agents.revoke(name, by=_me()))
    keys = "Its key opens" if count == 1 else f"Its {count} keys open"
    open_screen().line(f"{name} is out: {keys.lower()} nothing from now on.")


def _done(
    opening: Callable[[Callable[[Office], Awaitable[T]]], T],
    work: Callable[[Office], Awaitable[T]],
) -> T:
    try:
        return opening(work)
    except AgentsError as error:
        raise CommandError(str(error)) from error


def _show(made: NewKey, *, as_json: bool) -> None:
    """The key alone on stdout, so that a script can take it from there."""
    screen = open_screen()
    key = made.text.reveal()
    if as_json:
        screen.json(
            {
                "agent": made.agent,
                "key": key,
                "fingerprint": made.fingerprint,
                "policy_file": made.policy_file,
            }
        )
    else:
        print(key)
    tell(
        f"This is the key of {made.agent}, for which {made.policy_file} decides. It is shown only "
        "now and kept nowhere.\nIts client sends it as `Authorization: Bearer KEY`."
    )


def _me() -> str:
    return f"system user {system_user()}"


def _must_be_a_name(name: str) -> None:
    try:
        launched_agent(name)
    except ValueError as error:
        raise CommandError(str(error), exit_code=ExitCode.USAGE) from error


def _file(name: str, policy: str | None) -> str | None:
    """The file that is to decide: there, and good; None where it is the one of the agent's name.

    Raises:
        CommandError: with what is wrong. A key that opens nothing would only puzzle.
    """
    book = policy_book(load_settings(), SystemClock(), load_cards())
    file = None if policy is None else _in_folder(policy, book.folder)
    in_force = book.for_agent(name, file=file)
    if in_force.policy is None:
        hint = "" if policy else f" Or name another: --policy FILE, of {book.folder}."
        raise CommandError(f"{name} would have no policy: {in_force.reason}.{hint}")
    return file


def _in_folder(policy: str, folder: Path) -> str:
    path = Path(policy)
    if path.name != policy and path.parent.resolve() != folder.resolve():
        raise CommandError(
            f"Policy files are those in {folder}: move {one_line(policy)} there, and name it "
            f"without its folder."
        )
    return path.name if path.suffix == SUFFIX else f"{path.name}{SUFFIX}"


def _span(text: str) -> timedelta:
    if text == "0":
        return timedelta(0)
    found = _SPAN.fullmatch(text)
    if found is None:
        raise CommandError(
            f"--overlap is 0, or a span like 30m, 24h or 7d, not {one_line(text, limit=30)}.",
            exit_code=ExitCode.USAGE,
        )
    return int(found[1]) * UNITS[found[2]]


def _lines(entry: AgentEntry, now: datetime) -> list[tuple[str, str, str]]:
    """A line for each key that opens; else one that says that none does."""
    found = [
        (
            fingerprint_of(key.id),
            f"until {local(key.ends_at)}" if key.ends_at else f"since {local(key.made_at)}",
            local(key.last_used_at) if key.last_used_at else "never",
        )
        for key in entry.in_force(now)
    ]
    return found or [("-", "nothing: all taken back", "-")]


def _as_json(entry: AgentEntry, now: datetime) -> dict[str, object]:
    return {
        "agent": entry.row.name,
        "policy_file": entry.policy_file,
        "added_at": to_iso(entry.row.added_at),
        "added_by": entry.row.added_by,
        "keys": [_key_as_json(key, now) for key in entry.keys],
    }


def _key_as_json(key: KeyRow, now: datetime) -> dict[str, object]:
    return {
        "fingerprint": fingerprint_of(key.id),
        "opens": key.is_in_force(now),
        "made_at": to_iso(key.made_at),
        "made_by": key.made_by,
        "ends_at": to_iso(key.ends_at) if key.ends_at else None,
        "revoked_at": to_iso(key.revoked_at) if key.revoked_at else None,
        "last_used_at": to_iso(key.last_used_at) if key.last_used_at else None,
    }
