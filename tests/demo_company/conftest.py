from collections.abc import AsyncIterator

import pytest

from tests.demo_company.box import Box, open_box


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    """A demo company with three founded but empty organisations, and the control endpoint."""
    async with open_box(control=True) as opened:
        yield opened
