"""A checkpoint: a signed word that the log had this many records, and held just these."""

from dataclasses import dataclass
from typing import Self

from xero_mcp.audit.canonical import Json
from xero_mcp.audit.signed_word import HASH, MOMENT, SIGNATURE, Line, SignedWord

MAX_LINE = 2000


class CheckpointFormError(ValueError):
    """A text is no checkpoint; the message goes on from `it`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint(SignedWord):
    """What is said of the log at one moment."""

    log: str
    """Which log: the hash of its first record."""
    size: int
    head_hash: str
    """The hash of record number `size`."""
    root: str
    """Of the Merkle tree over the hashes of the records 1 to `size`."""
    at: str

    @classmethod
    def read(cls, line: str) -> Self:
        """Read one line of a checkpoints file.

        Raises:
            CheckpointFormError: it is no checkpoint.
        """
        found = Line(line, max_chars=MAX_LINE, wrong=CheckpointFormError, what="a checkpoint")
        return cls(
            log=found.text("log", HASH),
            size=found.count("size"),
            head_hash=found.text("head_hash", HASH),
            root=found.text("root", HASH),
            at=found.text("at", MOMENT),
            key=found.text("key", HASH),
            signature=found.text("signature", SIGNATURE),
        )

    def said(self) -> dict[str, Json]:
        return {
            "log": self.log,
            "size": self.size,
            "head_hash": self.head_hash,
            "root": self.root,
            "at": self.at,
            "key": self.key,
        }
