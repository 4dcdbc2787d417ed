"""A server process as the limiter knows it: many calls at once over a store that others share.

Run as a program: URL, database (a file or a URL), number of calls, longest wait, length of the
minute.
It says `ready`, waits for a line, and prints how each call fared.
"""

import json
import random
import sys
from pathlib import Path

import anyio

from xero_mcp.clock import SystemClock
from xero_mcp.errors import XeroMcpError
from xero_mcp.store.postgres import PostgresStore
from xero_mcp.store.sqlite import SqliteStore
from xero_mcp.xero.client import Surroundings, XeroClient, XeroRules
from xero_mcp.xero.credentials import Credentials, XeroHosts
from xero_mcp.xero.forecast import LimitRules
from xero_mcp.xero.models.connection import OrganisationRef
from xero_mcp.xero.models.invoice import Invoices
from xero_mcp.xero.network import network
from xero_mcp.xero.scoped import Grant
from xero_mcp.xero.secret import Sealer, Secret

REACH = ("GET", "/Invoices")
GRANT = Grant(
    organisation=OrganisationRef(id="o", name="O"),
    reaches=frozenset({REACH}),
    scopes=frozenset({"accounting.invoices.read"}),
)


async def call(client: XeroClient, fared: list[dict[str, object]]) -> None:
    told: list[float] = []

    async def progress(done: float, total: float | None, message: str) -> None:
        del total, message
        told.append(done)

    xero = client.scoped(GRANT, progress=progress)
    outcome, retry_after_seconds = "done", None
    try:
        await xero.get(REACH[1], Invoices)
    except XeroMcpError as error:
        outcome, retry_after_seconds = error.code.value, error.retry_after_seconds
    fared.append(
        {
            "outcome": outcome,
            "retry_after_seconds": retry_after_seconds,
            "told": len(told),
            "statuses": [request.status for request in xero.requests],
        }
    )


async def main(url: str, database: str, count: int, rules: LimitRules) -> None:
    clock = SystemClock()
    store = (
        await PostgresStore.open(database, clock=clock)
        if database.startswith("postgresql://")
        else await SqliteStore.open(Path(database), clock=clock)
    )
    randomness = random.SystemRandom()
    client = XeroClient(
        XeroHosts(api_url=url, identity_url=url),
        Credentials.custom_connection("c", Secret("s")),
        network(),
        Surroundings(
            store=store,
            clock=clock,
            sealer=Sealer(b"k" * 32),
            randomness=randomness,
            instance=f"{randomness.getrandbits(64):x}",
        ),
        rules=XeroRules(limits=rules),
    )
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    fared: list[dict[str, object]] = []
    async with anyio.create_task_group() as calls:
        for _ in range(count):
            calls.start_soon(call, client, fared)
    await client.close()
    await store.close()
    sys.stdout.write(json.dumps(fared) + "\n")


if __name__ == "__main__":
    _, where_to, path, calls_at_once, max_wait, minute = sys.argv
    anyio.run(
        main,
        where_to,
        path,
        int(calls_at_once),
        LimitRules(per_minute=12, minute_seconds=float(minute), max_wait_seconds=float(max_wait)),
    )
