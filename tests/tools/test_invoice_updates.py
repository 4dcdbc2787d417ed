"""Changing stored invoices and bills: what moves, what stays, and what is refused."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gate.world import World, code_of, world
from tests.tools.full_house import FULL_POLICY, draft, line, sale, stored

DRAFTS_ONLY = FULL_POLICY.replace("  invoices: full\n", "").replace("bills: full", "bills: draft")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, policy=FULL_POLICY) as opened:
        yield opened


async def test_a_draft_is_approved_and_then_voided(house: World):
    made = await draft(house, number="U-1", due_date="2026-04-01")
    sent = {"type": "bill", "invoice_id": made["id"], "status": "authorised"}
    done = await house.good("update-invoice", sent)
    assert (done["status"], done["total"], done["number"]) == ("authorised", "100.00", "U-1")
    assert done["changed"] == "Bill changed, status authorised; it was draft."
    assert made["id"] in done["link"]
    gone = await house.good("update-invoice", {**sent, "status": "voided"})
    assert gone["status"] == "voided"
    assert "undo" not in gone
    assert stored(house, "Invoices", made["id"])["Status"] == "VOIDED"


async def test_only_what_is_named_changes(house: World):
    lines = [line("10.1234"), line("20.00", account_code="404"), line("30.00")]
    made = await draft(house, lines=lines, number="U-2", date="2026-02-01")
    before = stored(house, "Invoices", made["id"])
    second = before["LineItems"][1]["LineItemID"]
    third = before["LineItems"][2]["LineItemID"]
    done = await house.good(
        "update-invoice",
        {
            "type": "bill",
            "invoice_id": made["id"],
            "status": "draft",
            "due_date": "2026-05-05",
            "lines": [
                {"line_item_id": second, "unit_amount": "25.00"},
                {"line_item_id": third, "remove": True},
                line("5.00"),
            ],
        },
    )
    after = stored(house, "Invoices", made["id"])
    kept = {"InvoiceNumber", "Date", "Contact", "Type", "CurrencyCode", "LineAmountTypes"}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert [one["LineItemID"] for one in after["LineItems"][:2]] == [
        before["LineItems"][0]["LineItemID"],
        second,
    ]
    assert after["LineItems"][0] == before["LineItems"][0]
    assert [f"{one['UnitAmount']}" for one in after["LineItems"]] == [
        "10.1234",
        "25.0000",
        "5.0000",
    ]
    assert f"{after['DueDate']}" == "2026-05-05"
    assert done["total"] == "40.12"
    assert done["changed"].startswith(
        "Bill changed, status draft; set: due date; total 60.12 is now 40.12; "
        "1 line added; 1 line changed; 1 line removed ("
    ), done["changed"]


async def test_a_line_that_is_not_there_is_refused_with_those_that_are(house: World):
    made = await draft(house)
    wrong = "11111111-1111-1111-1111-111111111111"
    answer = await house.call(
        "update-invoice",
        {
            "type": "bill",
            "invoice_id": made["id"],
            "status": "draft",
            "lines": [{"line_item_id": wrong, "quantity": "2"}],
        },
    )
    assert code_of(answer) == "INVALID_ARGUMENTS"
    own = stored(house, "Invoices", made["id"])["LineItems"][0]["LineItemID"]
    assert answer.content["error"]["details"][0]["allowed"] == [own]


async def test_the_kind_that_is_named_must_be_true(house: World):
    made = await draft(house, "sales")
    sent = {"type": "bill", "invoice_id": made["id"], "status": "deleted"}
    assert code_of(await house.call("update-invoice", sent)) == "INVALID_ARGUMENTS"
    assert stored(house, "Invoices", made["id"])["Status"] == "DRAFT"


async def test_an_approved_one_is_out_of_reach_of_who_may_only_draft(tmp_path: Path):
    async with world(tmp_path, policy=FULL_POLICY) as house:
        made = await draft(house, number="U-3", status="authorised", due_date="2026-04-01")
        house.write_policy(DRAFTS_ONLY)
        house.clock.advance(5)
        sent = {"type": "bill", "invoice_id": made["id"], "reference": "x"}
        for status, code in (
            ("draft", "INVALID_ARGUMENTS"),
            ("submitted", "INVALID_ARGUMENTS"),
            ("authorised", "NOT_ALLOWED"),
            ("voided", "NOT_ALLOWED"),
        ):
            answer = await house.call("update-invoice", {**sent, "status": status})
            assert code_of(answer) == code, status
        assert stored(house, "Invoices", made["id"])["Status"] == "AUTHORISED"


async def test_a_rule_sees_the_total_that_the_change_would_make(house: World):
    made = await draft(house, lines=[line("100.00")])
    own = stored(house, "Invoices", made["id"])["LineItems"][0]["LineItemID"]
    house.write_policy(
        FULL_POLICY + "rules:\n  - name: small\n    for: [update-invoice]\n"
        '    deny_when: { total_over: "150.00 USD" }\n'
    )
    house.clock.advance(5)

    def to(amount: str) -> dict[str, object]:
        lines = [{"line_item_id": own, "unit_amount": amount}]
        return {"type": "bill", "invoice_id": made["id"], "status": "draft", "lines": lines}

    assert code_of(await house.call("update-invoice", to("150.01"))) == "NOT_ALLOWED"
    assert (await house.good("update-invoice", to("150.00")))["total"] == "150.00"


async def test_many_are_made_each_with_its_own_result(house: World):
    contact = house.supplier()
    invoices = [
        {"contact_id": contact, "lines": [sale("10.00")], "number": "BULK-1"},
        {"contact_id": contact, "lines": [sale(account_code="no")], "number": "BULK-2"},
        {"contact_id": contact, "lines": [sale("20.00")], "number": "BULK-3"},
    ]
    sent = {"type": "sales", "status": "draft", "invoices": invoices}
    done = await house.good("save-invoices", sent)
    assert done["ok"] is False
    assert done["total"] == "30.00"
    assert done["changed"] == "2 of 3: sales invoice created, status draft."
    assert [one["ok"] for one in done["results"]] == [True, False, True]
    assert "no" in done["results"][1]["errors"][0]
    assert house.invoices("BULK-2") == []
    assert done["results"][0]["id"] == house.invoices("BULK-1")[0]["InvoiceID"]


async def test_all_or_nothing_leaves_nothing(house: World):
    contact = house.supplier()
    invoices = [
        {"contact_id": contact, "lines": [sale("10.00")], "number": "ALL-1"},
        {"contact_id": contact, "lines": [sale(account_code="no")], "number": "ALL-2"},
    ]
    sent = {"type": "sales", "status": "draft", "invoices": invoices, "all_or_nothing": True}
    assert code_of(await house.call("save-invoices", sent)) == "INVALID_ARGUMENTS"
    invoices[1] = {**invoices[0], "lines": [sale("11.00")]}
    again = await house.call("save-invoices", sent)
    assert code_of(again) == "XERO_REJECTED"
    assert "unique" in str(again.content)
    assert house.invoices("ALL-1") == []


async def test_where_every_one_is_refused_the_call_is(house: World):
    invoices = [
        {"contact_id": house.supplier(), "lines": [sale(account_code="no")], "number": "ALL-9"}
    ] * 2
    answer = await house.call(
        "save-invoices", {"type": "sales", "status": "draft", "invoices": invoices}
    )
    assert code_of(answer) == "XERO_REJECTED"
    assert {one["path"] for one in answer.content["error"]["details"]} == {"[0]", "[1]"}


async def test_many_are_approved_at_once(house: World):
    made = [
        await draft(house, "sales", number=f"A-{place}", due_date="2026-04-01")
        for place in range(3)
    ]
    ids = [{"invoice_id": one["id"]} for one in made]
    sent = {"type": "sales", "status": "authorised", "invoices": ids}
    done = await house.good("save-invoices", sent)
    assert [one["status"] for one in done["results"]] == ["authorised"] * 3
    bills = {**sent, "type": "bill", "status": "voided"}
    assert code_of(await house.call("save-invoices", bills)) == "INVALID_ARGUMENTS"


@pytest.mark.parametrize(
    "invoices",
    [
        [],
        [{}],
        [{"contact_id": "11111111-1111-1111-1111-111111111111"}],
        [{"invoice_id": "11111111-1111-1111-1111-111111111111"}, {}],
        [{"invoice_id": "11111111-1111-1111-1111-111111111111"}] * 2,
    ],
)
async def test_neither_new_nor_stored_is_refused(house: World, invoices: list[object]):
    sent = {"type": "sales", "status": "draft", "invoices": invoices}
    assert code_of(await house.call("save-invoices", sent)) == "INVALID_ARGUMENTS"


async def test_a_call_that_is_larger_than_xero_takes_is_refused_before_it_is_sent(house: World):
    long = [line("1.00", description="x" * 4000) for _ in range(20)]
    bills = [{"contact_id": house.supplier(), "lines": long} for _ in range(50)]
    sent = {"type": "bill", "status": "draft", "invoices": bills, "duplicate_of_known": True}
    answer = await house.call("save-invoices", sent)
    assert code_of(answer) == "INVALID_ARGUMENTS"
    assert "fewer documents" in answer.content["error"]["next_step"]
    assert house.processed("PUT /Invoices") == 0
    half = {**sent, "invoices": bills[:25]}
    assert code_of(await house.call("save-invoices", half)) == "ok"
