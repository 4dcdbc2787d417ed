"""Quotes and purchase orders: what Xero would lose in an update is kept; levels follow status."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.gate.world import World, code_of, world
from tests.tools.full_house import FULL_POLICY, line, sale, stored

NOWHERE = "11111111-1111-1111-1111-111111111111"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, policy=FULL_POLICY) as opened:
        yield opened


async def quote(house: World, **more: object) -> dict[str, Any]:
    one = {"contact_id": house.supplier(), "lines": [sale("10.1234", quantity="2")], **more}
    return await house.good("save-quotes", {"quotes": [one]})


async def order(house: World, **more: object) -> dict[str, Any]:
    one = {"contact_id": house.supplier(), "lines": [line("7.50")], **more}
    return await house.good("save-purchase-orders", {"purchase_orders": [one]})


async def test_a_quote_keeps_its_number_and_its_terms(house: World):
    made = await quote(house, terms="30 days", title="Offer", expiry_date="2026-05-01")
    assert (made["status"], made["total"]) == ("draft", "20.25")
    assert made["id"] in made["link"]
    own = stored(house, "Quotes", made["id"])["LineItems"][0]["LineItemID"]
    changed = await house.good(
        "save-quotes",
        {
            "status": "sent",
            "quotes": [
                {
                    "quote_id": made["id"],
                    "reference": "New",
                    "lines": [{"line_item_id": own, "quantity": "3"}],
                }
            ],
        },
    )
    assert changed["number"] == made["number"]
    after = stored(house, "Quotes", made["id"])
    assert (after["Terms"], after["Title"], after["Reference"]) == ("30 days", "Offer", "New")
    assert f"{after['ExpiryDate']}" == "2026-05-01"
    assert (after["Status"], f"{after['Total']}") == ("SENT", "30.37")
    assert "it was draft; total 20.25 is now 30.37; 1 line changed" in changed["changed"]
    gone = await house.good(
        "save-quotes", {"status": "deleted", "quotes": [{"quote_id": made["id"]}]}
    )
    assert (gone["status"], gone["number"]) == ("deleted", made["number"])


async def test_quotes_are_listed_by_page_with_what_is_not_known(house: World):
    made = await quote(house, number="QU-X")
    one = await house.good("list-quotes", {"quote_id": made["id"]})
    row = dict(zip(one["columns"], one["rows"][0], strict=True))
    assert (row["number"], row["lines"][0]["quantity"]) == ("QU-X", "2.00")
    found = await house.good("list-quotes", {"number": "QU-X", "status": "draft"})
    assert [row[0] for row in found["rows"]] == [made["id"]]
    contact = house.supplier()
    for start in range(2):
        many = [
            {"contact_id": contact, "lines": [sale("1.00")], "number": f"M-{start}-{place}"}
            for place in range(50)
        ]
        done = await house.good("save-quotes", {"quotes": many})
        assert len(done["results"]) == 50
    first = await house.good("list-quotes")
    assert (len(first["rows"]), first["next_page"]) == (100, 2)
    assert "At least 100" in first["note"]
    last = await house.good("list-quotes", {"page": 2})
    assert "next_page" not in last
    assert last["total"] == len(list(house.books.table("Quotes")))


async def test_several_quotes_change_together(house: World):
    ids = [(await quote(house, number=f"S-{place}"))["id"] for place in range(2)]
    sent = {"status": "sent", "quotes": [{"quote_id": one} for one in ids]}
    done = await house.good("save-quotes", sent)
    assert [one["number"] for one in done["results"]] == ["S-0", "S-1"]
    assert {stored(house, "Quotes", one)["Status"] for one in ids} == {"SENT"}


async def test_an_order_is_made_changed_and_found_by_its_number(house: World):
    made = await order(house, number="PO/7 a", delivery_date="2026-04-01")
    sent = {"status": "authorised", "purchase_orders": [{"purchase_order_id": made["id"]}]}
    assert (await house.good("save-purchase-orders", sent))["status"] == "authorised"
    found = await house.good("list-purchase-orders", {"number": "PO/7 a"})
    row = dict(zip(found["columns"], found["rows"][0], strict=True))
    assert (row["purchase_order_id"], row["delivery_date"]) == (made["id"], "2026-04-01")
    assert row["lines"][0]["unit_amount"] == "7.50"
    listed = await house.good("list-purchase-orders", {"status": "authorised", "page_size": 500})
    assert made["id"] in {row[0] for row in listed["rows"]}
    again = await house.call("save-purchase-orders", {**sent, "status": "draft"})
    assert code_of(again) == "XERO_REJECTED"


async def test_orders_fail_each_for_itself(house: World):
    contact = house.supplier()
    made = await order(house, number="PO-TAKEN")
    sent = {
        "purchase_orders": [
            {"contact_id": contact, "lines": [line("1.00")], "number": "PO-TAKEN"},
            {"contact_id": contact, "lines": [line("2.00")], "number": "PO-FREE"},
        ]
    }
    done = await house.good("save-purchase-orders", sent)
    assert [one["ok"] for one in done["results"]] == [False, True]
    assert "unique" in done["results"][0]["errors"][0]
    assert f"{stored(house, 'PurchaseOrders', made['id'])['Total']}" == "7.50"
    whole = await house.call("save-purchase-orders", {**sent, "all_or_nothing": True})
    assert code_of(whole) == "XERO_REJECTED"


@pytest.mark.parametrize(
    ("tool", "noun", "name", "key"),
    [
        ("save-quotes", "quotes", "quotes", "quote_id"),
        ("save-purchase-orders", "purchase-orders", "purchase_orders", "purchase_order_id"),
    ],
)
async def test_levels_follow_the_status(tmp_path: Path, tool: str, noun: str, name: str, key: str):
    policy = FULL_POLICY.replace(f"{noun}: full", f"{noun}: draft")
    async with world(tmp_path, policy=policy) as house:
        one = {"contact_id": house.supplier(), "lines": [sale("1.00")]}
        assert code_of(await house.call(tool, {name: [one]})) == "ok"
        further = "sent" if noun == "quotes" else "authorised"
        for status in (further, "deleted"):
            sent = {"status": status, name: [{key: NOWHERE}]}
            assert code_of(await house.call(tool, sent)) == "NOT_ALLOWED"


async def test_what_is_not_there_is_not_found(house: World):
    for tool, sent in (
        ("list-quotes", {"quote_id": NOWHERE}),
        ("list-purchase-orders", {"purchase_order_id": NOWHERE}),
        ("list-purchase-orders", {"number": "no such"}),
        ("save-quotes", {"quotes": [{"quote_id": NOWHERE}]}),
    ):
        assert code_of(await house.call(tool, sent)) == "XERO_NOT_FOUND", tool
