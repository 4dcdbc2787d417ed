import csv
import hashlib
import io
import json
from dataclasses import replace
from io import BytesIO

import pytest

from tests.audit.entries import REFUSAL
from tests.audit.evidence import (
    KEY,
    OTHER_KEY,
    by_export,
    by_script,
    checkpoints_of,
    exported,
    log_of,
    script,
    sealed,
    verdict_of_export,
)
from tests.fakes import FakeClock
from xero_mcp.audit.export import MAX_LINE_BYTES, csv_head, csv_line, inert, read_jsonl
from xero_mcp.audit.log import AuditLog
from xero_mcp.audit.notary import Notary
from xero_mcp.audit.proof import Proof, ProofFormError, proof_of
from xero_mcp.audit.record import Record
from xero_mcp.audit.signed_word import signed
from xero_mcp.store.base import Store, Tables

SIZE = 30


def test_a_line_holds_the_very_bytes_that_are_hashed():
    for line, row in zip(exported(log_of(SIZE)).splitlines(), log_of(SIZE), strict=True):
        text = line.partition('"record":')[2][:-1]
        assert hashlib.sha256(text.encode()).hexdigest() == row.hash == json.loads(line)["hash"]


def test_a_part_of_the_log_is_verified_from_its_cursor_on():
    text = exported(log_of(SIZE)[10:])
    kept = checkpoints_of(log_of(SIZE), 10, 20, SIZE)
    verdict = verdict_of_export(text, kept, after=10)
    assert (verdict.records, verdict.signed, verdict.finding) == (SIZE, SIZE, None)
    assert by_script(text, kept, 10) is None
    stranger = exported(sealed([REFUSAL] * SIZE)[10:])
    assert by_export(stranger, kept, 10) == (10, "changed")
    assert by_script(stranger, kept, 10) == (10, "changed")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "not json",
        "{}",
        '{"hash":"00","record":{}}',
        exported(log_of(1)).replace('{"hash"', '{ "hash"'),
        exported(log_of(1)).replace('"v":2', '"v":2,"v":2'),
        exported(log_of(1)).replace('"v":2', '"v":2.0'),
        "x" * (MAX_LINE_BYTES + 10),
    ],
)
def test_a_line_that_is_no_record_is_a_change(line: str):
    text = line.rstrip("\n") + "\n"
    assert by_export(text, ()) == (1, "changed")
    assert by_script(text, ()) == (1, "changed")


def test_bytes_that_are_no_text_are_a_change():
    [row] = read_jsonl(BytesIO(b"\xff\xfe\n"))
    assert (row.hash, row.body) == ("", "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+44 20", "'+44 20"),
        ("-cmd", "'-cmd"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ('"=1', "'\"=1"),
        ("\tx", "'\tx"),
        ("\uff1d1", "'\uff1d1"),
        ("|calc", "'|calc"),
        ("-12.50", "-12.50"),
        ("12.50", "12.50"),
        ("Bolt = Ltd", "Bolt = Ltd"),
    ],
)
def test_a_cell_is_never_a_formula(text: str, shown: str):
    assert inert(text) == shown


def test_a_table_has_a_row_for_a_record_and_nothing_in_it_runs():
    [row] = sealed([replace(REFUSAL, reason='=HYPERLINK("http://x","y")')])
    text = f"{csv_head()}\n{csv_line(Record.of(row))}\n"
    [shown] = csv.DictReader(io.StringIO(text))
    assert (shown["seq"], shown["tool"], shown["amount"], shown["hash"]) == (
        "1", "create-payment", "1.00", row.hash,
    )  # fmt: skip
    assert shown["reason"].startswith("'=HYPERLINK")


@pytest.mark.parametrize("seq", [1, 2, 15, SIZE])
async def test_a_record_is_proven_without_the_others(store: Store, clock: FakeClock, seq: int):
    notary = Notary(clock, lambda: KEY)
    log = AuditLog(store, clock, notary=notary)

    def write(tables: Tables) -> str:
        made = [log.append(tables, REFUSAL) for _ in range(SIZE)]
        notary.checkpoint(tables)
        return made[seq - 1].id

    record_id = await store.write(write)
    proof = await store.read(lambda tables: proof_of(tables, record_id))
    assert proof is not None
    text = json.dumps(proof.as_json())
    assert Proof.read(text).wrong(KEY.public) == ""
    verifier = script()
    public = verifier.public_key(KEY.public.pem())
    assert verifier.verify_proof(json.loads(text), public) == seq
    spoiled = json.loads(text)
    spoiled["record"]["agent"] = "somebody-else"
    assert "was changed" in Proof.read(json.dumps(spoiled)).wrong(KEY.public)
    with pytest.raises(verifier.TamperedError, match="not in the log"):
        verifier.verify_proof(spoiled, public)
    assert "another key" in proof.wrong(OTHER_KEY.public)
    forged = replace(proof, checkpoint=replace(proof.checkpoint, root="0" * 64))
    assert "forged" in forged.wrong(KEY.public)
    elsewhere = replace(proof, checkpoint=signed(replace(proof.checkpoint, size=SIZE * 9), KEY))
    assert elsewhere.wrong(KEY.public) != ""


async def test_what_is_not_there_or_not_signed_yet_cannot_be_proven(store: Store, clock: FakeClock):
    record = await AuditLog(store, clock).record(REFUSAL)
    assert await store.read(lambda tables: proof_of(tables, record.id)) is None
    assert await store.read(lambda tables: proof_of(tables, "a-none")) is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"record":{},"path":[]}', '{"record":1,"path":[]}']
)
def test_what_is_no_proof_is_not_read_as_one(text: str):
    with pytest.raises(ProofFormError):
        Proof.read(text)


def test_the_script_reads_signatures_as_the_library_does():
    verifier = script()
    public = verifier.public_key(KEY.public.pem())
    for text in ("", "a", "é" * 50):
        signature = bytes.fromhex(KEY.sign(text))
        assert verifier.has_signed(public, text.encode(), signature)
        assert not verifier.has_signed(public, text.encode() + b"!", signature)
        for at in range(0, 64, 7):
            spoiled = bytearray(signature)
            spoiled[at] ^= 1
            assert not verifier.has_signed(public, text.encode(), bytes(spoiled))
    high = int.from_bytes(signature[32:], "little") + verifier.Q
    assert not verifier.has_signed(
        public, "é".encode() * 50, signature[:32] + high.to_bytes(32, "little")
    )
    assert not verifier.has_signed(b"\xff" * 32, b"", signature)
