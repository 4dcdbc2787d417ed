"""Two servers that take webhooks, killed again and again: nothing lost, nothing twice."""

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle, islice
from random import Random

import anyio
import httpx2
import pytest

from tests.changes.deliveries import body, event, signed, thing
from tests.wire.bounds import GONE_SECONDS
from tests.wire.house import House
from xero_mcp.clock import SystemClock
from xero_mcp.demo_company.app import create_app
from xero_mcp.settings import Secret

KEY = Secret("the-signing-key-of-a-webhook")
DELIVERIES = 400
CONNECTIONS = 16
KILLS = 3
MAX_TRIES = 400
START_SECONDS = 40.0
RETRY_SECONDS = 0.05
MAX_LINES = 50
PLACE = re.compile(rb"http://127\.0\.0\.1:\d+")
SERVE = ["-m", "xero_mcp", "serve", "--transport", "http", "--port", "0", "--demo"]


@dataclass
class Replicas:
    """Two servers over one database; one that is killed is started again, on another port."""

    house: House
    urls: dict[int, str] = field(default_factory=dict[int, str])
    _running: dict[int, "subprocess.Popen[bytes]"] = field(
        default_factory=dict[int, "subprocess.Popen[bytes]"]
    )

    async def start(self, place: int) -> None:
        with anyio.fail_after(START_SECONDS):
            self.urls[place] = await anyio.to_thread.run_sync(
                self._started, place, abandon_on_cancel=True
            )

    def kill(self, place: int) -> None:
        process = self._running.pop(place)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=GONE_SECONDS)

    def end(self) -> None:
        for place in tuple(self._running):
            self.kill(place)

    def _started(self, place: int) -> str:
        """The address that it says; once it is killed its output ends, and so does the wait."""
        process = subprocess.Popen(
            [sys.executable, *SERVE],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={"PATH": "/usr/bin:/bin", **self.house.full_environment()},
            cwd=self.house.folder,
        )
        self._running[place] = process
        assert process.stderr is not None
        for line in islice(process.stderr, MAX_LINES):
            found = PLACE.search(line)
            if found:
                return found[0].decode()
        raise AssertionError("the server did not say where it is")


@dataclass
class Xero:
    """Delivers to one replica after the other, and again what got no good answer."""

    replicas: Replicas
    answered: Counter[int] = field(default_factory=Counter[int])

    async def deliver_all(self, contents: Iterable[bytes]) -> None:
        left, places = iter(contents), cycle((0, 1))
        async with (
            httpx2.AsyncClient(timeout=10, trust_env=False) as http,
            anyio.create_task_group() as group,
        ):

            async def connection() -> None:
                for content in left:
                    for _ in range(MAX_TRIES):
                        url = f"{self.replicas.urls[next(places)]}/webhooks/xero"
                        if await self._is_taken(http, url, content):
                            break
                        await anyio.sleep(RETRY_SECONDS)

            for _ in range(CONNECTIONS):
                group.start_soon(connection)

    async def until_taken(self, number: int) -> None:
        with anyio.fail_after(START_SECONDS):
            while self.answered[200] < number:  # noqa: ASYNC110 - counted in many tasks; bounded
                await anyio.sleep(0.01)

    async def _is_taken(self, http: httpx2.AsyncClient, url: str, content: bytes) -> bool:
        status = 0
        headers = {"x-xero-signature": signed(content, KEY)[0]}
        with suppress(httpx2.HTTPError):
            status = (await http.post(url, content=content, headers=headers)).status_code
        self.answered[status] += 1
        return status == 200


def deliveries() -> list[bytes]:
    """Each of two events, the second of which comes in the next one too."""
    clock = SystemClock()
    at = clock.now()
    books = next(iter(create_app(clock.now).premises.companies))
    return [
        body([event(n, at=at) | {"tenantId": books} for n in (one, one + 1)], first=one)
        for one in range(1, DELIVERIES + 1)
    ]


@pytest.mark.slow
async def test_two_replicas_killed_in_the_middle_keep_each_event_once(house: House):
    house.environment |= {"XERO_WEBHOOK_KEY": KEY.reveal(), "XERO_MCP_CATCH_UP_SECONDS": "0"}
    chance = Random(7)  # noqa: S311 - dice for an order, no secret
    contents = deliveries()
    todo = contents + chance.sample(contents, DELIVERIES // 3)
    chance.shuffle(todo)
    replicas = Replicas(house)
    xero = Xero(replicas)
    try:
        for place in (0, 1):
            await replicas.start(place)
        async with anyio.create_task_group() as group:
            group.start_soon(xero.deliver_all, todo)
            for kill in range(KILLS):
                await xero.until_taken((kill + 1) * DELIVERIES // (KILLS + 1))
                replicas.kill(kill % 2)
                await replicas.start(kill % 2)
    finally:
        replicas.end()

    assert xero.answered[200] == len(todo)
    assert xero.answered.keys() <= {0, 200, 503}
    told = house.read("SELECT resource_id, COUNT(*) FROM webhook_events GROUP BY resource_id")
    assert sorted(told) == sorted((thing(number), 1) for number in range(1, DELIVERIES + 2))
    ranges = house.read("SELECT first_sequence, last_sequence FROM webhook_ranges")
    assert ranges == [(1, DELIVERIES + 1)]
    assert house.read("SELECT COUNT(*) FROM webhook_deliveries") == [(DELIVERIES,)]
