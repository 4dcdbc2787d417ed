"""Accounts, tax rates, tracking, currencies, branding, users and the organisation itself."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gate.world import World, code_of
from tests.tools.money_house import (
    BANK,
    COSTS,
    Fields,
    account_id,
    open_house,
    requests_of,
    rows_of,
    stored,
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    async with open_house(tmp_path) as opened:
        yield opened


def of(kind: str, **more: object) -> Fields:
    return {"of": kind, **more}


KEPT: list[tuple[str, Fields]] = [
    ("get-organisation", {}),
    ("list-accounts", {}),
    ("list-settings", of("branding-themes")),
    ("list-settings", of("currencies")),
    ("list-settings", of("tax-rates")),
    ("list-settings", of("tracking")),
]


@pytest.mark.parametrize(("tool", "asked"), KEPT)
async def test_a_second_look_costs_no_request_and_tells_its_age(
    house: World, tool: str, asked: Fields
):
    first = await house.good(tool, asked)
    assert first["age_seconds"] == 0
    before = requests_of(house)
    house.clock.advance(61)
    second = await house.good(tool, asked)
    assert second["age_seconds"] == 61
    assert requests_of(house) == before
    house.clock.advance(900)
    assert (await house.good(tool, asked))["age_seconds"] == 0
    assert requests_of(house) == before + 1


@pytest.mark.parametrize(
    ("kind", "table", "key", "column"),
    [
        ("tracking", "TrackingCategories", "TrackingCategoryID", "category_id"),
        ("branding-themes", "BrandingThemes", "BrandingThemeID", "branding_theme_id"),
        ("tax-rates", "TaxRates", "TaxType", "tax_type"),
        ("users", "Users", "UserID", "user_id"),
    ],
)
async def test_one_that_is_named_is_read_afresh(
    house: World, kind: str, table: str, key: str, column: str
):
    await house.good("list-settings", of(kind))
    one = next(iter(house.books.table(table)))
    before = requests_of(house)
    found = await house.good("list-settings", of(kind, id=one[key]))
    assert requests_of(house) == before + 1
    assert {row[column] for row in rows_of(found)} == {one[key]}
    nobody = "NOSUCH" if kind == "tax-rates" else "11111111-1111-4111-8111-111111111111"
    missing = await house.call("list-settings", of(kind, id=nobody))
    assert code_of(missing) == "XERO_NOT_FOUND"


async def test_an_id_that_cannot_be_one_is_refused(house: World):
    for wrong in (of("currencies", id="USD"), of("users", id="me"), of("secrets"), {}):
        assert code_of(await house.call("list-settings", wrong)) == "INVALID_ARGUMENTS"


async def test_each_list_of_settings_is_of_its_own_area(tmp_path: Path):
    async with open_house(tmp_path) as house:
        house.write_policy(
            (house.folder / "home" / "policies" / "clerk.yaml")
            .read_text(encoding="utf-8")
            .replace("  users: full\n", "")
        )
        house.clock.advance(60)
        assert code_of(await house.call("list-settings", of("users"))) == "NOT_ALLOWED"
        assert code_of(await house.call("list-settings", of("tracking"))) == "ok"


async def test_one_account_is_read_afresh(house: World):
    await house.good("list-accounts")
    before = requests_of(house)
    asked = {"account_id": account_id(house, BANK)}
    found = await house.good("list-accounts", asked)
    assert requests_of(house) == before + 1
    assert rows_of(found)[0]["code"] == BANK


async def test_an_account_is_made_changed_and_archived(house: World):
    await house.good("list-accounts")
    new = {"action": "create", "code": "Q99", "name": "Odds", "type": "expense"}
    made = await house.good("save-account", {**new, "tax_type": "INPUT"})
    listed = rows_of(await house.good("list-accounts", {"search": "Q99"}))
    assert [row["name"] for row in listed] == ["Odds"]
    change = {"action": "update", "account_id": made["id"], "name": "Ends"}
    await house.good("save-account", change)
    assert stored(house, "Accounts", made["id"])["Name"] == "Ends"
    gone = {"action": "delete", "account_id": made["id"]}
    assert (await house.good("save-account", gone))["status"] == "deleted"
    used = {"action": "delete", "account_id": account_id(house, COSTS)}
    assert code_of(await house.call("save-account", used)) == "XERO_REJECTED"
    old = {"action": "archive", "account_id": account_id(house, COSTS)}
    assert (await house.good("save-account", old))["status"] == "archived"
    shown = await house.good("list-accounts", {"status": "archived"})
    assert COSTS in {row["code"] for row in rows_of(shown)}


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "create", "name": "X"},
        {"action": "update"},
        {"action": "update", "account_id": "11111111-1111-4111-8111-111111111111"},
        {
            "action": "delete",
            "account_id": "11111111-1111-4111-8111-111111111111",
            "name": "X",
        },
        {"action": "create", "name": "X", "type": "expense", "tax_type": "NOSUCH"},
        {"action": "create", "name": "X", "type": "bank", "currency": "QQQ"},
    ],
)
async def test_an_account_that_cannot_be_is_refused(house: World, wrong: Fields):
    assert code_of(await house.call("save-account", wrong)) == "INVALID_ARGUMENTS"


async def test_the_level_of_save_account_follows_its_action(tmp_path: Path):
    async with open_house(tmp_path) as house:
        house.write_policy(
            (house.folder / "home" / "policies" / "clerk.yaml")
            .read_text(encoding="utf-8")
            .replace("accounts: full", "accounts: post")
        )
        house.clock.advance(60)
        new = {"action": "create", "code": "Q98", "name": "Odds", "type": "expense"}
        made = await house.good("save-account", new)
        gone = {"action": "delete", "account_id": made["id"]}
        assert code_of(await house.call("save-account", gone)) == "NOT_ALLOWED"


async def test_a_tax_rate_is_made_changed_and_deleted(house: World):
    parts = [{"name": "State", "rate": "7.5"}, {"name": "City", "rate": "1.25"}]
    made = await house.good(
        "save-tax-rate", {"action": "create", "name": "Odd tax", "components": parts}
    )
    shown = await house.good("list-settings", of("tax-rates", detail="full"))
    row = next(one for one in rows_of(shown) if one["tax_type"] == made["id"])
    assert (row["rate"], len(row["components"])) == ("8.75", 2)
    change = {"action": "update", "tax_type": made["id"], "name": "Even tax"}
    await house.good("save-tax-rate", change)
    assert stored(house, "TaxRates", made["id"])["Name"] == "Even tax"
    gone = {"action": "delete", "tax_type": made["id"]}
    assert (await house.good("save-tax-rate", gone))["status"] == "deleted"
    own = {"action": "update", "tax_type": "OUTPUT", "name": "Mine"}
    assert code_of(await house.call("save-tax-rate", own)) == "XERO_REJECTED"
    for wrong in ({"action": "create", "name": "X"}, {"action": "delete"}):
        assert code_of(await house.call("save-tax-rate", wrong)) == "INVALID_ARGUMENTS"


async def test_tracking_is_made_renamed_archived_and_restored(house: World):
    region = rows_of(await house.good("list-settings", of("tracking")))[0]["category_id"]
    option = {"action": "create", "category_id": region, "name": "Mars"}
    made = await house.good("save-tracking", option)
    names = {row["option"] for row in rows_of(await house.good("list-settings", of("tracking")))}
    assert "Mars" in names
    its = {"category_id": region, "option_id": made["id"]}
    await house.good("save-tracking", {**its, "action": "rename", "name": "Venus"})
    archived = await house.good("save-tracking", {**its, "action": "archive"})
    assert archived["status"] == "archived"
    names = {row["option"] for row in rows_of(await house.good("list-settings", of("tracking")))}
    assert "Venus" not in names
    everyone = await house.good("list-settings", of("tracking", archived=True))
    assert "Venus" in {row["option"] for row in rows_of(everyone)}
    await house.good("save-tracking", {**its, "action": "restore"})
    assert (await house.good("save-tracking", {**its, "action": "delete"}))["status"] == "deleted"


async def test_a_category_is_made_and_deleted_and_a_third_one_refused(house: World):
    made = await house.good("save-tracking", {"action": "create", "name": "Team"})
    third = {"action": "create", "name": "Third"}
    assert code_of(await house.call("save-tracking", third)) == "XERO_REJECTED"
    category = {"category_id": made["id"]}
    await house.good("save-tracking", {**category, "action": "rename", "name": "Crew"})
    await house.good("save-tracking", {**category, "action": "archive"})
    await house.good("save-tracking", {**category, "action": "restore"})
    gone = await house.good("save-tracking", {**category, "action": "delete"})
    assert gone["status"] == "deleted"
    for wrong in ({"action": "rename", "name": "X"}, {"action": "create"}):
        assert code_of(await house.call("save-tracking", wrong)) == "INVALID_ARGUMENTS"


async def test_a_currency_is_added(house: World):
    await house.good("list-settings", of("currencies"))
    assert (await house.good("add-currency", {"currency": "SEK"}))["currency"] == "SEK"
    shown = await house.good("list-settings", of("currencies"))
    assert "SEK" in {row["code"] for row in rows_of(shown)}
    assert code_of(await house.call("add-currency", {"currency": "QQQ"})) == "XERO_REJECTED"


async def test_the_organisation_is_shown_with_what_is_asked_for(house: World):
    asked = {"also": ["actions", "cis", "reminders"]}
    shown = (await house.good("get-organisation", asked))["record"]
    assert (shown["base_currency"], shown["invoice_reminders"]) == ("USD", False)
    assert "UseMulticurrency" in shown["refused_actions"]
    assert "cis_contractor" not in shown


async def test_payments_may_use_what_the_list_says(house: World):
    rows = {row["code"]: row for row in rows_of(await house.good("list-accounts"))}
    assert rows[BANK]["payable_to"] is True
    assert rows[COSTS]["payable_to"] is False
