"""Transfers between bank accounts."""

from typing import Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.kernel import (
    Answer,
    Call,
    ElementRefusedError,
    Json,
    NotFoundError,
    route,
)
from xero_mcp.demo_company.listing import Noun, list_documents, one_document
from xero_mcp.demo_company.transfers import delete_transfer, make_transfer
from xero_mcp.demo_company.writing import Saved, Writing, single_element, write_each, write_one

BANK_TRANSFERS: Final = Noun(plural="BankTransfers", type_name="BankTransfer")
_WRITING: Final = Writing(plural="BankTransfers", key="BankTransferID", error_flag=None)


@route("GET", "/BankTransfers")
def get_bank_transfers(call: Call) -> Answer:
    rows = call.company.table("BankTransfers").in_order()
    if not call.flag("includedeleted"):
        rows = [row for row in rows if row["Status"] != "DELETED"]
    return list_documents(call, BANK_TRANSFERS, rows)


@route("GET", "/BankTransfers/{BankTransferID}")
def get_bank_transfer(call: Call) -> Answer:
    return one_document(call, BANK_TRANSFERS, call.path["BankTransferID"])


@route("PUT", "/BankTransfers")
def create_bank_transfers(call: Call) -> Answer:
    return write_each(call, _WRITING, _create, call.elements("BankTransfers"))


@route("POST", "/BankTransfers")
def delete_bank_transfers(call: Call) -> Answer:
    return write_each(call, _WRITING, _delete, call.elements("BankTransfers"))


@route("POST", "/BankTransfers/{BankTransferID}")
def delete_bank_transfer(call: Call) -> Answer:
    transfer_id = call.path["BankTransferID"].lower()
    if transfer_id not in call.company.table("BankTransfers"):
        raise NotFoundError
    element = {**single_element(call, "BankTransfers"), "BankTransferID": transfer_id}
    return write_one(call, _WRITING, _delete, element)


ROUTES = (
    get_bank_transfers,
    get_bank_transfer,
    create_bank_transfers,
    delete_bank_transfers,
    delete_bank_transfer,
)


def _create(call: Call, element: Json) -> Saved:
    transfer = make_transfer(call.company, element)
    call.company.made_by[transfer["BankTransferID"]] = call.client_id
    return Saved(shown=transfer)


def _delete(call: Call, element: Json) -> Saved:
    """POST can only delete: a transfer cannot be changed."""
    transfer = call.company.table("BankTransfers").get(sent.guid(element, "BankTransferID") or "")
    if transfer is None:
        raise ElementRefusedError("The bank transfer could not be found")
    if sent.stripped(element, "Status").upper() != "DELETED":
        raise ElementRefusedError(
            "Bank transfers cannot be edited: only a Status of DELETED can be sent", echo=transfer
        )
    return Saved(shown=delete_transfer(call.company, transfer))
