"""Accounts, tax rates, tracking, currencies and the organisation itself."""

from collections.abc import AsyncIterator

import pytest

from tests.demo_company.answers import Element, made, refusals
from tests.demo_company.box import Box, open_box


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    async with open_box() as opened:
        await opened.sign_in()
        yield opened


async def account(box: Box, code: str) -> Element:
    answer = await box.get(f'/Accounts?where=Code=="{code}"')
    return answer.json()["Accounts"][0]


async def test_the_organisation_tells_who_it_is(box: Box):
    [organisation] = (await box.get("/Organisation")).json()["Organisations"]
    assert organisation["Name"] == "Demo Company (Global)"
    assert organisation["BaseCurrency"] == "USD"
    assert organisation["IsDemoCompany"] is True
    assert organisation["CreatedDateUTC"].startswith("/Date(")
    assert "+" not in organisation["CreatedDateUTC"]


async def test_several_currencies_allow_what_needs_several(box: Box):
    async def multicurrency() -> str:
        actions = (await box.get("/Organisation/Actions")).json()["Actions"]
        return {a["Name"]: a["Status"] for a in actions}["UseMulticurrency"]

    assert await multicurrency() == "NOT-ALLOWED"
    await made(box, "/Currencies", {"Code": "eur"})
    assert await multicurrency() == "ALLOWED"
    assert await refusals(box, "PUT", "/Currencies", {"Code": "XXX"}) == [
        "The currency code 'XXX' is not valid."
    ]


async def test_accounts_come_by_code_and_keep_the_ids_that_are_known(box: Box):
    accounts = (await box.get("/Accounts")).json()["Accounts"]
    codes = [one["Code"] for one in accounts]
    assert codes == sorted(codes)
    assert len(codes) == 58
    assert accounts[0]["AccountID"] == "ac993f75-035b-433c-82e0-7b7a2d40802c"


async def test_a_new_account_takes_its_class_and_tax_from_its_type(box: Box):
    one = await made(box, "/Accounts", {"Code": "201", "Name": "Repairs", "Type": "revenue"})
    assert (one["Class"], one["TaxType"], one["Status"]) == ("REVENUE", "OUTPUT", "ACTIVE")


async def test_codes_and_names_of_accounts_are_unique(box: Box):
    body = {"Code": "200", "Name": "sales", "Type": "REVENUE"}
    assert await refusals(box, "PUT", "/Accounts", body) == [
        "Please enter a unique Code.",
        "Please enter a unique Name.",
    ]


async def test_a_tax_that_is_not_for_the_class_is_refused(box: Box):
    body = {"Code": "201", "Name": "Repairs", "Type": "REVENUE", "TaxType": "INPUT"}
    assert await refusals(box, "PUT", "/Accounts", body) == [
        "The TaxType code 'INPUT' cannot be used with account code '201'."
    ]


async def test_a_bank_account_needs_its_number_and_a_currency_that_is_subscribed(box: Box):
    body = {"Code": "092", "Name": "Euros", "Type": "BANK", "CurrencyCode": "EUR"}
    assert await refusals(box, "PUT", "/Accounts", body) == [
        "Please enter a Bank Account Number.",
        "The current organisation is not subscribed to currency 'EUR'.",
    ]
    bank = await made(box, "/Accounts", {**body, "CurrencyCode": "USD", "BankAccountNumber": "1"})
    assert (bank["Class"], bank["BankAccountType"]) == ("ASSET", "BANK")


async def test_system_accounts_can_be_neither_archived_nor_deleted(box: Box):
    path = f"/Accounts/{(await account(box, '610'))['AccountID']}"
    assert await refusals(box, "POST", path, {"Status": "ARCHIVED"}) == [
        "System accounts cannot be archived."
    ]
    assert await refusals(box, "DELETE", path, {}) == ["System accounts cannot be deleted."]


async def test_an_archived_account_takes_no_more_lines(box: Box):
    path = f"/Accounts/{(await account(box, '441'))['AccountID']}"
    after = await made(box, path, {"Status": "ARCHIVED"}, method="POST")
    assert after["Status"] == "ARCHIVED"
    line = {"Description": "Advice", "UnitAmount": 1, "AccountCode": "441"}
    body = {"Type": "ACCPAY", "Contact": {"Name": "Bolt"}, "LineItems": [line]}
    [message] = await refusals(box, "PUT", "/Invoices", body)
    assert message == (
        "Account code '441' has been archived or has been deleted. "
        "Each line item must reference a valid account."
    )


async def test_an_account_that_was_used_cannot_be_deleted(box: Box):
    path = f"/Accounts/{(await account(box, '441'))['AccountID']}"
    line = {"Description": "Advice", "UnitAmount": 1, "AccountCode": "441"}
    body = {"Type": "ACCPAY", "Contact": {"Name": "Bolt"}, "LineItems": [line]}
    await made(box, "/Invoices", body)
    assert await refusals(box, "DELETE", path, {}) == [
        "Accounts that have been used cannot be deleted."
    ]
    unused = f"/Accounts/{(await account(box, '505'))['AccountID']}"
    assert (await box.write("DELETE", unused, {})).status_code == 200
    accounts = (await box.get("/Accounts")).json()["Accounts"]
    assert "505" not in {one["Code"] for one in accounts}


async def test_tax_rates_come_by_name_and_own_ones_are_counted(box: Box):
    component = {"Name": "City", "Rate": 2.5}
    rate = await made(box, "/TaxRates", {"Name": "City tax", "TaxComponents": [component]})
    assert rate["TaxType"] == "TAX002"
    assert (rate["CanApplyToRevenue"], rate["CanApplyToExpenses"]) == (True, False)
    names = [one["Name"] for one in (await box.get("/TaxRates")).json()["TaxRates"]]
    assert names == sorted(names)
    assert "City tax" in names


async def test_a_compound_tax_is_charged_on_the_other(box: Box):
    components = [{"Name": "A", "Rate": 10}, {"Name": "B", "Rate": 5, "IsCompound": True}]
    rate = await made(box, "/TaxRates", {"Name": "Both", "TaxComponents": components})
    assert (rate["DisplayTaxRate"], rate["EffectiveRate"]) == (15, 15.5)


async def test_the_rates_of_the_country_cannot_be_edited(box: Box):
    body = {"TaxType": "OUTPUT", "Name": "Mine"}
    assert await refusals(box, "POST", "/TaxRates", body) == ["System tax rates cannot be edited."]


async def test_a_deleted_rate_is_gone_from_the_list_and_from_lines(box: Box):
    component = {"Name": "City", "Rate": 2.5}
    await made(box, "/TaxRates", {"Name": "City tax", "TaxComponents": [component]})
    await made(box, "/TaxRates", {"TaxType": "TAX002", "Status": "DELETED"}, method="POST")
    names = [one["Name"] for one in (await box.get("/TaxRates")).json()["TaxRates"]]
    assert "City tax" not in names


async def test_two_tracking_categories_are_the_limit(box: Box):
    await made(box, "/TrackingCategories", {"Name": "Team", "Options": [{"Name": "Red"}]})
    assert await refusals(box, "PUT", "/TrackingCategories", {"Name": "Mood"}) == [
        "You can only have 2 active Tracking Categories."
    ]


async def test_options_live_in_their_category(box: Box):
    category = await made(box, "/TrackingCategories", {"Name": "Team"})
    path = f"/TrackingCategories/{category['TrackingCategoryID']}"
    option = await made(box, f"{path}/Options", {"Name": "Red"})
    assert await refusals(box, "PUT", f"{path}/Options", {"Name": "red"}) == [
        "Please enter a unique Name."
    ]
    option_path = f"{path}/Options/{option['TrackingOptionID']}"
    renamed = await made(box, option_path, {"Name": "Blue"}, method="POST")
    assert (renamed["Name"], renamed["IsActive"]) == ("Blue", True)
    gone = (await box.write("DELETE", option_path, {})).json()["Options"][0]
    assert (gone["Status"], gone["IsDeleted"]) == ("DELETED", True)
    assert (await box.get(path)).json()["TrackingCategories"][0]["Options"] == []


async def test_a_category_that_lines_carry_is_archived_instead_of_deleted(box: Box):
    [category] = (await box.get("/TrackingCategories")).json()["TrackingCategories"]
    line = {
        "Description": "Work",
        "UnitAmount": 5,
        "AccountCode": "200",
        "Tracking": [{"Name": "Region", "Option": "North"}],
    }
    body = {
        "Type": "ACCREC",
        "Contact": {"Name": "Ann"},
        "DueDate": "2026-10-01",
        "Status": "AUTHORISED",
        "LineItems": [line],
    }
    await made(box, "/Invoices", body)
    path = f"/TrackingCategories/{category['TrackingCategoryID']}"
    after = (await box.write("DELETE", path, {})).json()["TrackingCategories"][0]
    assert after["Status"] == "ARCHIVED"
    assert (await box.get("/TrackingCategories")).json()["TrackingCategories"] == []
    everything = (await box.get("/TrackingCategories?includeArchived=true")).json()
    assert len(everything["TrackingCategories"]) == 1


async def test_branding_themes_and_users_can_be_read_one_by_one(box: Box):
    themes = (await box.get("/BrandingThemes")).json()["BrandingThemes"]
    assert [one["SortOrder"] for one in themes] == [0, 1]
    users = (await box.get("/Users")).json()["Users"]
    for path, key, one in (
        ("/BrandingThemes", "BrandingThemeID", themes[0]),
        ("/Users", "UserID", users[0]),
    ):
        assert (await box.get(f"{path}/{one[key]}")).status_code == 200
    assert (await box.get("/InvoiceReminders/Settings")).json()["InvoiceReminders"] == [
        {"Enabled": False}
    ]


@pytest.mark.parametrize("path", ["/Receipts", "/ExpenseClaims", "/PaymentServices"])
async def test_what_no_app_is_given_is_not_found(box: Box, path: str):
    answer = await box.get(path)
    assert answer.status_code == 404
    assert "json" not in answer.headers.get("content-type", "")
