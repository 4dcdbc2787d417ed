"""A person's word on the command line: who says it, and whether that was proven."""

from dataclasses import dataclass
from typing import Annotated

import typer

from xero_mcp.app import Office
from xero_mcp.approvals import person_name
from xero_mcp.cli.passphrases import prove
from xero_mcp.cli.system_user import system_user
from xero_mcp.text import one_line

MAX_PERSON = 120


def person_named(text: str) -> str:
    """Who somebody says they are: it stands in records, so nothing is hidden in it or cut off.

    Raises:
        BadParameter: it is empty, too long, or not one plain line.
    """
    name = text.strip()
    if not name:
        raise typer.BadParameter("it is empty. Say who you are: an email address.")
    if len(name) > MAX_PERSON:
        raise typer.BadParameter(
            f"it is {len(name)} characters long; a person's may be {MAX_PERSON}."
        )
    if one_line(name, limit=MAX_PERSON) != name:
        shown = one_line(name, limit=MAX_PERSON)
        raise typer.BadParameter(
            f"{shown!r} was given with hidden characters, line breaks or several spaces. Write an "
            "email address, on one line."
        )
    return name


def as_option(help_text: str) -> object:
    """The option `--as PERSON`."""
    return typer.Option("--as", metavar="PERSON", parser=person_named, help=help_text)


Person = Annotated[str, as_option("Who decides: an email address.")]
Looker = Annotated[str | None, as_option("Who looked: an email address.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedWord:
    """Who stands behind something that is written down."""

    person: str
    is_proven: bool
    system_user: str

    def __str__(self) -> str:
        if self.is_proven:
            return self.person
        return f"{self.person} (not signed in; system user {self.system_user})"


async def word_of(office: Office, person: str, *, from_stdin: bool) -> SignedWord:
    """Let a person prove who they are; whoever has no passphrase is noted as not signed in.

    Raises:
        CommandError: the passphrase is wrong, or there is nobody to ask for it.
    """
    proven = await prove(office, person, from_stdin=from_stdin)
    known = person_name(person) if proven else person
    return SignedWord(person=known, is_proven=proven, system_user=system_user())
