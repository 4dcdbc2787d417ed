"""kill -9 between intent and outcome, and what the next start makes of it."""

import json
import signal
from datetime import timedelta

from tests.wire.demo_process import DemoProcess
from tests.wire.house import House
from tests.wire.raw_server import RawServer, raw_server
from tests.wire.session import bill, session
from tests.wire.waiting import until
from xero_mcp.clock import from_iso, to_iso

MEMORY = timedelta(minutes=6)
"""How long Xero remembers an Idempotency-Key."""
PLAIN = """\
agent: ap-clerk
owner: finance@example.com
organisations: [Demo Company (Global)]
access: { bills: draft, contacts: read, accounts: read }
"""
"""No rule that looks for bills: a Xero that does not answer that must not stop the write."""
WHO = ["--as", "controller@example.com", "--note", "Looked in Xero."]


def kill(server: RawServer) -> None:
    server.signal(signal.SIGKILL)
    server.wait()


def kill_in_mid_write(house: House, demo: DemoProcess, arguments: dict[str, object]) -> str:
    """Let the demo company do the write and take long to say so; kill the server meanwhile."""
    house.write_policy(PLAIN, "ap-clerk")
    with raw_server(house, "ap-clerk") as server:
        server.call("list-accounts")
        demo.fault("slow_body", method="PUT", path="/Invoices", seconds=5)
        server.start_call("create-invoice", arguments)
        until(lambda: demo.count("PUT /Invoices") > 0)
        kill(server)
    intents = house.records(kind="intent", tool="create-invoice")
    assert len(intents) == 1
    assert not house.records(kind="outcome", tool="create-invoice")
    return intents[0]["id"]


def blind(demo: DemoProcess) -> None:
    """Xero does not answer who looks for a bill: what is unknown stays so."""
    demo.fault("offline", method="GET", path="/Invoices", times=1000)


def age(house: House, intent_id: str, by: timedelta) -> None:
    """Let the first try be longer ago than it was."""
    rows = house.read("SELECT first_sent_at FROM writes WHERE intent_id = :id", {"id": intent_id})
    earlier = to_iso(from_iso(rows[0][0]) - by)
    sql = "UPDATE writes SET first_sent_at = :at WHERE intent_id = :id"
    assert house.change(sql, {"at": earlier, "id": intent_id}) == 1


async def test_the_next_start_shows_it_as_unknown_and_a_repeat_finds_what_was_done(
    xero_house: House, demo: DemoProcess
):
    arguments = bill(demo.some_contact(), "42.00", number="KILLED")
    intent_id = kill_in_mid_write(xero_house, demo, arguments)
    assert len(demo.invoices("KILLED")) == 1
    assert (await xero_house.verify()).ok
    blind(demo)

    async with session(xero_house, "ap-clerk") as agent:
        listed = xero_house.run("audit", "list", "--json")
        assert listed.returncode == 0, listed.stderr
        row = next(one for one in json.loads(listed.stdout) if one["id"] == intent_id)
        assert row["state"] == "unknown"
        assert [one["intent_id"] for one in xero_house.records(kind="unknown")] == [intent_id]

        again = await agent.good("create-invoice", arguments)
        demo.clear_faults()
        assert again["id"] == demo.invoices("KILLED")[0]["InvoiceID"]
        assert (await agent.good("create-invoice", arguments))["repeated"] is True
    assert len(demo.invoices("KILLED")) == 1
    keys = {one["idempotency_key"] for one in xero_house.records(kind="intent") if _writes(one)}
    assert len(keys) == 1
    assert (await xero_house.verify()).ok


async def test_after_xero_forgot_the_key_it_is_held_back_until_a_person_settles_it(
    xero_house: House, demo: DemoProcess
):
    arguments = bill(demo.some_contact(), "43.00", number="FORGOTTEN", duplicate_of_known=True)
    intent_id = kill_in_mid_write(xero_house, demo, arguments)
    age(xero_house, intent_id, MEMORY)
    demo.advance(MEMORY.total_seconds())
    blind(demo)
    async with session(xero_house, "ap-clerk") as agent:
        before = demo.count("PUT /Invoices")
        held = await agent.call("create-invoice", arguments)
        assert held.code == "OUTCOME_UNKNOWN"
        assert intent_id in held.error["next_step"]
        other = await agent.call("create-invoice", {**arguments, "request_id": "another"})
        assert other.code == "OUTCOME_UNKNOWN"
        assert demo.count("PUT /Invoices") == before

        done = xero_house.run("audit", "reconcile", intent_id, "--not-done", *WHO)
        assert done.returncode == 0, done.stderr
        assert [one["status"] for one in xero_house.records(kind="settled")] == ["not done"]
        demo.clear_faults()
        assert (await agent.good("create-invoice", arguments)).get("repeated") is None
    assert demo.count("PUT /Invoices") == before + 1
    assert (await xero_house.verify()).ok


async def test_a_start_looks_in_xero_for_what_nobody_heard(xero_house: House, demo: DemoProcess):
    arguments = bill(demo.some_contact(), "43.00", number="LOOKED-FOR")
    intent_id = kill_in_mid_write(xero_house, demo, arguments)
    age(xero_house, intent_id, MEMORY)
    with raw_server(xero_house, "ap-clerk") as server:
        until(lambda: bool(xero_house.records(kind="settled")))
        [settled] = xero_house.records(kind="settled")
        assert (settled["intent_id"], settled["status"]) == (intent_id, "done")
        assert "Xero has LOOKED-FOR" in settled["reason"]
        assert server.call("create-invoice", arguments)["repeated"] is True
    assert len(demo.invoices("LOOKED-FOR")) == 1
    assert (await xero_house.verify()).ok


async def test_what_a_person_found_done_answers_the_repeat(xero_house: House, demo: DemoProcess):
    arguments = bill(demo.some_contact(), "43.00", number="FOUND")
    intent_id = kill_in_mid_write(xero_house, demo, arguments)
    age(xero_house, intent_id, MEMORY)
    made = demo.invoices("FOUND")[0]["InvoiceID"]
    blind(demo)
    async with session(xero_house, "ap-clerk") as agent:
        assert (await agent.call("create-invoice", arguments)).code == "OUTCOME_UNKNOWN"
        which = ["--number", "FOUND", "--id", made]
        done = xero_house.run("audit", "reconcile", intent_id, "--done", *which, *WHO)
        assert done.returncode == 0, done.stderr
        again = await agent.good("create-invoice", arguments)
        assert (again["repeated"], again["id"], again["number"]) == (True, made, "FOUND")
    demo.clear_faults()
    assert len(demo.invoices("FOUND")) == 1
    assert (await xero_house.verify()).ok


def test_a_second_server_is_not_taken_for_dead(xero_house: House, demo: DemoProcess):
    arguments = bill(demo.some_contact(), "44.00", number="ALIVE")
    with raw_server(xero_house, "ap-clerk") as first:
        first.call("list-accounts")
        demo.fault("latency", method="PUT", path="/Invoices", seconds=6)
        number = first.start_call("create-invoice", arguments)
        demo.wait_for_strike()
        with raw_server(xero_house, "ap-clerk") as second:
            heard = second.call("create-invoice", arguments)
            assert heard["error"]["code"] == "OUTCOME_UNKNOWN"
            assert heard["error"]["retry_after_seconds"] > 0
            assert first.answer(number)["result"]["structuredContent"]["ok"] is True
            assert second.call("create-invoice", arguments)["repeated"] is True
    assert not xero_house.records(kind="unknown")
    assert len(demo.invoices("ALIVE")) == 1


def _writes(record: dict[str, object]) -> bool:
    return record["tool"] == "create-invoice"
