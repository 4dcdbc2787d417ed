from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gate.world import World, world


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    """Everything in this process, with a policy that allows what a test asks."""
    async with world(tmp_path) as opened:
        yield opened
