"""Whatever is sent, the demo company answers as Xero does, and never with a 500."""

import asyncio
import json
import re
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, TypedDict, Unpack, cast

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.demo_company.box import API, TestClock
from tests.demo_company.good_documents import samples
from xero_mcp.demo_company.app import DemoCompany, create_app
from xero_mcp.demo_company.kernel import Company
from xero_mcp.demo_company.operations import operations

ANSWERS = {200, 204, 302, 400, 401, 403, 404, 413}
ZERO = "00000000-0000-0000-0000-000000000000"
WORDS = """Type Contact ContactID Name LineItems Date DueDate Status LineAmountTypes InvoiceNumber
    Reference CurrencyCode CurrencyRate LineItemID Description Quantity UnitAmount AccountCode
    TaxType TaxAmount LineAmount DiscountRate DiscountAmount Tracking TrackingCategoryID Option
    Invoice InvoiceID Account AccountID Code Amount BankAccount FromBankAccount ToBankAccount
    Payments PaymentID CreditNote CreditNoteID Allocations Narration JournalLines Addresses Phones
    ContactPersons EmailAddress PurchaseOrderNumber QuoteNumber ItemID ItemCode SalesDetails
    TaxComponents Rate Schedule Period Unit StartDate DueDateType Details HistoryRecords Contacts
    ContactGroups Options SentToContact IsReconciled PaymentTerms Prepayment Overpayment Title
    SourceTransactionID SourceLineItemID BatchPaymentID PaymentType Class BrandingThemeID Terms
    AddressType PhoneType ContactNumber AccountNumber FirstName TaxNumber DefaultCurrency Date
    ExpiryDate DeliveryDate TargetTransactionID LinkedTransactionID TaxName Attachments"""
TEXTS = """ACCREC ACCPAY AUTHORISED DRAFT SUBMITTED VOIDED DELETED PAID SPEND RECEIVE POSTED ACTIVE
    ARCHIVED Inclusive Exclusive NoTax USD NZD EUR XXX OUTPUT INPUT NONE TAX001 200 090 800 610 970
    2026-09-14 1899-01-01 9999-12-31 0001-01-01 /Date(1789344000000+0000)/ BANK EXPENSE MONTHLY SENT
    WEEKLY ACCRECCREDIT ACCPAYCREDIT RECEIVE-PREPAYMENT SPEND-OVERPAYMENT ACCEPTED BILLED REVENUE"""
PARAMETERS = """where order page pageSize unitdp summarizeErrors summaryOnly searchTerm Statuses IDs
    InvoiceNumbers ContactIDs includeArchived fromDate toDate date periods timeframe contactId
    trackingCategoryID trackingOptionID standardLayout paymentsOnly reportYear offset
    DateFrom DateTo ExpiryDateFrom Status ContactID QuoteNumber createdByMyApp includeDeleted
    SourceTransactionID LinkedTransactionID includeOnline allowOverpayment"""

AUTHORIZE_WORDS = "response_type client_id redirect_uri scope state code_challenge x"
FORM_WORDS = "grant_type code redirect_uri refresh_token client_id client_secret scope token"


class Sent(TypedDict, total=False):
    content: str | bytes
    data: dict[str, str]
    params: dict[str, str]
    headers: dict[str, str] | dict[bytes, bytes]
    auth: tuple[str, str]


@dataclass
class Fuzzed:
    """The whole seeded demo company, driven from outside of any event loop."""

    app: DemoCompany
    company: Company
    runner: asyncio.Runner
    client: httpx2.AsyncClient
    ids: list[str] = field(repr=False)

    def send(self, method: str, path: str, **more: Unpack[Sent]) -> httpx2.Response:
        return self.runner.run(self.client.request(method, path, **more))

    def check(self, answer: httpx2.Response) -> None:
        stats = self.app.premises.stats
        broken, stats.unexpected_errors = stats.unexpected_errors, []
        assert broken == []
        assert answer.status_code in ANSWERS
        assert b"Traceback" not in answer.content


@pytest.fixture(scope="module", params=["Demo Company (Global)", "Demo Company (UK)"])
def fuzzed(request: pytest.FixtureRequest) -> Generator[Fuzzed]:
    app = create_app(TestClock(), scopes="both")
    company = next(c for c in app.premises.companies.values() if c.name == request.param)
    transport = httpx2.ASGITransport(app=app)
    with asyncio.Runner() as runner:
        client = httpx2.AsyncClient(
            transport=transport, base_url="http://localhost", headers={"Accept": "application/json"}
        )
        ids = [
            str(document[table.key])
            for table in company.tables.values()
            for document in list(table)[:6]
        ]
        box = Fuzzed(app, company, runner, client, [*ids, ZERO, "nonsense"])
        form = {"grant_type": "client_credentials"}
        token = box.send("POST", "/connect/token", data=form, auth=("demo", "demo-secret"))
        client.headers["xero-tenant-id"] = company.id
        client.headers["Authorization"] = f"Bearer {token.json()['access_token']}"
        yield box
        runner.run(client.aclose())
        runner.run(app.aclose())


def values(ids: list[str]) -> st.SearchStrategy[object]:
    simple = (
        st.sampled_from([*TEXTS.split(), *ids])
        | st.none()
        | st.booleans()
        | st.integers(-(10**30), 10**30)
        | st.integers(-5, 500)
        | st.sampled_from(["x" * 5000, "\ud800", "\u202e", "'\"&<>", "", " ", "١٢٣", "1e9"])
        | st.text(max_size=8)
    )
    names = st.sampled_from(WORDS.split())
    return st.recursive(
        simple,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=8),
        max_leaves=25,
    )


def path_for(data: st.DataObject, template: str, ids: list[str]) -> str:
    parts = [
        data.draw(st.sampled_from(ids)) if part.startswith("{") else part
        for part in template.split("/")
    ]
    return API + "/".join(parts)


RELAXED = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
OPERATIONS = st.sampled_from([(each.method, each.path) for each in operations()])
WRITES = st.sampled_from(
    [(o.method, o.path, o.resource) for o in operations() if o.method in {"PUT", "POST"}]
)


def test_the_good_documents_are_good(fuzzed: Fuzzed):
    """Else the test above would try only refusals."""
    refused: list[str] = []
    for method, path, plural, document in samples(fuzzed.company):
        headers = {"Content-Type": "application/json"}
        body = json.dumps({plural: [document]})
        answer = fuzzed.send(method, API + path, content=body, headers=headers)
        if answer.status_code != 200:
            messages = re.findall(r'"Message":"(.*?)"', answer.text)
            refused.append(f"{method} {path} {answer.status_code} {messages}")
    assert refused == []


@RELAXED
@given(st.data())
def test_a_write_of_anything_is_never_a_500(fuzzed: Fuzzed, data: st.DataObject):
    method, template, plural = data.draw(WRITES)
    fields = st.dictionaries(st.sampled_from(WORDS.split()), values(fuzzed.ids), max_size=10)
    element = data.draw(fields | values(fuzzed.ids))
    body = data.draw(st.sampled_from([element, [element], {plural: element}, {plural: [element]}]))
    query = data.draw(st.sampled_from(["", "?summarizeErrors=false", "?unitdp=4"]))
    path = path_for(data, template, fuzzed.ids)
    headers = {"Content-Type": "application/json"}
    answer = fuzzed.send(method, path + query, content=json.dumps(body), headers=headers)
    fuzzed.check(answer)


def spots(value: object) -> list[tuple[Any, Any]]:
    """Every place in a document that can be changed: a container and its key."""
    if not isinstance(value, dict | list):
        return []
    container = cast("Any", value)
    keys: list[Any] = list(container) if isinstance(value, dict) else list(range(len(container)))
    inner = [spot for key in keys for spot in spots(container[key])]
    return [(container, key) for key in keys] + inner


@RELAXED
@given(st.data())
def test_a_good_document_with_an_odd_part_is_never_a_500(fuzzed: Fuzzed, data: st.DataObject):
    method, path, plural, sample = data.draw(st.sampled_from(samples(fuzzed.company)))
    document = json.loads(json.dumps(sample))
    for _ in range(data.draw(st.integers(0, 2))):
        container, key = data.draw(st.sampled_from(spots(document) or [(document, "Name")]))
        if data.draw(st.booleans()):
            container[key] = data.draw(values(fuzzed.ids))
        elif isinstance(container, dict):
            cast("dict[Any, Any]", container).pop(key, None)
    again = data.draw(st.integers(1, 2))
    query = data.draw(st.sampled_from(["", "?summarizeErrors=false", "?unitdp=4"]))
    answer = fuzzed.send(
        method,
        f"{API}{path}{query}",
        content=json.dumps({plural: [document] * again}),
        headers={"Content-Type": "application/json"},
    )
    fuzzed.check(answer)


@RELAXED
@given(st.data())
def test_a_read_with_any_parameters_is_never_a_500(fuzzed: Fuzzed, data: st.DataObject):
    method, template = data.draw(OPERATIONS)
    odd = st.sampled_from([*TEXTS.split(), *fuzzed.ids, "1,2", "-1", "99999999999999999999"])
    query = data.draw(
        st.dictionaries(st.sampled_from(PARAMETERS.split()), odd | st.text(max_size=10), max_size=5)
    )
    if method != "GET":
        method = data.draw(st.sampled_from(["GET", "DELETE"]))
    since = data.draw(st.sampled_from(["", "2026-09-01T00:00:00", "Mon, 99 Foo", "9" * 99]))
    path = path_for(data, template, fuzzed.ids)
    safe = {name: text.encode("utf-8", "replace").decode() for name, text in query.items()}
    answer = fuzzed.send(method, path, params=safe, headers={"If-Modified-Since": since})
    fuzzed.check(answer)


@RELAXED
@given(
    st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"]),
    st.sampled_from(
        [
            "/connect/token",
            "/connect/revocation",
            "/identity/connect/authorize",
            "/connections",
            "/connections/x",
            f"{API}/Invoices",
            f"{API}/",
            "/",
            "/%",
        ]
    ),
    st.binary(max_size=200),
    st.dictionaries(
        st.sampled_from(AUTHORIZE_WORDS.split()),
        st.text(alphabet=st.characters(codec="utf-8"), max_size=20),
    ),
)
def test_any_bytes_to_any_path_are_never_a_500(
    fuzzed: Fuzzed, method: str, path: str, body: bytes, query: dict[str, str]
):
    fuzzed.check(fuzzed.send(method, path, content=body, params=query))


FORM_TEXTS = st.text(alphabet=st.characters(codec="utf-8"), max_size=20)
FORMS = st.dictionaries(
    st.sampled_from(FORM_WORDS.split()),
    FORM_TEXTS
    | st.sampled_from(["authorization_code", "refresh_token", "client_credentials", "demo"]),
)
HEADERS = st.text(alphabet=st.characters(codec="latin-1", min_codepoint=32), max_size=20)


@RELAXED
@given(FORMS, HEADERS)
def test_any_form_to_the_token_endpoint_is_never_a_500(
    fuzzed: Fuzzed, form: dict[str, str], authorization: str
):
    for path in ("/connect/token", "/connect/revocation"):
        headers = {b"Authorization": authorization.encode("latin-1")}
        fuzzed.check(fuzzed.send("POST", path, data=form, headers=headers))


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b"0", b'""', b"true", b"[[[]]]", b'[{"LineItems":{}}]', b"\x00"],
)
def test_a_body_that_is_no_document_is_refused_by_every_write(fuzzed: Fuzzed, body: bytes):
    headers = {"Content-Type": "application/json"}
    for operation in operations():
        if operation.method in {"PUT", "POST"} and operation.kind == "core":
            path = API + operation.path.replace("{", "").replace("}", "")
            fuzzed.check(fuzzed.send(operation.method, path, content=body, headers=headers))
