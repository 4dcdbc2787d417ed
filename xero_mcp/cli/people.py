"""`xero-mcp people`: who may approve, and their passphrases."""

from typing import Annotated

import typer

from xero_mcp.app import Office
from xero_mcp.approvals import ApprovalError, person_name, refuse_short
from xero_mcp.cli.console import open_screen
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.cli.moments import local
from xero_mcp.cli.opening import in_office_if_any, open_or_make
from xero_mcp.cli.options import AsJson, example, group_of
from xero_mcp.cli.passphrases import PassphraseStdin, ask_passphrase, prove
from xero_mcp.cli.signed_word import person_named
from xero_mcp.cli.system_user import system_user
from xero_mcp.clock import to_iso
from xero_mcp.policy.read import parse_email
from xero_mcp.store.tables.people import PersonRow

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="As the rules name them.")]
By = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="PERSON",
        parser=person_named,
        help="Who vouches for it: needed, with their passphrase, once anybody has one.",
    ),
]


def group() -> typer.Typer:
    made = group_of(
        "Say who may approve; each proves it with a passphrase.",
        "xero-mcp people add controller@example.com",
    )
    made.command("add", epilog=example("xero-mcp people add controller@example.com"))(add)
    made.command("list", epilog=example("xero-mcp people list"))(list_people)
    made.command(
        "remove", epilog=example("xero-mcp people remove jo@example.com --as jane@example.com")
    )(remove)
    made.command("passphrase", epilog=example("xero-mcp people passphrase controller@example.com"))(
        passphrase
    )
    return made


def add(email: Email, *, by: By = None, passphrase_stdin: PassphraseStdin = False) -> None:
    """Enter a person, and ask for their new passphrase.

    Once anybody has a passphrase, one of them must vouch for whoever comes next.
    """
    name = _email(email)

    async def work(office: Office) -> bool:
        who = await _vouched(office, by, from_stdin=passphrase_stdin)
        if any(one.email == person_name(name) for one in await office.people.list()):
            return False
        # Asked for first: whoever mistypes it is not left behind as an entry without one.
        chosen = _chosen(name, from_stdin=passphrase_stdin)
        if not await office.people.add(name, by=who):
            return False
        await office.people.set_passphrase(name, chosen, by=who)
        return True

    if not open_or_make(work):
        raise CommandError(f"{name} is there already. `xero-mcp people passphrase` changes theirs.")
    open_screen().line(f"{name} may approve what rules name them for, with their passphrase.")


def list_people(*, as_json: AsJson = False) -> None:
    """List who may approve."""
    people = in_office_if_any(lambda office: office.people.list()) or []
    screen = open_screen()
    if as_json:
        screen.json([_as_json(one) for one in people])
    elif not people:
        screen.note("Nobody yet: approvals are recorded as not signed in.")
    else:
        rows = [(one.email, "yes" if one.proof else "no", local(one.added_at)) for one in people]
        screen.table(("email", "passphrase", "added"), rows)


def remove(email: Email, *, by: By = None, passphrase_stdin: PassphraseStdin = False) -> None:
    """Take a person out: their word no longer counts as signed in."""
    name = _email(email)

    async def work(office: Office) -> bool:
        who = await _vouched(office, by or name, from_stdin=passphrase_stdin)
        return await office.people.remove(name, by=who)

    if not open_or_make(work):
        raise CommandError(f"There is no {name}. `xero-mcp people list` shows who there is.")
    open_screen().line(f"{name} is removed.")


def passphrase(email: Email, *, by: By = None, passphrase_stdin: PassphraseStdin = False) -> None:
    """Change a person's passphrase: the old one is asked for first.

    Who has none yet gets one on the word of somebody who has.
    """
    name = _email(email)

    async def work(office: Office) -> None:
        known = await prove(office, name, from_stdin=passphrase_stdin)
        who = name if known else await _vouched(office, by, from_stdin=passphrase_stdin)
        chosen = _chosen(name, from_stdin=passphrase_stdin)
        try:
            await office.people.set_passphrase(name, chosen, by=who)
        except ApprovalError as error:
            raise CommandError(f"{error.message} {error.next_step}") from error

    open_or_make(work)
    open_screen().line(f"{name} has a new passphrase.")


def _email(text: str) -> str:
    try:
        return parse_email(text)
    except ValueError as error:
        raise CommandError(f"{error}.", exit_code=ExitCode.USAGE) from error


async def _vouched(office: Office, by: str | None, *, from_stdin: bool) -> str:
    """Whoever stands behind a change. Without anybody with a passphrase it is the shell's user."""
    if not any(one.proof for one in await office.people.list()):
        return f"system user {system_user()}"
    if by is None or not await prove(office, by, from_stdin=from_stdin):
        raise CommandError(
            "Somebody who has a passphrase must vouch for this: --as PERSON, who then gives it."
        )
    return by


def _chosen(name: str, *, from_stdin: bool) -> str:
    label = f"New passphrase of {name}"
    chosen = ask_passphrase(label, from_stdin=from_stdin)
    if not from_stdin and ask_passphrase("Once more", from_stdin=False) != chosen:
        raise CommandError("The two are not the same; nothing was set.")
    try:
        refuse_short(chosen)
    except ApprovalError as error:
        raise CommandError(f"{error.message} {error.next_step}") from error
    return chosen


def _as_json(person: PersonRow) -> dict[str, object]:
    return {
        "email": person.email,
        "passphrase": person.proof is not None,
        "added_at": to_iso(person.added_at),
        "added_by": person.added_by,
        "locked_until": to_iso(person.locked_until) if person.locked_until else None,
    }
