"""`audit purge` while other processes append, verify and export."""

import json
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import IO, TypeVar, cast

import anyio
import pytest

from tests.audit.entries import REFUSAL
from tests.cli.command import TIMEOUT_SECONDS, Ended, XeroMcp
from tests.fakes import FakeClock
from tests.store.postgres_server import Server
from xero_mcp.app import Office, open_office
from xero_mcp.audit.purging import purge, stub_of
from xero_mcp.cli.audit_export import Format, print_log
from xero_mcp.cli.audit_verify import verdict_of_live
from xero_mcp.cli.console import Screen
from xero_mcp.cli.exits import CommandError
from xero_mcp.clock import SystemClock
from xero_mcp.settings import load_settings
from xero_mcp.store.base import Database, Tables

T = TypeVar("T")
PROGRAM = Path(__file__).with_name("appending_process.py")
OLD_RECORDS = 6_000
"""Three rounds of deleting, and twelve checkpoints."""
MOST_NEW_RECORDS = 20_000
"""Of each process that appends; it is told to end long before."""
SERVERS = 2


@asynccontextmanager
async def old_office(environment: dict[str, str], records: int) -> AsyncGenerator[Office]:
    """An office that has a log of eight years ago, and none since."""
    clock = FakeClock(SystemClock().now() - timedelta(days=8 * 366))
    settings = load_settings(environment=environment, env_file=Path("none"))
    async with open_office(settings, clock=clock) as office:

        def write(tables: Tables) -> None:
            for _ in range(records):
                office.audit.append(tables, replace(REFUSAL, id=""))

        await office.store.write(write)
        yield office


async def fill(environment: dict[str, str]) -> None:
    async with old_office(environment, OLD_RECORDS):
        pass


@contextmanager
def appending(environment: dict[str, str]) -> Generator["subprocess.Popen[str]"]:
    command = [sys.executable, str(PROGRAM), str(MOST_NEW_RECORDS)]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert pipe(process.stdout).readline() == "ready\n"
            yield process
        finally:
            process.kill()


def pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


def together(run: XeroMcp, commands: Sequence[Sequence[str]], **settings: str) -> list[Ended]:
    """Several commands at once, each as it ended."""
    with ExitStack() as stack:
        started = [stack.enter_context(run.start(*each, **settings)) for each in commands]
        try:
            said = [each.communicate(timeout=TIMEOUT_SECONDS) for each in started]
        finally:
            for each in started:
                each.kill()
    return [
        Ended(code=process.returncode, out=out.decode(), err=err.decode())
        for process, (out, err) in zip(started, said, strict=True)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_purge_beside_servers_takes_the_old_records_and_no_other(
    xero_mcp: XeroMcp, request: pytest.FixtureRequest, database: str
) -> None:
    settings: dict[str, str] = {}
    if database == "postgres":
        server: Server = request.getfixturevalue("postgres")
        settings = {"XERO_MCP_DATABASE_URL": server.url(server.new_house())}
    anyio.run(partial(fill, xero_mcp.environment | settings))
    with ExitStack() as stack:
        servers = [
            stack.enter_context(appending(xero_mcp.environment | settings)) for _ in range(SERVERS)
        ]
        commands = (
            ("audit", "purge", "--yes"),
            ("audit", "purge", "--yes"),
            ("audit", "verify"),
            ("audit", "export"),
        )
        *purges, verified, exported = together(xero_mcp, commands, **settings)
        for each in servers:
            pipe(each.stdin).close()
        written = [json.loads(pipe(each.stdout).read()) for each in servers]
        assert [each.wait(timeout=TIMEOUT_SECONDS) for each in servers] == [0, 0]
    assert [one.code for one in purges] == [0, 0], purges
    removed = f"done      Records 1 to {OLD_RECORDS} are removed.\n"
    assert sorted(one.out for one in purges) == ["Nothing is old enough to be removed.\n", removed]
    assert (verified.code, verified.out[:2]) == (0, "ok"), verified
    assert exported.code == 0 or "Export once more" in exported.err
    assert min(written) > 0
    ended = xero_mcp("audit", "verify", "--json", **settings)
    assert ended.code == 0, ended.out
    assert ended.json()["records"] == OLD_RECORDS + sum(written) + 1, "and the purge itself"
    whole = xero_mcp("audit", "export", **settings).out.splitlines()
    assert len(whole) == 1 + sum(written) + 1, "what stands for the old ones comes first"


class PurgedMeanwhile:
    """A store whose old records are purged by somebody else, right after so many reads."""

    def __init__(self, office: Office, *, after_reads: int) -> None:
        self._office = office
        self._reads_left = after_reads

    async def read(self, work: Callable[[Tables], T]) -> T:
        found = await self._office.store.read(work)
        self._reads_left -= 1
        if self._reads_left == 0:
            office = self._office
            before = office.clock.now() + timedelta(days=1)
            await purge(
                office.store, office.audit, before=before, person="eve", key=office.signing_key
            )
        return found


class Printed(Screen):
    """A screen that keeps what is printed."""

    def __init__(self) -> None:
        self.text: list[str] = []

    def as_it_is(self, text: str) -> None:
        self.text.append(text)


def purged_meanwhile(office: Office, *, after_reads: int) -> Office:
    return replace(office, store=cast("Database", PurgedMeanwhile(office, after_reads=after_reads)))


async def test_a_purge_in_the_middle_of_verifying_is_no_tampering(xero_mcp: XeroMcp):
    async with old_office(xero_mcp.environment, 1_000) as office:
        verdict = await verdict_of_live(purged_meanwhile(office, after_reads=1), None, None)
        assert (verdict.finding, verdict.records) == (None, 1_001)
        assert await office.store.read(stub_of) is not None


@pytest.mark.parametrize("young", [0, 5], ids=["all of it", "all but the newest"])
async def test_an_export_that_a_purge_cuts_through_says_that_it_is_not_whole(
    xero_mcp: XeroMcp, young: int
):
    async with old_office(xero_mcp.environment, 2_000) as office:
        for _ in range(young):
            await office.audit.record(replace(REFUSAL, id=""))
        screen, cut = Printed(), purged_meanwhile(office, after_reads=3)
        with pytest.raises(CommandError, match=r"not whole\. Export once more\."):
            await print_log(cut, screen, form=Format.JSONL, since=0)
        [first] = screen.text
        assert len(first.splitlines()) == 1_000
        again = Printed()
        assert await print_log(office, again, form=Format.JSONL, since=0) == 2_001 + young
