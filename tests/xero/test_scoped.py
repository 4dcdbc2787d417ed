from collections.abc import Mapping
from datetime import UTC, date, datetime

import httpx2
import pytest

from tests.fakes import FakeClock
from tests.xero.world import INVOICE_ID, ORGANISATION, REACHES, SCOPES, World, reply
from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.xero.models.attachment import Attachments
from xero_mcp.xero.models.invoice import Invoices, InvoicesWrite, InvoiceWrite
from xero_mcp.xero.models.organisation import Organisations
from xero_mcp.xero.scoped import MAX_BODY_BYTES, Grant, Param, UndeclaredReachError, XeroFile
from xero_mcp.xero.where import eq, order, where
from xero_mcp.xero.wire import dump_json

LINK = "/LinkedTransactions/{LinkedTransactionID}"
BODY = InvoicesWrite(invoices=(InvoiceWrite(reference="x"),))


async def test_what_was_declared_goes_out(world: World):
    params: dict[str, Param] = {
        "where": where("Invoices", eq("Status", "PAID")),
        "order": order("Invoices", "Date"),
        "page": 2,
        "summaryOnly": True,
        "DateFrom": date(2026, 1, 2),
        "searchTerm": "a&b=c #1",
        "left_out": None,
    }
    since = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    await world.scoped().get("/Invoices", Invoices, params=params, modified_since=since)
    request = world.upstream.api_requests[0]
    assert request.url.path == "/api.xro/2.0/Invoices"
    assert dict(request.url.params) == {
        "where": 'Status=="PAID"',
        "order": "Date ASC",
        "page": "2",
        "summaryOnly": "true",
        "DateFrom": "2026-01-02",
        "searchTerm": "a&b=c #1",
    }
    assert request.headers["If-Modified-Since"] == "2026-03-01T12:30:00"


async def test_what_was_not_declared_is_refused_before_any_request(world: World):
    xero = world.scoped()
    with pytest.raises(UndeclaredReachError, match="GET /Organisation"):
        await xero.get("/Organisation", Organisations)
    with pytest.raises(UndeclaredReachError):
        await xero.post("/Invoices", Invoices, BODY)
    with pytest.raises(UndeclaredReachError):
        await xero.get(f"/Invoices/{INVOICE_ID}", Invoices)
    assert world.upstream.seen == []
    assert xero.requests == ()


@pytest.mark.parametrize(
    "trick",
    [
        "",
        "../Contacts",
        "x",
        f"{INVOICE_ID}/History",
        f"{INVOICE_ID}?a=b",
        f"{INVOICE_ID}\n",
        "%2e",
    ],
)
async def test_an_id_that_is_no_guid_is_refused_before_any_request(world: World, trick: str):
    with pytest.raises(XeroMcpError) as raised:
        await world.scoped().get("/Invoices/{InvoiceID}", Invoices, ids={"InvoiceID": trick})
    assert raised.value.code is ErrorCode.INVALID_ARGUMENTS
    assert raised.value.details[0].path == "InvoiceID"
    assert world.upstream.seen == []


@pytest.mark.parametrize("ids", [None, {"ContactID": INVOICE_ID}, {"InvoiceID": "a", "B": "b"}])
async def test_ids_and_template_must_fit(world: World, ids: Mapping[str, str] | None):
    with pytest.raises(UndeclaredReachError):
        await world.scoped().get("/Invoices/{InvoiceID}", Invoices, ids=ids)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("where", 'Status=="PAID"'),
        ("order", "Date ASC"),
        ("where", order("Invoices", "Date")),
        ("where", where("Contacts", eq("Name", "x"))),
        ("searchTerm", where("Invoices", eq("Status", "PAID"))),
    ],
)
async def test_a_filter_that_was_pasted_together_is_refused(world: World, name: str, value: Param):
    with pytest.raises(UndeclaredReachError):
        await world.scoped().get("/Invoices", Invoices, params={name: value})
    assert world.upstream.seen == []


async def test_a_parameter_without_end_is_refused(world: World):
    with pytest.raises(XeroMcpError) as raised:
        await world.scoped().get("/Invoices", Invoices, params={"searchTerm": "x" * 2001})
    assert raised.value.code is ErrorCode.INVALID_ARGUMENTS


async def test_a_write_needs_a_key(world: World):
    with pytest.raises(UndeclaredReachError, match="idempotency key"):
        await world.scoped(key=None).put("/Invoices", Invoices, BODY)
    assert world.upstream.seen == []


@pytest.mark.parametrize("key", ["", "k" * 121])
def test_a_key_that_xero_would_not_take_is_refused(key: str):
    with pytest.raises(ValueError, match="1 to 120"):
        Grant(organisation=ORGANISATION, reaches=REACHES, scopes=SCOPES, idempotency_key=key)


async def test_a_body_is_sent_up_to_what_xero_takes_and_not_beyond(world: World):
    empty = len(dump_json(InvoicesWrite(invoices=(InvoiceWrite(reference=""),))))
    fits = InvoiceWrite(reference="x" * (MAX_BODY_BYTES - empty))
    await world.scoped().put("/Invoices", Invoices, InvoicesWrite(invoices=(fits,)))
    assert len(world.upstream.api_requests[0].content) == MAX_BODY_BYTES
    too_long = InvoiceWrite(reference="x" * (MAX_BODY_BYTES - empty + 1))
    with pytest.raises(XeroMcpError) as raised:
        await world.scoped().put("/Invoices", Invoices, InvoicesWrite(invoices=(too_long,)))
    assert raised.value.code is ErrorCode.INVALID_ARGUMENTS
    assert raised.value.details[0].message == "1 bytes too many"
    assert len(world.upstream.api_requests) == 1


async def test_a_post_to_an_id_goes_there(world: World):
    await world.scoped().post(
        "/Invoices/{InvoiceID}", Invoices, BODY, ids={"InvoiceID": INVOICE_ID}
    )
    request = world.upstream.api_requests[0]
    assert (request.method, request.url.path) == ("POST", f"/api.xro/2.0/Invoices/{INVOICE_ID}")


async def test_a_deletion_goes_to_its_id_without_a_body(world: World):
    world.upstream.api += [reply(204)]
    await world.scoped().delete(LINK, Invoices, ids={"LinkedTransactionID": INVOICE_ID})
    request = world.upstream.api_requests[0]
    assert (request.method, request.url.path) == (
        "DELETE",
        f"/api.xro/2.0/LinkedTransactions/{INVOICE_ID}",
    )
    assert request.content == b""


async def test_a_deletion_whose_second_try_finds_nothing_is_unknown(world: World):
    world.upstream.api += [httpx2.ReadError("gone"), reply(404)]
    with pytest.raises(XeroMcpError) as caught:
        await world.scoped().delete(LINK, Invoices, ids={"LinkedTransactionID": INVOICE_ID})
    assert caught.value.code is ErrorCode.OUTCOME_UNKNOWN


async def test_a_number_in_a_path_is_encoded_whole(world: World):
    path = "/PurchaseOrders/{PurchaseOrderNumber}"
    await world.scoped().get(path, Invoices, ids={"PurchaseOrderNumber": "PO/7 ../?a=b#c%"})
    sent = world.upstream.api_requests[0].url.raw_path.decode()
    assert sent == "/api.xro/2.0/PurchaseOrders/PO%2F7%20..%2F%3Fa%3Db%23c%25"


@pytest.mark.parametrize("number", ["", ".", "..", " ", "a\nb", "x" * 256])
async def test_a_number_that_bends_the_path_is_refused(world: World, number: str):
    path = "/PurchaseOrders/{PurchaseOrderNumber}"
    with pytest.raises(XeroMcpError) as caught:
        await world.scoped().get(path, Invoices, ids={"PurchaseOrderNumber": number})
    assert caught.value.code is ErrorCode.INVALID_ARGUMENTS
    assert world.upstream.seen == []


async def test_a_time_without_its_zone_is_refused(world: World):
    with pytest.raises(ValueError, match="time zone"):
        await world.scoped().get(
            "/Invoices",
            Invoices,
            modified_since=datetime(2026, 3, 1),  # noqa: DTZ001 - refused for it
        )
    assert world.upstream.seen == []


async def test_a_success_without_a_body_is_a_success(world: World):
    world.upstream.api += [reply(204)]
    assert (await world.scoped().put("/Invoices", Invoices, BODY)).invoices == ()


async def test_a_call_knows_its_organisation_and_the_time(world: World):
    xero = world.scoped()
    assert xero.organisation == ORGANISATION
    assert xero.clock is world.clock


async def test_the_reference_needs_no_reach_and_its_requests_are_noted(
    world: World, clock: FakeClock
):
    body = {"Organisations": [{"OrganisationID": "o", "BaseCurrency": "NZD"}]}
    world.upstream.api += [reply(200, body)]
    xero = world.scoped()
    assert (await xero.reference.organisation()).base_currency == "NZD"
    assert [request.path for request in xero.requests] == ["/Organisation"]
    clock.advance(10)
    other = world.scoped()
    assert (await other.reference.organisation()).base_currency == "NZD"
    assert other.reference.age_seconds("Organisation") == 10
    assert other.requests == ()
    tokens = [form["scope"] for form in world.upstream.forms()]
    assert tokens == ["accounting.settings.read"]


FILES = "/Contacts/{ContactID}/Attachments/{FileName}"
FILE_GRANT = Grant(
    organisation=ORGANISATION,
    reaches=frozenset({("GET", FILES), ("PUT", FILES), ("POST", FILES)}),
    scopes=frozenset({"accounting.attachments"}),
    idempotency_key="k",
)
PLACE = {"ContactID": INVOICE_ID, "FileName": "a b.pdf"}


async def test_a_file_comes_as_it_is_and_its_type_without_more(world: World):
    content = b"{not json \xff"
    headers = {"Content-Type": "application/PDF; charset=utf-8"}
    world.upstream.api.append(httpx2.Response(200, headers=headers, content=content))
    found = await world.client.scoped(FILE_GRANT).get_file(FILES, ids=PLACE)
    assert (found.media_type, found.content) == ("application/pdf", content)
    request = world.upstream.api_requests[0]
    assert request.url.raw_path.endswith(b"/Attachments/a%20b.pdf")
    assert request.headers["Accept"] == "*/*"


async def test_a_file_that_is_not_there_is_not_found(world: World):
    world.upstream.api.append(reply(404))
    with pytest.raises(XeroMcpError) as caught:
        await world.client.scoped(FILE_GRANT).get_file(FILES, ids=PLACE)
    assert caught.value.code is ErrorCode.XERO_NOT_FOUND


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_a_file_goes_out_with_its_own_type_under_a_key(world: World, method: str):
    world.upstream.api.append(reply(200, {"Attachments": []}))
    xero = world.client.scoped(FILE_GRANT)
    send = xero.put_file if method == "PUT" else xero.post_file
    file = XeroFile(media_type="text/plain", content=b"Hello")
    await send(FILES, Attachments, file, ids=PLACE)
    request = world.upstream.api_requests[0]
    assert (request.method, request.content) == (method, b"Hello")
    assert request.headers["Content-Type"] == "text/plain"
    assert request.headers["Idempotency-Key"] == "k-1"
