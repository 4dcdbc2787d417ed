"""Cold start to the first tools/list: this server beside a bare mcp low-level server.

    python bench/cold_start.py [--runs 15]

Each run starts the process anew, shakes hands and asks for the tools; the three servers
take turns, so that a busy machine slows all of them alike. The claim is the ratio of the
medians: at most 1.3, with the tools that ship and with a hundred more.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT = 1.3
HUNDRED = 100
REPOSITORY = Path(__file__).resolve().parent.parent

BARE = """
import anyio, mcp_types as t
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

async def on_list_tools(ctx, params):
    schema = {"type": "object", "properties": {}}
    return t.ListToolsResult(tools=[t.Tool(name="one", description="One.", input_schema=schema)])

async def main():
    server = Server("bare", version="1", on_list_tools=on_list_tools)
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())

anyio.run(main)
"""

HANDSHAKE = (
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "bench", "version": "1"},
        },
    },
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
    {"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {}},
)


def first_list_seconds(command: list[str], environment: dict[str, str]) -> tuple[float, int]:
    """Start the server, ask for its tools; return the seconds it took and how many came."""
    started = time.perf_counter()
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=environment["PYTHONPATH"],  # -m looks in the working folder first
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for message in HANDSHAKE:
            process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()
        for line in process.stdout:
            answer = json.loads(line)
            if answer.get("id") == 2:
                taken = time.perf_counter() - started
                process.stdin.close()
                process.wait(timeout=10)
                return taken, len(answer["result"]["tools"])
    raise RuntimeError(f"{command[0]} went away before it listed its tools")


def with_a_hundred_tools(folder: Path) -> Path:
    """A copy of the package with a hundred more tools in its index, all open to the agent."""
    shutil.copytree(REPOSITORY / "xero_mcp", folder / "xero_mcp")
    shutil.copytree(REPOSITORY / "policies", folder / "policies")
    index = folder / "xero_mcp" / "tools" / "index.json"
    rows = json.loads(index.read_text(encoding="utf-8"))
    reads = [
        row for row in rows if row["area"] in {"accounts", "contacts"} and "area_by" not in row
    ]
    reads = [row for row in reads if row["access"] == "read" and "also_by" not in row]
    more = [
        reads[number % len(reads)] | {"name": f"extra-tool-{number}", "aliases": []}
        for number in range(HUNDRED)
    ]
    index.write_text(json.dumps(rows + more), encoding="utf-8")
    return folder


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bare = folder / "bare.py"
        bare.write_text(BARE, encoding="utf-8")
        hundred = with_a_hundred_tools(folder)
        plain = dict(os.environ) | {"XERO_MCP_HOME": str(folder / "home")}
        serve = [sys.executable, "-m", "xero_mcp", "serve", "--agent", "controller", "--demo"]
        servers = {
            "bare mcp low-level server": (
                [sys.executable, str(bare)],
                plain | {"PYTHONPATH": str(folder)},
            ),
            "xero-mcp": (serve, plain | {"PYTHONPATH": str(REPOSITORY)}),
            "xero-mcp, a hundred more": (serve, plain | {"PYTHONPATH": str(hundred)}),
        }
        times: dict[str, list[float]] = {label: [] for label in servers}
        counts: dict[str, int] = {}
        for number in range(runs + 1):
            for label, (command, environment) in servers.items():
                taken, counts[label] = first_list_seconds(command, environment)
                if number:  # the first round fills caches and makes the state folder
                    times[label].append(taken)
    base = statistics.median(times["bare mcp low-level server"])
    print(f"{'server':28} {'tools':>5} {'median':>9} {'ratio':>6}")
    worst = 0.0
    for label, found in times.items():
        median = statistics.median(found)
        worst = max(worst, median / base)
        print(f"{label:28} {counts[label]:5} {median * 1000:6.0f} ms {median / base:6.2f}")
    print(f"bound: {LIMIT} -> {'kept' if worst <= LIMIT else 'MISSED'}")
    return 0 if worst <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
