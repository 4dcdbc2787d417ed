"""What a person reads of a call: nothing in it hides or imitates anything else."""

from collections.abc import Sequence

from tests.gate.test_asking import ASKS, asked
from tests.gate.world import World, bill
from xero_mcp.approvals.standing import MAX_SUMMARY_LINES, MAX_SUMMARY_TEXT
from xero_mcp.audit.canonical import Json, plain
from xero_mcp.gate.shown_values import MAX_ROW, MAX_ROWS, MAX_TEXT, rows_of

LINE = {"quantity": "1", "unit_amount": "950.00", "account_code": "477"}


async def shown_of(house: World, lines: Sequence[object]) -> list[tuple[str, str]]:
    """The rows about the lines of a bill, as they are kept for a person."""
    house.rule(ASKS)
    made = await asked(house, "create-invoice", bill(house.supplier(), lines=lines))
    approval = await house.office.approvals.get(made)
    return [row for row in approval.row.summary if row[0].startswith("lines")]


async def test_a_long_description_hides_neither_amount_nor_account(house: World):
    lines = [{"description": "Office supplies " + "x" * 3_900, **LINE}]
    (first, second) = await shown_of(house, lines)
    assert first == ("lines 1", "quantity 1.00, unit_amount 950.00, account_code 477")
    assert second[0] == "lines 1 description"
    assert second[1].startswith("“Office supplies xxx")
    assert "characters more" in second[1]


async def test_a_description_that_imitates_other_values_stands_last_and_in_quotation_marks(
    house: World,
):
    said = "Pens”, quantity 1.00, unit_amount 5.00, account_code 429"
    ((_, row),) = await shown_of(house, [{"description": said, **LINE}])
    assert row == (
        "quantity 1.00, unit_amount 950.00, account_code 477, "
        'description “Pens", quantity 1.00, unit_amount 5.00, account_code 429”'
    )


async def test_every_line_of_the_longest_document_is_shown_and_so_is_what_comes_after(
    house: World,
):
    lines = [{"description": f"No {number} {'x' * 300}", **LINE} for number in range(1, 201)]
    house.rule(ASKS)
    made = await asked(house, "create-invoice", bill(house.supplier(), lines=lines))
    shown = (await house.office.approvals.get(made)).row.summary
    amounts = [value for label, value in shown if label.startswith("lines") and "950.00" in value]
    assert len(amounts) == 200
    labels = [label for label, _ in shown]
    assert "not shown" not in labels
    assert {"rule", "contact", "lately"} <= set(labels)


def test_lines_within_documents_have_rows_of_their_own():
    documents = [
        {"number": f"B-{one}", "lines": [{"description": "Two words", **LINE}] * 5}
        for one in (1, 2)
    ]
    rows = rows_of({"documents": plain(documents)})
    assert ("documents 2", "number B-2") in rows
    assert [label for label, value in rows if "950.00" in value] == [
        f"documents {one} lines {line}" for one in (1, 2) for line in range(1, 6)
    ]


def test_a_note_is_shown_whole_in_several_rows_and_beyond_all_measure_says_how_much_is_left():
    note = "".join(chr(97 + number % 26) for number in range(1_000))
    rows = rows_of({"note": note})
    assert "".join(value for _, value in rows) == note
    assert all(label == "note" and len(value) <= MAX_ROW for label, value in rows)
    assert rows_of({"note": "x" * (MAX_TEXT + 5)})[-1] == ("note", "(and 5 characters more)")


def test_what_finds_no_room_is_said_to_be_there():
    rows = rows_of({"ids": [str(number) for number in range(MAX_ROWS + 7)]})
    assert len(rows) == MAX_ROWS + 1
    assert rows[-1] == ("not shown", "what comes after these 700 rows of it")
    assert len(rows_of({"ids": [str(number) for number in range(MAX_ROWS)]})) == MAX_ROWS


def test_no_row_is_ever_too_long_to_be_kept_whole():
    wide: dict[str, Json] = {f"field_{number}": f"word {number}" * 6 for number in range(60)}
    deep: Json = {"tracking": [{"category": "x y" * 40, "option": "z" * 900}]}
    rows = rows_of({"entries": [wide, deep], "address": {**wide, "line1": "y " * 500}})
    assert max(len(value) for _, value in rows) <= MAX_SUMMARY_TEXT
    assert MAX_ROWS < MAX_SUMMARY_LINES
    assert any("field_59" in f"{label} {value}" for label, value in rows)
