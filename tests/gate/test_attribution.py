"""`attribution: history-note`: Xero itself shows which agent did it."""

import pytest

from tests.gate.world import World, bill
from xero_mcp.policy.model import Attribution

NOTES = "attribution: history-note\n"


def notes(house: World, document_id: str) -> list[str]:
    found = house.books.history.get(document_id, [])
    return [one["Details"] for one in found if one["Changes"] == "Note"]


async def test_a_write_leaves_a_note_with_the_agents_name_and_the_audit_id(house: World):
    house.rule(NOTES)
    made = await house.good("create-invoice", bill(house.supplier()))
    assert notes(house, made["id"]) == [
        f"Done by agent clerk through xero-mcp; audit id {made['audit_id']}."
    ]
    [record] = await house.records(kind="note")
    assert (record["status"], record["intent_id"]) == ("ok", made["audit_id"])
    assert record["result"] == {"ids": [made["id"]]}
    assert [one["method"] for one in record["xero_requests"]] == ["PUT"]
    [outcome] = await house.records(kind="outcome", tool="create-invoice")
    assert not any("History" in one["path"] for one in outcome["xero_requests"])


async def test_a_note_that_fails_is_no_failure_of_the_write(house: World):
    house.rule(NOTES)
    house.fault("server_error", method="PUT", path="/Invoices/*/History", times=9)
    made = await house.good("create-invoice", bill(house.supplier(), number="A-1"))
    assert len(house.invoices("A-1")) == 1
    [record] = await house.records(kind="note")
    assert record["status"] == "failed"
    assert record["says"].startswith("No note in Xero's history says that clerk did")
    [outcome] = await house.records(kind="outcome", tool="create-invoice")
    assert outcome["status"] == "ok"
    assert made["ok"] is True


@pytest.mark.parametrize("text", ["", "attribution: none\n"])
async def test_without_the_word_there_is_no_note(house: World, text: str):
    house.rule(text)
    made = await house.good("create-invoice", bill(house.supplier()))
    assert notes(house, made["id"]) == []
    assert await house.records(kind="note") == []


async def test_each_document_of_a_call_gets_one_and_a_repeat_leaves_none(house: World):
    house.rule(NOTES)
    lines = bill(house.supplier())["lines"]
    each = [{"contact_id": house.supplier(), "lines": lines, "number": n} for n in ("B-1", "B-2")]
    sent = {"type": "bill", "status": "draft", "invoices": each, "duplicate_of_known": True}
    for _ in range(2):
        answer = await house.good("save-invoices", sent)
        assert [len(notes(house, one["id"])) for one in answer["results"]] == [1, 1]


async def test_a_read_leaves_none(house: World):
    house.rule(NOTES)
    await house.good("list-invoices")
    assert await house.records(kind="note") == []


def test_the_words_of_the_file_are_those_of_the_model():
    assert [one.value for one in Attribution] == ["none", "history-note"]
