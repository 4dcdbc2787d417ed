"""Reports, answers, resources and prompts as a host meets them: over the wire, in both eras."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import mcp_types as t
import pytest
from mcp import MCPError

from tests.tools.reading import GLOBAL, NZ, UK, reading_policy
from tests.wire.house import House
from tests.wire.session import Era, Session, session

TODAY = datetime.now(UTC).date()
SPAN = {"from_date": (TODAY - timedelta(days=90)).isoformat(), "to_date": TODAY.isoformat()}
MINE = (
    "account-detail",
    "aged-balances",
    "coding-history",
    "consolidate-reports",
    "find-duplicates",
    "get-playbook",
    "list-invoices",
    "run-report",
    "unfinished-items",
)
MAX_TOOL_BYTES = 2_048
MAX_LIST_BYTES = 15_000


async def contact_of(agent: Session, kind: str) -> str:
    found = await agent.good(
        "list-invoices",
        {"type": kind, "status": "authorised", "fields": ["contact_id"], "page_size": 1},
    )
    return found["rows"][0][0]


async def test_every_report_answers_and_a_wrong_one_is_refused(house: House, era: Era):
    house.write_policy(reading_policy())
    async with session(house, "clerk", era=era) as agent:
        contacts = {
            "aged-receivables": await contact_of(agent, "sales"),
            "aged-payables": await contact_of(agent, "bill"),
        }
        schema: Any = agent.tools["run-report"].input_schema
        for report in schema["properties"]["report"]["enum"]:
            more = {"contact_id": contacts[report]} if report in contacts else {}
            answer = await agent.good("run-report", {"report": report, **more})
            assert answer.get("adds_up") is not False, report
        refused = await agent.call("run-report", {"report": "cash-flow"})
        assert refused.code == "INVALID_ARGUMENTS"
        assert "executive-summary" in refused.detail("report")["message"]


async def test_answers_tie_to_the_reports_that_they_explain(house: House):
    house.write_policy(reading_policy())
    async with session(house, "clerk") as agent:
        for kind in ("receivables", "payables"):
            aged = await agent.good("aged-balances", {"kind": kind})
            assert (aged["complete"], aged["difference"]) == (True, "0.00")
        sales = await agent.good("account-detail", {"account": "200", **SPAN})
        assert (sales["complete"], sales["difference"]) == (True, "0.00")
        report = await agent.good("run-report", {"report": "profit-and-loss", **SPAN})
        shown = next(row[3] for row in report["rows"] if row[2] == sales["account_id"])
        assert shown == sales["report_movement"].removeprefix("-")
        twice = await agent.good("find-duplicates", SPAN)
        assert twice["rows"][0][0] == "strong"
        unfinished = await agent.good("unfinished-items", SPAN)
        assert unfinished["counts"]["draft"] > 0
        coded = await agent.good("coding-history", {"contact_id": await contact_of(agent, "bill")})
        assert coded["complete"] is True


async def test_each_of_them_is_refused_where_the_policy_is_shut(house: House):
    house.write_policy(reading_policy().replace("reports: read", "reports: [gst]"))
    house.write_policy(
        "agent: shut\npurpose: Sees nothing.\nowner: finance@example.com\n"
        f"organisations: [{GLOBAL}]\naccess: {{ contacts: read }}\n",
        name="shut",
    )
    span = dict(SPAN)
    contact = {"contact_id": "00000000-0000-4000-8000-000000000000"}
    both = {"report": "trial-balance", "organisations": [GLOBAL, UK]}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("run-report", {"report": "trial-balance"}),
        ("aged-balances", {"kind": "payables"}),
        ("account-detail", {"account": "200", **span}),
        ("consolidate-reports", both),
    ]
    async with session(house, "clerk") as agent:
        for name, arguments in calls:
            assert (await agent.call(name, arguments)).code == "NOT_ALLOWED", name
    calls += [
        ("find-duplicates", span),
        ("unfinished-items", span),
        ("coding-history", contact),
        ("list-invoices", {}),
    ]
    async with session(house, "shut") as agent:
        assert set(agent.tools).isdisjoint({name for name, _ in calls})
        for name, arguments in calls:
            assert (await agent.call(name, arguments)).code == "NOT_ALLOWED", name
        assert (await agent.call("get-playbook", {"task": "nap"})).code == "INVALID_ARGUMENTS"


async def test_several_organisations_become_one_report(house: House, era: Era):
    house.write_policy(reading_policy(GLOBAL, NZ, UK))
    asked = {"report": "balance-sheet", "organisations": [GLOBAL, NZ, UK]}
    async with session(house, "clerk", era=era) as agent:
        refused = await agent.call("consolidate-reports", {**asked, "currency": "CHF"})
        assert refused.code == "INVALID_ARGUMENTS"
        rates = [{"currency": "NZD", "rate": "0.6"}, {"currency": "GBP", "rate": "1.27"}]
        whole = await agent.good("consolidate-reports", {**asked, "rates": rates})
        assert whole["columns"][-1] == "total"
        assert whole["adds_up"] is True


async def test_these_tools_are_cheap_to_list_and_their_lists_to_read(house: House):
    house.write_policy(reading_policy(GLOBAL, NZ))
    async with session(house, "clerk") as agent:
        for name in MINE:
            shown = agent.tools[name].model_dump(by_alias=True, exclude_none=True, mode="json")
            size = len(json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode())
            assert size <= MAX_TOOL_BYTES, (name, size)
        listed = await agent.good("list-invoices", {"organisation": GLOBAL, "page_size": 100})
        size = len(json.dumps(listed, ensure_ascii=False, separators=(",", ":")).encode())
        assert len(listed["rows"]) > 50
        assert size * 100 // len(listed["rows"]) <= MAX_LIST_BYTES, size


async def test_progress_is_told_on_the_way(house: House):
    house.write_policy(reading_policy())
    told: list[str] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        told.append(f"{progress:g}/{total:g} {message}")

    async with session(house, "clerk") as agent:
        await agent.client.call_tool("unfinished-items", dict(SPAN), progress_callback=hear)
    assert "1/6 looked at invoices" in told


async def test_resources_are_listed_and_read_through_the_gate(house: House, era: Era):
    house.write_policy(reading_policy())
    async with session(house, "clerk", era=era) as agent:
        templates = (await agent.client.list_resource_templates()).resource_templates
        assert [one.uri_template for one in templates[:3]] == [
            "xero://{organisation}/accounts",
            "xero://{organisation}/organisation",
            "xero://{organisation}/report/{name}",
        ]
        assert all(one.uri_template.endswith("/{id}") for one in templates[3:])
        listed = (await agent.client.list_resources()).resources
        assert len(listed) == 2
        accounts = next(one.uri for one in listed if one.uri.endswith("/accounts"))
        report = accounts.replace("accounts", "report/trial-balance")
        reads: list[tuple[str, str, dict[str, str]]] = [
            (accounts, "list-accounts", {}),
            (report, "run-report", {"report": "trial-balance"}),
        ]
        for uri, tool, arguments in reads:
            told = (await agent.client.read_resource(uri)).contents[0]
            assert isinstance(told, t.TextResourceContents)
            assert told.mime_type == "application/json"
            same = await agent.good(tool, arguments)
            assert json.loads(told.text).keys() == same.keys()
            assert json.loads(told.text)["rows"] == same["rows"]
        records = house.records(kind="outcome", tool="run-report")
        assert len(records) == 2


async def test_a_resource_that_the_policy_shuts_stays_shut(house: House, era: Era):
    house.write_policy(reading_policy(without="accounts"))
    async with session(house, "clerk", era=era) as agent:
        templates = (await agent.client.list_resource_templates()).resource_templates
        assert not [one for one in templates if one.uri_template.endswith("/accounts")]
        shut = f"xero://{GLOBAL.replace(' ', '%20')}/accounts"
        for uri, said in (
            (shut, "NOT_ALLOWED"),
            ("xero://Nobody/organisation", "ORGANISATION_UNKNOWN"),
            ("xero://Nobody/nothing", "no such resource"),
        ):
            with pytest.raises(MCPError) as refused:
                await agent.client.read_resource(uri)
            assert said in refused.value.error.message
        assert house.records(kind="refusal", tool="list-accounts")


async def test_prompts_are_offered_that_the_agents_tools_can_do(house: House, era: Era):
    house.write_policy(reading_policy())
    async with session(house, "clerk", era=era) as agent:
        names = [one.name for one in (await agent.client.list_prompts()).prompts]
        assert "month-end-review" in names
        assert "enter-bills" not in names
        got = await agent.client.get_prompt("month-end-review", {"about": "February"})
        content = got.messages[0].content
        assert isinstance(content, t.TextContent)
        assert "February" in content.text
        assert GLOBAL in content.text
        same = await agent.good("get-playbook", {"task": "month-end-review", "about": "February"})
        assert same["text"] == content.text
        with pytest.raises(MCPError):
            await agent.client.get_prompt("take-a-nap")
        assert house.records(kind="outcome", tool="get-playbook")


async def test_the_names_of_xeros_own_server_are_answered(house: House):
    house.write_policy(reading_policy())
    async with session(house, "clerk") as agent:
        theirs = await agent.good("list-profit-and-loss", {"fromDate": SPAN["from_date"]})
        ours = await agent.good(
            "run-report", {"report": "profit-and-loss", "from_date": SPAN["from_date"]}
        )
        assert theirs == ours
        assert "list-profit-and-loss" not in agent.tools
