"""This server beside Xero's own MCP server: one command, one machine, one demo company.

    python bench/beside.py [--runs 9] [--package FOLDER]

Needs Node and npm. Xero's server is installed into a temporary folder, or kept in FOLDER,
and not changed: what it sends to Xero's hosts arrives at the demo company. The two take
turns, so that a busy machine slows both alike. Prints the tables of docs/bench.md.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib.metadata import version
from itertools import count
from pathlib import Path

import httpx2

from bench.beside_faults import fault_table
from bench.sides import Side, begin_anew, ours, result_of, says_error, text_of, theirs
from bench.xeros_own_server import PACKAGE, XerosOwnServer
from tests.wire.demo_process import DemoProcess, demo_process
from tests.wire.raw_server import RawServer

AT_ONCE = 50
CALLS = 20
"""Of a kind, to each server: together fewer than Xero allows in a minute."""
XERO_SECONDS = 0.2
"""What a request to Xero's real hosts takes, about; the demo company answers in a few ms."""
LONGEST_SECONDS = 180

Pair = tuple[float, float]
Sides = Callable[[], tuple[Side, Side]]
Servers = tuple[tuple[Side, RawServer], tuple[Side, RawServer]]


def row(what: str, found: Pair, unit: str = "", *, places: int = 0) -> str:
    mine, other = found
    shown = (f"{value:,.{places}f} {unit}".strip() for value in found)
    ratio = f"{mine / other:.2f}" if other else "-"
    return f"| {what} | {' | '.join(shown)} | {ratio} |"


@contextmanager
def both(demo: DemoProcess, sides: Sides) -> Generator[Servers]:
    """Both servers, greeted, with a state of their own, before books that begin anew."""
    begin_anew(demo)
    mine, own = sides()
    with mine.running() as one, own.running() as other:
        one.shake_hands()
        other.shake_hands()
        yield (mine, one), (own, other)


def cold_starts(sides: Sides, runs: int) -> str:
    times: tuple[list[float], list[float]] = ([], [])
    pair = sides()
    for number in range(runs + 1):
        for found, side in zip(times, pair, strict=True):
            began = time.perf_counter()
            with side.running() as server:
                server.shake_hands()
                server.ask("tools/list")
                taken = time.perf_counter() - began
            if number:  # the first round warms the disk
                found.append(taken * 1000)
    medians = statistics.median(times[0]), statistics.median(times[1])
    return row("cold start to the first `tools/list`", medians, "ms")


def memory(servers: Servers) -> Pair:
    """What of them lies in memory now, as the kernel counts it."""
    (_, mine), (_, other) = servers
    return _resident_mib(mine), _resident_mib(other)


def _resident_mib(server: RawServer) -> float:
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def lists(servers: Servers) -> list[str]:
    """What a model carries in every conversation, before it asked for anything."""
    found: list[tuple[int, int]] = []
    for _, server in servers:
        tools = server.ask("tools/list")["result"]["tools"]
        text = json.dumps(tools, separators=(",", ":"), ensure_ascii=False)
        found.append((len(tools), len(text.encode())))
    (mine, mine_bytes), (own, own_bytes) = found
    each = mine_bytes / mine, own_bytes / own
    return [
        row("tools in it", (mine, own)),
        row("bytes of it (about 4 to a token)", (mine_bytes, own_bytes)),
        row("bytes for each tool", each),
    ]


def sizes(servers: Servers) -> list[str]:
    """What a model reads to see so many invoices: all text of the answers."""
    lines: list[str] = []
    for invoices in (10, 100):
        found: list[int] = []
        for side, server in servers:
            results = [result_of(server, call) for call in side.invoices(invoices)]
            assert not any(failed(one) for one in results)
            found.append(sum(len(text_of(one).encode()) for one in results))
        calls = " and ".join(str(len(side.invoices(invoices))) for side, _ in servers)
        what = f"bytes of {invoices} invoices (in {calls} calls)"
        lines.append(row(what, (found[0], found[1])))
    return lines


def failed(result: dict[str, object]) -> bool:
    """Whether it is a failure, in whichever way it is told."""
    return says_error(result) or text_of(result).startswith("Error")


def requests(demo: DemoProcess, servers: Servers) -> str:
    found: list[float] = []
    for side, server in servers:
        with demo.counting() as counted:
            for _ in range(CALLS):
                result_of(server, side.invoices(10)[0])
        found.append(counted.total / CALLS)
    return row("requests to Xero for one `list-invoices`", (found[0], found[1]), places=1)


def durations(servers: Servers, what: str) -> str:
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(CALLS):
        for found, (side, server) in zip(times, servers, strict=True):
            began = time.perf_counter()
            result_of(server, side.invoices(10)[0])
            found.append((time.perf_counter() - began) * 1000)
    return row(what, (statistics.median(times[0]), statistics.median(times[1])), "ms")


def at_once(servers: Servers) -> list[str]:
    """Fifty calls together: how long until the last answer, and how many failed."""
    found: list[tuple[float, int]] = []
    for side, server in servers:
        call = side.invoices(10)[0]
        began = time.perf_counter()
        asked = [server.start_call(*call) for _ in range(AT_ONCE)]
        results = [server.answer(one, seconds=LONGEST_SECONDS)["result"] for one in asked]
        found.append((time.perf_counter() - began, sum(failed(one) for one in results)))
    (mine, mine_failed), (own, own_failed) = found
    what = f"{AT_ONCE} calls at once, Xero's limits in force, to the last answer"
    return [row(what, (mine, own), "s", places=1), row("of them failed", (mine_failed, own_failed))]


def as_far_as_xero(demo: DemoProcess, *, limits: bool = False) -> None:
    """Let every request take as long as over the internet."""
    demo.fault("latency", seconds=XERO_SECONDS, times=100_000)
    if limits:
        httpx2.post(f"{demo.url}/_demo/limits", json={"enforced": True}).raise_for_status()


def measured(demo: DemoProcess, sides: Sides, runs: int) -> list[str]:
    lines = [cold_starts(sides, runs)]
    with both(demo, sides) as servers:
        lines += lists(servers)
        lines.append(row("memory after it", memory(servers), "MiB"))
        lines += sizes(servers)
        lines.append(requests(demo, servers))
    with both(demo, sides) as servers:
        lines.append(durations(servers, "time of a call (median), the demo company beside it"))
    with both(demo, sides) as servers:
        as_far_as_xero(demo)
        away = f"the same, each request taking {XERO_SECONDS * 1000:.0f} ms, as over the internet"
        lines.append(durations(servers, away))
    with both(demo, sides) as servers:
        as_far_as_xero(demo, limits=True)
        lines += at_once(servers)
        lines.append(row("memory after that", memory(servers), "MiB"))
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description="This server beside Xero's own.")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--package", type=Path, help="keep Xero's server here, and use it again")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, demo_process(Path(name)) as demo:
        folder = Path(name)
        package = XerosOwnServer(asked.package or folder / "package")
        package.install()
        homes = (folder / f"home-{number}" for number in count())

        def sides(agent: str = "controller") -> tuple[Side, Side]:
            own = theirs(demo, folder, package)
            return ours(demo, next(homes), agent=agent), own

        lines = measured(demo, sides, asked.runs)
        faults = fault_table(demo, lambda: sides("beside"))
        its_version = package.version()  # while the folder that it is installed in is there
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores; ", end="")
    print(f"Python {platform.python_version()}, mcp {version('mcp')}; ", end="")
    print(f"Node {package.node_version()}, {PACKAGE} {its_version}\n")
    print("| | xero-mcp | Xero's own | ratio |\n|---|---|---|---|")
    print("\n".join(lines), "\n")
    print("\n".join(faults))
    return 0


if __name__ == "__main__":
    sys.exit(main())
