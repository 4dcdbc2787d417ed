"""Every way in leads to the same gate, under the name that the key has."""

import json

import anyio
import pytest

from tests.gate.world import OPEN_POLICY, World
from tests.http.on_a_port import JSON_HEADERS, Served, serving, until

WAYS = ["modern", "legacy", "sse"]
OTHER_POLICY = OPEN_POLICY.replace("agent: clerk", "agent: other").replace(
    "contacts: full", "contacts: off"
)


@pytest.mark.parametrize("way", WAYS)
async def test_a_client_lists_and_calls_under_the_name_of_its_key(served: Served, way: str):
    async with served.client(way, key=await served.key()) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        answer = await client.call_tool("list-accounts", {})
    assert "create-invoice" in tools
    assert not answer.is_error
    [outcome] = await served.house.records(kind="outcome", tool="list-accounts")
    assert outcome["agent"] == "clerk"
    assert outcome["transport"] == ("sse" if way == "sse" else "http")
    assert outcome["credential_fingerprint"]
    # The legacy protocol without sessions says who it is in a request of its own.
    assert ("client" in outcome) == (way != "legacy")


@pytest.mark.parametrize("way", WAYS)
async def test_two_agents_see_what_is_theirs(served: Served, way: str):
    served.house.write_policy(OTHER_POLICY, "other")
    async with (
        served.client(way, key=await served.key()) as clerk,
        served.client(way, key=await served.key("other")) as other,
    ):
        clerks = {tool.name for tool in (await clerk.list_tools()).tools}
        others = {tool.name for tool in (await other.list_tools()).tools}
        answer = await other.call_tool("list-contacts", {})
    assert "list-contacts" in clerks - others
    assert answer.structured_content is not None
    assert answer.structured_content["error"]["code"] == "NOT_ALLOWED"


@pytest.mark.parametrize("way", WAYS)
async def test_who_brings_no_key_is_the_agent_of_the_command_line(house: World, way: str):
    async with serving(house, anybody="clerk") as site, site.client(way) as client:
        assert not (await client.call_tool("list-accounts", {})).is_error
    [outcome] = await house.records(kind="outcome", tool="list-accounts")
    assert outcome["agent"] == "clerk"


async def test_a_wrong_key_does_not_become_the_agent_of_the_command_line(house: World):
    async with serving(house, anybody="clerk") as site, site.http("xmcp_wrong") as http:
        answer = await http.post("/mcp", json={}, headers=JSON_HEADERS)
    assert answer.status_code == 401


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via"])
@pytest.mark.parametrize("path", ["/mcp", "/sse", "/messages/"])
async def test_what_a_proxy_passes_on_is_not_the_agent_of_the_command_line(
    house: World, name: str, path: str
):
    async with serving(house, anybody="clerk") as site, site.http() as http:
        method = "GET" if path == "/sse" else "POST"
        headers = {**JSON_HEADERS, name: "203.0.113.9"}
        answer = await http.request(method, path, headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/", "/mcp/", "/MCP", "/sse/", "/v1/mcp"])
async def test_a_path_that_is_none_of_ours_is_told_which_is(served: Served, path: str):
    async with served.http() as http:
        for method in ("GET", "POST"):
            answer = await http.request(method, path, headers=JSON_HEADERS)
            assert answer.status_code == 404
            assert "MCP is at /mcp" in answer.json()["message"]


async def test_any_replica_answers_any_request(served: Served):
    """Nothing is given out that only this process would know again."""
    async with served.http(await served.key()) as http:
        call: dict[str, object] = {
            "jsonrpc": "2.0",
            "id": 7,
            "method": "tools/call",
            "params": {"name": "list-accounts", "arguments": {}},
        }
        headers = {**JSON_HEADERS, "mcp-protocol-version": "2025-11-25"}
        answer = await http.post("/mcp", json=call, headers=headers)
    assert answer.status_code == 200
    assert "mcp-session-id" not in answer.headers
    assert '"is_error":true' not in answer.text
    assert '"id":7' in answer.text


async def test_a_legacy_stream_hears_that_its_tools_changed(served: Served):
    heard: list[str] = []

    key = await served.key()
    async with served.http(key) as http, http.stream("GET", "/sse") as stream:
        lines = stream.aiter_lines()
        address = ""
        async for line in lines:
            if line.startswith("data: /messages/"):
                address = line.removeprefix("data: ")
                break
        for message in _opening("tools/list"):
            assert (await http.post(address, json=message)).status_code == 202
        async for line in lines:
            if '"id":2' in line:
                break
        served.house.write_policy(OPEN_POLICY.replace("payments: post", "payments: off"))
        with anyio.fail_after(10):
            async for line in lines:
                if line.startswith("data: "):
                    heard.append(json.loads(line.removeprefix("data: "))["method"])
                    break
    assert heard == ["notifications/tools/list_changed"]


async def test_a_modern_client_that_listens_hears_of_its_own_agent_alone(served: Served):
    served.house.write_policy(OTHER_POLICY, "other")
    keys = {agent: await served.key(agent) for agent in ("clerk", "other")}
    heard: dict[str, list[str]] = {"clerk": [], "other": []}

    async with anyio.create_task_group() as group:

        async def listen(agent: str) -> None:
            async with (
                served.client(key=keys[agent]) as client,
                client.listen(tools_list_changed=True) as events,
            ):
                async for event in events:
                    heard[agent].append(type(event).__name__)

        group.start_soon(listen, "clerk")
        group.start_soon(listen, "other")
        await until(lambda: served.front.listening.open_streams == 2)
        served.house.write_policy(OPEN_POLICY.replace("payments: post", "payments: off"))
        await until(lambda: heard["clerk"])
        group.cancel_scope.cancel()
    assert heard == {"clerk": ["ToolsListChanged"], "other": []}


def _opening(method: str) -> list[dict[str, object]]:
    params = {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }
    return [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": method, "params": {}},
    ]
