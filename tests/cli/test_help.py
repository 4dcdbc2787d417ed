import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import REPOSITORY, XeroMcp

GROUPS = {
    "connections": ["refresh", "disconnect"],
    "policy": [
        "check",
        "test",
        "show",
        "explain",
        "suspend",
        "resume",
        "new",
        "diff",
        "replay",
        "schema",
    ],
    "agents": ["add", "list", "rotate", "revoke"],
    "people": ["add", "list", "remove", "passphrase"],
    "approvals": ["list", "show", "approve", "reject"],
    "audit": [
        "list",
        "show",
        "follow",
        "summary",
        "review",
        "reconcile",
        "verify",
        "export",
        "crosscheck",
        "prove",
        "checkpoint",
        "forget",
        "purge",
        "public-key",
    ],
    "webhooks": ["status", "test", "replay"],
    "store": ["migrate"],
}
COMMANDS = [
    ("demo",),
    ("serve",),
    ("connect",),
    ("doctor",),
    ("install",),
    *((group, name) for group, names in GROUPS.items() for name in names),
    ("watch",),
    ("tools",),
    ("demo-company",),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_help_of_every_command_has_an_example(
    xero_mcp: XeroMcp, command: tuple[str, ...]
) -> None:
    shown = xero_mcp(*command, "--help")
    assert shown.code == 0
    assert shown.err == ""
    assert shown.is_plain
    assert "Example" in shown.out
    assert f"xero-mcp {' '.join(command)}" in shown.out.partition("Example")[2]
    assert max(len(line) for line in shown.out.splitlines()) <= 80


def test_the_first_help_lists_every_command_with_a_whole_sentence(xero_mcp: XeroMcp) -> None:
    shown = xero_mcp("--help")
    assert shown.code == 0
    listed = shown.out.partition("Commands:")[2]
    for command in ("demo", "serve", "doctor", "policy", "approvals", "audit", "tools"):
        assert f"\n  {command} " in listed
    assert "..." not in listed
    assert max(len(line) for line in shown.out.splitlines()) <= 80


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_lists_just_what_there_is(xero_mcp: XeroMcp, group: str) -> None:
    listed, _, after = xero_mcp(group, "--help").out.partition("Commands:")[2].partition("\n\n")
    assert "Example" in after
    assert f"xero-mcp {group}" in after
    names = [line.split()[0] for line in listed.splitlines() if line.startswith("  ")]
    assert names == GROUPS[group]
    assert "..." not in listed


@pytest.mark.parametrize(
    "arguments",
    [
        ("no-such-command",),
        ("audit", "list", "--no-such-option"),
        ("audit", "list", "--limit", "x"),
    ],
    ids=" ".join,
)
def test_bad_usage_ends_with_2_and_leaves_stdout_alone(
    xero_mcp: XeroMcp, arguments: tuple[str, ...]
) -> None:
    ended = xero_mcp(*arguments)
    assert ended.code == 2
    assert ended.out == ""
    assert "Error: " in ended.err
    assert "Traceback" not in ended.err


def test_the_version_is_shown(xero_mcp: XeroMcp) -> None:
    ended = xero_mcp("--version")
    assert (ended.code, ended.out.split()[0], ended.err) == (0, "xero-mcp", "")


def test_the_way_to_serve_loads_no_command_line_library() -> None:
    """Typer and rich never; click only where mcp itself loads it."""
    program = (
        "import sys, gc\n"
        "import mcp.server.lowlevel, mcp.server.stdio\n"
        "before = set(sys.modules)\n"
        "import xero_mcp.__main__, xero_mcp.cli.serve, xero_mcp.transport.stdio\n"
        "print(sorted(m for m in set(sys.modules) - before"
        " if m.split('.')[0] in {'typer', 'rich', 'click', 'argparse'}))\n"
        "print('typer' in sys.modules, 'rich' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stdout.splitlines() == ["[]", "False False"]


def test_a_reader_that_goes_away_is_no_failure(xero_mcp: XeroMcp, tmp_path: Path) -> None:
    command = " ".join(xero_mcp.command("tools", "--json"))
    errors = tmp_path / "errors"
    subprocess.run(
        ["sh", "-c", f"{command} 2>{errors} | head -1"],
        env=xero_mcp.environment,
        check=True,
        capture_output=True,
        timeout=30,
    )
    assert errors.read_text() == ""
