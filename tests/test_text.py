"""Text made safe: what is told quickly of plain text is the same as what is worked out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xero_mcp.text import clean, one_line

FOREIGN = "\u00e9"
"""Beside such a character no text is plain, and so every one is gone through."""
SOME = st.text(
    st.sampled_from("ab .\t\n\r\x00\x1b\x7f\u0085\u00a0\u202e\u200b" + FOREIGN), max_size=12
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Bolt Ltd", "Bolt Ltd"),
        ("  Bolt   Ltd ", "Bolt Ltd"),
        ("Bolt\nLtd", "Bolt Ltd"),
        ("Bolt\x7fLtd", "BoltLtd"),
        ("Bolt\x1b[2JLtd", "Bolt[2JLtd"),
        ("Bolt\u2800\u2800Ltd\U0001d159", "BoltLtd"),  # as blank as spaces, and they would stay
        ("", ""),
        ("   ", ""),
    ],
)
def test_a_line_has_no_control_characters_and_single_spaces(text: str, shown: str):
    assert one_line(text) == shown


def test_a_line_is_cut_to_its_limit():
    assert one_line("abcdef", limit=4) == "abc\u2026"
    assert one_line("abcd", limit=4) == "abcd"


@given(SOME)
def test_text_is_cleaned_alike_whatever_stands_beside_it(text: str):
    assert clean(FOREIGN + text) == FOREIGN + clean(text)


@given(SOME)
def test_a_line_is_made_alike_whatever_stands_beside_it(text: str):
    together = one_line(f"{FOREIGN} {text} {FOREIGN}")
    assert together.split() == [FOREIGN, *one_line(text).split(), FOREIGN]
    assert one_line(text) == " ".join(together.split()[1:-1])
