"""What stands in place of records that were purged: a signed word of what they came to."""

import re
from dataclasses import dataclass
from typing import Self

from xero_mcp.audit.canonical import Json, canonical
from xero_mcp.audit.finding import Fault, Finding
from xero_mcp.audit.merkle import HASH_DIGITS, Peaks
from xero_mcp.audit.signed_word import HASH, MOMENT, SIGNATURE, Line, SignedWord
from xero_mcp.audit.signing import PublicKey

MAX_LINE = 8000
_PEAKS = re.compile(r"([0-9a-f]{64}){1,63}")


class StubFormError(ValueError):
    """A text is no stub; the message goes on from `it`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stub(SignedWord):
    """Records 1 to `last` were purged."""

    log: str
    """The hash of record 1."""
    last: int
    head_hash: str
    """The hash of record number `last`."""
    peaks: str
    """The roots of the whole subtrees over the hashes of the records 1 to `last`, in one text."""
    before: str
    """Everything that was removed is older than this."""
    at: str

    @classmethod
    def read(cls, line: str) -> Self:
        """Read what `line` wrote.

        Raises:
            StubFormError: it is none.
        """
        found = Line(line, max_chars=MAX_LINE, wrong=StubFormError, what="a stub")
        stub = cls(
            log=found.text("log", HASH),
            last=found.count("last"),
            head_hash=found.text("head_hash", HASH),
            peaks=found.text("peaks", _PEAKS),
            before=found.text("before", MOMENT),
            at=found.text("at", MOMENT),
            key=found.text("key", HASH),
            signature=found.text("signature", SIGNATURE),
        )
        if len(stub.peaks) != HASH_DIGITS * stub.last.bit_count():
            raise StubFormError(f"its peaks are not of a tree of {stub.last}")
        found.must_be(stub)
        return stub

    def statement(self) -> str:
        """What is signed, in the form of RFC 8785: no checkpoint can be taken for it."""
        return canonical({"purged": self.said()})

    def tree(self) -> Peaks:
        """The tree as it stood at the last record that was purged, to grow from there."""
        return Peaks.from_text(self.last, self.peaks)

    def forged(self, key: PublicKey) -> Finding | None:
        """What is wrong with it, where this key did not sign it."""
        if self.is_signed_by(key):
            return None
        said = (
            f"Records 1 to {self.last} are gone, and what stands in their place was not signed "
            "with the key that was given."
        )
        return Finding(seq=1, id=None, fault=Fault.RESIGNED, message=said)

    def said(self) -> dict[str, Json]:
        return {
            "log": self.log,
            "first": 1,
            "last": self.last,
            "count": self.last,
            "head_hash": self.head_hash,
            "root": self.tree().root(),
            "peaks": self.peaks,
            "before": self.before,
            "at": self.at,
            "key": self.key,
        }
