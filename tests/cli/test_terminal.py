"""What a person sees on a terminal of 80 columns; on a dumb one, and without colours."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

import pytest

from tests.cli.command import ESCAPE, XeroMcp

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
