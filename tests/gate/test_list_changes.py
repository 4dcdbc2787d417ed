"""A client hears that its tools have changed, once for each change."""

from tests.gate.test_suspension import stop
from tests.gate.world import OPEN_POLICY, World
from xero_mcp.agents import launched_agent
from xero_mcp.transport.list_changes import ListChanges
from xero_mcp.transport.subscriptions import Buses


class Client:
    """A connection that counts what it is told."""

    def __init__(self) -> None:
        self.told = 0

    async def send_tool_list_changed(self) -> None:
        self.told += 1


async def test_a_changed_policy_and_a_suspension_are_told_once_each(house: World):
    async def names_of(agent: str) -> list[str]:
        return [card.name for card in await house.gate.visible(launched_agent(agent))]

    client, changes = Client(), ListChanges(names_of, Buses())
    changes.shown("clerk", await names_of("clerk"), client, conversation="one")
    await changes.look()
    assert client.told == 0
    house.write_policy(OPEN_POLICY.replace("payments: post", "payments: off"))
    await changes.look()
    await changes.look()
    assert client.told == 1
    assert "create-payment" not in await names_of("clerk")
    await stop(house)
    await changes.look()
    assert client.told == 2


async def test_a_changed_rule_that_changes_no_tool_is_not_told(house: World):
    async def names_of(agent: str) -> list[str]:
        return [card.name for card in await house.gate.visible(launched_agent(agent))]

    client, changes = Client(), ListChanges(names_of, Buses())
    changes.shown("clerk", await names_of("clerk"), client, conversation="one")
    house.write_policy(f"{OPEN_POLICY}limits: {{ writes_per_hour: 3 }}\n")
    await changes.look()
    assert client.told == 0
