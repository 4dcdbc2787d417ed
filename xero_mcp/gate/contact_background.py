"""What Xero holds of a contact: for rules about new ones, and for the person who is asked."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xero_mcp.money import Money
from xero_mcp.tool.access import Reach
from xero_mcp.xero.scoped import ScopedXero
from xero_mcp.xero.where import guid, order, where

if TYPE_CHECKING:
    from xero_mcp.xero.models.contact import Contact
    from xero_mcp.xero.models.invoice import Invoice

LAST_DOCUMENTS = 20
"""As many are looked at; a contact is not new once one of them was approved."""
SHOWN_DOCUMENTS = 5
IN_EARNEST = frozenset({"AUTHORISED", "PAID"})
"""A draft proves nothing: the agent may have made it itself."""
KINDS = {"ACCREC": "sales invoice", "ACCPAY": "bill"}

CONTACT = Reach(method="GET", path="/Contacts/{ContactID}")
DOCUMENTS = Reach(method="GET", path="/Invoices")


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The latest invoices and bills of a contact, newest first."""

    documents: "tuple[Invoice, ...]"

    @property
    def is_new(self) -> bool:
        return not any(one.status in IN_EARNEST for one in self.documents)

    def lines(self) -> list[tuple[str, str]]:
        """For a person, in a line each."""
        shown = [("lately", _line(one)) for one in self.documents[:SHOWN_DOCUMENTS]]
        return shown or [("lately", "no invoice and no bill of this contact so far")]


async def past_of(contact_id: str, xero: ScopedXero) -> Past:
    """Read them with one request."""
    from xero_mcp.xero.models.invoice import Invoices  # noqa: PLC0415 - a server starts without it

    found = await xero.get(
        DOCUMENTS.path,
        Invoices,
        params={
            "where": where("Invoices", guid("Contact.ContactID", contact_id)),
            "order": order("Invoices", "Date", descending=True),
            "pageSize": LAST_DOCUMENTS,
            "page": 1,
            "summaryOnly": True,
        },
    )
    return Past(documents=found.invoices[:LAST_DOCUMENTS])


async def contact_of(contact_id: str, xero: ScopedXero) -> "Contact | None":
    """Read the contact with one request."""
    from xero_mcp.xero.models.contact import Contacts  # noqa: PLC0415 - a server starts without it

    found = await xero.get(CONTACT.path, Contacts, ids={"ContactID": contact_id})
    return found.contacts[0] if found.contacts else None


def _line(document: "Invoice") -> str:
    kind = KINDS.get(document.type, "document")
    number = document.invoice_number or "without a number"
    total = "" if document.total is None else Money(document.total, document.currency_code or "")
    return f"{document.date or ''} {kind} {number}, {total}, {document.status.lower()}"
