"""`xero-mcp policy new` and `diff`: making a policy, and seeing what a change means."""

import json
import re
from pathlib import Path
from typing import Annotated

import typer

from xero_mcp.app import policy_book, policy_folders
from xero_mcp.cli.console import open_screen
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.cli.options import AsJson
from xero_mcp.cli.policy_examples import read_bytes
from xero_mcp.cli.policy_files import chosen_files, good_policy
from xero_mcp.cli.ties import tied_file
from xero_mcp.clock import SystemClock
from xero_mcp.policy.compare import compare
from xero_mcp.policy.files import SUFFIX, check_file
from xero_mcp.policy.load import load_policy
from xero_mcp.policy.model import Policy
from xero_mcp.policy.plain import shown
from xero_mcp.policy.read import is_name
from xero_mcp.policy.selftest import run_examples
from xero_mcp.settings import load_settings
from xero_mcp.store.private_file import FILE_MODE, make_folder
from xero_mcp.tools.index import load_cards

SHARED_FILE_MODE = 0o644
_AGENT = re.compile(r"^agent: .*$", re.MULTILINE)
_ORGANISATIONS = re.compile(r"^organisations: .*$", re.MULTILINE)


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The agent's name.")],
    *,
    like: Annotated[
        str, typer.Option(metavar="POLICY", help="A shipped policy, such as bookkeeper.")
    ],
    organisation: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Exactly as Xero writes it; more than once for several."),
    ] = None,
) -> None:
    """Write a new policy file, with comments, that is good at once.

    It lies in the policies folder. Put in your people's addresses, then check it.
    """
    settings = load_settings()
    folder, shipped = policy_folders(settings)
    source, target = shipped / f"{like}{SUFFIX}", folder / f"{name}{SUFFIX}"
    if not is_name(name):
        raise CommandError(
            f"{shown(name)} is not an agent's name: small letters and hyphens.",
            exit_code=ExitCode.USAGE,
        )
    if not is_name(like) or not source.is_file():
        there = ", ".join(sorted(one.stem for one in shipped.glob(f"*{SUFFIX}")))
        raise CommandError(f"There is no shipped policy {shown(like)}. There are: {there}.")
    if target.exists():
        raise CommandError(f"{target} is there already; nothing was written.")
    is_first = not folder.is_dir()
    text = _AGENT.sub(f"agent: {name}", source.read_text(encoding="utf-8"), count=1)
    if organisation:
        listed = ", ".join(json.dumps(one, ensure_ascii=False) for one in organisation)
        text = _ORGANISATIONS.sub(lambda _: f"organisations: [{listed}]", text, count=1)
    _make(target, is_own=settings.policies is None)
    target.write_text(text, encoding="utf-8")
    loaded = check_file(target, cards=load_cards().values())
    if loaded.policy is None:
        target.unlink()
        raise CommandError(f"The file would not be good: {loaded.problems[0].text}")
    screen = open_screen()
    screen.line(f"Written: {target}")
    screen.line(f"Next: put in your people, then `xero-mcp policy check {name}`.")
    tied = tied_file(name)
    if tied is not None:
        screen.note(f"{name} is tied to {tied}: that file decides for it, not this one.")
    if is_first:
        screen.note(
            f"{folder} is new: from now on policies are read from there alone, no longer from the "
            "shipped ones. Make others that you need the same way."
        )


File = Annotated[str, typer.Argument(metavar="FILE|NAME")]


def diff(old: File, new_one: File, *, as_json: AsJson = False) -> None:
    """Say what a changed policy allows, asks and refuses."""
    was, will_be, cards = _read(old), _read(new_one), load_cards()
    changes = compare(was, will_be, cards.values(), at=SystemClock().now())
    screen = open_screen()
    failing = len(run_examples(will_be, cards.values()))
    if failing:
        screen.note(
            f"{new_one} would not be used as it is: {failing} of its examples come out differently "
            "(`xero-mcp policy check` names them)."
        )
    if as_json:
        screen.json([change.as_json() for change in changes])
        return
    if not changes:
        screen.line("Nothing that an agent could notice is different.")
    for change in changes:
        screen.line(f"{change.becomes:<8} {change.text}", indent=9)


def _read(name: str) -> Policy:
    """Whatever its examples say: a change is looked at before they are brought up to it."""
    cards = load_cards()
    (chosen,) = chosen_files([name], policy_book(load_settings(), SystemClock(), cards))
    loaded = load_policy(read_bytes(chosen), file=chosen.shown, cards=cards.values())
    return good_policy(chosen, loaded)


def _make(target: Path, *, is_own: bool) -> None:
    """An empty file that nobody else may write, whatever the user's mask lets them.

    In the server's own home nobody else may read it either; a folder that is named for policies
    may be one that another user's server reads.
    """
    if is_own:
        make_folder(target.parent)
    target.touch(mode=FILE_MODE if is_own else SHARED_FILE_MODE, exist_ok=False)
