"""What an agent sends is taken exactly or refused: nothing is coerced, nothing is guessed."""

from datetime import date
from decimal import Decimal
from math import inf, nan
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from xero_mcp.errors import Detail, ErrorCode, XeroMcpError
from xero_mcp.money import to_text
from xero_mcp.tool.args import Amount, Args, Cents, Day, Fine, XeroId, parse_args

GUID = "00000000-0000-4000-8000-00000000000A"


class Inner(Args):
    amount: Amount | None = None
    fine: Fine | None = None
    cents: Cents | None = None


class Sample(Inner):
    day: Day | None = None
    some_id: XeroId | None = None
    kind: Literal["one", "two"] | None = None
    flag: bool = False
    count: int = Field(default=1, ge=1, le=9)
    inner: list[Inner] | None = None


def read(**arguments: object) -> Sample:
    found = parse_args(Sample, arguments)
    assert isinstance(found, Sample)
    return found


def problems(arguments: dict[str, object]) -> dict[str, Detail]:
    with pytest.raises(XeroMcpError) as refused:
        parse_args(Sample, arguments)
    assert refused.value.code is ErrorCode.INVALID_ARGUMENTS
    return {detail.path: detail for detail in refused.value.details}


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("1.5", "1.5"),
        ("1234.50", "1234.50"),
        ("-0.01", "-0.01"),
        ("0", "0"),
        ("000.10", "0.10"),
        ("999999999999999", "999999999999999"),
        ("0.000001", "0.000001"),
        (1, "1"),
        (-7, "-7"),
        (0.1, "0.1"),
        (1.1, "1.1"),
        (620.0, "620"),
        (1e2, "100"),
        (1e-05, "0.00001"),
        (123456789012.34, "123456789012.34"),
    ],
)
def test_an_amount_is_what_was_meant(sent: object, meant: str):
    assert read(amount=sent).amount == Decimal(meant)


@pytest.mark.parametrize(
    "sent",
    [
        "1e3",
        "1E3",
        "\uff11\uff12",
        "\u0663",
        "1,000.00",
        "1 000",
        " 1",
        "1 ",
        "1\n",
        "+1",
        "--1",
        ".5",
        "5.",
        "",
        "NaN",
        "inf",
        "0x10",
        "1_000",
        "$5",
        "5 USD",
        "1.2345678",
        "1234567890123456",
        "\u202e1.00",
        "\u22121",
        True,
        False,
        nan,
        inf,
        -inf,
        1e400,
        1e16,
        1e-07,
        10**30,
        0.1 + 0.2,
        123456789012345.67,
        [],
        {},
        ["1"],
        b"1",
    ],
)
def test_what_is_no_plain_decimal_is_refused(sent: object):
    assert set(problems({"amount": sent})) == {"amount"}


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9))
def test_text_that_we_write_is_text_that_we_read(amount: Decimal):
    kept = amount.quantize(Decimal("0.000001"))
    assert read(amount=to_text(kept)).amount == kept


@pytest.mark.parametrize(
    ("field", "fits", "too_fine"),
    [("fine", "1.2345", "1.23451"), ("cents", "1.23", "1.231")],
)
def test_what_xero_would_round_is_refused(field: str, fits: str, too_fine: str):
    assert getattr(read(**{field: fits}), field) == Decimal(fits)
    assert getattr(read(**{field: f"{fits}00"}), field) == Decimal(fits)
    assert "Xero would round" in problems({field: too_fine})[field].message


@pytest.mark.parametrize(
    "sent",
    [
        "2026-2-3",
        "20260203",
        "03.02.2026",
        "02/03/2026",
        "2026-02-30",
        "2026-13-01",
        "2026-02-03T00:00:00",
        "2026-W05-1",
        "\uff12\uff10\uff12\uff16-02-03",
        "0000-01-01",
        "today",
        "",
        20260203,
        1770076800,
        True,
        None.__class__,
    ],
)
def test_what_is_no_day_is_refused(sent: object):
    assert set(problems({"day": sent})) == {"day"}


def test_a_day_is_a_day():
    assert read(day="2028-02-29").day == date(2028, 2, 29)


@pytest.mark.parametrize(
    "sent",
    [
        "1",
        GUID.replace("-", ""),
        f"{{{GUID}}}",
        f"{GUID} ",
        f"{GUID}\n",
        f"{GUID}/../../Accounts",
        GUID.replace("A", "\uff21"),
        GUID.replace("A", "g"),
        7,
        "",
    ],
)
def test_what_is_no_id_is_refused(sent: object):
    assert set(problems({"some_id": sent})) == {"some_id"}


def test_an_id_is_kept_in_one_form():
    assert read(some_id=GUID).some_id == GUID.lower()


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("flag", "true"),
        ("flag", 1),
        ("flag", "yes"),
        ("count", "3"),
        ("count", 3.0),
        ("count", True),
        ("count", 0),
        ("count", 10),
        ("kind", "ONE"),
        ("kind", " one"),
        ("kind", ["one"]),
        ("inner", {"amount": "1"}),
        ("inner", "[]"),
    ],
)
def test_nothing_is_coerced(field: str, sent: object):
    assert {path.split(".")[0] for path in problems({field: sent})} == {field}


def test_every_problem_is_named_at_once_with_its_path():
    found = problems(
        {
            "amount": "1e3",
            "day": "soon",
            "kidn": "one",
            "inner": [{"amount": "1"}, {"amuont": "1", "cents": "0.001"}],
        }
    )
    assert set(found) == {"amount", "day", "kidn", "inner.1.amuont", "inner.1.cents"}
    assert "did you mean kind?" in found["kidn"].message
    assert "did you mean amount?" in found["inner.1.amuont"].message
    assert found["inner.1.amuont"].allowed == ("amount", "fine", "cents")


def test_a_flood_of_problems_is_cut_short():
    assert len(problems({f"argument-{number}": 1 for number in range(1000)})) == 50


def test_nothing_that_was_sent_is_repeated_in_our_sentences():
    secret = "hunter2-" * 20
    with pytest.raises(XeroMcpError) as refused:
        parse_args(Sample, {"kind": secret, "count": secret, "some_id": secret})
    assert "hunter2" not in str(refused.value.as_json())
