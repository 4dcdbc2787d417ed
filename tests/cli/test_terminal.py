"""What a person sees on a terminal of 80 columns; on a dumb one, and without colours."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

import pytest

from tests.cli.command import ESCAPE, REPOSITORY, XeroMcp
from xero_mcp.cli.terminal import widths_of

COLUMNS = 80
MAX_READS = 10_000
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_HUE = re.compile(r"\x1b\[[0-9;]*3[0-9]m")


def on_terminal(run: XeroMcp, *arguments: str, **settings: str) -> str:
    """What the command writes to a terminal, its line ends made plain."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    environment = {
        name: value
        for name, value in run.environment.items()
        if name not in {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "CI"}
    }
    with subprocess.Popen(
        run.command(*arguments),
        env=environment | {"TERM": "xterm-256color"} | settings,
        cwd=run.folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ):
        os.close(theirs)
        written = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    return written.decode().replace("\r\n", "\n")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65_536)
    except OSError:  # how Linux says that the other end is closed
        return b""


@pytest.mark.parametrize(
    "arguments",
    [("tools",), ("doctor", "--offline"), ("policy", "test", "ap-clerk"), ("audit", "list")],
    ids=" ".join,
)
def test_nothing_is_wider_than_the_terminal(xero_mcp: XeroMcp, arguments: tuple[str, ...]) -> None:
    xero_mcp("serve", "--agent", "ap-clerk", "--demo")
    lines = _COLOUR.sub("", on_terminal(xero_mcp, *arguments)).splitlines()
    assert len(lines) > 2
    # A path, a hash or a command is never broken: it must stay fit for copying.
    too_wide = [line for line in lines if len(line) > COLUMNS and " " in line.strip()]
    assert [line for line in too_wide if str(xero_mcp.home) not in line] == []


def test_there_is_colour_on_a_terminal_and_none_where_it_is_not_wanted(xero_mcp: XeroMcp) -> None:
    command = ("policy", "test", "ap-clerk")
    assert _HUE.search(on_terminal(xero_mcp, *command))
    assert not _HUE.search(on_terminal(xero_mcp, *command, NO_COLOR="1"))
    assert ESCAPE not in on_terminal(xero_mcp, *command, TERM="dumb")


def test_json_is_json_on_a_terminal_too(xero_mcp: XeroMcp) -> None:
    shown = on_terminal(xero_mcp, "tools", "--agent", "ap-clerk", "--json")
    assert ESCAPE not in shown
    assert shown.startswith("[\n")


def test_a_table_breaks_words_of_no_column_where_there_is_room(xero_mcp: XeroMcp) -> None:
    names = [row["name"] for row in xero_mcp("tools", "--json").json()]
    shown = _COLOUR.sub("", on_terminal(xero_mcp, "tools"))
    heading, _, *lines = shown.splitlines()
    assert heading.split() == ["tool", "area", "access", "what", "it", "does"]
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == names
    words = set(shown.split())
    assert {"manual-journals", "linked-transactions", "draft,"} <= words


def test_a_changed_policy_and_the_requests_of_a_call_fit_and_keep_their_ids_whole(
    xero_mcp: XeroMcp,
) -> None:
    shipped = (REPOSITORY / "policies" / "ap-clerk.yaml").read_text()
    changed = xero_mcp.folder / "changed.yaml"
    changed.write_text(shipped.replace("500.00 USD", "300.00 USD").replace("500.01", "300.01"))
    told = _COLOUR.sub("", on_terminal(xero_mcp, "policy", "diff", "ap-clerk", str(changed)))
    assert "300.00 USD." in " ".join(told.split())
    assert max(len(line) for line in told.splitlines()) <= COLUMNS
    ids = ["8" * 8 + "-4444-4444-4444-" + "0" * 12, "GET /Contacts/" + "1" * 36]
    heads = ["record", "answer", "took", "request"]
    widths = widths_of([heads, ["8", "200", "6 ms", " ".join(ids)]], room=COLUMNS)
    assert widths[-1] >= max(len(each) for each in ids)


def test_columns_give_way_the_last_first_and_keep_their_words() -> None:
    rows = [["day", "let through", "money"], ["2026-11-20", "5", "1872.73 USD and more of it"]]
    assert widths_of(rows, room=80) == [10, 11, 26]
    assert widths_of(rows, room=50) == [10, 11, 25]
    assert widths_of(rows, room=45) == [10, 7, 24]
    assert widths_of(rows, room=30) == [10, 7, 9]


def test_what_is_told_on_stderr_is_wrapped_on_a_terminal_too(xero_mcp: XeroMcp) -> None:
    shown = on_terminal(xero_mcp, "connections")
    assert "Nobody has signed in" in shown
    assert max(len(line) for line in shown.splitlines()) <= COLUMNS
    assert "`xero-mcp doctor`" in " ".join(shown.split())
