"""A server process as a sign-in knows it: one that needs a new token, and may be killed at it.

Run as a program: URL, database, sign-in, and where it dies (0: nowhere; else before that write).
It says `ready`, waits for a line, and prints the fingerprint of the token that it got in place
of the one that the store has.
"""

import os
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import anyio

from xero_mcp.clock import SystemClock
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.sqlite import SqliteStore
from xero_mcp.xero.credentials import XeroHosts
from xero_mcp.xero.network import Network, NetworkRules, network
from xero_mcp.xero.secret import Sealer
from xero_mcp.xero.sign_in_refresh import Refresher, SignInDesk, SignInRules
from xero_mcp.xero.tokens import Token

T = TypeVar("T")
KEY = b"0123456789abcdef0123456789abcdef"
KILLED = 9


@dataclass
class Dying:
    """The store of a process that is gone, without a word, before its n-th write."""

    inner: Store
    dies_before: int
    writes: int = 0

    async def write(self, work: Callable[[Tables], T]) -> T:
        self.writes += 1
        if self.writes == self.dies_before:
            os._exit(KILLED)
        return await self.inner.write(work)

    async def brief(self, work: Callable[[Tables], T]) -> T:
        return await self.write(work)

    async def quick(self, work: Callable[[Tables], T]) -> T:
        return await self.inner.quick(work)

    async def read(self, work: Callable[[Tables], T]) -> T:
        return await self.inner.read(work)

    async def glance(self, work: Callable[[Tables], T]) -> T:
        return await self.read(work)

    async def check(self, look: Callable[[Tables], object] | None = None) -> None:
        await self.inner.check(look)

    async def close(self) -> None:
        await self.inner.close()


async def run(url: str, database: str, sign_in_id: str, dies_before: int) -> None:
    clock = SystemClock()
    store = Dying(await SqliteStore.open(Path(database), clock=clock), dies_before)
    rules = NetworkRules()
    line = Network(network(rules), rules)
    desk = SignInDesk(
        hosts=XeroHosts(api_url=url, identity_url=url, login_url=url),
        network=line,
        store=store,
        clock=clock,
        sealer=Sealer(KEY),
        randomness=random.SystemRandom(),
        rules=SignInRules(attempt_seconds=4.0, lease_seconds=5.0),
    )
    process = Refresher(desk)
    row = await store.read(lambda tables: tables.sign_ins.find(sign_in_id))
    if row is None:
        raise SystemExit("there is no such sign-in")
    old = Token(text=process.opened(row).access_token, renew_at=clock.now(), scopes=frozenset())
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    token = await process.token(sign_in_id, instead_of=old)
    sys.stdout.write(f"{sha256(token.text.reveal().encode()).hexdigest()}\n")
    await line.close()
    await store.close()


if __name__ == "__main__":
    anyio.run(run, sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
