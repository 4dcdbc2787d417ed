"""Where the processor time of a call over HTTP goes: the same answer, given by more and more of it.

    python bench/http_layers.py [--clients 64] [--calls 1000] [--rounds 3]

Five servers, each a process of its own, take turns: uvicorn alone, which sends the bytes; mcp's
bare low-level server; our HTTP with a gate that answers at once, the short way and the long way;
and the whole of ours.
"""

import argparse
import asyncio
import gc
import json
import statistics
import tempfile
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import anyio
import httpx2
import uvicorn

from bench.http_throughput import (
    CALL,
    HEADERS,
    POLICY,
    calls_a_second,
    serve_bare,
)
from bench.server_process import Running, started
from xero_mcp.agents import launched_agent
from xero_mcp.app import open_house
from xero_mcp.app.http import site_of
from xero_mcp.gate import Gate, GateAnswer
from xero_mcp.settings import load_settings
from xero_mcp.transport.http.running import listening, run_http, say_where
from xero_mcp.transport.http.site import Front
from xero_mcp.transport.stdio import end_signals

BARE, WHOLE = "mcp's bare low-level server", "the whole of ours"
VARIANTS: Final = {
    "wire": "uvicorn alone, the same bytes",
    "bare": BARE,
    "short": "our HTTP, a gate that answers at once",
    "long": "the same, without the short way",
}
AGENT: Final = "reader"


class AtOnce(Gate):
    """A gate that lets everything pass and knows the answer."""

    def __init__(self, gate: Gate, answer: GateAnswer) -> None:
        self.__dict__ = {**gate.__dict__, "answer": answer}
        self.answer: GateAnswer

    async def call(self, *_: Any, **__: Any) -> GateAnswer:  # noqa: ANN401 - whatever is asked
        return self.answer


def serve_wire(answer: bytes) -> None:
    """What the way through sockets and HTTP/1.1 costs by itself."""

    async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        while (await receive()).get("more_body") and scope["type"] == "http":
            pass
        headers = [(b"content-length", b"%d" % len(answer)), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    config = uvicorn.Config(
        app, port=0, http="h11", lifespan="off", log_level="info", access_log=False
    )
    uvicorn.Server(config).run()


async def serve_ours(answer: GateAnswer, *, has_short_way: bool) -> None:
    with tempfile.TemporaryDirectory() as home, end_signals() as signals:
        settings = load_settings(
            flags={"XERO_MCP_HOME": home}, environment={}, env_file=Path(home) / "none"
        )
        with closing(listening("127.0.0.1", 0)) as taken:
            async with open_house(settings, demo=True) as house:
                quick = replace(house, gate=AtOnce(house.gate, answer))
                site = replace(site_of(quick, launched_agent(AGENT)), has_short_way=has_short_way)
                gc.freeze()
                say_where(taken)
                await run_http(Front(site), taken, signals, on_stop=_nothing)


async def _nothing(why: str) -> None:
    del why


def serve(variant: str, kept: Path) -> None:
    """Be one of them until a signal comes."""
    whole = json.loads(kept.read_bytes())
    content = whole["structuredContent"]
    # As the rows of a list that the server keeps leave the gate: nobody can change them.
    answer = GateAnswer(content={**content, "rows": tuple(map(tuple, content["rows"]))})
    match variant:
        case "wire":
            serve_wire(json.dumps({"jsonrpc": "2.0", "id": 1, "result": whole}).encode())
        case "bare":
            serve_bare(kept)
        case _:
            anyio.run(lambda: serve_ours(answer, has_short_way=variant == "short"))


async def measure(servers: dict[str, Running], options: argparse.Namespace) -> None:
    used: dict[str, list[float]] = {name: [] for name in servers}
    for _ in range(options.rounds + 1):
        for name, server in servers.items():
            before = server.processor_seconds()
            await calls_a_second(server.mcp, clients=options.clients, calls=options.calls)
            used[name].append((server.processor_seconds() - before) / options.calls * 1e6)
    medians = {name: statistics.median(found[1:]) for name, found in used.items()}
    for name, found in medians.items():
        print(f"{name:40} {found:6.0f} us  {found / medians[BARE]:5.2f} of the bare server's")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--calls", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve[0], Path(options.serve[1]))
        return
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_servers:
        home = Path(folder)
        policies = home / "state" / "policies"
        policies.mkdir(parents=True)
        (policies / f"{AGENT}.yaml").write_text(POLICY, encoding="utf-8")
        whole = ("-m", "xero_mcp", "serve", "--transport", "http", "--port", "0", "--demo")
        ours = open_servers.enter_context(started(*whole, "--agent", AGENT, home=home))
        kept = home / "answer.json"
        answer = httpx2.post(ours.mcp, json=CALL, headers=HEADERS, timeout=60).json()
        kept.write_text(json.dumps(answer["result"]), encoding="utf-8")
        servers = {
            name: open_servers.enter_context(
                started(__file__, "--serve", variant, str(kept), home=home)
            )
            for variant, name in VARIANTS.items()
        }
        asyncio.run(measure({**servers, WHOLE: ours}, options))


if __name__ == "__main__":
    main()
