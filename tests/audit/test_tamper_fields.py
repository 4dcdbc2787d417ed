"""Each part of each kind of record, and of whatever vouches for records: all three ways find it.

Beside `test_tamper.py`, which does every kind of thing at every place of a log.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import cast

import pytest

from tests.audit.evidence import ENTRIES, VERIFIERS, Found, checkpoints_of, log_of, sealed
from xero_mcp.audit.canonical import Json, canonical, sha256
from xero_mcp.audit.checkpoint import Checkpoint
from xero_mcp.audit.entry import Kind
from xero_mcp.store.tables.audit import AuditRow

Path = tuple[str | int, ...]
ROWS = sealed(ENTRIES)
SIZE = len(ROWS)
KEPT = checkpoints_of(ROWS, SIZE)
PLACES = range(1, SIZE + 1)


def kind_at(place: int) -> str:
    return f"{place}-{ROWS[place - 1].kind}"


def leaves(value: Json, at: Path = ()) -> Iterator[Path]:
    """Where the plain values of a body stand."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from leaves(each, (*at, name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from leaves(each, (*at, number))
    else:
        yield at


def with_leaf(body: Json, at: Path, *, gone: bool) -> Json:
    """The body with one value another one, or without it."""
    made = json.loads(json.dumps(body))
    part = made
    for step in at[:-1]:
        part = part[step]
    if gone:
        del part[at[-1]]
    else:
        part[at[-1]] = another(part[at[-1]])
    return cast("Json", made)


def another(value: object) -> object:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return "x" if value is None else f"{value}x"


def found_by_all(rows: Sequence[AuditRow], kept: Sequence[Checkpoint] = KEPT) -> set[Found]:
    return {way(rows, kept, 0) for way in VERIFIERS.values()}


def test_every_kind_of_record_is_among_them_and_untouched_they_are_sound():
    assert {row.kind for row in ROWS} == set(Kind)
    assert found_by_all(ROWS) == {None}
    assert {row.kind for row in log_of(1000)} == set(Kind)


@pytest.mark.parametrize("place", PLACES, ids=kind_at)
def test_no_value_of_a_record_can_be_changed_or_taken_out(place: int):
    row = ROWS[place - 1]
    body = json.loads(row.body)
    paths = list(leaves(body))
    assert len(paths) > 7
    for path in paths:
        for gone in (False, True):
            text = canonical(with_leaf(body, path, gone=gone))
            rows = [*ROWS[: place - 1], row._replace(body=text), *ROWS[place:]]
            assert found_by_all(rows) == {(place, "changed")}, (path, gone)


@pytest.mark.parametrize("place", PLACES, ids=kind_at)
def test_no_value_can_be_changed_with_its_hash_made_anew(place: int):
    """Who knows the format gets as far as the next record, or the checkpoint."""
    row = ROWS[place - 1]
    body = json.loads(row.body)
    expected = {(1, "changed")} if place == SIZE else {(place, "changed")}
    for path in leaves(body):
        if path in {("seq",), ("prev_hash",)}:
            continue  # told as another fault, or at another place: see test_tamper.py
        text = canonical(with_leaf(body, path, gone=False))
        spoilt = row._replace(body=text, hash=sha256(text))
        rows = [*ROWS[: place - 1], spoilt, *ROWS[place:]]
        # What the columns of a store repeat is compared with the body first.
        by_export = {VERIFIERS[way](rows, KEPT, 0) for way in ("export", "script")}
        assert by_export == expected, path
        assert VERIFIERS["store"](rows, KEPT, 0) is not None, path


@pytest.mark.parametrize("name", [one.name for one in fields(Checkpoint)])
@pytest.mark.parametrize("way", VERIFIERS)
def test_no_word_of_a_checkpoint_can_be_changed(name: str, way: str):
    value = getattr(KEPT[0], name)
    other = value - 1 if isinstance(value, int) else f"{'0' if value[0] != '0' else '1'}{value[1:]}"
    spoilt = [replace(KEPT[0], **{name: other})]
    found = VERIFIERS[way](ROWS, spoilt, 0)
    assert found is not None
    assert found[1] == "signed with another key"


@pytest.mark.parametrize("place", PLACES, ids=kind_at)
def test_no_column_of_a_store_can_say_other_than_its_record(place: int):
    """The columns are what the log is searched by: an export has none."""
    row = ROWS[place - 1]
    for name in AuditRow._fields:
        if name in {"seq", "body", "hash", "facts"}:
            continue  # the record itself; and what nobody reads again, see test_forgetting.py
        value = getattr(row, name)
        other = (value or 0) + 1 if name == "amount_e4" else f"{value or ''}x"
        spoilt = row._replace(**{name: other})
        found = VERIFIERS["store"]([*ROWS[: place - 1], spoilt, *ROWS[place:]], KEPT, 0)
        assert found == (place, "changed"), name
