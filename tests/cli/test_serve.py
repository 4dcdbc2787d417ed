import json
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.cli.command import XeroMcp

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


def test_serve_without_an_agent_refuses_and_lists_the_names(xero_mcp: XeroMcp) -> None:
    ended = xero_mcp("serve", "--demo")
    assert ended.code == 2
    assert ended.is_one_clear_line
    for name in ("ap-clerk", "auditor", "bookkeeper", "controller", "credit-controller"):
        assert name in ended.err
    assert not xero_mcp.home.exists()


def test_serve_says_on_stderr_that_an_agent_has_no_policy(xero_mcp: XeroMcp) -> None:
    ended = xero_mcp("serve", "--agent", "ap-clark", "--demo")
    assert ended.code == 0
    assert ended.is_one_clear_line
    assert "no policy file is named ap-clark.yaml" in ended.err
    assert xero_mcp("serve", "--agent", "ap-clerk", "--demo").err == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--transport", "carrier-pigeon"), "stdio or http"),
        (("--port", "8080"), "--transport http"),
        (("--toolsets", "invoice"), "purchases"),
        (("--toolsets", ""), "purchases"),
        (("--transport", "http", "--port", "70000"), "65535"),
        (("--transport", "http", "--host", "192.0.2.1", "--agent", "a", "--demo"), "loopback"),
        (("--agnt", "x"), "--agnt"),
        (("--agent",), "--agent"),
        (("ap-clerk",), "'ap-clerk'"),
        (("--agent", "Not A Name", "--demo"), "is not an agent's name"),
        (("--agent", "ap-clerk"), "XERO_CLIENT_ID"),
    ],
    ids=str,
)
def test_bad_usage_is_one_line_on_stderr(
    xero_mcp: XeroMcp, arguments: tuple[str, ...], says: str
) -> None:
    ended = xero_mcp("serve", *arguments)
    assert ended.code == 2
    assert ended.is_one_clear_line
    assert says in ended.err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("XERO_MCP_PUBLIC_URL", "https://mcp.example.com"),
        ("XERO_MCP_ALLOWED_HOSTS", "localhost,mcp.example.com"),
    ],
)
def test_nobody_is_let_in_without_a_key_where_a_proxy_brings_others(
    xero_mcp: XeroMcp, name: str, value: str
) -> None:
    way = ("serve", "--transport", "http", "--port", "0", "--agent", "ap-clerk", "--demo")
    ended = xero_mcp(*way, **{name: value})
    assert ended.code == 2
    assert ended.is_one_clear_line
    assert name in ended.err
    assert "agents add" in ended.err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("XERO_MCP_SECRET_KEY", "short"),
        ("XERO_MCP_DATABASE_URL", "mysql://db"),
        ("XERO_MCP_POLICIES", "/no/such/folder"),
        ("XERO_API_URL", "http://example.com"),
        ("XERO_MCP_DEMO_MINUTE_SECONDS", "0"),
    ],
)
def test_a_setting_that_is_wrong_is_named(xero_mcp: XeroMcp, name: str, value: str) -> None:
    ended = xero_mcp("serve", "--agent", "ap-clerk", "--demo", **{name: value})
    assert ended.code == 2
    assert ended.is_one_clear_line
    assert name in ended.err


def test_a_token_that_cannot_be_one_is_told_without_being_shown(xero_mcp: XeroMcp) -> None:
    given = "two words"
    ended = xero_mcp("serve", "--agent", "ap-clerk", XERO_CLIENT_BEARER_TOKEN=given)
    assert ended.code == 2
    assert ended.is_one_clear_line
    assert given not in ended.err


def test_a_database_that_cannot_be_opened_ends_with_3(xero_mcp: XeroMcp, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    ended = xero_mcp("serve", "--agent", "ap-clerk", "--demo", XERO_MCP_HOME=str(tmp_path / "file"))
    assert ended.code == 3
    assert ended.is_one_clear_line


def test_a_port_that_is_taken_ends_with_3(xero_mcp: XeroMcp) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = xero_mcp("serve", "--transport", "http", "--demo", "--port", port)
    assert ended.code == 3
    assert ended.is_one_clear_line
    assert "--port" in ended.err


def test_http_serves_whoever_comes_as_the_agent_named_and_ends_on_a_signal(
    xero_mcp: XeroMcp,
) -> None:
    command = ("serve", "--transport", "http", "--port", "0", "--demo", "--agent", "auditor")
    with xero_mcp.start(*command) as server:
        assert server.stderr is not None
        where = server.stderr.readline().decode()
        assert "auditor" in server.stderr.readline().decode()
        port = int(where.split("127.0.0.1:")[1].split("/")[0])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=20) == 0
    newest = xero_mcp("audit", "list", "--limit", "1", "--json").json()[0]
    assert newest["kind"] == "stopped"
    assert "SIGTERM" in newest["says"]


def test_the_end_of_input_ends_it_well(xero_mcp: XeroMcp) -> None:
    ended = xero_mcp("serve", "--agent", "ap-clerk", "--demo")
    assert (ended.code, ended.out) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda one: one.name)
def test_a_signal_ends_it_within_two_seconds_with_a_record(
    xero_mcp: XeroMcp, number: signal.Signals
) -> None:
    with xero_mcp.start("serve", "--agent", "ap-clerk", "--demo") as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps(INITIALIZE).encode() + b"\n")
        server.stdin.flush()
        assert json.loads(server.stdout.readline())["id"] == 1
        began = time.monotonic()
        server.send_signal(number)
        assert server.wait(timeout=10) == 0
        assert time.monotonic() - began < 2
    newest = xero_mcp("audit", "list", "--limit", "1", "--json").json()[0]
    assert newest["kind"] == "stopped"
    assert number.name in newest["says"]


def test_the_minute_of_the_real_xero_is_not_shortened(xero_mcp: XeroMcp) -> None:
    given = {"XERO_MCP_DEMO_MINUTE_SECONDS": "6", "XERO_CLIENT_BEARER_TOKEN": "some-token"}
    ended = xero_mcp("serve", "--agent", "ap-clerk", **given)
    assert ended.code == 2
    assert ended.is_one_clear_line
    assert "XERO_MCP_DEMO_MINUTE_SECONDS" in ended.err
