"""The audit log's speed: one append with fsync, a million records verified, a filtered page.

    python bench/audit.py [--records 1000000] [--folder FOLDER]

Fails where an append takes 1 ms or more at the median, a million records take 15 s or more to
verify, or a filtered page takes 100 ms or more.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import anyio

from tests.audit.entries import INTENT, OUTCOME, REFUSAL
from xero_mcp.audit.entry import Entry, Kind, OrganisationRef, Status
from xero_mcp.audit.log import AuditLog
from xero_mcp.audit.notary import Notary, checkpoint_of
from xero_mcp.audit.signing import SigningKey
from xero_mcp.audit.witness import Witness
from xero_mcp.clock import SystemClock
from xero_mcp.money import Money
from xero_mcp.store.base import Tables
from xero_mcp.store.sqlite import SqliteStore
from xero_mcp.store.tables.audit import AuditFilters

BATCH = 5000
APPENDS = 300
MAX_APPEND_MS = 1.0
MAX_VERIFY_SECONDS = 15.0
MAX_PAGE_MS = 100.0
AGENTS = ("ap-clerk", "ar-clerk", "bookkeeper", "analyst")


def entry_of(number: int, chance: Random) -> Entry:
    """A year of four agents: reads and writes, some refusals, few unknowns."""
    agent = AGENTS[number % 4]
    base = (INTENT, OUTCOME)[number % 2]
    changes: dict[str, object] = {
        "agent": agent,
        "id": "",
        "organisation": OrganisationRef(id=f"org-{number % 3}", name="Demo Company (Global)"),
        "contact_id": f"contact-{chance.randrange(20_000)}",
        "money": Money(Decimal(chance.randrange(1, 500_000)) / 100, "USD"),
    }
    if number % 50 == 0:
        base = REFUSAL
    if number % 100_000 == 7:
        changes |= {"kind": Kind.OUTCOME, "status": Status.UNKNOWN, "agent": "ap-clerk"}
    return replace(base, **changes)


async def fill(store: SqliteStore, log: AuditLog, records: int) -> None:
    chance = Random(6)  # noqa: S311 - the same log each time
    for start in range(0, records, BATCH):
        numbers = range(start, min(start + BATCH, records))

        def work(tables: Tables, numbers: range = numbers) -> None:
            for number in numbers:
                log.append(tables, entry_of(number, chance))

        await store.quick(work)


async def median_ms(runs: int, work: Callable[[], Awaitable[object]]) -> float:
    took: list[float] = []
    for _ in range(runs):
        started = time.perf_counter()
        await work()
        took.append(time.perf_counter() - started)
    return statistics.median(took) * 1000


def filters_of() -> dict[str, AuditFilters]:
    now = SystemClock().now()
    return {
        "the newest": AuditFilters(),
        "an agent": AuditFilters(agent="ap-clerk"),
        "an agent's unknown": AuditFilters(agent="ap-clerk", status="unknown"),
        "an organisation's refusals": AuditFilters(organisation_id="org-1", status="refused"),
        "a contact": AuditFilters(contact_id="contact-77"),
        "a contact, a tool": AuditFilters(contact_id="contact-77", tool="create-invoice"),
        "an agent that is none": AuditFilters(agent="nobody", tool="create-invoice"),
        "over 4,999": AuditFilters(min_amount=Decimal(4999)),
        "over 1": AuditFilters(min_amount=Decimal(1)),
        "over 10,000": AuditFilters(min_amount=Decimal(10_000)),
        "an hour": AuditFilters(since=now - timedelta(hours=1), agent="analyst"),
        "needs a look": AuditFilters(needs_a_look=True),
        "an area's tools": AuditFilters(tools=("create-payment", "create-payments")),
    }


async def measure(folder: Path, records: int) -> list[str]:
    clock = SystemClock()
    store = await SqliteStore.open(folder / "xero-mcp.db", clock=clock)
    log = AuditLog(store, clock, notary=Notary(clock, lambda: SigningKey.in_folder(folder)))
    failures: list[str] = []

    def told(what: str, value: float, most: float, unit: str) -> None:
        print(f"{what:<40} {value:9.2f} {unit}  (at most {most:g})")
        if value >= most:
            failures.append(what)

    size, _ = await store.read(lambda tables: tables.audit.tail())
    started = time.perf_counter()
    await fill(store, log, records - size)
    print(f"{records} records made in {time.perf_counter() - started:.0f} s")
    append = await median_ms(APPENDS, lambda: log.record(OUTCOME))
    told("append, durable, median", append, MAX_APPEND_MS, "ms")
    for name, filters in filters_of().items():
        took = await median_ms(
            5, lambda one=filters: log.records(one, is_live=lambda _: False, limit=50)
        )
        told(f"a page: {name}", took, MAX_PAGE_MS, "ms")
    rows = await store.read(lambda tables: tables.checkpoints.after(0, limit=1_000_000))
    started = time.perf_counter()
    verdict = await log.verify(Witness([checkpoint_of(row) for row in rows]))
    took = (time.perf_counter() - started) * 1_000_000 / verdict.records
    assert verdict.ok, verdict.finding
    told("verify a million, with its checkpoints", took, MAX_VERIFY_SECONDS, "s")
    await store.close()
    return failures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="keep the log here, and use it again")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = asked.folder or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        failures = anyio.run(measure, home, asked.records)
    for failure in failures:
        print(f"too slow: {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
