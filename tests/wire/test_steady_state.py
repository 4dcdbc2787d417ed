"""Once warm, a tool call costs one request to Xero; tokens and connections cost none."""

import json
import re
from typing import Any

from tests.tools.reading import reading_policy
from tests.wire.bounds import ROOT
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
            ("create-invoice", {**bill(contact, "12.00"), "type": "sales"}),
            ("run-report", {"report": "profit-and-loss"}),
            ("run-report", {"report": "trial-balance"}),
        ]
        for tool, arguments in calls:
            with demo.counting() as seen:
                await agent.good(tool, arguments)
            assert (seen.total, seen.tokens) == (1, 0), (tool, seen.by_path)
        for new in (
            bill(contact, "11.00", number="W-2"),
            bill(contact, "10.00", number="W-1", duplicate_of_known=True),
        ):
            with demo.counting() as seen:
                await agent.good("create-invoice", new)
            assert seen.by_path == {"GET /Invoices": 1, "PUT /Invoices": 1}
        for tool in ("what-can-i-do", "list-organisations", "list-accounts"):
            with demo.counting() as seen:
                await agent.good(tool)
            assert seen.total == 0, tool


KEPT: list[tuple[str, dict[str, Any]]] = [
    ("get-organisation", {}),
    ("list-accounts", {}),
    ("list-accounts", {"type": "bank", "search": "a"}),
    *(
        ("list-settings", {"of": of})
        for of in ("branding-themes", "currencies", "tax-rates", "tracking")
    ),
]
"""What `docs/tools.md` says costs no request."""


async def test_lists_that_are_kept_cost_one_request_once(xero_house: House, demo: DemoProcess):
    xero_house.write_policy(reading_policy())
    async with session(xero_house, "clerk") as agent:
        first = {json.dumps(call): await agent.good(*call) for call in KEPT}
        with demo.counting() as seen:
            for call in KEPT:
                again = await agent.good(*call)
                assert again.pop("age_seconds") >= 0
                before = {**first[json.dumps(call)]}
                before.pop("age_seconds")
                assert again == before
        assert (seen.total, seen.tokens) == (0, 0)
        with demo.counting() as seen:
            await agent.good("list-settings", {"of": "users"})
        assert seen.by_path == {"GET /Users": 1}
    page = (ROOT / "docs" / "tools.md").read_text(encoding="utf-8")
    for tool in {name for name, _ in KEPT}:
        rows = rf"^\| `{tool}` \| \d+ \| 0 \||^\| `[a-z-]+` \| [^|]+ \| `{tool}` \| 0 \|"
        assert re.search(rows, page, re.MULTILINE), tool


async def test_a_list_that_is_kept_goes_with_the_connection(xero_house: House, demo: DemoProcess):
    xero_house.write_policy(reading_policy())
    async with session(xero_house, "clerk") as agent:
        for call in KEPT:
            await agent.good(*call)
        demo.disconnect()
        assert (await agent.call("list-contacts")).code == "NOT_CONNECTED"
        for call in KEPT:
            assert (await agent.call(*call)).code in {"NOT_CONNECTED", "ORGANISATION_UNKNOWN"}


REFUSING = """\
agent: clerk
organisations: [Demo Company (Global)]
access: { bills: draft, contacts: read, accounts: read }
rules: [{ name: not so much, deny_when: { total_over: "5000.00 USD" } }]
"""
"""Nothing in it turns on what only Xero knows, as a rule about new suppliers would."""


async def test_refusals_cost_no_request(xero_house: House, demo: DemoProcess):
    xero_house.write_policy(REFUSING)
    async with session(xero_house, "clerk") as agent:
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
