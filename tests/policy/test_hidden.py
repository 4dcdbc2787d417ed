"""`hide`: what is masked, by the names of fields and by its look."""

from dataclasses import replace
from typing import Any

import pytest

from tests.policy.cards import CARDS, LIST_CONTACTS
from tests.policy.scenes import HEAD, NOW, policy_of
from xero_mcp.policy.hidden import HIDDEN, HIDDEN_FIELDS, Mask
from xero_mcp.policy.reach import visible
from xero_mcp.policy.show import matrix, render_matrix
from xero_mcp.tool.declare import GET

EVERYTHING = Mask(HIDDEN_FIELDS)


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
