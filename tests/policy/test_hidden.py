"""`hide`: what is masked, by the names of fields and by its look."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.cards import CARDS, LIST_CONTACTS
from tests.policy.scenes import HEAD, NOW, policy_of
from xero_mcp.policy.hidden import HIDDEN, HIDDEN_FIELDS, MAX_KNOWN_NAME_CHARS, Look, Mask
from xero_mcp.policy.reach import visible
from xero_mcp.policy.show import matrix, render_matrix
from xero_mcp.tool.declare import GET

EVERYTHING = Mask(HIDDEN_FIELDS)
LOOKS = [look for field in HIDDEN_FIELDS.values() for look in field.looks]
LOOKALIKES = (
    "c@bolt.example",
    "GB29 NWBK 6016 1331 9268 19",
    "NL91ABNA0417164300",
    "12-3456-7890123-00",
    "20-00-00 12345678",
    "2026-03-02",
    "0a1b2c3d-1234-5678-9012-345678901234",
    "a@b",
    "GB29",
    "Bolt Ltd",
    "",
    "\n",
    " ",
)
unhurried = settings(deadline=None)
"""A busy machine is no fault of the code."""


@pytest.mark.parametrize(
    ("word", "hidden", "shown"),
    [
        (
            "contact.bank_account",
            ["bank_account_number", "bank_account", "bank_account_details", "iban", "sort_code"],
            ["bank_account_id", "bank_account_code", "account_code", "account_number", "name"],
        ),
        ("contact.tax_number", ["tax_number", "vat_number", "abn"], ["tax_type", "number"]),
        ("contact.email", ["email", "email_address", "emails"], ["name", "emailed"]),
        ("contact.phone", ["phone", "phones", "mobile", "fax"], ["name"]),
        ("contact.address", ["address", "addresses", "city", "postal_code"], ["email_address"]),
        ("contact.person", ["first_name", "last_name"], ["name"]),
        ("line.description", ["description"], ["name"]),
        ("document.reference", ["reference"], ["number"]),
        ("document.note", ["notes", "details"], ["number"]),
    ],
)
def test_each_word_hides_its_fields_and_no_others(word: str, hidden: list[str], shown: list[str]):
    mask = Mask([word])
    assert [name for name in hidden if not mask.hides(name)] == []
    assert [name for name in shown if mask.hides(name)] == []


def test_every_word_is_tried():
    assert len(HIDDEN_FIELDS) == 9


def test_columns_cells_records_and_texts_are_masked():
    answer: dict[str, Any] = {
        "columns": ["name", "email", "phones"],
        "rows": [["Bolt", "a@bolt.example", ["1", "2"]], ["Nut", None, []]],
        "contact": {"email": "b@bolt.example", "persons": [{"first_name": "Jo"}]},
        "note": "write to c@bolt.example or pay GB29 NWBK 6016 1331 9268 19 today",
        "total": 3,
    }
    assert EVERYTHING.of(answer) == {
        "columns": ["name", "email", "phones"],
        "rows": [["Bolt", HIDDEN, []], ["Nut", None, []]],
        "contact": {"email": HIDDEN, "persons": [{"first_name": HIDDEN}]},
        "note": HIDDEN,
        "total": 3,
    }


def test_a_look_is_masked_in_a_text_that_is_shown():
    mask = Mask(["contact.email", "contact.bank_account"])
    text = "to c@bolt.example, account GB29 NWBK 6016 1331 9268 19 or 12-3456-7890123-00"
    assert mask.of({"message": text}) == {"message": f"to {HIDDEN}, account {HIDDEN} or {HIDDEN}"}


def test_nothing_is_touched_where_nothing_is_hidden():
    answer = {"email": "a@bolt.example"}
    assert Mask(()).of(answer) is answer


def test_tools_that_hand_out_files_are_off_where_something_is_hidden():
    pdf = replace(LIST_CONTACTS, name="get-pdf", reaches=(GET("/Invoices/{InvoiceID}/pdf"),))
    policy = policy_of(f"{HEAD}access: {{ contacts: read }}\nhide: [contact.email]\n")
    names = {card.name for card in visible(policy, [LIST_CONTACTS, pdf], at=NOW)}
    assert names == {"list-contacts"}
    open_policy = replace(policy, hide=frozenset())
    assert len(visible(open_policy, [LIST_CONTACTS, pdf], at=NOW)) == 2


def test_the_matrix_says_what_is_hidden():
    policy = policy_of(f"{HEAD}access: {{ contacts: read }}\nhide: [contact.email]\n")
    assert "Hidden\n- Email addresses" in render_matrix(matrix(policy, CARDS, at=NOW))


@pytest.mark.parametrize("look", LOOKS)
@unhurried
@given(st.data())
def test_whatever_has_a_look_has_its_sign(look: Look, data: st.DataObject):
    text = data.draw(st.from_regex(look.pattern))
    assert re.search(look.pattern, text)
    assert re.search(look.sign, text)


pieces = st.lists(st.sampled_from(LOOKALIKES), max_size=3).map("".join) | st.text(max_size=5)
flat_cells = pieces | st.none() | st.booleans() | st.integers()
cells = flat_cells | st.lists(flat_cells, max_size=2) | st.fixed_dictionaries({"email": pieces})
column_names = st.sampled_from(["name", "email", "description", "code", "bank_account_number"])
words = st.sets(st.sampled_from(sorted(HIDDEN_FIELDS)), min_size=1)


def rows_of(width: int) -> st.SearchStrategy[list[list[object]]]:
    """Rows of a table of that width, most of whose columns hold single values."""
    row = st.tuples(*[flat_cells if number % 3 else cells for number in range(width)])
    return st.lists(row.map(list), max_size=5)


tables = st.lists(column_names, max_size=4).flatmap(
    lambda columns: st.tuples(st.just(columns), rows_of(len(columns)))
)
ragged = st.tuples(
    st.lists(column_names, max_size=4),
    st.lists(st.lists(cells, max_size=5) | st.lists(flat_cells, max_size=5).map(tuple), max_size=5),
)


@unhurried
@given(words, tables | ragged)
def test_rows_are_masked_as_their_cells_would_be_alone(
    hidden: set[str], table: tuple[list[str], Sequence[Sequence[object]]]
):
    """Also rows that are longer or shorter than there are columns."""
    columns, rows = table
    mask = Mask(hidden)
    shown = mask.of({"columns": columns, "rows": rows})["rows"]
    names = [*columns, None, None, None, None, None]
    assert [list(row) for row in shown] == [
        [alone(mask, name, cell) for name, cell in zip(names, row, strict=False)] for row in rows
    ]


def alone(mask: Mask, name: str | None, cell: object) -> object:
    """What is shown of a cell outside of any table."""
    shown: Mapping[str, object] = mask.of({name or "cell": cell})
    return shown[name or "cell"]


@pytest.mark.parametrize("row", ["c@bolt.example", {"email": "c"}, None])
def test_a_row_that_is_none_is_masked_too(row: object):
    shown = EVERYTHING.of({"columns": ["name"], "rows": [["Bolt"], row]})
    assert "c@bolt.example" not in str(shown)
    assert shown["rows"][0] == ["Bolt"]
    assert shown["rows"][1] in (HIDDEN, {"email": HIDDEN}, None)


def test_rows_without_anything_to_hide_are_the_very_same():
    rows = [["Bolt", 1, None, True]]
    assert (
        EVERYTHING.of({"columns": ["name", "code", "note_id", "x"], "rows": rows})["rows"] is rows
    )


def test_a_name_too_long_to_be_remembered_is_hidden_too():
    name = f"{'x' * MAX_KNOWN_NAME_CHARS}_email"
    for _ in range(2):
        assert EVERYTHING.hides(name)
        assert not EVERYTHING.hides(name.replace("email", "code"))


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (["c@bolt.example"], [HIDDEN]),
        (("a", ["c@bolt.example"]), ["a", [HIDDEN]]),
        ({"email": "c"}, {"email": HIDDEN}),
        ([{"to": "write to c@bolt.example"}], [{"to": f"write to {HIDDEN}"}]),
    ],
)
def test_what_stands_inside_a_cell_is_masked_too(cell: object, shown: object):
    masked = EVERYTHING.of({"columns": ["code", "sent"], "rows": [["1", cell], ["2", None]]})
    assert masked["rows"] == [["1", shown], ["2", None]]
