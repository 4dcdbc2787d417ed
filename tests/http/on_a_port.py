"""The house behind a real port, and the ways in which tests come to it."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from signal import Signals
from typing import Any

import anyio
import httpx2
from anyio.abc import SocketStream
from mcp import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

from tests.gate.world import World
from xero_mcp.agents import Agent, launched_agent
from xero_mcp.app.house import House
from xero_mcp.app.http import front_of
from xero_mcp.transport.http.patience import Patience
from xero_mcp.transport.http.running import listening, run_http
from xero_mcp.transport.http.site import Front

STOP_SECONDS = 15.0
ANSWER_SECONDS = 20.0
POLL_SECONDS = 0.01
MAX_POLLS = 1_500
MAX_ANSWER_BYTES = 4 * 1024 * 1024
QUICK = Patience(
    headers=0.5, body=1.0, sending=0.5, idle=5, recheck=0.05, ready=10.0, finishing=0.5, cutting=3.0
)
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
JSON_HEADERS = {
    "content-type": "application/json",
    "accept": "application/json, text/event-stream",
}


@dataclass
class Served:
    """A server that runs, and what a test may do to it."""

    house: World
    front: Front
    port: int
    keys: dict[str, str] = field(default_factory=dict[str, str])
    stopped: list[str] = field(default_factory=list[str])
    stop: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def key(self, agent: str = "clerk") -> str:
        """The agent's key, given at the first use."""
        if agent not in self.keys:
            made = await self.house.office.agents.add(agent, by="a test")
            self.keys[agent] = made.text.reveal()
        return self.keys[agent]

    @asynccontextmanager
    async def http(self, key: str = "") -> AsyncGenerator[httpx2.AsyncClient]:
        """A plain client, with this key."""
        headers = {"authorization": f"Bearer {key}"} if key else {}
        async with httpx2.AsyncClient(
            base_url=self.url, headers=headers, timeout=ANSWER_SECONDS, trust_env=False
        ) as client:
            yield client

    @asynccontextmanager
    async def client(self, way: str = "modern", *, key: str = "") -> AsyncGenerator[Client]:
        """A real MCP client: `modern`, `legacy` or `sse`."""
        if way == "sse":
            headers = {"authorization": f"Bearer {key}"} if key else {}
            async with Client(sse_client(f"{self.url}/sse", headers=headers)) as client:
                yield client
            return
        async with (
            self.http(key) as http,
            Client(
                streamable_http_client(f"{self.url}/mcp", http_client=http),
                mode="auto" if way == "modern" else "legacy",
            ) as client,
        ):
            yield client

    @asynccontextmanager
    async def socket(self) -> AsyncGenerator[SocketStream]:
        """A connection that speaks no HTTP by itself."""
        async with await anyio.connect_tcp("127.0.0.1", self.port) as stream:
            yield stream


@asynccontextmanager
async def serving(
    house: World,
    *,
    anybody: str | None = None,
    patience: Patience = QUICK,
    settings: Mapping[str, Any] | None = None,
) -> AsyncGenerator[Served]:
    """Serve that house on a port of its own, until the block ends or the test stops it."""
    office = replace(house.office, settings=replace(house.office.settings, **(settings or {})))
    who: Agent | None = launched_agent(anybody) if anybody else None
    built = House(
        office=office,
        gate=house.gate,
        policies=house.rooms.policies,
        rooms=house.rooms,
    )
    front = front_of(built, who, patience)
    taken = listening("127.0.0.1", 0)
    port: int = taken.getsockname()[1]
    send, signals = anyio.create_memory_object_stream[Signals](4)
    served = Served(house=house, front=front, port=port)
    served.stop = lambda: send.send_nowait(Signals.SIGTERM)

    async def on_stop(why: str) -> None:
        served.stopped.append(why)

    with taken, send, signals:
        async with anyio.create_task_group() as group:
            group.start_soon(_run, front, taken, signals, on_stop)
            try:
                await until_up(served)
                yield served
            finally:
                with anyio.move_on_after(STOP_SECONDS, shield=True):
                    if not served.stopped:
                        served.stop()
                    await until(lambda: served.stopped)
                group.cancel_scope.cancel()


async def _run(front: Front, taken: Any, signals: Any, on_stop: Any) -> None:  # noqa: ANN401
    await run_http(front, taken, signals, on_stop=on_stop)


async def until_up(served: Served) -> None:
    async with served.http() as http:
        answer = await http.get("/healthz")
    assert answer.status_code == 200


async def still_answers(served: Served) -> bool:
    """Whether it is there for others."""
    async with served.http() as http:
        return (await http.get("/healthz")).status_code == 200


async def until(happened: Callable[[], object]) -> None:
    """Look again and again until it has happened."""
    for _ in range(MAX_POLLS):
        if happened():
            return
        await anyio.sleep(POLL_SECONDS)
    raise AssertionError("it did not happen in time")


async def answer_of(stream: SocketStream) -> bytes:
    """Everything that comes until the server closes; nothing more is sent."""
    received = b""
    with anyio.fail_after(ANSWER_SECONDS):
        while len(received) < MAX_ANSWER_BYTES:
            try:
                received += await stream.receive()
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                return received
    raise AssertionError("the answer does not end")


def request(path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None) -> bytes:
    """The head of a request, closed after its answer."""
    lines = {"host": "127.0.0.1", "connection": "close", **(headers or {})}
    told = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"{method} {path} HTTP/1.1\r\n{told}\r\n".encode("latin-1")


def status_of(answer: bytes) -> int:
    """The status that an answer begins with; 0 where nothing came."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else 0
