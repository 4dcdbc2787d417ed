"""Credit notes: given, taken, allocated, and one that nobody has used yet."""

from collections.abc import Mapping
from decimal import Decimal

from xero_mcp.demo_company.kernel import Json
from xero_mcp.demo_company.seed.clerk import Clerk
from xero_mcp.demo_company.seed.contacts import SeedContact


class Credits:
    def __init__(self, clerk: Clerk, contacts: Mapping[str, tuple[SeedContact, str]]) -> None:
        self._clerk = clerk
        self._contacts = contacts

    def give(self) -> None:
        given = self._note("ACCRECCREDIT", "dental", 20, ("Sign came back cracked", "120.00"))
        self._allocate(given, "dental", Decimal("100.00"))
        self._note("ACCPAYCREDIT", "bolt", 13, ("Bolts returned", "58.75"))
        self._note("ACCRECCREDIT", "kites", 4, ("To be agreed", "75.00"), status="DRAFT")

    def _note(
        self, kind: str, key: str, days: int, said: tuple[str, str], *, status: str = "AUTHORISED"
    ) -> Json:
        day = self._clerk.days_ago(days)
        self._clerk.on(day)
        note = {
            "Type": kind,
            "Contact": {"ContactID": self._contacts[key][1]},
            "Date": day.isoformat(),
            "Status": status,
            "LineItems": [
                {
                    "Description": said[0],
                    "Quantity": 1,
                    "UnitAmount": Decimal(said[1]),
                    "AccountCode": "200" if kind == "ACCRECCREDIT" else "300",
                }
            ],
        }
        if kind == "ACCPAYCREDIT":
            note["CreditNoteNumber"] = "BL-CR-17"
        return self._clerk.put("CreditNotes", note)

    def _allocate(self, note: Json, key: str, amount: Decimal) -> None:
        """Use it on the oldest invoice of the contact that it fits."""
        invoices = self._clerk.company.table("Invoices")
        for invoice in invoices.find("open contact", self._contacts[key][1]):
            if invoice["Type"] == "ACCREC" and invoice["AmountDue"] >= amount:
                allocation: Json = {
                    "Invoice": {"InvoiceID": invoice["InvoiceID"]},
                    "Amount": amount,
                    "Date": self._clerk.days_ago(18).isoformat(),
                }
                self._clerk.write(
                    "PUT",
                    "/CreditNotes/{CreditNoteID}/Allocations",
                    {"Allocations": [allocation]},
                    CreditNoteID=note["CreditNoteID"],
                )
                return
