from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gate.world import World, world
from tests.http.on_a_port import Served, serving


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    """Everything in this process, with a policy that allows what a test asks."""
    async with world(tmp_path) as opened:
        yield opened


@pytest.fixture
async def served(house: World) -> AsyncIterator[Served]:
    """The house behind a port, for agents with a key, with little patience."""
    async with serving(house) as site:
        yield site
