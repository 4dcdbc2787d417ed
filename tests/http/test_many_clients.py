"""Many clients at once, some slow, some rude: the others are served, nothing is kept of them."""

from contextlib import suppress

import anyio
import httpx2
from anyio.abc import SocketStream

from tests.http.on_a_port import HELLO, JSON_HEADERS, Served, request, until

STREAMS = 40
SLOW = 10
RUDE = 5


async def hold(served: Served, key: str, *, ready: list[int]) -> None:
    """A legacy stream that stays open."""
    headers = {"authorization": f"Bearer {key}", "accept": "text/event-stream"}
    async with served.socket() as stream:
        await stream.send(request("/sse", headers={**headers, "connection": "keep-alive"}))
        await stream.receive()
        ready.append(1)
        await anyio.sleep_forever()


async def crawl(stream: SocketStream) -> None:
    """A request that comes byte by byte, until the server has enough."""
    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        for letter in request("/mcp", method="POST") * 50:
            await stream.send(bytes([letter]))
            await anyio.sleep(0.02)


async def test_streams_slow_clients_and_rubbish_leave_the_others_alone(served: Served):
    key = await served.key()
    ready: list[int] = []
    answers: list[httpx2.Response] = []
    async with anyio.create_task_group() as group:
        for _ in range(STREAMS):
            group.start_soon(lambda: hold(served, key, ready=ready))

        async def slow() -> None:
            async with served.socket() as stream:
                await crawl(stream)

        async def rude() -> None:
            async with served.socket() as stream:
                await stream.send(b"\xff\x00" * 2_000)

        await until(lambda: len(ready) == STREAMS)
        assert served.front.sse.open_streams == STREAMS
        for _ in range(SLOW):
            group.start_soon(slow)
        for _ in range(RUDE):
            group.start_soon(rude)
        async with served.http(key) as http:
            answers += [
                await http.post("/mcp", json=HELLO, headers=JSON_HEADERS) for _ in range(10)
            ]
        group.cancel_scope.cancel()
    assert {answer.status_code for answer in answers} == {200}
    await until(lambda: served.front.sse.open_streams == 0)
