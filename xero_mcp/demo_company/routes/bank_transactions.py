"""Money spent and received outside of invoices."""

from typing import Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.bank_money import write_bank_transaction
from xero_mcp.demo_company.kernel import (
    Answer,
    Call,
    ElementRefusedError,
    Json,
    NotFoundError,
    route,
)
from xero_mcp.demo_company.listing import Noun, list_documents, one_document
from xero_mcp.demo_company.trade_views import trade_alone, trade_with_lines
from xero_mcp.demo_company.writing import Saved, Writing, single_element, write_each, write_one

BANK_TRANSACTIONS: Final = Noun(
    plural="BankTransactions",
    type_name="BankTransaction",
    pages="asked",
    in_list=trade_with_lines,
    alone=trade_alone,
)
_WRITING: Final = Writing(plural="BankTransactions", key="BankTransactionID")


@route("GET", "/BankTransactions")
def get_bank_transactions(call: Call) -> Answer:
    return list_documents(call, BANK_TRANSACTIONS)


@route("GET", "/BankTransactions/{BankTransactionID}")
def get_bank_transaction(call: Call) -> Answer:
    return one_document(call, BANK_TRANSACTIONS, call.path["BankTransactionID"])


@route("PUT", "/BankTransactions")
def create_bank_transactions(call: Call) -> Answer:
    return write_each(call, _WRITING, _create, call.elements("BankTransactions"))


@route("POST", "/BankTransactions")
def create_or_update_bank_transactions(call: Call) -> Answer:
    return write_each(call, _WRITING, _create_or_update, call.elements("BankTransactions"))


@route("POST", "/BankTransactions/{BankTransactionID}")
def update_bank_transaction(call: Call) -> Answer:
    transaction_id = call.path["BankTransactionID"]
    element = single_element(call, "BankTransactions")
    if transaction_id not in call.company.table("BankTransactions"):
        raise NotFoundError
    element = {**element, "BankTransactionID": transaction_id}
    return write_one(call, _WRITING, _create_or_update, element)


ROUTES = (
    get_bank_transactions,
    get_bank_transaction,
    create_bank_transactions,
    create_or_update_bank_transactions,
    update_bank_transaction,
)


def _create(call: Call, element: Json) -> Saved:
    return _write(call, element, None)


def _create_or_update(call: Call, element: Json) -> Saved:
    transaction_id = sent.guid(element, "BankTransactionID")
    if transaction_id is None:
        return _write(call, element, None)
    before = call.company.table("BankTransactions").get(transaction_id)
    if before is None:
        raise ElementRefusedError("The bank transaction could not be found")
    return _write(call, element, before)


def _write(call: Call, element: Json, before: Json | None) -> Saved:
    try:
        document, events = write_bank_transaction(call, element, before)
    except ElementRefusedError as problem:
        if problem.echo and "LineItems" in problem.echo:
            problem.echo = trade_with_lines(call, problem.echo)
        raise
    return Saved(shown=trade_alone(call, document), events=events)
