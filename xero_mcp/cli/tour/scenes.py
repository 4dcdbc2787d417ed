"""The scenes with the agent: it asks, looks, drafts, must wait, may go on, and is refused."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from xero_mcp.app import Office
from xero_mcp.cli.exits import CommandError
from xero_mcp.cli.system_user import system_user
from xero_mcp.cli.tour.agent import AGENT, Agent, Heard
from xero_mcp.cli.tour.narrator import Narrator

CONTROLLER = "controller@example.com"
SMALL, BIG = Decimal("480.00"), Decimal("1250.00")
CURRENCY = "USD"
SUPPLIER = "Inkwell Print & Paper"
ACCOUNT = "Printing & Stationery"
BILLS_SHOWN = 5
LOOKS = {"read": "look at", "draft": "prepare drafts of", "post": "post", "full": "post and undo"}


class Books(NamedTuple):
    """What the agent found in the books, and needs for a bill."""

    supplier_id: str
    supplier: str
    account_code: str
    account: str
    unpaid: Mapping[str, Any]

    def bill(self, amount: Decimal, number: str) -> dict[str, object]:
        """The arguments of a draft bill."""
        line = {
            "description": "Letterheads and envelopes",
            "quantity": "1",
            "unit_amount": str(amount),
            "account_code": self.account_code,
        }
        return {
            "type": "bill",
            "contact_id": self.supplier_id,
            "number": number,
            "amounts_are": "inclusive",
            "lines": [line],
        }

    def words(self, amount: Decimal, number: str) -> str:
        return f"{number} from {self.supplier}, {self.account}, {money(amount)}"


def money(amount: Decimal | str, currency: str = CURRENCY) -> str:
    """`1,250.00 USD`."""
    return f"{Decimal(amount):,.2f} {currency}"


async def what_may_it_do(tell: Narrator, agent: Agent) -> None:
    await tell.scene("What may it do?")
    tell.asks("What can I do here?")
    heard = expected(await agent.asks("what-can-i-do"))
    tell.hears(f"You are {heard.content['agent']}. {heard.content['purpose']}")
    for level, phrase in LOOKS.items():
        areas = [right["area"] for right in heard.content["may"] if right["level"] == level]
        if areas:
            tell.hears(f"You may {phrase}: {', '.join(areas)}.", mark="")
    tell.hears("Everything else is off.", mark="")
    tell.hears(f"Rule: {heard.content['rules'][0]}", mark="")


async def it_looks(tell: Narrator, agent: Agent) -> Books:
    await tell.scene("It looks at the books")
    tell.asks("Which bills are the newest? Which suppliers and accounts are there?")
    bills = expected(await agent.asks("list-invoices", type="bill", page_size=BILLS_SHOWN))
    contacts = expected(await agent.asks("list-contacts", page_size=100))
    accounts = expected(await agent.asks("list-accounts", type="expense", status="active"))
    found = bills.rows()
    tell.hears(f"{bills.content['total']} bills in {bills.content['organisation']}. The newest:")
    tell.rows(
        ("date", "total", "status", "supplier"),
        [
            (row["date"], money(row["total"], row["currency"]), row["status"], row["contact"])
            for row in found
        ],
        right=("total",),
    )
    suppliers = [row for row in contacts.rows() if row["is_supplier"]]
    supplier, account = _named(suppliers, SUPPLIER), _named(accounts.rows(), ACCOUNT)
    unpaid = next((row for row in found if row["status"] == "authorised"), found[0])
    return Books(
        supplier_id=supplier["contact_id"],
        supplier=supplier["name"],
        account_code=account["code"],
        account=account["name"],
        unpaid=unpaid,
    )


async def it_drafts(tell: Narrator, agent: Agent, books: Books) -> None:
    await tell.scene("It enters a bill")
    tell.asks(f"Enter a draft bill: {books.words(SMALL, 'INK-3301')}.")
    heard = expected(await agent.asks("create-invoice", **books.bill(SMALL, "INK-3301")))
    tell.hears(f"Done. {_done(heard)}", mark="ok")


async def it_must_wait(tell: Narrator, agent: Agent, books: Books) -> str:
    """Return the id of the approval that it waits for."""
    await tell.scene("A bigger one needs a person")
    tell.asks(f"Enter a draft bill: {books.words(BIG, 'INK-3302')}.")
    heard = await agent.asks("create-invoice", **books.bill(BIG, "INK-3302"))
    if not heard.is_error or heard.error["code"] != "APPROVAL_REQUIRED":
        raise CommandError(f"The tour expected a question to a person, and heard: {heard.content}")
    approval_id = next(
        detail["message"] for detail in heard.error["details"] if detail["path"] == "approval_id"
    )
    tell.hears(f"Not yet. {heard.error['message']}", mark="asked")
    tell.hears(f"It waits for {CONTROLLER} as {approval_id}. Nothing was entered.", mark="")
    return str(approval_id)


async def a_person_decides(
    tell: Narrator, agent: Agent, books: Books, *, office: Office, approval_id: str
) -> None:
    await tell.scene("The controller says yes, once")
    asked = await office.approvals.get(approval_id)
    tell.says("This tour now speaks for the controller, who sees exactly what is asked:")
    tell.screen.line()
    tell.screen.pairs(asked.row.summary)
    tell.screen.line()
    note = "Matches the order."
    await office.approvals.approve(approval_id, CONTROLLER, note, system_user=system_user())
    tell.person(f"xero-mcp approvals approve {approval_id} --as {CONTROLLER}")
    tell.asks("The same bill again, exactly as before.")
    heard = expected(await agent.asks("create-invoice", **books.bill(BIG, "INK-3302")))
    tell.hears(f"Done. {_done(heard)}", mark="ok")
    tell.asks("And once more, by mistake.")
    again = expected(await agent.asks("create-invoice", **books.bill(BIG, "INK-3302")))
    if not again.content.get("repeated") or again.content["id"] != heard.content["id"]:
        raise CommandError(f"The tour expected the first answer again, and heard: {again.content}")
    tell.hears("That was done already: here is the first answer. No second bill.", mark="ok")


async def it_is_refused(tell: Narrator, agent: Agent, books: Books) -> None:
    await tell.scene("It tries to pay")
    bill = books.unpaid
    tell.asks(
        f"Pay {money(bill['amount_due'], bill['currency'])} of bill {bill['number']} from "
        f"{bill['contact']}."
    )
    heard = await agent.asks(
        "create-payment",
        invoice_id=bill["invoice_id"],
        amount=bill["amount_due"],
        account_code="090",
    )
    if not heard.is_error or heard.error["code"] != "NOT_ALLOWED":
        raise CommandError(f"The tour expected a refusal, and heard: {heard.content}")
    tell.hears(f"No. {heard.error['message']}", mark="refused")
    tell.hears(f"{AGENT} does not even see the tool: no payment of any size.", mark="")


def expected(heard: Heard) -> Heard:
    """An answer that is no error.

    Raises:
        CommandError: it is one.
    """
    if heard.is_error:
        said = f"{heard.error['message']} {heard.error['next_step']}"
        raise CommandError(f"The tour expected an answer, and heard: {said}")
    return heard


def _done(heard: Heard) -> str:
    content = heard.content
    total = money(content["total"], content["currency"])
    return f"{content['changed']} {content['number']}, {total}. Undo: {content['undo']}"


def _named(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The row of that name; the first where there is none."""
    return next((row for row in rows if row["name"] == name), rows[0])
