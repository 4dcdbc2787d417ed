"""Real processes over one file, a demo company on a socket: who refreshes, who is killed."""

import json
import select
import subprocess
import sys
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.command import REPOSITORY
from tests.demo_company.socket_server import serving
from tests.fakes import FakeClock
from tests.xero.refreshing_process import KILLED
from tests.xero.sign_in_world import GLOBAL, SignInWorld
from xero_mcp.clock import SystemClock
from xero_mcp.store.sqlite import SqliteStore
from xero_mcp.xero.credentials import XeroHosts
from xero_mcp.xero.network import Network, NetworkRules, network
from xero_mcp.xero.sign_in import exchange, keep
from xero_mcp.xero.sign_in_request import code_of
from xero_mcp.xero.sign_in_tokens import App

DONE_SECONDS = 60
Process = subprocess.Popen[str]


@pytest.fixture
def url() -> Generator[str]:
    with serving() as made:
        yield made


async def sign_in(url: str, database: Path) -> str:
    """A sign-in at the demo company behind the socket; its id."""
    store = await SqliteStore.open(database, clock=SystemClock())
    try:
        world = SignInWorld(store=store, clock=FakeClock())
        rules = NetworkRules()
        hosts = XeroHosts(api_url=url, identity_url=url, login_url=url)
        line = Network(network(rules), rules)
        desk = world.desk(hosts=hosts, network=line, clock=SystemClock())
        app, attempt = App(client_id="my-app"), world.attempt()
        query = await world.browser(attempt, GLOBAL, at=url)
        consent = await exchange(desk, app, attempt, code_of(query))
        row = await keep(desk, consent, consent.organisations, by="root", note=lambda _: None)
        await line.close()
        return row.id
    finally:
        await store.close()


@contextmanager
def process(url: str, database: Path, sign_in_id: str, dies_before: int = 0) -> Generator[Process]:
    started = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.xero.refreshing_process"),
            *(url, str(database), sign_in_id, str(dies_before)),
        ],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield started
    finally:
        started.kill()
        started.communicate(timeout=DONE_SECONDS)


def tokens_issued(url: str) -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{url}/_demo/stats", timeout=DONE_SECONDS) as answer:
        return int(json.load(answer)["tokens_issued"])


def is_ready(started: Process) -> bool:
    assert started.stdout is not None
    there, _, _ = select.select([started.stdout], [], [], DONE_SECONDS)
    return bool(there) and started.stdout.readline() == "ready\n"


def go(started: Process) -> None:
    assert started.stdin is not None
    started.stdin.write("now\n")
    started.stdin.flush()


def end(started: Process) -> str:
    """What it printed, once it has ended."""
    said, _ = started.communicate(timeout=DONE_SECONDS)
    return said.strip()


@pytest.mark.slow
async def test_two_processes_that_refresh_at_once_ask_xero_once(url: str, tmp_path: Path):
    database = tmp_path / "shared.db"
    sign_in_id = await sign_in(url, database)
    before = tokens_issued(url)
    with process(url, database, sign_in_id) as one, process(url, database, sign_in_id) as other:
        assert is_ready(one)
        assert is_ready(other)
        go(one)
        go(other)
        tokens = [end(one), end(other)]
        assert (one.returncode, other.returncode) == (0, 0)
    assert tokens[0] == tokens[1] != ""
    assert tokens_issued(url) - before == 1


@pytest.mark.slow
async def test_a_process_killed_between_the_answer_and_saving_it_costs_no_sign_in(
    url: str, tmp_path: Path
):
    database = tmp_path / "shared.db"
    sign_in_id = await sign_in(url, database)
    before = tokens_issued(url)
    with process(url, database, sign_in_id, dies_before=2) as killed:
        assert is_ready(killed)
        go(killed)
        assert end(killed) == ""
        assert killed.returncode == KILLED
    assert tokens_issued(url) - before == 1, "Xero had answered"
    with process(url, database, sign_in_id) as next_one:
        assert is_ready(next_one)
        go(next_one)
        assert end(next_one) != ""
        assert next_one.returncode == 0
    assert tokens_issued(url) - before == 2
