"""What a document keeps of its contact: enough for `where` to find it by."""

from typing import Final

from xero_mcp.demo_company.kernel import Company, Json

_KEEP_IT: Final = (
    "BankTransactions",
    "CreditNotes",
    "Invoices",
    "Overpayments",
    "Prepayments",
)


def contact_reference(contact: Json) -> Json:
    """Who it is; the rest is read from the contact when the document is shown."""
    kept: Json = {"ContactID": contact["ContactID"], "Name": contact["Name"]}
    if contact.get("ContactNumber"):
        kept["ContactNumber"] = contact["ContactNumber"]
    return kept


def rename_on_documents(company: Company, contact: Json) -> None:
    """After a contact's name or number changed: its documents say so, without being updated."""
    reference = contact_reference(contact)
    for plural in _KEEP_IT:
        table = company.table(plural)
        for document in table.find("contact", contact["ContactID"]):
            if document["Contact"] != reference:
                table.put({**document, "Contact": reference})
