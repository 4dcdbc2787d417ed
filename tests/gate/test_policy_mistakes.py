"""A policy file is spoilt while the server serves, or was never good."""

from pathlib import Path

import pytest

from tests.gate.world import OPEN_POLICY, World, bill, code_of, world
from xero_mcp.agents import Agent, launched_agent

MEGABYTE = 1024 * 1024
MISTAKES = {
    "a duplicate key": OPEN_POLICY + "agent: clerk\n",
    "an unknown key": OPEN_POLICY + "acces: {}\n",
    "a misspelt tool": OPEN_POLICY + "tools: { except: [create-invoise] }\n",
    "a wrong type": OPEN_POLICY.replace(
        "organisations: [Demo Company (Global)]", "organisations: 7"
    ),
    "an empty file": "",
    "blanks": "  \n\n",
    "ten megabytes": OPEN_POLICY + "#" * (10 * MEGABYTE),
    "no YAML": "agent: [clerk\n  {{{",
    "no text": "\x00\x01\x02",
    "a list": "- agent\n",
    "an anchor": OPEN_POLICY.replace("reports: read", "reports: &a read"),
    "an unknown level": OPEN_POLICY.replace("reports: read", "reports: everything"),
    "another agent's name": OPEN_POLICY.replace("agent: clerk", "agent: someone-else"),
    "an example that fails": OPEN_POLICY + "examples:\n  - { call: list-accounts, expect: deny }\n",
}


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_a_mistake_leaves_the_last_good_file_in_force_and_is_recorded(
    house: World, mistake: str
):
    assert code_of(await house.call("list-accounts")) == "ok"
    house.write_policy(MISTAKES[mistake])
    assert code_of(await house.call("list-accounts")) == "ok"
    assert code_of(await house.call("list-accounts")) == "ok"
    refused = await house.records(kind="policy", status="failed")
    assert len(refused) == 1
    assert "was not loaded" in refused[0]["says"]
    assert "clerk.yaml" in refused[0]["reason"]

    house.write_policy(OPEN_POLICY.replace("accounts: read", "accounts: off"))
    assert code_of(await house.call("list-accounts")) == "NOT_ALLOWED"


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_where_no_file_was_ever_good_all_is_denied_with_the_reason(
    tmp_path: Path, mistake: str
):
    async with world(tmp_path, policy=MISTAKES[mistake]) as house:
        heard = await house.call("list-accounts")
        assert code_of(heard) == "NOT_ALLOWED"
        assert "No policy is in force" in heard.content["error"]["message"]
        assert heard.content["error"]["details"]
        assert heard.content["error"]["details"][0]["message"].startswith("clerk.yaml")
        assert await house.gate.visible(_agent(house)) == []
        assert house.demo.premises.stats.shown()["requests"] == 0


async def test_the_last_good_file_ends_on_its_day(tmp_path: Path):
    policy = OPEN_POLICY.replace("purpose:", "expires: 2026-03-02\npurpose:")
    async with world(tmp_path, policy=policy) as house:
        assert code_of(await house.call("list-accounts")) == "ok"
        house.write_policy("spoilt: [")
        assert code_of(await house.call("list-accounts")) == "ok"
        house.clock.advance(24 * 3600)
        heard = await house.call("list-accounts")
        assert code_of(heard) == "NOT_ALLOWED"
        assert "2026-03-02" in heard.content["error"]["message"]
        assert await house.gate.visible(_agent(house)) == []


async def test_a_file_taken_away_takes_the_rights_with_it(house: World):
    await house.good("list-accounts")
    path = house.folder / "home" / "policies" / "clerk.yaml"
    path.unlink()
    assert code_of(await house.call("list-accounts")) == "NOT_ALLOWED"
    assert await house.gate.visible(_agent(house)) == []
    assert (await house.records(kind="policy"))[-1]["status"] == "failed"
    house.write_policy(OPEN_POLICY)
    assert code_of(await house.call("list-accounts")) == "ok"


async def test_the_whole_folder_taken_away_does_not_bring_the_shipped_policies_back(house: World):
    await house.good("list-accounts")
    (house.folder / "home" / "policies").rename(house.folder / "elsewhere")
    for agent in ("clerk", "controller", "auditor"):
        assert code_of(await house.call("list-accounts", agent=agent)) == "NOT_ALLOWED"


@pytest.mark.parametrize("agent", ["nobody", "ap-clerk"])
async def test_an_agent_without_a_file_may_do_nothing(house: World, agent: str):
    for tool in house.rooms.cards:
        assert code_of(await house.call(tool, agent=agent)) == "NOT_ALLOWED"
    assert house.demo.premises.stats.shown()["requests"] == 0


async def test_a_question_does_not_outlive_the_policy_that_asked_it(house: World):
    asks = OPEN_POLICY + (
        "rules:\n"
        "  - name: a person looks\n"
        "    for: [create-invoice]\n"
        '    ask_when: { total_over: "50.00 USD" }\n'
        "    ask: [controller@example.com]\n"
    )
    house.write_policy(asks)
    arguments = bill(house.supplier())
    assert code_of(await house.call("create-invoice", arguments)) == "APPROVAL_REQUIRED"
    first = (await house.office.approvals.list())[0]
    await house.office.approvals.approve(first.id, "controller@example.com")
    house.write_policy(asks.replace("50.00", "60.00"))
    heard = await house.call("create-invoice", arguments)
    assert code_of(heard) == "APPROVAL_REQUIRED"
    assert first.id not in heard.content["error"]["next_step"]


def _agent(house: World) -> Agent:
    return launched_agent(house.agent)
