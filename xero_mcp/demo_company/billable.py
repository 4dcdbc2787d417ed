"""Billable expenses: whether a link fits its documents, and what its status is because of them."""

from collections.abc import Iterator
from typing import Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.kernel import Call, Company, ElementRefusedError, Json

WRONG_SOURCE: Final = "The SourceLineItemID and SourceTransactionID do not match"
WRONG_CONTACT: Final = "The ContactID and the TargetTransaction ContactID do not match"
_IDS: Final = (
    "SourceTransactionID",
    "SourceLineItemID",
    "ContactID",
    "TargetTransactionID",
    "TargetLineItemID",
)
_APPROVED: Final = frozenset({"AUTHORISED", "PAID"})
_GONE: Final = frozenset({"VOIDED", "DELETED"})


def read_link(element: Json) -> Json:
    """Read the ids that were sent."""
    return {name: value for name in _IDS if (value := sent.guid(element, name)) is not None}


def linked_source(company: Company, link: Json) -> str:
    """ACCPAY or SPEND: what kind of document the expense is on."""
    return _source(company, link)["Type"]


def refuse_link(company: Company, link: Json) -> None:
    """Refuse a link whose ids do not belong together."""
    problems = list(_problems(company, link))
    if problems:
        raise ElementRefusedError(*problems)


def linked_shown(call: Call, link: Json) -> Json:
    """Show the link with the status that follows from its two documents."""
    return {**link, "Status": _status(call.company, link)}


def _problems(company: Company, link: Json) -> Iterator[str]:
    for name in ("SourceTransactionID", "SourceLineItemID"):
        if name not in link:
            yield f"The {name} must be specified"
            return
    source = _source(company, link)
    if source.get("Type") not in {"ACCPAY", "SPEND"} or not _has_line(
        source, link["SourceLineItemID"]
    ):
        yield WRONG_SOURCE
    contact_id = link.get("ContactID")
    if contact_id is not None and contact_id not in company.table("Contacts"):
        yield "The Contact could not be found"
    yield from _target_problems(company, link)


def _target_problems(company: Company, link: Json) -> Iterator[str]:
    if "TargetTransactionID" not in link:
        if "TargetLineItemID" in link:
            yield "The TargetTransactionID must be specified"
        return
    target = company.table("Invoices").get(link["TargetTransactionID"])
    if target is None or target["Type"] != "ACCREC":
        yield "The TargetTransactionID must be that of a sales invoice"
        return
    if link.get("ContactID") != target["Contact"]["ContactID"]:
        yield WRONG_CONTACT
    if "TargetLineItemID" in link and not _has_line(target, link["TargetLineItemID"]):
        yield "The TargetLineItemID and TargetTransactionID do not match"


def _source(company: Company, link: Json) -> Json:
    source_id: str = link["SourceTransactionID"]
    for plural in ("Invoices", "BankTransactions"):
        document = company.table(plural).get(source_id)
        if document is not None:
            return document
    return {}


def _has_line(document: Json, line_id: str) -> bool:
    return any(line["LineItemID"] == line_id for line in document.get("LineItems", ()))


def _status(company: Company, link: Json) -> str:
    source = _source(company, link)
    if source.get("Status") in _GONE:
        return "VOIDED"
    target = company.table("Invoices").get(link.get("TargetTransactionID", ""))
    if target is not None and target["Status"] not in _GONE:
        return "BILLED" if target["Status"] in _APPROVED else "ONDRAFT"
    return "APPROVED" if source.get("Status") in _APPROVED else "DRAFT"
