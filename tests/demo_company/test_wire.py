import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, cast
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.demo_company.box import Box
from xero_mcp.demo_company.kernel import RefusedError
from xero_mcp.demo_company.wire.dates import (
    bare_ms_date,
    date_string,
    ms_date,
    parse_date,
    parse_datetime,
    ticks_string,
    utc_string,
)
from xero_mcp.demo_company.wire.encode import encode_json, encode_xml, singular
from xero_mcp.demo_company.wire.read import read_json


def test_a_day_travels_as_milliseconds_with_an_offset():
    assert ms_date(date(2026, 9, 14)) == "/Date(1789344000000+0000)/"
    assert bare_ms_date(datetime(2026, 9, 14, tzinfo=UTC)) == "/Date(1789344000000)/"
    assert date_string(date(2026, 9, 14)) == "2026-09-14T00:00:00"
    moment = datetime(2026, 9, 14, 12, 0, 1, 123456, tzinfo=timezone(timedelta(hours=12)))
    assert ms_date(moment) == "/Date(1789344001123+0000)/"
    assert utc_string(moment) == "2026-09-14T00:00:01.123Z"
    assert ticks_string(moment) == "2026-09-14T00:00:01.1234560"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-09-14", date(2026, 9, 14)),
        ("2026-9-4", date(2026, 9, 4)),
        ("2026-09-14T23:30:00", date(2026, 9, 14)),
        ("2026-09-14T23:30:00+12:00", date(2026, 9, 14)),
        ("2026-09-14 23:30:00.1234567Z", date(2026, 9, 14)),
        ("/Date(1789344000000+0000)/", date(2026, 9, 14)),
        ("/Date(1789344000000)/", date(2026, 9, 14)),
        ("/Date(-86400000)/", date(1969, 12, 31)),
        ("2026-02-30", None),
        ("14/09/2026", None),
        ("/Date(99999999999999999999)/", None),
        ("/Date(999999999999999)/", None),
        ("tomorrow", None),
        ("", None),
        ("9" * 5000, None),
    ],
)
def test_a_day_is_read_in_every_form_that_clients_send(text: str, day: date | None):
    assert parse_date(text) == day


def test_a_moment_is_read_as_utc():
    assert parse_datetime("2026-09-14T12:00:00+12:00") == datetime(2026, 9, 14, tzinfo=UTC)
    assert parse_datetime("2026-09-14T00:00:00") == datetime(2026, 9, 14, tzinfo=UTC)
    assert parse_datetime("0001-01-01T00:00:00+12:00") is None
    assert parse_datetime("2026-09-14T25:00:00") is None


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001 -- hypothesis wants bounds without a zone
def test_what_is_written_is_read_back_to_the_millisecond(moment: datetime):
    aware = moment.replace(tzinfo=UTC)
    back = parse_datetime(ms_date(aware))
    assert back is not None
    assert timedelta() <= aware - back < timedelta(milliseconds=1)


def test_money_keeps_every_digit():
    document = {"Total": Decimal("1234567890123456789.10"), "UnitAmount": Decimal("0.0001")}
    assert encode_json(document) == b'{"Total":1234567890123456789.10,"UnitAmount":0.0001}'
    assert encode_json([Decimal("1E+3"), Decimal("-0.00")]) == b"[1000,-0.00]"


def test_text_that_looks_like_a_marked_number_stays_text():
    document = {"Reference": "\x0142", "Total": Decimal("53.63"), "Flags": [True, None, 3]}
    text = encode_json(document)
    assert json.loads(text, parse_float=Decimal) == document


def test_dates_take_the_form_of_their_kind_and_none_is_left_out():
    document: dict[str, Any] = {
        "Gone": None,
        "Also": None,
        "Date": date(2026, 9, 14),
        "Quote": datetime(2026, 9, 14),  # noqa: DTZ001 -- no zone is what marks this form
        "Missing": None,
        "Text": ',"Key":null,{"A":null}',
    }
    assert json.loads(encode_json(document)) == {
        "Date": "/Date(1789344000000+0000)/",
        "Quote": "/Date(1789344000000)/",
        "Text": ',"Key":null,{"A":null}',
    }
    assert encode_json({"A": {"B": None}}) == b'{"A":{}}'


def parsed(xml: bytes) -> ET.Element:
    return ET.fromstring(xml)  # noqa: S314 -- our own answer, not a stranger's


JSONS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False, places=4),
    lambda inner: st.lists(inner) | st.dictionaries(st.from_regex(r"\A\w{1,5}\Z"), inner),
)


def without_none(value: object) -> object:
    if isinstance(value, dict):
        items = cast("dict[str, object]", value).items()
        return {name: without_none(item) for name, item in items if item is not None}
    if isinstance(value, list):
        return [without_none(item) for item in cast("list[object]", value)]
    return value


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(JSONS)
def test_any_document_survives_the_wire(document: object):
    assert json.loads(encode_json(document), parse_float=Decimal) == without_none(document)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b'{"Total": NaN}',
        b'{"Total": 1e999999999}',
        b'{"Total": 1e-999999999}',
        b'{"Total": ' + b"9" * 5000 + b"}",
        b'{"Total": 0.' + b"9" * 5000 + b"}",
        b"[" * 50_000,
        b"[" * 40 + b"]" * 40,
        b"<Invoices><Invoice/></Invoices>",
    ],
)
def test_a_body_that_xero_could_not_hold_is_refused(body: bytes):
    with pytest.raises(RefusedError) as refused:
        read_json(body)
    assert refused.value.status == 400
    assert isinstance(refused.value.body, dict)
    assert refused.value.body["Type"] == "PostDataInvalidException"


def test_a_good_body_has_exact_numbers():
    assert read_json(b'\xef\xbb\xbf{"A": 0.10, "B": 7, "C": 1e2}') == {
        "A": Decimal("0.10"),
        "B": 7,
        "C": Decimal(100),
    }


def test_xml_names_one_of_many_and_escapes_text():
    document: dict[str, Any] = {
        "Status": "OK",
        "Currencies": [{"Code": "A&B<\x00", "On": date(2026, 9, 14), "Is": True}],
    }
    root = parsed(encode_xml("Response", document))
    assert root.findtext("Currencies/Currency/Code") == "A&B<"
    assert root.findtext("Currencies/Currency/On") == "2026-09-14T00:00:00"
    assert root.findtext("Currencies/Currency/Is") == "true"
    assert singular("Addresses") == "Address"


async def test_xml_is_what_comes_without_accept_json(box: Box):
    await box.sign_in()
    for accept in ("*/*", "application/xml", "text/html"):
        answer = await box.get("/Organisation", Accept=accept)
        assert answer.headers["content-type"] == "text/xml; charset=utf-8"
        root = parsed(answer.content)
        assert root.findtext("Organisations/Organisation/Name") == "Demo Company (Global)"
    refused = await box.get("/Invoices?where=x", Accept="*/*")
    assert refused.status_code == 400
    assert parsed(refused.content).findtext("ErrorNumber") == "16"


async def test_the_envelope_has_four_fields_and_then_the_array(box: Box):
    await box.sign_in()
    answer = await box.get("/Organisation")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    body = answer.json()
    assert list(body) == ["Id", "Status", "ProviderName", "DateTimeUTC", "Organisations"]
    assert body["Status"] == "OK"
    assert body["DateTimeUTC"] == "/Date(1789380000000)/"


async def test_pages_are_clamped_and_told_in_lower_case(box: Box):
    await box.sign_in()
    for asked, page, size in [
        ("page=1", 1, 100),
        ("page=0&pageSize=0", 1, 1),
        ("page=-5&pageSize=5000", 1, 1000),
        ("page=abc&pageSize=x", 1, 100),
    ]:
        pagination = (await box.get(f"/Contacts?{asked}")).json()["pagination"]
        assert (pagination["page"], pagination["pageSize"]) == (page, size)


async def test_what_is_not_there_is_a_404_in_html_without_a_body(box: Box):
    await box.sign_in()
    for path in (
        "/Nonsense",
        "/Invoices/220ddca8-3144-4085-9a88-2d72c5133734",
        "/Receipts",
        "/ExpenseClaims",
        "/PaymentServices",
        "/Setup",
    ):
        answer = await box.get(path)
        assert answer.status_code == 404, path
        assert answer.content == b""
        assert answer.headers["content-type"].startswith("text/html")
    assert (await box.client.get("/")).status_code == 404


async def test_a_body_over_three_and_a_half_megabytes_is_refused(box: Box):
    await box.sign_in()
    answer = await box.client.post(
        "/api.xro/2.0/Contacts", content=b'{"Name":"' + b"x" * 3_700_000 + b'"}'
    )
    assert answer.status_code == 413
