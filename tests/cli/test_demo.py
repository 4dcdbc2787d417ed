import signal
from pathlib import Path

import pytest

from tests.cli.command import TIMEOUT_SECONDS, Ended, XeroMcp
from tests.wire.waiting import until


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, list[str]]:
    """The tour, and what it left in the folder for temporary files."""
    folder = tmp_path_factory.mktemp("tour")
    temporary = folder / "temporary"
    temporary.mkdir()
    run = XeroMcp(home=folder / "home", folder=folder)
    # Settings of the person who looks at it must not lead the tour astray.
    (folder / ".env").write_text("XERO_MCP_AGENT=nobody\nXERO_SCOPES=accounting.budgets.read\n")
    ended = run("demo", TMPDIR=str(temporary), XERO_MCP_POLICIES="/no/such/folder")
    return ended, [path.name for path in [*temporary.iterdir(), *folder.glob("home")]]


@pytest.mark.parametrize(
    "sentence",
    [
        "You are ap-clerk.",
        "bills in Demo Company (Global)",
        "Done. A bill was created with status draft. INK-3301, 480.00 USD.",
        "Not yet. ",
        "It waits for controller@example.com as ap-",
        "xero-mcp approvals approve ap-",
        "That was done already: here is the first answer. No second bill.",
        "No. Denied by ap-clerk.yaml access.payments=off",
        "ap-clerk created draft bill INK-3301 (480.00 USD, ",
        "controller@example.com (not signed in; system user ",
        "ap-clerk was refused leave to record a payment",
        "records, none changed, none missing.",
        "claude mcp add xero -- ",
        '{"mcpServers": {"xero": {',
    ],
)
def test_the_tour_says(tour: tuple[Ended, list[str]], sentence: str) -> None:
    ended, _ = tour
    assert sentence in ended.out


def test_the_tour_ends_well_in_a_pipe(tour: tuple[Ended, list[str]]) -> None:
    ended, _ = tour
    assert (ended.code, ended.err) == (0, "")
    assert ended.is_plain


def test_the_tour_leaves_nothing_behind(tour: tuple[Ended, list[str]]) -> None:
    _, left = tour
    assert left == []


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_tour_that_is_broken_off_leaves_nothing_behind_either(
    xero_mcp: XeroMcp, tmp_path: Path, name: str
) -> None:
    """Ctrl-C, an end of the machine, a closed window."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with xero_mcp.start("demo", TMPDIR=str(temporary)) as process:
        try:
            until(lambda: list(temporary.glob("*/xero-mcp.db")))
            process.send_signal(signal.Signals[name])
            out, errors = process.communicate(timeout=TIMEOUT_SECONDS)
        finally:
            process.kill()
    assert process.returncode == 130, out
    assert errors == b""
    assert list(temporary.iterdir()) == []
