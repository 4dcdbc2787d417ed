"""Payloads are written by another library than the one that the rest of the world knows."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from tests.gate.world import World
from xero_mcp.agents import Caller, launched_agent
from xero_mcp.transport.payload import Payloads, compact_json
from xero_mcp.transport.plain_call import result_json, stamp_json

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


def result_of(payload: dict[str, object], *, is_error: bool = False) -> Any:  # noqa: ANN401
    """The result, as a client reads it."""
    written = Payloads().written(payload)
    return json.loads(b"".join(result_json(written, is_error=is_error, stamp=STAMP)))


def by_json(payload: object) -> str:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))


@given(PAYLOADS)
def test_a_payload_is_written_to_the_letter_as_json_writes_it(payload: dict[str, object]):
    assert compact_json(payload).decode() == by_json(payload)


@given(payload=PAYLOADS, is_error=st.booleans())
def test_a_result_holds_the_payload_twice(*, payload: dict[str, object], is_error: bool):
    result = result_of(payload, is_error=is_error)
    assert result["structuredContent"] == payload
    assert json.loads(result["content"][0]["text"]) == payload
    assert result["isError"] is is_error


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\x00\x1f\x7f\x85\u2028", '\\"/', "😀"])
def test_letters_that_are_none_come_through(text: str):
    payload: dict[str, object] = {"name": text}
    assert json.loads(compact_json(payload)) == payload
    assert result_of(payload)["structuredContent"] == payload


def test_money_that_somebody_forgot_to_write_is_no_number():
    assert json.loads(compact_json({"total": Decimal("1234.50")})) == {"total": "1234.50"}


FIXED_CELLS = st.none() | st.booleans() | st.integers() | st.text()  # half letters among them
FIXED_ROWS = st.lists(st.lists(FIXED_CELLS, max_size=3).map(tuple), max_size=3).map(tuple)


@given(rows=FIXED_ROWS, before=PAYLOADS, after=PAYLOADS)
def test_a_kept_list_is_written_to_the_letter_as_any_other(
    rows: tuple[object, ...], before: dict[str, object], after: dict[str, object]
):
    content = {**before, "rows": rows, **after}
    content["rows"] = rows
    writer = Payloads()
    plain = compact_json(content)
    for _ in range(2):  # the second time from what is kept
        written = writer.written(content)
        assert b"".join(written.plain) == plain
        assert b"".join(written.quoted) == to_json(plain.decode())


def pieces(content: dict[str, object], writer: Payloads) -> object:
    """What a reader finds in both forms, which must say the same."""
    written = writer.written(content)
    found = json.loads(b"".join(written.plain))
    assert json.loads(json.loads(b"".join(written.quoted))) == found
    return found


def test_what_stands_around_kept_rows_is_of_now():
    rows, writer = ((1, "one"),), Payloads()
    for age in range(3):
        content: dict[str, object] = {"rows": rows, "age_seconds": age}
        assert pieces(content, writer) == {"rows": [[1, "one"]], "age_seconds": age}


def test_rows_that_somebody_can_still_change_are_never_kept():
    cell, row = ["one"], [1]
    for rows in ((cell,), ((cell,),), (row,)):
        writer = Payloads()
        pieces({"rows": rows}, writer)
        cell[0], row[0] = f"{cell[0]}!", row[0] + 1
        assert pieces({"rows": rows}, writer) == {"rows": json.loads(json.dumps(rows))}


def test_equal_rows_of_others_are_others():
    """True equals 1, and is written otherwise."""
    writer = Payloads()
    assert pieces({"rows": ((1, "x"),)}, writer) == {"rows": [[1, "x"]]}
    assert str(pieces({"rows": ((True, "x"),)}, writer)) == "{'rows': [[True, 'x']]}"


def test_no_more_is_kept_than_its_limit():
    lists = [((number, "x" * 100),) for number in range(100)]
    writer = Payloads(max_kept_bytes=1_000)
    for _ in range(2):
        for number, rows in enumerate(lists):
            assert pieces({"rows": rows}, writer) == {"rows": [[number, "x" * 100]]}
            assert 0 < writer.kept_bytes <= 1_000
    large = (("x" * 2_000,),)
    assert pieces({"rows": large}, writer) == {"rows": [["x" * 2_000]]}
    assert 0 < writer.kept_bytes <= 1_000


async def test_what_the_gate_hands_out_of_a_kept_list_is_written_once(house: World):
    caller = Caller(agent=launched_agent("clerk"), transport="http")
    first, second = [await house.gate.call(caller, "list-accounts", {}) for _ in range(2)]
    assert first.content["rows"] is second.content["rows"]
    writer = Payloads()
    pieces(dict(first.content), writer)
    written = writer.kept_bytes
    pieces(dict(second.content), writer)
    assert writer.kept_bytes == written > 0
