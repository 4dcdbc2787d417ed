"""Old records go, a signed stub stays, and both verifiers go on from it."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import fields, replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from tests.audit.entries import INTENT, OUTCOME, REFUSAL
from tests.audit.evidence import KEY, OTHER_KEY, exported, script
from tests.fakes import START, FakeClock
from xero_mcp.audit.checkpoint import Checkpoint
from xero_mcp.audit.entry import Kind
from xero_mcp.audit.export import read_jsonl, read_stub, stub_line
from xero_mcp.audit.finding import WrongError
from xero_mcp.audit.log import AuditLog
from xero_mcp.audit.notary import Notary, checkpoint_of
from xero_mcp.audit.proof import proof_of
from xero_mcp.audit.purged import Stub, StubFormError
from xero_mcp.audit.purging import due, purge, stub_of
from xero_mcp.audit.signed_word import signed
from xero_mcp.audit.sought import searched, wrongly_sought
from xero_mcp.audit.verify import verify
from xero_mcp.audit.witness import Witness
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.audit import AuditFilters, AuditRow
from xero_mcp.store.tables.audit_sought import EVERY
from xero_mcp.store.tables.writes import WriteRow, WriteState

KEEP = timedelta(days=7 * 366)


class Log:
    """A log of eight years: five checkpoints, the last two of them young."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store, self.clock = store, clock
        self.notary = Notary(clock, lambda: KEY)
        self.log = AuditLog(store, clock, notary=self.notary)

    async def fill(self) -> None:
        for years in (0, 0, 0, 8, 0):
            self.clock.advance(years * 366 * 24 * 3600 + 3600)
            for entry in (INTENT, OUTCOME, REFUSAL):
                await self.log.record(replace(entry, id=""))
            await self.store.write(self.notary.checkpoint)

    async def purge(self) -> object:
        before = self.clock.now() - KEEP
        done = await purge(
            self.store, self.log, before=before, person="system user eve", key=lambda: KEY
        )
        await self.store.write(self.notary.checkpoint)
        return done

    async def export(self, since: int = 0) -> str:
        def read(tables: Any) -> tuple[Stub | None, list[AuditRow]]:  # noqa: ANN401 - Tables
            return stub_of(tables), tables.audit.scan(since, limit=100)

        stub, rows = await self.store.read(read)
        return (f"{stub_line(stub)}\n" if stub else "") + exported(rows)

    async def checkpoints(self) -> list[Checkpoint]:
        rows = await self.store.read(lambda tables: tables.checkpoints.after(0, limit=100))
        return [checkpoint_of(row) for row in rows]


@pytest.fixture
async def log(store: Store, clock: FakeClock) -> Log:
    made = Log(store, clock)
    await made.fill()
    return made


def ours(text: str, checkpoints: Sequence[Checkpoint]) -> str:
    file = BytesIO(text.encode())
    try:
        stub = read_stub(file)
        if stub is not None and (finding := stub.forged(KEY.public)):
            return finding.fault.value
        after = 0 if stub is None else stub.last
        witness = Witness(checkpoints, after_seq=after, start=stub)
    except StubFormError:
        return "changed"
    except WrongError as wrong:
        return wrong.finding.fault.value
    verdict = verify(
        read_jsonl(file, after_seq=after), witness=witness, after_seq=after, has_columns=False,
        start=stub,
    ).complete()  # fmt: skip
    return "" if verdict.finding is None else verdict.finding.fault.value


def theirs(text: str, checkpoints: Sequence[Checkpoint]) -> str:
    verifier: Any = script()
    key = verifier.public_key(KEY.public.pem())
    kept = verifier.read_checkpoints([each.line() for each in checkpoints])
    try:
        records, signed = verifier.verify(text.splitlines(), kept, key)
        verifier.must_be_signed(records, signed)
    except verifier.TamperedError as wrong:
        return wrong.fault
    return ""


BOTH: list[Callable[[str, Sequence[Checkpoint]], str]] = [ours, theirs]


async def test_only_what_is_old_enough_goes_and_the_rest_verifies_on(log: Log):
    assert await log.purge() == (1, 9, "2026-03-02T12:30:00.000Z")
    rows = await log.store.read(lambda tables: tables.audit.scan(0, limit=100))
    assert [row.seq for row in rows] == [10, 11, 12, 13, 14, 15, 16]
    said = json.loads(rows[-1].body)
    assert (said["kind"], said["purged"]["first"], said["purged"]["last"]) == ("purged", 1, 9)
    assert said["says"].startswith("system user eve had records 1 to 9 removed from the log: older")
    checkpoints, text = await log.checkpoints(), await log.export()
    for way in BOTH:
        assert way(text, checkpoints) == ""
        assert way(text, checkpoints[-1:]) == "", "one checkpoint is enough, by its root"
    stub = await log.store.read(stub_of)
    verdict = await log.log.verify(Witness(checkpoints, after_seq=9, start=stub), start=stub)
    assert (verdict.finding, verdict.records, verdict.signed) == (None, 16, 16)


async def test_what_lies_beside_the_removed_records_goes_too(log: Log):
    await log.purge()
    salts = await log.store.read(
        lambda tables: [tables.audit.salt_of(row.id) for row in tables.audit.scan(0, limit=100)]
    )
    assert sum(1 for salt in salts if salt) == 4, "two intents and two refusals are left"


async def test_what_searches_go_through_is_purged_with_the_records(store: Store, clock: FakeClock):
    made = Log(store, clock)

    def write(tables: Tables) -> None:
        for _ in range(2 * EVERY + 5):
            made.log.append(tables, REFUSAL)

    await store.write(write)
    await store.write(made.notary.checkpoint)
    clock.advance(8 * 366 * 24 * 3600)
    await store.write(write)
    assert await made.purge() is not None
    left = list(range(4 * EVERY + 10 + 1, 2 * EVERY + 5, -1))
    for wanted in (AuditFilters(agent="ap-clerk"), AuditFilters(since=START)):
        found = await made.log.records(wanted, is_live=lambda _: False, limit=500)
        assert [record.row.seq for record in found if record.row.kind != "purged"] == left[1:]
    old = await made.log.records(AuditFilters(until=START + KEEP), is_live=lambda _: False)
    assert old == []
    stub = await store.read(stub_of)
    assert stub is not None
    witness = Witness(await made.checkpoints(), after_seq=stub.last, start=stub)
    verdict = await searched(store, await made.log.verify(witness, start=stub))
    assert verdict.ok, verdict.finding
    await store.write(write)
    assert await store.read(wrongly_sought) is None, "and it goes on"


async def test_a_log_is_purged_again_and_a_record_of_it_is_still_proven(log: Log):
    await log.purge()
    assert await log.purge() is None, "nothing more is old enough"
    log.clock.advance(8 * 366 * 24 * 3600)
    assert await log.purge() == (10, 16, "2034-03-08T14:30:00.000Z")
    await log.log.record(REFUSAL)
    await log.store.write(log.notary.checkpoint)
    checkpoints, text = await log.checkpoints(), await log.export()
    for way in BOTH:
        assert way(text, checkpoints) == ""
    [row] = await log.store.read(lambda tables: tables.audit.scan(17, limit=1))
    proof = await log.store.read(lambda tables: proof_of(tables, row.id))
    assert proof is not None
    assert proof.wrong(KEY.public) == ""


async def test_nothing_young_is_purged_nor_what_nobody_knows_the_end_of(log: Log):
    young = await log.store.read(lambda tables: due(tables, log.clock.now() - timedelta(days=9999)))
    assert young is None
    [first, *_] = await log.store.read(lambda tables: tables.audit.scan(3, limit=1))
    write = WriteRow(
        intent_id=first.id, agent="a", organisation_id="o", tool="t", request_digest="r",
        payload_digest="p", idempotency_key="k", first_sent_at=log.clock.now(), instance="s",
        state=WriteState.UNKNOWN,
    )  # fmt: skip
    await log.store.write(lambda tables: tables.writes.claim(write))
    assert await log.purge() == (1, 3, "2026-03-02T10:30:00.000Z")


def changed_stub(stub: Stub) -> Stub:
    return replace(stub, before="2030-01-01T00:00:00.000Z")


def other_key(stub: Stub) -> Stub:
    return signed(stub, OTHER_KEY)


def other_peaks(stub: Stub) -> Stub:
    return signed(replace(stub, peaks="0" * len(stub.peaks)), KEY)


def other_log(stub: Stub) -> Stub:
    return signed(replace(stub, log="0" * 64), KEY)


@pytest.mark.parametrize(
    ("forge", "fault"),
    [
        (changed_stub, "signed with another key"),
        (other_key, "signed with another key"),
        (other_peaks, "changed"),
        (other_log, "changed"),
    ],
)
async def test_a_forged_stub_is_caught(log: Log, forge: Callable[[Stub], Stub], fault: str):
    await log.purge()
    stub = await log.store.read(stub_of)
    assert stub is not None
    text = (await log.export()).partition("\n")[2]
    for way in BOTH:
        assert way(f"{stub_line(forge(stub))}\n{text}", await log.checkpoints()) == fault
        assert way(text, await log.checkpoints()) == "removed", "without any stub"
        assert way('{"purged":{"last":9}}\n' + text, await log.checkpoints()) in {
            "changed", "signed with another key",
        }  # fmt: skip


@pytest.mark.parametrize("name", [one.name for one in fields(Stub)])
async def test_no_word_of_a_stub_can_be_changed(log: Log, name: str):
    await log.purge()
    stub = await log.store.read(stub_of)
    assert stub is not None
    value = getattr(stub, name)
    other = value - 1 if isinstance(value, int) else f"{'0' if value[0] != '0' else '1'}{value[1:]}"
    said = {**json.loads(stub.line()), name: other}
    text = (await log.export()).partition("\n")[2]
    for way in BOTH:
        found = way(f'{{"purged":{json.dumps(said)}}}\n{text}', await log.checkpoints())
        assert found in {"signed with another key", "changed"}


@pytest.mark.parametrize("name", ["first", "count", "root", "more"])
async def test_what_a_stub_says_twice_cannot_be_changed_either(log: Log, name: str):
    """It stands there for who reads the line, and follows from the rest."""
    await log.purge()
    stub = await log.store.read(stub_of)
    assert stub is not None
    said = json.loads(stub.line())
    said[name] = said[name] + 1 if isinstance(said.get(name), int) else "0" * 64
    text = (await log.export()).partition("\n")[2]
    for way in BOTH:
        found = way(f'{{"purged":{json.dumps(said)}}}\n{text}', await log.checkpoints())
        assert found in {"signed with another key", "changed"}
    with pytest.raises(StubFormError, match=f"its {name} does not follow from the rest"):
        Stub.read(json.dumps(said))


async def test_a_purge_of_which_no_record_tells_is_caught(log: Log):
    """Whoever has the key signs a stub of more than was purged, and takes that out."""
    checkpoints = await log.checkpoints()
    row = (await log.store.read(lambda tables: tables.checkpoints.after(11, limit=1)))[0]
    said = checkpoint_of(row)
    stub = signed(
        Stub(log=said.log, last=12, head_hash=said.head_hash, peaks=row.peaks,
             before=said.at, at=said.at), KEY,
    )  # fmt: skip
    rows = await log.store.read(lambda tables: tables.audit.scan(12, limit=100))
    for way in BOTH:
        assert way(f"{stub_line(stub)}\n{exported(rows)}", checkpoints) == "removed"


@pytest.mark.parametrize(
    "attack",
    [
        "DELETE FROM audit WHERE seq = 10",
        "DELETE FROM audit_purges",
        "UPDATE audit_purges SET last_seq = 12",
        "INSERT INTO audit_purges (last_seq, body) VALUES (100, '{}')",
        "INSERT INTO audit_purges (last_seq, body) VALUES (5, '{}')",
    ],
)
async def test_the_database_itself_lets_nothing_else_be_removed(
    log: Log, database: Path, attack: str
):
    await log.purge()
    with (
        closing(sqlite3.connect(database, isolation_level=None)) as plain,
        pytest.raises(sqlite3.IntegrityError, match="audit log"),
    ):
        plain.execute(attack)


async def test_a_purge_is_a_record_of_its_own_kind(log: Log):
    await log.purge()
    rows = await log.store.read(lambda tables: tables.audit.scan(0, limit=100))
    assert [row.kind for row in rows].count(Kind.PURGED) == 1
