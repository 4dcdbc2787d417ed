import json
import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import anyio
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tests.audit.entries import REFUSAL
from tests.fakes import FakeClock
from xero_mcp.audit.checkpoint import Checkpoint, CheckpointFormError
from xero_mcp.audit.checkpoints import Checkpoints
from xero_mcp.audit.copies import Copies
from xero_mcp.audit.entry import Kind
from xero_mcp.audit.log import AuditLog
from xero_mcp.audit.merkle import Peaks
from xero_mcp.audit.notary import EVERY, EVERY_RECORDS, Notary
from xero_mcp.audit.signing import KEY_FILE, KeyFormError, PublicKey, SigningKey
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.base import Store, Tables


class House:
    """A log with a notary, over one store."""

    def __init__(
        self, store: Store, clock: FakeClock, home: Path, copies: Path | None = None
    ) -> None:
        self.store, self.clock, self.home = store, clock, home
        self.notary = Notary(clock, lambda: SigningKey.in_folder(home))
        self.log = AuditLog(store, clock, notary=self.notary)
        self.checkpoints = Checkpoints(
            store, self.log, self.notary, copies=Copies(copies) if copies else None
        )

    async def write(self, count: int) -> None:
        def work(tables: Tables) -> None:
            for _ in range(count):
                self.log.append(tables, REFUSAL)

        await self.store.write(work)

    async def hashes(self) -> list[str]:
        return await self.store.read(lambda tables: tables.audit.hashes(0, limit=10_000))


@pytest.fixture
def house(store: Store, clock: FakeClock, tmp_path: Path) -> House:
    return House(store, clock, tmp_path / "home", tmp_path / "kept" / "checkpoints.jsonl")


async def test_every_500th_record_is_signed_for_in_its_own_transaction(house: House):
    await house.write(EVERY_RECORDS - 1)
    assert await house.checkpoints.all() == []
    await house.write(2 * EVERY_RECORDS)
    found = await house.checkpoints.all()
    assert [each.size for each in found] == [EVERY_RECORDS, 2 * EVERY_RECORDS]
    hashes, peaks = await house.hashes(), Peaks()
    for size, each in enumerate(hashes[:EVERY_RECORDS], start=1):
        peaks.add(each)
        assert peaks.size == size
    first = found[0]
    assert (first.log, first.head_hash) == (hashes[0], hashes[EVERY_RECORDS - 1])
    assert first.root == peaks.root()
    assert first.is_signed_by(SigningKey.in_folder(house.home).public)


async def test_a_checkpoint_is_for_what_is_durable_only(house: House):
    await house.write(EVERY_RECORDS - 1)

    def fail(tables: Tables) -> None:
        house.log.append(tables, REFUSAL)
        raise RuntimeError("the transaction fails")

    with pytest.raises(RuntimeError):
        await house.store.write(fail)
    assert await house.checkpoints.all() == []


async def test_the_statement_is_canonical_and_openly_verifiable(house: House):
    await house.write(3)
    made = await house.checkpoints.now()
    assert made is not None
    said = json.loads(made.line())
    assert set(said) == {"log", "size", "head_hash", "root", "at", "key", "signature"}
    signature = bytes.fromhex(said.pop("signature"))
    statement = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    pem = SigningKey.in_folder(house.home).public.pem()
    key = load_pem_public_key(pem.encode())
    assert isinstance(key, Ed25519PublicKey)
    key.verify(signature, statement)
    assert PublicKey.from_pem(pem.encode()).fingerprint == made.key


async def test_nothing_new_makes_no_new_checkpoint(house: House):
    assert await house.checkpoints.now() is None, "an empty log has nothing to sign"
    await house.write(3)
    first = await house.checkpoints.now()
    house.clock.advance(3600)
    assert await house.checkpoints.now() == first
    assert len(await house.checkpoints.all()) == 1


async def test_one_is_due_five_minutes_after_the_last_if_something_was_written(house: House):
    async def is_due() -> bool:
        return await house.store.read(house.notary.is_due)

    assert not await is_due()
    await house.write(1)
    assert await is_due(), "the first record ever waits for nothing"
    await house.checkpoints.now()
    house.clock.advance(EVERY.total_seconds() * 2)
    assert not await is_due()
    await house.write(1)
    assert await is_due()
    await house.checkpoints.now()
    await house.write(1)
    assert not await is_due()
    house.clock.advance((EVERY - timedelta(seconds=1)).total_seconds())
    assert not await is_due()
    house.clock.advance(1)
    assert await is_due()


async def test_a_server_that_runs_keeps_up(house: House, tmp_path: Path):
    await house.write(2)
    async with anyio.create_task_group() as group:
        group.start_soon(house.checkpoints.keep_up, house.clock)
        for _ in range(1000):
            if (tmp_path / "kept" / "checkpoints.jsonl").exists():
                break
            await anyio.sleep(0.01)
        group.cancel_scope.cancel()
    assert [each.size for each in await house.checkpoints.all()] == [2]


async def test_copies_hold_every_checkpoint_once_also_after_a_torn_line(
    house: House, tmp_path: Path
):
    path = tmp_path / "kept" / "checkpoints.jsonl"
    for _ in range(3):
        await house.write(1)
        await house.checkpoints.now()
    whole = path.read_text()
    assert [Checkpoint.read(line).size for line in whole.splitlines()] == [1, 2, 3]
    path.write_text(whole[:-40])
    again = House(house.store, house.clock, house.home, path)
    await again.checkpoints.copy()
    lines = path.read_text().splitlines()
    assert [Checkpoint.read(line).size for line in (*lines[:2], lines[3])] == [1, 2, 3]
    assert path.read_text().endswith("\n")


async def test_a_folder_gets_a_file_for_each_log(house: House, tmp_path: Path):
    folder = tmp_path / "folder"
    folder.mkdir()
    other = House(house.store, house.clock, house.home, folder)
    await other.write(1)
    made = await other.checkpoints.now()
    assert made is not None
    assert [path.name for path in folder.iterdir()] == [f"checkpoints-{made.log[:16]}.jsonl"]


async def test_copies_that_cannot_be_written_are_told_of_once_and_caught_up(
    house: House, tmp_path: Path
):
    (tmp_path / "kept").write_text("a file where the folder should be")
    await house.write(1)
    await house.checkpoints.now()
    await house.checkpoints.copy()
    told = [
        record
        for record in await house.log.records(is_live=lambda _: False)
        if record.row.kind == Kind.CHECKPOINT
    ]
    assert [record.row.status for record in told] == ["failed"]
    assert "could not be written" in told[0].says
    (tmp_path / "kept").unlink()
    await house.checkpoints.copy()
    assert (tmp_path / "kept" / "checkpoints.jsonl").exists()


async def test_a_log_that_contradicts_its_last_checkpoint_is_not_signed(
    house: House, database: Path
):
    await house.write(5)
    await house.checkpoints.now()
    with closing(sqlite3.connect(database, isolation_level=None)) as plain:
        plain.execute("DROP TRIGGER audit_is_never_changed")
        plain.execute("UPDATE audit SET hash = ? WHERE seq = 5", ("f" * 64,))
    await house.write(1)
    with pytest.raises(StoreUnavailableError, match="tampered with"):
        await house.checkpoints.now()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_checkpoints SET body = '{}'",
        "DELETE FROM audit_checkpoints",
        "INSERT OR REPLACE INTO audit_checkpoints SELECT * FROM audit_checkpoints",
    ],
)
async def test_the_database_keeps_checkpoints_append_only(house: House, database: Path, sql: str):
    await house.write(1)
    await house.checkpoints.now()
    with (
        closing(sqlite3.connect(database, isolation_level=None)) as plain,
        pytest.raises(sqlite3.IntegrityError),
    ):
        plain.execute(sql)


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path):
    first = SigningKey.in_folder(tmp_path / "home").public
    again = SigningKey.in_folder(tmp_path / "home").public
    assert first.pem() == again.pem()
    path = tmp_path / "home" / KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_is_no_key_is_said_to_be_none(tmp_path: Path):
    (tmp_path / KEY_FILE).write_text("not a key")
    with pytest.raises(KeyFormError, match=KEY_FILE):
        SigningKey.in_folder(tmp_path)
    with pytest.raises(KeyFormError, match="no public key"):
        PublicKey.from_pem(b"not a key")


GOOD = Checkpoint(
    log="a" * 64, size=3, head_hash="b" * 64, root="c" * 64, at="2026-03-02T09:30:00.000Z",
    key="d" * 64, signature="e" * 128,
)  # fmt: skip


@pytest.mark.parametrize(
    "spoiled",
    [
        "",
        "[]",
        "{}",
        "[" * 1999,
        GOOD.line()[:-1],
        replace(GOOD, size=0).line(),
        replace(GOOD, root="c" * 63).line(),
        replace(GOOD, signature="").line(),
        GOOD.line().replace('"size":3', '"size":true'),
        GOOD.line().replace('"size":3', '"size":"3"'),
        f"{' ' * 2000}{GOOD.line()}",
    ],
)
def test_what_is_no_checkpoint_is_not_read_as_one(spoiled: str):
    assert Checkpoint.read(GOOD.line()) == GOOD
    with pytest.raises(CheckpointFormError):
        Checkpoint.read(spoiled)
