"""What issue 2 wants to see: list, draft, ask, approve, repeat, refuse; in both eras."""

from typing import cast

import mcp_types as t
import pytest
from mcp import MCPError

from tests.wire.bounds import MAX_INSTRUCTIONS
from tests.wire.house import House
from tests.wire.session import Era, Session, bill, session, supplier
from xero_mcp.tools.index import load_cards

CONTROLLER = "controller@example.com"


async def test_the_handshake_and_the_list_tell_what_this_agent_has(house: House, era: Era):
    async with session(house, "ap-clerk", era=era) as agent:
        expected = "2026-07-28" if era == "auto" else "2025-11-25"
        assert agent.client.protocol_version == expected
        assert agent.client.server_info is not None
        assert agent.client.server_info.name == "xero-mcp"
        assert 0 < len(agent.client.instructions or "") <= MAX_INSTRUCTIONS
        offered = agent.client.server_capabilities.tools
        assert offered is not None
        assert offered.list_changed is True or era == "auto"

        names = list(agent.tools)
        assert names == sorted(names)
        assert {"create-invoice", "get-invoice", "list-accounts", "list-contacts"} <= set(names)
        assert {"list-invoices", "list-settings", "run-report"} <= set(names)
        assert not {"create-payment", "create-contact"} & set(names)
        for tool in agent.tools.values():
            must_be_complete(tool)


def must_be_complete(tool: t.Tool) -> None:
    shown = tool.annotations
    assert shown is not None
    hints = (shown.destructive_hint, shown.idempotent_hint, shown.open_world_hint)
    assert None not in hints, tool.name
    behind = [card for card in load_cards().values() if card.listed_name == tool.name]
    assert shown.read_only_hint is not any(card.writes for card in behind)
    assert tool.description
    assert tool.output_schema


async def asked(agent: Session, arguments: dict[str, object]) -> str:
    """Send a call that needs a person; return the approval's id."""
    heard = await agent.call("create-invoice", arguments)
    assert heard.code == "APPROVAL_REQUIRED"
    approval = heard.detail("approval_id")["message"]
    assert approval in heard.error["next_step"]
    return approval


def decide(house: House, *words: str, person: str = CONTROLLER) -> int:
    """What a person does, in a process of its own, while the server runs."""
    return house.run("approvals", *words, "--as", person).returncode


async def test_an_agent_lists_drafts_is_asked_and_goes_through_once(house: House, era: Era):
    async with session(house, "ap-clerk", era=era) as agent:
        contact = await supplier(agent)
        draft = await agent.good("create-invoice", bill(contact, "120.50", number="B-1"))
        assert (draft["ok"], draft["status"], draft["total"]) == (True, "draft", "120.50")

        big = bill(contact, "620.00", number="B-2")
        approval = await asked(agent, big)
        assert await asked(agent, big) == approval
        assert decide(house, "approve", approval) == 0
        first = await agent.good("create-invoice", big)
        assert (first["total"], first.get("repeated")) == ("620.00", None)
        again = await agent.good("create-invoice", big)
        assert again["repeated"] is True
        assert {**again, "repeated": None} == {**first, "repeated": None}
        listed = await agent.call("list-invoices", {"type": "bill", "number": "B-2"})
        assert listed.column("total") == ["620.00"]

        unwanted = bill(contact, "700.00", number="B-3")
        approval = await asked(agent, unwanted)
        assert decide(house, "reject", approval, "--reason", "Nobody knows them") == 0
        heard = await agent.call("create-invoice", unwanted)
        assert heard.code == "APPROVAL_REJECTED"
        assert heard.detail("reason")["message"] == "Nobody knows them"
        assert heard.detail("rejected_by")["message"] == CONTROLLER
        assert (await agent.call("list-invoices", {"number": "B-3"})).content["total"] == 0
    assert (await house.verify()).ok
    says = [record["says"] for record in house.records(kind="outcome", tool="create-invoice")]
    assert len(says) == 2
    assert f"approved by {CONTROLLER}" in says[1]


async def test_an_approval_is_by_those_named_and_for_the_exact_payload(house: House):
    async with session(house, "ap-clerk") as agent:
        contact = await supplier(agent)
        big = bill(contact, "620.00")
        approval = await asked(agent, big)
        assert decide(house, "approve", approval, person="stranger@example.com") == 1
        assert await asked(agent, big) == approval
        assert decide(house, "approve", approval) == 0
        assert await asked(agent, bill(contact, "620.01")) != approval
        assert await asked(agent, bill(contact, "620.00", number="B-1")) != approval
        assert (await agent.good("create-invoice", big))["ok"] is True


async def test_what_cannot_be_is_refused_with_its_code(house: House, era: Era):
    async with session(house, "ap-clerk", era=era) as agent:
        contact = await supplier(agent)
        over = await agent.call("create-invoice", bill(contact, "5000.01"))
        assert over.code == "NOT_ALLOWED"
        assert "five thousand" in over.error["message"]
        assert "finance@example.com" in over.error["next_step"]
        pay = {"invoice_id": contact, "account_code": "090", "amount": "1.00"}
        paid = await agent.call("create-payment", pay)
        assert paid.code == "NOT_ALLOWED"
        assert "ap-clerk.yaml" in paid.error["message"]
        sale = await agent.call("create-invoice", {**bill(contact, "1.00"), "type": "sales"})
        assert sale.code == "NOT_ALLOWED"
        posted = bill(contact, "1.00", status="authorised", due_date="2030-01-01")
        assert (await agent.call("create-invoice", posted)).code == "NOT_ALLOWED"

        wrong = {"page": 0, "pagesize": 5, "date_from": "20.11.2026", "overdue": "yes"}
        heard = await agent.call("list-invoices", {**wrong, "fields": []})
        assert heard.code == "INVALID_ARGUMENTS"
        assert {one["path"] for one in heard.error["details"]} == {*wrong, "fields"}
        assert "did you mean page_size?" in heard.detail("pagesize")["message"]

        with pytest.raises(MCPError) as refused:
            await agent.client.call_tool("delete-everything", {})
        assert refused.value.error.code == t.INVALID_PARAMS
        assert "Unknown tool" in refused.value.error.message
    assert not house.records(kind="approval")
    assert len(house.records(kind="refusal")) == 6
    assert house.records(kind="refusal", tool="delete-everything")
    assert (await house.verify()).ok


async def test_money_is_text_in_every_answer_and_aliases_answer(house: House):
    async with session(house, "controller") as agent:
        answers = [
            await agent.good("list-invoices", {"detail": "full", "page_size": 5}),
            await agent.good("list-contacts", {"detail": "full", "page_size": 5}),
            await agent.good("list-accounts", {"detail": "full"}),
            await agent.good("run-report", {"report": "profit-and-loss"}),
            await agent.good("run-report", {"report": "trial-balance"}),
        ]
        first = answers[0]["rows"][0][0]
        answers.append(await agent.good("get-invoice", {"invoice_id": first}))
        assert not [value for answer in answers for value in leaves(answer) if is_float(value)]
        assert answers[-1]["total"].count(".") == 1

        assert "list-organisation-details" not in agent.tools
        found = await agent.good("list-organisation-details")
        assert found["rows"][0][1] == "Demo Company (Global)"


def is_float(value: object) -> bool:
    return isinstance(value, float)


def leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        value = list(cast("dict[str, object]", value).values())
    if isinstance(value, list):
        return [leaf for one in cast("list[object]", value) for leaf in leaves(one)]
    return [value]
