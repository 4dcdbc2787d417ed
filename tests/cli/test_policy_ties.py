"""An agent's name means the file that decides for it, in every command about policies."""

from functools import partial
from pathlib import Path

import pytest

from tests.cli.command import XeroMcp
from tests.gate.world import OPEN_POLICY, world

TIE = "bot-7 is tied to auditor.yaml, which decides for it."


@pytest.fixture
def tied(xero_mcp: XeroMcp) -> XeroMcp:
    """bot-7 is tied to the shipped auditor; a file of its own name gives it nothing."""
    made = xero_mcp("agents", "add", "bot-7", "--policy", "auditor")
    assert made.code == 0, made.err
    return xero_mcp


def test_every_command_takes_the_file_that_the_agent_is_tied_to(tied: XeroMcp):
    for command in (("check",), ("test",), ("show",), ("diff", "auditor")):
        ended = tied("policy", *command, "bot-7")
        assert (ended.code, ended.err.strip()) == (0, TIE), command
    assert "auditor.yaml: good, " in tied("policy", "check", "bot-7").out
    assert tied("policy", "show", "bot-7").out.startswith("bot-7  (auditor.yaml, ")
    assert tied("policy", "show", "bot-7", "--json").json()["agent"] == "bot-7"
    own = tied("policy", "test", "auditor")
    assert (own.out, own.err) == (tied("policy", "test", "bot-7").out, "")
    same = "Nothing that an agent could notice is different."
    assert tied("policy", "diff", "bot-7", "auditor").out.strip() == same
    explained = tied("policy", "explain", "bot-7", "create-payment")
    assert explained.out.startswith("bot-7 calls create-payment: deny")
    assert explained.err.strip() == TIE


def test_a_file_of_its_own_name_does_not_decide_for_a_tied_agent(tied: XeroMcp):
    made = tied("policy", "new", "bot-7", "--like", "controller")
    assert made.code == 0
    assert "bot-7 is tied to auditor.yaml: that file decides for it, not this one." in made.err
    assert tied("policy", "check", "bot-7").code == 1
    missing = "bot-7 is tied to auditor.yaml, which is not in "
    assert missing in tied("policy", "show", "bot-7").err
    path = tied.home / "policies" / "bot-7.yaml"
    assert tied("policy", "check", str(path)).code == 0


async def test_a_replay_takes_the_calls_of_all_for_whom_the_file_decides(tmp_path: Path):
    async with world(tmp_path) as house:
        await house.office.agents.add("bot-7", by="system user root", policy_file="clerk.yaml")
        await house.office.agents.add("bot-8", by="system user root", policy_file="other.yaml")
        await house.good("list-accounts")
        assert not (await house.call("list-accounts", agent="bot-7")).is_error
        assert (await house.call("list-accounts", agent="bot-8")).is_error
    draft = OPEN_POLICY.replace("accounts: read", "accounts: off")
    (tmp_path / "draft.yaml").write_text(draft, encoding="utf-8")
    replay = partial(XeroMcp(tmp_path / "home", tmp_path), "policy", "replay")
    both = replay("draft.yaml")
    assert "Of 2 calls of clerk, bot-7 it would have refused 2" in both.out, both.err
    assert "allow -> deny  bot-7 list-accounts: " in both.out
    only = replay("draft.yaml", "--agent", "bot-7", "--json").json()
    assert [one["agent"] for one in only] == ["bot-7"]
    assert "Of 1 call it would have refused 1" in replay("draft.yaml", "--agent", "bot-7").out
    assert "1 call, all as they were." in replay("bot-7").out
    assert "2 calls of clerk, bot-7, all as they were." in replay("clerk").out


async def test_doctor_looks_at_the_approvers_of_the_file_that_decides(tmp_path: Path):
    async with world(tmp_path) as house:
        rule = "rules: [{{ name: a, ask_when: {{ period_locked: true }}, ask: [{who}] }}]\n"
        house.rule(rule.format(who="own@example.com"))
        other = OPEN_POLICY.replace("agent: clerk", "agent: other")
        house.write_policy(other + rule.format(who="tied@example.com"), "other")
        await house.office.agents.add("clerk", by="system user root", policy_file="other.yaml")
    run = XeroMcp(tmp_path / "home", tmp_path)
    checks = run("doctor", "--offline", "--json", XERO_MCP_AGENT="clerk").json()["checks"]
    (approvers,) = [one["says"] for one in checks if one["name"] == "approvers"]
    assert approvers.startswith("tied@example.com: no passphrase")
    assert "own@example.com" not in approvers
