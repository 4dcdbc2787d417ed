"""A hundred calls at once, from two server processes, against a Xero that enforces its limits."""

import time
from collections import Counter
from typing import Any

import pytest

from tests.wire.demo_process import ORGANISATION, DemoProcess
from tests.wire.house import House
from tests.wire.raw_server import RawServer, raw_server

AT_ONCE = 5
A_MINUTE = 60
MAX_WAIT_SECONDS = 30
"""What the server lets a call wait before it says when to come back."""


def warm(*servers: RawServer) -> None:
    for server in servers:
        server.call("what-can-i-do")


def all_at_once(servers: list[RawServer], calls_each: int) -> list[tuple[RawServer, int]]:
    return [
        (server, server.start_call("list-invoices", {"page_size": 1, "page": number + 1}))
        for number in range(calls_each)
        for server in servers
    ]


def heard(asked: list[tuple[RawServer, int]]) -> list[dict[str, Any]]:
    return [server.answer_to(number, seconds=60) for server, number in asked]


def codes(answers: list[dict[str, Any]]) -> Counter[str]:
    return Counter(one["error"]["code"] if "error" in one else "ok" for one in answers)


def at_the_door(demo: DemoProcess) -> dict[str, int]:
    return demo.stats()["organisations"][ORGANISATION]


def test_fifty_calls_from_two_servers_keep_to_five_at_once(house: House, strict_demo: DemoProcess):
    house.connect_to(strict_demo.url)
    with raw_server(house, "auditor") as one, raw_server(house, "auditor") as two:
        warm(one, two)
        strict_demo.fault("latency", path="/Invoices", times=50, seconds=0.05)
        answers = heard(all_at_once([one, two], 25))
    assert codes(answers) == {"ok": 50}
    door = at_the_door(strict_demo)
    assert door["refused"] == 0
    assert 1 < door["max_in_flight"] <= AT_ONCE, "on a slow disk the lanes are not all full"
    assert "429" not in strict_demo.stats()["by_status"]


@pytest.mark.slow
def test_a_hundred_calls_use_the_minute_in_full_and_no_more(house: House, strict_demo: DemoProcess):
    house.connect_to(strict_demo.url)
    with (
        strict_demo.counting() as seen,
        raw_server(house, "auditor") as one,
        raw_server(house, "auditor") as two,
    ):
        warm(one, two)
        began = time.monotonic()
        answers = heard(all_at_once([one, two], 50))
        assert time.monotonic() - began < MAX_WAIT_SECONDS + 5
        assert codes(answers) == {"ok": A_MINUTE, "XERO_RATE_LIMITED": 100 - A_MINUTE}
        waits = [told["error"]["retry_after_seconds"] for told in answers if "error" in told]
        assert all(MAX_WAIT_SECONDS < wait <= 61 for wait in waits)
        time.sleep(max(0.0, 36 - (time.monotonic() - began)))
        must_wait_and_say_so(one)
        assert time.monotonic() - began > 59
    door = at_the_door(strict_demo)
    assert door["refused"] == 0
    assert door["max_in_flight"] <= AT_ONCE
    assert "429" not in strict_demo.stats()["by_status"]
    assert seen.tokens <= 2


def must_wait_and_say_so(server: RawServer) -> None:
    """The minute is used up but soon over: the call waits, tells how long, and goes through."""
    params = {
        "name": "list-invoices",
        "arguments": {"page_size": 1},
        "_meta": {"progressToken": "wait"},
    }
    number = server.send("tools/call", params)
    assert server.answer_to(number, seconds=MAX_WAIT_SECONDS + 5)["rows"]
    notes = [line for line in list(server.lines) if b"notifications/progress" in line]
    assert any(b"Xero's limit" in line for line in notes)
