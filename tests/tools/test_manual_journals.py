"""Manual journals, and the journals behind everything."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gate.world import World, code_of
from tests.tools.money_house import COSTS, SALES, Fields, open_house, rows_of, stored


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    async with open_house(tmp_path) as opened:
        yield opened


def journal(amount: str = "10.00", **more: object) -> Fields:
    lines = [
        {"account_code": COSTS, "amount": amount, "tracking": ["Region: North"]},
        {"account_code": SALES, "amount": f"-{amount}"},
    ]
    return {"narration": "Accrual", "lines": lines, **more}


async def save(house: World, *journals: Fields, **more: object) -> Fields:
    return await house.good("save-manual-journals", {"journals": list(journals), **more})


async def test_a_journal_is_drafted_changed_posted_and_voided(house: World):
    made = await save(house, journal())
    assert (made["status"], made["total"]) == ("draft", "10.00")
    renamed = {"manual_journal_id": made["id"], "narration": "Better"}
    await save(house, renamed)
    now = stored(house, "ManualJournals", made["id"])
    assert (now["Narration"], now["Status"], len(now["JournalLines"])) == ("Better", "DRAFT", 2)
    await save(house, {"manual_journal_id": made["id"]}, status="posted")
    found = await house.good("list-manual-journals", {"manual_journal_id": made["id"]})
    row = rows_of(found)[0]
    assert (row["status"], row["debits"]) == ("posted", "10.00")
    assert row["lines"][0]["tracking"] == ["Region: North"]
    await save(house, {"manual_journal_id": made["id"]}, status="voided")
    assert stored(house, "ManualJournals", made["id"])["Status"] == "VOIDED"
    again = {
        "journals": [{"manual_journal_id": made["id"]}],
        "status": "posted",
        "request_id": "another",
    }
    assert code_of(await house.call("save-manual-journals", again)) == "XERO_REJECTED"


async def test_several_are_made_at_once_and_changed_at_once(house: World):
    made = await save(house, journal(), journal("20.00"))
    ids = [one["id"] for one in made["results"]]
    posted = await save(house, *({"manual_journal_id": one} for one in ids), status="posted")
    assert [one["total"] for one in posted["results"]] == ["10.00", "20.00"]
    assert {stored(house, "ManualJournals", one)["Status"] for one in ids} == {"POSTED"}


async def test_debits_and_credits_must_be_equal(house: World):
    wrong = journal()
    wrong["lines"][1]["amount"] = "-9.99"
    heard = await house.call("save-manual-journals", {"journals": [wrong]})
    assert code_of(heard) == "INVALID_ARGUMENTS"
    assert "0.01" in str(heard.content)


@pytest.mark.parametrize(
    "wrong",
    [
        {"journals": [{"narration": "No lines"}]},
        {"journals": [journal()], "status": "voided"},
        {"journals": [journal(), {"manual_journal_id": "11111111-1111-4111-8111-111111111111"}]},
    ],
)
async def test_what_is_not_whole_is_refused(house: World, wrong: Fields):
    assert code_of(await house.call("save-manual-journals", wrong)) == "INVALID_ARGUMENTS"


async def test_an_account_that_xero_would_drop_from_a_draft_is_refused(house: World):
    wrong = journal()
    wrong["lines"][0]["account_code"] = "4000"
    heard = await house.call("save-manual-journals", {"journals": [wrong]})
    assert code_of(heard) == "INVALID_ARGUMENTS"
    assert COSTS in heard.content["error"]["details"][0]["allowed"]


async def test_the_list_is_narrowed_by_status_from_a_day_on(house: World):
    kept = {"status": "posted", "date_from": "2025-01-01", "detail": "full"}
    found = rows_of(await house.good("list-manual-journals", kept))
    assert {row["status"] for row in found} == {"posted"}
    assert all(row["lines"] for row in found)
    assert (
        code_of(await house.call("list-manual-journals", {"status": "posted"}))
        == "INVALID_ARGUMENTS"
    )


async def test_what_is_debited_is_what_a_rule_decides_on(tmp_path: Path):
    rules = """\
rules:
  - name: small ones
    for: [save-manual-journals]
    deny_when: { total_over: "50.00 USD" }
"""
    async with open_house(tmp_path, more=rules) as house:
        assert (
            code_of(await house.call("save-manual-journals", {"journals": [journal("50.01")]}))
            == "NOT_ALLOWED"
        )
        made = await save(house, journal("50.00"))
        raised = {**journal("60.00"), "manual_journal_id": made["id"]}
        assert (
            code_of(await house.call("save-manual-journals", {"journals": [raised]}))
            == "NOT_ALLOWED"
        )


async def test_the_ledger_is_followed_from_journal_to_journal(house: World):
    first = await house.good("list-journals", {"limit": 3})
    assert first["journals"] == 3
    assert first["next_after"] == 3
    second = await house.good("list-journals", {"after": 3, "limit": 2})
    assert {row["number"] for row in rows_of(second)} == {4, 5}
    alone = await house.good("list-journals", {"number": 2})
    assert "next_after" not in alone
    numbers = {row["number"] for row in rows_of(alone)}
    assert numbers == {2}
    last = len(house.books.ledger.journals)
    end = await house.good("list-journals", {"after": last - 1})
    assert (end["journals"], end.get("next_after")) == (1, None)
    both = {"number": 2, "journal_id": "11111111-1111-4111-8111-111111111111"}
    assert code_of(await house.call("list-journals", both)) == "INVALID_ARGUMENTS"


async def test_the_feed_is_followed_in_one_call(house: World):
    journals = len(house.books.ledger.journals)
    assert journals > 120
    before = house.processed("GET /Journals")
    found = await house.good("list-journals", {"limit": 120})
    assert house.processed("GET /Journals") == before + 2
    assert (found["journals"], found["next_after"]) == (120, found["rows"][-1][0])
    rest = await house.good("list-journals", {"limit": 1000, "after": found["next_after"]})
    assert "next_after" not in rest
    numbers = [row[0] for row in found["rows"] + rest["rows"]]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == found["journals"] + rest["journals"] == journals


async def test_a_budget_is_shown_month_by_month(house: World):
    budgets = await house.good("list-budgets")
    one = rows_of(budgets)[0]["budget_id"]
    asked = {"budget_id": one, "date_from": "2026-01-01", "date_to": "2026-02-28"}
    months = rows_of(await house.good("list-budgets", asked))
    assert {row["month"] for row in months} == {"2026-01", "2026-02"}
    missing = {"budget_id": "11111111-1111-4111-8111-111111111111"}
    assert code_of(await house.call("list-budgets", missing)) == "XERO_NOT_FOUND"
