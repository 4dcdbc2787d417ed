"""What the gate adds to a call: policy, claim, intent, outcome, beside the bare tool.

    python bench/gate.py [--calls 200] [--agent controller]

Everything runs in this process, over the demo company and a real database that is synced
to disk. The ways take turns, so that a busy machine slows all alike; the claim is what the gate
adds, beside what two chained records of the same size cost in plain sqlite3, each durable, in
the same folder. No gate can cost less than that. The second line of each tool is the same in
processor time, of all threads and of the system on their behalf.

A read that needs no request to Xero has both its records in one transaction; the last tool is
held to two, as each read is that asks Xero, though it does not ask.
"""

import argparse
import asyncio
import gc
import hashlib
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from xero_mcp.agents import Caller, launched_agent
from xero_mcp.app import House, open_house
from xero_mcp.gate.deciding import agent_scopes
from xero_mcp.gate.views import view_of
from xero_mcp.settings import load_settings
from xero_mcp.tools.catalog import CATALOG
from xero_mcp.xero.scoped import Grant

TOOLS = {tool.name: tool for tool in CATALOG}
WARM_UP = 120
"""So many calls until the write-ahead log is as long as it gets: while it grows, the disk has to
note its length as well, for us and for plain sqlite3 alike."""
BLOCK = 20
RECORD_BYTES = 1_200
"""A record of the audit log, about."""
Way = Callable[[], Awaitable[object]]


async def milliseconds(way: Way) -> float:
    began = time.perf_counter()
    await way()
    return (time.perf_counter() - began) * 1000


class Plain:
    """Two records of a call and nothing else: hashed, chained, each waited for until durable."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "plain.db", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute("CREATE TABLE log (seq INTEGER PRIMARY KEY, body TEXT, hash TEXT)")
        self._hash = "0" * 64

    async def two_records(self) -> None:
        for _ in range(2):
            body = self._hash + "x" * RECORD_BYTES
            self._hash = hashlib.sha256(body.encode()).hexdigest()
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute("INSERT INTO log (body, hash) VALUES (?, ?)", (body, self._hash))
            self._database.execute("COMMIT")

    def close(self) -> None:
        self._database.close()


def counted(store: Any, seen: Counter[str]) -> None:  # noqa: ANN401 - whichever store it is
    """Count its transactions by their kind, each of which is a hop to its thread and back."""

    def watched(kind: str, own: Any) -> Any:  # noqa: ANN401 - passed on as it is
        async def run(*given: Any) -> object:  # noqa: ANN401 - passed on as it is
            seen[kind] += 1
            return await own(*given)

        return run

    for kind in ("write", "brief", "quick", "read", "check"):
        setattr(store, kind, watched(kind, getattr(store, kind)))


async def compared(ways: Sequence[Way], calls: int) -> tuple[list[float], ...]:
    found = tuple(list[float]() for _ in ways)
    for number in range(calls + WARM_UP):
        for times, way in zip(found, ways, strict=True):
            taken = await milliseconds(way)
            if number >= WARM_UP:
                times.append(taken)
    return found


def report(name: str, bare: list[float], whole: list[float], plain: list[float]) -> None:
    low, high, least = (statistics.median(found) for found in (bare, whole, plain))
    added = high - low
    print(
        f"{name:16} {low:8.2f} ms {high:8.2f} ms {added:8.2f} ms {least:8.2f} ms "
        f"{added / least:6.2f}"
    )


async def measure(folder: Path, calls: int, agent: str) -> None:
    environment = {"XERO_MCP_HOME": str(folder / "home")}
    settings = load_settings(environment=environment, env_file=folder / "none")
    async with open_house(settings, demo=True) as house:
        caller = Caller(agent=launched_agent(agent), transport="bench")
        rooms = house.gate._rooms  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - the bare tool is what the gate hides
        policy = house.policies.in_force(agent, file=None).policy
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

        gc.collect()
        gc.freeze()  # as a server does before its first call
        ways: dict[str, tuple[str, Way, bool]] = {
            "what-can-i-do": ("what-can-i-do", bare_rights, False),
            "list-accounts": ("list-accounts", bare_accounts, False),
            "as if not kept": ("list-accounts", bare_accounts, True),
        }
        await against_plain(house, caller, ways, Plain(folder / "home"), calls)


async def against_plain(
    house: House, caller: Caller, ways: dict[str, tuple[str, Way, bool]], plain: Plain, calls: int
) -> None:
    rooms = house.gate._rooms  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - as above
    heads = "".join(f"{head:>12}" for head in ("bare", "gate", "added", "plain"))
    print(f"{'tool':16}{heads}  ratio")
    for name, (tool, bare, in_two) in ways.items():

        async def whole(tool: str = tool, *, in_two: bool = in_two) -> object:
            if in_two:  # as if Xero had had to be asked: the records are written apart
                rooms.asks_xero.add(tool)
            answer = await house.gate.call(caller, tool, {})
            assert not answer.is_error, answer.content
            return answer

        each = (bare, whole, plain.two_records)
        report(name, *await compared(each, calls))
        await told_of_each(rooms.store, each, calls)
    plain.close()


async def processor(ways: Sequence[Way], calls: int) -> tuple[float, ...]:
    """Milliseconds of processor time of all threads, each way for a block of calls in turn."""
    blocks = tuple(list[float]() for _ in ways)
    for _ in range(max(1, calls // BLOCK)):
        for spent, way in zip(blocks, ways, strict=True):
            began = time.process_time()
            for _ in range(BLOCK):
                await way()
            spent.append((time.process_time() - began) * 1000 / BLOCK)
    return tuple(map(statistics.median, blocks))


async def told_of_each(store: Any, ways: Sequence[Way], calls: int) -> None:  # noqa: ANN401 - whichever store it is
    """What one call is made of, whatever the machine."""
    bare, whole, plain = await processor(ways, calls)
    print(
        f"{'  processor':16} {bare:8.2f} ms {whole:8.2f} ms {whole - bare:8.2f} ms {plain:8.2f} ms "
        f"{(whole - bare) / plain:6.2f}"
    )
    seen = Counter[str]()
    counted(store, seen)
    await ways[1]()
    each = ", ".join(f"{count} {kind}" for kind, count in sorted(seen.items()))
    print(f"  transactions of a call: {each}")


def main() -> int:
    parser = argparse.ArgumentParser(description="What the gate adds to a call.")
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument(
        "--agent", default="controller", help="Whose policy; the auditor's limits rows read a day."
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(measure(Path(name), asked.calls, asked.agent))
    return 0


if __name__ == "__main__":
    sys.exit(main())
