"""The page on this machine, over real sockets: who is answered, and what ends the wait."""

import socket
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field

import anyio
import anyio.lowlevel
import pytest

from xero_mcp.xero.sign_in_callback import Callback, PortTakenError, listening
from xero_mcp.xero.sign_in_request import Redirect

BOUND_SECONDS = 10.0
OURS = "state=ours&code=c1"


def free_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def redirect_to(port: int) -> Redirect:
    return Redirect(uri=f"http://localhost:{port}/callback", port=port, path="/callback")


@dataclass
class Waiting:
    """A callback that somebody waits for."""

    port: int
    callback: Callback
    found: list[Mapping[str, str] | None] = field(default_factory=list[Mapping[str, str] | None])

    async def wait(self, timeout_seconds: float) -> None:
        self.found.append(
            await self.callback.wait(
                lambda query: query.get("state") == "ours", timeout_seconds=timeout_seconds
            )
        )

    async def ask(self, target: str, *, method: str = "GET", host: str = "127.0.0.1") -> str:
        return await self.send(f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n\r\n", host=host)

    async def send(self, text: str, *, host: str = "127.0.0.1") -> str:
        with anyio.fail_after(BOUND_SECONDS):
            async with await anyio.connect_tcp(host, self.port) as stream:
                await stream.send(text.encode())
                answer = b""
                while True:
                    try:
                        answer += await stream.receive()
                    except anyio.EndOfStream:
                        return answer.decode()


@asynccontextmanager
async def waiting(timeout_seconds: float = BOUND_SECONDS) -> AsyncGenerator[Waiting]:
    """Wait beside the block; after it, the wait is over."""
    port = free_port()
    with anyio.fail_after(2 * BOUND_SECONDS):
        async with listening(redirect_to(port)) as callback:
            made = Waiting(port=port, callback=callback)
            async with anyio.create_task_group() as group:
                group.start_soon(made.wait, timeout_seconds)
                yield made


async def test_the_browser_that_comes_back_ends_the_wait():
    async with waiting() as page:
        answer = await page.ask(f"/callback?{OURS}")
    assert answer.startswith("HTTP/1.1 200 ")
    assert "Go back to the terminal" in answer
    assert page.found == [{"state": "ours", "code": "c1"}]


async def test_no_page_shows_what_came_in():
    async with waiting() as page:
        answer = await page.ask(f"/callback?{OURS}&scope=<script>")
    assert "script" not in answer
    assert "text/plain" in answer


async def test_a_person_who_said_no_reads_so():
    async with waiting() as page:
        answer = await page.ask("/callback?state=ours&error=access_denied")
    assert "Access was not given" in answer
    assert page.found[0] is not None
    assert page.found[0]["error"] == "access_denied"


@pytest.mark.parametrize("query", ["state=theirs&code=x", "code=x", "", "state=ours&state=ours"])
async def test_another_state_is_sent_away_and_ours_still_counts(query: str):
    async with waiting() as page:
        foreign = await page.ask(f"/callback?{query}")
        assert page.found == []
        await page.ask(f"/callback?{OURS}")
    assert foreign.startswith("HTTP/1.1 400 ")
    assert "another sign-in" in foreign
    assert page.callback.foreign == 1
    assert page.found == [{"state": "ours", "code": "c1"}]


@pytest.mark.parametrize(
    "target", ["/", "/favicon.ico", f"/callback/?{OURS}", f"http://evil/callback?{OURS}"]
)
async def test_only_the_path_of_the_callback_is_answered(target: str):
    async with waiting() as page:
        answer = await page.ask(target)
        await page.ask(f"/callback?{OURS}")
    assert answer.startswith("HTTP/1.1 404 ")


@pytest.mark.parametrize("method", ["POST", "HEAD", "OPTIONS"])
async def test_only_a_get_is_answered(method: str):
    async with waiting() as page:
        answer = await page.ask(f"/callback?{OURS}", method=method)
        assert page.found == []
        await page.ask(f"/callback?{OURS}")
    assert answer.startswith("HTTP/1.1 405 ")


@pytest.mark.parametrize(
    "text",
    ["rubbish\r\n\r\n", "GET /callback\r\n\r\n", "\x00\r\n\r\n", "G\u00e9T / HTTP/1.1\r\n\r\n"],
)
async def test_rubbish_is_refused_and_ends_nothing(text: str):
    async with waiting() as page:
        answer = await page.send(text)
        await page.ask(f"/callback?{OURS}")
    assert answer.startswith("HTTP/1.1 400 ")
    assert page.found == [{"state": "ours", "code": "c1"}]


async def pour(port: int) -> None:
    with anyio.fail_after(BOUND_SECONDS):
        async with await anyio.connect_tcp("127.0.0.1", port) as stream:
            for _ in range(1_000):
                await stream.send(b"x" * 10_000)
                await anyio.lowlevel.checkpoint()


async def test_an_endless_head_is_cut_off():
    async with waiting() as page:
        with pytest.raises((anyio.BrokenResourceError, anyio.EndOfStream)):
            await pour(page.port)
        await page.ask(f"/callback?{OURS}")


async def test_connections_that_say_nothing_hold_nobody_up():
    async with waiting() as page:
        silent = [await anyio.connect_tcp("127.0.0.1", page.port) for _ in range(5)]
        await page.ask(f"/callback?{OURS}")
        for stream in silent:
            await stream.aclose()
    assert page.found == [{"state": "ours", "code": "c1"}]


async def test_the_second_of_two_callbacks_changes_nothing():
    async with waiting() as page:
        # Both are connected before either speaks.
        first = await anyio.connect_tcp("127.0.0.1", page.port)
        second = await anyio.connect_tcp("127.0.0.1", page.port)
        for stream, code in ((first, "c1"), (second, "c2")):
            line = f"GET /callback?state=ours&code={code} HTTP/1.1\r\n\r\n"
            await stream.send(line.encode())
        await first.aclose()
        await second.aclose()
    assert len(page.found) == 1
    assert page.found[0] is not None
    assert page.found[0]["code"] in {"c1", "c2"}


async def test_nobody_comes_and_the_wait_ends():
    async with waiting(timeout_seconds=0.05) as page:
        pass
    assert page.found == [None]


async def test_a_port_in_use_is_told():
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        with pytest.raises(PortTakenError):
            async with listening(redirect_to(port)):
                pass


async def test_the_port_is_free_again_afterwards():
    async with waiting() as page:
        await page.ask(f"/callback?{OURS}")
    async with listening(redirect_to(page.port)):
        pass
