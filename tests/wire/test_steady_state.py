"""Once warm, a tool call costs one request to Xero; tokens and connections cost none."""

from typing import Any

from tests.wire.demo_process import DemoProcess
from tests.wire.house import House
from tests.wire.session import bill, session, supplier


async def test_after_the_first_calls_each_costs_one_request(xero_house: House, demo: DemoProcess):
    async with session(xero_house, "controller") as agent:
        contact = await supplier(agent)
        made = await agent.good("create-invoice", bill(contact, "10.00", number="W-0"))
        await agent.good("list-accounts")
        calls: list[tuple[str, dict[str, Any]]] = [
            ("list-contacts", {"search": "a"}),
            ("create-contact", {"name": "Steady & Co"}),
            ("list-invoices", {"type": "bill"}),
            ("get-invoice", {"invoice_id": made["id"]}),
            ("create-invoice", bill(contact, "10.00", number="W-1", duplicate_of_known=True)),
            ("create-invoice", {**bill(contact, "12.00"), "type": "sales"}),
            ("run-report", {"report": "profit-and-loss"}),
            ("run-report", {"report": "trial-balance"}),
        ]
        for tool, arguments in calls:
            with demo.counting() as seen:
                await agent.good(tool, arguments)
            assert (seen.total, seen.tokens) == (1, 0), (tool, seen.by_path)
        with demo.counting() as seen:
            await agent.good("create-invoice", bill(contact, "11.00", number="W-2"))
        assert seen.by_path == {"GET /Invoices": 1, "PUT /Invoices": 1}
        for tool in ("what-can-i-do", "list-organisations", "list-accounts"):
            with demo.counting() as seen:
                await agent.good(tool)
            assert seen.total == 0, tool


async def test_refusals_cost_no_request(xero_house: House, demo: DemoProcess):
    async with session(xero_house, "ap-clerk") as agent:
        contact = await supplier(agent)
        await agent.good("create-invoice", bill(contact, "10.00"))
        pay = {"invoice_id": contact, "account_code": "090", "amount": "1"}
        for tool, arguments, code in (
            ("create-invoice", bill(contact, "6000.00"), "NOT_ALLOWED"),
            ("create-invoice", {}, "INVALID_ARGUMENTS"),
            ("create-payment", pay, "NOT_ALLOWED"),
            ("list-accounts", {"organisation": "Elsewhere"}, "ORGANISATION_UNKNOWN"),
        ):
            with demo.counting() as seen:
                assert (await agent.call(tool, arguments)).code == code
            assert seen.total == 0, (tool, seen.by_path)


async def test_a_second_server_of_the_same_house_asks_for_no_second_token(
    xero_house: House, demo: DemoProcess
):
    async with session(xero_house, "ap-clerk") as agent:
        await agent.good("list-contacts")
    with demo.counting() as seen:
        async with session(xero_house, "ap-clerk") as agent:
            await agent.good("list-contacts")
    assert (seen.tokens, seen.by_path) == (0, {"GET /Contacts": 1})


async def test_a_scope_that_was_not_asked_for_is_named(xero_house: House, demo: DemoProcess):
    xero_house.connect_to(demo.url, XERO_SCOPES="accounting.settings.read")
    async with session(xero_house, "ap-clerk") as agent:
        await agent.good("list-accounts")
        heard = await agent.call("list-invoices")
        assert heard.code == "SCOPE_MISSING"
        assert heard.detail("scope")["message"] == "accounting.invoices.read"
