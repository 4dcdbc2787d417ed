"""The sentence of a tool: pieces that are not there leave no hole."""

import pytest

from xero_mcp.tool.phrase import needed_slots, phrase, slots

TEMPLATE = "list invoices{ of type: type}{ matching: search}"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "list invoices"),
        ({"type": "bill"}, "list invoices of type bill"),
        ({"type": None, "search": "x"}, "list invoices matching x"),
        ({"type": [], "search": "a\nb\u202ec"}, "list invoices matching a bc"),
        ({"search": "y" * 500}, f"list invoices matching {'y' * 59}…"),
        ({"search": "{type}", "type": "bill"}, "list invoices of type bill matching {type}"),
    ],
)
def test_a_template_is_filled(values: dict[str, object], said: str):
    assert phrase(TEMPLATE, values) == said


@pytest.mark.parametrize(
    ("status", "said"), [("draft", "a draft"), ("authorised", "an authorised")]
)
def test_an_article_fits_what_comes_after_it(status: str, said: str):
    assert phrase("create a {status} bill", {"status": status}) == f"create {said} bill"


def test_the_slots_of_a_template_are_known():
    assert slots(TEMPLATE) == {"type", "search"}
    assert needed_slots(TEMPLATE) == frozenset()
    assert needed_slots("pay {amount}{ on: date}") == {"amount"}
