"""Show that one record is in the log, without showing any other."""

import json
from dataclasses import dataclass
from typing import Self, cast

from xero_mcp.audit.canonical import Json, canonical, sha256
from xero_mcp.audit.checkpoint import Checkpoint, CheckpointFormError
from xero_mcp.audit.merkle import Peaks, path_beyond, path_to, root_by_path
from xero_mcp.audit.notary import checkpoint_of
from xero_mcp.audit.purging import stub_of
from xero_mcp.audit.signing import PublicKey
from xero_mcp.store.base import Tables

MAX_PATH = 64
SCAN_HASHES = 100_000
MAX_ROUNDS = 10_000


class ProofFormError(ValueError):
    """A text is no proof; the message goes on from `it`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A record, the first checkpoint that covers it, and the hashes that lead from one to other."""

    record: dict[str, Json]
    path: tuple[str, ...]
    checkpoint: Checkpoint

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what `audit prove` printed.

        Raises:
            ProofFormError: it is none.
        """
        try:
            read: object = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ProofFormError("it is no JSON") from error
        if not isinstance(read, dict):
            raise ProofFormError("it is no JSON object")
        found = cast("dict[str, Json]", read)
        record, path = found.get("record"), found.get("path")
        if not isinstance(record, dict) or not isinstance(path, list) or len(path) > MAX_PATH:
            raise ProofFormError("it lacks a record or a path")
        try:
            checkpoint = Checkpoint.read(json.dumps(found.get("checkpoint")))
        except CheckpointFormError as error:
            raise ProofFormError(f"its checkpoint is none: {error}") from error
        return cls(record=record, path=tuple(str(step) for step in path), checkpoint=checkpoint)

    def as_json(self) -> dict[str, Json]:
        return {
            "record": self.record,
            "path": list[Json](self.path),
            "checkpoint": cast("Json", json.loads(self.checkpoint.line())),
        }

    def wrong(self, key: PublicKey) -> str:
        """What is wrong with it, as a sentence; empty where it holds."""
        if self.checkpoint.key != key.fingerprint:
            return "Its checkpoint is signed with another key than the one that was given."
        if not self.checkpoint.is_signed_by(key):
            return "Its checkpoint was changed or forged: the signature does not fit."
        seq = self.record.get("seq")
        if not isinstance(seq, int):
            return "Its record has no number."
        try:
            text = canonical(self.record)
            root = root_by_path(
                sha256(text), index=seq - 1, size=self.checkpoint.size, path=self.path
            )
        except (ValueError, TypeError) as error:
            return f"It does not lead from its record to its checkpoint: {error}."
        if root != self.checkpoint.root:
            return f"Record {seq} is not in the log that was signed, or was changed."
        return ""


def proof_of(tables: Tables, record_id: str) -> Proof | None:
    """None where there is no such record, or no checkpoint that covers it yet."""
    row = tables.audit.get(record_id)
    covering = None if row is None else tables.checkpoints.covering(row.seq)
    if row is None or covering is None:
        return None
    stub = stub_of(tables)
    start = Peaks() if stub is None else stub.tree()
    hashes: list[str] = []
    for _ in range(MAX_ROUNDS):
        reached = start.size + len(hashes)
        wanted = min(SCAN_HASHES, covering.size - reached)
        if wanted <= 0:
            break
        hashes.extend(tables.audit.hashes(reached, limit=wanted))
    return Proof(
        record=cast("dict[str, Json]", json.loads(row.body)),
        path=tuple(
            path_beyond(row.seq - 1, start=start, record_hashes=hashes)
            if start.size
            else path_to(row.seq - 1, hashes)
        ),
        checkpoint=checkpoint_of(covering),
    )
