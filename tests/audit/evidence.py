"""A signed log in memory, as an auditor would hold it, and the verifier without dependencies."""

import importlib.util
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.audit.entries import INTENT, ORGANISATION, OUTCOME, REFUSAL
from tests.fakes import START
from xero_mcp.audit.chain import Erasable, seal
from xero_mcp.audit.checkpoint import Checkpoint
from xero_mcp.audit.entry import ApprovalRef, Entry, Extent, Kind, PurgedPart, Status
from xero_mcp.audit.export import jsonl, read_jsonl
from xero_mcp.audit.merkle import Peaks
from xero_mcp.audit.signed_word import signed
from xero_mcp.audit.signing import SigningKey
from xero_mcp.audit.verify import Verdict, verify
from xero_mcp.audit.witness import Witness, forged
from xero_mcp.clock import to_iso
from xero_mcp.store.tables.audit import GENESIS_HASH, AuditRow

SCRIPT = Path(__file__).parents[2] / "docs" / "verify_audit.py"
KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(b"k" * 32))
OTHER_KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(b"o" * 32))
JANE = "jane@example.com"
JANES = ApprovalRef(id="ap-1", digest="d" * 64, approver=JANE, authenticated=True, note="as agreed")
ENTRIES = (
    INTENT,
    OUTCOME,
    REFUSAL,
    Entry(kind=Kind.STARTED, agent="ap-clerk", transport="stdio", reason="the demo company"),
    Entry(kind=Kind.POLICY, agent="ap-clerk", policy_file="ap-clerk.yaml", status=Status.OK),
    replace(OUTCOME, kind=Kind.UNKNOWN, status=Status.UNKNOWN, reason="the process ended"),
    replace(OUTCOME, kind=Kind.SETTLED, status=Status.DONE, reason="it is there: \U0001f600 é"),
    replace(INTENT, kind=Kind.APPROVAL, status=Status.APPROVED, approval=JANES),
    Entry(kind=Kind.STOPPED, agent="ap-clerk", transport="stdio", reason="the client went away"),
    Entry(kind=Kind.PERSON, status=Status.OK, reason="jane@example.com got a passphrase"),
    Entry(kind=Kind.KEY, agent="bot-7", credential_fingerprint="xm-1", reason="got a key (xm-1)"),
    Entry(kind=Kind.CONNECTION, status=Status.OK, organisation=ORGANISATION, reason="signed in"),
    replace(OUTCOME, kind=Kind.NOTE, status=Status.FAILED, error_code="XERO_UNAVAILABLE"),
    Entry(kind=Kind.REVIEW, intent_id="a-1", person=JANE, reason="seen", status=Status.DONE),
    Entry(kind=Kind.CHECKPOINT, status=Status.FAILED, reason="the folder is not there"),
    Entry(kind=Kind.OPENED, intent_id="a-1", person=JANE, status=Status.OK),
    Entry(kind=Kind.FORGOTTEN, person=JANE, reason="asked", forgotten=Extent("900001", 1)),
    Entry(kind=Kind.CROSSCHECK, person=JANE, status=Status.FAILED, reason="1 without a record"),
    Entry(kind=Kind.PURGED, person=JANE, purged=PurgedPart(900_001, 900_002, "7" * 64)),
    Entry(kind=Kind.WEBHOOK, status=Status.REFUSED, reason="the signature is wrong"),
)
"""One of each kind at least; what was forgotten or purged in them lies far from every log here."""

Found = tuple[int, str] | None
"""Which record is wrong, and what is wrong with it."""


def sealed(entries: Iterable[Entry]) -> list[AuditRow]:
    rows: list[AuditRow] = []
    tail = (0, GENESIS_HASH)
    for number, entry in enumerate(entries, start=1):
        named = replace(entry, id=f"a-{number:05}")
        erasable = Erasable(f"{number:032x}", rows[-1].facts if rows else None)
        at = to_iso(START)
        rows.append(seal(named, after=tail, at=at, commitment="c" * 64, erasable=erasable))
        tail = (rows[-1].seq, rows[-1].hash)
    return rows


@cache
def log_of(size: int) -> tuple[AuditRow, ...]:
    """Records of every kind, in turns."""
    return tuple(sealed(ENTRIES[number % len(ENTRIES)] for number in range(size)))


def checkpoints_of(
    rows: Sequence[AuditRow], *sizes: int, key: SigningKey = KEY
) -> list[Checkpoint]:
    peaks, found = Peaks(), list[Checkpoint]()
    for row in rows:
        peaks.add(row.hash)
        if row.seq in sizes:
            said = Checkpoint(
                log=rows[0].hash,
                size=row.seq,
                head_hash=row.hash,
                root=peaks.root(),
                at=row.at,
            )
            found.append(signed(said, key))
    return found


def exported(rows: Iterable[AuditRow]) -> str:
    return "".join(f"{jsonl(row)}\n" for row in rows)


@cache
def script() -> ModuleType:
    """`docs/verify_audit.py`, as a module."""
    spec = importlib.util.spec_from_file_location("verify_audit", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["verify_audit"] = module
    spec.loader.exec_module(module)
    return module


def by_store(rows: Iterable[AuditRow], checkpoints: Sequence[Checkpoint], after: int = 0) -> Found:
    """Our verifier, over the rows of a store."""
    finding = forged(checkpoints, KEY.public)
    if finding is None:
        witness = Witness(checkpoints, after_seq=after)
        finding = verify(rows, witness=witness, after_seq=after).complete().finding
    return None if finding is None else (finding.seq, finding.fault.value)


def verdict_of_export(text: str, checkpoints: Sequence[Checkpoint], after: int = 0) -> Verdict:
    return verify(
        read_jsonl(BytesIO(text.encode()), after_seq=after),
        witness=Witness(checkpoints, after_seq=after),
        after_seq=after,
        has_columns=False,
    )


def by_export(text: str, checkpoints: Sequence[Checkpoint], after: int = 0) -> Found:
    """Our verifier, over an export."""
    finding = forged(checkpoints, KEY.public)
    if finding is None:
        finding = verdict_of_export(text, checkpoints, after).complete().finding
    return None if finding is None else (finding.seq, finding.fault.value)


def by_script(text: str, checkpoints: Sequence[Checkpoint], after: int = 0) -> Found:
    """The verifier that shares no code with us, over the same export."""
    verifier: Any = script()
    key = verifier.public_key(KEY.public.pem())
    found = verifier.read_checkpoints([each.line() for each in checkpoints])
    try:
        records, vouched = verifier.verify(text.splitlines(), found, key, after)
        verifier.must_be_signed(records, vouched)
    except verifier.TamperedError as wrong:
        return wrong.seq, wrong.fault
    return None


VERIFIERS: dict[str, Callable[[Sequence[AuditRow], Sequence[Checkpoint], int], Found]] = {
    "store": by_store,
    "export": lambda rows, kept, after: by_export(exported(rows), kept, after),
    "script": lambda rows, kept, after: by_script(exported(rows), kept, after),
}
