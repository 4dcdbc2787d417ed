"""`xero-mcp webhooks` as an operator uses it: what came, what is missing, and whether it works."""

import re
import threading
from base64 import b64encode
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import islice
from subprocess import Popen
from typing import ClassVar

import anyio
import pytest

from tests.changes.deliveries import ORGANISATION, event, thing
from tests.cli.command import XeroMcp
from tests.cli.test_terminal import COLUMNS, on_terminal
from xero_mcp.app import Office, open_office
from xero_mcp.changes.event import Event
from xero_mcp.changes.refusing import Outcome
from xero_mcp.clock import SystemClock
from xero_mcp.settings import load_settings
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.webhooks import Range

KEY = "the-signing-key-of-a-webhook"
OTHER = "another-signing-key-of-it"
WAIT_SECONDS = 30
MAX_LINES = 50


@contextmanager
def served(run: XeroMcp, **settings: str) -> Generator[str]:
    """A server with a webhook's key, over the demo company in its own process; its address."""
    process = run.start(
        "serve",
        *("--transport", "http", "--port", "0", "--demo"),
        **({"XERO_WEBHOOK_KEY": KEY} | settings),
    )
    end = threading.Timer(WAIT_SECONDS, process.kill)  # so that no reading waits for ever
    end.start()
    try:
        yield _address(process)
    finally:
        end.cancel()
        process.kill()
        process.communicate(timeout=WAIT_SECONDS)


def _address(process: "Popen[bytes]") -> str:
    assert process.stderr is not None
    for line in islice(process.stderr, MAX_LINES):
        found = re.search(rb"http://127\.0\.0\.1:\d+", line)
        if found:
            return found[0].decode()
    raise AssertionError("the server did not say where it is")


class Stub(BaseHTTPRequestHandler):
    """Answers each delivery with the next of `answers`: a status, a body and a cookie."""

    answers: ClassVar[list[tuple[int, bytes, bool]]] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        status, says, cookie = self.answers.pop(0)
        self.send_response(status)
        self.send_header("content-length", str(len(says)))
        if cookie:
            self.send_header("set-cookie", "a=b")
        self.end_headers()
        self.wfile.write(says)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is there
        del format, args


@contextmanager
def answering(*answers: tuple[int, bytes, bool]) -> Generator[str]:
    """A server that answers like this, and is no xero-mcp."""
    Stub.answers = list(answers)
    with HTTPServer(("127.0.0.1", 0), Stub) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(WAIT_SECONDS)


def prepared(run: XeroMcp) -> None:
    """A store in which some things came, one is missing and some were refused."""

    def work(tables: Tables, office: Office) -> None:
        now = office.clock.now() - timedelta(minutes=5)
        for number in (1, 2, 4):
            told = Event.read(event(number, at=now))
            tables.webhooks.add_event(told.row(now))
            tables.webhooks.cover(Range(number, number, now, now))
            tables.webhooks.count(Outcome.TAKEN, now)
        tables.webhooks.count(Outcome.EVENTS, now, amount=3)
        tables.webhooks.count(Outcome.SIGNATURE, now, amount=12)
        tables.change_work.want(Event.read(event(9, at=now)).wanted(), due_at=now)
        tables.change_work.open_position(ORGANISATION, "payments", since=now, next_at=now)

    async def open_and_work() -> None:
        settings = load_settings(
            environment={"XERO_MCP_HOME": str(run.home)}, env_file=run.folder / "none"
        )
        async with open_office(settings, clock=SystemClock()) as office:
            await office.store.write(lambda tables: work(tables, office))

    anyio.run(open_and_work)


def test_a_server_answers_as_xero_wants_it_and_no_trial_is_a_change(xero_mcp: XeroMcp):
    with served(xero_mcp) as url:
        tried = xero_mcp("webhooks", "test", "--url", url, XERO_WEBHOOK_KEY=KEY)
        assert tried.code == 0, tried.out + tried.err
        assert tried.out.count("as Xero wants it") == 3
        other = xero_mcp("webhooks", "test", "--url", url, XERO_WEBHOOK_KEY=OTHER)
        assert other.code == 1
        assert "The server has another key than this command" in other.out
    state = xero_mcp("webhooks", "status", "--json").json()
    assert (state["waiting"], state["newest_change"], state["missing"]) == (0, 0, [])
    (day,) = state["days"]
    assert day["outcomes"]["trial"] == 1
    assert day["outcomes"]["signature"] >= 1
    assert "organisation" not in day["outcomes"]


@pytest.mark.slow
def test_each_key_is_tried_while_one_is_rotated(xero_mcp: XeroMcp):
    both = f"{KEY},{OTHER}"
    with served(xero_mcp, XERO_WEBHOOK_KEY=both) as url:
        tried = xero_mcp("webhooks", "test", "--url", url, "--json", XERO_WEBHOOK_KEY=both)
    assert tried.code == 0
    names = [one["name"] for one in tried.json()["trials"]]
    assert names == [
        "intent to receive, key 1",
        "intent to receive, key 2",
        "forged",
        "delivery",
    ]


@pytest.mark.slow
def test_a_server_without_a_key_is_said_to_have_none(xero_mcp: XeroMcp):
    with served(xero_mcp, XERO_WEBHOOK_KEY="") as url:
        tried = xero_mcp("webhooks", "test", "--url", url, XERO_WEBHOOK_KEY=KEY)
    assert tried.code == 1
    assert "runs without XERO_WEBHOOK_KEY" in tried.out


def test_bodies_cookies_and_what_takes_everything_are_told(xero_mcp: XeroMcp):
    with answering((200, b"ok", False), (200, b"", False), (200, b"", True)) as url:
        tried = xero_mcp("webhooks", "test", "--url", url, XERO_WEBHOOK_KEY=KEY)
    assert tried.code == 1
    first, second, third, last = tried.out.splitlines()
    assert "Xero wants no body" in first
    assert "it takes forged deliveries" in second
    assert "Xero wants no cookie" in third
    assert last.startswith("3 of 3 answers are wrong")


def test_a_server_that_is_not_there_is_not_reachable(xero_mcp: XeroMcp):
    ended = xero_mcp("webhooks", "test", "--url", "http://127.0.0.1:1", XERO_WEBHOOK_KEY=KEY)
    assert ended.code == 3
    assert ended.is_one_clear_line


@pytest.mark.parametrize("arguments", [("test",), ("test", "--url", "mcp.example.com")])
def test_without_a_key_or_an_address_nothing_is_tried(
    xero_mcp: XeroMcp, arguments: tuple[str, ...]
):
    ended = xero_mcp("webhooks", *arguments)
    assert ended.code == 2
    assert ended.is_one_clear_line


def test_before_anything_ran_there_is_nothing_to_show(xero_mcp: XeroMcp):
    for command in ("status", "replay"):
        ended = xero_mcp("webhooks", command)
        assert ended.code == 1
        assert ended.is_one_clear_line


def test_status_says_what_came_what_is_missing_and_what_waits(xero_mcp: XeroMcp):
    prepared(xero_mcp)
    ended = xero_mcp("webhooks", "status", XERO_WEBHOOK_KEY=KEY)
    assert ended.code == 0
    assert ended.is_plain
    assert KEY not in ended.out
    for said in ("number 3, since", "min ago", "signature 12", "1, of events from", "1 kinds"):
        assert said in ended.out
    state = xero_mcp("webhooks", "status", "--json").json()
    assert state["missing"] == [{"first": 3, "last": 3}]
    assert state["days"][0]["outcomes"] == {"events": 3, "signature": 12, "taken": 3}
    assert state["positions"][0]["resource"] == "payments"
    shown = re.sub(r"\x1b\[[0-9;]*m", "", on_terminal(xero_mcp, "webhooks", "status"))
    assert all(len(line) <= COLUMNS for line in shown.splitlines())


def test_replay_has_each_thing_read_again_once(xero_mcp: XeroMcp):
    prepared(xero_mcp)
    ended = xero_mcp("webhooks", "replay")
    assert (ended.code, ended.out.count("3 events tell of 3 things")) == (0, 1)
    again = xero_mcp("webhooks", "replay", "--json").json()
    assert (again["events"], again["things"]) == (3, 3)
    assert xero_mcp("webhooks", "status", "--json").json()["waiting"] == 4  # with that of before
    none = xero_mcp("webhooks", "replay", "--since", "2100-01-01")
    assert none.code == 2
    assert thing(1) not in ended.out


def checks(run: XeroMcp, name: str, **settings: str) -> list[dict[str, str]]:
    found = run("doctor", "--offline", "--json", **settings).json()["checks"]
    return [one for one in found if one["name"] == name]


def test_doctor_says_what_keeps_webhooks_from_coming(xero_mcp: XeroMcp):
    assert checks(xero_mcp, "webhooks") == []
    strange, unreachable = checks(xero_mcp, "webhooks", XERO_WEBHOOK_KEY=KEY)
    assert "does not look like a key of Xero's" in strange["says"]
    assert "no public address" in unreachable["says"]
    good = b64encode(b"k" * 64).decode()
    public = {"XERO_WEBHOOK_KEY": good, "XERO_MCP_PUBLIC_URL": "https://mcp.example.com"}
    assert checks(xero_mcp, "webhooks", **public) == []
    prepared(xero_mcp)
    (heard,) = checks(xero_mcp, "webhooks", **public)
    assert (heard["state"], heard["says"][:13]) == ("ok", "the last came")
    malformed = xero_mcp("doctor", "--offline", XERO_WEBHOOK_KEY="short")
    assert malformed.code == 2
    assert malformed.is_one_clear_line
