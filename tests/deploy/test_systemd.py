"""The unit: systemd itself finds no fault with it, and what it names exists here."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.files import PORT, SETTINGS, text_of, variables_of
from xero_mcp.cli.serve import parse
from xero_mcp.transport.http.patience import Patience

UNIT = "xero-mcp.service"
MOST_EXPOSED = 20
"""In tenths; systemd calls up to 20 well protected. A unit without any of it has 96."""

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here"
)


def lines_of(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", text_of(UNIT), re.MULTILINE)


def analyze(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Of the unit as it would be where the server is installed."""
    text = text_of(UNIT)
    [command] = lines_of("ExecStart")
    program = shutil.which("true") or "/bin/true"
    (folder / UNIT).write_text(text.replace(command.split()[0], program))
    return subprocess.run(
        ["systemd-analyze", *arguments, str(folder / UNIT)],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@needs_systemd
def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    done = analyze(tmp_path, "verify", "--man=no")
    about_ours = [line for line in done.stderr.splitlines() if UNIT in line]
    assert about_ours == []


@needs_systemd
def test_it_is_exposed_as_little_as_systemd_can_make_it(tmp_path: Path) -> None:
    done = analyze(tmp_path, "security", "--offline=true", f"--threshold={MOST_EXPOSED}")
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("User", "xero-mcp"),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("CapabilityBoundingSet", ""),
        ("StateDirectory", "xero-mcp"),
        ("StateDirectoryMode", "0700"),
        ("UMask", "0077"),
    ],
)
def test_what_protects_the_books_is_said(key: str, value: str) -> None:
    assert lines_of(key) == [value]


def test_the_command_is_one_that_we_have() -> None:
    [command] = lines_of("ExecStart")
    program, serve, *options = command.split()
    assert Path(program).name == "xero-mcp"
    assert serve == "serve"
    port = parse(options).port
    assert port is not None
    assert (port.host, port.number) == ("127.0.0.1", PORT)


def test_the_state_is_where_systemd_lets_it_write() -> None:
    settings = dict(line.split("=", 1) for line in lines_of("Environment"))
    assert settings["XERO_MCP_HOME"] == f"/var/lib/{lines_of('StateDirectory')[0]}"
    assert {name for name in settings if name.startswith("XERO_")} <= SETTINGS
    assert lines_of("WorkingDirectory") == [settings["XERO_MCP_HOME"]]


def test_the_example_of_settings_names_what_there_is_and_no_value_of_a_secret() -> None:
    given = variables_of("xero-mcp.env.example")
    assert set(given) <= SETTINGS
    assert {name for name, value in given.items() if value} == {"XERO_MCP_POLICIES"}
    [file] = lines_of("EnvironmentFile")
    assert file in text_of("xero-mcp.env.example")


def test_it_gets_the_time_that_it_takes_to_stop() -> None:
    [given] = lines_of("TimeoutStopSec")
    patience = Patience()
    assert float(given.removesuffix("s")) > patience.finishing + patience.cutting
