"""Hundreds of clients that hold on to a server: most are quiet, some slow, some send rubbish.

    python bench/crowd.py http://127.0.0.1:8080/mcp [--clients 500] [--slow 50] [--rubbish 10]

A process of its own, so that its work is not the server's nor the one's who measures. It says
`open` when everybody is there, and goes when its input ends.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

OPEN: Final = "open"
LIFE_SECONDS: Final = 150
"""However it is forgotten, it ends by then."""
CONNECT_SECONDS: Final = 60
STEP_SECONDS: Final = 0.1
"""A slow client sends one byte, or takes so few, and then waits for so long."""
STEP_BYTES: Final = 512
RUBBISH_EVERY_SECONDS: Final = 0.05
ANSWER_SECONDS: Final = 1.0
MAX_READ: Final = 64 * 1024
AT_ONCE: Final = 40
"""How many connect at the same time: a queue of connections is not what is looked at."""

_META: Final[dict[str, Any]] = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
RUBBISH: Final = (
    b"\xff\x00" * 2_000,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x07" * 500,
    b"GET / HTTP/9.9\r\n\r\n",
    b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
    b"GET /" + b"a" * 70_000,
    b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{nonsense",
    b"\r\n" * 500,
)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Crowd:
    """All of them, and how many are there."""

    def __init__(self, url: str, size: int) -> None:
        address = urlsplit(url)
        self._host = address.hostname or "127.0.0.1"
        self._port = address.port or 80
        self._size = size
        self._connecting = asyncio.Semaphore(AT_ONCE)
        self._there: set[object] = set()
        self.complete = asyncio.Event()
        """Everybody was connected once, or holds a stream that was let through."""

    async def on_sse(self) -> None:
        """A legacy stream that stays open; what comes is read at once."""
        await self._hold(self._head("GET", "/sse"))

    async def on_listen(self) -> None:
        """The newer kind of stream: changes are listened for."""
        params: dict[str, Any] = {"notifications": {"toolsListChanged": True}, "_meta": _META}
        await self._hold(self._post("subscriptions/listen", params))

    async def slow_to_send(self) -> None:
        """A request that comes byte by byte; when the server has had enough, the next."""
        while True:
            _, writer = await self._connected()
            with suppress(OSError):
                for letter in self._head("POST", "/mcp") * 50:
                    writer.write(bytes([letter]))
                    await writer.drain()
                    await asyncio.sleep(STEP_SECONDS)
            writer.close()

    async def slow_to_read(self) -> None:
        """Asks for much, and takes it in drops."""
        reader, writer = await self._connected()
        while True:
            writer.write(self._post("tools/list", {"_meta": _META}))
            head = await reader.readuntil(b"\r\n\r\n")
            left = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            while left > 0:
                left -= len(await reader.readexactly(min(STEP_BYTES, left)))
                await asyncio.sleep(STEP_SECONDS)

    async def send_rubbish(self) -> None:
        """One piece after the other, each on a connection of its own."""
        while True:
            for rubbish in RUBBISH:
                with suppress(OSError, TimeoutError):
                    reader, writer = await self._connected()
                    writer.write(rubbish)
                    async with asyncio.timeout(ANSWER_SECONDS):
                        await reader.read(MAX_READ)
                    writer.close()
                await asyncio.sleep(RUBBISH_EVERY_SECONDS)

    async def _hold(self, request: bytes) -> None:
        reader, writer = await self._connected(counted=False)
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise SystemExit(f"a stream was refused: {head!r}")
        self._is_there()
        while await reader.read(MAX_READ):
            pass
        raise SystemExit("the server closed a stream that was held")

    async def _connected(self, *, counted: bool = True) -> Streams:
        async with self._connecting:
            streams = await asyncio.open_connection(self._host, self._port, limit=MAX_READ)
        if counted:
            self._is_there()
        return streams

    def _is_there(self) -> None:
        self._there.add(asyncio.current_task())
        if len(self._there) >= self._size:
            self.complete.set()

    def _head(self, method: str, path: str, **more: str) -> bytes:
        lines = {"host": f"{self._host}:{self._port}", "accept": "text/event-stream", **more}
        told = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items())
        return f"{method} {path} HTTP/1.1\r\n{told}\r\n".encode()

    def _post(self, method: str, params: dict[str, Any]) -> bytes:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        head = self._head(
            "POST",
            "/mcp",
            accept="application/json, text/event-stream",
            content_type="application/json",
            content_length=str(len(body)),
            mcp_protocol_version="2026-07-28",
            mcp_method=method,
        )
        return head + body


async def gather(options: argparse.Namespace) -> None:
    """Be that crowd until the input ends."""
    crowd = Crowd(options.url, options.clients)
    quiet, half = options.clients - options.slow - options.rubbish, options.slow // 2
    parts: list[tuple[Callable[[], Awaitable[None]], int]] = [
        (crowd.on_sse, quiet // 2),
        (crowd.on_listen, quiet - quiet // 2),
        (crowd.slow_to_send, half),
        (crowd.slow_to_read, options.slow - half),
        (crowd.send_rubbish, options.rubbish),
    ]
    async with asyncio.timeout(LIFE_SECONDS), asyncio.TaskGroup() as group:
        everybody = [group.create_task(_one(part)) for part, count in parts for _ in range(count)]
        async with asyncio.timeout(CONNECT_SECONDS):
            await crowd.complete.wait()
        sys.stdout.write(f"{OPEN}\n")
        sys.stdout.flush()
        await _end_of_input()
        for one in everybody:
            one.cancel()


async def _end_of_input() -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


async def _one(part: Callable[[], Awaitable[None]]) -> None:
    await part()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--slow", type=int, default=50)
    parser.add_argument("--rubbish", type=int, default=10)
    asyncio.run(gather(parser.parse_args()))


if __name__ == "__main__":
    main()
