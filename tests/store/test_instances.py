import subprocess
import sys
from pathlib import Path

import pytest

from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.instances import Instances

ROOT = Path(__file__).parents[2]
ENTER = (
    "import sys\n"
    "from pathlib import Path\n"
    "from xero_mcp.store.instances import Instances\n"
    "presence = Instances(Path(sys.argv[1])).enter()\n"
    "print(presence.instance, flush=True)\n"
    "sys.stdin.read()\n"
)


def test_a_process_knows_itself_to_be_alive_until_it_leaves(tmp_path: Path):
    instances = Instances(tmp_path / "run")
    with instances.enter() as presence:
        assert instances.is_live(presence.instance)
        assert Instances(tmp_path / "run").is_live(presence.instance)
    assert not instances.is_live(presence.instance)
    presence.leave()
    assert not list((tmp_path / "run").iterdir())


def test_a_killed_process_is_known_to_be_dead_at_once(tmp_path: Path):
    instances = Instances(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", ENTER, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        name = other.stdout.readline().strip()
        assert instances.is_live(name)
        assert instances.sweep() == 0
        other.kill()
        other.wait(timeout=10)
        assert not instances.is_live(name)
    with instances.enter() as presence:
        assert instances.sweep() == 1
        assert [file.stem for file in tmp_path.iterdir()] == [presence.instance]


@pytest.mark.parametrize(
    "name", ["", "s-1", "../../etc/passwd", "s-0123456789abcdef/..", "s-" + "0" * 16]
)
def test_a_name_that_never_was_counts_as_dead(tmp_path: Path, name: str):
    assert not Instances(tmp_path).is_live(name)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailableError, match="cannot be written"):
        Instances(tmp_path / "file" / "run").enter()


def test_two_processes_never_share_a_name(tmp_path: Path):
    instances = Instances(tmp_path, randomness=bytes)
    with instances.enter(), pytest.raises(StoreUnavailableError, match="File exists"):
        instances.enter()
