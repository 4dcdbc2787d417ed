"""Where a storm blows: a demo company, servers that receive, and a look into their store."""

from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

import anyio
from anyio import to_thread

from tests.changes.storm import KEY, Books, Storm, Told
from tests.replicas.replica import Replica
from tests.wire.demo_process import DemoProcess, demo_process
from xero_mcp.app import Office, feed_of, open_office
from xero_mcp.changes import gaps
from xero_mcp.changes.resources import INVOICES
from xero_mcp.settings import load_settings
from xero_mcp.store.base import Tables
from xero_mcp.tool.feed import Change

REPEATS = 0.3
FORGED = 0.05
LATE = 0.1
"""Of a wave, what comes only with the next one."""
HOUR = 3_600
IN_THE_GAP = "in the gap"
TOLERANCE = timedelta(seconds=2)
MINUTE_SECONDS = "1"
"""Of the limits: nobody waits for Xero's."""
MAX_LOOKS = 1_200
LOOK_SECONDS = 0.1
PAGE = 1_000


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a storm came to."""

    deliveries: int
    events: int
    changes: int
    readings: int
    """Requests to Xero for lists of invoices."""
    p99_ms: float


class Scene:
    """What a test holds of it."""

    def __init__(self, demo: DemoProcess, replicas: Sequence[Replica]) -> None:
        self.demo = demo
        self.replicas = replicas
        self.books = Books(demo.url)
        chance = Random(7)  # noqa: S311 - a storm that is the same in every run
        self.storm = Storm(books=self.books, replicas=replicas, chance=chance)

    @asynccontextmanager
    async def office(self) -> AsyncGenerator[Office]:
        replica = self.replicas[0]
        environment = {"XERO_MCP_HOME": str(replica.folder / "home"), **replica.settings}
        settings = load_settings(environment=environment, env_file=replica.folder / "none")
        async with open_office(settings) as office:
            yield office

    async def settled(self, office: Office, *, gap: int) -> list[Change]:
        """The feed, once nothing is left to be read and so many changes of the gap are in it."""
        left, found = 0, list[Change]()
        for _ in range(MAX_LOOKS):
            left = await office.store.read(lambda tables: tables.change_work.waiting())
            found = await _all_of(office)
            in_gap = sum(one.now.get("reference") == IN_THE_GAP for one in found)
            if not left and in_gap >= gap:
                return found
            await anyio.sleep(LOOK_SECONDS)
        raise AssertionError(f"{left} things are still to be read, {len(found)} changes came")

    async def restart(self, number: int) -> None:
        """In the middle of whatever it does."""
        replica = self.replicas[number % len(self.replicas)]
        await to_thread.run_sync(replica.kill)
        await to_thread.run_sync(replica.start)

    async def begun(self, office: Office) -> None:
        """Wait until the server knows from when on it asks."""
        for _ in range(MAX_LOOKS):
            if await office.store.read(lambda tables: tables.change_work.positions()):
                return
            await anyio.sleep(LOOK_SECONDS)
        raise AssertionError("the server keeps no feed")


async def _all_of(office: Office) -> list[Change]:
    feed = feed_of(office)
    found: list[Change] = []
    for _ in range(PAGE):
        part = await feed.after(found[-1].cursor if found else 0, limit=PAGE)
        found += part
        if len(part) < PAGE:
            return found
    raise AssertionError("there is no end of the feed")


@asynccontextmanager
async def scene(
    folder: Path, *, replicas: int = 1, more: Mapping[str, str] | None = None
) -> AsyncGenerator[Scene]:
    with demo_process(folder) as demo:
        demo.begin_anew()
        given = {
            "XERO_API_URL": demo.url,
            "XERO_IDENTITY_URL": demo.url,
            "XERO_LOGIN_URL": demo.url,
            "XERO_CLIENT_ID": "demo",
            "XERO_CLIENT_SECRET": "demo-secret",
            "XERO_WEBHOOK_KEY": KEY.reveal(),
            "XERO_MCP_DEMO_MINUTE_SECONDS": MINUTE_SECONDS,
            **(more or {}),
        }
        running = [Replica(folder / f"replica-{number}", given) for number in range(replicas)]
        opened = Scene(demo, running)
        try:
            for one in running:
                await to_thread.run_sync(one.start)
            yield opened
        finally:
            opened.books.close()
            for one in running:
                one.kill()


async def blow(opened: Scene, office: Office, *, invoices: int, waves: int) -> list[Change]:
    """The whole story; return the feed at its end."""
    storm, books = opened.storm, opened.books
    ids, apart = books.make(invoices), books.make(invoices // 10)
    late: list[Told] = []
    for wave in range(waves):
        changed = storm.events_of(books.mark(ids, f"wave {wave}"))
        held = storm.some_of(changed, LATE if wave < waves - 1 else 0)
        now = [*late, *(one for one in changed if one not in held)]
        async with anyio.create_task_group() as group:
            group.start_soon(partial(storm.deliver, now, repeats=REPEATS, forged=FORGED))
            if wave in {1, waves // 2}:
                group.start_soon(opened.restart, wave)
        late = held
        if wave == waves // 2:  # of this hour nobody tells
            opened.demo.advance(HOUR)
            books.sign_in()
            storm.events_of(books.mark(apart, IN_THE_GAP))
    await office.store.write(partial(a_minute_later, now=office.clock.now()))
    await opened.restart(0)
    return await opened.settled(office, gap=len(apart))


def a_minute_later(tables: Tables, *, now: datetime) -> None:
    """What a server does about the hole in the numbers, without the minute's wait."""
    assert gaps.look(tables, now + timedelta(seconds=gaps.HOLE_SECONDS + 1))
    gaps.poll_all(tables, now)


def check(opened: Scene, changes: Sequence[Change], *, invoices: int, waves: int) -> Figures:
    """Every change once, and nothing missing."""
    storm = opened.storm
    versions = [(one.id, one.changed_at) for one in changes]
    assert len(versions) == len(set(versions)), "a change stands in the feed twice"
    assert storm.unheard(changes, TOLERANCE) == []
    newest = {one.id: one.now.get("reference") for one in changes if one.resource == INVOICES}
    # What the demo company began with may be of the second in which the feed began.
    own = {one.invoice_id for one in storm.told}
    newest = {one: told for one, told in newest.items() if one in own or told == IN_THE_GAP}
    wanted = Counter({f"wave {waves - 1}": invoices, IN_THE_GAP: invoices // 10})
    assert Counter(newest.values()) == wanted
    figures = Figures(
        deliveries=storm.sent,
        events=len(storm.told),
        changes=len(changes),
        readings=opened.demo.stats()["by_path"].get("GET /Invoices", 0),
        p99_ms=1_000 * storm.slowest_of_hundred(),
    )
    assert figures.readings < figures.events / 10
    return figures
