"""Payloads are written by another library than the one that the rest of the world knows."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xero_mcp.gate import GateAnswer
from xero_mcp.transport.plain_call import compact_json, result_json, stamp_json

CELLS = st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8"))
PAYLOADS = st.dictionaries(
    st.text(st.characters(codec="utf-8"), max_size=5),
    st.recursive(
        CELLS,
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text("ab"), inner, max_size=3)
        ),
        max_leaves=12,
    ),
    max_size=5,
)
STAMP = stamp_json({"name": "xero-mcp"})


def by_json(payload: object) -> str:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))


@given(PAYLOADS)
def test_a_payload_is_written_to_the_letter_as_json_writes_it(payload: dict[str, object]):
    assert compact_json(payload) == by_json(payload)


@given(payload=PAYLOADS, is_error=st.booleans())
def test_a_result_holds_the_payload_twice(*, payload: dict[str, object], is_error: bool):
    result = json.loads(result_json(GateAnswer(content=payload, is_error=is_error), stamp=STAMP))
    assert result["structuredContent"] == payload
    assert json.loads(result["content"][0]["text"]) == payload
    assert result["isError"] is is_error


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\x00\x1f\x7f\x85\u2028", '\\"/', "😀"])
def test_letters_that_are_none_come_through(text: str):
    payload = {"name": text}
    assert json.loads(compact_json(payload)) == payload
    result = json.loads(result_json(GateAnswer(content=payload), stamp=STAMP))
    assert result["structuredContent"] == payload


def test_money_that_somebody_forgot_to_write_is_no_number():
    assert json.loads(compact_json({"total": Decimal("1234.50")})) == {"total": "1234.50"}
