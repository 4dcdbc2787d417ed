"""The kill switch."""

from pathlib import Path

from tests.gate.world import World, bill, code_of, world
from xero_mcp.agents import launched_agent
from xero_mcp.gate.suspension import Order, resume, suspend

ORDER = Order(agent="clerk", by="jane@example.com", reason="odd bills", system_user="jane")


async def stop(house: World) -> bool:
    return await suspend(house.office.store, house.office.audit, house.clock, ORDER)


async def test_a_suspended_agent_is_refused_everything_and_sees_no_tool(house: World):
    await house.good("list-accounts")
    assert await stop(house)
    assert not await stop(house)
    before = sum(house.demo.premises.stats.requests.values())
    for tool, arguments in [
        ("list-accounts", {}),
        ("create-invoice", bill(house.supplier())),
        ("what-can-i-do", {}),
    ]:
        refused = await house.call(tool, arguments)
        assert code_of(refused) == "NOT_ALLOWED"
        assert "suspended by jane@example.com" in refused.content["error"]["message"]
    assert sum(house.demo.premises.stats.requests.values()) == before
    assert await house.gate.visible(launched_agent("clerk")) == []


async def test_it_works_again_once_it_is_resumed_and_both_are_in_the_log(house: World):
    await stop(house)
    assert await resume(house.office.store, house.office.audit, house.clock, ORDER)
    assert not await resume(house.office.store, house.office.audit, house.clock, ORDER)
    await house.good("list-accounts")
    said = [one["says"] for one in await house.records(kind="policy") if "decision" in one]
    assert said == [
        "clerk was suspended by jane@example.com (not signed in; system user jane): odd bills.",
        "clerk was resumed by jane@example.com (not signed in; system user jane): odd bills.",
    ]


async def test_another_agent_goes_on_working(house: World):
    await stop(house)
    text = (house.folder / "home" / "policies" / "clerk.yaml").read_text(encoding="utf-8")
    house.write_policy(text.replace("agent: clerk", "agent: other"), name="other")
    assert code_of(await house.call("list-accounts", agent="other")) == "ok"


async def test_it_holds_at_once_in_another_process_of_the_same_store(tmp_path: Path):
    async with world(tmp_path) as first, world(tmp_path) as second:
        await second.good("list-accounts")
        await stop(first)
        assert code_of(await second.call("list-accounts")) == "NOT_ALLOWED"
