"""One agent whose process is killed again and again at a step of a write, and starts again.

`python crash_lane.py AGENT KILLS SEED CONTACT_ID`, over the settings in the environment. It loads
everything once and forks for each life, so that a life costs no start of Python.
"""

import os
import signal
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from random import Random, SystemRandom
from typing import TypeVar

import anyio

from tests.gate.world import bill
from xero_mcp.agents import Caller, launched_agent
from xero_mcp.app import Office, open_office, policy_folders
from xero_mcp.audit.log import AuditLog
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.gate import Gate, Rooms
from xero_mcp.gate.policies import Policies
from xero_mcp.gate.settling import Settlement
from xero_mcp.gate.spool import Spool
from xero_mcp.policy.book import PolicyBook
from xero_mcp.settings import load_settings
from xero_mcp.store.base import Store, Tables
from xero_mcp.tools.catalog import CATALOG
from xero_mcp.xero.client import Surroundings, XeroClient, XeroRules
from xero_mcp.xero.credentials import Credentials, XeroHosts
from xero_mcp.xero.forecast import LimitRules
from xero_mcp.xero.network import network
from xero_mcp.xero.secret import Sealer

T = TypeVar("T")

STEPS = (
    "before intent",
    "in intent",
    "after intent",
    "before outcome",
    "in outcome",
    "after outcome",
    "before spool",
    "after spool",
    "in drain",
    "after drain",
    "any moment",
)
CALLS_OF_A_LIFE = 5
LONGEST_LIFE_SECONDS = 0.25
LIFE_BOUND_SECONDS = 20.0
POLL_SECONDS = 0.005
PENDING, HEARD = "pending", "heard"


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class FatalStore:
    """A store whose process dies at one step of one call."""

    def __init__(self, inner: Store, step: str, at_call: int) -> None:
        self._inner = inner
        self._step = step
        self._left = at_call

    async def write(self, work: Callable[[Tables], T]) -> T:
        return await self._run(self._inner.write, work)

    async def brief(self, work: Callable[[Tables], T]) -> T:
        return await self._run(self._inner.brief, work)

    async def _run(
        self, write: Callable[[Callable[[Tables], T]], Awaitable[T]], work: Callable[[Tables], T]
    ) -> T:
        """Die before, in or after the transaction of that step."""
        what = _what(work)
        if what == "outcome" and self._step.endswith(("spool", "drain")) and self._is_now(what):
            raise StoreUnavailableError("the disk is full, says a test")
        if self._step == f"before {what}" and self._is_now(what):
            die()
        if self._step == f"in {what}" and self._is_now(what):
            return await write(lambda tables: (work(tables), die())[0])
        found = await write(work)
        if self._step == f"after {what}" and self._is_now(what):
            die()
        return found

    async def quick(self, work: Callable[[Tables], T]) -> T:
        return await self._inner.quick(work)

    async def read(self, work: Callable[[Tables], T]) -> T:
        return await self._inner.read(work)

    async def glance(self, work: Callable[[Tables], T]) -> T:
        return await self.read(work)

    async def check(self, look: Callable[[Tables], object] | None = None) -> None:
        await self._inner.check(look)

    async def close(self) -> None:
        await self._inner.close()

    def _is_now(self, what: str) -> bool:
        self._left -= what in {"intent", "outcome"}
        return self._left <= 0 or what == "drain"


def _what(work: Callable[[Tables], object]) -> str:
    """Which step of a call a transaction is, by who asks for it."""
    name = work.__qualname__
    for part, what in (("begin.", "intent"), ("Running.", "outcome"), ("Spool.drain", "drain")):
        if part in name:
            return what
    return ""


class FatalSpool(Spool):
    """A spool whose process dies around putting an outcome aside."""

    step = ""

    async def put(self, settlement: Settlement) -> bool:
        if self.step == "before spool":
            die()
        kept = await super().put(settlement)
        if self.step == "after spool":
            die()
        return kept


def rooms_of(office: Office, step: str, at_call: int, instance: str) -> Rooms:
    settings = office.settings
    store = FatalStore(office.store, step, at_call)
    audit: AuditLog = office.audit
    spool = FatalSpool(settings.home, store, audit)
    spool.step = step
    xero = XeroClient(
        XeroHosts(
            api_url=settings.api_url,
            identity_url=settings.identity_url,
            login_url=settings.login_url,
        ),
        Credentials.custom_connection(str(settings.client_id), _given(settings.client_secret)),
        network(),
        Surroundings(
            store=office.store,
            clock=office.clock,
            sealer=Sealer(b"a key for tests alone"),
            randomness=SystemRandom(),
            instance=instance,
        ),
        rules=XeroRules(
            limits=LimitRules(
                per_minute=60, per_day=5_000, at_once=1_000, kept_percent=0, minute_seconds=0.01
            )
        ),
    )
    folders = policy_folders(settings)
    return Rooms(
        cards=office.cards,
        tools=lambda: {tool.name: tool for tool in CATALOG},
        policies=Policies(
            lambda on_event: PolicyBook(
                folders, cards=office.cards.values(), clock=office.clock, on_event=on_event
            ),
            audit,
        ),
        approvals=office.approvals,
        audit=audit,
        store=store,
        spool=spool,
        client=lambda: xero,
        clock=office.clock,
        instance=instance,
        is_live=office.instances.is_live,
        books="",
        scope_ceiling=frozenset(),
    )


def _given(value: T | None) -> T:
    if value is None:
        raise AssertionError("the environment says nothing of how to sign in")
    return value


async def live(agent: str, step: str, at_call: int, contact: str) -> None:
    """Start, finish what was under way, and write on until death."""
    settings = load_settings()
    notes = settings.home / f"{agent}.{PENDING}"
    async with open_office(settings) as office:
        presence = office.instances.enter()
        rooms = rooms_of(office, step, at_call, presence.instance)
        with suppress(StoreUnavailableError):
            await rooms.spool.drain()
        await office.audit.recover(office.instances.is_live)
        gate, who = Gate(rooms), Caller(agent=launched_agent(agent), transport="test")
        for _ in range(CALLS_OF_A_LIFE):
            number = notes.read_text() if notes.exists() else ""
            if not number:
                number = f"{agent}-{os.getpid()}-{time.monotonic_ns()}"
                notes.write_text(number)
            sent = bill(contact, "10.00", number=number, duplicate_of_known=True)
            answer = await gate.call(who, "create-invoice", sent)
            if not answer.is_error:
                _note(settings.home / f"{agent}.{HEARD}", f"{number} {answer.content['id']}")
                notes.write_text("")
        await rooms.xero.close()


def _note(path: Path, line: str) -> None:
    descriptor = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY)
    os.write(descriptor, f"{line}\n".encode())
    os.close(descriptor)


def one_life(agent: str, step: str, dice: Random, contact: str) -> bool:
    """Whether it was killed: by itself at its step, or from here at any moment."""
    at_call = dice.randint(1, CALLS_OF_A_LIFE - 1)
    child = os.fork()
    if child == 0:
        try:
            anyio.run(live, agent, step, at_call, contact)
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            os._exit(0)
    end = time.monotonic() + LIFE_BOUND_SECONDS
    if step == "any moment":
        end = time.monotonic() + dice.uniform(0.02, LONGEST_LIFE_SECONDS)
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.WIFSIGNALED(status)
        time.sleep(POLL_SECONDS)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def main(agent: str, kills: int, seed: int, contact: str) -> None:
    dice = Random(seed)  # noqa: S311 - which step comes next is no secret
    killed: dict[str, int] = {}
    for turn in range(2 * kills):
        if sum(killed.values()) >= kills:
            break
        step = STEPS[turn % len(STEPS)]
        if one_life(agent, step, dice, contact):
            killed[step] = killed.get(step, 0) + 1
    sys.stdout.write("".join(f"{count} {step}\n" for step, count in killed.items()))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
