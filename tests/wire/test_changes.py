"""The tools that tell of changes, through a real MCP client over stdio."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import mcp_types as t
import pytest
from mcp import Client, MCPError
from mcp.client.stdio import stdio_client
from mcp.client.subscriptions import ResourceUpdated

from tests.gate.told import Put, guid, put_into
from tests.wire.bounds import ANSWER_SECONDS
from tests.wire.house import House
from tests.wire.session import Era, Session, session
from xero_mcp.app import Office, open_office, sealer
from xero_mcp.changes.sealed import Box
from xero_mcp.settings import load_settings

INVOICE = f"xero://Demo%20Company%20(Global)/invoices/{guid(1)}"
SHUT = f"xero://Demo%20Company%20(Global)/manual-journals/{guid(1)}"
KEPT = {"XERO_MCP_CATCH_UP_SECONDS": "86400"}


class Beside:
    """Another process of the same store, which notices changes."""

    def __init__(self, office: Office, organisation_id: str) -> None:
        self._office = office
        self._box = Box(sealer(office.settings))
        self._organisation_id = organisation_id

    async def put(self, number: int, **more: Any) -> None:  # noqa: ANN401 - of Put
        await put_into(
            self._office.store,
            self._box,
            Put(number=number, **more),
            organisation_id=self._organisation_id,
            at=self._office.clock.now(),
        )


@asynccontextmanager
async def beside(house: House, agent: Session) -> AsyncGenerator[Beside]:
    """Open the store of that house once more."""
    listed = await agent.good("list-settings", {"of": "organisations"})
    settings = load_settings(environment=house.full_environment(), env_file=house.folder / "none")
    async with open_office(settings) as office:
        yield Beside(office, listed["rows"][0][0])


async def test_without_a_feed_both_tools_say_what_the_operator_sets(house: House, era: Era):
    async with session(house, "bookkeeper", era=era) as agent:
        for name in ("list-changes", "wait-for-change"):
            heard = await agent.call(name)
            assert heard.code == "NOT_CONNECTED"
            assert "XERO_MCP_CATCH_UP_SECONDS" in heard.error["next_step"]


async def test_what_another_process_noticed_is_told_and_ends_a_wait(house: House, era: Era):
    house.environment |= KEPT
    async with session(house, "bookkeeper", era=era) as agent, beside(house, agent) as other:
        await other.put(1, now={"number": "INV-1", "contact": "Bolt", "status": "draft"})
        listed = await agent.call("list-changes", {"areas": ["invoices"]})
        assert listed.column("id") == [guid(1)]
        wrong = await agent.call("list-changes", {"areas": ["sales"]})
        assert wrong.code == "INVALID_ARGUMENTS"
        cursor = listed.content["cursor"]
        heard: list[dict[str, Any]] = []

        async def wait() -> None:
            sent = {"cursor": cursor, "areas": ["payments"], "timeout_seconds": 55}
            heard.append(await agent.good("wait-for-change", sent))

        with anyio.fail_after(ANSWER_SECONDS):
            async with anyio.create_task_group() as group:
                group.start_soon(wait)
                await other.put(2)
                await other.put(3, area="payments", now={"amount": "9.00", "number": "INV-1"})
        assert heard[0]["changed"] is True
        assert [row[2] for row in heard[0]["rows"]] == [guid(3)]
        spent = {"cursor": heard[0]["cursor"], "timeout_seconds": 1}
        assert (await agent.good("wait-for-change", spent))["changed"] is False


async def test_a_client_that_asks_for_progress_hears_of_it(house: House, era: Era):
    house.environment |= KEPT
    said: list[str | None] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        assert total == 1
        assert progress >= 0
        said.append(message)

    async with session(house, "bookkeeper", era=era) as agent:
        arguments = {"timeout_seconds": 1}
        answer = await agent.client.call_tool("wait-for-change", arguments, progress_callback=hear)
    content: dict[str, Any] = answer.structured_content or {}
    assert content["changed"] is False
    assert set(said) == {"waiting for a change"}


async def test_a_newer_client_hears_of_a_record_that_another_process_saw_change(house: House):
    house.environment |= KEPT
    async with session(house, "bookkeeper") as agent, beside(house, agent) as other:
        with anyio.fail_after(ANSWER_SECONDS):
            async with agent.client.listen(resource_subscriptions=[INVOICE, SHUT]) as events:
                assert events.honored.resource_subscriptions == [INVOICE]
                await other.put(2)
                await other.put(1)
                assert await anext(aiter(events)) == ResourceUpdated(uri=INVOICE)


async def test_an_older_client_subscribes_and_hears_until_it_takes_it_back(house: House):
    house.environment |= KEPT
    told: list[str] = []
    heard = anyio.Event()

    async def hear(message: object) -> None:
        if isinstance(message, t.ResourceUpdatedNotification):
            told.append(str(message.params.uri))
            heard.set()

    async def send(client: Client, wish: t.SubscribeRequest | t.UnsubscribeRequest) -> None:
        await client.session.send_request(wish, t.EmptyResult)

    transport = stdio_client(house.parameters("bookkeeper"))
    async with Client(transport, mode="legacy", message_handler=hear) as client:
        agent = Session(client, (await client.list_tools()).tools, house.folder / "none")
        async with beside(house, agent) as other:
            with anyio.fail_after(ANSWER_SECONDS):
                subscription = t.SubscribeRequestParams(uri=INVOICE)
                await send(client, t.SubscribeRequest(params=subscription))
                shut = t.SubscribeRequest(params=t.SubscribeRequestParams(uri=SHUT))
                with pytest.raises(MCPError, match="NOT_ALLOWED"):
                    await send(client, shut)
                await other.put(1)
                await heard.wait()
                back = t.UnsubscribeRequestParams(uri=INVOICE)
                await send(client, t.UnsubscribeRequest(params=back))
                await other.put(1, now={"status": "paid"})
                await agent.good("wait-for-change", {"timeout_seconds": 2})
    assert told == [INVOICE]
