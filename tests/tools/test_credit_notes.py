"""Credit notes, prepayments and overpayments: making, applying, taking off."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.gate.world import World, code_of, world
from tests.tools.full_house import FULL_POLICY, draft, line, sale, stored

CENT = Decimal("0.01")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, policy=FULL_POLICY) as opened:
        yield opened


async def credit(house: World, kind: str = "sales", **more: object) -> dict[str, Any]:
    lines = more.pop("lines", [sale("30.00") if kind == "sales" else line("30.00")])
    note = {"type": kind, "contact_id": house.supplier(), "lines": lines}
    sent = {"status": "authorised", "credit_notes": [{**note, **more}]}
    return await house.good("save-credit-notes", sent)


async def open_sale(house: World, amount: str = "100.00") -> dict[str, Any]:
    return await draft(
        house, "sales", lines=[sale(amount)], status="authorised", due_date="2026-04-01"
    )


async def test_a_credit_note_is_made_applied_and_taken_off(house: World):
    note, invoice = await credit(house), await open_sale(house)
    assert (note["status"], note["total"], note["currency"]) == ("authorised", "30.00", "USD")
    assert note["number"] in stored(house, "CreditNotes", note["id"])["CreditNoteNumber"]
    part = {"invoice_id": invoice["id"], "amount": "12.50"}
    sent = {"kind": "credit-note", "credit_id": note["id"], "invoices": [part]}
    done = await house.good("allocate-credit", sent)
    assert (done["total"], done["status"]) == ("12.50", "allocated")
    assert "1 allocated: 12.50" in done["changed"]
    assert f"{stored(house, 'Invoices', invoice['id'])['AmountDue']}" == "87.50"

    listed = await house.good("list-credit-notes", {"credit_note_id": note["id"]})
    row = dict(zip(listed["columns"], listed["rows"][0], strict=True))
    assert (row["type"], row["remaining"], row["total"]) == ("sales", "17.50", "30.00")
    assert row["lines"][0]["unit_amount"] == "30.00"
    allocation = row["allocations"][0][0]
    assert allocation in done["changed"]
    assert row["allocations"] == [[allocation, invoice["id"], "12.50"]]
    gone = await house.good(
        "remove-allocation",
        {"kind": "credit-note", "credit_id": note["id"], "allocation_id": allocation},
    )
    assert gone["total"] == "12.50"
    assert f"{stored(house, 'Invoices', invoice['id'])['AmountDue']}" == "100.00"


async def test_more_than_there_is_is_refused_with_xeros_reason(house: World):
    note, invoice = await credit(house), await open_sale(house)
    part = {"invoice_id": invoice["id"], "amount": "30.01"}
    answer = await house.call(
        "allocate-credit", {"kind": "credit-note", "credit_id": note["id"], "invoices": [part]}
    )
    assert code_of(answer) == "XERO_REJECTED"
    assert f"{stored(house, 'Invoices', invoice['id'])['AmountDue']}" == "100.00"


async def test_a_draft_is_changed_approved_and_voided(house: World):
    note = {"type": "bill", "contact_id": house.supplier(), "lines": [line("5.4321")]}
    made = await house.good("save-credit-notes", {"credit_notes": [{**note, "number": "CN-7"}]})
    assert (made["status"], made["total"], made["number"]) == ("draft", "5.43", "CN-7")
    assert "AccountsPayable" in made["link"]
    own = stored(house, "CreditNotes", made["id"])["LineItems"][0]["LineItemID"]
    lines = [{"line_item_id": own, "quantity": "2"}]
    changed = await house.good(
        "save-credit-notes",
        {"status": "authorised", "credit_notes": [{"credit_note_id": made["id"], "lines": lines}]},
    )
    assert changed["total"] == "10.86"
    assert "it was draft; total 5.43 is now 10.86; 1 line changed" in changed["changed"]
    after = stored(house, "CreditNotes", made["id"])
    assert f"{after['LineItems'][0]['UnitAmount']}" == "5.4321"
    gone = await house.good(
        "save-credit-notes",
        {"status": "voided", "credit_notes": [{"credit_note_id": made["id"]}]},
    )
    assert gone["status"] == "voided"


async def test_many_are_approved_with_one_that_cannot_be(house: World):
    ids: list[str] = []
    for amount in ("1.00", "2.00"):
        made = await credit(house, lines=[sale(amount)])
        ids.append(made["id"])
    answer = await house.good(
        "save-credit-notes",
        {
            "status": "voided",
            "credit_notes": [
                {"credit_note_id": ids[0]},
                {"credit_note_id": "11111111-1111-1111-1111-111111111111"},
                {"credit_note_id": ids[1]},
            ],
        },
    )
    assert answer["ok"] is False
    assert [one["ok"] for one in answer["results"]] == [True, False, True]
    assert stored(house, "CreditNotes", ids[1])["Status"] == "VOIDED"


@pytest.mark.parametrize(
    ("status", "note"),
    [
        ("voided", {"type": "sales"}),
        ("draft", {}),
        ("draft", {"type": "sales", "lines": []}),
        ("paid", {"type": "sales"}),
    ],
)
async def test_what_cannot_be_is_refused_before_xero(
    house: World, status: str, note: dict[str, Any]
):
    whole = {"contact_id": house.supplier(), "lines": [sale()], **note}
    sent = {"status": status, "credit_notes": [whole]}
    assert code_of(await house.call("save-credit-notes", sent)) == "INVALID_ARGUMENTS"


async def test_levels_follow_the_status(tmp_path: Path):
    policy = FULL_POLICY.replace("credit-notes: full", "credit-notes: draft")
    async with world(tmp_path, policy=policy) as house:
        note = {"type": "sales", "contact_id": house.supplier(), "lines": [sale()]}
        for status, code in (
            ("draft", "ok"),
            ("submitted", "ok"),
            ("authorised", "NOT_ALLOWED"),
        ):
            sent = {"status": status, "credit_notes": [note]}
            assert code_of(await house.call("save-credit-notes", sent)) == code, status


@pytest.mark.parametrize("kind", ["prepayment", "overpayment"])
async def test_money_that_waits_is_listed_and_applied(house: World, kind: str):
    listed = await house.good("list-prepayments-and-overpayments", {"kind": kind})
    table = house.books.table(f"{kind.capitalize()}s")
    assert listed["total"] == len(list(table)) > 0
    waiting = next(
        one for one in table if one["Status"] == "AUTHORISED" and one["RemainingCredit"] > 0
    )
    credit_id = waiting[f"{kind.capitalize()}ID"]
    mine = "ACCPAY" if waiting["Type"].startswith(("SPEND", "AP")) else "ACCREC"
    invoice = next(
        (
            one
            for one in house.books.table("Invoices")
            if one["Type"] == mine
            and one["Status"] == "AUTHORISED"
            and one["AmountDue"] > 0
            and one["Contact"]["ContactID"] == waiting["Contact"]["ContactID"]
            and one["CurrencyCode"] == waiting["CurrencyCode"]
        ),
        None,
    )
    if invoice is None:
        made = await house.good(
            "create-invoice",
            {
                "type": "sales" if mine == "ACCREC" else "bill",
                "contact_id": waiting["Contact"]["ContactID"],
                "lines": [sale("77.77") if mine == "ACCREC" else line("77.77")],
                "status": "authorised",
                "due_date": "2026-04-01",
                "currency": waiting["CurrencyCode"],
            },
        )
        invoice = stored(house, "Invoices", made["id"])
    part = {"invoice_id": invoice["InvoiceID"], "amount": "0.01"}
    before = waiting["RemainingCredit"]
    await house.good("allocate-credit", {"kind": kind, "credit_id": credit_id, "invoices": [part]})
    one = await house.good(
        "list-prepayments-and-overpayments", {"kind": kind, "credit_id": credit_id}
    )
    row = dict(zip(one["columns"], one["rows"][0], strict=True))
    assert row["remaining"] == f"{before - CENT}"
    allocation = row["allocations"][-1][0]
    sent = {"kind": kind, "credit_id": credit_id, "allocation_id": allocation}
    await house.good("remove-allocation", sent)
    assert stored(house, f"{kind.capitalize()}s", credit_id)["RemainingCredit"] == before
