"""Xero's own SDK, unmodified but for its host, reads and writes over a real socket."""

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import uvicorn

from tests.demo_company.box import GLOBAL
from xero_mcp.demo_company.app import create_app
from xero_mcp.demo_company.identity.apps import SECRET
from xero_mcp.demo_company.kernel import Company

pytest.importorskip("xero_python")
client_module: Any = import_module("xero_python.api_client")
configuration_module: Any = import_module("xero_python.api_client.configuration")
oauth_module: Any = import_module("xero_python.api_client.oauth2")
m: Any = import_module("xero_python.accounting")
exceptions: Any = import_module("xero_python.exceptions")

Untyped = Any  # the SDK says nothing of its types
WAIT_SECONDS = 10
TODAY = datetime.now(tz=UTC).date() - timedelta(days=1)


@dataclass
class Sdk:
    """The SDK's AccountingApi with the tenant given and a list of what was asked."""

    api: Any
    company: Company
    asked: set[str] = field(default_factory=set[str])

    def __getattr__(self, name: str) -> Untyped:
        def ask(*values: object, **options: object) -> Untyped:
            answer = getattr(self.api, name)(self.company.id, *values, **options)
            self.asked.add(name)
            return answer

        return ask

    def id_in(self, plural: str, **wanted: object) -> str:
        table = self.company.table(plural)
        return next(
            row[table.key]
            for row in table
            if all(row.get(field) == value for field, value in wanted.items())
        )


@pytest.fixture
def sdk() -> Iterator[Sdk]:
    app = create_app(lambda: datetime.now(tz=UTC))
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        company = next(c for c in app.premises.companies.values() if c.name == GLOBAL)
        yield Sdk(api=_api(_port_of(server)), company=company)
    finally:
        server.should_exit = True
        thread.join(WAIT_SECONDS)


def many(plural: str, *documents: Untyped) -> Untyped:
    """The SDK's envelope for several documents."""
    return getattr(m, plural)(**{snake(plural): list(documents)})


def snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def _port_of(server: uvicorn.Server) -> int:
    deadline = time.monotonic() + WAIT_SECONDS
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    return server.servers[0].sockets[0].getsockname()[1]


def _api(port: int) -> Untyped:
    """Sign in with client credentials through the SDK's own token code."""
    host = f"http://127.0.0.1:{port}"
    kept: dict[str, Any] = {}
    configuration = configuration_module.Configuration(
        oauth2_token=oauth_module.OAuth2Token(client_id="demo", client_secret=SECRET)
    )
    client = client_module.ApiClient(
        configuration,
        oauth2_token_saver=kept.update,
        oauth2_token_getter=lambda: kept,
        pool_threads=1,
    )
    tokens = oauth_module.TokenApi(client, "demo", SECRET)
    tokens.client_credentials_token_url = f"{host}/connect/token"
    token = tokens.get_client_credentials_token(app_store_billing=False)
    client.set_oauth2_token(token)
    return m.AccountingApi(client, base_url=f"{host}/api.xro/2.0")


def test_the_sdk_works_through_sixty_operations(sdk: Sdk):
    read_lists(sdk)
    read_single_ones(sdk)
    read_reports(sdk)
    write_settings(sdk)
    write_people(sdk)
    write_sales(sdk)
    write_purchases(sdk)
    write_bank(sdk)
    write_papers(sdk)
    assert len(sdk.asked) >= 100


def test_a_refusal_reaches_the_sdk_with_its_words(sdk: Sdk):
    twin = many("Contacts", m.Contact(name="bolt LTD"))
    with pytest.raises(exceptions.AccountingBadRequestException) as refused:
        sdk.create_contacts(twin, summarize_errors=True)
    assert "must be unique across all active contacts" in str(refused.value.error_data)


def test_an_error_of_one_element_is_hidden_in_a_good_answer(sdk: Sdk):
    contacts = many("Contacts", m.Contact(name="bolt LTD"), m.Contact(name="Someone new"))
    answer = sdk.create_contacts(contacts, summarize_errors=False).contacts
    assert [one.has_validation_errors for one in answer] == [True, False]


def test_the_sdk_sees_the_connections_of_its_token(sdk: Sdk):
    identity: Untyped = import_module("xero_python.identity")
    host = sdk.api.base_url.removesuffix("/api.xro/2.0")
    connections = identity.IdentityApi(sdk.api.api_client, base_url=host).get_connections()
    assert {one.tenant_name for one in connections} == {
        "Demo Company (Global)",
        "Demo Company (NZ)",
        "Demo Company (UK)",
    }


def read_lists(sdk: Sdk) -> None:
    assert sdk.get_organisations().organisations[0].name == GLOBAL
    assert len(sdk.get_accounts().accounts) > 50
    assert sdk.get_invoices(page=1, page_size=5).pagination.page_size == 5
    assert sdk.get_contacts(search_term="bolt").contacts[0].name == "Bolt Ltd"
    for name in [
        "organisation_actions",
        "bank_transactions",
        "bank_transfers",
        "batch_payments",
        "branding_themes",
        "budgets",
        "contact_groups",
        "credit_notes",
        "currencies",
        "invoice_reminders",
        "items",
        "journals",
        "linked_transactions",
        "manual_journals",
        "overpayments",
        "payments",
        "prepayments",
        "purchase_orders",
        "quotes",
        "repeating_invoices",
        "tax_rates",
        "tracking_categories",
        "users",
    ]:
        answer = getattr(sdk, f"get_{name}")()
        assert answer is not None, name


def read_single_ones(sdk: Sdk) -> None:
    for noun, plural in (
        ("account", "Accounts"),
        ("bank_transaction", "BankTransactions"),
        ("bank_transfer", "BankTransfers"),
        ("batch_payment", "BatchPayments"),
        ("branding_theme", "BrandingThemes"),
        ("budget", "Budgets"),
        ("contact", "Contacts"),
        ("contact_group", "ContactGroups"),
        ("credit_note", "CreditNotes"),
        ("invoice", "Invoices"),
        ("item", "Items"),
        ("linked_transaction", "LinkedTransactions"),
        ("manual_journal", "ManualJournals"),
        ("overpayment", "Overpayments"),
        ("payment", "Payments"),
        ("prepayment", "Prepayments"),
        ("purchase_order", "PurchaseOrders"),
        ("quote", "Quotes"),
        ("repeating_invoice", "RepeatingInvoices"),
        ("tracking_category", "TrackingCategories"),
        ("user", "Users"),
    ):
        document_id = sdk.id_in(plural)
        answer = getattr(sdk, f"get_{noun}")(document_id)
        assert getattr(answer, snake(plural)), noun
    sdk.get_journal_by_number(1)
    sdk.get_tax_rate_by_tax_type("OUTPUT")
    sdk.get_contact_by_contact_number("S-012")
    sdk.get_purchase_order_by_number("PO-0001")
    sdk.get_invoice_history(sdk.id_in("Invoices"))


def read_reports(sdk: Sdk) -> None:
    profit = sdk.get_report_profit_and_loss(from_date=TODAY - timedelta(days=90), to_date=TODAY)
    assert profit.reports[0].report_id == "ProfitAndLoss"
    supplier = sdk.id_in("Contacts", Name="Bolt Ltd")
    sdk.get_report_aged_payables_by_contact(supplier)
    sdk.get_report_aged_receivables_by_contact(supplier)
    for name in [
        "balance_sheet",
        "bank_summary",
        "budget_summary",
        "executive_summary",
        "trial_balance",
    ]:
        assert getattr(sdk, f"get_report_{name}")().reports[0].rows, name
    sdk.get_report_ten_ninety_nine()
    sdk.get_reports_list()


def write_settings(sdk: Sdk) -> None:
    new = m.Account(code="499A", name="Sundries", type=m.AccountType.EXPENSE)
    account = sdk.create_account(new).accounts[0]
    sdk.update_account(account.account_id, many("Accounts", m.Account(name="Sundry things")))
    sdk.delete_account(account.account_id)
    sdk.create_currency(m.Currency(code=m.CurrencyCode.EUR))
    component = m.TaxComponent(name="City", rate=2.5)
    rate = m.TaxRate(name="City tax", report_tax_type="OUTPUT", tax_components=[component])
    sdk.create_tax_rates(many("TaxRates", rate))
    category = sdk.create_tracking_category(m.TrackingCategory(name="Team")).tracking_categories[0]
    options = sdk.create_tracking_options(
        category.tracking_category_id, m.TrackingOption(name="Red")
    )
    option_id = options.options[0].tracking_option_id
    sdk.delete_tracking_options(category.tracking_category_id, option_id)
    sdk.delete_tracking_category(category.tracking_category_id)


def write_people(sdk: Sdk) -> None:
    made = sdk.create_contacts(many("Contacts", m.Contact(name="Odd & Sons"))).contacts[0]
    change = many("Contacts", m.Contact(first_name="Odd"))
    assert sdk.update_contact(made.contact_id, change).contacts[0].first_name == "Odd"
    sdk.update_or_create_contacts(many("Contacts", m.Contact(name="Odd & Sons", last_name="Son")))
    group = sdk.create_contact_group(many("ContactGroups", m.ContactGroup(name="Odd ones")))
    group_id = group.contact_groups[0].contact_group_id
    member = many("Contacts", m.Contact(contact_id=made.contact_id))
    sdk.create_contact_group_contacts(group_id, member)
    sdk.delete_contact_group_contact(group_id, made.contact_id)
    sdk.delete_contact_group_contacts(group_id)
    note = many("HistoryRecords", m.HistoryRecord(details="Rang twice"))
    sdk.create_contact_history(made.contact_id, note)
    assert sdk.get_contact_history(made.contact_id).history_records[0].details == "Rang twice"


def _document(sdk: Sdk, model: Untyped, kind: str, code: str, **more: object) -> Untyped:
    name = "Larkfield University" if code == "200" else "Bolt Ltd"
    line = m.LineItem(description="Work", quantity=2, unit_amount=21.5, account_code=code)
    return model(
        type=kind,
        contact=m.Contact(contact_id=sdk.id_in("Contacts", Name=name)),
        line_items=[line],
        date=TODAY,
        **more,
    )


def write_sales(sdk: Sdk) -> None:
    new = _document(sdk, m.Invoice, "ACCREC", "200", due_date=TODAY, status="AUTHORISED")
    made = sdk.create_invoices(many("Invoices", new), idempotency_key=str(uuid4())).invoices[0]
    assert made.total == made.amount_due
    sdk.update_invoice(made.invoice_id, many("Invoices", m.Invoice(reference="R")))
    changed = m.Invoice(invoice_id=made.invoice_id, reference="S")
    sdk.update_or_create_invoices(many("Invoices", changed))
    payment = m.Payment(
        invoice=m.Invoice(invoice_id=made.invoice_id),
        account=m.Account(code="090"),
        amount=10,
        date=TODAY,
    )
    paid = sdk.create_payment(payment).payments[0]
    sdk.delete_payment(paid.payment_id, m.PaymentDelete(status="DELETED"))
    sdk.create_payments(many("Payments", payment))
    assert sdk.get_online_invoice(made.invoice_id).online_invoices[0].online_invoice_url
    pdf = Path(sdk.get_invoice_as_pdf(made.invoice_id))
    assert pdf.read_bytes().startswith(b"%PDF-")
    pdf.unlink()
    sdk.create_invoice_attachment_by_file_name(made.invoice_id, "a.txt", b"hello")
    assert len(sdk.get_invoice_attachments(made.invoice_id).attachments) == 1


def write_purchases(sdk: Sdk) -> None:
    bill = _document(sdk, m.Invoice, "ACCPAY", "300", due_date=TODAY, status="AUTHORISED")
    bill = sdk.create_invoices(many("Invoices", bill)).invoices[0]
    note = _document(sdk, m.CreditNote, "ACCPAYCREDIT", "300", status="AUTHORISED")
    note = sdk.create_credit_notes(many("CreditNotes", note)).credit_notes[0]
    allocation = m.Allocation(invoice=m.Invoice(invoice_id=bill.invoice_id), amount=5, date=TODAY)
    used = sdk.create_credit_note_allocation(note.credit_note_id, many("Allocations", allocation))
    allocation_id = used.allocations[0].allocation_id
    assert sdk.delete_credit_note_allocations(note.credit_note_id, allocation_id).is_deleted
    batch = m.BatchPayment(
        account=m.Account(account_id=sdk.id_in("Accounts", Code="090")),
        date=TODAY,
        payments=[m.Payment(invoice=m.Invoice(invoice_id=bill.invoice_id), amount=7)],
    )
    batch = sdk.create_batch_payment(many("BatchPayments", batch)).batch_payments[0]
    gone = m.BatchPaymentDelete(batch_payment_id=batch.batch_payment_id, status="DELETED")
    sdk.delete_batch_payment(gone)
    link = m.LinkedTransaction(
        source_transaction_id=bill.invoice_id, source_line_item_id=bill.line_items[0].line_item_id
    )
    link = sdk.create_linked_transaction(link).linked_transactions[0]
    sdk.delete_linked_transaction(link.linked_transaction_id)


def write_bank(sdk: Sdk) -> None:
    bank = m.Account(code="090")
    spent = _document(sdk, m.BankTransaction, "SPEND", "404", bank_account=bank)
    made = sdk.create_bank_transactions(many("BankTransactions", spent)).bank_transactions[0]
    spent.reference = "B"
    sdk.update_bank_transaction(made.bank_transaction_id, many("BankTransactions", spent))
    transfer = m.BankTransfer(
        from_bank_account=bank, to_bank_account=m.Account(code="091"), amount=50
    )
    moved = sdk.create_bank_transfer(many("BankTransfers", transfer)).bank_transfers[0]
    gone = m.BankTransferDeleteByUrlParam(status="DELETED")
    sdk.delete_bank_transfer(moved.bank_transfer_id, gone)
    lines = [
        m.ManualJournalLine(line_amount=amount, account_code=code)
        for amount, code in ((12, "416"), (-12, "721"))
    ]
    journal = m.ManualJournal(narration="Wear", date=TODAY, journal_lines=lines)
    made = sdk.create_manual_journals(many("ManualJournals", journal)).manual_journals[0]
    posted = m.ManualJournal(narration="Wear", journal_lines=lines, status="POSTED")
    sdk.update_manual_journal(made.manual_journal_id, many("ManualJournals", posted))


def write_papers(sdk: Sdk) -> None:
    item = m.Item(code="ODD-1", name="Odd", sales_details=m.Purchase(unit_price=9.5))
    made = sdk.create_items(many("Items", item)).items[0]
    sdk.update_item(made.item_id, many("Items", m.Item(code="ODD-1", name="Even")))
    sdk.update_or_create_items(many("Items", item))
    sdk.delete_item(made.item_id)
    contact = m.Contact(contact_id=sdk.id_in("Contacts", Name="Bolt Ltd"))
    lines = [m.LineItem(description="Bolts", quantity=4, unit_amount=1.25, account_code="300")]
    order = m.PurchaseOrder(contact=contact, line_items=lines, date=TODAY)
    made = sdk.create_purchase_orders(many("PurchaseOrders", order)).purchase_orders[0]
    approved = many("PurchaseOrders", m.PurchaseOrder(status="AUTHORISED"))
    sdk.update_purchase_order(made.purchase_order_id, approved)
    quote = m.Quote(contact=contact, line_items=lines, date=TODAY)
    made = sdk.create_quotes(many("Quotes", quote)).quotes[0]
    assert made.date == TODAY
    quote.status = m.QuoteStatusCodes.SENT
    sdk.update_quote(made.quote_id, many("Quotes", quote))
    schedule = m.Schedule(
        period=1,
        unit="MONTHLY",
        due_date=10,
        due_date_type="OFFOLLOWINGMONTH",
        start_date=date(TODAY.year, TODAY.month, 1),
    )
    template = m.RepeatingInvoice(
        type="ACCPAY", contact=contact, line_items=lines, schedule=schedule
    )
    sdk.create_repeating_invoices(many("RepeatingInvoices", template))
