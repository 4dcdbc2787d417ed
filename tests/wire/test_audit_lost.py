"""The audit log cannot be written: nothing is done, it is said, and service returns by itself."""

import resource
import signal
import sqlite3
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager

import pytest

from tests.wire.bounds import GONE_SECONDS
from tests.wire.demo_process import DemoProcess
from tests.wire.house import House
from tests.wire.raw_server import RawServer, raw_server
from tests.wire.session import bill

LOCK_WAIT_SECONDS = 5
"""What the server grants another program before it gives up; see store/sqlite.py."""


@contextmanager
def locked(house: House) -> Generator[None]:
    """Another program holds the database for writing."""
    with closing(sqlite3.connect(house.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


@contextmanager
def full(server: RawServer) -> Generator[None]:
    """The disk takes nothing more: no file may grow."""
    process_id = server.process.pid
    before = resource.prlimit(process_id, resource.RLIMIT_FSIZE)
    resource.prlimit(process_id, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(process_id, resource.RLIMIT_FSIZE, before)


@contextmanager
def moved(house: House) -> Generator[None]:
    """Somebody moved the database away."""
    elsewhere = house.database.with_name("elsewhere.db")
    house.database.rename(elsewhere)
    try:
        yield
    finally:
        elsewhere.rename(house.database)


def nothing_is_done(server: RawServer, demo: DemoProcess, contact: str) -> None:
    with demo.counting() as seen:
        for tool, arguments in (
            ("create-invoice", bill(contact, "10.00", number="LOST")),
            ("list-invoices", {}),
            ("list-invoices", {"page": 0}),
            ("create-payment", {"invoice_id": contact, "account_code": "090", "amount": "1"}),
        ):
            error = server.call(tool, arguments)["error"]
            assert error["code"] == "AUDIT_UNAVAILABLE", (tool, error)
            assert "Nothing was done" in error["message"]
            assert error["next_step"]
    assert seen.total == 0


@pytest.mark.skipif(sys.platform != "linux", reason="limits another process, as only Linux lets")
@pytest.mark.parametrize("how", ["full", "moved"])
async def test_nothing_is_done_while_the_log_cannot_be_written(
    xero_house: House, demo: DemoProcess, how: str
):
    contact = demo.some_contact()
    with raw_server(xero_house, "ap-clerk") as server:
        server.call("list-accounts")
        with full(server) if how == "full" else moved(xero_house):
            nothing_is_done(server, demo, contact)
            assert server.ask("tools/list")["result"]["tools"]
        assert server.call("create-invoice", bill(contact, "10.00", number="LOST"))["ok"] is True
    assert len(demo.invoices("LOST")) == 1
    assert (await xero_house.verify()).ok


@pytest.mark.slow
async def test_nothing_is_done_while_another_program_keeps_the_log_locked(
    xero_house: House, demo: DemoProcess
):
    contact = demo.some_contact()
    with raw_server(xero_house, "ap-clerk") as server:
        server.call("list-accounts")
        with locked(xero_house):
            nothing_is_done(server, demo, contact)
        assert server.call("create-invoice", bill(contact, "10.00", number="LOST"))["ok"] is True
    assert len(demo.invoices("LOST")) == 1
    assert (await xero_house.verify()).ok


@pytest.mark.parametrize("way", ["SIGTERM", pytest.param("end of input", marks=pytest.mark.slow)])
async def test_a_locked_log_does_not_keep_the_server_from_ending(house: House, way: str):
    with raw_server(house, "ap-clerk") as server:
        server.call("what-can-i-do")
        with locked(house):
            if way == "SIGTERM":
                server.signal(signal.SIGTERM)
            else:
                server.close_input()
            assert server.wait() < GONE_SECONDS
        assert b"Traceback" not in b"".join(server.errors)
    assert (await house.verify()).ok


@pytest.mark.skipif(sys.platform != "linux", reason="limits another process, as only Linux lets")
async def test_an_outcome_that_cannot_be_written_is_not_told_as_done(
    xero_house: House, demo: DemoProcess
):
    contact = demo.some_contact()
    with raw_server(xero_house, "ap-clerk") as server:
        server.call("list-accounts")
        demo.fault("latency", method="PUT", path="/Invoices", seconds=0.6)
        number = server.start_call("create-invoice", bill(contact, "10.00", number="HALF"))
        demo.wait_for_strike()
        with full(server):
            answer = server.answer(number)["result"]["structuredContent"]
        assert answer["error"]["code"] == "AUDIT_UNAVAILABLE"
        assert "Do not send it again" in answer["error"]["next_step"]
        again = server.call("create-invoice", bill(contact, "10.00", number="HALF"))
        assert again.get("error", {}).get("code") in {None, "OUTCOME_UNKNOWN"}
    assert len(demo.invoices("HALF")) == 1
    with raw_server(xero_house, "ap-clerk") as server:
        server.call("create-invoice", bill(contact, "10.00", number="HALF"))
    assert len(demo.invoices("HALF")) == 1
    assert (await xero_house.verify()).ok


@pytest.mark.slow
async def test_an_outcome_of_one_process_is_written_down_by_the_next_that_works(
    xero_house: House, demo: DemoProcess
):
    sent = bill(demo.some_contact(), "10.00", number="SPOOLED")
    spool = xero_house.home / "spool"
    with raw_server(xero_house, "ap-clerk") as first, raw_server(xero_house, "ap-clerk") as second:
        first.call("list-accounts")
        demo.fault("latency", method="PUT", path="/Invoices", seconds=1)
        number = first.start_call("create-invoice", sent)
        demo.wait_for_strike()
        with locked(xero_house):
            answer = first.answer(number)["result"]["structuredContent"]
            assert answer["error"]["code"] == "AUDIT_UNAVAILABLE"
            [waiting] = spool.glob("*.json")
            assert waiting.name.startswith("ap-clerk.a-")
        assert second.call("list-accounts")["rows"]
        assert list(spool.glob("*.json")) == []
        [outcome] = xero_house.records(kind="outcome", tool="create-invoice")
        assert outcome["status"] == "ok"
        for server in (first, second):
            assert server.call("create-invoice", sent)["repeated"] is True
    assert len(demo.invoices("SPOOLED")) == 1
    assert (await xero_house.verify()).ok
