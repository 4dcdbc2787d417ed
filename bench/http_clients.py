"""Five hundred clients held open over HTTP, some slow, some sending rubbish: what a call pays.

    python bench/http_clients.py [--clients 500] [--slow 50] [--rubbish 10] [--calls 150]

The server, the crowd and the one who measures are processes of their own. Calls are measured
alone, then beside the crowd, then alone again, in turns; the claim is the ratio of the medians,
and the memory of the server.
"""

import argparse
import http.client
import json
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from urllib.request import urlopen

from bench.crowd import OPEN
from bench.http_throughput import CALL, HEADERS, POLICY
from bench.server_process import Running, started

FILES_NEEDED: Final = 1_200
"""Connections of one process, and what else it holds open."""
WARM_UP: Final = 20
GOODBYE_SECONDS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was measured, in milliseconds and megabytes."""

    alone_ms: float
    beside_ms: float
    memory_mb: tuple[float, ...]
    """At the start, and at the end of each turn with the crowd."""
    streams: tuple[int, ...]
    """That the server itself counted at the end of each of those turns."""

    @property
    def ratio(self) -> float:
        return self.beside_ms / self.alone_ms


def enough_files() -> bool:
    """Whether processes may hold so many connections; the limit is raised where that is allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= FILES_NEEDED or soft == resource.RLIM_INFINITY:
        return True
    if hard != resource.RLIM_INFINITY and hard < FILES_NEEDED:
        return False
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES_NEEDED, hard))
    return True


def measured(server: Running, *, crowd: tuple[int, int, int], calls: int, turns: int) -> Found:
    """Calls alone and beside the crowd, in turns."""
    call_times(server.mcp, WARM_UP)
    alone, beside = call_times(server.mcp, calls), list[float]()
    memory, streams = [server.memory_mb()], list[int]()
    for _ in range(turns):
        with gathered(server.mcp, crowd):
            call_times(server.mcp, WARM_UP)
            beside += call_times(server.mcp, calls)
            memory.append(server.memory_mb())
            streams.append(open_streams(server.mcp))
        alone += call_times(server.mcp, calls)
    return Found(
        alone_ms=statistics.median(alone) * 1e3,
        beside_ms=statistics.median(beside) * 1e3,
        memory_mb=tuple(memory),
        streams=tuple(streams),
    )


def open_streams(url: str) -> int:
    """Legacy streams and those of `subscriptions/listen`, as the server counts them."""
    with urlopen(url.replace("/mcp", "/metrics"), timeout=30) as answer:  # noqa: S310 - our own
        text = answer.read().decode()
    return sum(int(number) for number in re.findall(r"(?m)^xero_mcp_\w+_streams (\d+)$", text))


def call_times(url: str, calls: int) -> list[float]:
    """One client that sends its next call when it has the answer to the last."""
    address = urlsplit(url)
    line = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    body, times = json.dumps(CALL), list[float]()
    try:
        for _ in range(calls):
            began = time.perf_counter()
            line.request("POST", address.path, body, HEADERS)
            answer = line.getresponse()
            text = answer.read()
            times.append(time.perf_counter() - began)
            if answer.status != http.client.OK or b'"isError":true' in text:
                raise SystemExit(f"a call failed: {text[:300]!r}")
    finally:
        line.close()
    return times


@contextmanager
def gathered(url: str, crowd: tuple[int, int, int]) -> Generator[None]:
    """The crowd, there; it goes with the block."""
    clients, slow, rubbish = crowd
    options = ("--clients", str(clients), "--slow", str(slow), "--rubbish", str(rubbish))
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("crowd.py")), url, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if process.stdout is None or process.stdout.readline().strip() != OPEN:
            raise SystemExit("the crowd did not get in; it says why above")
        yield
        if process.poll() is not None:
            raise SystemExit("the crowd went before its time; it says why above")
    finally:
        # It ends by itself where its input does, and within its lifetime in any case.
        try:
            process.communicate(timeout=GOODBYE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(GOODBYE_SECONDS)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--slow", type=int, default=50)
    parser.add_argument("--rubbish", type=int, default=10)
    parser.add_argument("--calls", type=int, default=150)
    parser.add_argument("--turns", type=int, default=2)
    options = parser.parse_args()
    if not enough_files():
        raise SystemExit(f"`ulimit -n` must allow {FILES_NEEDED} open files here.")
    crowd = (options.clients, options.slow, options.rubbish)
    with tempfile.TemporaryDirectory() as folder, reading_server(Path(folder)) as server:
        found = measured(server, crowd=crowd, calls=options.calls, turns=options.turns)
    print(f"{options.clients} clients, {options.slow} slow, {options.rubbish} sending rubbish")
    print(f"a call alone     {found.alone_ms:6.1f} ms")
    print(f"beside the crowd {found.beside_ms:6.1f} ms")
    print(f"ratio            {found.ratio:6.2f}")
    print("streams held    ", *found.streams)
    print("memory          ", " ".join(f"{size:.0f}" for size in found.memory_mb), "MB")


@contextmanager
def reading_server(home: Path) -> Generator[Running]:
    """A server whose one agent may read accounts, for whoever reaches it."""
    policies = home / "state" / "policies"
    policies.mkdir(parents=True)
    (policies / "reader.yaml").write_text(POLICY, encoding="utf-8")
    serve = ("-m", "xero_mcp", "serve", "--transport", "http", "--port", "0", "--demo")
    with started(*serve, "--agent", "reader", home=home) as running:
        yield running


if __name__ == "__main__":
    main()
