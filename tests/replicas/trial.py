"""One trial: a crowd of agents works through replicas of a firm, and things go wrong meanwhile."""

import json
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import psycopg
from anyio import to_thread

from tests.replicas.crowd import Crowd, Heard
from tests.replicas.firm import Firm, Place, firm
from tests.replicas.machine import Ticks, idle_share
from tests.replicas.watching import A_MINUTE, Watch
from tests.wire.demo_process import ORGANISATION, DemoProcess

Trouble = Callable[[Crowd], Coroutine[Any, Any, None]]
"""What goes wrong while the crowd works; it is over when the crowd is."""
TOOL = "create-invoice"


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much of it."""

    agents: int = 20
    calls_each: int = 30
    replicas: int = 3
    minute_seconds: float = 20.0
    """How long Xero's minute lasts. What a turn and a killed replica cost us is the same in any, so
    of a shorter one it is a greater part."""
    xero_seconds: float = 0.1
    """What Xero takes for a request."""
    bound_seconds: float = 300.0

    @property
    def calls(self) -> int:
        return self.agents * self.calls_each

    @property
    def settings(self) -> dict[str, str]:
        """What the demo company and the replicas have in common."""
        return {"XERO_MCP_DEMO_MINUTE_SECONDS": f"{self.minute_seconds:g}"}


@dataclass(kw_only=True)
class Seen:
    """What was seen."""

    size: Size
    agents: list[Heard]
    watch: Watch
    began: float
    seconds: float
    door: dict[str, int]
    """What the demo company counted for the organisation."""
    statuses: dict[str, int]
    tokens: int
    in_books: dict[str, list[str]]
    """Reference -> ids of every invoice that Xero holds."""
    records: list[dict[str, Any]]
    verified: str
    chain_is_valid: bool
    idle: float
    """The share of processor time that nobody wanted meanwhile."""

    @property
    def told(self) -> Counter[str]:
        """Every error that an agent heard, by code."""
        return sum((agent.told for agent in self.agents), Counter[str]())

    @property
    def made(self) -> dict[str, str]:
        """Every invoice that an agent heard to be made."""
        return {key: made for agent in self.agents for key, made in agent.made.items()}

    @property
    def failed(self) -> list[str]:
        return [one for agent in self.agents for one in agent.failed]

    @property
    def share_used(self) -> float:
        return self.watch.share_used(self.size.minute_seconds)

    @property
    def latest(self) -> float:
        """How late the most unlucky call was: 1 is its fair share of waiting.

        With even turns an agent's k-th call is done when all agents together have had k each:
        that moment is its fair share. Whoever is passed over comes later. The first minute's
        calls, which need not wait for any limit, are left out.
        """
        every = sorted(at for agent in self.agents for at in agent.done_at)
        return max(
            (at - self.began) / (every[place * len(self.agents) - 1] - self.began)
            for agent in self.agents
            for place, at in enumerate(agent.done_at, start=1)
            if place * len(self.agents) > A_MINUTE
        )

    def wrong_in_books(self) -> list[str]:
        """Writes that are lost, doubled, or not in the log as done."""
        wrong = [f"{key} was lost" for key in self.made if key not in self.in_books]
        logged = _done_by_the_log(self.records)
        for key, found in self.in_books.items():
            if len(found) > 1:
                wrong.append(f"{key} was done {len(found)} times")
            if self.made.get(key) != found[0]:
                wrong.append(f"{key} was told as {self.made.get(key)} and is {found[0]}")
            if key not in logged:
                wrong.append(f"{key} is in Xero, and no record says that it was done")
        return wrong


async def trial(
    folder: Path, demo: DemoProcess, database_url: str, size: Size, *, trouble: Trouble
) -> Seen:
    """Run one, and look at everything that it left."""
    contact = demo.some_contact()
    async with firm(
        folder,
        Place(database_url=database_url, xero_url=demo.url, more=size.settings),
        agents=size.agents,
        replicas=size.replicas,
    ) as house:
        demo.fault("latency", path="/*", times=1_000_000, seconds=size.xero_seconds)
        demo.limits(enforced=True)  # which also forgets what was asked till now
        before = demo.stats()
        crowd, watch = Crowd(house.replicas, contact, size.calls_each), Watch(demo.url)
        began, ticks = time.monotonic(), Ticks.now()
        with anyio.fail_after(size.bound_seconds):
            async with anyio.create_task_group() as beside:
                beside.start_soon(watch.keep_looking)
                beside.start_soon(trouble, crowd)
                await crowd.run(house.keys)
                beside.cancel_scope.cancel()
        seconds, idle = time.monotonic() - began, idle_share(ticks)
        stats = demo.stats()
        demo.clear_faults()
        demo.limits(enforced=False)
        verified = await to_thread.run_sync(_verify, house)
        return Seen(
            size=size,
            agents=crowd.agents,
            watch=watch,
            began=began,
            seconds=seconds,
            idle=idle,
            door=stats["organisations"][ORGANISATION],
            statuses=stats["by_status"],
            tokens=stats["tokens_issued"] - before["tokens_issued"],
            in_books=demo.referenced("agent-"),
            records=_records(database_url),
            verified=verified.stdout + verified.stderr,
            chain_is_valid=verified.returncode == 0,
        )


def _verify(house: Firm) -> Any:  # noqa: ANN401 - what subprocess gives
    return house.command("audit", "verify")


def _records(database_url: str) -> list[dict[str, Any]]:
    """The audit records, oldest first, read past the servers."""
    with psycopg.connect(database_url, connect_timeout=5) as connection:
        rows = connection.execute("SELECT body FROM audit ORDER BY seq").fetchall()
    return [json.loads(row[0]) for row in rows]


def _done_by_the_log(records: list[dict[str, Any]]) -> set[str]:
    """The references of all invoices that the log says were made."""
    intents = {
        one["id"]: str(one["arguments"]["reference"])
        for one in records
        if one["kind"] == "intent" and one["tool"] == TOOL
    }
    done = [one for one in records if one["kind"] == "outcome" and one["status"] == "ok"]
    return {intents[one["intent_id"]] for one in done if one["intent_id"] in intents}
