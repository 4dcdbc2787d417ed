"""A person's passphrase, from the terminal or from stdin; never from an argument."""

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated

import typer

from xero_mcp.app import Office
from xero_mcp.approvals import ApprovalError
from xero_mcp.cli.exits import CommandError, ExitCode

PassphraseStdin = Annotated[
    bool,
    typer.Option("--passphrase-stdin", help="Passphrases come on stdin, one a line."),
]
MAX_LINE = 2_000


def ask_passphrase(label: str, *, from_stdin: bool) -> str:
    """One passphrase.

    Raises:
        CommandError: there is nobody to ask, or what comes is no text.
    """
    try:
        given = _given(label, from_stdin=from_stdin)
        given.encode()  # a stdin that lets any byte through has put something else in its place
    except UnicodeError as error:
        raise CommandError(
            f"{label} is no text in UTF-8. Nothing was done: give it in UTF-8."
        ) from error
    return given


def _given(label: str, *, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline(MAX_LINE).rstrip("\r\n")
    if not sys.stdin.isatty():
        raise CommandError(
            f"{label} is asked for on a terminal; scripts send it with --passphrase-stdin.",
            exit_code=ExitCode.USAGE,
        )
    with ended_by_ctrl_c():
        return str(typer.prompt(label, hide_input=True, err=True))


@contextmanager
def ended_by_ctrl_c() -> Generator[None]:
    """While a person is asked, Ctrl-C ends the command at once.

    An event loop would only take note of it, and look at that after the answer.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


async def prove(office: Office, person: str, *, from_stdin: bool) -> bool:
    """Let a person prove who they are; False where they have no passphrase to do it with.

    Raises:
        CommandError: the passphrase is wrong.
    """
    if not await office.people.has_passphrase(person):
        return False
    passphrase = ask_passphrase(f"Passphrase of {person}", from_stdin=from_stdin)
    try:
        await office.people.check(person, passphrase)
    except ApprovalError as error:
        raise CommandError(f"{error.message} {error.next_step}") from error
    return True
