"""What a conversation is over HTTP: a legacy stream is one, stateless requests are none."""

from typing import Any

from mcp import Client

from tests.gate.test_after_reading import AFTER
from tests.gate.world import World, bill
from tests.http.on_a_port import Served


async def code_of(client: Client, house: World, amount: str) -> str:
    answer = await client.call_tool("create-invoice", bill(house.supplier(), amount))
    content: dict[str, Any] = answer.structured_content or {}
    return content.get("error", {}).get("code", "ok")


async def test_two_streams_of_one_agent_are_two_conversations(served: Served):
    house, key = served.house, await served.key()
    house.rule(AFTER)
    async with served.client("sse", key=key) as reader, served.client("sse", key=key) as writer:
        assert not (await reader.call_tool("list-contacts", {})).is_error
        assert await code_of(reader, house, "1.00") == "APPROVAL_REQUIRED"
        assert await code_of(writer, house, "2.00") == "ok"


async def test_without_a_stream_what_the_agent_read_lately_counts(served: Served):
    house, key = served.house, await served.key()
    house.rule(AFTER)
    async with served.client("sse", key=key) as reader:
        assert not (await reader.call_tool("list-contacts", {})).is_error
    for way in ("modern", "legacy"):
        async with served.client(way, key=key) as writer:
            assert await code_of(writer, house, "3.00") == "APPROVAL_REQUIRED"
