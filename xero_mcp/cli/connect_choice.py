"""Which of the organisations of a consent agents may work in: by name, never the first one."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import typer

from xero_mcp.cli.console import cell, tell
from xero_mcp.cli.exits import CommandError
from xero_mcp.cli.passphrases import ended_by_ctrl_c
from xero_mcp.xero.models.connection import Connection

MAX_ASKED = 3
"""As often as a person may mistype."""
EVERY = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the command line said."""

    names: Sequence[str] = ()
    every: bool = False


def choose(found: Sequence[Connection], wanted: Wanted) -> tuple[Connection, ...]:
    """The organisations that were named, or the only one; otherwise a person is asked.

    Raises:
        CommandError: a name fits none or several, or there is nobody to ask.
    """
    if wanted.every:
        return tuple(found)
    if wanted.names:
        return tuple(dict.fromkeys(_named(found, name) for name in wanted.names))
    if len(found) == 1:
        return tuple(found)
    if not sys.stdin.isatty():
        raise CommandError(
            f"The consent covers several organisations, and nothing was kept: {_names(found)}. "
            "Say which: --organisation NAME (once for each), or --all-organisations."
        )
    return _asked(found)


def _named(found: Sequence[Connection], name: str) -> Connection:
    wanted = name.strip().casefold()
    fits = [one for one in found if wanted == one.tenant_id.casefold()]
    fits = fits or [one for one in found if wanted == (one.tenant_name or "").casefold()]
    if len(fits) == 1:
        return fits[0]
    if fits:
        ids = ", ".join(one.tenant_id for one in fits)
        raise CommandError(
            f"Several organisations are called {cell(name)}; nothing was kept. Name its id: {ids}."
        )
    raise CommandError(
        f"{cell(name)} is not among the organisations of this consent, and nothing was kept. "
        f"Chosen at Xero: {_names(found)}."
    )


def _asked(found: Sequence[Connection]) -> tuple[Connection, ...]:
    tell("This consent covers:")
    for number, one in enumerate(found, start=1):
        tell(f"  {number}  {cell(one.tenant_name or one.tenant_id)}")
    for _ in range(MAX_ASKED):
        with ended_by_ctrl_c():
            said = str(typer.prompt(f"Which of them? Numbers, or {EVERY}", err=True))
        chosen = _numbered(found, said)
        if chosen:
            return chosen
        tell(f"Write numbers of the list, such as 1,2, or {EVERY}.")
    raise CommandError("No organisation was chosen; nothing was kept.")


def _numbered(found: Sequence[Connection], said: str) -> tuple[Connection, ...]:
    if said.strip().casefold() == EVERY:
        return tuple(found)
    numbers = said.replace(",", " ").split()
    known = {str(number): one for number, one in enumerate(found, start=1)}
    if not all(number in known for number in numbers):
        return ()
    return tuple(dict.fromkeys(known[number] for number in numbers))


def _names(found: Sequence[Connection]) -> str:
    return ", ".join(cell(one.tenant_name or one.tenant_id) for one in found)
