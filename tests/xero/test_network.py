import gzip
from collections.abc import AsyncIterator

import anyio
import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tests.xero.limited_upstream import LimitedXero, serving
from tests.xero.world import World
from xero_mcp.xero.models.invoice import Invoices
from xero_mcp.xero.network import (
    USER_AGENT,
    Answer,
    AnswerTooLargeError,
    BrokenError,
    Network,
    NetworkRules,
    Outgoing,
    UnsentError,
    in_process,
    network,
)


async def slow(request: Request) -> Response:
    del request
    await anyio.sleep(5)
    return Response("late")


async def zipped(request: Request) -> Response:
    assert "gzip" in request.headers["accept-encoding"]
    assert request.headers["user-agent"] == USER_AGENT
    return Response(gzip.compress(b"x" * 5000), headers={"Content-Encoding": "gzip"})


async def spoilt(request: Request) -> Response:
    del request
    return Response(b"no gzip", headers={"Content-Encoding": "gzip"})


async def elsewhere(request: Request) -> Response:
    del request
    return RedirectResponse("http://elsewhere.test/")


APP = Starlette(
    routes=[
        Route("/slow", slow),
        Route("/zipped", zipped),
        Route("/spoilt", spoilt),
        Route("/elsewhere", elsewhere),
    ]
)


async def fetch(path: str, rules: NetworkRules | None = None) -> Answer:
    sender = Network(in_process(APP), rules or NetworkRules())
    try:
        return await sender.send(Outgoing(method="GET", url=f"http://app.test{path}"))
    finally:
        await sender.close()


async def test_a_try_ends_in_time_whatever_the_other_side_does():
    with pytest.raises(BrokenError, match="TimeoutError"):
        await fetch("/slow", NetworkRules(attempt_seconds=0.05))


async def test_a_zipped_answer_is_unzipped_and_its_real_size_counts():
    assert (await fetch("/zipped")).body == b"x" * 5000
    with pytest.raises(AnswerTooLargeError):
        await fetch("/zipped", NetworkRules(max_answer_bytes=4999))


async def test_a_zipped_answer_that_is_none_is_no_answer():
    with pytest.raises(BrokenError, match="DecodingError"):
        await fetch("/spoilt")


async def test_a_redirect_is_not_followed():
    assert (await fetch("/elsewhere")).status == 307


async def test_nobody_there_is_unsent_over_the_real_network():
    with serving(LimitedXero(window="rolling")) as url:
        pass
    sender = Network(network(), NetworkRules())
    with pytest.raises(UnsentError, match="ConnectError"):
        await sender.send(Outgoing(method="GET", url=url))
    await sender.close()


async def test_a_connection_is_kept_for_the_next_request():
    upstream = LimitedXero(window="rolling", latency_seconds=0)
    opened: list[str] = []

    async def trace(event: str, info: object) -> None:
        del info
        if event == "connection.connect_tcp.complete":
            opened.append(event)

    def traced() -> httpx2.AsyncClient:
        client = network()()

        async def watch(request: httpx2.Request) -> None:
            request.extensions = {**request.extensions, "trace": trace}

        client.event_hooks["request"].append(watch)
        return client

    with serving(upstream) as url:
        sender = Network(traced, NetworkRules())
        for _ in range(3):
            await sender.send(Outgoing(method="GET", url=f"{url}/connections"))
        await sender.close()
    assert upstream.connection_requests == 3
    assert len(opened) == 1


def test_a_header_counts_only_where_it_is_a_plain_number():
    answer = Answer(status=200, headers={"a": "7", "b": "-1", "c": "x", "d": "9" * 30}, body=b"")
    assert [answer.whole_number(name) for name in "AbcdE"] == [7, None, None, None, None]


def test_a_request_does_not_show_its_headers_or_body():
    request = Outgoing(method="PUT", url="u", headers={"Authorization": "hush"}, body=b"hush")
    assert "hush" not in repr(request)


async def test_a_call_that_is_cancelled_under_way_is_noted_and_frees_its_place(world: World):
    started = anyio.Event()

    def hang(request: httpx2.Request) -> httpx2.Response:
        del request
        started.set()
        scope.cancel()
        return httpx2.Response(200, stream=Endless())

    class Endless(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            await anyio.sleep(60)
            yield b""

    world.upstream.api += [hang] * 6
    for _ in range(6):
        xero = world.scoped()
        with anyio.CancelScope() as scope:
            await xero.get("/Invoices", Invoices)
        assert scope.cancelled_caught
        assert [request.status for request in xero.requests] == [None]
    await world.scoped().get("/Invoices", Invoices)
