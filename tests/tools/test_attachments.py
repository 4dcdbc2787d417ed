"""Files and history of documents: which an agent may see turns on the document as well."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gate.world import World, code_of
from tests.tools.money_house import HEAD, Fields, open_bills, open_house, rows_of
from xero_mcp.policy.reach import token_scopes
from xero_mcp.tools.attachments import MAX_ADDED_BYTES, MAX_READ_BYTES
from xero_mcp.tools.document_kinds import KINDS
from xero_mcp.tools.history import NAMES as WITH_HISTORY

PDF = b"%PDF-1.4 \xff\xfe"
BILLS_ONLY = f"""\
{HEAD}organisations: [Demo Company (Global)]
access:
  organisation: read
  bills: read
  attachments: draft
  history: draft
"""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    async with open_house(tmp_path) as opened:
        yield opened


def at(house: World, kind: str = "bill") -> Fields:
    """The arguments that name some document of the kind."""
    if kind == "bill":
        return {"document": kind, "document_id": open_bills(house)[0]["InvoiceID"]}
    place = KINDS[kind]
    table = house.books.table(place.path.strip("/"))
    found = (one for one in table if kind != "sales" or one["Type"] == "ACCREC")
    return {"document": kind, "document_id": next(found)[place.id_name]}


async def test_a_text_and_a_binary_file_are_added_listed_and_read(house: World):
    place = at(house)
    text = {**place, "file_name": "a note.txt", "text": "Zwölf Bolzen"}
    await house.good("add-attachment", text)
    sent = base64.b64encode(PDF).decode()
    await house.good("add-attachment", {**place, "file_name": "bill.pdf", "base64": sent})
    listed = rows_of(await house.good("get-attachments", place))
    assert [row["file_name"] for row in listed] == ["a note.txt", "bill.pdf"]
    read = await house.good("get-attachments", {**place, "file_name": "a note.txt"})
    assert read["text"] == "Zwölf Bolzen"
    binary = await house.good(
        "get-attachments", {**place, "attachment_id": listed[1]["attachment_id"]}
    )
    assert base64.b64decode(binary["base64"]) == PDF
    assert rows_of(binary)[0]["bytes"] == len(PDF)


async def test_a_file_of_that_name_is_replaced_where_it_is_said(house: World):
    place = {**at(house, "contact"), "file_name": "a.txt"}
    await house.good("add-attachment", {**place, "text": "one"})
    await house.good("add-attachment", {**place, "text": "two", "replace": True})
    assert (await house.good("get-attachments", place))["text"] == "two"


@pytest.mark.parametrize(
    "kind", ["account", "bank-transaction", "credit-note", "quote", "purchase-order", "sales"]
)
async def test_every_kind_of_document_takes_files(house: World, kind: str):
    place = at(house, kind)
    await house.good("add-attachment", {**place, "file_name": "a.csv", "text": "1,2"})
    assert rows_of(await house.good("get-attachments", place))[0]["media_type"] == "text/csv"


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"text": "a", "base64": "YQ=="},
        {"base64": "not base64!"},
        {"base64": base64.b64encode(b"x" * (MAX_ADDED_BYTES + 1)).decode()},
        {"text": "a", "with_invoice": True},
        {"text": "a", "file_name": "../a.txt"},
    ],
)
async def test_what_is_no_file_is_refused(house: World, wrong: Fields):
    sent = {**at(house), "file_name": "a.txt", **wrong}
    assert code_of(await house.call("add-attachment", sent)) == "INVALID_ARGUMENTS"


async def test_a_file_that_is_too_large_to_read_is_named_and_not_given(house: World):
    place = {**at(house), "file_name": "big.bin"}
    content = base64.b64encode(b"\x00" * (MAX_READ_BYTES + 1)).decode()
    await house.good("add-attachment", {**place, "base64": content})
    read = await house.good("get-attachments", place)
    assert "base64" not in read
    assert "opens it in Xero" in read["note"]


async def test_a_missing_file_is_not_found(house: World):
    missing = {**at(house), "file_name": "none.txt"}
    assert code_of(await house.call("get-attachments", missing)) == "XERO_NOT_FOUND"


async def test_an_eleventh_file_is_refused(house: World):
    place = at(house, "quote")
    for number in range(10):
        await house.good("add-attachment", {**place, "file_name": f"{number}.txt", "text": "a"})
    more = {**place, "file_name": "more.txt", "text": "a"}
    assert code_of(await house.call("add-attachment", more)) == "XERO_REJECTED"


async def test_a_sale_is_no_bill_whatever_the_agent_calls_it(house: World, tmp_path: Path):
    sale = at(house, "sales")
    async with open_house(tmp_path / "bills") as narrow:
        narrow.write_policy(BILLS_ONLY)
        narrow.clock.advance(60)
        assert code_of(await narrow.call("get-attachments", sale)) == "NOT_ALLOWED"
        called_bill = {**sale, "document": "bill"}
        assert code_of(await narrow.call("get-attachments", called_bill)) == "XERO_NOT_FOUND"
        assert code_of(await narrow.call("list-history", called_bill)) == "XERO_NOT_FOUND"
        note = {**called_bill, "note": "Psst"}
        assert code_of(await narrow.call("add-note", note)) == "XERO_NOT_FOUND"
        assert code_of(await narrow.call("list-history", at(narrow))) == "ok"


async def test_the_token_reaches_no_further_than_the_documents_of_the_policy(tmp_path: Path):
    async with open_house(tmp_path) as house:
        house.write_policy(BILLS_ONLY)
        house.clock.advance(60)
        assert code_of(await house.call("list-history", at(house))) == "ok"
        policy = house.rooms.policies.in_force("clerk", file=None).policy
        assert policy is not None
        cards = [card for card in house.rooms.cards.values() if card.also_by]
        scopes = token_scopes(policy, cards, at=house.clock.now())
    assert scopes == {
        "accounting.attachments",
        "accounting.invoices",
        "accounting.settings.read",
    }


async def test_a_note_stands_in_the_history(house: World):
    place = at(house)
    await house.good("add-note", {**place, "note": "Asked the supplier."})
    first = rows_of(await house.good("list-history", place))[0]
    assert (first["what"], first["details"]) == ("Note", "Asked the supplier.")
    empty = {**place, "note": ""}
    assert code_of(await house.call("add-note", empty)) == "INVALID_ARGUMENTS"


@pytest.mark.parametrize("kind", sorted(set(WITH_HISTORY) - {"bill"}))
async def test_every_kind_has_a_history(house: World, kind: str):
    assert "rows" in await house.good("list-history", at(house, kind))
