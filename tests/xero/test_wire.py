from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from xero_mcp.xero.models.base import XeroWrite
from xero_mcp.xero.models.line_item import LineItemWrite
from xero_mcp.xero.text import clean, quoted
from xero_mcp.xero.wire import NotJsonError, XeroDay, XeroMoment, dump_json, read_json

DAY: TypeAdapter[date] = TypeAdapter(XeroDay)
MOMENT: TypeAdapter[datetime] = TypeAdapter(XeroMoment)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("/Date(1789344000000+0000)/", date(2026, 9, 14)),
        ("/Date(1789344000000)/", date(2026, 9, 14)),
        ("/Date(-86400000+0000)/", date(1969, 12, 31)),
        ("/Date(1789387200000+1300)/", date(2026, 9, 15)),
        ("/Date(1789344000000-0100)/", date(2026, 9, 13)),
        ("2026-09-14T00:00:00", date(2026, 9, 14)),
        ("2026-09-14", date(2026, 9, 14)),
    ],
)
def test_a_day_is_read_in_each_of_its_spellings(text: str, day: date):
    assert DAY.validate_python(text) == day


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("/Date(1789344000123+0000)/", datetime(2026, 9, 14, 0, 0, 0, 123000, UTC)),
        ("/Date(1789344000123)/", datetime(2026, 9, 14, 0, 0, 0, 123000, UTC)),
        ("2019-12-07T18:46:19.5165400", datetime(2019, 12, 7, 18, 46, 19, 516540, UTC)),
        ("2026-09-14T01:02:03Z", datetime(2026, 9, 14, 1, 2, 3, 0, UTC)),
        ("2026-09-14T01:02:03+12:00", datetime(2026, 9, 13, 13, 2, 3, 0, UTC)),
    ],
)
def test_a_moment_is_utc_whatever_its_spelling(text: str, moment: datetime):
    found = MOMENT.validate_python(text)
    assert found == moment
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    ["", "/Date()/", "/Date(x)/", "/Date(1)", "yesterday", "/Date(999999999999999)/", "2026-13-01"],
)
def test_what_is_no_date_is_refused(text: str):
    with pytest.raises(ValidationError):
        DAY.validate_python(text)
    with pytest.raises(ValidationError):
        MOMENT.validate_python(text)


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_moment_survives_the_wire(moment: datetime):
    whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    for offset in ("", "+0000"):
        assert MOMENT.validate_python(f"/Date({milliseconds(whole)}{offset})/") == whole


@given(st.dates())
def test_every_day_survives_the_wire(day: date):
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert DAY.validate_python(f"/Date({milliseconds(midnight)}+0000)/") == day
    assert DAY.validate_python(f"{day.isoformat()}T00:00:00") == day


@given(st.text(max_size=40))
def test_any_other_text_is_refused_and_nothing_else_happens(text: str):
    for adapter in (DAY, MOMENT):
        try:
            adapter.validate_python(text)
        except ValidationError:
            continue


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_money_reaches_xero_digit_for_digit(amount: Decimal):
    body = dump_json(LineItemWrite(unit_amount=amount))
    assert read_json(body) == {"UnitAmount": amount}
    assert b"E" not in body.replace(b"UnitAmount", b"")


def test_a_fraction_is_read_as_a_decimal():
    assert repr(read_json(b'{"Total": 0.10}')) == "{'Total': Decimal('0.10')}"


@pytest.mark.parametrize(
    "body", [b"", b" ", b"<a/>", b"[" * 100_000, b'{"a":Infinity}', b"\xff\xfe"]
)
def test_what_is_not_json_is_named(body: bytes):
    with pytest.raises(NotJsonError):
        read_json(body)


def test_a_number_too_long_to_be_one_is_not_json():
    with pytest.raises(NotJsonError):
        read_json(b"9" * 5000)


class Rate(XeroWrite):
    rate: Decimal | float | None = None
    at: datetime | None = None
    on: date | None = None
    text: str | None = None


def test_a_body_holds_what_was_given_and_nothing_else():
    body = Rate(at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), on=date(2026, 1, 2), text='"\u2028é')
    assert dump_json(body) == (
        b'{"At":"2026-01-02T03:04:05","On":"2026-01-02","Text":"\\"\\u2028\\u00e9"}'
    )


def test_a_float_does_not_get_into_a_body():
    with pytest.raises(TypeError, match="Decimal"):
        dump_json(Rate(rate=0.1))


@pytest.mark.parametrize("amount", [Decimal("NaN"), Decimal("Infinity")])
def test_no_amount_is_not_a_number(amount: Decimal):
    with pytest.raises(ValueError, match="not an amount"):
        dump_json(Rate.model_construct(rate=amount))


def test_text_loses_what_nobody_sees_and_keeps_its_lines():
    assert clean("a\u202eb\u200b\x00\x1b[31m\r\nc\td\U000e0041\ud800") == "ab[31m\nc\td"


def test_a_quote_is_one_line_of_bounded_length():
    assert quoted("a\n\n b", max_chars=10) == "a b"
    assert quoted("x" * 50, max_chars=10) == "xxxxxxxxx…"
