from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator
from functools import wraps
from inspect import iscoroutinefunction
from pathlib import Path

import anyio
import pytest

from tests.fakes import FakeClock
from tests.store.postgres_server import Server, running_server
from xero_mcp.store.base import Database
from xero_mcp.store.postgres import PostgresStore
from xero_mcp.store.postgres_connection import Patience
from xero_mcp.store.sqlite import SqliteStore

ASYNC_TEST_SECONDS = 100
"""An async test that hangs is cancelled, before pytest's own limit breaks into its event loop,
which would leave its fixtures waiting for it for ever."""
NEWEST_POSTGRES = "18"
LOCK_WAIT_SECONDS = 0.3


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where the SQLite file of `store` lies; a test that asks for it is about that file."""
    return tmp_path / "home" / "xero-mcp.db"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One real PostgreSQL for this process of the test run, started where a test asks for it."""
    with running_server(NEWEST_POSTGRES) as server:
        yield server


OF_OWNER = frozenset({"test_forgetting.py", "test_purging.py"})
AS_SERVER = "postgres as the server's role"
"""The role of docs/postgres.md, which can neither change nor remove what the log holds."""


@pytest.fixture(params=["sqlite", "postgres", AS_SERVER])
async def store(request: pytest.FixtureRequest, clock: FakeClock) -> AsyncIterator[Database]:
    """One store of each kind: whoever takes it is tested over all of them."""
    opened: Database
    if request.param == "sqlite":
        path: Path = request.getfixturevalue("database")
        opened = await SqliteStore.open(path, clock=clock, lock_wait_seconds=LOCK_WAIT_SECONDS)
    else:
        server: Server = request.getfixturevalue("postgres")
        house = server.new_house()
        role = "postgres"
        if request.param == AS_SERVER:
            await PostgresStore.migrate(server.url(house), clock=clock)
            role = server.house_of_two(house)
        opened = await PostgresStore.open(
            server.url(house, user=role),
            clock=clock,
            patience=Patience(lock_seconds=LOCK_WAIT_SECONDS),
        )
    yield opened
    await opened.close()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Bound every async test."""
    test = pyfuncitem.obj
    if iscoroutinefunction(test) and not hasattr(test, "hypothesis"):
        marked = pyfuncitem.get_closest_marker("timeout")
        pyfuncitem.obj = _bounded(test, marked.args[0] - 20 if marked else ASYNC_TEST_SECONDS)
    try:
        return (yield)
    finally:
        pyfuncitem.obj = test


def _bounded(
    test: Callable[..., Coroutine[object, object, None]], seconds: float
) -> Callable[..., Coroutine[object, object, None]]:
    @wraps(test)
    async def bounded(**given: object) -> None:
        with anyio.fail_after(seconds):
            await test(**given)

    return bounded


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out a kind of store where a test is not about it."""
    others = [item for item in items if isinstance(item, pytest.Function) and _is_strange(item)]
    if others:
        config.hook.pytest_deselected(items=others)
        strangers = set(map(id, others))
        items[:] = [item for item in items if id(item) not in strangers]


def _is_strange(item: pytest.Function) -> bool:
    """Whoever asks for the SQLite file is for SQLite; the server's role is for the audit log.

    Forgetting and purging, the two changes that the log knows, are for the owner.
    """
    callspec = getattr(item, "callspec", None)
    kind = callspec.params.get("store") if callspec is not None else None
    if kind == AS_SERVER and (item.path.parent.name != "audit" or item.path.name in OF_OWNER):
        return True
    return kind in {"postgres", AS_SERVER} and "database" in item.fixturenames
