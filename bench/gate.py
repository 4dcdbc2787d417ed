"""What the gate adds to a call: policy, claim, intent, outcome, beside the bare tool.

    python bench/gate.py [--calls 200]

Everything runs in this process, over the demo company and a real database that is synced
to disk. The two ways take turns, so that a busy machine slows both alike; the claim is the
ratio of the medians and the milliseconds between them.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from xero_mcp.agents import Caller, launched_agent
from xero_mcp.app import open_house
from xero_mcp.gate.deciding import agent_scopes
from xero_mcp.gate.views import view_of
from xero_mcp.settings import load_settings
from xero_mcp.tools.catalog import CATALOG
from xero_mcp.xero.scoped import Grant

TOOLS = {tool.name: tool for tool in CATALOG}
WARM_UP = 5
Way = Callable[[], Awaitable[object]]


async def milliseconds(way: Way) -> float:
    began = time.perf_counter()
    await way()
    return (time.perf_counter() - began) * 1000


async def compared(bare: Way, whole: Way, calls: int) -> tuple[list[float], list[float]]:
    found: tuple[list[float], list[float]] = ([], [])
    for number in range(calls + WARM_UP):
        for times, way in zip(found, (bare, whole), strict=True):
            taken = await milliseconds(way)
            if number >= WARM_UP:
                times.append(taken)
    return found


def report(name: str, bare: list[float], whole: list[float]) -> None:
    low, high = statistics.median(bare), statistics.median(whole)
    tail = statistics.quantiles(whole, n=100)[98]
    print(
        f"{name:16} {low:8.2f} ms {high:8.2f} ms {high - low:8.2f} ms {high / low:7.1f} "
        f"{tail:8.2f} ms"
    )


async def measure(folder: Path, calls: int) -> None:
    environment = {"XERO_MCP_HOME": str(folder / "home")}
    settings = load_settings(environment=environment, env_file=folder / "none")
    async with open_house(settings, demo=True) as house:
        caller = Caller(agent=launched_agent("controller"), transport="bench")
        rooms = house.gate._rooms  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - the bare tool is what the gate hides
        policy = house.policies.in_force("controller").policy
        assert policy is not None
        scopes = agent_scopes(rooms, policy)
        one = (await rooms.xero.organisations(scopes))[0]
        view = view_of(policy, own=(), visible=rooms.cards.values())

        async def bare_accounts() -> object:
            reaches = frozenset((r.method, r.path) for r in TOOLS["list-accounts"].card.reaches)
            grant = Grant(organisation=one, reaches=reaches, scopes=scopes)
            tool: Any = TOOLS["list-accounts"]
            return await tool(tool.args(), rooms.xero.scoped(grant))

        async def bare_rights() -> object:
            tool: Any = TOOLS["what-can-i-do"]
            return await tool(tool.args(), view)

        print(f"{'tool':16} {'bare':>11} {'gate':>11} {'added':>11} {'ratio':>7} {'p99':>11}")
        for name, bare in (("what-can-i-do", bare_rights), ("list-accounts", bare_accounts)):

            async def whole(tool: str = name) -> object:
                answer = await house.gate.call(caller, tool, {})
                assert not answer.is_error, answer.content
                return answer

            report(name, *await compared(bare, whole, calls))


def main() -> int:
    parser = argparse.ArgumentParser(description="What the gate adds to a call.")
    parser.add_argument("--calls", type=int, default=200)
    calls = parser.parse_args().calls
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(measure(Path(name), calls))
    return 0


if __name__ == "__main__":
    sys.exit(main())
