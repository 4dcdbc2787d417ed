"""One refusal after the other: what is sent, and the words that come back."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.demo_company.answers import made, refusals
from tests.demo_company.box import Box, open_box

LINE = {"Description": "Bolts", "Quantity": 4, "UnitAmount": "1.25", "AccountCode": "300"}
ORDER = {"Contact": {"Name": "Bolt Ltd"}, "LineItems": [LINE]}
SCHEDULE = {"Period": 1, "Unit": "MONTHLY", "DueDate": 20, "DueDateType": "OFCURRENTMONTH"}
TEMPLATE = {**ORDER, "Type": "ACCPAY", "Schedule": SCHEDULE}
NOBODY = "11111111-1111-1111-1111-111111111111"
RATE = {"Name": "City", "TaxComponents": [{"Name": "City", "Rate": 2}]}


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    async with open_box() as opened:
        await opened.sign_in()
        yield opened


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/Accounts", {"Name": "A", "Type": "EXPENSE"}, "Please enter a Code."),
        ("/Accounts", {"Code": "A", "Type": "EXPENSE"}, "Please enter a Name."),
        ("/Accounts", {"Code": "A", "Name": "A", "Type": "X"}, "Please enter a valid Type."),
        (
            "/Accounts",
            {"Code": "A" * 11, "Name": "A", "Type": "EXPENSE"},
            "The Code must be 10 characters or less.",
        ),
        (
            "/Accounts",
            {"Code": "A", "Name": "A" * 151, "Type": "EXPENSE"},
            "The Name must be 150 characters or less.",
        ),
        (
            "/Accounts",
            {"Code": "A", "Name": "A", "Type": "EXPENSE", "Description": "A" * 4001},
            "The Description must be 4000 characters or less.",
        ),
        (
            "/Accounts",
            {"Code": "A", "Name": "A", "Type": "BANK", "BankAccountNumber": "1" * 21},
            "The Bank Account Number must be 20 characters or less.",
        ),
        (
            "/Contacts",
            {"Name": "A", "Addresses": [{"AddressType": "MOON"}]},
            "The AddressType 'MOON' is not valid.",
        ),
        (
            "/Contacts",
            {"Name": "A", "Phones": [{"PhoneType": "MOON"}]},
            "The PhoneType 'MOON' is not valid.",
        ),
        (
            "/Contacts",
            {"Name": "A", "Phones": [{"PhoneNumber": "1" * 51}]},
            "The field PhoneNumber must not be longer than 50 characters",
        ),
        (
            "/Contacts",
            {"Name": "A", "ContactPersons": [{"FirstName": "B"}] * 6},
            "A contact can have at most 5 ContactPersons.",
        ),
        (
            "/Contacts",
            {"Name": "A", "PaymentTerms": {"Bills": {"Day": 5, "Type": "SOON"}}},
            "The PaymentTerms for Bills need a Day and a valid Type.",
        ),
        (
            "/Contacts",
            {"Name": "A", "BatchPayments": {"Code": "1234567890123"}},
            "The field Code must not be longer than 12 characters",
        ),
        (
            "/Contacts",
            {"Name": "A", "AccountsReceivableTaxType": "MOON"},
            "The TaxType code 'MOON' does not exist or cannot be used.",
        ),
        (
            "/Contacts",
            {"Name": "A", "SalesDefaultAccountCode": "MOON"},
            "Account code 'MOON' is not a valid code for this document.",
        ),
        (
            "/Contacts",
            {"Name": "A", "DefaultCurrency": "EUR"},
            "Organisation is not subscribed to currency EUR",
        ),
        (
            "/Contacts",
            {"Name": "A", "ContactStatus": "ARCHIVED"},
            "A contact can only be archived once it has been created.",
        ),
        ("/ContactGroups", {"Name": ""}, "Please enter a Name."),
        ("/ContactGroups", {"Name": "A" * 256}, "The Name must be 255 characters or less."),
        (
            "/ContactGroups",
            {"Name": "A", "Contacts": [{"ContactID": NOBODY}]},
            "The Contact could not be found",
        ),
        ("/Items", {"Name": "A"}, "Price List Item Code must be specified"),
        (
            "/Items",
            {"Code": "A" * 31},
            "The field Code must not be longer than 30 characters",
        ),
        (
            "/Items",
            {"Code": "A", "SalesDetails": {"AccountCode": "MOON"}},
            "Account code 'MOON' is not a valid code for this document.",
        ),
        (
            "/Items",
            {"Code": "A", "SalesDetails": {"TaxType": "MOON"}},
            "The TaxType code 'MOON' does not exist or cannot be used.",
        ),
        (
            "/Items",
            {"Code": "A", "SalesDetails": {"UnitPrice": 10**12}},
            "The UnitPrice is too large",
        ),
        (
            "/Items",
            {"Code": "A", "PurchaseDetails": {"COGSAccountCode": "310"}},
            "The InventoryAssetAccountCode must be specified for tracked items",
        ),
        (
            "/Items",
            {
                "Code": "A",
                "InventoryAssetAccountCode": "200",
                "PurchaseDetails": {"COGSAccountCode": "310"},
            },
            "The InventoryAssetAccountCode must be an account of type INVENTORY",
        ),
        (
            "/Quotes",
            {**ORDER, "QuoteNumber": "1" * 256},
            "The field QuoteNumber must not be longer than 255 characters",
        ),
        ("/Quotes", {**ORDER, "LineItems": []}, "One or more line items must be specified"),
        (
            "/Quotes",
            {**ORDER, "BrandingThemeID": NOBODY},
            "The BrandingThemeID could not be found",
        ),
        (
            "/PurchaseOrders",
            {**ORDER, "BrandingThemeID": NOBODY},
            "The BrandingThemeID could not be found",
        ),
        (
            "/PurchaseOrders",
            {**ORDER, "CurrencyCode": "EUR"},
            "Organisation is not subscribed to currency EUR",
        ),
        (
            "/RepeatingInvoices",
            {**TEMPLATE, "Type": "MOON"},
            "Type must be one of ACCREC, ACCPAY",
        ),
        ("/RepeatingInvoices", {**TEMPLATE, "Status": "PAID"}, "Status 'PAID' is not valid"),
        (
            "/RepeatingInvoices",
            {**TEMPLATE, "Schedule": {**SCHEDULE, "Unit": "DAILY"}},
            "The Schedule needs a Period and a Unit of WEEKLY or MONTHLY",
        ),
        (
            "/RepeatingInvoices",
            {**TEMPLATE, "Schedule": {**SCHEDULE, "DueDate": 900}},
            "The Schedule needs a DueDate and a valid DueDateType",
        ),
        (
            "/RepeatingInvoices",
            {**TEMPLATE, "Schedule": {**SCHEDULE, "EndDate": "1999-01-01"}},
            "The StartDate and the EndDate of the Schedule are not valid",
        ),
        ("/TaxRates", {**RATE, "Name": ""}, "Please enter a Name."),
        ("/TaxRates", {**RATE, "Name": "A" * 51}, "The Name must be 50 characters or less."),
        ("/TaxRates", {**RATE, "Name": "tax exempt (0%)"}, "Please enter a unique Name."),
        (
            "/TaxRates",
            {**RATE, "ReportTaxType": "MOON"},
            "ReportTaxType 'MOON' is not valid.",
        ),
        (
            "/TaxRates",
            {**RATE, "TaxComponents": []},
            "A tax rate must have from 1 to 6 TaxComponents.",
        ),
        (
            "/TaxRates",
            {**RATE, "TaxComponents": [{"Name": "A", "Rate": 1, "IsCompound": True}] * 2},
            "Only one TaxComponent can be compound.",
        ),
        (
            "/TaxRates",
            {**RATE, "TaxComponents": [{"Name": "A", "Rate": 100}]},
            "Each TaxComponent needs a Name and a Rate from 0 to 99.9999.",
        ),
        ("/TrackingCategories", {"Name": "A" * 101}, "The Name must be 100 characters or less."),
        ("/TrackingCategories", {"Name": "region"}, "Please enter a unique Name."),
        (
            "/TrackingCategories",
            {"Name": "Team", "Options": [{"Name": "Red"}, {"Name": "RED"}]},
            "Please enter a unique Name.",
        ),
        ("/LinkedTransactions", {}, "The SourceTransactionID must be specified"),
        (
            "/LinkedTransactions",
            {"SourceTransactionID": NOBODY},
            "The SourceLineItemID must be specified",
        ),
    ],
)
async def test_a_new_thing_is_refused_in_these_words(
    box: Box, path: str, body: dict[str, Any], message: str
):
    said = await refusals(box, "PUT", path, body)
    assert said == [message]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"Name": {"a": 1}}, "Name"),
        ({"Name": "A", "Phones": "none"}, "Phones"),
        ({"Name": "A", "Phones": [1]}, "Phones"),
        ({"Name": "A", "PaymentTerms": 3}, "PaymentTerms"),
        ({"Name": "A", "PaymentTerms": {"Bills": {"Day": True}}}, "Day"),
        ({"Name": "A", "PaymentTerms": {"Bills": {"Day": "ten"}}}, "Day"),
        ({"ContactID": "not an id"}, "ContactID"),
        ({"ContactID": 7}, "ContactID"),
        ({"Name": "A", "ContactPersons": [{"IncludeInEmails": "maybe"}]}, "IncludeInEmails"),
    ],
)
async def test_a_value_of_the_wrong_type_is_told_from_a_broken_rule(
    box: Box, body: dict[str, Any], field: str
):
    answer = await box.write("POST", "/Contacts", body)
    assert answer.status_code == 400
    read = answer.json()
    assert read["Type"] == "PostDataInvalidException"
    assert f"Path '{field}'" in read["Message"]


async def test_numbers_and_truths_are_taken_for_texts_as_net_does(box: Box):
    contact = await made(box, "/Contacts", {"Name": 42, "AccountNumber": True})
    assert (contact["Name"], contact["AccountNumber"]) == ("42", "true")


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/Contacts", {"ContactID": NOBODY}, "could not be found"),
        ("/Items", {"ItemID": NOBODY}, "could not be found"),
        ("/Quotes", {"QuoteID": NOBODY}, "could not be found"),
        ("/PurchaseOrders", {"PurchaseOrderID": NOBODY}, "could not be found"),
        ("/RepeatingInvoices", {"RepeatingInvoiceID": NOBODY}, "could not be found"),
        ("/PurchaseOrders", {**ORDER, "Status": "LOST"}, "PurchaseOrder status change is invalid"),
    ],
)
async def test_an_update_of_what_is_not_there_is_refused(
    box: Box, path: str, body: dict[str, Any], message: str
):
    [said] = await refusals(box, "POST", path, body)
    assert said.endswith(message)


@pytest.mark.parametrize(
    "path",
    [
        "/Accounts",
        "/Contacts",
        "/ContactGroups",
        "/Items",
        "/LinkedTransactions",
        "/PurchaseOrders",
        "/Quotes",
        "/RepeatingInvoices",
        "/TrackingCategories",
    ],
)
async def test_a_post_to_an_id_that_nobody_has_is_not_found(box: Box, path: str):
    answer = await box.write("POST", f"{path}/{NOBODY}", {"Name": "A"})
    assert answer.status_code == 404
    assert "json" not in answer.headers.get("content-type", "")


async def test_an_account_keeps_what_it_is_for(box: Box):
    accounts = (await box.get("/Accounts")).json()["Accounts"]
    ids = {one["Code"]: one["AccountID"] for one in accounts}

    async def change(code: str, body: dict[str, Any]) -> list[str]:
        return await refusals(box, "POST", f"/Accounts/{ids[code]}", body)

    fixed = ["The Type of this account cannot be changed."]
    assert await change("610", {"Type": "EXPENSE"}) == fixed
    assert await change("200", {"Type": "BANK"}) == fixed
    assert await change("200", {"Type": "MOON"}) == ["Please enter a valid Type."]
    assert await change("200", {"Status": "DELETED"}) == [
        "Only accounts with a Status of ACTIVE can be updated."
    ]
    await made(box, f"/Accounts/{ids['441']}", {"Status": "ARCHIVED"}, method="POST")
    assert await change("441", {"Name": "Law"}) == [
        "This account has been archived and cannot be updated."
    ]


async def test_a_category_or_an_option_takes_only_statuses_there_are(box: Box):
    [category] = (await box.get("/TrackingCategories")).json()["TrackingCategories"]
    path = f"/TrackingCategories/{category['TrackingCategoryID']}"
    option = f"{path}/Options/{category['Options'][0]['TrackingOptionID']}"
    for place in (path, option):
        assert await refusals(box, "POST", place, {"Status": "LOST"}) == [
            "The Status 'LOST' is not valid."
        ]
    archived = await made(box, path, {"Status": "ARCHIVED"}, method="POST")
    assert archived["Status"] == "ARCHIVED"
    for name in ("One", "Two"):
        await made(box, "/TrackingCategories", {"Name": name})
    assert await refusals(box, "POST", path, {"Status": "ACTIVE"}) == [
        "You can only have 2 active Tracking Categories."
    ]
