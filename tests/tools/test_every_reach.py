"""Every operation that a tool declares is one that some call of it really sends."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.tools.full_house import line, sale
from tests.tools.money_house import BANK, SAVINGS, Fields, account_id, open_bills
from tests.tools.reaching import LISTS, Reaching, reaching
from tests.tools.reading import UK, company
from xero_mcp.tools.catalog import CATALOG
from xero_mcp.tools.document_kinds import KINDS

READS = (
    "get-contact",
    "get-invoice",
    "get-invoice-link",
    "get-organisation",
    "list-accounts",
    "list-bank-transactions",
    "list-bank-transfers",
    "list-budgets",
    "list-contact-groups",
    "list-contacts",
    "list-credit-notes",
    "list-invoices",
    "list-items",
    "list-journals",
    "list-linked-transactions",
    "list-manual-journals",
    "list-payments",
    "list-prepayments-and-overpayments",
    "list-purchase-orders",
    "list-quotes",
    "list-repeating-invoices",
    "list-settings",
    "run-report",
)
FILES = ("add-attachment", "add-note", "get-attachments", "get-document-pdf", "list-history")
DOCUMENTS = (
    "create-invoice",
    "email-invoice",
    "save-credit-notes",
    "save-invoices",
    "save-purchase-orders",
    "save-quotes",
    "save-repeating-invoices",
    "update-invoice",
)
MONEY = (
    "allocate-credit",
    "create-payment",
    "create-payments",
    "delete-payment",
    "remove-allocation",
    "save-bank-transactions",
    "save-bank-transfer",
    "save-linked-transaction",
    "save-manual-journals",
)
SETTINGS = (
    "add-currency",
    "create-contact",
    "save-account",
    "save-contact-group",
    "save-contacts",
    "save-items",
    "save-tax-rate",
    "save-tracking",
)
GUID = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Reaching]:
    async with reaching(tmp_path) as opened:
        yield opened


def test_every_tool_that_reaches_xero_is_tried_here():
    tried = sorted((*READS, *FILES, *DOCUMENTS, *MONEY, *SETTINGS))
    assert tried == sorted(tool.name for tool in CATALOG if tool.card.reaches)


async def test_what_reads(tmp_path: Path):
    async with reaching(tmp_path, organisation=UK) as british:
        uk = company(british.house, UK)
        contact = next(iter(uk.table("Contacts")))["ContactID"]
        await british.do("get-contact", {"contact_id": contact, "cis": True})
        await british.do("get-organisation", {"also": ["actions", "cis", "reminders"]})
    async with reaching(tmp_path / "global") as at:
        at.sent = british.sent
        await read_lists(at)
        await read_settings(at)
        await read_reports(at)
        assert at.missing(*READS) == {}


async def read_lists(at: Reaching) -> None:
    for tool, table, key, argument in LISTS:
        await at.do(tool)
        if argument:
            await at.do(tool, {argument: at.ids(table, key)[0]})
    await at.refused("list-linked-transactions", {"linked_transaction_id": GUID}, "XERO_NOT_FOUND")
    await at.do("list-payments", {"batches": True})
    for kind in ("Prepayment", "Overpayment"):
        tool, asked = "list-prepayments-and-overpayments", {"kind": kind.lower()}
        await at.do(tool, asked)
        await at.do(tool, {**asked, "credit_id": at.ids(f"{kind}s", f"{kind}ID")[0]})
    await at.do("list-contacts")
    contact = at.ids("Contacts", "ContactID")[0]
    at.house.change("Contacts", contact, ContactNumber="C 7")
    await at.do("get-contact", {"contact_id": contact})
    await at.do("get-contact", {"contact_number": "C 7"})
    await at.do("list-invoices")
    sold = at.ids("Invoices", "InvoiceID", Type="ACCREC", Status="AUTHORISED")[0]
    await at.do("get-invoice", {"invoice_id": sold})
    await at.do("get-invoice-link", {"invoice_id": sold})
    first = (await at.do("list-journals"))["rows"][0]
    await at.do("list-journals", {"number": first[0]})
    await at.refused("list-journals", {"journal_id": GUID}, "XERO_NOT_FOUND")


async def read_settings(at: Reaching) -> None:
    at.grow_old()
    await at.do("get-organisation")
    at.grow_old()
    await at.do("list-accounts")
    await at.do("list-accounts", {"account_id": account_id(at.house, BANK)})
    at.grow_old()
    for of, key in (
        ("branding-themes", "branding_theme_id"),
        ("tax-rates", "tax_type"),
        ("tracking", "category_id"),
        ("users", "user_id"),
        ("currencies", ""),
    ):
        found = await at.do("list-settings", {"of": of})
        if key:
            one = found["rows"][0][found["columns"].index(key)]
            await at.do("list-settings", {"of": of, "id": one})


async def read_reports(at: Reaching) -> None:
    contact = {"contact_id": at.ids("Contacts", "ContactID")[0]}
    for report in (
        "profit-and-loss",
        "balance-sheet",
        "trial-balance",
        "bank-summary",
        "budget-summary",
        "executive-summary",
        "ten-ninety-nine",
        "gst",
    ):
        await at.do("run-report", {"report": report})
    for report in ("aged-receivables", "aged-payables"):
        await at.do("run-report", {"report": report, **contact})
    await at.refused("run-report", {"report": "gst", "report_id": GUID}, "XERO_NOT_FOUND")


TABLES = {kind: (place.path.removeprefix("/"), place.id_name) for kind, place in KINDS.items()}
TYPES = {"bill": {"Type": "ACCPAY"}, "sales": {"Type": "ACCREC"}}


async def test_what_reads_and_adds_files_and_notes(at: Reaching):
    with_files = {"account"} | {kind for kind in KINDS if kind not in NO_FILES}
    for kind, (table, key) in TABLES.items():
        where = {"document": kind, "document_id": at.ids(table, key, **TYPES.get(kind, {}))[0]}
        if kind in with_files:
            await files(at, where)
        if kind != "account":
            await at.do("add-note", {**where, "note": "Seen."})
            await at.do("list-history", where)
        if kind in {"bill", "sales", "credit-note", "purchase-order", "quote"}:
            await at.do("get-document-pdf", where)
    assert at.missing(*FILES) == {}


NO_FILES = {"batch-payment", "item", "overpayment", "payment", "prepayment"}


async def files(at: Reaching, where: Fields) -> None:
    new = {**where, "file_name": "note.txt", "text": "Hello"}
    added = await at.do("add-attachment", new)
    await at.do("add-attachment", {**new, "text": "Bye", "replace": True})
    await at.do("get-attachments", where)
    await at.do("get-attachments", {**where, "file_name": "note.txt"})
    await at.do("get-attachments", {**where, "attachment_id": added["id"]})


async def test_what_writes_documents(at: Reaching):
    contact = {"contact_id": at.house.supplier()}
    due = {"due_date": "2030-01-31"}
    bills = [
        (await at.do("create-invoice", {**contact, "type": "bill", "lines": [line(amount)]}))["id"]
        for amount in ("11.00", "12.00")
    ]
    change = {"type": "bill", "status": "draft", **due}
    await at.do("update-invoice", {**change, "invoice_id": bills[0]})
    changes = [{"invoice_id": one, **due} for one in bills]
    await at.do("save-invoices", {"type": "bill", "status": "submitted", "invoices": changes})
    sold = {**contact, **due, "type": "sales", "status": "authorised", "lines": [sale("9.00")]}
    invoice = (await at.do("create-invoice", sold))["id"]
    await at.refused("email-invoice", {"invoice_id": invoice}, "XERO_REJECTED")
    for tool, name, key, new in (
        ("save-credit-notes", "credit_notes", "credit_note_id", {"type": "sales"}),
        ("save-purchase-orders", "purchase_orders", "purchase_order_id", {}),
        ("save-quotes", "quotes", "quote_id", {}),
    ):
        both = [{**contact, **new, "lines": [sale(amount)]} for amount in ("7.00", "8.00")]
        made = await at.do(tool, {name: both})
        ids = [one["id"] for one in made["results"]]
        await at.do(tool, {name: [{key: ids[0], "reference": "R"}]})
        await at.do(tool, {name: [{key: one, "reference": "S"} for one in ids]})
    await repeating(at, contact)
    assert at.missing(*DOCUMENTS) == {}


async def repeating(at: Reaching, contact: Fields) -> None:
    tool, key = "save-repeating-invoices", "repeating_invoice_id"
    template = {**contact, "type": "sales", "every": "1 month", "due": "20 of-following-month"}
    both = [{**template, "lines": [sale(amount)]} for amount in ("1.00", "2.00", "3.00")]
    ids = [one["id"] for one in (await at.do(tool, {"templates": both}))["results"]]
    gone = {"status": "deleted"}
    await at.do(tool, {**gone, "templates": [{key: ids[0]}]})
    await at.do(tool, {**gone, "templates": [{key: one} for one in ids[1:]]})


async def test_what_moves_money(at: Reaching):
    house = at.house
    bills = open_bills(house)[:2]
    paid = [{"invoice_id": one["InvoiceID"], "amount": "1.00"} for one in bills]
    one = await at.do("create-payment", {**paid[0], "account_code": BANK})
    await at.do("delete-payment", {"payment_id": one["id"]})
    await at.do("create-payments", {"account_code": BANK, "payments": paid})
    batch = {"account_code": BANK, "payments": paid, "batch": True}
    batches = [
        (await at.do("create-payments", {**batch, "request_id": str(n)}))["id"] for n in range(3)
    ]
    await at.do("delete-payment", {"batch_payment_id": batches[0]})
    await at.do("delete-payment", {"batch_payment_ids": batches[1:]})
    await credits_(at)
    ends = {
        "from_account_id": account_id(house, BANK),
        "to_account_id": account_id(house, SAVINGS),
    }
    moves = [
        (await at.do("save-bank-transfer", {"action": "create", "amount": amount, **ends}))["id"]
        for amount in ("1.00", "2.00", "3.00")
    ]
    for some in (moves[:1], moves[1:]):
        await at.do("save-bank-transfer", {"action": "delete", "bank_transfer_ids": some})
    await spending(at, ends["from_account_id"])
    await linking(at)
    assert at.missing(*MONEY) == {}


async def credits_(at: Reaching) -> None:
    """Part of a credit of each kind goes to an invoice of its contact, and is taken off again."""
    house = at.house
    contact = house.supplier()
    for kind, type_ in (
        ("credit-note", ""),
        ("prepayment", "receive-prepayment"),
        ("overpayment", "receive-overpayment"),
    ):
        owed = {"contact_id": contact, "type": "sales", "status": "authorised"}
        sold = await at.do(
            "create-invoice", {**owed, "lines": [sale("90.00")], "due_date": "2030-01-31"}
        )
        if type_:
            credit = await received(at, contact, type_, kind)
        else:
            note = {"type": "sales", "contact_id": contact, "lines": [sale("20.00")]}
            sent = {"status": "authorised", "credit_notes": [note]}
            credit = (await at.do("save-credit-notes", sent))["id"]
        named = {"kind": kind, "credit_id": credit}
        part = {"invoice_id": sold["id"], "amount": "5.00"}
        await at.do("allocate-credit", {**named, "invoices": [part]})
        stored = house.books.table(TABLES[kind][0]).get(credit) or {}
        allocation = stored["Allocations"][-1]["AllocationID"]
        await at.do("remove-allocation", {**named, "allocation_id": allocation})


async def received(at: Reaching, contact: str, type_: str, kind: str) -> str:
    """Money received ahead; the id of the credit that came of it."""
    table, key = TABLES[kind]
    before = set(at.ids(table, key))
    account = "610" if kind == "overpayment" else "200"
    entry = {
        "type": type_,
        "contact_id": contact,
        "bank_account_id": account_id(at.house, BANK),
        "lines": [line("40.00", account_code=account)],
        "amounts_are": "no-tax",
    }
    await at.do("save-bank-transactions", {"transactions": [entry]})
    return (set(at.ids(table, key)) - before).pop()


async def spending(at: Reaching, bank: str) -> None:
    entry = {"type": "spend", "contact_id": at.house.supplier(), "bank_account_id": bank}
    both = [{**entry, "lines": [line(amount)]} for amount in ("1.00", "2.00", "3.00")]
    made = await at.do("save-bank-transactions", {"transactions": both})
    ids = [one["id"] for one in made["results"]]
    for some in (ids[:1], ids[1:]):
        gone = [{"bank_transaction_id": one} for one in some]
        await at.do("save-bank-transactions", {"status": "deleted", "transactions": gone})
    lines = [{"account_code": "400", "amount": "5.00"}, {"account_code": "200", "amount": "-5.00"}]
    journals = [{"narration": name, "lines": lines} for name in ("One", "Two", "Three")]
    made = await at.do("save-manual-journals", {"journals": journals})
    ids = [one["id"] for one in made["results"]]
    for some in (ids[:1], ids[1:]):
        posted = [{"manual_journal_id": one} for one in some]
        await at.do("save-manual-journals", {"status": "posted", "journals": posted})


async def linking(at: Reaching) -> None:
    sent = {"type": "bill", "contact_id": at.house.supplier(), "lines": [line("43.21")]}
    approved = {**sent, "status": "authorised", "due_date": "2030-01-31"}
    bill = (await at.do("create-invoice", approved))["id"]
    stored = at.house.books.table("Invoices").get(bill) or {}
    own = stored["LineItems"][0]["LineItemID"]
    new = {"action": "create", "source_id": bill, "source_line_id": own}
    linked = {
        "linked_transaction_id": (await at.do("save-linked-transaction", new))["id"],
        "contact_id": at.ids("Contacts", "ContactID")[1],
    }
    await at.do("save-linked-transaction", {"action": "update", **linked})
    linked.pop("contact_id")
    await at.do("save-linked-transaction", {"action": "delete", **linked})


async def test_what_sets_up_the_organisation(at: Reaching):
    await at.do("add-currency", {"currency": "SEK"})
    await at.do("create-contact", {"name": "One & Co"})
    await contacts(at)
    new = {"action": "create", "code": "Q9", "name": "Odds", "type": "expense"}
    account = {"account_id": (await at.do("save-account", new))["id"]}
    await at.do("save-account", {"action": "update", "name": "Ends", **account})
    await at.do("save-account", {"action": "delete", **account})
    codes = ("R-1", "R-2", "R-3")
    made = await at.do("save-items", {"items": [{"code": code} for code in codes]})
    ids = [{"item_id": one["id"]} for one in made["results"]]
    await at.do("save-items", {"items": [{**ids[0], "name": "One"}]})
    await at.do("save-items", {"items": [{**one, "name": "Some"} for one in ids[1:]]})
    await at.do("save-items", {"action": "delete", "items": ids[:1]})
    parts = [{"name": "State", "rate": "7.5"}]
    rate = {"action": "create", "name": "Odd tax", "components": parts}
    made = await at.do("save-tax-rate", rate)
    await at.do("save-tax-rate", {"action": "delete", "name": "Odd tax", "tax_type": made["id"]})
    await tracking(at)
    assert at.missing(*SETTINGS) == {}


async def contacts(at: Reaching) -> None:
    both = [{"name": name} for name in ("Alder", "Beech", "Cedar")]
    ids = [one["id"] for one in (await at.do("save-contacts", {"contacts": both}))["results"]]
    for some in (ids[:1], ids[1:]):
        changes = [{"contact_id": one, "phone": "555 0100"} for one in some]
        await at.do("save-contacts", {"contacts": changes})
    tool = "save-contact-group"
    group = {"group_id": (await at.do(tool, {"action": "create", "name": "Trees"}))["id"]}
    await at.do(tool, {"action": "rename", "name": "Woods", **group})
    await at.do(tool, {"action": "add", "contact_ids": ids, **group})
    await at.do(tool, {"action": "remove", "contact_ids": ids[:1], **group})
    await at.do(tool, {"action": "empty", **group})


async def tracking(at: Reaching) -> None:
    """Two categories may be active: one of the two makes room."""
    tool = "save-tracking"
    there = at.ids("TrackingCategories", "TrackingCategoryID", Status="ACTIVE")
    for one in there[1:]:
        await at.do(tool, {"action": "archive", "category_id": one})
    made = await at.do(tool, {"action": "create", "name": "Season"})
    category = {"category_id": made["id"]}
    option = await at.do(tool, {"action": "create", "name": "Spring", **category})
    await at.do(tool, {"action": "rename", "name": "Month", **category})
    named = {**category, "option_id": option["id"]}
    await at.do(tool, {"action": "rename", "name": "Autumn", **named})
    await at.do(tool, {"action": "delete", **named})
    await at.do(tool, {"action": "delete", **category})
