"""One call of every tool that writes, as its answer may get lost, and what it needs first."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tests.gate.world import World, bill
from tests.tools.full_house import line, sale
from tests.tools.money_house import HEAD, OPEN_AREAS

Arguments = dict[str, Any]
Prepare = Callable[[World], Awaitable[Arguments]]

EVERYTHING = f"{HEAD}organisations: [Demo Company (Global)]\n{OPEN_AREAS}"


def first(house: World, table: str, key: str, **fields: object) -> str:
    """The id of the first such row."""
    rows = house.books.table(table)
    return next(one[key] for one in rows if fields.items() <= one.items())


def banks(house: World) -> list[str]:
    chart = house.books.table("Accounts")
    return [one["AccountID"] for one in chart if one["Type"] == "BANK"][:2]


async def made_bill(house: World, amount: str = "100.00", **more: object) -> str:
    """An approved one."""
    sent = bill(house.supplier(), amount, status="authorised", due_date="2027-01-31", **more)
    return (await house.good("create-invoice", sent))["id"]


async def credit(house: World) -> str:
    sent = {"type": "bill", "contact_id": house.supplier(), "lines": [line("40.00")]}
    made = await house.good("save-credit-notes", {"status": "authorised", "credit_notes": [sent]})
    return made["id"]


async def _allocation(house: World) -> Arguments:
    invoice, note = await made_bill(house), await credit(house)
    return {
        "kind": "credit-note",
        "credit_id": note,
        "invoices": [{"invoice_id": invoice, "amount": "10.00"}],
    }


async def _allocated(house: World) -> Arguments:
    asked = await _allocation(house)
    await house.good("allocate-credit", asked)
    held = house.books.table("CreditNotes").get(asked["credit_id"])
    assert held is not None
    return {
        "kind": "credit-note",
        "credit_id": asked["credit_id"],
        "allocation_id": held["Allocations"][0]["AllocationID"],
    }


async def _payment(house: World) -> Arguments:
    return {
        "invoice_id": await made_bill(house),
        "account_id": banks(house)[0],
        "amount": "25.00",
    }


async def _payments(house: World) -> Arguments:
    made = [("P-1", "100.00"), ("P-2", "200.00")]
    invoices = [await made_bill(house, amount, number=number) for number, amount in made]
    return {
        "account_id": banks(house)[0],
        "payments": [{"invoice_id": one, "amount": "10.00"} for one in invoices],
    }


async def _paid(house: World) -> Arguments:
    return {"payment_id": (await house.good("create-payment", await _payment(house)))["id"]}


async def _paid_together(house: World) -> Arguments:
    sent = {**await _payments(house), "batch": True}
    return {"batch_payment_id": (await house.good("create-payments", sent))["id"]}


async def _sales_invoice(house: World) -> Arguments:
    house.books.daily_email_limit = 10
    contact = first(house, "Contacts", "ContactID", IsCustomer=True)
    house.change("Contacts", contact, EmailAddress="someone@example.com")
    sent = {"type": "sales", "contact_id": contact, "lines": [sale()], "status": "authorised"}
    return {
        "invoice_id": (await house.good("create-invoice", sent | {"due_date": "2027-01-31"}))["id"]
    }


async def _group(house: World) -> Arguments:
    made = await house.good("save-contact-group", {"action": "create", "name": "Quite new"})
    return {"group_id": made["id"], "contact_ids": [house.supplier()]}


async def _members(house: World) -> Arguments:
    group = await _group(house)
    await house.good("save-contact-group", {"action": "add", **group})
    return group


async def _option(house: World) -> Arguments:
    category = house.books.table("TrackingCategories")
    one = next(iter(category))
    return {
        "category_id": one["TrackingCategoryID"],
        "option_id": one["Options"][0]["TrackingOptionID"],
    }


async def _linked(house: World) -> Arguments:
    held = house.books.table("Invoices").get(await made_bill(house, number="L-1"))
    assert held is not None
    return {
        "action": "create",
        "source_id": held["InvoiceID"],
        "source_line_id": held["LineItems"][0]["LineItemID"],
        "contact_id": first(house, "Contacts", "ContactID", IsCustomer=True),
    }


def plain(arguments: Callable[[World], Arguments]) -> Prepare:
    async def prepare(house: World) -> Arguments:
        return arguments(house)

    return prepare


def after(prepare: Prepare, change: Callable[[Arguments], Arguments]) -> Prepare:
    async def prepared(house: World) -> Arguments:
        return change(await prepare(house))

    return prepared


def stored(tool: str, argument: str, sent: Callable[[World], Arguments]) -> Prepare:
    """Make one first; the arguments then name it."""

    async def prepare(house: World) -> Arguments:
        return {argument: (await house.good(tool, sent(house)))["id"]}

    return prepare


def _document(house: World) -> Arguments:
    return {"contact_id": house.supplier(), "lines": [line("77.00")]}


LOST: Mapping[str, tuple[str, Prepare]] = {
    "add-attachment": (
        "add-attachment",
        after(
            _payment,
            lambda made: {
                "document": "bill",
                "document_id": made["invoice_id"],
                "file_name": "receipt.txt",
                "text": "Paid.",
            },
        ),
    ),
    "add-currency": ("add-currency", plain(lambda _: {"currency": "ISK"})),
    "add-note": (
        "add-note",
        plain(
            lambda house: {
                "document": "contact",
                "document_id": house.supplier(),
                "note": "Called; will pay on Friday.",
            }
        ),
    ),
    "allocate-credit": ("allocate-credit", _allocation),
    "create-contact": ("create-contact", plain(lambda _: {"name": "Quite New Ltd"})),
    "create-invoice": ("create-invoice", plain(lambda house: bill(house.supplier(), number="N-1"))),
    "create-payment": ("create-payment", _payment),
    "create-payments": ("create-payments", _payments),
    "create-payments as a batch": (
        "create-payments",
        after(_payments, lambda sent: {**sent, "batch": True}),
    ),
    "delete-payment": ("delete-payment", _paid),
    "delete-payment of a batch": ("delete-payment", _paid_together),
    "email-invoice": ("email-invoice", _sales_invoice),
    "remove-allocation": ("remove-allocation", _allocated),
    "save-account": (
        "save-account",
        plain(
            lambda _: {"action": "create", "code": "4999", "name": "Odd things", "type": "expense"}
        ),
    ),
    "save-account to archive": (
        "save-account",
        after(
            stored(
                "save-account",
                "account_id",
                lambda _: {"action": "create", "code": "4998", "name": "Odder", "type": "expense"},
            ),
            lambda made: {**made, "action": "archive"},
        ),
    ),
    "save-bank-transactions": (
        "save-bank-transactions",
        plain(
            lambda house: {
                "transactions": [
                    {**_document(house), "type": "spend", "bank_account_id": banks(house)[0]}
                ]
            }
        ),
    ),
    "save-bank-transfer": (
        "save-bank-transfer",
        plain(
            lambda house: {
                "action": "create",
                "from_account_id": banks(house)[0],
                "to_account_id": banks(house)[1],
                "amount": "12.34",
            }
        ),
    ),
    "save-bank-transfer to delete": (
        "save-bank-transfer",
        plain(
            lambda house: {
                "action": "delete",
                "bank_transfer_ids": [first(house, "BankTransfers", "BankTransferID")],
            }
        ),
    ),
    "save-contact-group": (
        "save-contact-group",
        plain(lambda _: {"action": "create", "name": "Quite new"}),
    ),
    "save-contact-group to add": (
        "save-contact-group",
        after(_group, lambda group: {**group, "action": "add"}),
    ),
    "save-contact-group to remove": (
        "save-contact-group",
        after(_members, lambda group: {**group, "action": "remove"}),
    ),
    "save-contact-group to empty": (
        "save-contact-group",
        after(_members, lambda group: {"group_id": group["group_id"], "action": "empty"}),
    ),
    "save-contacts": (
        "save-contacts",
        plain(lambda _: {"contacts": [{"name": "New One Ltd"}, {"name": "New Two Ltd"}]}),
    ),
    "save-contacts that are there": (
        "save-contacts",
        plain(
            lambda house: {
                "contacts": [{"contact_id": house.supplier(), "email": "new@example.com"}]
            }
        ),
    ),
    "save-credit-notes": (
        "save-credit-notes",
        plain(lambda house: {"credit_notes": [{**_document(house), "type": "bill"}]}),
    ),
    "save-invoices": (
        "save-invoices",
        plain(
            lambda house: {
                "type": "bill",
                "status": "draft",
                "invoices": [
                    {**_document(house), "number": "S-1"},
                    {**_document(house), "lines": [line("78.00")], "number": "S-2"},
                ],
            }
        ),
    ),
    "save-items": (
        "save-items",
        plain(lambda _: {"items": [{"code": "NEW-1", "name": "New", "sales_price": "1.2345"}]}),
    ),
    "save-items to delete": (
        "save-items",
        after(
            stored("save-items", "item_id", lambda _: {"items": [{"code": "NEW-2"}]}),
            lambda made: {"action": "delete", "items": [made]},
        ),
    ),
    "save-linked-transaction": ("save-linked-transaction", _linked),
    "save-manual-journals": (
        "save-manual-journals",
        plain(
            lambda _: {
                "status": "posted",
                "journals": [
                    {
                        "narration": "Rent of the year, a part",
                        "lines": [
                            {"account_code": "469", "amount": "10.00", "description": "Rent"},
                            {"account_code": "400", "amount": "-10.00", "description": "Rent"},
                        ],
                    }
                ],
            }
        ),
    ),
    "save-purchase-orders": (
        "save-purchase-orders",
        plain(lambda house: {"purchase_orders": [_document(house)]}),
    ),
    "save-quotes": (
        "save-quotes",
        plain(lambda house: {"quotes": [{**_document(house), "title": "A roof"}]}),
    ),
    "save-repeating-invoices": (
        "save-repeating-invoices",
        plain(
            lambda house: {
                "templates": [
                    {
                        **_document(house),
                        "type": "bill",
                        "every": "1 month",
                        "due": "10 days-after-date",
                        "date": "2027-01-01",
                    }
                ]
            }
        ),
    ),
    "save-tax-rate": (
        "save-tax-rate",
        plain(
            lambda _: {
                "action": "create",
                "name": "City tax",
                "components": [{"name": "City", "rate": "1.5"}],
            }
        ),
    ),
    "save-tracking": (
        "save-tracking",
        after(
            _option,
            lambda one: {
                "action": "create",
                "category_id": one["category_id"],
                "name": "Far north",
            },
        ),
    ),
    "save-tracking to rename": (
        "save-tracking",
        after(_option, lambda one: {**one, "action": "rename", "name": "Far south"}),
    ),
    "update-invoice to approve": (
        "update-invoice",
        after(
            stored("create-invoice", "invoice_id", lambda house: bill(house.supplier())),
            lambda made: {**made, "type": "bill", "status": "submitted"},
        ),
    ),
    "update-invoice to void": (
        "update-invoice",
        after(
            _payment,
            lambda made: {
                "invoice_id": made["invoice_id"],
                "type": "bill",
                "status": "voided",
            },
        ),
    ),
}
"""What a reader calls the case -> the tool, and how its call is made ready."""
