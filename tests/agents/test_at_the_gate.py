"""What a key and a tied policy file mean for calls."""

import re
from pathlib import Path

from tests.gate.world import OPEN_POLICY, World, code_of, world
from xero_mcp.agents import Agent, Caller, launched_agent
from xero_mcp.gate.answers import GateAnswer

ROOT = "system user root"
READS_ONLY = re.sub(r"(contacts|invoices|bills|payments): \w+", r"\1: read", OPEN_POLICY)


async def tied(house: World, name: str = "bot-7", file: str = "readers.yaml") -> None:
    house.write_policy(READS_ONLY.replace("agent: clerk", "agent: readers"), name="readers")
    await house.office.agents.add(name, by=ROOT, policy_file=file)


async def seen(house: World, name: str) -> set[str]:
    return {card.name for card in await house.gate.visible(launched_agent(name))}


async def by_key(house: World, key: str) -> GateAnswer:
    agent = await house.office.agents.identify(key)
    assert isinstance(agent, Agent)
    return await house.gate.call(Caller(agent=agent, transport="http"), "list-accounts", {})


async def test_the_file_that_an_agent_is_tied_to_decides_also_on_stdio(house: World):
    await tied(house)
    assert code_of(await house.call("list-accounts", agent="bot-7")) == "ok"
    refused = await house.call("create-invoice", {}, agent="bot-7")
    assert code_of(refused) == "NOT_ALLOWED"
    assert "create-invoice" not in await seen(house, "bot-7")
    assert "list-invoices" in await seen(house, "bot-7")
    said = (await house.records(kind="outcome"))[-1]
    assert (said["agent"], said["policy_file"]) == ("bot-7", "readers.yaml")


async def test_a_tie_wins_over_the_file_of_the_agents_own_name(house: World):
    assert "create-invoice" in await seen(house, "clerk")
    await tied(house, "clerk")
    assert code_of(await house.call("create-invoice", {})) == "NOT_ALLOWED"
    assert "create-invoice" not in await seen(house, "clerk")
    await house.office.agents.revoke("clerk", by=ROOT)
    assert code_of(await house.call("create-invoice", {})) == "NOT_ALLOWED"


async def test_a_tie_to_a_file_that_is_not_there_allows_nothing(house: World):
    await tied(house, "clerk", "gone.yaml")
    refused = await house.call("list-accounts")
    assert code_of(refused) == "NOT_ALLOWED"
    assert "no policy file gone.yaml" in refused.content["error"]["message"]
    assert await seen(house, "clerk") == set()


async def test_a_tie_made_in_another_process_holds_for_the_next_call(tmp_path: Path):
    async with world(tmp_path) as first, world(tmp_path) as second:
        assert code_of(await second.call("list-accounts")) == "ok"
        await tied(first, "clerk", "gone.yaml")
        assert code_of(await second.call("list-accounts")) == "NOT_ALLOWED"


async def test_a_record_names_the_key_and_never_holds_it(house: World):
    key = await house.office.agents.add("clerk", by=ROOT)
    assert code_of(await by_key(house, key.text.reveal())) == "ok"
    records = await house.records(agent="clerk")
    outcome = records[-1]
    assert outcome["credential_fingerprint"] == key.fingerprint
    assert key.text.reveal().rpartition("_")[2] not in str(records)
    (given,) = await house.records(kind="key")
    assert given["says"] == (
        f"clerk got a key ({key.fingerprint}) from {ROOT}; clerk.yaml decides for it."
    )


async def test_a_key_that_is_revoked_while_its_call_waits_starts_nothing(house: World):
    key = await house.office.agents.add("clerk", by=ROOT)
    agent = await house.office.agents.identify(key.text.reveal())
    assert isinstance(agent, Agent)
    caller = Caller(agent=agent, transport="http")
    assert code_of(await house.gate.call(caller, "list-accounts", {})) == "ok"
    await house.office.agents.revoke("clerk", by=ROOT)
    before = house.processed("GET /Accounts")
    refused = await house.gate.call(caller, "list-accounts", {})
    assert code_of(refused) == "NOT_ALLOWED"
    assert "revoked while" in refused.content["error"]["message"]
    assert house.processed("GET /Accounts") == before


async def test_a_key_vouches_for_no_other_agent(house: World):
    key = await house.office.agents.add("auditor", by=ROOT)
    forged = Agent(name="clerk", credential_fingerprint=key.fingerprint)
    caller = Caller(agent=forged, transport="http")
    assert code_of(await house.gate.call(caller, "list-accounts", {})) == "NOT_ALLOWED"
