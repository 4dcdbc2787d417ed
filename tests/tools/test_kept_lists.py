"""Lists that are worked out once: the same for whoever asks next, and nobody else's."""

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from tests.gate.world import World
from tests.tools.money_house import HEAD, OPEN_AREAS, Fields, open_house, requests_of, rows_of

KEPT: list[tuple[str, Fields]] = [
    ("list-accounts", {}),
    ("list-accounts", {"detail": "full"}),
    ("list-settings", {"of": "branding-themes"}),
    ("list-settings", {"of": "currencies"}),
    ("list-settings", {"of": "tax-rates", "detail": "full"}),
    ("list-settings", {"of": "tracking", "archived": True}),
]
OTHER = "Demo Company (UK)"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    async with open_house(tmp_path) as opened:
        yield opened


def spoil(value: Any) -> None:  # noqa: ANN401 - any JSON
    """Change all of it that can be changed."""
    if isinstance(value, dict):
        for inner in cast("dict[str, Any]", value).values():
            spoil(inner)
        cast("dict[str, Any]", value).clear()
    elif isinstance(value, list | tuple):
        for inner in cast("Sequence[Any]", value):
            spoil(inner)
        if isinstance(value, list):
            cast("list[Any]", value).clear()


@pytest.mark.parametrize(("tool", "asked"), KEPT)
async def test_who_spoils_what_he_heard_changes_nothing_for_the_next(
    house: World, tool: str, asked: Fields
):
    first = await house.call(tool, asked)
    told = json.dumps(first.content)
    assert len(first.content["rows"]) > 0
    for _ in range(2):
        heard = await house.call(tool, asked)
        assert json.dumps(heard.content) == told
        spoil(heard.content)
    assert json.dumps((await house.call(tool, asked)).content) == told


FILTERS: list[Fields] = [
    {},
    {"type": "bank"},
    {"type": "expense"},
    {"status": "active"},
    {"status": "archived"},
    {"search": "sales"},
    {"search": "SALES"},
    {"search": "no account is called that"},
    {"type": "expense", "search": "o", "fields": ["name", "code"]},
    {"fields": ["code", "name"]},
    {"fields": ["name", "code"]},
    {"detail": "full"},
]


async def test_each_filter_and_each_choice_of_columns_has_rows_of_its_own(house: World):
    """Twice through all of them: what one way of asking left behind serves no other."""
    by_code = {one["code"]: one for one in rows_of(await house.good("list-accounts", FILTERS[-1]))}
    heard: list[str] = []
    for asked in FILTERS + FILTERS:
        found = await house.good("list-accounts", asked)
        for row in rows_of(found):
            whole = by_code[row["code"]]
            assert row == {name: whole[name] for name in row}
            assert asked.get("type", whole["type"]) == whole["type"]
            assert asked.get("status", whole["status"]) == whole["status"]
        wanted = [one for one in by_code.values() if _is_asked_for(one, asked)]
        assert [row["code"] for row in rows_of(found)] == [one["code"] for one in wanted]
        assert found["columns"] == asked.get("fields", found["columns"])
        heard.append(json.dumps(found))
    assert heard[: len(FILTERS)] == heard[len(FILTERS) :]


def _is_asked_for(account: Fields, asked: Fields) -> bool:
    text = f"{account['code'] or ''} {account['name']}".casefold()
    return (
        asked.get("type") in (None, account["type"])
        and asked.get("status") in (None, account["status"])
        and asked.get("search", "").casefold() in text
    )


async def test_archived_categories_are_shown_to_who_asks_for_them_alone(house: World):
    category = next(iter(house.books.table("TrackingCategories")))
    house.change("TrackingCategories", category["TrackingCategoryID"], Status="ARCHIVED")
    for _ in range(2):
        usual = rows_of(await house.good("list-settings", {"of": "tracking"}))
        every = rows_of(await house.good("list-settings", {"of": "tracking", "archived": True}))
        assert category["Name"] in {row["category"] for row in every}
        assert category["Name"] not in {row["category"] for row in usual}


async def test_rows_stay_while_the_list_is_kept_and_go_with_it(house: World):
    first = await house.good("list-accounts")
    account = next(iter(house.books.table("Accounts")))
    house.change("Accounts", account["AccountID"], Name="Renamed by somebody")
    house.clock.advance(100)
    second = await house.good("list-accounts")
    assert second == {**first, "age_seconds": 100}
    house.clock.advance(801)
    third = await house.good("list-accounts")
    assert third["age_seconds"] == 0
    assert "Renamed by somebody" in {row["name"] for row in rows_of(third)}


async def test_a_mask_hides_columns_of_rows_that_another_agent_was_shown_whole(house: World):
    hides = f"{HEAD}organisations: [Demo Company (Global)]\n{OPEN_AREAS}"
    house.write_policy(
        hides.replace("agent: clerk", "agent: narrow") + "hide: [line.description]\n", "narrow"
    )
    account = next(iter(house.books.table("Accounts")))
    house.change("Accounts", account["AccountID"], Description="Not for everybody")
    asked = {"detail": "full"}
    whole = await house.good("list-accounts", asked)
    before = requests_of(house)
    for _ in range(2):
        masked = await house.call("list-accounts", asked, agent="narrow")
        assert "Not for everybody" not in json.dumps(masked.content)
        assert "[hidden]" in {row["description"] for row in rows_of(dict(masked.content))}
        again = await house.good("list-accounts", asked)
        assert "Not for everybody" in {row["description"] for row in rows_of(again)}
        assert again == whole
    assert requests_of(house) == before


async def test_two_organisations_are_shown_their_own_accounts_in_turns(tmp_path: Path):
    both = f"Demo Company (Global), {OTHER}"
    async with open_house(tmp_path, organisation=both) as house:
        mine = {one["AccountID"] for one in house.books.table("Accounts")}
        for _ in range(3):
            for name, is_mine in (("Demo Company (Global)", True), (OTHER, False)):
                found = await house.good("list-accounts", {"organisation": name})
                assert found["organisation"] == name
                shown = {row["account_id"] for row in rows_of(found)}
                assert shown
                assert shown <= mine if is_mine else not shown & mine
