"""Arguments as deep as a record is are left as they came; deeper ones are cut off."""

from decimal import Decimal
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xero_mcp.audit.canonical import MAX_DEPTH, TOO_DEEP
from xero_mcp.gate.depth import no_deeper

LEAVES = st.sampled_from(["text", 1, 1.5, Decimal(2), True, None, b"bytes"])
WRAPS = st.lists(st.sampled_from(["object", "list", "tuple", "view"]), max_size=MAX_DEPTH + 3)


def wrapped(leaf: object, how: list[str]) -> object:
    for kind in how:
        leaf = once(leaf, kind)
    return leaf


def once(inside: object, kind: str) -> object:
    match kind:
        case "object":
            return {"beside": 1, "in": inside}
        case "view":
            return MappingProxyType({"in": inside})
        case "list":
            return [1, inside]
        case _:
            return (inside, "beside")


@given(LEAVES, WRAPS)
def test_arguments_are_cut_exactly_where_a_record_would_be(leaf: object, how: list[str]):
    arguments = {"one": 1, "deep": wrapped(leaf, how)}
    found = no_deeper(arguments)
    if len(how) < MAX_DEPTH:
        assert found is arguments
    else:
        assert TOO_DEEP in str(found)


@pytest.mark.parametrize("empty", [{}, [], ()])
def test_something_empty_at_the_bottom_counts_as_a_level(empty: object):
    fits = {"deep": wrapped(empty, ["list"] * (MAX_DEPTH - 2))}
    assert no_deeper(fits) is fits
    assert TOO_DEEP in str(no_deeper({"deep": wrapped(empty, ["list"] * (MAX_DEPTH - 1))}))


def test_a_depth_at_which_python_would_give_up_is_cut_off_as_well():
    assert TOO_DEEP in str(no_deeper({"deep": wrapped("x", ["list"] * 100_000)}))
