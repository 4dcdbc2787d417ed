"""Which documents have attachments, a history and notes, and how one is found for them."""

from typing import Final

from xero_mcp.demo_company.kernel import TABLES, Call, Company, Json, NotFoundError
from xero_mcp.demo_company.operation_table import ATTACHED
from xero_mcp.demo_company.operations import NOT_OFFERED, operations

WITH_ATTACHMENTS: Final = tuple(plural for plural, _ in ATTACHED if plural not in NOT_OFFERED)

# The nouns whose documents can be named by their number in the path, too.
_BY_NUMBER: Final = frozenset({"Invoices", "CreditNotes", "PurchaseOrders", "Quotes"})


def with_history() -> tuple[str, ...]:
    """Name the nouns that have a history."""
    return tuple(
        operation.resource
        for operation in operations()
        if operation.kind == "history" and operation.method == "GET" and operation.offered
    )


def document_of(call: Call, plural: str) -> Json | None:
    """Find the document whose id (or number) stands in the path."""
    named = call.path[TABLES[plural]]
    document = call.company.table(plural).get(named.lower())
    if document is None and plural in _BY_NUMBER:
        numbered = call.company.table(plural).find("number", named.lower())
        document = numbered[0] if numbered else None
    return document


def needed_document(call: Call, plural: str) -> Json:
    """Find the document, or answer 404."""
    document = document_of(call, plural)
    if document is None:
        raise NotFoundError
    return document


def key_of(document: Json, plural: str) -> str:
    """Return the id of the document."""
    return document[TABLES[plural]]


def set_has_attachments(company: Company, plural: str, document: Json) -> None:
    """Mark the document, without making it look as if it had been changed."""
    if not document.get("HasAttachments"):
        company.table(plural).put({**document, "HasAttachments": True})
