import pytest

from tests.xero.shared_facts import table
from xero_mcp.xero.scopes import broad_of, covers, scopes_for, without_implied


def test_reading_asks_for_reading_alone():
    assert scopes_for({("GET", "/Invoices"), ("GET", "/Invoices/{InvoiceID}")}) == {
        "accounting.invoices.read"
    }


def test_writing_implies_reading():
    reaches = {("GET", "/Invoices"), ("PUT", "/Invoices"), ("GET", "/Contacts")}
    assert scopes_for(reaches) == {"accounting.invoices", "accounting.contacts.read"}


def test_an_operation_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="no scope"):
        scopes_for({("GET", "/Payroll")})
    with pytest.raises(ValueError, match="no scope"):
        scopes_for({("PUT", "/Journals")})


def test_broad_scopes_cover_the_granular_ones():
    granular = {
        "accounting.invoices",
        "accounting.payments.read",
        "accounting.reports.aged.read",
        "accounting.reports.tenninetynine.read",
        "accounting.contacts.read",
        "accounting.journals.read",
    }
    assert broad_of(granular) == {
        "accounting.transactions",
        "accounting.reports.read",
        "accounting.reports.tenninetynine.read",
        "accounting.contacts.read",
        "accounting.journals.read",
    }


def test_a_write_scope_covers_its_read():
    assert covers({"accounting.settings"}, "accounting.settings.read")
    assert not covers({"accounting.settings.read"}, "accounting.settings")
    assert without_implied({"a.read", "a", "b.read"}) == {"a", "b.read"}


def test_the_table_says_what_xero_documents():
    gone = ("/ExpenseClaims", "/Receipts")
    checked = 0
    for row in table("operations.tsv"):
        method, path = row["method"], row["path"]
        if path.startswith(gone) or "unverified" in row["granular_scopes"]:
            continue
        documented = row["granular_scopes"].partition(" (")[0].split(" | ")
        (ours,) = scopes_for({(method, path)})
        assert ours in documented, (method, path)
        if method == "GET" and any(scope.endswith(".read") for scope in documented):
            assert ours.endswith(".read"), (method, path)
        broad = row["spec_scopes(broad)"].split(" | ")
        if broad != [""] and not path.startswith("/Setup"):
            assert broad_of({ours}) <= set(broad), (method, path)
        checked += 1
    assert checked > 200
