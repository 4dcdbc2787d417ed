"""What a tool looks up before anybody is asked: a refusal there uses nothing up."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.gate.world import World, bill, code_of, world
from tests.tools.full_house import FULL_POLICY
from xero_mcp.gate import Gate, GateAnswer
from xero_mcp.tools.catalog import CATALOG
from xero_mcp.tools.invoice_writes import create_invoice
from xero_mcp.xero.models.invoice import Invoices, InvoicesWrite
from xero_mcp.xero.scoped import ScopedXero

JANE = "jane@example.com"
ASKS = """rules:
  - name: everything
    for: [create-invoice, update-invoice]
    ask_when: { total_over: "0.00 USD" }
    ask: [jane@example.com]
"""
LIMITED = 'limits: { money_per_day: "150.00 USD", writes_per_hour: 2 }\n'


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, policy=FULL_POLICY) as opened:
        yield opened


def waits(answer: GateAnswer) -> str:
    assert code_of(answer) == "APPROVAL_REQUIRED", answer.content
    return answer.content["error"]["details"][0]["message"]


async def test_a_duplicate_is_told_before_anybody_is_asked(house: World):
    await house.good("create-invoice", bill(house.supplier(), number="C-1"))
    house.write_policy(FULL_POLICY + ASKS)
    heard = await house.call("create-invoice", bill(house.supplier(), number="c-1", request_id="2"))
    assert code_of(heard) == "DUPLICATE"
    assert not await house.records(kind="approval")
    refusals = await house.records(kind="refusal", error_code="DUPLICATE")
    assert [one["decision"] for one in refusals] == ["deny"]
    asked = [one["path"] for one in refusals[0]["xero_requests"]]
    assert "/Invoices" in asked, "the look for duplicates stands in the record of the refusal"


async def test_an_approval_is_not_used_up_by_what_came_up_meanwhile(house: World):
    contact = house.supplier()
    house.write_policy(FULL_POLICY + ASKS)
    arguments = bill(contact, number="C-2")
    approval = waits(await house.call("create-invoice", arguments))
    await house.office.approvals.approve(approval, JANE)
    house.write_policy(FULL_POLICY)
    other = await house.good("create-invoice", bill(contact, number="C-2", request_id="by-hand"))
    house.write_policy(FULL_POLICY + ASKS)
    assert code_of(await house.call("create-invoice", arguments)) == "DUPLICATE"
    assert "C-2" in str((await house.office.approvals.get(approval)).row.summary)
    house.change("Invoices", other["id"], Status="DELETED")
    assert code_of(await house.call("create-invoice", arguments)) == "ok"


async def test_a_refused_check_uses_up_no_limit_and_leaves_no_intent(house: World):
    house.write_policy(FULL_POLICY + LIMITED)
    wrong = bill(house.supplier(), number="C-3")
    wrong["lines"][0]["account_code"] = "4OO"
    assert code_of(await house.call("create-invoice", wrong)) == "INVALID_ARGUMENTS"
    assert not await house.records(kind="intent", tool="create-invoice")
    good = bill(house.supplier(), number="C-3")
    assert code_of(await house.call("create-invoice", good)) == "ok"


async def test_a_repeat_gets_the_first_answer_whatever_was_used_up_since(house: World):
    house.write_policy(FULL_POLICY + LIMITED)
    arguments = bill(house.supplier(), number="C-4")
    made = await house.good("create-invoice", arguments)
    await house.good("create-contact", {"name": "The second write"})
    again = await house.call("create-invoice", arguments)
    assert (again.content.get("repeated"), again.content.get("id")) == (True, made["id"])
    other = await house.call("create-invoice", {**arguments, "request_id": "new"})
    assert code_of(other) == "LIMIT_REACHED"


async def test_a_repeat_is_not_told_to_who_may_no_longer_see_it(house: World):
    arguments = bill(house.supplier(), number="C-5")
    await house.good("create-invoice", arguments)
    house.write_policy(FULL_POLICY.replace("bills: full", "bills: read"))
    assert code_of(await house.call("create-invoice", arguments)) == "NOT_ALLOWED"


async def test_voiding_twice_gets_the_first_answer_though_it_is_void_by_now(house: World):
    made = await house.good(
        "create-invoice",
        bill(house.supplier(), number="C-6", status="authorised", due_date="2027-01-31"),
    )
    house.write_policy(FULL_POLICY + LIMITED)
    sent = {"type": "bill", "invoice_id": made["id"], "status": "voided"}
    await house.good("update-invoice", sent)
    assert (await house.good("update-invoice", sent))["repeated"] is True


async def test_what_was_read_for_the_decision_is_not_read_again(house: World):
    made = await house.good("create-invoice", bill(house.supplier(), number="C-7"))
    house.write_policy(FULL_POLICY + LIMITED)
    sent = {"type": "bill", "invoice_id": made["id"], "status": "draft", "due_date": "2027-01-31"}
    before = sum(house.demo.premises.stats.requests.values())
    await house.good("update-invoice", sent)
    assert sum(house.demo.premises.stats.requests.values()) - before == 2


async def test_a_check_can_write_nothing(house: World):
    """Though the tool itself may: a check that tries is stopped before any request."""

    async def writes(args: object, xero: ScopedXero) -> None:
        del args
        await xero.put("/Invoices", Invoices, InvoicesWrite(invoices=()))

    bad = replace(create_invoice, declared=replace(create_invoice.declared, checks=writes))
    tools = {**house.rooms.tools(), bad.name: bad}
    careless = replace(house, gate=Gate(replace(house.rooms, tools=lambda: tools)))
    before = house.processed("PUT /Invoices")
    heard = await careless.call("create-invoice", bill(house.supplier(), number="C-8"))
    assert code_of(heard) == "INTERNAL_ERROR"
    assert house.processed("PUT /Invoices") == before


def test_only_writes_have_checks():
    checked = {tool.name for tool in CATALOG if tool.declared.checks is not None}
    assert "create-invoice" in checked
    assert all(tool.card.writes for tool in CATALOG if tool.name in checked)


KNOWN_RULE = """rules:
  - name: a known duplicate
    for: [create-invoice, update-invoice, save-invoices]
    {word}: {{ duplicate: {wanted} }}
"""


def known_duplicate(house: World, **more: object) -> dict[str, object]:
    second = bill(house.supplier(), number="K-1", duplicate_of_known=True, request_id="2")
    return {**second, **more}


async def test_a_known_duplicate_may_be_a_draft_and_a_person_is_asked_to_post_it(house: World):
    first = await house.good("create-invoice", bill(house.supplier(), number="K-1"))
    assert code_of(await house.call("create-invoice", known_duplicate(house))) == "ok"
    posted = known_duplicate(house, status="authorised", due_date="2027-01-31")
    heard = await house.call("create-invoice", posted)
    shown = (await house.office.approvals.get(waits(heard))).row
    assert any(label == "looks like" and first["id"] in value for label, value in shown.summary)
    assert shown.terms[0][0] == ("finance@example.com",)


async def test_without_an_owner_a_known_duplicate_is_not_posted(house: World):
    await house.good("create-invoice", bill(house.supplier(), number="K-1"))
    house.write_policy(FULL_POLICY.replace("owner: finance@example.com\n", ""))
    posted = known_duplicate(house, status="authorised", due_date="2027-01-31")
    assert code_of(await house.call("create-invoice", posted)) == "NOT_ALLOWED"


@pytest.mark.parametrize(
    ("word", "wanted", "code"),
    [
        ("deny_when", "true", "NOT_ALLOWED"),
        ("ask_when", "true", "APPROVAL_REQUIRED"),
        ("ask_when", "false", "APPROVAL_REQUIRED"),
        ("allow_when", "false", "NOT_ALLOWED"),
    ],
)
async def test_a_rule_says_what_becomes_of_a_known_duplicate(
    house: World, word: str, wanted: str, code: str
):
    await house.good("create-invoice", bill(house.supplier(), number="K-1"))
    house.write_policy(FULL_POLICY + KNOWN_RULE.format(word=word, wanted=wanted))
    posted = known_duplicate(house, status="authorised", due_date="2027-01-31")
    assert code_of(await house.call("create-invoice", posted)) == code


async def test_that_it_is_known_is_of_no_use_where_there_is_no_duplicate(house: World):
    """What decides is what the server finds, not the agent's word."""
    house.write_policy(FULL_POLICY + KNOWN_RULE.format(word="deny_when", wanted="true"))
    alone = bill(house.supplier(), "7.77", number="K-9", duplicate_of_known=True)
    assert code_of(await house.call("create-invoice", alone)) == "ok"


async def test_a_second_try_is_not_taken_for_a_duplicate_of_its_first(house: World):
    house.write_policy(FULL_POLICY + KNOWN_RULE.format(word="deny_when", wanted="true"))
    alone = bill(house.supplier(), "7.77", number="K-9", duplicate_of_known=True)
    await house.good("list-accounts")
    house.fault("drop_after", method="PUT", path="/Invoices", times=9)
    assert code_of(await house.call("create-invoice", alone)) == "OUTCOME_UNKNOWN"
    house.demo.premises.faults.clear()
    found = await house.good("create-invoice", alone)
    assert [one["InvoiceID"] for one in house.invoices("K-9")] == [found["id"]]
