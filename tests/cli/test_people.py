"""`xero-mcp people`, and approving with a passphrase."""

import sqlite3
import subprocess
from contextlib import closing

import pytest
from typer.testing import CliRunner

from tests.cli.command import TIMEOUT_SECONDS, Ended, XeroMcp
from xero_mcp.cli.main import build

JANE, JOE = "jane@example.com", "joe@example.com"
GOOD = "four words not together"
OTHER = "quite another phrase"


def say(xero_mcp: XeroMcp, *arguments: str, lines: str) -> Ended:
    done = subprocess.run(
        xero_mcp.command(*arguments, "--passphrase-stdin"),
        env=xero_mcp.environment,
        cwd=xero_mcp.folder,
        input=lines,
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    return Ended(code=done.returncode, out=done.stdout, err=done.stderr)


def test_the_first_person_is_added_freely_and_the_next_only_with_somebodys_word(xero_mcp: XeroMcp):
    assert say(xero_mcp, "people", "add", JANE, lines=f"{GOOD}\n").code == 0
    alone = say(xero_mcp, "people", "add", JOE, lines=f"{OTHER}\n")
    assert alone.code == 1
    assert "must vouch" in alone.err
    wrong = say(xero_mcp, "people", "add", JOE, "--as", JANE, lines=f"{OTHER}\n{OTHER}\n")
    assert wrong.code == 1
    assert "not the passphrase" in wrong.err
    right = say(xero_mcp, "people", "add", JOE, "--as", JANE, lines=f"{GOOD}\n{OTHER}\n")
    assert right.code == 0
    listed = xero_mcp("people", "list", "--json").json()
    assert [(one["email"], one["passphrase"]) for one in listed] == [(JANE, True), (JOE, True)]
    assert GOOD not in str(listed)


def test_a_passphrase_is_changed_only_with_the_old_one(xero_mcp: XeroMcp):
    say(xero_mcp, "people", "add", JANE, lines=f"{GOOD}\n")
    assert say(xero_mcp, "people", "passphrase", JANE, lines=f"{OTHER}\n{OTHER}\n").code == 1
    assert say(xero_mcp, "people", "passphrase", JANE, lines=f"{GOOD}\n{OTHER}\n").code == 0
    assert say(xero_mcp, "people", "remove", JANE, lines=f"{GOOD}\n").code == 1
    assert say(xero_mcp, "people", "remove", JANE, lines=f"{OTHER}\n").code == 0


def test_who_was_entered_without_a_passphrase_gets_one_on_somebodys_word(xero_mcp: XeroMcp):
    say(xero_mcp, "people", "add", JANE, lines=f"{GOOD}\n")
    say(xero_mcp, "people", "add", JOE, "--as", JANE, lines=f"{GOOD}\n{OTHER}\n")
    with closing(sqlite3.connect(xero_mcp.home / "xero-mcp.db")) as database, database:
        database.execute("UPDATE people SET proof = NULL WHERE email = ?", [JOE])
    alone = say(xero_mcp, "people", "passphrase", JOE, lines=f"{OTHER}\n")
    assert alone.code == 1
    assert "must vouch" in alone.err
    given = say(xero_mcp, "people", "passphrase", JOE, "--as", JANE, lines=f"{GOOD}\n{OTHER}\n")
    assert given.code == 0, given.err
    listed = xero_mcp("people", "list", "--json").json()
    assert [(one["email"], one["passphrase"]) for one in listed] == [(JANE, True), (JOE, True)]


def test_where_nobody_can_be_asked_nothing_happens(xero_mcp: XeroMcp):
    ended = xero_mcp("people", "add", JANE)
    assert ended.code == 2
    assert "--passphrase-stdin" in ended.err
    assert xero_mcp("people", "list", "--json").json() == []


def test_whose_passphrase_is_no_good_is_not_entered(xero_mcp: XeroMcp):
    short = say(xero_mcp, "people", "add", JANE, lines="short\n")
    assert short.code == 1
    assert "at least 12 characters" in short.err
    assert xero_mcp("people", "list", "--json").json() == []
    assert say(xero_mcp, "people", "add", JANE, lines=f"{GOOD}\n").code == 0
    twice = say(xero_mcp, "people", "add", JANE.upper(), "--as", JANE, lines=f"{GOOD}\n{OTHER}\n")
    assert twice.code == 1
    assert "is there already" in twice.err


@pytest.mark.parametrize("encoding", ["utf-8:strict", "utf-8:surrogateescape"])
def test_a_passphrase_that_is_no_text_leaves_nobody_behind_and_is_told_in_a_line(
    xero_mcp: XeroMcp, encoding: str
):
    done = subprocess.run(
        xero_mcp.command("people", "add", JANE, "--passphrase-stdin"),
        env={**xero_mcp.environment, "PYTHONIOENCODING": encoding},
        cwd=xero_mcp.folder,
        input=b"four words \xff not together\n",
        capture_output=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.count(b"\n") == 1
    assert b"no text in UTF-8" in done.stderr
    assert xero_mcp("people", "list", "--json").json() == []


def test_what_is_no_address_and_no_name_is_wrong_usage(xero_mcp: XeroMcp):
    assert xero_mcp("people", "add", "jane").code == 2
    assert xero_mcp("policy", "suspend", "Ap Clerk", "--as", JANE).code == 2
    assert xero_mcp("policy", "new", "Night Clerk", "--like", "ap-clerk").code == 2


def test_an_agent_is_suspended_and_resumed(xero_mcp: XeroMcp):
    assert xero_mcp("policy", "suspend", "ap-clerk", "--as", JANE, "--reason", "odd").code == 0
    again = xero_mcp("policy", "suspend", "ap-clerk", "--as", JANE)
    assert "already" in again.out
    assert xero_mcp("policy", "resume", "ap-clerk", "--as", JANE).code == 0
    assert xero_mcp("policy", "resume", "ap-clerk", "--as", JANE).code == 1
    slip = xero_mcp("policy", "suspend", "ap-clark", "--as", JANE)
    assert slip.code == 0
    assert "If that is a slip, the agent that you mean goes on" in slip.err
    assert "ap-clerk" in slip.err
    said = " ".join(one["says"] for one in xero_mcp("audit", "list", "--json").json())
    assert "(not signed in; system user " in said
    assert "ap-clerk was suspended by jane@example.com" in said
    assert "ap-clerk was resumed by jane@example.com" in said


def test_whoever_has_a_passphrase_resumes_and_reviews_with_it_alone(xero_mcp: XeroMcp):
    """Stopping an agent asks for none: it must not take long."""
    say(xero_mcp, "people", "add", JANE, lines=f"{GOOD}\n")
    assert xero_mcp("policy", "suspend", "ap-clerk", "--as", JANE).code == 0
    for command, more in (
        (("policy", "resume", "ap-clerk"), ()),
        (("audit", "review", "1"), ("--note", "Seen.")),
    ):
        unasked = xero_mcp(*command, "--as", JANE, *more)
        assert (unasked.code, unasked.out) == (2, "")
        assert "--passphrase-stdin" in unasked.err
        wrong = say(xero_mcp, *command, "--as", JANE, *more, lines=f"{OTHER}\n")
        assert (wrong.code, wrong.out) == (1, "")
        right = say(xero_mcp, *command, "--as", JANE.upper(), *more, lines=f"{GOOD}\n")
        assert right.code == 0, right.err
    said = [one["says"] for one in xero_mcp("audit", "list", "--json").json()]
    [review] = [one for one in said if " reviewed " in one]
    [resumed] = [one for one in said if " was resumed by " in one]
    assert review.startswith(f"{JANE} reviewed ")
    assert f"was resumed by {JANE} (system user " in resumed
    assert "not signed in" not in review + resumed


@pytest.mark.parametrize(
    "name",
    ["", "  ", "jane\nBob", "jane\x1b[31m", "jane\u202e@example.com", "j\u200bane", "x" * 121],
    ids=repr,
)
@pytest.mark.parametrize(
    "command",
    [
        "policy suspend ap-clerk",
        "policy resume ap-clerk",
        "audit review 1 --note Seen",
        "audit reconcile 1 --done --note Seen",
        "approvals approve ap-7KQ2XD",
        "people add joe@example.com",
    ],
)
def test_a_name_with_something_hidden_in_it_is_wrong_usage(command: str, name: str):
    """It would stand in the records as whatever it looks like."""
    [group, *rest] = command.split()
    told = CliRunner().invoke(build(), [group, *rest, "--as", name])
    assert told.exit_code == 2
    assert "Invalid value for '--as': " in told.stderr
    assert not any(each in told.stderr for each in ("\x1b", "\u202e", "\u200b"))


def test_a_note_of_nothing_is_none(xero_mcp: XeroMcp):
    for command in (("audit", "review", "1"), ("audit", "reconcile", "1", "--done")):
        ended = xero_mcp(*command, "--as", JANE, "--note", " \n ")
        assert ended.code == 2
        assert ended.is_one_clear_line
