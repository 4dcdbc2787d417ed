"""A small storm in this process: repeated, mixed, forged, and left behind by who died."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from random import Random

import anyio
import pytest

from tests.changes.deliveries import KEY, body, event, signed
from tests.changes.kept_world import Kept, kept_world
from xero_mcp.changes.reading import LEASE
from xero_mcp.changes.receiving import Receiver, Receiving, Verdict
from xero_mcp.settings import Secret
from xero_mcp.tool.feed import ChangeKind
from xero_mcp.xero.connected import Connected

INVOICES, WAVES = 40, 4
REPEATS, FORGED = 0.3, 0.05
READERS = 3
FORGER = Secret("somebody-elses-key")


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    async with kept_world(tmp_path) as opened:
        await opened.catch_up.begin([opened.organisation_id], is_start=True)
        yield opened


def receiver(kept: Kept) -> Receiver:
    """One more process that takes deliveries."""
    organisations = frozenset({kept.organisation_id})
    return Receiver(
        Receiving(
            store=kept.house.office.store,
            audit=kept.house.office.audit,
            clock=kept.house.clock,
            keys=(KEY,),
            connected=lambda _: Connected(ids=organisations, is_whole=True),
        )
    )


def changed(kept: Kept, ids: list[str], wave: int) -> list[tuple[str, datetime]]:
    """Somebody changes each of them, one after the other."""
    found: list[tuple[str, datetime]] = []
    for one in ids:
        kept.house.clock.advance(0.01)
        kept.change("Invoices", one, Reference=f"wave {wave}")
        found.append((one, kept.house.clock.now()))
    return found


async def work(kept: Kept) -> None:
    """Several read at once; one of them dies with something in its hands."""
    kept.house.clock.advance(0.5)
    await kept.reader.take()
    kept.house.clock.advance(1)
    async with anyio.create_task_group() as group:
        for _ in range(READERS):
            rows = await kept.reader.take()
            if rows:
                group.start_soon(kept.reader.read, rows)
            kept.house.clock.advance(1)


def posts_of(bodies: list[bytes], late: list[bytes], chance: Random) -> list[tuple[bytes, Secret]]:
    """What goes out: some of it twice, some of it forged, in any order."""
    twice = chance.sample(bodies, round(REPEATS * len(bodies)))
    forged = chance.sample(bodies, round(FORGED * len(bodies)))
    posts = [(one, KEY) for one in (*bodies, *twice) if one not in late]
    posts += [(one, FORGER) for one in forged]
    chance.shuffle(posts)
    return posts


async def blow(kept: Kept, ids: list[str]) -> list[tuple[str, datetime]]:
    """Waves of changes and their deliveries; return every change."""
    chance = Random(11)  # noqa: S311 - the same in every run
    late: list[bytes] = []
    told: list[tuple[str, datetime]] = []
    for wave in range(WAVES):
        bodies = list(late)
        for one, at in changed(kept, ids, wave):
            told.append((one, at))
            more = {"resourceId": one, "tenantId": kept.organisation_id}
            bodies.append(body([event(1, at=at, **more)], first=len(told)))
        late = chance.sample(bodies, len(bodies) // 10) if wave < WAVES - 1 else []
        taking = [receiver(kept), receiver(kept)]
        for place, (one, key) in enumerate(posts_of(bodies, late, chance)):
            verdict = await taking[place % len(taking)].take(one, signed(one, key))
            assert verdict is (Verdict.TAKEN if key is KEY else Verdict.REFUSED)
        await work(kept)
    return told


async def test_every_change_is_in_the_feed_once_whatever_became_of_its_deliveries(kept: Kept):
    rows = kept.house.books.table("Invoices").in_order()
    ids = [one["InvoiceID"] for one in rows if one["Status"] == "AUTHORISED"][:INVOICES]
    told = await blow(kept, ids)
    for _ in range(2):
        await kept.read(after_seconds=LEASE.total_seconds() + 1)
    assert await kept.house.office.store.read(lambda tables: tables.change_work.waiting()) == 0
    changes = await kept.feed.after(0, limit=1_000)
    versions = [(one.id, one.changed_at) for one in changes]
    assert len(versions) == len(set(versions))
    assert set(versions) <= set(told)
    newest = {one.id: one.now["reference"] for one in changes}
    assert newest == dict.fromkeys(ids, f"wave {WAVES - 1}")
    assert {one.kind for one in changes} == {ChangeKind.UPDATED}
    assert kept.house.processed("GET /Invoices") <= len(told) / 10
