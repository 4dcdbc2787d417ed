"""Digests: the same call has the same one, and any change of any argument another."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

import pytest

from xero_mcp.gate.payload import Payload, canonical_arguments, schema_hash
from xero_mcp.tool.args import parse_args
from xero_mcp.tools.catalog import CATALOG

GUID = "00000000-0000-4000-8000-000000000001"
FULL_INVOICE: dict[str, Any] = {
    "type": "bill",
    "contact_id": GUID,
    "lines": [
        {
            "description": "Bolts",
            "quantity": "1",
            "unit_amount": "10",
            "account_code": "400",
            "tax_type": "NONE",
            "item_code": "B",
            "discount_rate": "5",
            "tracking": [{"category": "Region", "option": "North"}],
        },
        {"description": "Nuts", "quantity": "2", "unit_amount": "3", "account_code": "400"},
    ],
    "amounts_are": "inclusive",
    "date": "2026-01-01",
    "due_date": "2026-02-01",
    "number": "B-1",
    "reference": "R",
    "currency": "USD",
    "status": "submitted",
}
TOOLS = {tool.name: tool for tool in CATALOG}


def payload(arguments: Mapping[str, Any], tool: str = "create-invoice") -> Payload:
    declared = TOOLS[tool]
    return Payload(
        agent="clerk",
        organisation_id=GUID,
        tool=tool,
        schema_hash=schema_hash(declared.card.input_schema),
        arguments=canonical_arguments(parse_args(declared.args, arguments)),
    )


def digests(one: Payload) -> tuple[str, str, str]:
    return (
        one.request_digest(),
        one.content_digest(),
        one.approval_digest(policy_hash="p", target_version="v"),
    )


def changed(value: object) -> Iterator[object]:
    """Every way to change one thing somewhere in an argument."""
    if isinstance(value, dict):
        for name, inner in cast("dict[str, Any]", value).items():
            for other in changed(inner):
                yield {**cast("dict[str, Any]", value), name: other}
    elif isinstance(value, list):
        rows = cast("list[Any]", value)
        yield list(reversed(rows)) if len(rows) > 1 else [*rows, *rows]
        for place, inner in enumerate(rows):
            for other in changed(inner):
                yield [*rows[:place], other, *rows[place + 1 :]]
    else:
        yield OTHER.get(str(value), f"{value}1")


OTHER = {
    "bill": "sales",
    "inclusive": "no-tax",
    "submitted": "authorised",
    "USD": "EUR",
    GUID: GUID.replace("1", "2"),
    "2026-01-01": "2026-01-02",
    "2026-02-01": "2026-02-02",
}


def test_the_same_call_has_the_same_digests():
    again = {name: FULL_INVOICE[name] for name in reversed(FULL_INVOICE)}
    assert digests(payload(FULL_INVOICE)) == digests(payload(again))
    written = {**FULL_INVOICE, "lines": [{**one} for one in FULL_INVOICE["lines"]]}
    written["lines"][0] |= {"unit_amount": 10, "quantity": "1.0000", "discount_rate": 5.0}
    assert digests(payload(FULL_INVOICE)) == digests(payload(written))


def test_any_change_of_any_argument_is_another_call():
    variants = [
        {**FULL_INVOICE, name: other}
        for name, value in FULL_INVOICE.items()
        for other in changed(value)
    ]
    assert len(variants) > 20
    seen = {digests(payload(one)) for one in [FULL_INVOICE, *variants]}
    assert len(seen) == len(variants) + 1
    left_out = [
        {key: value for key, value in FULL_INVOICE.items() if key != name}
        for name in ("number", "reference", "currency", "date", "due_date", "status")
    ]
    assert len({digests(payload(one)) for one in left_out} | seen) == len(seen) + len(left_out)


@pytest.mark.parametrize("name", ["agent", "organisation_id", "tool", "schema_hash"])
def test_who_where_and_which_tool_are_part_of_it(name: str):
    one = payload(FULL_INVOICE)
    other = replace(one, **{name: "another"})
    assert not set(digests(one)) & set(digests(other))


def test_a_request_id_makes_another_request_of_the_same_content():
    one, other = (payload({**FULL_INVOICE, "request_id": name}) for name in ("a", "b"))
    assert one.request_digest() != other.request_digest()
    assert one.content_digest() == other.content_digest()


def test_an_approval_is_bound_to_the_policy_that_asked_and_to_what_stood_there():
    one = payload(FULL_INVOICE)
    seen = {
        one.approval_digest(policy_hash=policy, target_version=version)
        for policy in ("a", "b")
        for version in (None, "1", "2")
    }
    assert len(seen) == 6


def test_books_that_end_with_their_process_have_repeats_of_their_own():
    one = payload(FULL_INVOICE)
    other = replace(one, books="a demo company")
    assert one.request_digest() != other.request_digest()
    assert one.content_digest() != other.content_digest()
