"""Whatever somebody does to a log, wherever in it: both verifiers find it, and say what it was.

Every test here runs three ways: our verifier over the rows of a store, ours over an export,
and `docs/verify_audit.py` over the same export.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from tests.audit.entries import REFUSAL
from tests.audit.evidence import KEY, OTHER_KEY, VERIFIERS, Found, checkpoints_of, log_of
from xero_mcp.audit.canonical import Json, canonical, sha256
from xero_mcp.audit.chain import columns_of, seal
from xero_mcp.audit.checkpoint import Checkpoint
from xero_mcp.audit.signed_word import signed
from xero_mcp.store.tables.audit import AuditRow

SIZE = 1000
EVERY = 100
SIZES = tuple(range(EVERY, SIZE + 1, EVERY))
SAMPLE = [1, 2, 99, 100, 101, 500, 998, 999, 1000]

Rows = list[AuditRow]
Tampering = Callable[[list[AuditRow], int], None]
"""Does something to the record of that number; the rows are numbered from 1."""


@pytest.fixture(scope="module")
def kept() -> list[Checkpoint]:
    """What the auditor has kept."""
    return checkpoints_of(log_of(SIZE), *SIZES)


def reworded(row: AuditRow, changes: dict[str, Json]) -> AuditRow:
    """As somebody who knows the format does it: text, hash and columns agree."""
    body = {**json.loads(row.body), **changes}
    text = canonical(body)
    known = {name: value for name, value in columns_of(body).items() if name in row._fields}
    return row._replace(body=text, hash=sha256(text), **known)


def changed(rows: Rows, place: int) -> None:
    """One field, another one at each place; the hash is left as it was."""
    row = rows[place - 1]
    body = json.loads(row.body)
    name = sorted(body)[place % len(body)]
    value = body[name]
    body[name] = value + 1 if isinstance(value, int) else "x"
    rows[place - 1] = row._replace(body=canonical(body))


def one_byte(rows: Rows, place: int) -> None:
    row = rows[place - 1]
    at = place * 7919 % len(row.body)
    other = "0" if row.body[at] != "0" else "1"
    rows[place - 1] = row._replace(body=row.body[:at] + other + row.body[at + 1 :])


def other_hash(rows: Rows, place: int) -> None:
    rows[place - 1] = rows[place - 1]._replace(hash="0" * 64)


def hashed_anew(rows: Rows, place: int) -> None:
    rows[place - 1] = reworded(rows[place - 1], {"agent": "somebody-else"})


def chained_anew(rows: Rows, place: int) -> None:
    """The record and all after it: only the checkpoints know."""
    rows[place - 1] = reworded(rows[place - 1], {"agent": "somebody-else"})
    for at in range(place, len(rows)):
        rows[at] = reworded(rows[at], {"prev_hash": rows[at - 1].hash})


def removed(rows: Rows, place: int) -> None:
    del rows[place - 1]


def cut_off(rows: Rows, place: int) -> None:
    del rows[place - 1 :]


def put_in(rows: Rows, place: int) -> None:
    """A record that was never written, behind the one at this place."""
    before = rows[place - 1]
    made = seal(
        replace(REFUSAL, id="a-forged"), after=(before.seq, before.hash), at=before.at,
        commitment=None,
    )  # fmt: skip
    rows.insert(place, made)


def repeated(rows: Rows, place: int) -> None:
    rows.insert(place, rows[place - 1])


def swapped(rows: Rows, place: int) -> None:
    other = place if place < len(rows) else place - 2
    rows[place - 1], rows[other] = rows[other], rows[place - 1]


def first_unknown(place: int) -> int:
    """Where all after a record was made anew, the checkpoints say so much and no more."""
    return (place - 1) // EVERY * EVERY + 1


def expected(tampering: Tampering, place: int) -> Found:
    last = place == SIZE
    known: dict[Tampering, Found] = {
        changed: (place, "changed"),
        one_byte: (place, "changed"),
        other_hash: (place, "changed"),
        hashed_anew: (first_unknown(place) if last else place, "changed"),
        chained_anew: (1 if place == 1 else first_unknown(place), "changed"),
        removed: (place, "cut off at the end" if last else "removed"),
        cut_off: (place, "cut off at the end"),
        put_in: (place + 1, "not signed" if last else "inserted"),
        repeated: (place, "inserted"),  # of two that are alike the first is as good as the other
        swapped: (place - 1 if last else place, "reordered"),
    }
    return known[tampering]


TAMPERINGS: list[Tampering] = [
    changed, one_byte, other_hash, hashed_anew, chained_anew, removed, cut_off, put_in, repeated,
    swapped,
]  # fmt: skip


def renumbered(rows: Rows) -> Rows:
    """In a store the column follows the new order; the texts, which are hashed, do not."""
    return [row._replace(seq=place) for place, row in enumerate(rows, start=1)]


@pytest.mark.parametrize("way", VERIFIERS)
def test_a_log_that_nobody_touched_is_sound(kept: list[Checkpoint], way: str):
    assert VERIFIERS[way](log_of(SIZE), kept, 0) is None
    assert VERIFIERS[way](log_of(SIZE)[300:], kept, 300) is None


@pytest.mark.parametrize("way", VERIFIERS)
@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("place", SAMPLE)
def test_tampering_is_found_and_named(
    kept: list[Checkpoint], way: str, tampering: Tampering, place: int
):
    rows = list(log_of(SIZE))
    tampering(rows, place)
    assert VERIFIERS[way](renumbered(rows), kept, 0) == expected(tampering, place)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("way", VERIFIERS)
@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda each: each.__name__)
def test_tampering_is_found_at_every_one_of_a_thousand_places(
    kept: list[Checkpoint], way: str, tampering: Tampering
):
    """From the checkpoint before the place on: the way there is the same for all of them."""
    caught = 0
    for place in range(1, SIZE + 1):
        rows = list(log_of(SIZE))
        tampering(rows, place)
        start = max(0, (place - 2) // EVERY * EVERY)
        end = min(SIZE, start + 2 * EVERY)
        near = kept_near(kept, start, end)
        window = renumbered(rows)[start : end if end < SIZE and tampering is not cut_off else None]
        found = VERIFIERS[way](window, near, start)
        assert found is not None
        assert found == expected(tampering, place), place
        caught += 1
    assert caught == SIZE


def kept_near(kept: Sequence[Checkpoint], start: int, end: int) -> list[Checkpoint]:
    return [each for each in kept if start <= each.size <= end]


@pytest.mark.parametrize("way", VERIFIERS)
@pytest.mark.parametrize("which", [0, 4, 9])
def test_a_checkpoint_of_another_key_or_with_another_word_is_found(
    kept: list[Checkpoint], way: str, which: int
):
    rows = log_of(SIZE)
    size = kept[which].size
    resigned = list(kept)
    resigned[which] = signed(kept[which], OTHER_KEY)
    assert VERIFIERS[way](rows, resigned, 0) == (size, "signed with another key")
    reworded_one = list(kept)
    reworded_one[which] = replace(kept[which], at="2020-01-01T00:00:00.000Z")
    assert VERIFIERS[way](rows, reworded_one, 0) == (size, "signed with another key")


@pytest.mark.parametrize("way", VERIFIERS)
def test_a_log_that_was_made_anew_and_signed_with_another_key_is_found(way: str):
    rows = list(log_of(SIZE))
    chained_anew(rows, 1)
    own = checkpoints_of(rows, *SIZES, key=OTHER_KEY)
    assert VERIFIERS[way](rows, own, 0) == (EVERY, "signed with another key")


@pytest.mark.parametrize("way", VERIFIERS)
def test_a_root_that_was_signed_over_other_records_is_found(kept: list[Checkpoint], way: str):
    """The head alone may be right where the tree is not."""
    false = [*kept[:4], signed(replace(kept[4], root="0" * 64), KEY)]
    assert VERIFIERS[way](log_of(SIZE)[:500], false, 0) == (401, "changed")


@pytest.mark.parametrize("way", VERIFIERS)
def test_an_export_that_lacks_its_beginning_is_not_taken_for_a_later_one(
    kept: list[Checkpoint], way: str
):
    assert VERIFIERS[way](renumbered(list(log_of(SIZE)[300:])), kept, 0) == (1, "removed")
