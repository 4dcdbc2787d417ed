"""How a server ends: by a signal, by the end of its input, and in the middle of a write."""

import signal

import pytest

from tests.wire.bounds import GONE_SECONDS
from tests.wire.demo_process import DemoProcess
from tests.wire.house import House
from tests.wire.raw_server import RawServer, raw_server
from tests.wire.session import bill
from tests.wire.waiting import until

LONG_SECONDS = 5
"""Longer than a server may take to go."""
WAYS = ["SIGTERM", "SIGINT", "end of input"]


def end(server: RawServer, way: str) -> float:
    if way == "end of input":
        server.close_input()
    else:
        server.signal(signal.Signals[way])
    return server.wait()


@pytest.mark.parametrize("way", WAYS)
async def test_a_quiet_server_is_gone_in_time_and_says_why(house: House, way: str):
    with raw_server(house, "ap-clerk") as server:
        server.call("what-can-i-do")
        assert end(server, way) < GONE_SECONDS
        assert server.process.returncode == 0
    assert house.kinds()[-1] == "stopped"
    assert house.records(kind="stopped")[0]["reason"] == way
    assert (await house.verify()).ok
    assert not list((house.home / "run").glob("s-*")) or way != "end of input"


@pytest.mark.parametrize("way", ["SIGTERM"])
async def test_a_server_that_never_heard_a_word_is_gone_in_time(house: House, way: str):
    with raw_server(house, "ap-clerk", greet=False) as server:
        until(lambda: house.records(kind="started"))
        assert end(server, way) < GONE_SECONDS
        assert server.process.returncode == 0
    assert house.kinds()[-1] == "stopped"


@pytest.mark.parametrize("way", WAYS)
async def test_calls_under_way_do_not_hold_up_the_end_and_are_written_down(
    xero_house: House, demo: DemoProcess, way: str
):
    contact = demo.some_contact()
    with raw_server(xero_house, "ap-clerk") as server:
        server.call("list-accounts")
        demo.fault("latency", path="/Contacts", seconds=LONG_SECONDS)
        demo.fault("latency", method="PUT", path="/Invoices", seconds=LONG_SECONDS)
        server.start_call("list-contacts", {})
        slow = bill(contact, "10.00", number="SLOW", duplicate_of_known=True)
        server.start_call("create-invoice", slow)
        demo.wait_for_strike()
        assert end(server, way) < GONE_SECONDS
    writes = xero_house.records(kind="outcome", tool="create-invoice")
    assert [(one["status"], one["error_code"]) for one in writes] == [
        ("unknown", "OUTCOME_UNKNOWN")
    ]
    reads = xero_house.records(kind="outcome", tool="list-contacts")
    assert [one["status"] for one in reads] == ["failed"]
    assert xero_house.kinds()[-1] == "stopped"
    assert (await xero_house.verify()).ok
    assert demo.invoices("SLOW") == []


@pytest.mark.parametrize("way", ["end of input"])
async def test_a_write_that_ends_soon_is_let_end(xero_house: House, demo: DemoProcess, way: str):
    contact = demo.some_contact()
    with raw_server(xero_house, "ap-clerk") as server:
        server.call("list-accounts")
        demo.fault("latency", method="PUT", path="/Invoices", seconds=0.4)
        server.start_call("create-invoice", bill(contact, "10.00", number="SOON"))
        demo.wait_for_strike()
        assert end(server, way) < GONE_SECONDS
    outcomes = xero_house.records(kind="outcome", tool="create-invoice")
    assert [one["status"] for one in outcomes] == ["ok"]
    assert xero_house.kinds()[-1] == "stopped"
    assert len(demo.invoices("SOON")) == 1


async def test_a_call_that_the_client_gave_up_is_written_down(xero_house: House, demo: DemoProcess):
    contact = demo.some_contact()
    with raw_server(xero_house, "ap-clerk") as server:
        server.call("list-accounts")
        demo.fault("latency", method="PUT", path="/Invoices", seconds=0.4)
        number = server.start_call("create-invoice", bill(contact, "10.00", number="GIVEN-UP"))
        demo.wait_for_strike()
        server.notify("notifications/cancelled", {"requestId": number, "reason": "bored"})
        until(lambda: xero_house.records(kind="outcome", tool="create-invoice"))
        assert xero_house.records(kind="outcome", tool="create-invoice")[0]["status"] == "ok"
        again = server.call("create-invoice", bill(contact, "10.00", number="GIVEN-UP"))
        assert again["repeated"] is True
    assert len(demo.invoices("GIVEN-UP")) == 1


async def test_two_signals_do_not_spoil_the_end(xero_house: House, demo: DemoProcess):
    contact = demo.some_contact()
    with raw_server(xero_house, "ap-clerk") as server:
        server.call("list-accounts")
        demo.fault("latency", method="PUT", path="/Invoices", seconds=LONG_SECONDS)
        server.start_call("create-invoice", bill(contact, "10.00", number="TWICE"))
        demo.wait_for_strike()
        server.signal(signal.SIGTERM)
        server.signal(signal.SIGINT)
        server.close_input()
        assert server.wait() < GONE_SECONDS
    assert [one["status"] for one in xero_house.records(kind="outcome")][-1] == "unknown"
    assert xero_house.kinds()[-1] == "stopped"
    assert (await xero_house.verify()).ok
