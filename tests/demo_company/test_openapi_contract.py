"""Every answer of every operation that is offered, against Xero's own description of it."""

from collections.abc import AsyncIterator

import pytest

from tests.demo_company.box import GLOBAL, open_box
from tests.demo_company.contract import SPEC, Caller, offered
from xero_mcp.demo_company.kernel import TABLES, Json
from xero_mcp.demo_company.seed.companies import demo_companies

pytestmark = pytest.mark.skipif(
    not SPEC.exists(), reason="Xero's OpenAPI document is not on this machine"
)
LINE = {"Description": "Work", "Quantity": 2, "UnitAmount": "21.50", "AccountCode": "200"}
COST = {**LINE, "AccountCode": "300"}


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    async with open_box(companies=lambda now: demo_companies(now=now)) as box:
        await box.sign_in("demo")
        yield Caller(box=box, company=box.company(GLOBAL))


async def test_every_operation_answers_as_the_document_says(caller: Caller):
    await read_everything(caller)
    await keep_files_and_notes(caller)
    for write in (
        write_settings,
        write_contacts,
        write_sales,
        write_credit,
        write_banking,
        write_batches,
        write_orders,
        write_others,
    ):
        await write(caller)
    await read_everything(caller)
    assert not caller.wrong, "\n".join(caller.wrong)
    left = {o.name for o in offered()} - caller.done - {"getOrganisationCISSettings"}
    assert left - {"getContactCISSettings"} == set()


async def test_the_british_answer_for_the_construction_industry_scheme(caller: Caller):
    caller.company = caller.box.company("Demo Company (UK)")
    await caller.do("getOrganisationCISSettings", OrganisationID=caller.company.id)
    await caller.do("getContactCISSettings", ContactID=caller.id_in("Contacts"))
    assert not caller.wrong, "\n".join(caller.wrong)


async def test_a_refusal_of_any_write_is_what_the_document_says(caller: Caller):
    for operation in offered():
        if operation.method not in {"PUT", "POST"} or operation.kind != "core":
            continue
        params = {
            part[1:-1]: _some_id(caller, part[1:-1])
            for part in operation.path.split("/")
            if part.startswith("{") and part != "{TrackingOptionID}"
        }
        if "{TrackingOptionID}" in operation.path:
            [category] = caller.company.table("TrackingCategories")
            params["TrackingOptionID"] = category["Options"][0]["TrackingOptionID"]
        nonsense = {"Name": "", "Code": "?" * 400, "Status": "NONSENSE", "Type": "NONSENSE"}
        answer = await caller.refused(operation.name, nonsense, **params)
        if answer:
            assert answer["Type"] == "ValidationException", operation.name
            assert all(element["ValidationErrors"] for element in answer["Elements"])
    assert not caller.wrong, "\n".join(caller.wrong)
    assert len(caller.done) > 30


async def read_everything(caller: Caller) -> None:
    special = {
        "OrganisationID": caller.company.id,
        "ContactNumber": "S-012",
        "JournalNumber": "1",
        "JournalID": caller.company.ledger.journals[0].id,
        "PurchaseOrderNumber": "PO-0001",
        "ReportID": "ProfitAndLoss",
        "InvoiceID": caller.id_in("Invoices", Type="ACCREC", Status="AUTHORISED"),
    }
    for operation in offered():
        if operation.method != "GET" or operation.kind == "attachment":
            continue
        if "CISSettings" in operation.path:
            continue
        params = {
            part[1:-1]: special.get(part[1:-1]) or _some_id(caller, part[1:-1])
            for part in operation.path.split("/")
            if part.startswith("{")
        }
        if "ByContact" in operation.path:
            params["contactId"] = caller.id_in("Contacts", Name="Bolt Ltd")
        await caller.do(operation.name, **params)


def _some_id(caller: Caller, key: str) -> str:
    plural = next(name for name, of in TABLES.items() if of == key)
    return caller.id_in(plural)


async def keep_files_and_notes(caller: Caller) -> None:
    for operation in offered():
        if operation.kind == "history" and operation.method == "PUT":
            key = operation.path.split("{")[1].split("}")[0]
            note = {"HistoryRecords": [{"Details": "Called them"}]}
            await caller.do(operation.name, note, **{key: _some_id(caller, key)})
        if operation.kind != "attachment" or operation.method != "PUT":
            continue
        key = operation.path.split("{")[1].split("}")[0]
        named = {key: _some_id(caller, key)}
        made = await caller.one(operation.name, b"%PDF-1.4", **named, FileName="a b.pdf")
        again = operation.name.replace("create", "update")
        await caller.do(again, b"%PDF-1.4 again", **named, FileName="a b.pdf")
        stem = operation.name.removeprefix("create").removesuffix("ByFileName")
        await caller.do(f"get{stem}s", **named)
        await caller.do(f"get{stem}ById", **named, AttachmentID=made["AttachmentID"])
        await caller.do(f"get{stem}ByFileName", **named, FileName="a b.pdf")


async def write_settings(caller: Caller) -> None:
    account = {"Code": "499A", "Name": "Sundries", "Type": "EXPENSE"}
    made = await caller.one("createAccount", account)
    account_id = made["AccountID"]
    await caller.do("updateAccount", {"Name": "Sundry things"}, AccountID=account_id)
    await caller.do("deleteAccount", AccountID=account_id)
    await caller.do("createCurrency", {"Code": "EUR"})
    rate = {
        "Name": "City tax",
        "ReportTaxType": "OUTPUT",
        "TaxComponents": [{"Name": "City", "Rate": 2.5}],
    }
    made = await caller.one("createTaxRates", {"TaxRates": [rate]})
    tax_type = made["TaxType"]
    await caller.do("updateTaxRate", {"TaxRates": [{"TaxType": tax_type, "Name": "Town tax"}]})
    made = await caller.one("createTrackingCategory", {"Name": "Team"})
    category = {"TrackingCategoryID": made["TrackingCategoryID"]}
    await caller.do("updateTrackingCategory", {"Name": "Squad"}, **category)
    option = await caller.one("createTrackingOptions", {"Name": "Red"}, **category)
    place = {**category, "TrackingOptionID": option["TrackingOptionID"]}
    await caller.do("updateTrackingOptions", {"Name": "Blue"}, **place)
    await caller.do("deleteTrackingOptions", **place)
    await caller.do("deleteTrackingCategory", **category)


async def write_contacts(caller: Caller) -> None:
    made = await caller.one("createContacts", {"Contacts": [{"Name": "Odd & Sons"}]})
    contact = {"ContactID": made["ContactID"]}
    await caller.do("updateOrCreateContacts", {"Contacts": [{"Name": "Odd & Sons"}]})
    await caller.do("updateContact", {"FirstName": "Odd"}, **contact)
    group = await caller.one("createContactGroup", {"Name": "Odd ones"})
    named = {"ContactGroupID": group["ContactGroupID"]}
    await caller.do("updateContactGroup", {"Name": "Even ones"}, **named)
    await caller.do("createContactGroupContacts", {"Contacts": [contact]}, **named)
    await caller.do("getContactGroup", **named)
    await caller.do("deleteContactGroupContact", **named, **contact)
    await caller.do("createContactGroupContacts", {"Contacts": [contact]}, **named)
    await caller.do("deleteContactGroupContacts", **named)


def document(caller: Caller, kind: str, **more: object) -> Json:
    sales = kind.startswith("ACCREC") or kind == "RECEIVE"
    name = "Larkfield University" if sales else "Bolt Ltd"
    return {
        "Type": kind,
        "Contact": {"ContactID": caller.id_in("Contacts", Name=name)},
        "Date": "2026-09-10",
        "DueDate": "2026-09-24",
        "Status": "AUTHORISED",
        "LineItems": [LINE if sales else COST],
        **more,
    }


async def write_sales(caller: Caller) -> None:
    made = await caller.one("createInvoices", document(caller, "ACCREC"))
    named = {"InvoiceID": made["InvoiceID"]}
    await caller.do("updateOrCreateInvoices", {"Invoices": [{**named, "Reference": "R"}]})
    await caller.do("updateInvoice", {"Reference": "S"}, **named)
    caller.company.daily_email_limit = 1
    await caller.do("emailInvoice", {}, **named)
    payment = {"Invoice": named, "Account": {"Code": "090"}, "Amount": "10", "Date": "2026-09-11"}
    paid = await caller.one("createPayments", {"Payments": [payment]})
    await caller.do("createPayment", payment)
    await caller.do("deletePayment", {"Status": "DELETED"}, PaymentID=paid["PaymentID"])
    await caller.do("getOnlineInvoice", **named)
    await caller.do("getInvoice", **named)


async def write_credit(caller: Caller) -> None:
    bill = await caller.one("createInvoices", document(caller, "ACCPAY", InvoiceNumber="X-1"))
    note = document(caller, "ACCPAYCREDIT", CreditNoteNumber="X-CR")
    made = await caller.one("createCreditNotes", note)
    named = {"CreditNoteID": made["CreditNoteID"]}
    await caller.do("updateOrCreateCreditNotes", {**named, "CreditNoteNumber": "X-CR1"})
    await caller.do("updateCreditNote", {"CreditNoteNumber": "X-CR2"}, **named)
    amount = {"Amount": "5.00", "Date": "2026-09-11"}
    allocation = {"Invoice": {"InvoiceID": bill["InvoiceID"]}, **amount}
    done = await caller.one("createCreditNoteAllocation", {"Allocations": [allocation]}, **named)
    await caller.do("getCreditNote", **named)
    await caller.do(
        "deleteCreditNoteAllocations", **named, AllocationID=done.get("AllocationID", "")
    )
    sale = await caller.one("createInvoices", document(caller, "ACCREC"))
    pairs = (("Overpayment", sale), ("Prepayment", bill))
    for noun, invoice in pairs:
        key = f"{noun}ID"
        credit = {key: caller.id_in(f"{noun}s", Status="AUTHORISED")}
        used = {"Invoice": {"InvoiceID": invoice["InvoiceID"]}, **amount}
        done = await caller.one(f"create{noun}Allocations", {"Allocations": [used]}, **credit)
        await caller.do(f"get{noun}", **credit)
        allocation_id = done.get("AllocationID", "")
        await caller.do(f"delete{noun}Allocations", **credit, AllocationID=allocation_id)


async def write_banking(caller: Caller) -> None:
    spend = document(caller, "SPEND", BankAccount={"Code": "090"})
    made = await caller.one("createBankTransactions", spend)
    named = {"BankTransactionID": made["BankTransactionID"]}
    await caller.do("updateOrCreateBankTransactions", {**spend, **named, "Reference": "A"})
    await caller.do("updateBankTransaction", {**spend, "Reference": "B"}, **named)
    transfer = {
        "FromBankAccount": {"Code": "090"},
        "ToBankAccount": {"Code": "091"},
        "Amount": "50.00",
    }
    for name in ("deleteBankTransfers", "deleteBankTransfer"):
        made = await caller.one("createBankTransfer", {"BankTransfers": [transfer]})
        named = {"BankTransferID": made["BankTransferID"]}
        if name == "deleteBankTransfers":
            await caller.do(name, {"BankTransfers": [{**named, "Status": "DELETED"}]})
        else:
            await caller.do(name, {"Status": "DELETED"}, **named)
    lines = [
        {"LineAmount": "12.00", "AccountCode": "416"},
        {"LineAmount": "-12.00", "AccountCode": "721"},
    ]
    journal = {"Narration": "Wear", "Date": "2026-09-10", "JournalLines": lines}
    made = await caller.one("createManualJournals", journal)
    named = {"ManualJournalID": made["ManualJournalID"]}
    await caller.do("updateOrCreateManualJournals", {**journal, **named, "Narration": "Tear"})
    await caller.do("updateManualJournal", {"Status": "POSTED"}, **named)


async def write_batches(caller: Caller) -> None:
    for name in ("deleteBatchPayment", "deleteBatchPaymentByUrlParam"):
        bill = await caller.one("createInvoices", document(caller, "ACCPAY"))
        batch = {
            "Account": {"AccountID": caller.id_in("Accounts", Code="090")},
            "Date": "2026-09-12",
            "Payments": [{"Invoice": {"InvoiceID": bill["InvoiceID"]}, "Amount": "20.00"}],
        }
        made = await caller.one("createBatchPayment", {"BatchPayments": [batch]})
        batch_id = made["BatchPaymentID"]
        await caller.do("getBatchPayment", BatchPaymentID=batch_id)
        note = {"HistoryRecords": [{"Details": "Sent to the bank"}]}
        await caller.do("createBatchPaymentHistoryRecord", note, BatchPaymentID=batch_id)
        await caller.do("getBatchPaymentHistory", BatchPaymentID=batch_id)
        gone = {"BatchPaymentID": batch_id, "Status": "DELETED"}
        if name == "deleteBatchPayment":
            await caller.do(name, {"BatchPayments": [gone]})
        else:
            await caller.do(name, {"Status": "DELETED"}, BatchPaymentID=batch_id)


async def write_orders(caller: Caller) -> None:
    quote = document(caller, "ACCREC", Status="DRAFT")
    made = await caller.one("createQuotes", {"Quotes": [quote]})
    named = {"QuoteID": made["QuoteID"]}
    await caller.do("updateOrCreateQuotes", {"Quotes": [{**quote, **named}]})
    await caller.do("updateQuote", {**quote, "Status": "SENT"}, **named)
    order = document(caller, "ACCPAY", Status="DRAFT")
    made = await caller.one("createPurchaseOrders", order)
    named = {"PurchaseOrderID": made["PurchaseOrderID"]}
    await caller.do("updateOrCreatePurchaseOrders", {**named, "Reference": "A"})
    await caller.do("updatePurchaseOrder", {"Status": "AUTHORISED"}, **named)
    schedule = {"Period": 1, "Unit": "MONTHLY", "DueDate": 10, "DueDateType": "OFFOLLOWINGMONTH"}
    template = document(caller, "ACCREC", Schedule=schedule)
    for name in ("updateOrCreateRepeatingInvoices", "updateRepeatingInvoice"):
        made = await caller.one("createRepeatingInvoices", {"RepeatingInvoices": [template]})
        named = {"RepeatingInvoiceID": made["RepeatingInvoiceID"]}
        if name == "updateRepeatingInvoice":
            await caller.do(name, {"Status": "DELETED"}, **named)
        else:
            await caller.do(name, {"RepeatingInvoices": [{**named, "Status": "DELETED"}]})


async def write_others(caller: Caller) -> None:
    made = await caller.one("createItems", {"Items": [{"Code": "ODD-1", "Name": "Odd"}]})
    named = {"ItemID": made["ItemID"]}
    await caller.do("updateOrCreateItems", {"Items": [{"Code": "ODD-1", "Name": "Even"}]})
    await caller.do("updateItem", {"Code": "ODD-1", "Description": "Even"}, **named)
    await caller.do("deleteItem", **named)
    bill = await caller.one("createInvoices", document(caller, "ACCPAY"))
    link = {
        "SourceTransactionID": bill["InvoiceID"],
        "SourceLineItemID": bill["LineItems"][0]["LineItemID"],
    }
    made = await caller.one("createLinkedTransaction", link)
    named = {"LinkedTransactionID": made["LinkedTransactionID"]}
    contact = {"ContactID": caller.id_in("Contacts", Name="Larkfield University")}
    await caller.do("getLinkedTransaction", **named)
    await caller.do("updateLinkedTransaction", contact, **named)
    await caller.do("deleteLinkedTransaction", **named)
