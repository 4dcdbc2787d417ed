"""Items: made, changed in part, deleted; each of several for itself."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.gate.world import World, code_of, world
from tests.tools.full_house import FULL_POLICY, stored

NOWHERE = "11111111-1111-1111-1111-111111111111"
BOLT = {
    "code": "BOLT-9",
    "name": "Bolt",
    "sales_price": "1.2345",
    "sales_account": "200",
    "purchase_price": "0.5",
}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, policy=FULL_POLICY) as opened:
        yield opened


async def one(house: World, item_id: str) -> dict[str, Any]:
    found = await house.good("list-items", {"item_id": item_id})
    return dict(zip(found["columns"], found["rows"][0], strict=True))


async def test_an_item_is_made_changed_in_part_and_deleted(house: World):
    made = await house.good("save-items", {"items": [BOLT]})
    assert (made["number"], made["changed"]) == ("BOLT-9", "Item created.")
    assert made["id"] in made["link"]
    change = {"item_id": made["id"], "sales_price": "1.3"}
    assert (await house.good("save-items", {"items": [change]}))["id"] == made["id"]
    now = await one(house, made["id"])
    assert (now["sales_price"], now["sales_account"], now["name"]) == ("1.30", "200", "Bolt")
    assert now["purchase_price"] == "0.50"
    listed = await house.good("list-items", {"search": "bolt-9"})
    assert [row[0] for row in listed["rows"]] == [made["id"]]
    sent = {"action": "delete", "items": [{"item_id": made["id"]}]}
    assert (await house.good("save-items", sent))["status"] == "deleted"
    assert house.books.table("Items").get(made["id"]) is None


async def test_of_several_each_has_its_own_result(house: World):
    taken = next(iter(house.books.table("Items")))["Code"]
    items = [{"code": "NEW-1"}, {"code": taken}, {"code": "NEW-2"}]
    done = await house.good("save-items", {"items": items})
    assert [row["ok"] for row in done["results"]] == [True, False, True]
    assert taken in done["results"][1]["errors"][0]
    again = [{"code": "NEW-3"}, {"code": taken}]
    answer = await house.call("save-items", {"items": again, "all_or_nothing": True})
    assert code_of(answer) == "XERO_REJECTED"
    assert not house.books.table("Items").find("code", "new-3")
    stored_ids = [row["id"] for row in done["results"] if row["ok"]]
    changes = [{"item_id": item_id, "name": "Both"} for item_id in stored_ids]
    await house.good("save-items", {"items": changes})
    assert {stored(house, "Items", item_id)["Name"] for item_id in stored_ids} == {"Both"}


@pytest.mark.parametrize(
    "sent",
    [
        {"items": []},
        {"items": [{"name": "no code"}]},
        {"items": [{"code": "A"}, {"item_id": NOWHERE}]},
        {"items": [{"item_id": NOWHERE}, {"item_id": NOWHERE}]},
        {"action": "delete", "items": [{"code": "A"}]},
        {"action": "delete", "items": [{"item_id": NOWHERE}, {"item_id": NOWHERE[:-1] + "2"}]},
        {"items": [{"code": "A", "sales_price": "1.23456"}]},
    ],
)
async def test_what_makes_no_sense_is_refused(house: World, sent: dict[str, object]):
    assert code_of(await house.call("save-items", sent)) == "INVALID_ARGUMENTS"


async def test_deleting_takes_more_than_saving(tmp_path: Path):
    policy = FULL_POLICY.replace("items: full", "items: post")
    async with world(tmp_path, policy=policy) as house:
        made = await house.good("save-items", {"items": [BOLT]})
        sent = {"action": "delete", "items": [{"item_id": made["id"]}]}
        assert code_of(await house.call("save-items", sent)) == "NOT_ALLOWED"


async def test_one_that_is_not_there_is_not_found(house: World):
    sent = {"action": "delete", "items": [{"item_id": NOWHERE}]}
    assert code_of(await house.call("save-items", sent)) == "XERO_NOT_FOUND"
    assert code_of(await house.call("list-items", {"item_id": NOWHERE})) == "XERO_NOT_FOUND"


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"sales_account": "2OO"}, "items.0.sales_account"),
        ({"purchase_account": "090"}, "items.0.purchase_account"),
        ({"sales_account": "200", "sales_tax": "OUTPUTX"}, "items.0.sales_tax"),
    ],
)
async def test_an_account_or_a_tax_that_does_not_fit_is_told_before_xero_is_asked(
    house: World, wrong: dict[str, str], path: str
):
    answer = await house.call("save-items", {"items": [{"code": "W-1", **wrong}]})
    assert code_of(answer) == "INVALID_ARGUMENTS"
    told = answer.content["error"]["details"]
    assert [one["path"] for one in told] == [path]
    assert told[0]["allowed"]
    assert house.processed("PUT /Items") == 0
