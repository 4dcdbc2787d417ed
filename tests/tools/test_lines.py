"""Lines: how an edit leaves them, and that what nobody touched goes back as it came."""

from decimal import Decimal
from typing import Any

import pytest

from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.tool.args import parse_args
from xero_mcp.tools.lines import EditedLine, Line, discount_of, merged, new_line
from xero_mcp.xero.models.line_item import LineItem, LineItemWrite, LineTracking

FIRST = "11111111-1111-1111-1111-111111111111"
SECOND = "22222222-2222-2222-2222-222222222222"


def stored(line_id: str = FIRST, **more: Any) -> LineItem:  # noqa: ANN401 - fields of a model
    fields: dict[str, Any] = {
        "line_item_id": line_id,
        "description": "Bolts",
        "quantity": Decimal(3),
        "unit_amount": Decimal("1.2345"),
        "account_code": "400",
        "tax_type": "INPUT",
        "tax_amount": Decimal("0.31"),
        **more,
    }
    return LineItem(**fields)


def edit(**fields: Any) -> EditedLine:  # noqa: ANN401 - arguments as an agent sends them
    parsed = parse_args(EditedLine, fields)
    assert isinstance(parsed, EditedLine)
    return parsed


def test_a_line_that_nobody_touches_goes_back_with_its_tax_and_tracking():
    tracking = (LineTracking(name="Region", option="North"),)
    found = merged([stored(tracking=tracking)], [edit(description="New")])
    kept, added = found.lines
    assert kept.line_item_id == FIRST
    assert (kept.unit_amount, kept.tax_amount) == (Decimal("1.2345"), Decimal("0.31"))
    assert kept.tracking is not None
    assert [(one.name, one.option) for one in kept.tracking] == [("Region", "North")]
    assert (added.line_item_id, added.description) == (None, "New")
    assert found.said == ("1 line added",)


@pytest.mark.parametrize(
    ("change", "tax_type", "tax_amount"),
    [
        ({"description": "x"}, "INPUT", Decimal("0.31")),
        ({"quantity": "4"}, "INPUT", None),
        ({"unit_amount": "2"}, "INPUT", None),
        ({"tax_type": "NONE"}, "NONE", None),
        ({"account_code": "404"}, None, None),
        ({"account_code": "404", "tax_type": "INPUT"}, "INPUT", None),
    ],
)
def test_tax_that_follows_from_what_changed_is_left_to_be_worked_out(
    change: dict[str, str], tax_type: str | None, tax_amount: Decimal | None
):
    found = merged([stored()], [edit(line_item_id=FIRST.upper(), **change)])
    assert (found.lines[0].tax_type, found.lines[0].tax_amount) == (tax_type, tax_amount)
    assert found.changed == 1


def test_only_what_is_to_be_removed_goes():
    found = merged([stored(), stored(SECOND)], [edit(line_item_id=FIRST, remove=True)])
    assert [one.line_item_id for one in found.lines] == [SECOND]
    assert found.removed == (FIRST,)
    assert found.said[0].startswith("1 line removed (")


def test_a_line_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(XeroMcpError) as caught:
        merged([stored()], [edit(line_item_id=SECOND)])
    assert caught.value.code is ErrorCode.INVALID_ARGUMENTS
    assert (caught.value.details[0].message, caught.value.details[0].allowed) == (SECOND, (FIRST,))


@pytest.mark.parametrize(
    "tracking", [["Region: North"], [{"category": "Region", "option": "North"}]]
)
def test_tracking_is_taken_as_answers_show_it_or_in_two_parts(tracking: list[object]):
    sent = {"description": "x", "quantity": "1", "unit_amount": "1", "account_code": "200"}
    line = parse_args(Line, {**sent, "tracking": tracking})
    assert isinstance(line, Line)
    written = new_line(line).tracking
    assert written is not None
    assert (written[0].name, written[0].option) == ("Region", "North")


@pytest.mark.parametrize("tracking", [["North"], [], ["A: 1", "B: 2", "C: 3"], "Region: North"])
def test_tracking_that_cannot_be_is_refused(tracking: object):
    with pytest.raises(XeroMcpError):
        parse_args(EditedLine, {"tracking": tracking})


@pytest.mark.parametrize(
    ("line", "percent"),
    [
        (LineItemWrite(), Decimal(0)),
        (LineItemWrite(discount_rate=Decimal(5)), Decimal(5)),
        (
            LineItemWrite(quantity=Decimal(2), unit_amount=Decimal(10), discount_amount=Decimal(5)),
            Decimal(25),
        ),
        (LineItemWrite(discount_amount=Decimal(5)), Decimal(0)),
    ],
)
def test_a_discount_is_a_percentage(line: LineItemWrite, percent: Decimal):
    assert discount_of(line) == percent
