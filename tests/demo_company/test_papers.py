"""Items, quotes, purchase orders, repeating invoices and linked transactions."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from tests.demo_company.answers import Element, made, messages, refused
from tests.demo_company.box import Box, open_box

LINE = {"Description": "Bolts", "Quantity": 4, "UnitAmount": "1.25", "AccountCode": "300"}
ORDER = {"Contact": {"Name": "Bolt Ltd"}, "LineItems": [LINE]}
QUOTE = {
    **ORDER,
    "Date": "2026-09-01",
    "Terms": "Cash",
    "LineItems": [{**LINE, "AccountCode": "200"}],
}
ZERO = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    async with open_box() as opened:
        await opened.sign_in()
        yield opened


async def test_a_quote_is_written_in_its_own_way(box: Box):
    answer = await box.write("PUT", "/Quotes", QUOTE)
    assert answer.headers["content-type"] == "application/json"
    envelope = answer.json()
    assert envelope["SummarizeErrors"] is True
    [quote] = envelope["Quotes"]
    assert quote["LineAmountTypes"] == "EXCLUSIVE"
    assert quote["Contact"].keys() == {"ContactID", "Name", "EmailAddress"}
    assert quote["Date"] == "/Date(1788220800000)/"
    assert "TaxType" not in quote["LineItems"][0]
    assert (quote["SubTotal"], quote["TotalTax"]) == (5.0, 0.0)


async def test_an_update_without_number_or_terms_loses_both(box: Box):
    quote = await made(box, "/Quotes", QUOTE)
    assert (quote["QuoteNumber"], quote["Terms"]) == ("QU-0001", "Cash")
    named = {"QuoteID": quote["QuoteID"], "Title": "New"}
    after = await made(box, "/Quotes", named, method="POST")
    assert (after["QuoteNumber"], after["Terms"], after["Title"]) == ("QU-0002", "", "New")


async def test_quotes_go_from_status_to_status(box: Box):
    quote = await made(box, "/Quotes", QUOTE)
    named = {"QuoteID": quote["QuoteID"]}
    element = await refused(box, "/Quotes", {**named, "Status": "ACCEPTED"})
    assert messages(element) == ["Quote status change is invalid"]
    assert element["Status"] == "ACCEPTED"
    assert not {"HasErrors", "HasValidationErrors"} & element.keys()
    for status in ("SENT", "ACCEPTED", "DELETED"):
        after = await made(box, "/Quotes", {**named, "Status": status}, method="POST")
        assert after["Status"] == status


async def test_quotes_are_filtered_by_their_own_parameters(box: Box):
    await made(box, "/Quotes", {**QUOTE, "ExpiryDate": "2026-09-30", "Status": "SENT"})
    await made(box, "/Quotes", {**QUOTE, "Date": "2026-08-01"})

    async def count(query: str) -> int:
        return len((await box.get(f"/Quotes?{query}")).json()["Quotes"])

    assert await count("DateFrom=2026-08-15") == 1
    assert await count("Status=DRAFT") == 1
    assert await count("ExpiryDateTo=2026-09-30") == 1
    assert await count("QuoteNumber=qu-0002") == 1
    assert await count("page=2") == 0
    assert "pagination" not in (await box.get("/Quotes?page=1")).json()


async def test_texts_of_a_quote_have_their_lengths(box: Box):
    body = {**QUOTE, "Title": "T" * 101, "Summary": "S" * 3001}
    element = await refused(box, "/Quotes", body, method="PUT")
    assert len(messages(element)) == 2
    assert element["QuoteID"] == ZERO


async def test_an_order_answer_hides_empty_phones_and_addresses(box: Box):
    order = await made(box, "/PurchaseOrders", ORDER)
    assert order["Contact"]["Addresses"] == []
    assert order["Contact"]["Phones"] == []
    element = await refused(box, "/PurchaseOrders", {**ORDER, "LineItems": []}, method="PUT")
    assert len(element["Contact"]["Phones"]) == 4
    assert element["PurchaseOrderID"] == ZERO


async def test_order_numbers_are_unique_even_against_deleted_ones(box: Box):
    order = await made(box, "/PurchaseOrders", {**ORDER, "PurchaseOrderNumber": "P1"})
    element = await refused(
        box, "/PurchaseOrders", {**ORDER, "PurchaseOrderNumber": "p1"}, method="PUT"
    )
    assert messages(element) == ["Order number must be unique"]
    named = {"PurchaseOrderID": order["PurchaseOrderID"]}
    await made(box, "/PurchaseOrders", {**named, "Status": "DELETED"}, method="POST")
    element = await refused(box, "/PurchaseOrders", {**ORDER, "PurchaseOrderNumber": "P1"})
    assert len(messages(element)) == 2
    assert "Deleted PurchaseOrders cannot be updated" in messages(element)
    assert element["PurchaseOrderID"] == ZERO


async def test_an_order_cannot_go_back(box: Box):
    order = await made(box, "/PurchaseOrders", {**ORDER, "Status": "AUTHORISED"})
    named = {"PurchaseOrderID": order["PurchaseOrderID"]}
    element = await refused(box, "/PurchaseOrders", {**named, "Status": "DRAFT"})
    assert messages(element) == ["PurchaseOrder status change is invalid"]
    assert (element["Status"], element["PurchaseOrderID"]) == ("DRAFT", ZERO)
    for status in ("BILLED", "DELETED"):
        await made(box, "/PurchaseOrders", {**named, "Status": status}, method="POST")


async def test_only_an_approved_order_can_be_marked_as_sent(box: Box):
    order = await made(box, "/PurchaseOrders", {**ORDER, "SentToContact": True})
    assert order["SentToContact"] is False
    assert order["StatusAttributeString"] == "WARNING"
    assert order["Warnings"] == [
        {"Message": "Only AUTHORISED and BILLED purchase orders may have SentToContact updated."}
    ]


async def test_an_order_is_found_by_its_number(box: Box):
    await made(box, "/PurchaseOrders", ORDER)
    answer = await box.get("/PurchaseOrders/PO-0001")
    assert answer.json()["PurchaseOrders"][0]["PurchaseOrderNumber"] == "PO-0001"
    assert (await box.get("/PurchaseOrders/PO-9999")).status_code == 404


async def test_neither_quotes_nor_orders_reach_the_ledger(box: Box):
    await made(box, "/Quotes", {**QUOTE, "Status": "SENT"})
    await made(box, "/PurchaseOrders", {**ORDER, "Status": "BILLED"})
    assert box.company().ledger.journals == []


async def test_an_item_fills_in_a_line(box: Box):
    details = {"UnitPrice": "9.5075", "AccountCode": "200"}
    item = {"Code": "A1", "Name": "Arch", "Description": "An arch", "SalesDetails": details}
    shown = await made(box, "/Items", item)
    assert shown["SalesDetails"]["UnitPrice"] == Decimal("9.51")
    assert "+" not in shown["UpdatedDateUTC"]
    exact = (await box.get("/Items/A1?unitdp=4")).json()["Items"][0]
    assert exact["SalesDetails"]["UnitPrice"] == 9.5075
    body = {"Type": "ACCREC", "Contact": {"Name": "Ann"}, "LineItems": [{"ItemCode": "A1"}]}
    invoice = await made(box, "/Invoices?unitdp=4", body)
    assert invoice["LineItems"][0]["Description"] == "An arch"
    assert invoice["LineItems"][0]["UnitAmount"] == Decimal("9.5075")


async def test_item_codes_are_unique_and_a_post_updates(box: Box):
    await made(box, "/Items", {"Code": "A1", "Name": "Arch"})
    answer = await box.write("PUT", "/Items", {"Code": "a1"})
    [element] = answer.json()["Elements"]
    assert messages(element) == ["Price List Item with Code 'a1' already exists"]
    after = await made(box, "/Items", {"Code": "A1", "Description": "Round"}, method="POST")
    assert (after["Name"], after["Description"]) == ("Arch", "Round")


async def test_a_tracked_item_needs_both_its_accounts(box: Box):
    item: Element = {"Code": "T1", "InventoryAssetAccountCode": "630"}
    answer = await box.write("PUT", "/Items", item)
    assert messages(answer.json()["Elements"][0]) == [
        "The COGSAccountCode must be specified for tracked items"
    ]
    item["PurchaseDetails"] = {"COGSAccountCode": "310", "UnitPrice": 3}
    tracked = await made(box, "/Items", item)
    assert (tracked["IsTrackedAsInventory"], tracked["QuantityOnHand"]) == (True, 0)


async def test_a_repeating_invoice_says_when_it_comes_next(box: Box):
    schedule = {
        "Period": 1,
        "Unit": "MONTHLY",
        "DueDate": 20,
        "DueDateType": "OFFOLLOWINGMONTH",
        "StartDate": "2026-01-31",
    }
    body = {**ORDER, "Type": "ACCPAY", "Schedule": schedule}
    template = await made(box, "/RepeatingInvoices", body)
    assert template["Schedule"]["NextScheduledDate"] == "/Date(1790726400000+0000)/"
    named = {"RepeatingInvoiceID": template["RepeatingInvoiceID"]}
    element = await refused(box, "/RepeatingInvoices", {**named, "Reference": "x"})
    assert messages(element) == ["A repeating invoice can only be updated to a Status of DELETED"]
    await made(box, "/RepeatingInvoices", {**named, "Status": "DELETED"}, method="POST")
    assert (await box.get("/RepeatingInvoices")).json()["RepeatingInvoices"] == []


async def test_the_next_day_of_a_repeating_invoice_is_never_a_day_that_is_past(box: Box):
    schedule = {"Period": 1, "Unit": "MONTHLY", "DueDate": 20, "DueDateType": "OFFOLLOWINGMONTH"}
    body = {**ORDER, "Type": "ACCPAY", "Schedule": {**schedule, "StartDate": "2026-01-31"}}
    await made(box, "/RepeatingInvoices", body)
    box.clock.advance(days=20)
    await box.sign_in()
    [later] = (await box.get("/RepeatingInvoices")).json()["RepeatingInvoices"]
    assert later["Schedule"]["NextScheduledDate"] == "/Date(1793404800000+0000)/"


async def test_a_link_follows_its_documents(box: Box):
    bill = {**ORDER, "Type": "ACCPAY", "DueDate": "2026-10-01", "Status": "AUTHORISED"}
    source = await made(box, "/Invoices", bill)
    sale = {**bill, "Type": "ACCREC", "Contact": {"Name": "Ann"}, "LineItems": QUOTE["LineItems"]}
    target = await made(box, "/Invoices", {**sale, "Status": "DRAFT"})
    link = {
        "SourceTransactionID": source["InvoiceID"],
        "SourceLineItemID": source["LineItems"][0]["LineItemID"],
    }
    stored = await made(box, "/LinkedTransactions", link)
    assert (stored["Status"], stored["SourceTransactionTypeCode"]) == ("APPROVED", "ACCPAY")
    path = f"/LinkedTransactions/{stored['LinkedTransactionID']}"
    change = {"TargetTransactionID": target["InvoiceID"]}
    wrong = await box.write("POST", path, {**change, "ContactID": source["Contact"]["ContactID"]})
    assert messages(wrong.json()["Elements"][0]) == [
        "The ContactID and the TargetTransaction ContactID do not match"
    ]
    right = {**change, "ContactID": target["Contact"]["ContactID"]}
    assert (await made(box, path, right, method="POST"))["Status"] == "ONDRAFT"
    approve = {"InvoiceID": target["InvoiceID"], "Status": "AUTHORISED"}
    await made(box, "/Invoices", approve, method="POST")
    assert (await box.get(path)).json()["LinkedTransactions"][0]["Status"] == "BILLED"


async def test_a_link_must_name_a_line_of_its_bill(box: Box):
    bill = await made(box, "/Invoices", {**ORDER, "Type": "ACCPAY"})
    link = {"SourceTransactionID": bill["InvoiceID"], "SourceLineItemID": bill["InvoiceID"]}
    answer = await box.write("PUT", "/LinkedTransactions", link)
    assert messages(answer.json()["Elements"][0]) == [
        "The SourceLineItemID and SourceTransactionID do not match"
    ]
