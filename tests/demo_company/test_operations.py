"""The table of operations, against the one it was written from and against odd paths."""

import csv
from pathlib import Path

import pytest

from xero_mcp.demo_company.operations import find, methods, operations

TABLE = Path(__file__).parents[3] / "shared" / "xero" / "operations.tsv"
INVOICE_ID = "0f2b7a4e-9c1d-4f6a-8b3e-5d7c9a1b2c3d"


def scopes(cell: str) -> frozenset[str]:
    return frozenset(scope.strip() for scope in cell.split(" (", maxsplit=1)[0].split("|"))


def test_there_are_235_operations_with_different_names():
    names = {operation.name for operation in operations()}
    assert len(names) == len(operations()) == 235


def test_the_table_says_what_the_shared_one_says():
    if not TABLE.exists():
        pytest.skip("the shared table of operations is not on this machine")
    with TABLE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    ours = {operation.name: operation for operation in operations()}
    for row in rows:
        operation = ours.pop(row["operationId"])
        assert (operation.method, operation.path) == (row["method"], row["path"])
        assert (operation.resource, operation.kind) == (row["resource"], row["kind"])
        assert operation.granular == scopes(row["granular_scopes"]), operation.name
        assert operation.broad == scopes(row["spec_scopes(broad)"]), operation.name
    assert not ours


def test_a_path_of_words_finds_its_operation_whatever_the_case():
    match = find("get", "/reports/profitandloss")
    assert match is not None
    assert match.operation.name == "getReportProfitAndLoss"


def test_a_word_wins_over_a_place():
    match = find("GET", "/Organisation/Actions")
    assert match is not None
    assert match.operation.name == "getOrganisationActions"


@pytest.mark.parametrize(
    ("path", "name", "params"),
    [
        (f"/Contacts/{INVOICE_ID}", "getContact", {"ContactID": INVOICE_ID}),
        ("/Contacts/C%2F7", "getContactByContactNumber", {"ContactNumber": "C/7"}),
        ("/Journals/17", "getJournalByNumber", {"JournalNumber": "17"}),
        ("/Invoices/INV-0007", "getInvoice", {"InvoiceID": "INV-0007"}),
        (
            f"/Invoices/{INVOICE_ID}/Attachments/a.pdf",
            "getInvoiceAttachmentByFileName",
            {"InvoiceID": INVOICE_ID, "FileName": "a.pdf"},
        ),
    ],
)
def test_an_id_and_a_name_in_the_same_place_are_told_apart(
    path: str, name: str, params: dict[str, str]
):
    match = find("GET", path)
    assert match is not None
    assert (match.operation.name, match.params) == (name, params)


def test_a_path_that_xero_does_not_have_is_not_found():
    assert find("GET", "/Invoices/1/2/3/4") is None
    assert find("DELETE", "/Invoices") is None
    assert methods("/Nonsense") == frozenset()
    assert methods("/Invoices") == {"GET", "PUT", "POST"}


def test_old_and_new_scopes_open_the_same_door():
    match = find("GET", "/Invoices")
    assert match is not None
    for scope in (
        "accounting.invoices",
        "accounting.invoices.read",
        "accounting.transactions",
        "accounting.transactions.read",
    ):
        assert match.operation.allowed_by(["openid", scope])
    assert not match.operation.allowed_by(["accounting.payments", "accounting.settings"])


def test_what_no_app_is_given_is_not_offered():
    hidden = {operation.resource for operation in operations() if not operation.offered}
    assert hidden == {
        "Receipts",
        "ExpenseClaims",
        "PaymentServices",
        "Setup",
        "BrandingThemes",  # its payment services
    }
