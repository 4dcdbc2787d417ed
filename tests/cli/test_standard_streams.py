"""Streams that a shell closed, a disk that is full, and readers that have seen enough."""

import json
import subprocess
import sys

import pytest

from tests.cli.command import TIMEOUT_SECONDS, XeroMcp
from xero_mcp.cli.exits import ExitCode

LONG = ("tools", "--json")
"""More than fits into a buffer: so writing fails in the middle of it."""
GREETING = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "a-test", "version": "1"},
}


def in_shell(run: XeroMcp, arguments: tuple[str, ...], streams: str) -> tuple[int, str, str]:
    """Its exit code, and what is on stdout and on stderr, its streams set up by a shell."""
    command = " ".join(run.command(*arguments))
    status = run.folder / "status"
    done = subprocess.run(
        ["sh", "-c", f"{{ {command}; echo $? >{status}; }} {streams}"],
        env=run.environment,
        cwd=run.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    return int(status.read_text()), done.stdout, done.stderr


@pytest.mark.parametrize("streams", [">&-", "<&- >&-", ">/dev/full"])
@pytest.mark.parametrize(
    "arguments", [LONG, ("policy", "--help"), ("serve", "--help")], ids=" ".join
)
def test_a_result_that_arrives_nowhere_is_told_in_a_line(
    xero_mcp: XeroMcp, arguments: tuple[str, ...], streams: str
) -> None:
    code, _, errors = in_shell(xero_mcp, arguments, streams)
    assert code == ExitCode.UNREACHABLE
    [said] = errors.splitlines()
    assert said.startswith("xero-mcp: The result cannot be written to stdout: ")


def test_a_command_without_a_result_does_not_miss_stdout(xero_mcp: XeroMcp) -> None:
    code, _, errors = in_shell(xero_mcp, ("audit", "list"), ">&-")
    assert (code, len(errors.splitlines())) == (ExitCode.DONE, 1)
    assert "Nothing is recorded yet" in errors


@pytest.mark.parametrize("streams", ["2>&-", "2>/dev/full", "<&-", "<&- 2>&-"])
def test_nothing_depends_on_stdin_and_stderr(xero_mcp: XeroMcp, streams: str) -> None:
    code, said, errors = in_shell(xero_mcp, LONG, streams)
    assert (code, errors) == (ExitCode.DONE, "")
    assert json.loads(said)
    code, said, errors = in_shell(xero_mcp, ("audit", "show", "1"), streams)
    assert (code, said) == (ExitCode.REFUSED, "")
    assert "Traceback" not in errors


def test_the_database_does_not_take_the_place_of_a_closed_stream(xero_mcp: XeroMcp) -> None:
    """Its file would have the number of stdout, and be printed over."""
    for streams in (">&-", "<&- >&- 2>&-", "<&- 2>&-"):
        in_shell(xero_mcp, ("agents", "add", "ap-clerk"), streams)
    ended = xero_mcp("audit", "verify", "--json")
    assert (ended.code, ended.json()["ok"]) == (ExitCode.DONE, True)
    assert [one["agent"] for one in xero_mcp("agents", "list", "--json").json()] == ["ap-clerk"]


@pytest.mark.parametrize("arguments", [LONG, ("--help",), ("policy", "schema")], ids=" ".join)
@pytest.mark.parametrize("streams", ["| true", "2>&1 | true"])
def test_a_reader_that_has_seen_enough_is_no_failure(
    xero_mcp: XeroMcp, arguments: tuple[str, ...], streams: str
) -> None:
    code, _, errors = in_shell(xero_mcp, arguments, streams)
    assert (code, errors) == (ExitCode.DONE, "")


def test_a_verdict_is_the_same_whether_or_not_it_is_read(xero_mcp: XeroMcp) -> None:
    (xero_mcp.folder / "wrong.yaml").write_text("agent: nobody\n")
    arguments = ("policy", "check", "wrong.yaml")
    assert xero_mcp(*arguments).code == ExitCode.REFUSED
    assert in_shell(xero_mcp, arguments, "2>&1 | true")[0] == ExitCode.REFUSED


def test_following_ends_when_its_reader_has_gone(xero_mcp: XeroMcp) -> None:
    """Also while there is nothing to print."""
    xero_mcp("store", "migrate")
    code, _, errors = in_shell(xero_mcp, ("audit", "follow"), "| true")
    assert (code, errors) == (ExitCode.DONE, "")


@pytest.mark.parametrize("streams", [">&-", ">/dev/full"])
def test_a_server_whose_answers_are_not_read_ends_and_says_so(
    xero_mcp: XeroMcp, streams: str
) -> None:
    """Its stdin stays open: a host may close the one before the other."""
    command = " ".join(xero_mcp.command("serve", "--agent", "ap-clerk", "--demo"))
    request = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": GREETING}
    with subprocess.Popen(
        ["sh", "-c", f"exec {command} {streams}"],
        env=xero_mcp.environment,
        cwd=xero_mcp.folder,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            assert process.wait(timeout=TIMEOUT_SECONDS) == ExitCode.DONE
            assert process.stderr.read() == b""
        finally:
            process.kill()
    newest = xero_mcp("audit", "list", "--limit", "1", "--json").json()[0]
    assert (newest["kind"], newest["reason"]) == ("stopped", "its answers are read no more")


@pytest.mark.parametrize("streams", ["<&-", "<&- >&- 2>&-"])
def test_a_server_without_streams_ends_as_at_the_end_of_its_input(
    xero_mcp: XeroMcp, streams: str
) -> None:
    code, said, errors = in_shell(xero_mcp, ("serve", "--agent", "ap-clerk", "--demo"), streams)
    assert (code, said, errors) == (ExitCode.DONE, "", "")
    newest = xero_mcp("audit", "list", "--limit", "1", "--json").json()[0]
    assert (newest["kind"], newest["reason"]) == ("stopped", "end of input")


def test_ctrl_c_while_it_still_loads_leaves_no_trace(xero_mcp: XeroMcp) -> None:
    program = (
        "import sys\n"
        "class Pressed:\n"
        "    def find_spec(self, name, *more):\n"
        "        if name == 'xero_mcp.cli.main': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Pressed())\n"
        "from xero_mcp.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=xero_mcp.environment,
        capture_output=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")
