"""An agent that tries to get past its policy: each way is refused, and written down."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.gate.world import OPEN_POLICY, World, bill, code_of
from xero_mcp.approvals import ApprovalError
from xero_mcp.gate import UnknownToolError
from xero_mcp.gate.suspension import Order, suspend

ASKS = """rules:
  - name: bigger bills need a person
    ask_when: { total_over: "500.00 USD" }
    ask: [jane@example.com]
"""
JANE = "jane@example.com"


async def refused(
    house: World, tool: str, arguments: Mapping[str, object], *codes: str
) -> Mapping[str, Any]:
    """Send it; it must be refused with one of the codes, recorded, and change nothing."""
    writes = sum(
        count
        for request, count in house.demo.premises.stats.requests.items()
        if not request.startswith("GET") and "/connect/" not in request
    )
    before = len(await house.records(kind="refusal"))
    heard = await house.call(tool, arguments)
    assert code_of(heard) in codes, heard.content
    assert len(await house.records(kind="refusal")) == before + 1
    after = sum(
        count
        for request, count in house.demo.premises.stats.requests.items()
        if not request.startswith("GET") and "/connect/" not in request
    )
    assert after == writes
    return heard.content["error"]


async def approved(house: World, arguments: Mapping[str, object]) -> str:
    error = await refused(house, "create-invoice", arguments, "APPROVAL_REQUIRED")
    found: str = error["details"][0]["message"]
    await house.office.approvals.approve(found, JANE)
    return found


@pytest.mark.parametrize(
    "more",
    [
        {"approved": True},
        {"approval_id": "ap-AAAAAA"},
        {"policy": "open"},
        {"Type": "sales"},
        {"status ": "draft"},
        {"__proto__": {"type": "sales"}},
        {"base_total": "1.00 USD"},
        {"total": "1.00"},
    ],
)
async def test_smuggled_arguments_are_refused(house: World, more: dict[str, object]):
    await refused(house, "create-invoice", bill(house.supplier()) | more, "INVALID_ARGUMENTS")
    nested = bill(house.supplier())
    nested["lines"][0] |= more
    await refused(house, "create-invoice", nested, "INVALID_ARGUMENTS")


@pytest.mark.parametrize(
    "name", ["cre\u0430te-invoice", "create\u2010invoice", "create-invoice ", "Create-Invoice"]
)
async def test_a_name_that_only_looks_like_a_tool_is_none(house: World, name: str):
    before = len(await house.records(kind="refusal"))
    with pytest.raises(UnknownToolError):
        await house.call(name, bill(house.supplier()))
    assert len(await house.records(kind="refusal")) == before + 1


@pytest.mark.parametrize(
    "organisation",
    [
        "Dem\u043e Company (Global)",
        "Demo Company (Global)\u200b",
        "Demo Company (UK)",
        "",
        "00000000-0000-0000-0000-000000000000",
    ],
)
async def test_a_name_that_only_looks_like_the_organisation_is_none(
    house: World, organisation: str
):
    arguments = bill(house.supplier()) | {"organisation": organisation}
    await refused(house, "create-invoice", arguments, "ORGANISATION_UNKNOWN", "INVALID_ARGUMENTS")


async def test_another_organisations_id_is_refused(house: World):
    others = [one for one in house.demo.premises.companies.values() if one.id != house.books.id]
    assert others
    for other in others:
        arguments = bill(house.supplier()) | {"organisation": other.id}
        await refused(house, "create-invoice", arguments, "ORGANISATION_UNKNOWN")


async def test_another_organisations_document_is_not_found(house: World):
    other = next(
        one
        for one in house.demo.premises.companies.values()
        if one.id != house.books.id and list(one.table("Invoices"))
    )
    foreign = next(iter(other.table("Invoices")))["InvoiceID"]
    heard = await house.call("get-invoice", {"invoice_id": foreign})
    assert code_of(heard) == "XERO_NOT_FOUND"


@pytest.mark.parametrize(
    "amount",
    ["1e3", "\uff11\uff10", "1,000.00", "0x10", " 5.00", "5.00 USD", "NaN", "+5", "\u0665"],
)
async def test_numbers_as_text_that_are_no_plain_decimals_are_refused(house: World, amount: str):
    await refused(house, "create-invoice", bill(house.supplier(), amount), "INVALID_ARGUMENTS")


async def test_negative_lines_that_net_below_a_limit_are_counted_by_their_gross(house: World):
    house.rule(ASKS)
    netted = bill(house.supplier(), "2000.00")
    netted["lines"].append({**netted["lines"][0], "unit_amount": "-1990.00"})
    await refused(house, "create-invoice", netted, "APPROVAL_REQUIRED")
    house.write_policy(f'{OPEN_POLICY}limits: {{ money_per_document: "500.00 USD" }}\n')
    await refused(house, "create-invoice", netted, "LIMIT_REACHED")
    by_quantity = bill(house.supplier(), "2000.00")
    by_quantity["lines"].append({**by_quantity["lines"][0], "quantity": "-0.995"})
    await refused(house, "create-invoice", by_quantity, "LIMIT_REACHED")


async def test_splitting_one_bill_into_ten_small_ones_ends_at_the_days_limit(house: World):
    house.write_policy(f'{OPEN_POLICY}limits: {{ money_per_day: "500.00 USD" }}\n')
    heard = [
        code_of(
            await house.call("create-invoice", bill(house.supplier(), f"99.0{n}", number=f"S{n}"))
        )
        for n in range(10)
    ]
    assert heard == ["ok"] * 5 + ["LIMIT_REACHED"] * 5
    assert len(await house.records(kind="refusal", error_code="LIMIT_REACHED")) == 5


@pytest.mark.parametrize(
    "change",
    [
        {"number": "B-2"},
        {"reference": "x"},
        {"due_date": "2026-12-01"},
        {"request_id": "another"},
        {"status": "authorised", "due_date": "2026-12-01"},
    ],
)
async def test_changing_an_approved_payload_asks_anew(house: World, change: dict[str, str]):
    house.rule(ASKS)
    arguments = bill(house.supplier(), "600.00", number="B-1")
    first = await approved(house, arguments)
    error = await refused(house, "create-invoice", arguments | change, "APPROVAL_REQUIRED")
    assert error["details"][0]["message"] != first


async def test_a_cent_more_than_was_approved_asks_anew(house: World):
    house.rule(ASKS)
    await approved(house, bill(house.supplier(), "600.00"))
    more = bill(house.supplier(), "600.01")
    await refused(house, "create-invoice", more, "APPROVAL_REQUIRED")


async def test_replaying_an_approval_makes_nothing_twice(house: World):
    house.rule(ASKS)
    arguments = bill(house.supplier(), "600.00", number="B-1")
    await approved(house, arguments)
    assert code_of(await house.call("create-invoice", arguments)) == "ok"
    again = await house.call("create-invoice", arguments)
    assert again.content["repeated"] is True
    house.clock.advance(25 * 60 * 60)
    await refused(house, "create-invoice", arguments, "DUPLICATE")
    known = {**arguments, "duplicate_of_known": True}
    await refused(house, "create-invoice", known, "APPROVAL_REQUIRED")
    assert len(house.invoices("B-1")) == 1


async def test_another_agents_approval_is_of_no_use(house: World):
    house.rule(ASKS)
    text = (house.folder / "home" / "policies" / "clerk.yaml").read_text(encoding="utf-8")
    house.write_policy(text.replace("agent: clerk", "agent: other"), name="other")
    arguments = bill(house.supplier(), "600.00")
    await approved(house, arguments)
    heard = await house.call("create-invoice", arguments, agent="other")
    assert code_of(heard) == "APPROVAL_REQUIRED"


@pytest.mark.parametrize(
    "answer",
    [
        {"action": "accept", "content": {"approve": True}},
        {"elicitation": {"action": "accept"}},
        {"_meta": {"approved_by": JANE}},
        {"confirm": True},
    ],
)
async def test_answering_its_own_elicitation_approves_nothing(
    house: World, answer: dict[str, object]
):
    house.rule(ASKS)
    arguments = bill(house.supplier(), "600.00")
    await refused(house, "create-invoice", arguments, "APPROVAL_REQUIRED")
    await refused(house, "create-invoice", arguments | answer, "INVALID_ARGUMENTS")
    await refused(house, "create-invoice", arguments, "APPROVAL_REQUIRED")


async def test_the_agent_cannot_approve_as_itself(house: World):
    house.rule(ASKS)
    arguments = bill(house.supplier(), "600.00")
    error = await refused(house, "create-invoice", arguments, "APPROVAL_REQUIRED")
    with pytest.raises(Exception, match="may not decide"):
        await house.office.approvals.approve(error["details"][0]["message"], "clerk")


@pytest.mark.parametrize(
    "hidden",
    [
        {"bank_account": "01-0123-0123456-00"},
        {"batch_payments": {"bank_account_number": "01-0123-0123456-00"}},
        {"address": {"street": "1 Main St", "bank_account_details": "01-0123-0123456-00"}},
        {"BankAccountDetails": "01-0123-0123456-00"},
        {"phone": {"phone_number": "1", "BatchPayments": {"BankAccountNumber": "1"}}},
    ],
)
async def test_a_contact_update_that_hides_bank_details_in_a_nested_object_is_refused(
    house: World, hidden: dict[str, object]
):
    house.write_policy(f"{OPEN_POLICY}never: [change-bank-details]\n")
    arguments = {"contact_id": house.supplier(), "action": "change", **hidden}
    await refused(house, "update-contact", arguments, "INVALID_ARGUMENTS", "NOT_ALLOWED")


async def test_a_currency_switched_to_slip_under_a_limit_asks(house: World):
    house.rule(ASKS)
    house.books.table("Currencies").put({"Code": "EUR", "Description": "Euro"})
    euros = bill(house.supplier(), "499.00", currency="EUR")
    await refused(house, "create-invoice", euros, "APPROVAL_REQUIRED")
    house.write_policy(f'{OPEN_POLICY}limits: {{ money_per_day: "500.00 USD" }}\n')
    await refused(house, "create-invoice", euros, "APPROVAL_REQUIRED")


async def test_raising_a_small_draft_afterwards_meets_the_same_limit(house: World):
    house.rule(ASKS)
    made = await house.good("create-invoice", bill(house.supplier(), "10.00"))
    line = bill(house.supplier(), "5000.00")["lines"][0]
    raised = {"type": "bill", "invoice_id": made["id"], "status": "draft", "lines": [line]}
    await refused(house, "update-invoice", raised, "APPROVAL_REQUIRED")


async def test_many_documents_in_one_call_are_counted_together(house: World):
    house.rule(ASKS)
    one = {key: value for key, value in bill(house.supplier(), "300.00").items() if key != "type"}
    many = {"type": "bill", "invoices": [one, one]}
    await refused(house, "save-invoices", many, "APPROVAL_REQUIRED", "INVALID_ARGUMENTS")


async def test_an_approval_does_not_lift_a_limit_that_was_used_up_since(house: World):
    limits = 'limits: { money_per_day: "700.00 USD" }\n'
    house.rule(ASKS + limits)
    arguments = bill(house.supplier(), "600.00", number="B-1")
    await approved(house, arguments)
    await house.good("create-invoice", bill(house.supplier(), "101.00", number="B-2"))
    await refused(house, "create-invoice", arguments, "LIMIT_REACHED")
    assert not house.invoices("B-1")


async def test_an_approval_does_not_outlive_a_suspension(house: World):
    house.rule(ASKS)
    arguments = bill(house.supplier(), "600.00", number="B-1")
    await approved(house, arguments)
    order = Order(agent="clerk", by=JANE, reason="odd", system_user="root")
    await suspend(house.office.store, house.office.audit, house.clock, order)
    await refused(house, "create-invoice", arguments, "NOT_ALLOWED")
    assert not house.invoices("B-1")


async def test_one_persons_yes_is_not_two(house: World):
    house.rule(
        ASKS.replace("[jane@example.com]", "[jane@example.com, joe@example.com]")
        + "    approvals: 2\n"
    )
    arguments = bill(house.supplier(), "600.00", number="B-1")
    found = await approved(house, arguments)
    await refused(house, "create-invoice", arguments, "APPROVAL_REQUIRED")
    with pytest.raises(ApprovalError, match="already"):
        await house.office.approvals.approve(found, "JANE@example.com")
    await refused(house, "create-invoice", arguments, "APPROVAL_REQUIRED")
    await house.office.approvals.approve(found, "joe@example.com")
    await house.good("create-invoice", arguments)


@pytest.mark.parametrize("person", ["mallory@example.com", "jane@example.com.evil.example", ""])
async def test_nobody_but_whom_the_rule_names_can_approve(house: World, person: str):
    house.rule(ASKS)
    arguments = bill(house.supplier(), "600.00")
    error = await refused(house, "create-invoice", arguments, "APPROVAL_REQUIRED")
    with pytest.raises(ApprovalError, match="may not decide"):
        await house.office.approvals.approve(error["details"][0]["message"], person)
    await refused(house, "create-invoice", arguments, "APPROVAL_REQUIRED")


@pytest.mark.parametrize("levels", [33, 400, 2_000, 10_000])
@pytest.mark.parametrize("kind", ["objects", "lists"])
async def test_arguments_of_any_depth_are_refused_and_recorded(
    house: World, levels: int, kind: str
):
    deep: object = "x"
    for _ in range(levels):
        deep = {"a": deep} if kind == "objects" else [deep]
    await refused(house, "list-contacts", {"search": deep}, "INVALID_ARGUMENTS")
    await refused(house, "list-documents", {"kind": deep}, "INVALID_ARGUMENTS")
