"""Throughput over HTTP: a cached read through the whole house, beside a bare mcp server.

    python bench/http_throughput.py [--clients 64] [--calls 2000] [--rounds 3]

The servers are processes of their own on this machine: mcp's low-level server, which answers with
the very bytes that ours gave; ours, started for one agent; and ours, to which each request shows
the key of its agent. They take turns, so that a busy machine slows all alike; the claim is the
ratio of the medians.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import mcp_types as t

from bench.server_process import Running, started

TOOL = "list-accounts"
ROUND_SECONDS = 120
HEADERS = {
    "content-type": "application/json",
    "accept": "application/json, text/event-stream",
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/call",
    "mcp-name": TOOL,
}
POLICY = """\
agent: reader
owner: finance@example.com
organisations: [Demo Company (Global)]
access: { accounts: read }
"""
"""Without limits: a bench reads more in a minute than an agent may in a day."""
META: dict[str, Any] = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
CALL: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": TOOL, "arguments": {}, "_meta": META},
}


def serve_bare(answer: Path) -> None:
    """mcp's own server with one tool, which always says the same."""
    import uvicorn  # noqa: PLC0415 - only the process that serves needs it
    from mcp.server.lowlevel import Server  # noqa: PLC0415

    result = t.CallToolResult.model_validate_json(answer.read_bytes())

    async def on_list_tools(_context: Any, _params: Any) -> t.ListToolsResult:  # noqa: ANN401
        return t.ListToolsResult(tools=[t.Tool(name=TOOL, input_schema={"type": "object"})])

    async def on_call_tool(_context: Any, _params: Any) -> t.CallToolResult:  # noqa: ANN401
        return result

    server: Server[Any] = Server(
        "bare",
        on_list_tools=on_list_tools,
        on_call_tool=on_call_tool,
        get_tool_input_schema=lambda _: {"type": "object"},
    )
    app = server.streamable_http_app(stateless_http=True)
    config = uvicorn.Config(app, port=0, log_level="info", access_log=False)
    uvicorn.Server(config).run()


async def calls_a_second(url: str, *, clients: int, calls: int, key: str = "") -> float:
    """So many clients, each sending its next call when it has the answer to the last.

    They write and read bytes, and no more: a client that costs more than the server would be
    what is measured.
    """
    address = urlsplit(url)
    body = json.dumps(CALL).encode()
    told = {**HEADERS, "host": address.netloc, "content-length": str(len(body))}
    if key:
        told["authorization"] = f"Bearer {key}"
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    request = f"POST {address.path} HTTP/1.1\r\n{head}\r\n".encode() + body
    left = iter(range(calls))

    async def client() -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        for _ in left:
            writer.write(request)
            answer = await _answer(reader)
            if b'"isError":true' in answer:
                raise SystemExit(f"a call failed: {answer[:300]!r}")
        writer.close()

    began = time.perf_counter()
    async with asyncio.timeout(ROUND_SECONDS), asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(client())
    return calls / (time.perf_counter() - began)


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    _, has_length, rest = head.partition(b"content-length: ")
    if b" 200 " not in head.split(b"\r\n")[0] or not has_length:
        raise SystemExit(f"not the answer that was expected: {head!r}")
    return await reader.readexactly(int(rest.split(b"\r\n")[0]))


@dataclass(frozen=True, slots=True)
class _Round:
    """One server's turn."""

    calls_a_second: float
    processor_us: float
    """For each call."""


@dataclass(frozen=True, slots=True)
class _Side:
    """One of those that take turns."""

    name: str
    server: Running
    key: str = ""

    async def round(self, options: argparse.Namespace) -> _Round:
        before = self.server.processor_seconds()
        speed = await calls_a_second(
            self.server.mcp, clients=options.clients, calls=options.calls, key=self.key
        )
        used = (self.server.processor_seconds() - before) / options.calls
        return _Round(speed, used * 1e6)


async def measure(sides: list[_Side], options: argparse.Namespace) -> None:
    found: dict[str, list[_Round]] = {side.name: [] for side in sides}
    for _ in range(options.rounds + 1):
        for side in sides:
            found[side.name].append(await side.round(options))
    print(f"{options.clients} clients, {options.calls} calls of {TOOL} a round, {options.rounds}")
    first: _Round | None = None
    for name, rounds in found.items():
        seen = rounds[1:]  # the first warms up
        speed = statistics.median(one.calls_a_second for one in seen)
        used = statistics.median(one.processor_us for one in seen)
        first = first or _Round(speed, used)
        ratios = (
            f"{speed / first.calls_a_second:5.2f} (of processor {first.processor_us / used:.2f})"
        )
        print(f"{name:24} {speed:6.0f} calls/s, {used:5.0f} us of processor a call, {ratios}")


def key_of_reader(home: Path) -> str:
    """A key as remote agents show it."""
    made = subprocess.run(
        [sys.executable, "-m", "xero_mcp", "agents", "add", "reader"],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": ".", "XERO_MCP_HOME": str(home / "state")},
        capture_output=True,
        text=True,
        check=True,
    )
    return made.stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--calls", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bare", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        serve_bare(options.bare)
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        serve = ("-m", "xero_mcp", "serve", "--transport", "http", "--port", "0", "--demo")
        policies = home / "state" / "policies"
        policies.mkdir(parents=True)
        (policies / "reader.yaml").write_text(POLICY, encoding="utf-8")
        key = key_of_reader(home)
        with (
            started(*serve, "--agent", "reader", home=home) as ours,
            started(*serve, home=home) as keyed,
        ):
            answer = httpx2.post(ours.mcp, json=CALL, headers=HEADERS, timeout=60).json()
            if "result" not in answer:
                raise SystemExit(f"the first call failed: {answer}")
            kept = home / "answer.json"
            kept.write_text(json.dumps(answer["result"]), encoding="utf-8")
            with started(__file__, "--bare", str(kept), home=home) as bare:
                sides = [
                    _Side("bare mcp server", bare),
                    _Side("xero-mcp", ours),
                    _Side("xero-mcp, with a key", keyed, key),
                ]
                asyncio.run(measure(sides, options))


if __name__ == "__main__":
    main()
