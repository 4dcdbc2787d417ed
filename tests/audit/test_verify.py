import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.audit.entries import INTENT, OUTCOME, REFUSAL
from tests.fakes import START, FakeClock
from xero_mcp.audit.canonical import Json, canonical, sha256
from xero_mcp.audit.chain import seal
from xero_mcp.audit.log import AuditLog
from xero_mcp.audit.verify import Fault, verify
from xero_mcp.clock import to_iso
from xero_mcp.store.sqlite import SqliteStore
from xero_mcp.store.tables.audit import GENESIS_HASH, AuditRow

SIZE = 40
POSITIONS = [1, 2, 3, 17, 39]
"""Places counted from 1; the last record's removal is a checkpoint's business."""


Order = Callable[[list[AuditRow]], list[AuditRow]]


def sound_log() -> list[AuditRow]:
    rows: list[AuditRow] = []
    tail = (0, GENESIS_HASH)
    for number in range(SIZE):
        entry = replace((INTENT, OUTCOME, REFUSAL)[number % 3], id=f"a-{number + 1:04}")
        row = seal(entry, after=tail, at=to_iso(START), commitment="c" * 64)
        rows.append(row)
        tail = (row.seq, row.hash)
    return rows


def rewritten(row: AuditRow, changes: dict[str, Json]) -> AuditRow:
    """The row of somebody who knows the format: text, hash and columns agree."""
    text = canonical({**json.loads(row.body), **changes})
    columns = {name: value for name, value in changes.items() if hasattr(row, name)}
    return row._replace(body=text, hash=sha256(text), **columns)


def renumbered(rows: list[AuditRow]) -> list[AuditRow]:
    """The column follows the new order; the texts, which are hashed, do not."""
    return [row._replace(seq=place) for place, row in enumerate(rows, start=1)]


def test_a_sound_log_is_sound_and_its_head_is_told():
    rows = sound_log()
    verdict = verify(rows)
    assert verdict.ok
    assert (verdict.records, verdict.head_hash) == (SIZE, rows[-1].hash)


def test_an_empty_log_is_sound():
    assert verify([]).records == 0
    assert verify([]).head_hash == GENESIS_HASH


COLUMN_CHANGES: list[dict[str, str | None]] = [
    {"at": "2020-01-01T00:00:00.000Z"},
    {"kind": "policy"},
    {"id": "a-other"},
    {"intent_id": "a-other"},
    {"approval_id": "ap-222222"},
    {"agent": "controller"},
    {"agent": None},
    {"organisation_id": "org-2"},
    {"tool": "run-report"},
    {"decision": "deny-not"},
    {"status": "done"},
    {"hash": "0" * 64},
    {"body": "{}"},
    {"body": "not json"},
]


@pytest.mark.parametrize("place", [*POSITIONS, SIZE])
@pytest.mark.parametrize("change", COLUMN_CHANGES, ids="-".join)
def test_a_changed_column_is_found_where_it_is(place: int, change: dict[str, str | None]):
    rows = sound_log()
    rows[place - 1] = rows[place - 1]._replace(**change)
    finding = verify(rows).finding
    assert finding is not None
    assert (finding.seq, finding.fault) == (place, Fault.CHANGED)


@pytest.mark.parametrize("place", POSITIONS)
def test_every_byte_of_a_record_counts(place: int):
    rows = sound_log()
    body = rows[place - 1].body
    for index in range(len(body)):
        other = "0" if body[index] != "0" else "1"
        rows[place - 1] = rows[place - 1]._replace(body=body[:index] + other + body[index + 1 :])
        finding = verify(rows[: place + 1]).finding
        assert finding is not None
        assert (finding.seq, finding.fault) == (place, Fault.CHANGED)


@pytest.mark.parametrize("place", POSITIONS)
def test_a_record_that_was_changed_and_hashed_anew_is_found_by_the_next(place: int):
    rows = sound_log()
    rows[place - 1] = rewritten(rows[place - 1], {"agent": "somebody-else"})
    verdict = verify(rows)
    assert verdict.finding is not None
    assert (verdict.finding.seq, verdict.finding.fault) == (place, Fault.CHANGED)
    assert verdict.records == place - 1


@pytest.mark.parametrize("place", [2, 17, 39])
def test_a_record_that_does_not_follow_is_found_by_its_successor(place: int):
    rows = sound_log()
    rows[place - 1] = rewritten(rows[place - 1], {"prev_hash": "1" * 64})
    finding = verify(rows).finding
    assert finding is not None
    assert (finding.seq, finding.fault) == (place, Fault.CHANGED)


@pytest.mark.parametrize("order", [list, renumbered])
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("place", [1, 2, 3, 17, 37])
def test_a_removed_record_is_missed(place: int, count: int, order: Order):
    rows = sound_log()
    del rows[place - 1 : place - 1 + count]
    finding = verify(order(rows)).finding
    assert finding is not None
    assert (finding.seq, finding.fault) == (place, Fault.REMOVED)


@pytest.mark.parametrize("place", [2, 3, 17, 39])
def test_an_inserted_record_is_found(place: int):
    rows = sound_log()
    before = rows[place - 2]
    forged = seal(
        replace(REFUSAL, id="a-forged"), after=(before.seq, before.hash), at=before.at,
        commitment=None,
    )  # fmt: skip
    rows.insert(place - 1, forged)
    finding = verify(renumbered(rows)).finding
    assert finding is not None
    assert (finding.seq, finding.id, finding.fault) == (place, "a-forged", Fault.INSERTED)


@pytest.mark.parametrize("place", [3, 17, 40])
def test_a_copy_of_an_earlier_record_is_found(place: int):
    rows = sound_log()
    rows.insert(place - 1, rows[0])
    finding = verify(renumbered(rows)).finding
    assert finding is not None
    assert (finding.seq, finding.fault) == (place, Fault.INSERTED)


@pytest.mark.parametrize("place", POSITIONS)
def test_two_records_that_changed_places_are_found(place: int):
    rows = sound_log()
    other = SIZE - 1 if place < 30 else 0
    rows[place - 1], rows[other] = rows[other], rows[place - 1]
    finding = verify(renumbered(rows)).finding
    assert finding is not None
    assert (finding.seq, finding.fault) == (min(place, other + 1), Fault.REORDERED)


def spaced(body: str) -> str:
    return body.replace(":", ": ", 1)


def turned_around(body: str) -> str:
    return json.dumps(dict(reversed(json.loads(body).items())), separators=(",", ":"))


def said_twice(body: str) -> str:
    return body.replace('"v":2', '"v":2,"v":2')


def escaped(body: str) -> str:
    return body.replace("ap-clerk", "ap\\u002dclerk", 1)


def sorted_by_code_point(body: str) -> str:
    return f'{body[:-1]},"\ue000":1,"\U00010000":1}}'


def cut_off(body: str) -> str:
    return body[:-1]


def a_list(body: str) -> str:
    return f"[{body}]"


def too_deep(body: str) -> str:
    return "[" * 100_000 + body


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (spaced, "canonical form"),
        (turned_around, "canonical form"),
        (said_twice, "canonical form"),
        (escaped, "canonical form"),
        (sorted_by_code_point, "canonical form"),
        (cut_off, "JSON"),
        (a_list, "JSON"),
        (too_deep, "JSON"),
    ],
)
def test_only_the_canonical_form_is_a_record(spoil: Callable[[str], str], message: str):
    row = sound_log()[0]
    text = spoil(row.body)
    assert text != row.body
    finding = verify([row._replace(body=text, hash=sha256(text))]).finding
    assert finding is not None
    assert finding.fault is Fault.CHANGED
    assert message in finding.message


@pytest.mark.parametrize("value", ["NaN", "-Infinity", "1.5", "1e400", "-0", "01"])
def test_a_record_holds_no_number_that_json_readers_disagree_about(value: str):
    row = sound_log()[0]
    text = f'{row.body[:-1]},"zz":{value}}}'
    finding = verify([row._replace(body=text, hash=sha256(text))]).finding
    assert finding is not None
    assert finding.fault is Fault.CHANGED


def test_names_beyond_the_basic_plane_are_sorted_as_rfc_8785_has_it():
    entry = replace(INTENT, arguments={"\U00010000": "1", "\ue000": "2", "é": "3"})
    row = seal(entry, after=(0, GENESIS_HASH), at=to_iso(START), commitment=None)
    assert row.body.index("\U00010000") < row.body.index("\ue000")
    assert verify([row]).ok


def take_off_the_guard(database: Path) -> sqlite3.Connection:
    plain = sqlite3.connect(database, isolation_level=None)
    for (trigger,) in plain.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall():
        plain.execute(f"DROP TRIGGER {trigger}")
    return plain


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        (
            "UPDATE audit SET body = replace(body, '499.99', '9.99') WHERE seq = 4",
            (4, Fault.CHANGED),
        ),
        ("UPDATE audit SET tool = 'run-report' WHERE seq = 5", (5, Fault.CHANGED)),
        ("DELETE FROM audit WHERE seq = 3", (3, Fault.REMOVED)),
        ("DELETE FROM audit WHERE seq < 3", (1, Fault.REMOVED)),
        ("UPDATE audit SET seq = 100 WHERE seq = 2", (2, Fault.REORDERED)),
    ],
)
async def test_a_log_whose_guard_was_taken_off_still_tells(
    store: SqliteStore, database: Path, clock: FakeClock, sql: str, wanted: tuple[int, Fault]
):
    log = AuditLog(store, clock)
    for number in range(8):
        await log.record(replace(INTENT, id=f"a-{number}"))
    with closing(take_off_the_guard(database)) as plain:
        assert plain.execute(sql).rowcount > 0
    finding = (await log.verify()).finding
    assert finding is not None
    assert (finding.seq, finding.fault) == wanted
