"""How the way to the approval page reaches a person, and that an answer from there is no word."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import mcp_types as t
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.gate.world import OPEN_POLICY, World, bill, world
from tests.http.approval_site import ASKS, JANE, PUBLIC
from tests.http.on_a_port import Served, serving
from xero_mcp.approvals import pages_at
from xero_mcp.gate import Gate

Action = Literal["accept", "decline", "cancel"]
Answers = Callable[[t.ElicitRequestURLParams], Awaitable[Action]]
SAYS_YES: dict[str, str | int | float | bool | list[str] | None] = {"approve": True}


@asynccontextmanager
async def asking(folder: Path, *, public_url: str | None = PUBLIC) -> AsyncGenerator[Served]:
    """A house where bills need a person, behind a port."""
    async with world(folder, policy=OPEN_POLICY + ASKS) as house:
        house.rooms = replace(house.rooms, approval_pages=pages_at(public_url))
        house.gate = Gate(house.rooms)
        async with serving(house, anybody="clerk") as served:
            yield served


@asynccontextmanager
async def client_of(
    served: Served, answers: Answers, *, mode: Literal["auto", "legacy"] = "auto"
) -> AsyncGenerator[tuple[Client, list[t.ElicitRequestURLParams]]]:
    """An MCP client that opens pages for the person before it."""
    shown: list[t.ElicitRequestURLParams] = []

    async def on_elicit(context: object, params: object) -> t.ElicitResult:
        del context
        assert isinstance(params, t.ElicitRequestURLParams)
        shown.append(params)
        return t.ElicitResult(action=await answers(params), content=SAYS_YES)

    async with (
        served.http() as http,
        Client(
            streamable_http_client(f"{served.url}/mcp", http_client=http),
            mode=mode,
            elicitation_callback=on_elicit,
        ) as client,
    ):
        yield client, shown


async def accept(params: t.ElicitRequestURLParams) -> Action:
    del params
    return "accept"


def error_of(result: t.CallToolResult) -> dict[str, Any]:
    assert result.is_error
    assert result.structured_content
    return result.structured_content["error"]


async def waits(house: World) -> str:
    """The id of the one question that waits."""
    (approval,) = await house.office.approvals.list()
    assert approval.status.value == "pending"
    assert approval.decisions == ()
    return approval.id


async def test_a_client_that_opens_pages_is_sent_there_once_and_its_yes_approves_nothing(
    tmp_path: Path,
):
    async with asking(tmp_path) as served, client_of(served, accept) as (client, shown):
        house = served.house
        result = await client.call_tool("create-invoice", bill(house.supplier(), number="B-1"))
        approval_id = await waits(house)
        assert [one.url for one in shown] == [f"{PUBLIC}/approvals/{approval_id}"]
        assert "to decide" in shown[0].message
        assert error_of(result)["code"] == "APPROVAL_REQUIRED"
        assert f"decide at {PUBLIC}/approvals/{approval_id}" in error_of(result)["next_step"]
        assert house.invoices("B-1") == []
        assert await house.records(kind="intent", tool="create-invoice") == []


async def test_what_a_person_approved_on_the_page_goes_through_when_the_client_comes_back(
    tmp_path: Path,
):
    async with asking(tmp_path) as served:
        house = served.house

        async def approve(params: t.ElicitRequestURLParams) -> Action:
            approval_id = params.url.rpartition("/")[2]
            await house.office.approvals.approve(approval_id, JANE, authenticated=True)
            return "accept"

        async with client_of(served, approve) as (client, _):
            result = await client.call_tool("create-invoice", bill(house.supplier(), number="B-1"))
            assert not result.is_error
            assert len(house.invoices("B-1")) == 1


async def test_a_person_who_declines_to_open_the_page_has_decided_nothing(tmp_path: Path):
    for number, action in enumerate(("decline", "cancel")):

        async def say(params: t.ElicitRequestURLParams, said: Action = action) -> Action:
            del params
            return said

        async with asking(tmp_path / str(number)) as served:
            async with client_of(served, say) as (client, shown):
                result = await client.call_tool("create-invoice", bill(served.house.supplier()))
            assert len(shown) == 1
            assert error_of(result)["code"] == "APPROVAL_REQUIRED"
            await waits(served.house)


async def test_an_answer_that_nobody_asked_for_approves_nothing_either(tmp_path: Path):
    async with asking(tmp_path) as served, client_of(served, accept) as (client, shown):
        said = t.ElicitResult(action="accept", content=SAYS_YES)
        result = await client.call_tool(
            "create-invoice", bill(served.house.supplier()), input_responses={"approval": said}
        )
        assert error_of(result)["code"] == "APPROVAL_REQUIRED"
        assert shown == []
        await waits(served.house)


async def test_elsewhere_the_answer_itself_carries_the_link(tmp_path: Path):
    async with (
        asking(tmp_path) as served,
        client_of(served, accept, mode="legacy") as (legacy, shown),
        served.client() as without,
    ):
        for client in (legacy, without):
            error = error_of(
                await client.call_tool("create-invoice", bill(served.house.supplier()))
            )
            url = f"{PUBLIC}/approvals/{await waits(served.house)}"
            assert url in error["next_step"]
            assert {"path": "approval_page", "message": url} in error["details"]
        assert shown == []


async def test_the_page_is_served_beside_mcp_and_an_agents_key_opens_nothing_there(
    tmp_path: Path,
):
    async with asking(tmp_path) as served:
        await served.house.call("create-invoice", bill(served.house.supplier()))
        path = f"/approvals/{await waits(served.house)}"
        async with served.http(await served.key()) as http:
            page = await http.get(path)
            assert page.status_code == 200
            assert "Sign in to approve" in page.text
            assert "create a draft bill" not in page.text
            said = await http.post(f"{path}/approve", headers={"origin": served.url})
            assert said.status_code == 403
        await waits(served.house)


async def test_without_a_public_address_the_command_line_is_named_alone(tmp_path: Path):
    async with (
        asking(tmp_path, public_url=None) as served,
        client_of(served, accept) as (client, shown),
    ):
        error = error_of(await client.call_tool("create-invoice", bill(served.house.supplier())))
        approval_id = await waits(served.house)
        assert f"xero-mcp approvals show {approval_id}" in error["next_step"]
        assert "://" not in error["next_step"]
        assert shown == []
