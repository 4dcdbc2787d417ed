"""World-readable state: whatever the server makes in its home is for its own user alone."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.gate.test_spool import Half
from tests.gate.world import bill, world
from tests.wire.bounds import COMMAND_SECONDS
from tests.wire.house import House
from tests.wire.raw_server import raw_server

POLICY = """\
agent: clerk
purpose: Leaves everything behind that there is to leave.
organisations: [Demo Company (Global)]
access: { contacts: full, accounts: read, bills: post, invoices: post }
rules:
  - name: a person looks at every contact
    for: [create-contact]
    ask_when: { bank_details_would_change: true }
    ask: [jane@example.com]
"""
PASSPHRASE = "four words not together\n"  # noqa: S105 - opens nothing
COMMANDS: Sequence[Sequence[str]] = (
    ("policy", "new", "night-clerk", "--like", "ap-clerk"),
    ("agents", "add", "clerk"),
    ("people", "add", "jane@example.com", "--passphrase-stdin"),
    ("audit", "checkpoint"),
)
"""Each writes something that was not there before."""


EXPECTED = {
    "xero-mcp.db",
    "xero-mcp.db-wal",
    "xero-mcp.db-shm",
    "secret.key",
    "checkpoint.key",
    "night-clerk.yaml",
}


@pytest.fixture
def careless() -> Iterator[None]:
    """A user whose files everybody may read and change, unless somebody says otherwise."""
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    """What is in a folder, and the folder itself, that others may read, change or enter."""
    found = [folder, *folder.rglob("*")]
    return [
        f"{path.relative_to(folder)} {stat.filemode(path.lstat().st_mode)}"
        for path in sorted(found)
        if stat.S_IMODE(path.lstat().st_mode) & 0o077
    ]


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def run(house: House, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "xero_mcp", *command],
        env={"PATH": "/usr/bin:/bin", **house.full_environment()},
        cwd=house.folder,
        input=PASSPHRASE * 2,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.usefixtures("careless")
def test_no_world_readable_state_is_left_by_a_server_and_by_every_command(house_on_disk: House):
    house, seen = house_on_disk, set[str]()
    house.write_policy(POLICY)
    for path in (house.home, house.home / "policies", *house.home.rglob("*.yaml")):
        path.chmod(0o700)  # these the test made
    with raw_server(house, "clerk") as server:
        made = server.call("create-contact", {"name": "Nobody Else Ltd"})
        assert made.get("ok"), made
        server.call("create-invoice", bill(made["id"], number="S-1"))
        asked = {"name": "Another Ltd", "bank_account": "12-3140-0171323-50"}
        assert "error" in server.call("create-contact", asked), "a person is asked"
        assert open_to_others(house.home) == []
        seen |= files_in(house.home)
        for command in COMMANDS:
            ran = run(house, command)
            assert ran.returncode == 0, (command, ran.stderr)
            assert open_to_others(house.home) == [], command
            seen |= files_in(house.home)
        server.close_input()
        server.wait()
    assert open_to_others(house.home) == []
    seen |= files_in(house.home)
    assert seen >= EXPECTED, "it looked while all of it was there"


@pytest.mark.usefixtures("careless")
def test_no_world_readable_state_is_left_where_a_policy_is_the_first_thing_made(
    house_on_disk: House,
):
    ran = run(house_on_disk, COMMANDS[0])
    assert ran.returncode == 0, ran.stderr
    assert open_to_others(house_on_disk.home) == []


@pytest.mark.usefixtures("careless")
def test_no_world_readable_state_is_left_where_the_database_lies_elsewhere(
    house_on_disk: House, tmp_path: Path
):
    """As with PostgreSQL: nothing but what waits, and who is alive, makes the state folder."""
    house_on_disk.environment["XERO_MCP_DATABASE_URL"] = f"sqlite:///{tmp_path / 'far.db'}"
    ran = run(house_on_disk, ("serve", "--agent", "ap-clerk", "--demo"))
    assert ran.returncode == 0, ran.stderr
    assert "spool" in {path.name for path in house_on_disk.home.iterdir()}
    assert open_to_others(house_on_disk.home) == []


@pytest.mark.usefixtures("careless")
def test_a_policy_in_a_folder_of_its_own_may_be_read_by_a_server_and_written_by_nobody_else(
    house_on_disk: House,
):
    folder = house_on_disk.folder / "policies"
    folder.mkdir(mode=0o755)
    house_on_disk.environment["XERO_MCP_POLICIES"] = str(folder)
    ran = run(house_on_disk, COMMANDS[0])
    assert ran.returncode == 0, ran.stderr
    assert stat.S_IMODE((folder / "night-clerk.yaml").stat().st_mode) == 0o644


@pytest.fixture
def house_on_disk(tmp_path: Path) -> House:
    """A state folder whose servers run the demo company inside themselves."""
    return House(tmp_path)


@pytest.mark.usefixtures("careless")
async def test_no_world_readable_state_is_left_by_an_outcome_that_waits_in_a_file(tmp_path: Path):
    async with world(tmp_path) as house:
        half = Half(house)
        half.store.broken = True
        await house.call("create-invoice", bill(house.supplier(), number="WAITS-1"))
        assert [one for one in half.folder.iterdir() if one.suffix == ".json"]
        assert open_to_others(half.folder) == []


def test_no_world_readable_state_would_be_missed(tmp_path: Path):
    """Or the tests above could not fail."""
    tmp_path.chmod(0o700)
    secret = tmp_path / "secret"
    secret.write_text("x", encoding="utf-8")
    secret.chmod(0o640)
    assert open_to_others(tmp_path) == ["secret -rw-r-----"]
