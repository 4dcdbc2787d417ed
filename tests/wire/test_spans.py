"""Spans go to a collector where one is set; what it is like never matters to a call."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from typing import ClassVar

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.wire.bounds import KILL_SECONDS
from tests.wire.house import House
from tests.wire.raw_server import raw_server
from xero_mcp.transport.tracing import attributes_of

PLANTED = "PLANTED-argument-of-a-call"
SETTING = "OTEL_EXPORTER_OTLP_ENDPOINT"


@dataclass
class Collector:
    """Hears spans on a socket, and keeps what it heard."""

    url: str
    heard: list[bytes] = field(default_factory=list[bytes])

    def spans(self) -> list[tuple[str, dict[str, str]]]:
        found: list[tuple[str, dict[str, str]]] = []
        for body in self.heard:
            request = ExportTraceServiceRequest()
            request.ParseFromString(body)
            found.extend(
                (span.name, {one.key: one.value.string_value for one in span.attributes})
                for resource in request.resource_spans
                for scope in resource.scope_spans
                for span in scope.spans
            )
        return found


@pytest.fixture
def collector() -> Iterator[Collector]:
    class Hears(BaseHTTPRequestHandler):
        to: ClassVar[list[bytes]] = []

        def do_POST(self) -> None:
            self.to.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http's own name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Hears) as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        yield Collector(url=f"http://127.0.0.1:{server.server_port}", heard=Hears.to)
        server.shutdown()
        serving.join(KILL_SECONDS)


def a_session(house: House) -> str:
    """Calls that succeed, fail and are unknown; what the server said on stderr."""
    with raw_server(house, "ap-clerk") as server:
        assert server.call("list-accounts")["rows"]
        assert server.call("list-contacts", {"search": PLANTED})["rows"] == []
        assert "error" in server.call("list-invoices", {"page": 0, PLANTED: PLANTED})
        server.answer(server.start_call(PLANTED, {}))
        server.close_input()
        server.wait()
    return b"".join(server.errors).decode()


def test_each_message_is_a_span_without_anything_of_its_content(house: House, collector: Collector):
    house.environment[SETTING] = collector.url
    a_session(house)
    spans = collector.spans()
    names = [name for name, _ in spans]
    assert "initialize" in names
    assert names.count("tools/call list-accounts") == 1
    assert "tools/call other" in names, "a name that the agent made up is not told"
    by_name = dict(spans)
    assert by_name["tools/call list-accounts"] == {
        "mcp.method.name": "tools/call",
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "list-accounts",
    }
    assert by_name["tools/call list-invoices"]["error.type"] == "tool_error"
    assert PLANTED.encode() not in b"".join(collector.heard)


def test_a_collector_that_is_not_there_is_of_no_matter(house: House):
    with closing(socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        house.environment[SETTING] = f"http://127.0.0.1:{taken.getsockname()[1]}"
        a_session(house)
    assert house.kinds()[-1] == "stopped"


def test_without_the_package_it_is_said_at_the_start_and_calls_go_on(house: House):
    blocked = house.folder / "without"
    blocked.mkdir()
    (blocked / "sitecustomize.py").write_text(WITHOUT_SDK, encoding="utf-8")
    house.environment[SETTING] = "http://127.0.0.1:9"
    with_path = f"{blocked}:{Path(__file__).parents[2]}"
    house.environment["PYTHONPATH"] = with_path
    assert "xero-mcp[otel]" in a_session(house)
    told = house.run("doctor", "--json")
    assert "xero-mcp[otel]" in told.stdout


WITHOUT_SDK = """
import sys
class Without:
    def find_spec(self, name, path=None, target=None):
        if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter")):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Without())
"""


@pytest.mark.parametrize("address", ["127.0.0.1:4318", "http://user:secret@host:4318", "ftp://x"])
def test_an_address_that_is_none_is_refused_at_the_start(house: House, address: str):
    house.environment[SETTING] = address
    ended = house.run("doctor")
    assert ended.returncode == 2
    assert "secret" not in ended.stdout + ended.stderr
    assert SETTING in ended.stderr


def test_only_what_is_known_beforehand_may_leave():
    given = {
        "mcp.method.name": PLANTED, "gen_ai.tool.name": PLANTED, "jsonrpc.request.id": PLANTED,
        "error.type": PLANTED, "rpc.response.status_code": PLANTED, "mcp.protocol.version": PLANTED,
    }  # fmt: skip
    for method in (PLANTED, "tools/call"):
        found = attributes_of({**given, "mcp.method.name": method}, tools={"list-accounts"})
        assert PLANTED not in found.values()
    assert attributes_of({"error.type": "-32602"}, tools=())["error.type"] == "-32602"
