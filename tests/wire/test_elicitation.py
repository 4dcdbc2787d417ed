"""A client that answers every elicitation with yes: it approves nothing by that."""

from typing import Any

import mcp_types as t
from mcp import Client
from mcp.client.stdio import stdio_client

from tests.wire.bounds import ANSWER_SECONDS
from tests.wire.house import House
from tests.wire.session import bill

YES: dict[str, str | int | float | bool | list[str] | None] = {"approve": True, "confirm": "yes"}


async def test_an_answer_to_an_elicitation_approves_nothing(house: House):
    asked: list[object] = []

    async def always_yes(context: object, params: object) -> t.ElicitResult:
        del context
        asked.append(params)
        return t.ElicitResult(action="accept", content=YES)

    with (house.folder / "stderr.txt").open("w", encoding="utf-8") as errors:
        transport = stdio_client(house.parameters("ap-clerk"), errlog=errors)
        client = Client(
            transport, elicitation_callback=always_yes, read_timeout_seconds=ANSWER_SECONDS
        )
        heard: list[dict[str, Any]] = []
        async with client:
            found = await client.call_tool("list-contacts", {})
            assert found.structured_content
            contact = found.structured_content["rows"][0][0]
            for _ in range(3):
                result = await client.call_tool("create-invoice", bill(contact, "4000.00"))
                assert result.structured_content
                heard.append(result.structured_content)
    assert {one["error"]["code"] for one in heard} == {"APPROVAL_REQUIRED"}
    assert asked == []  # nobody's yes is asked for over the agent's own line
    assert not house.records(kind="intent", tool="create-invoice")
    (approval,) = house.records(kind="approval")
    assert "approver" not in approval["approval"]
    assert house.run("approvals", "list", "--status", "pending").stdout.count("ap-clerk") == 1
