"""Two servers, and their PostgreSQL goes away: nothing is done unrecorded, and both come back."""

import signal
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager

import pytest

from tests.store.postgres_server import Server
from tests.wire.demo_process import DemoProcess
from tests.wire.house import House
from tests.wire.raw_server import RawServer, raw_server
from tests.wire.session import bill
from tests.wire.waiting import until

LONG_SECONDS = 60.0
"""For an answer of a server whose database is frozen: it has waits of its own, with ends."""


@pytest.fixture
def shared_house(xero_house: House, postgres: Server) -> House:
    """Its servers are replicas: they share a database and a demo company."""
    xero_house.environment |= {
        "XERO_MCP_DATABASE_URL": postgres.url(postgres.new_house()),
        "XERO_MCP_SECRET_KEY": "the same for all of them",
    }
    return xero_house


@contextmanager
def stopped(postgres: Server) -> Generator[None]:
    postgres.stop()
    try:
        yield
    finally:
        postgres.start()


@contextmanager
def frozen(postgres: Server) -> Generator[None]:
    postgres.freeze()
    try:
        yield
    finally:
        postgres.thaw()


def refused(server: RawServer, tool: str, arguments: dict[str, object]) -> None:
    number = server.start_call(tool, arguments)
    error = server.answer_to(number, seconds=LONG_SECONDS)["error"]
    assert error["code"] == "AUDIT_UNAVAILABLE", (tool, error)
    assert "Nothing was done" in error["message"]


def works(server: RawServer) -> bool:
    return "error" not in server.call("list-accounts")


def comes_back(server: RawServer) -> None:
    until(lambda: works(server))


@pytest.mark.slow
@pytest.mark.parametrize("away", [stopped, frozen], ids=["stopped", "frozen"])
async def test_nothing_is_done_while_postgres_is_away_and_all_come_back_by_themselves(
    shared_house: House,
    demo: DemoProcess,
    postgres: Server,
    away: Callable[[Server], AbstractContextManager[None]],
):
    contact = demo.some_contact()
    with (
        raw_server(shared_house, "ap-clerk") as one,
        raw_server(shared_house, "ap-clerk") as other,
    ):
        for server in (one, other):
            assert works(server)
        with away(postgres), demo.counting() as seen:
            for server in (one, other):
                refused(server, "create-invoice", bill(contact, "10.00", number="AWAY"))
        assert seen.total == 0
        for server in (one, other):
            comes_back(server)
        done = [
            s.call("create-invoice", bill(contact, "10.00", number="AWAY")) for s in (one, other)
        ]
        assert not [answer["error"] for answer in done if "error" in answer]
        assert done[1]["repeated"] is True
    assert len(demo.invoices("AWAY")) == 1
    assert (await shared_house.verify()).ok


@pytest.mark.slow
async def test_an_outcome_of_the_time_without_postgres_is_written_first_thing(
    shared_house: House, demo: DemoProcess, postgres: Server
):
    contact = demo.some_contact()
    with raw_server(shared_house, "ap-clerk") as server:
        assert works(server)
        demo.fault("latency", method="PUT", path="/Invoices", seconds=1.5)
        number = server.start_call("create-invoice", bill(contact, "10.00", number="HALF"))
        demo.wait_for_strike()
        with stopped(postgres):
            answer = server.answer_to(number, seconds=LONG_SECONDS)
            assert answer["error"]["code"] == "AUDIT_UNAVAILABLE"
            assert "Do not send it again" in answer["error"]["next_step"]
        comes_back(server)
        again = server.call("create-invoice", bill(contact, "10.00", number="HALF"))
        assert again["repeated"] is True
    assert len(demo.invoices("HALF")) == 1
    verdict = await shared_house.verify()
    assert verdict.ok, verdict.finding


@pytest.mark.slow
async def test_another_replica_finds_what_a_killed_one_began(
    shared_house: House, demo: DemoProcess
):
    arguments = bill(demo.some_contact(), "42.00", number="KILLED")
    with raw_server(shared_house, "ap-clerk") as other:
        assert works(other)
        with raw_server(shared_house, "ap-clerk") as server:
            assert works(server)
            demo.fault("slow_body", method="PUT", path="/Invoices", seconds=5)
            server.start_call("create-invoice", arguments)
            until(lambda: demo.count("PUT /Invoices") > 0)
            server.signal(signal.SIGKILL)
            server.wait()
        # Somebody who was just there may come back: the server of the tests is young.
        until(lambda: "error" not in other.call("create-invoice", arguments))
    assert len(demo.invoices("KILLED")) == 1
    assert (await shared_house.verify()).ok
