"""The receiver of webhooks under load: how long Xero waits for its answer, and what it costs.

    python bench/webhooks.py [--connections 64] [--deliveries 10000] [--postgres URL]

A demo company and a server are processes of their own on this machine. The deliveries are of
invoices that exist, a third of them repeats, in random order, one in twenty with a bad signature;
each connection sends its next when it has the answer to the last. Xero sends far fewer at once;
it waits for 5 seconds. While they come, the server also reads what they tell of. Beside it
stands the cheapest answer that this server has, asked for in the same way a moment before.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import random
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from bench.server_process import START_SECONDS, Running, started

KEY = "a-signing-key-for-the-bench"
ALL_SECONDS = 300
XERO_MCP = ("-m", "xero_mcp")
ANY_PORT = ("--port", "0")
SETTLING_SECONDS = 5
WARMING = 500
BARE = b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
REPEATED = 0.3
FORGED = 0.05
EVENTS_A_THING = 25
"""Events on one invoice, as a burst of payments and edits makes them."""
SEED = 8


def books(url: str) -> tuple[str, list[str]]:
    """An organisation of the demo company, and its invoices."""
    with httpx2.Client(base_url=url, timeout=30, trust_env=False) as http:
        asked = {"grant_type": "client_credentials"}
        given = http.post("/connect/token", data=asked, auth=("demo", "demo-secret")).json()
        headers = {
            "authorization": f"Bearer {given['access_token']}",
            "accept": "application/json",
        }
        first = http.get("/connections", headers=headers).json()[0]["tenantId"]
        invoices = http.get(
            "/api.xro/2.0/Invoices?page=1&pageSize=1000",
            headers={**headers, "xero-tenant-id": first},
        ).json()["Invoices"]
    return first, [one["InvoiceID"] for one in invoices]


def deliveries(organisation: str, invoices: Sequence[str], number: int) -> list[bytes]:
    """Requests, ready to be sent: each of one event, numbered, mixed, some repeated or forged."""
    chance = random.Random(SEED)  # noqa: S311 - dice for a load, no secret
    fresh = round(number * (1 - REPEATED))
    things = [invoices[n % len(invoices)] for n in range(max(1, fresh // EVENTS_A_THING))]
    now = datetime.now(UTC).replace(tzinfo=None)
    bodies: list[bytes] = []
    for sequence in range(1, fresh + 1):
        told = {
            "resourceUrl": "https://api.xero.com/api.xro/2.0/Invoices",
            "resourceId": things[sequence % len(things)],
            "eventDateUtc": f"{now.isoformat(timespec='seconds')}.{sequence % 1000:03}",
            "eventType": "UPDATE",
            "eventCategory": "INVOICE",
            "tenantId": organisation,
            "tenantType": "ORGANISATION",
        }
        body = {
            "events": [told],
            "firstEventSequence": sequence,
            "lastEventSequence": sequence,
            "entropy": f"E{sequence}",
        }
        bodies.append(json.dumps(body).encode())
    bodies += [chance.choice(bodies) for _ in range(number - fresh)]
    chance.shuffle(bodies)
    return [_request(body, forged=chance.random() < FORGED) for body in bodies]


def _request(body: bytes, *, forged: bool) -> bytes:
    key = f"{KEY}-forged" if forged else KEY
    signed = b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()
    head = (
        "POST /webhooks/xero HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"x-xero-signature: {signed}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def send(url: str, requests: Sequence[bytes], connections: int) -> list[tuple[int, float]]:
    """The status and the seconds of each."""
    address = urlsplit(url)
    left, found = iter(requests), list[tuple[int, float]]()

    async def connection() -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        for request in left:
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]
            await reader.readexactly(int(length))
            found.append((int(head.split()[1]), time.perf_counter() - began))
        writer.close()

    async with asyncio.timeout(ALL_SECONDS), asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(connection())
    return found


def status(home: Path, settings: Mapping[str, str]) -> dict[str, object]:
    """What `webhooks status` says."""
    done = subprocess.run(
        [sys.executable, "-m", "xero_mcp", "webhooks", "status", "--json"],
        env={"PATH": "/usr/bin:/bin", "XERO_MCP_HOME": str(home / "state"), "PYTHONPATH": "."}
        | dict(settings),
        capture_output=True,
        check=True,
        timeout=START_SECONDS,
    )
    return json.loads(done.stdout)


def reads(url: str) -> int:
    """How often the books were asked until now."""
    told = httpx2.get(f"{url}/_demo/stats", timeout=30, trust_env=False).json()
    return sum(amount for request, amount in told["by_path"].items() if "/conn" not in request)


@dataclass(frozen=True, slots=True)
class Measured:
    """How one load went."""

    statuses: dict[int, int]
    seconds: float
    waits_ms: list[float]
    processor_us: float
    """Of the server, for each request."""

    def show(self, name: str) -> None:
        shown = "  ".join(
            f"{word} {self.waits_ms[round(place * (len(self.waits_ms) - 1))]:6.1f} ms"
            for word, place in (("median", 0.5), ("p99", 0.99), ("slowest", 1))
        )
        a_second = len(self.waits_ms) / self.seconds
        print(f"{name:<10} {a_second:6.0f}/s  {shown}  {self.processor_us:5.0f} us of processor")


def measured(server: Running, requests: Sequence[bytes], connections: int) -> Measured:
    used, began = server.processor_seconds(), time.perf_counter()
    found = asyncio.run(send(server.url, requests, connections))
    seconds = time.perf_counter() - began
    used = server.processor_seconds() - used
    return Measured(
        statuses=dict(sorted(Counter(code for code, _ in found).items())),
        seconds=seconds,
        waits_ms=sorted(wait * 1_000 for _, wait in found),
        processor_us=used / len(found) * 1e6,
    )


def measure(options: argparse.Namespace, home: Path) -> None:
    with started(*XERO_MCP, "demo-company", "--control", *ANY_PORT, home=home) as company:
        settings = {
            "XERO_API_URL": company.url,
            "XERO_IDENTITY_URL": company.url,
            "XERO_LOGIN_URL": company.url,
            "XERO_CLIENT_ID": "demo",
            "XERO_CLIENT_SECRET": "demo-secret",
            "XERO_WEBHOOK_KEY": KEY,
            **({"XERO_MCP_DATABASE_URL": options.postgres} if options.postgres else {}),
        }
        organisation, invoices = books(company.url)
        requests = deliveries(organisation, invoices, options.deliveries)
        bare = [BARE] * options.deliveries
        serve = (*XERO_MCP, "serve", "--transport", "http", *ANY_PORT)
        with started(*serve, home=home, **settings) as server:
            measured(server, bare[:WARMING], options.connections)
            time.sleep(SETTLING_SECONDS)  # it catches up once, and is ready
            before, none = reads(company.url), measured(server, bare, options.connections)
            found = measured(server, requests, options.connections)
            read = reads(company.url) - before
            waiting = status(home, settings)["waiting"]
    print(f"{options.deliveries} deliveries over {options.connections} connections")
    print(f"answers    {found.statuses}")
    none.show("/healthz")
    found.show("webhooks")
    print(f"Xero       {read} reads until the last answer, {waiting} things still to be read")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--deliveries", type=int, default=10_000)
    parser.add_argument("--postgres", metavar="URL", default="")
    with tempfile.TemporaryDirectory() as folder:
        measure(parser.parse_args(), Path(folder))


if __name__ == "__main__":
    main()
