"""A stop ends nothing in the middle that could end by itself, and writes down what it cuts off."""

from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import anyio
import httpx2
import pytest
from mcp_types import CallToolResult

from tests.gate.world import OPEN_POLICY, World, bill
from tests.http.on_a_port import (
    HELLO,
    JSON_HEADERS,
    QUICK,
    Served,
    answer_of,
    request,
    serving,
    status_of,
    until,
)
from xero_mcp.transport.http.exchange import Exchange, Told
from xero_mcp.transport.http.waits import Waits

WAYS = ["modern", "legacy", "sse"]
SLOW_SECONDS = 1.0
ENDLESS_SECONDS = 60.0


async def call_and_stop(site: Served, way: str, answers: list[object]) -> None:
    """A slow write is under way; the server is told to stop while Xero works on it."""
    async with anyio.create_task_group() as group:

        async def write() -> None:
            arguments = bill(site.house.supplier(), number="SLOW-1")
            try:
                async with site.client(way, key=await site.key()) as client:
                    await client.list_tools()  # it looks there what an answer is made of
                    answers.append(await client.call_tool("create-invoice", arguments))
            except* Exception as error:  # noqa: BLE001 - how the client hears of it is its own
                answers.append(error)

        group.start_soon(write)
        await until(lambda: site.front.meter.under_way)
        await until(lambda: site.house.processed("PUT /Invoices") or _waits(site))
        site.stop()
        await until(lambda: site.stopped)


def _waits(site: Served) -> bool:
    """Whether the write has come to Xero, which takes its time."""
    return all(fault["seen"] for fault in site.house.demo.premises.faults.shown())


@contextmanager
def one_more(site: Served) -> Generator[None]:
    """A request that is being answered for as long as the block lasts."""

    async def nothing(*_: object) -> Any:  # noqa: ANN401 - nobody asks
        raise AssertionError

    one = Exchange(nothing, nothing, Told([]), anyio.CancelScope(), Waits(1.0, lambda _: None))
    site.front.standing.begin(one, "POST")
    try:
        yield
    finally:
        site.front.standing.end(one)


async def hang_on_a_stream(served: Served, key: str) -> None:
    """Hold a legacy stream open until the server ends it, which no length announces."""
    with suppress(httpx2.RemoteProtocolError):
        async with served.http(key) as http, http.stream("GET", "/sse") as stream:
            async for _ in stream.aiter_lines():
                pass


@pytest.mark.parametrize("way", WAYS)
async def test_a_write_that_ends_in_time_is_answered_and_recorded(house: World, way: str):
    house.fault("latency", method="PUT", path="/Invoices", seconds=SLOW_SECONDS)
    answers: list[object] = []
    async with serving(house, patience=replace(QUICK, finishing=20.0)) as site:
        await call_and_stop(site, way, answers)
    [answer] = answers
    assert isinstance(answer, CallToolResult)
    assert not answer.is_error
    assert len(house.invoices("SLOW-1")) == 1
    [outcome] = await house.records(kind="outcome", tool="create-invoice")
    assert outcome["status"] == "ok"
    assert site.stopped == ["SIGTERM"]


@pytest.mark.parametrize("way", WAYS)
async def test_a_write_that_does_not_end_is_recorded_as_cut_off(house: World, way: str):
    house.fault("latency", method="PUT", path="/Invoices", seconds=ENDLESS_SECONDS)
    answers: list[object] = []
    async with serving(house, patience=replace(QUICK, finishing=0.1)) as site:
        await call_and_stop(site, way, answers)
        [outcome] = await house.records(kind="outcome", tool="create-invoice")
    assert outcome["status"] == "unknown"
    assert outcome["error_code"] == "OUTCOME_UNKNOWN"


async def test_a_server_that_stops_takes_no_new_work_and_says_so(house: World):
    house.fault("latency", method="PUT", path="/Invoices", seconds=SLOW_SECONDS)
    heard: list[httpx2.Response] = []
    async with serving(house, patience=replace(QUICK, finishing=20.0)) as site:
        key = await site.key()
        async with anyio.create_task_group() as group, site.http(key) as http:

            async def write() -> None:
                async with site.client(key=key) as client:
                    await client.list_tools()  # it looks there what an answer is made of
                    await client.call_tool("create-invoice", bill(house.supplier()))

            group.start_soon(write)
            await until(lambda: _waits(site) and site.front.meter.under_way)
            site.stop()
            await until(lambda: site.front.standing.stops)
            heard.append(await http.post("/mcp", json=HELLO, headers=JSON_HEADERS))
            heard.append(await http.get("/readyz"))
    refused, ready = heard
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    assert ready.status_code == 503
    assert ready.json()["server"] == "stopping"


async def test_a_server_that_stops_tells_its_balancer_while_calls_under_way_end(house: World):
    house.fault("latency", method="PUT", path="/Invoices", seconds=SLOW_SECONDS)
    heard: list[httpx2.Response] = []
    answers: list[CallToolResult] = []
    async with serving(house, patience=replace(QUICK, finishing=20.0)) as site:
        key = await site.key()
        async with anyio.create_task_group() as group, site.http() as kept_open:

            async def write() -> None:
                async with site.client(key=key) as client:
                    await client.list_tools()  # it looks there what an answer is made of
                    arguments = bill(house.supplier(), number="LAST-1")
                    answers.append(await client.call_tool("create-invoice", arguments))

            heard.append(await kept_open.get("/healthz"))
            group.start_soon(write)
            await until(lambda: _waits(site) and site.front.meter.under_way)
            with one_more(site):  # for as long as the test looks
                site.stop()
                await until(lambda: site.front.standing.stops)
                heard.append(await kept_open.get("/healthz"))
                async with site.http() as new:
                    heard.append(await new.get("/healthz"))
    assert [told.status_code for told in heard] == [200, 503, 503]
    assert [told.json().get("server") for told in heard] == [None, "stopping", "stopping"]
    assert [answer.is_error for answer in answers] == [False]
    assert len(house.invoices("LAST-1")) == 1


async def test_open_streams_do_not_hold_a_stop_up(served: Served):
    key, listening = await served.key(), anyio.Event()
    async with anyio.create_task_group() as group:

        async def listen() -> None:
            async with (
                served.client(key=key) as client,
                client.listen(tools_list_changed=True) as events,
            ):
                listening.set()
                async for _ in events:
                    pass

        async def hang() -> None:
            await hang_on_a_stream(served, key)

        group.start_soon(listen)
        group.start_soon(hang)
        await until(lambda: listening.is_set() and served.front.sse.open_streams)
        served.stop()
        with anyio.fail_after(10):
            await until(lambda: served.stopped)
        group.cancel_scope.cancel()


async def test_a_revoked_key_ends_what_it_opened_and_no_more(served: Served):
    served.house.write_policy(OPEN_POLICY.replace("agent: clerk", "agent: other"), "other")
    keys = {agent: await served.key(agent) for agent in ("clerk", "other")}
    ended: list[str] = []
    heard: list[httpx2.Response] = []
    async with anyio.create_task_group() as group:

        async def hang(agent: str) -> None:
            await hang_on_a_stream(served, keys[agent])
            ended.append(f"{agent} sse")

        async def listen(agent: str) -> None:
            async with (
                served.client(key=keys[agent]) as client,
                client.listen(tools_list_changed=True) as events,
            ):
                async for _ in events:
                    pass
                ended.append(f"{agent} listen")

        for agent in keys:
            group.start_soon(hang, agent)
            group.start_soon(listen, agent)
        front = served.front
        await until(lambda: front.listening.open_streams == front.sse.open_streams == 2)
        await served.house.office.agents.revoke("clerk", by="a test")
        await until(lambda: len(ended) == 2)
        async with served.http(keys["clerk"]) as http:
            heard.append(await http.post("/mcp", json=HELLO, headers=JSON_HEADERS))
        assert front.listening.open_streams == front.sse.open_streams == 1
        group.cancel_scope.cancel()
    assert sorted(ended) == ["clerk listen", "clerk sse"]
    assert [answer.status_code for answer in heard] == [401]


async def test_a_revoked_key_ends_the_stream_that_is_waited_at(served: Served):
    keys = {agent: await served.key(agent) for agent in ("clerk", "other")}
    async with served.socket() as clerks, served.socket() as others:
        for stream, agent in ((clerks, "clerk"), (others, "other")):
            bearer = {"authorization": f"Bearer {keys[agent]}", "accept": "text/event-stream"}
            await stream.send(request("/mcp", headers={**bearer, "connection": "keep-alive"}))
            assert status_of(await stream.receive()) == 200
        await served.house.office.agents.revoke("clerk", by="a test")
        assert b"HTTP/1.1" not in await answer_of(clerks), "it ends, and that is all"
        with anyio.move_on_after(0.3) as waited:
            await others.receive()
        assert waited.cancelled_caught, "the other agent's goes on"
