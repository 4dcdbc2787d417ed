"""The tools that stand for several, through a real MCP client: every kind, happy and refused."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.tools.full_house import FULL_POLICY
from tests.tools.reading import GLOBAL
from tests.wire.house import House
from tests.wire.session import Session, session, supplier
from tests.wire.test_token_prices import policy_of_everything

NOBODY = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
async def agent(house: House) -> AsyncIterator[Session]:
    """An agent that may do everything in the demo company."""
    house.write_policy(policy_of_everything(GLOBAL))
    async with session(house, "clerk") as opened:
        yield opened


def document(contact: str, **more: object) -> dict[str, Any]:
    line = {"description": "Work", "quantity": "1", "unit_amount": "61.00", "account_code": "200"}
    return {"contact_id": contact, "lines": [{**line, "tax_type": "NONE"}], **more}


def kinds(agent: Session, tool: str, by: str = "kind") -> list[str]:
    return agent.tools[tool].input_schema["properties"][by]["enum"]


async def test_every_kind_of_document_is_listed_and_an_unknown_one_is_not_found(agent: Session):
    for kind in kinds(agent, "list-documents"):
        listed = await agent.good("list-documents", {"kind": kind})
        assert listed["total"] > 0 or kind == "repeating-invoice", kind
        none = await agent.call("list-documents", {"kind": kind, "document_id": NOBODY})
        assert none.code == "XERO_NOT_FOUND", kind


async def test_every_kind_of_money_is_listed_and_an_unknown_one_is_not_found(agent: Session):
    ids: dict[str, str] = {}
    for kind in kinds(agent, "list-money"):
        listed = await agent.good("list-money", {"kind": kind})
        ids |= {kind: listed["columns"][0]} if listed["rows"] else {}
        none = await agent.call("list-money", {"kind": kind, "record_id": NOBODY})
        assert none.code == "XERO_NOT_FOUND", kind
    assert {"bank-transaction", "payment"} <= set(ids)
    assert len(set(ids.values())) == len(ids), "each kind lists its own records"


async def test_every_list_of_settings_is_had_and_a_wrong_argument_is_refused(agent: Session):
    for of in kinds(agent, "list-settings", "of"):
        listed = await agent.good("list-settings", {"of": of})
        assert listed["total"] == len(listed["rows"]), of
        wrong = await agent.call("list-settings", {"of": of, "page": 1})
        assert wrong.code == "INVALID_ARGUMENTS", of
        assert wrong.detail("page")["message"] == f"does not go with of {of}"


@pytest.mark.parametrize("kind", ["sales", "bill", "credit-note"])
async def test_a_document_of_each_kind_is_made_changed_and_deleted(agent: Session, kind: str):
    new = document(await supplier(agent), **({"type": "sales"} if kind == "credit-note" else {}))
    sent = {"kind": kind, "documents": [new]}
    made = await agent.good("save-documents", sent)
    assert (made["status"], made["total"]) == ("draft", "61.00")
    again = await agent.good("save-documents", sent)
    assert (again["id"], again["repeated"]) == (made["id"], True)
    change = {"document_id": made["id"], "date": "2026-03-01"}
    changed = await agent.good("save-documents", {**sent, "documents": [change]})
    assert changed["id"] == made["id"]
    gone = {"kind": kind, "status": "deleted", "documents": [{"document_id": made["id"]}]}
    assert (await agent.good("save-documents", gone))["status"] == "deleted"
    heard = await agent.call("save-documents", {**sent, "documents": [{"document_id": "INV-1"}]})
    assert heard.code == "INVALID_ARGUMENTS"
    assert heard.detail("documents.0.document_id")["message"].startswith("must be an id")


async def test_what_a_kind_does_not_take_is_refused_in_the_words_that_were_sent(agent: Session):
    heard = await agent.call("list-documents", {"kind": "quote", "reference": "x"})
    assert heard.code == "INVALID_ARGUMENTS"
    told = heard.detail("reference")
    assert told["message"] == "does not go with kind quote"
    assert {"kind", "document_id", "expires_to"} <= set(told["allowed"])
    assert "quote_id" not in told["allowed"]
    missing = await agent.call("list-documents", {"page": 2})
    assert missing.code == "INVALID_ARGUMENTS"
    assert "quote" in missing.detail("kind")["allowed"]


async def test_a_tool_behind_a_front_is_answered_by_its_own_name_and_is_the_same_call(
    agent: Session,
):
    listed = await agent.good("list-documents", {"kind": "quote", "page_size": 100})
    assert await agent.good("list-quotes", {"page_size": 100}) == listed
    assert "list-quotes" not in agent.tools
    new = document(await supplier(agent))
    made = await agent.good(
        "save-documents", {"kind": "sales", "status": "draft", "documents": [new]}
    )
    sent = {"type": "sales", "status": "draft", "invoices": [new]}
    again = await agent.good("save-invoices", sent)
    assert (again["id"], again["repeated"]) == (made["id"], True)


RULES = """\
rules:
  - name: no credit notes by machine
    for: [save-credit-notes]
    deny_when: { total_over: "0.01 USD" }
"""


async def test_a_rule_for_a_tool_behind_a_front_holds_for_its_kind_and_no_other(house: House):
    house.write_policy(FULL_POLICY + RULES)
    async with session(house, "clerk") as agent:
        new = document(await supplier(agent))
        note = {"kind": "credit-note", "documents": [{**new, "type": "sales"}]}
        heard = await agent.call("save-documents", note)
        assert heard.code == "NOT_ALLOWED"
        assert "no credit notes by machine" in heard.error["message"]
        await agent.good("save-documents", {"kind": "bill", "status": "draft", "documents": [new]})
    assert [one["tool"] for one in house.records() if one.get("tool", "").startswith("save-")] == [
        "save-credit-notes",
        "save-invoices",
        "save-invoices",
    ]


async def test_a_call_that_says_no_kind_is_written_down(house: House):
    house.write_policy(FULL_POLICY)
    async with session(house, "clerk") as agent:
        assert (await agent.call("save-documents", {})).code == "INVALID_ARGUMENTS"
    (record,) = [one for one in house.records() if one.get("tool") == "save-documents"]
    assert (record["decision"], record["error_code"]) == ("deny", "INVALID_ARGUMENTS")


async def test_only_the_kinds_that_the_policy_could_allow_are_shown(house: House):
    access = "access: { bills: draft, quotes: read, payments: read }\n"
    house.write_policy(f"agent: clerk\norganisations: [{GLOBAL}]\n{access}")
    async with session(house, "clerk") as agent:
        assert kinds(agent, "save-documents") == ["bill"]
        assert kinds(agent, "list-documents") == ["overpayment", "prepayment", "quote"]
        assert kinds(agent, "list-money") == ["batch-payment", "payment"]
        assert kinds(agent, "list-settings", "of") == ["organisations"]
        told = (await agent.good("what-can-i-do"))["tools"]
        assert told == sorted(agent.tools)
        heard = await agent.call("list-documents", {"kind": "purchase-order"})
        assert heard.code == "NOT_ALLOWED"
        quote = document(NOBODY)
        heard = await agent.call("save-quotes", {"quotes": [quote]})
        assert heard.code == "NOT_ALLOWED"
