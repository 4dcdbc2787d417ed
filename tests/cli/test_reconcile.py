"""Writes of which nobody knows whether Xero did them, found out and settled by a person."""

import sys
from collections.abc import Sequence
from functools import partial

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from tests.cli.command import REPOSITORY, XeroMcp
from tests.cli.company import Company, company
from xero_mcp.cli.tour.agent import Agent, Heard

LINE = {"description": "Paper", "quantity": "1", "unit_amount": "48.00", "account_code": "461"}
PERSON = ("--as", "controller@example.com", "--note", "Looked in Xero.")


async def ask_for_bill(run: XeroMcp, at: Company, number: str) -> Heard:
    return (await ask_for_bills(run, at, [number]))[0]


async def ask_for_bills(run: XeroMcp, at: Company, numbers: Sequence[str]) -> list[Heard]:
    """One after the other, each of a supplier of its own, in one session."""
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "xero_mcp", "serve", "--agent", "ap-clerk"],
        env={
            "PYTHONPATH": str(REPOSITORY),
            "XERO_MCP_HOME": str(run.home),
            **at.settings,
        },
    )
    async with Client(server, read_timeout_seconds=60) as client:
        agent = Agent(client)
        contacts = await agent.asks("list-contacts", page_size=100)
        suppliers = [row["contact_id"] for row in contacts.rows() if row["is_supplier"]]
        return [
            await agent.asks(
                "create-invoice",
                type="bill",
                contact_id=suppliers[int(number[-1])],
                amounts_are="inclusive",
                number=number,
                lines=[LINE],
            )
            for number in numbers
        ]


def lose(run: XeroMcp, at: Company, *numbers: str) -> None:
    """Ask for bills that are made, while every answer to that is lost."""
    fault = {"kind": "drop_after", "method": "PUT", "path": "/Invoices", "times": 1000}
    assert httpx2.post(f"{at.url}/_demo/faults", json=fault, timeout=10).status_code == 200
    for heard in anyio.run(partial(ask_for_bills, run, at, numbers)):
        assert heard.error["code"] == "OUTCOME_UNKNOWN", heard.content
    assert httpx2.delete(f"{at.url}/_demo/faults", timeout=10).status_code == 200


@pytest.mark.slow
def test_a_write_that_is_done_answers_its_repeat_and_one_that_is_not_may_go_again(
    xero_mcp: XeroMcp,
) -> None:
    with company(xero_mcp, "--control") as at:
        lose(xero_mcp, at, "LOST-1", "LOST-2")
        waiting = xero_mcp("audit", "reconcile", "--list", "--json").json()
        assert len(waiting) == 2
        first, second = (one["id"] for one in waiting)
        listed = xero_mcp("audit", "reconcile", "--list")
        assert listed.out.count("  unknown   ") == 2
        assert "--done" in listed.err

        done = xero_mcp("audit", "reconcile", first, "--done", "--number", "LOST-1", *PERSON)
        assert done.code == 0, done.err
        assert "It was found out that ap-clerk created" in done.out
        assert "not signed in; system user " in done.err
        not_done = xero_mcp("audit", "reconcile", second, "--not-done", *PERSON)
        assert not_done.code == 0, not_done.err
        assert "may send it again" in not_done.out

        repeat = anyio.run(partial(ask_for_bill, xero_mcp, at, "LOST-1"))
        assert not repeat.is_error
        assert repeat.content["repeated"] is True
        assert repeat.content["number"] == "LOST-1"
        assert "settled by controller@example.com" in repeat.content["changed"]
        again = anyio.run(partial(ask_for_bill, xero_mcp, at, "LOST-2"))
        # The person erred: Xero has it. It may be sent again, and the tool itself sees that.
        assert again.error["code"] == "DUPLICATE"

        once_more = xero_mcp("audit", "reconcile", first, "--not-done", *PERSON)
        assert once_more.code == 1
        assert once_more.is_one_clear_line
        assert xero_mcp("audit", "reconcile", "--list", "--json").json() == []
        assert xero_mcp("audit", "verify").code == 0


@pytest.mark.slow
def test_a_look_into_xero_settles_what_it_shows(xero_mcp: XeroMcp) -> None:
    with company(xero_mcp, "--control") as at:
        lose(xero_mcp, at, "LOST-1")
        looked = xero_mcp("audit", "reconcile", **at.settings)
        assert looked.code == 0, looked.err
        assert "It was found out that ap-clerk created" in looked.out
        assert "Xero has LOST-1" in looked.out
        assert xero_mcp("audit", "reconcile", "--json", **at.settings).json() == []
        repeat = anyio.run(partial(ask_for_bill, xero_mcp, at, "LOST-1"))
        assert repeat.content["repeated"] is True
        assert xero_mcp("audit", "verify").code == 0


@pytest.mark.parametrize(
    "options",
    [
        ("--done",),
        ("--done", "--as", "controller@example.com"),
        ("--note", "It is there.", "--as", "controller@example.com"),
        ("--done", "--id", "INV-1", *PERSON),
    ],
    ids=" ".join,
)
def test_settling_needs_the_finding_a_person_and_a_note(
    xero_mcp: XeroMcp, options: tuple[str, ...]
) -> None:
    ended = xero_mcp("audit", "reconcile", "a-1m7w2dsmk1cg8s26", *options)
    assert ended.code == 2
    assert ended.is_one_clear_line


def test_a_write_that_is_not_there_is_told_in_a_line(xero_mcp: XeroMcp) -> None:
    assert xero_mcp("serve", "--agent", "ap-clerk", "--demo").code == 0
    for wanted in ("a-1m7w2dsmk1cg8s26", "1"):
        ended = xero_mcp("audit", "reconcile", wanted, "--done", *PERSON)
        assert ended.code == 1
        assert ended.is_one_clear_line
