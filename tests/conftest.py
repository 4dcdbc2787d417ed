from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes import FakeClock
from xero_mcp.store.base import Store
from xero_mcp.store.sqlite import SqliteStore


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where the SQLite file of `store` lies."""
    return tmp_path / "home" / "xero-mcp.db"


@pytest.fixture(params=["sqlite"])
async def store(database: Path, clock: FakeClock) -> AsyncIterator[Store]:
    """One store of each kind: whoever takes it is tested over all of them."""
    opened = await SqliteStore.open(database, clock=clock, lock_wait_seconds=0.3)
    yield opened
    await opened.close()
