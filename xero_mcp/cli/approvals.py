"""`xero-mcp approvals`: what waits for a person, and a person's word about it."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final, TypeVar

import typer

from xero_mcp.app import Office, policy_book
from xero_mcp.approvals import (
    Approval,
    ApprovalError,
    must_be_readable,
    pages_at,
    person_name,
    standing_lines,
)
from xero_mcp.cli.console import Screen, open_screen
from xero_mcp.cli.exits import CommandError
from xero_mcp.cli.moments import distance, local
from xero_mcp.cli.opening import in_office, in_office_if_any, no_database
from xero_mcp.cli.options import AsJson, example, group_of
from xero_mcp.cli.passphrases import PassphraseStdin, prove
from xero_mcp.cli.signed_word import Person
from xero_mcp.cli.system_user import system_user
from xero_mcp.clock import SystemClock, to_iso
from xero_mcp.errors import SettingsError
from xero_mcp.settings import load_settings
from xero_mcp.store.tables.approvals import ApprovalStatus

MAX_LISTED: Final = 500
Id = Annotated[str, typer.Argument(metavar="ID", help="Such as ap-7KQ2XD.")]
T = TypeVar("T")


def group() -> typer.Typer:
    made = group_of(
        "See what waits for a person, and decide about it.",
        "xero-mcp approvals list --status pending",
    )
    made.command("list", epilog=example("xero-mcp approvals list --status pending"))(list_approvals)
    made.command("show", epilog=example("xero-mcp approvals show ap-7KQ2XD"))(show)
    made.command(
        "approve",
        epilog=example("xero-mcp approvals approve ap-7KQ2XD --as controller@example.com"),
    )(approve)
    made.command(
        "reject",
        epilog=example(
            'xero-mcp approvals reject ap-7KQ2XD --as controller@example.com --reason "Not ours."'
        ),
    )(reject)
    return made


def list_approvals(
    *,
    status: Annotated[
        ApprovalStatus | None, typer.Option(help="Only these; pending: what waits for a person.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List what agents asked people, newest first."""
    found = in_office_if_any(lambda office: office.approvals.list(status=status, limit=MAX_LISTED))
    screen = open_screen()
    if found is None:
        screen.note(no_database(load_settings()))
    elif len(found) == MAX_LISTED:
        screen.note(f"Shown are the newest {MAX_LISTED}; there may be more.")
    approvals = found or []
    if as_json:
        screen.json([_as_json(approval) for approval in approvals])
        return
    if not approvals:
        screen.note("Nothing waits." if status is ApprovalStatus.PENDING else "There is none.")
        return
    now = SystemClock().now()
    screen.table(
        ("id", "status", "until", "agent", "wants to"),
        [
            (
                one.id,
                one.status.value,
                distance(one.expires_at, now) if one.status in OPEN else "",
                one.row.agent,
                f"{one.row.action} in {one.row.organisation_name}",
            )
            for one in approvals
        ],
    )


OPEN = frozenset({ApprovalStatus.PENDING, ApprovalStatus.APPROVED})
"""Those whose time still runs."""


def show(approval_id: Id, *, as_json: AsJson = False) -> None:
    """Show exactly what is asked, and every word about it."""

    async def look(office: Office) -> tuple[Approval, str]:
        approval = await office.approvals.get(approval_id)
        return approval, await _policy_note(office, approval)

    approval, changed = in_office(_heard(look))
    screen = open_screen()
    if as_json:
        screen.json(_as_json(approval))
        return
    try:
        _show(screen, approval, changed)
    except ApprovalError as error:
        raise CommandError(f"{error.message} {error.next_step}") from error


def approve(
    approval_id: Id,
    *,
    person: Person,
    note: Annotated[str, typer.Option(help="A word for the record.", show_default=False)] = "",
    passphrase_stdin: PassphraseStdin = False,
) -> None:
    """Say yes: the agent may send exactly this call, once.

    Your passphrase is asked for, where you have one (`xero-mcp people add`). Without one the
    record says that you were not signed in, and names the system's user.
    """
    user = system_user()

    async def work(office: Office) -> tuple[Approval, str]:
        proven = await prove(office, person, from_stdin=passphrase_stdin)
        approval = await office.approvals.approve(
            approval_id, person, note, authenticated=proven, system_user=user
        )
        return approval, await _policy_note(office, approval)

    approval, changed = in_office(_heard(work))
    screen = open_screen()
    missing = approval.row.approvals_needed - sum(word.approves for word in approval.decisions)
    if approval.status is not ApprovalStatus.APPROVED:
        screen.line(f"{approval.id}: noted. {missing} more must approve.")
    elif changed:
        screen.line(f"{approval.id}: your yes is written down.")
    else:
        screen.line(
            f"{approval.id}: {approval.row.agent} may now {approval.row.action}, once, until "
            f"{local(approval.expires_at)}. Nothing is sent until the agent sends the same call "
            "again."
        )
    if changed:
        screen.note(changed)
    _unauthenticated(screen, approval, user)


def reject(
    approval_id: Id,
    *,
    person: Person,
    reason: Annotated[str, typer.Option(help="Why; the agent hears it.")],
    passphrase_stdin: PassphraseStdin = False,
) -> None:
    """Say no: the agent hears the reason.

    Your passphrase is asked for, where you have one.
    """
    user = system_user()

    async def work(office: Office) -> Approval:
        proven = await prove(office, person, from_stdin=passphrase_stdin)
        return await office.approvals.reject(
            approval_id, person, reason, authenticated=proven, system_user=user
        )

    approval = in_office(_heard(work))
    screen = open_screen()
    screen.line(f"{approval.id}: rejected. {approval.row.agent} may not {approval.row.action}.")
    _unauthenticated(screen, approval, user)


def _heard(work: Callable[[Office], Awaitable[T]]) -> Callable[[Office], Awaitable[T]]:
    """A word that cannot count ends the command with its reason."""

    async def heard(office: Office) -> T:
        try:
            return await work(office)
        except ApprovalError as error:
            raise CommandError(f"{error.message} {error.next_step}") from error

    return heard


async def _policy_note(office: Office, approval: Approval) -> str:
    """That a yes will not count, as far as it can be told here; empty where it will.

    The server may run elsewhere, with policy files of its own: so this refuses nothing.
    """
    row = approval.row
    file = await office.agents.policy_file(row.agent)
    try:
        book = policy_book(office.settings, office.clock, office.cards)
    except SettingsError:
        return ""
    held = book.for_agent(row.agent, file=file).policy
    if held is not None and held.sha256 == row.policy_hash:
        return ""
    return (
        f"The policy of {row.agent} in {book.folder} is not the one under which this was asked. "
        "If the server uses that folder, a yes does not count: the agent asks anew when it sends "
        "the call again."
    )


def _unauthenticated(screen: Screen, approval: Approval, user: str) -> None:
    said = approval.decisions[-1]
    if said.authenticated:
        return
    screen.note(
        f"Recorded as said by {said.person}, not signed in; system user {user}. Whoever can run "
        "this command here can say so; `xero-mcp people add` gives people passphrases."
    )


def _show(screen: Screen, approval: Approval, changed: str) -> None:
    row = approval.row
    screen.heading(f"{row.id}  {row.status}")
    screen.line()
    screen.pairs(row.summary)
    screen.line()
    screen.pairs(standing_lines(approval, local, now=SystemClock().now()))
    if row.status is ApprovalStatus.PENDING:
        must_be_readable(approval)
        if changed:
            screen.note(changed)
        spoken = {word.person for word in approval.decisions}
        silent = [one for one in row.approvers if person_name(one) not in spoken]
        who = (silent or row.approvers)[0]
        screen.line()
        screen.line("To decide:")
        for word, more in (("approve", ""), ("reject", ' --reason "…"')):
            screen.as_it_is(f"  xero-mcp approvals {word} {row.id} --as {who}{more}")
        pages = pages_at(load_settings().public_url)
        if pages:
            screen.as_it_is(f"  or in a browser: {pages}/{row.id}")


def _as_json(approval: Approval) -> dict[str, object]:
    row = approval.row
    return {
        "id": row.id,
        "status": row.status.value,
        "agent": row.agent,
        "organisation": {"id": row.organisation_id, "name": row.organisation_name},
        "tool": row.tool,
        "action": row.action,
        "digest": row.digest,
        "rule": row.rule,
        "reason": row.reason,
        "summary": [{"label": label, "value": value} for label, value in row.summary],
        "approvers": list(row.approvers),
        "approvals_needed": row.approvals_needed,
        "asked_at": to_iso(row.asked_at),
        "expires_at": to_iso(row.expires_at),
        "decided_at": to_iso(row.decided_at) if row.decided_at else None,
        "policy_file": row.policy_file,
        "policy_hash": row.policy_hash,
        "used_by": row.intent_id,
        "decisions": [
            {
                "person": word.person,
                "approves": word.approves,
                "note": word.note,
                "authenticated": word.authenticated,
                "system_user": word.system_user,
                "at": to_iso(word.at),
            }
            for word in approval.decisions
        ],
    }
