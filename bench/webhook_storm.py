"""A storm of webhooks against real servers: is every change in the feed once, and how fast is it?

    PYTHONPATH=. python bench/webhook_storm.py [--invoices 500] [--waves 15] [--replicas 1]

Each wave changes every invoice and delivers an event for each: 30% of them twice, in random order,
5% forged beside them, a tenth only with the next wave. Servers are killed three times on the way;
for one hour nobody tells of anything. Several replicas share one SQLite file.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from tests.changes.storm_scene import blow, check, scene

DATABASE = "shared.db"


async def main(*, invoices: int, waves: int, replicas: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shared = {
            "XERO_MCP_DATABASE_URL": f"sqlite:///{folder}/{DATABASE}",
            "XERO_MCP_SECRET_KEY": "the same for all of them",
        }
        began = time.monotonic()
        async with scene(Path(folder), replicas=replicas, more=shared) as opened:
            async with opened.office() as office:
                await opened.begun(office)
                changes = await blow(opened, office, invoices=invoices, waves=waves)
            found = check(opened, changes, invoices=invoices, waves=waves)
        print(f"deliveries  {found.deliveries:>8,}   of {found.events:,} events")
        print(f"changes     {found.changes:>8,}   each once, none missing")
        print(
            f"readings    {found.readings:>8,}   {found.readings / found.events:.1%} of the events"
        )
        print(f"p99         {found.p99_ms:>8.0f} ms")
        print(f"took        {time.monotonic() - began:>8.0f} s")


if __name__ == "__main__":
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--invoices", type=int, default=500)
    read.add_argument("--waves", type=int, default=15)
    read.add_argument("--replicas", type=int, default=1)
    given = read.parse_args()
    asyncio.run(main(invoices=given.invoices, waves=given.waves, replicas=given.replicas))
