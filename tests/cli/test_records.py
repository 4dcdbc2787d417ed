"""What an agent did, as people see it and decide about it: audit and approvals."""

import re
import shutil
import sqlite3
from functools import partial
from pathlib import Path

import anyio
import pytest

from tests.cli.command import XeroMcp
from tests.wire.bounds import ROOT
from xero_mcp.app import open_office
from xero_mcp.approvals import Request
from xero_mcp.cli.tour.agent import Heard, agent_at_work
from xero_mcp.settings import load_settings

CONTROLLER = "controller@example.com"
HOSTILE_NAME = "INK\x1b[31m-\u202e1"


async def work(home: Path) -> dict[str, Heard]:
    """A morning of the clerk: it looks, drafts, asks twice, tries to pay."""
    async with agent_at_work(home) as agent:
        contacts = await agent.asks("list-contacts", page_size=100)
        supplier = next(row for row in contacts.rows() if row["is_supplier"])

        def bill(amount: str, number: str) -> dict[str, object]:
            line = {
                "description": "Paper",
                "quantity": "1",
                "unit_amount": amount,
                "account_code": "461",
            }
            return {
                "type": "bill",
                "contact_id": supplier["contact_id"],
                "amounts_are": "inclusive",
                "number": number,
                "lines": [line],
            }

        return {
            "drafted": await agent.asks("create-invoice", **bill("480.00", "D-1")),
            "asked": await agent.asks("create-invoice", **bill("600.00", "D-2")),
            "asked too": await agent.asks("create-invoice", **bill("700.00", HOSTILE_NAME)),
            "asked under another policy": await agent.asks(
                "create-invoice", **bill("800.00", "D-3")
            ),
            "refused": await agent.asks(
                "create-payment",
                invoice_id=supplier["contact_id"],
                amount="1.00",
                account_code="090",
            ),
        }


class Office:
    """A home folder with a morning's records in it, and the command line over it."""

    def __init__(self, home: Path) -> None:
        home.mkdir(mode=0o700)
        self.heard = anyio.run(partial(work, home))
        self.run = XeroMcp(home=home, folder=home)

    def approval(self, name: str) -> str:
        details = self.heard[name].error["details"]
        return next(each["message"] for each in details if each["path"] == "approval_id")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("office") / "home")


def test_the_list_is_sentences_with_number_time_and_a_mark(office: Office) -> None:
    ended = office.run("audit", "list")
    assert ended.code == 0
    assert ended.is_plain
    lines = ended.out.splitlines()
    form = re.compile(r" *[0-9]+  [0-9-]{10} [0-9:]{8} UTC  [a-z ]{8}  \S.*\.")
    assert all(form.fullmatch(line) for line in lines)
    numbers = [int(line.split()[0]) for line in lines]
    assert numbers == list(range(len(lines), 0, -1))
    told = "\n".join(lines)
    assert re.search(r"  ok +ap-clerk created draft bill D-1 \(480\.00 USD, .*\) in Demo", told)
    assert re.search(r"  asked +ap-clerk asked for a person's leave to create", told)
    assert re.search(r"  refused +ap-clerk was refused leave to record a payment", told)


def test_filters_narrow_the_list(office: Office) -> None:
    refused = office.run("audit", "list", "--status", "refused", "--json").json()
    assert [record["tool"] for record in refused] == ["create-payment"]
    asked = office.run("audit", "list", "--decision", "ask", "--agent", "ap-clerk", "--json").json()
    assert {record["tool"] for record in asked} == {"create-invoice"}
    assert office.run("audit", "list", "--agent", "nobody", "--json").json() == []
    page = office.run("audit", "list", "--limit", "2")
    assert len(page.out.splitlines()) == 2
    last = page.out.splitlines()[-1].split()[0]
    assert f"--before {last}" in page.err
    following = office.run("audit", "list", "--limit", "1", "--before", last, "--json").json()
    assert following[0]["seq"] == int(last) - 1


def test_a_status_that_there_is_not_is_bad_usage_with_the_choice(office: Office) -> None:
    ended = office.run("audit", "list", "--status", "fine")
    assert ended.code == 2
    assert "'refused'" in ended.err


def test_show_tells_the_whole_story_of_a_call(office: Office) -> None:
    audit_id = office.heard["drafted"].content["audit_id"]
    ended = office.run("audit", "show", audit_id)
    assert ended.code == 0
    assert ended.out.startswith(f"{audit_id}  create-invoice  ok\n")
    for told in ("amount           480.00 USD", "lines.1.account_code  461", "D-1"):
        assert told in ended.out
    assert re.search(r"\n[0-9]+ +200 +[0-9]+ ms +PUT /Invoices [0-9a-f-]{36}\n", ended.out)
    story = office.run("audit", "show", audit_id, "--json").json()
    assert [record["kind"] for record in story] == ["intent", "outcome"]
    by_number = office.run("audit", "show", str(story[1]["seq"]), "--json").json()
    assert by_number == story


@pytest.mark.parametrize("wanted", ["a-nothing", "99999", "0", "ap-nothin", "; DROP TABLE audit"])
def test_a_record_that_is_not_there_is_told_in_a_line(office: Office, wanted: str) -> None:
    ended = office.run("audit", "show", wanted)
    assert ended.code == 1
    assert ended.is_one_clear_line


def test_verify_says_how_many_records_and_the_head(office: Office) -> None:
    newest = office.run("audit", "list", "--limit", "1", "--json").json()[0]
    shown = office.run("audit", "verify", "--json").json()
    wanted = {"ok": True, "records": newest["seq"], "head_hash": newest["hash"]}
    assert {name: shown[name] for name in wanted} == wanted
    assert 0 < shown["signed"] <= newest["seq"]
    ended = office.run("audit", "verify")
    assert ended.code == 0
    assert f"{newest['seq']} records" in ended.out
    assert newest["hash"] in ended.out


def test_approvals_list_shows_what_waits(office: Office) -> None:
    waiting = office.run("approvals", "list", "--json").json()
    assert {one["id"] for one in waiting} == {
        office.approval("asked"),
        office.approval("asked too"),
        office.approval("asked under another policy"),
    }
    ended = office.run("approvals", "list")
    assert ended.is_plain
    assert ended.out.splitlines()[0].split()[:4] == ["ID", "STATUS", "UNTIL", "AGENT"]


def test_what_an_agent_wrote_cannot_repaint_the_terminal(office: Office) -> None:
    for command in (("approvals", "show", office.approval("asked too")), ("audit", "list")):
        assert "\u202e" not in office.run(*command).out
        assert office.run(*command).is_plain


def test_one_who_is_not_named_may_not_approve(office: Office) -> None:
    ended = office.run("approvals", "approve", office.approval("asked"), "--as", "me@example.com")
    assert ended.code == 1
    assert ended.is_one_clear_line
    assert CONTROLLER in ended.err


def test_nobody_approves_what_this_key_cannot_show_them(office: Office) -> None:
    """It could be about anything; a no is heard all the same, elsewhere in this file."""
    other = {"XERO_MCP_SECRET_KEY": "another key, and a long one at that, 1234567890"}
    shown = office.run("approvals", "show", office.approval("asked"), **other)
    assert (shown.code, "approve" in shown.out) == (1, False)
    told = office.run("approvals", "approve", office.approval("asked"), "--as", CONTROLLER, **other)
    assert (told.code, told.out) == (1, "")
    assert told.is_one_clear_line
    assert "XERO_MCP_SECRET_KEY" in told.err
    assert "XERO_MCP_SECRET_KEY" in shown.err


def test_an_approval_is_recorded_as_not_signed_in(office: Office) -> None:
    approval_id = office.approval("asked")
    typed = approval_id.lower()
    ended = office.run("approvals", "approve", typed, "--as", CONTROLLER, "--note", "Fine.")
    assert ended.code == 0
    assert f"{approval_id}: ap-clerk may now create a draft bill" in ended.out
    assert "not signed in; system user " in ended.err
    word = office.run("approvals", "show", approval_id, "--json").json()["decisions"][0]
    assert (word["person"], word["authenticated"]) == (CONTROLLER, False)
    assert word["system_user"]
    again = office.run("approvals", "approve", approval_id, "--as", CONTROLLER)
    assert again.code == 1
    assert "is approved already" in again.err
    assert "policy suspend ap-clerk" in again.err


def test_a_yes_under_a_policy_that_changed_meanwhile_is_not_told_as_one_that_counts(
    office: Office, tmp_path: Path
) -> None:
    approval_id = office.approval("asked under another policy")
    shipped = ROOT / "policies" / "ap-clerk.yaml"
    changed = f"{shipped.read_text(encoding='utf-8')}\n# A comment is enough.\n"
    (tmp_path / "ap-clerk.yaml").write_text(changed, encoding="utf-8")
    other = {"XERO_MCP_POLICIES": str(tmp_path)}
    assert "not the one under which this was asked" in (
        office.run("approvals", "show", approval_id, **other).err
    )
    assert office.run("approvals", "show", approval_id).err == ""
    ended = office.run("approvals", "approve", approval_id, "--as", CONTROLLER, **other)
    assert (ended.code, ended.out) == (0, f"{approval_id}: your yes is written down.\n")
    assert "a yes does not count" in ended.err


def test_a_list_that_is_cut_says_so(office: Office, tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings = load_settings(environment={"XERO_MCP_HOME": str(home)}, env_file=home / "none")

    async def ask_too_often() -> None:
        async with open_office(settings) as opened:
            for number in range(501):
                await opened.approvals.ask(
                    Request(
                        agent=f"clerk-{number % 3}",
                        organisation_id="one",
                        organisation_name="One",
                        tool="create-invoice",
                        digest=f"{number}",
                        rule="bigger bills",
                        reason="it is big",
                        terms=(((CONTROLLER,), 1),),
                        answer_within_seconds=3_600,
                    )
                )

    anyio.run(ask_too_often)
    ended = XeroMcp(home=home, folder=tmp_path)("approvals", "list", "--json")
    assert len(ended.json()) == 500
    assert "the newest 500" in ended.err
    assert office.run("approvals", "list").err == ""


def test_a_rejection_needs_a_reason_and_is_told(office: Office) -> None:
    approval_id = office.approval("asked too")
    unreasoned = office.run("approvals", "reject", approval_id, "--as", CONTROLLER)
    assert unreasoned.code == 2
    ended = office.run(
        "approvals", "reject", approval_id, "--as", CONTROLLER, "--reason", "Not ours."
    )
    assert ended.code == 0
    assert f"{approval_id}: rejected." in ended.out
    story = office.run("audit", "show", approval_id)
    assert "Not ours." in story.out
    assert office.run("approvals", "list", "--status", "rejected", "--json").json()[0]["id"] == (
        approval_id
    )


@pytest.mark.parametrize("command", ["show", "approve", "reject"])
def test_an_approval_that_is_not_there_is_told_in_a_line(office: Office, command: str) -> None:
    more = {"show": (), "approve": ("--as", CONTROLLER)}.get(
        command, ("--as", CONTROLLER, "--reason", "No.")
    )
    ended = office.run("approvals", command, "ap-NOSUCH", *more)
    assert ended.code == 1
    assert ended.is_one_clear_line


def test_a_changed_record_is_named_and_ends_with_1(office: Office, tmp_path: Path) -> None:
    home = tmp_path / "copy"
    home.mkdir(mode=0o700)
    shutil.copy2(office.run.home / "checkpoint.key", home)
    source = sqlite3.connect(office.run.home / "xero-mcp.db")
    target = sqlite3.connect(home / "xero-mcp.db")
    source.backup(target)
    source.close()
    for (name,) in target.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall():
        target.execute(f'DROP TRIGGER "{name}"')
    target.execute("UPDATE audit SET body = replace(body, '480.00', '4800.00') WHERE seq = 5")
    target.execute("UPDATE audit SET agent = 'nobody' WHERE seq = 3")
    target.commit()
    target.close()
    ended = XeroMcp(home=home, folder=home)("audit", "verify")
    assert ended.code == 1
    assert ended.out.startswith("wrong     Record 3 ")
    assert "The 2 records before it are as they were written." in ended.out


def test_where_nothing_was_recorded_lists_are_empty_and_say_so(xero_mcp: XeroMcp) -> None:
    for command in (("audit", "list"), ("approvals", "list"), ("audit", "reconcile")):
        ended = xero_mcp(*command, "--json")
        assert (ended.code, ended.json()) == (0, [])
        assert "Nothing is recorded yet" in ended.err
    assert xero_mcp("audit", "verify").code == 1
    assert not xero_mcp.home.exists()


@pytest.mark.parametrize(
    "command", ["audit list", "audit verify", "approvals list", "audit reconcile"]
)
def test_a_database_that_is_none_is_told_in_a_line(xero_mcp: XeroMcp, command: str) -> None:
    xero_mcp.home.mkdir()
    (xero_mcp.home / "xero-mcp.db").write_bytes(b"no database" * 1000)
    ended = xero_mcp(*command.split())
    assert ended.code == 3
    assert ended.is_one_clear_line
