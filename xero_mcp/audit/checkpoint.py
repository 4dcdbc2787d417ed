"""A checkpoint: a signed word that the log had this many records, and held just these."""

import json
import re
from dataclasses import dataclass, replace
from typing import Self, cast

from xero_mcp.audit.canonical import Json, canonical
from xero_mcp.audit.signing import PublicKey, SigningKey

MAX_LINE = 2000
_HASH = re.compile(r"[0-9a-f]{64}")
_SIGNATURE = re.compile(r"[0-9a-f]{128}")


class CheckpointFormError(ValueError):
    """A text is no checkpoint; the message goes on from `it`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What is said of the log at one moment; a hash is 64 hexadecimal digits."""

    log: str
    """Which log: the hash of its first record."""
    size: int
    head_hash: str
    """The hash of record number `size`."""
    root: str
    """Of the Merkle tree over the hashes of the records 1 to `size`."""
    at: str
    key: str = ""
    """Which key: SHA-256 over its 32 public bytes."""
    signature: str = ""

    @classmethod
    def read(cls, line: str) -> Self:
        """Read one line of a checkpoints file.

        Raises:
            CheckpointFormError: it is no checkpoint.
        """
        if len(line) > MAX_LINE:
            raise CheckpointFormError("it is too long for a checkpoint")
        try:
            read: object = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise CheckpointFormError("it is no JSON") from error
        if not isinstance(read, dict):
            raise CheckpointFormError("it is no JSON object")
        found = cast("dict[str, object]", read)
        size = found.get("size")
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            raise CheckpointFormError("its size is no number of records")
        return cls(
            log=_matching(found, "log", _HASH),
            size=size,
            head_hash=_matching(found, "head_hash", _HASH),
            root=_matching(found, "root", _HASH),
            at=_matching(found, "at", re.compile(r"[0-9TZ:.-]{20,30}")),
            key=_matching(found, "key", _HASH),
            signature=_matching(found, "signature", _SIGNATURE),
        )

    def statement(self) -> str:
        """What is signed: everything but the signature, in the form of RFC 8785."""
        return canonical(self._said())

    def line(self) -> str:
        """The checkpoint as it is kept: one line of JSON, without its end of line."""
        return canonical({**self._said(), "signature": self.signature})

    def is_signed_by(self, key: PublicKey) -> bool:
        return key.has_signed(self.statement(), self.signature)

    def _said(self) -> dict[str, Json]:
        return {
            "log": self.log,
            "size": self.size,
            "head_hash": self.head_hash,
            "root": self.root,
            "at": self.at,
            "key": self.key,
        }


def signed(checkpoint: Checkpoint, key: SigningKey) -> Checkpoint:
    """The same, with this key's name and signature."""
    named = replace(checkpoint, key=key.public.fingerprint)
    return replace(named, signature=key.sign(named.statement()))


def _matching(found: dict[str, object], name: str, form: re.Pattern[str]) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not form.fullmatch(value):
        raise CheckpointFormError(f"its {name} has not the form of one")
    return value
