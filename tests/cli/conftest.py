from pathlib import Path

import pytest

from tests.cli.command import XeroMcp


@pytest.fixture
def xero_mcp(tmp_path: Path) -> XeroMcp:
    folder = tmp_path / "where-the-person-stands"
    folder.mkdir()
    return XeroMcp(home=tmp_path / "home", folder=folder)
