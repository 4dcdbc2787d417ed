"""Changes over a real port: waits, and subscriptions of newer and older clients."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import mcp_types as t
import pytest
from mcp import Client, MCPError
from mcp.client.sse import sse_client
from mcp.client.subscriptions import ResourceUpdated

from tests.gate.told import READER, Fed, fed, guid
from tests.http.on_a_port import (
    ANSWER_SECONDS,
    MAX_POLLS,
    POLL_SECONDS,
    Served,
    serving,
    until,
)
from xero_mcp.clock import SystemClock

INVOICE = f"xero://Demo%20Company%20(Global)/invoices/{guid(1)}"
SHUT = f"xero://Demo%20Company%20(Global)/payments/{guid(1)}"


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Fed]:
    async with fed(tmp_path, clock=SystemClock()) as opened:
        yield opened


@pytest.fixture
async def served(told: Fed) -> AsyncIterator[Served]:
    async with serving(told.house) as site:
        yield site


@pytest.mark.parametrize("way", ["modern", "legacy", "sse"])
async def test_a_wait_tells_its_progress_and_ends_with_the_change_whatever_the_way(
    told: Fed, served: Served, way: str
):
    key = await served.key()
    heard: list[dict[str, Any]] = []
    said: list[str | None] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        del progress, total
        said.append(message)

    async def wait() -> None:
        async with served.client(way, key=key) as client:
            arguments = {"timeout_seconds": 55}
            answer = await client.call_tool("wait-for-change", arguments, progress_callback=hear)
            heard.append(answer.structured_content or {})

    with anyio.fail_after(ANSWER_SECONDS):
        async with anyio.create_task_group() as group:
            group.start_soon(wait)
            await until(lambda: said)
            await told.put(1)
    assert heard[0]["changed"] is True
    assert [row[2] for row in heard[0]["rows"]] == [guid(1)]
    assert set(said) == {"waiting for a change"}


async def test_a_server_that_stops_lets_a_wait_go_on_elsewhere(told: Fed, served: Served):
    key = await served.key()
    heard: list[dict[str, Any]] = []

    async def wait() -> None:
        async with served.client("modern", key=key) as client:
            await client.list_tools()  # it checks answers by them, and could not ask later
            answer = await client.call_tool("wait-for-change", {"timeout_seconds": 55})
            heard.append(answer.structured_content or {})

    await told.put(1)
    with anyio.fail_after(ANSWER_SECONDS):
        async with anyio.create_task_group() as group:
            group.start_soon(wait)
            await until_waiting(told)
            served.stop()
    assert (heard[0]["changed"], heard[0]["cursor"]) == (False, "c1")
    (outcome,) = await recorded(told, "outcome")
    assert outcome["status"] == "ok"


async def test_a_client_that_goes_ends_its_wait(told: Fed, served: Served):
    key = await served.key()
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as group:

            async def wait() -> None:
                async with served.client("modern", key=key) as client:
                    await client.call_tool("wait-for-change", {"timeout_seconds": 55})

            group.start_soon(wait)
            await until_waiting(told)
            scope.cancel()
    outcomes = await recorded(told, "outcome")
    assert [one["status"] for one in outcomes] == ["failed"]


async def test_a_newer_client_hears_of_what_it_may_read_and_is_told_of_what(
    told: Fed, served: Served
):
    key = await served.key()
    with anyio.fail_after(ANSWER_SECONDS):
        async with served.client("modern", key=key) as client:
            assert client.server_capabilities.resources is not None
            assert client.server_capabilities.resources.subscribe is True
            async with client.listen(resource_subscriptions=[INVOICE, SHUT]) as events:
                assert events.honored.resource_subscriptions == [INVOICE]
                await told.put(1, area="payments")
                await told.put(2)
                await told.put(1)
                event = await anext(aiter(events))
    assert event == ResourceUpdated(uri=INVOICE)
    await until(lambda: served.front.updates.subscriptions == 0)


async def subscribe(client: Client, uri: str) -> None:
    """As clients did before 2026-07-28; the library's own call of it warns."""
    wish = t.SubscribeRequest(params=t.SubscribeRequestParams(uri=uri))
    await client.session.send_request(wish, t.EmptyResult)


async def test_an_older_client_hears_on_its_stream_and_can_take_it_back(told: Fed, served: Served):
    key = await served.key()
    said: list[str] = []

    async def hear(message: object) -> None:
        if isinstance(message, t.ResourceUpdatedNotification):
            said.append(str(message.params.uri))

    transport = sse_client(f"{served.url}/sse", headers={"authorization": f"Bearer {key}"})
    with anyio.fail_after(ANSWER_SECONDS):
        async with Client(transport, mode="legacy", message_handler=hear) as client:
            await subscribe(client, INVOICE)
            with pytest.raises(MCPError, match="NOT_ALLOWED"):
                await subscribe(client, SHUT)
            await told.put(1)
            await until(lambda: said)
            back = t.UnsubscribeRequest(params=t.UnsubscribeRequestParams(uri=INVOICE))
            await client.session.send_request(back, t.EmptyResult)
            assert served.front.updates.subscriptions == 0
            await subscribe(client, INVOICE)
    assert said == [INVOICE]
    await until(lambda: served.front.updates.subscriptions == 0)


async def test_without_a_feed_nobody_is_promised_anything(tmp_path: Path):
    async with fed(tmp_path, is_kept=False) as told, serving(told.house, anybody="clerk") as site:
        for way in ("modern", "legacy", "sse"):
            async with site.client(way) as client:
                able = client.server_capabilities.resources
                assert able is not None
                assert able.subscribe is False, way
        async with (
            site.client("modern") as client,
            client.listen(resource_subscriptions=[INVOICE]) as events,
        ):
            assert not events.honored.resource_subscriptions


async def test_a_record_is_read_by_its_address(told: Fed, served: Served):
    told.house.write_policy(f"{READER}  payments: read\n")
    invoice = next(iter(told.house.books.table("Invoices")))
    payment = next(iter(told.house.books.table("Payments")))
    base = INVOICE.rpartition("/invoices/")[0]
    async with served.client("modern", key=await served.key()) as client:
        templates = (await client.list_resource_templates()).resource_templates
        assert "{organisation}/invoices/{id}" in {
            one.uri_template.removeprefix("xero://") for one in templates
        }
        sales = next(one for one in told.house.books.table("Invoices") if one["Type"] == "ACCREC")
        for uri, word in (
            (f"{base}/invoices/{sales['InvoiceID']}", sales["InvoiceID"]),
            (f"{base}/payments/{payment['PaymentID']}", payment["PaymentID"]),
            (f"{base}/contacts/{sales['Contact']['ContactID']}", sales["Contact"]["ContactID"]),
        ):
            content = (await client.read_resource(uri)).contents[0]
            assert isinstance(content, t.TextResourceContents)
            assert word in content.text
        with pytest.raises(MCPError, match="NOT_ALLOWED"):
            await client.read_resource(f"{base}/quotes/{invoice['InvoiceID']}")


async def until_waiting(told: Fed) -> None:
    """Until the call is written down: it waits by then, or finds what comes at its first look."""
    await recorded(told, "intent")


async def recorded(told: Fed, kind: str) -> list[dict[str, Any]]:
    """The records of that kind, once there is one."""
    for _ in range(MAX_POLLS):
        found = await told.house.records(kind=kind, tool="wait-for-change")
        if found:
            return found
        await anyio.sleep(POLL_SECONDS)
    raise AssertionError("it was not written down in time")
