"""What stands in place of records that were purged: a signed word of what they came to."""

import json
import re
from dataclasses import dataclass, replace
from typing import Self, cast

from xero_mcp.audit.canonical import Json, canonical
from xero_mcp.audit.finding import Fault, Finding
from xero_mcp.audit.merkle import HASH_DIGITS, Peaks
from xero_mcp.audit.signing import PublicKey, SigningKey

MAX_LINE = 8000
_HASH = re.compile(r"[0-9a-f]{64}")
_PEAKS = re.compile(r"([0-9a-f]{64}){1,63}")
_SIGNATURE = re.compile(r"[0-9a-f]{128}")
_MOMENT = re.compile(r"[0-9TZ:.-]{20,30}")


class StubFormError(ValueError):
    """A text is no stub; the message goes on from `it`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stub:
    """Records 1 to `last` were purged; a hash is 64 hexadecimal digits."""

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
    key: str = ""
    signature: str = ""

    @classmethod
    def read(cls, line: str) -> Self:
        """Read what `line` wrote.

        Raises:
            StubFormError: it is none.
        """
        if len(line) > MAX_LINE:
            raise StubFormError("it is too long for a stub")
        try:
            read: object = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise StubFormError("it is no JSON") from error
        found = cast("dict[str, object]", read) if isinstance(read, dict) else {}
        last = found.get("last")
        if not isinstance(last, int) or isinstance(last, bool) or last < 1:
            raise StubFormError("its last is no number of a record")
        stub = cls(
            log=_matching(found, "log", _HASH),
            last=last,
            head_hash=_matching(found, "head_hash", _HASH),
            peaks=_matching(found, "peaks", _PEAKS),
            before=_matching(found, "before", _MOMENT),
            at=_matching(found, "at", _MOMENT),
            key=_matching(found, "key", _HASH),
            signature=_matching(found, "signature", _SIGNATURE),
        )
        if len(stub.peaks) != HASH_DIGITS * last.bit_count():
            raise StubFormError(f"its peaks are not of a tree of {last}")
        return stub

    def statement(self) -> str:
        """What is signed, in the form of RFC 8785."""
        return canonical({"purged": self._said()})

    def line(self) -> str:
        return canonical({**self._said(), "signature": self.signature})

    def tree(self) -> Peaks:
        """The tree as it stood at the last record that was purged, to grow from there."""
        return Peaks.from_text(self.last, self.peaks)

    def forged(self, key: PublicKey) -> Finding | None:
        """What is wrong with it, where this key did not sign it."""
        if self.key == key.fingerprint and key.has_signed(self.statement(), self.signature):
            return None
        said = (
            f"Records 1 to {self.last} are gone, and what stands in their place was not signed "
            "with the key that was given."
        )
        return Finding(seq=1, id=None, fault=Fault.RESIGNED, message=said)

    def _said(self) -> dict[str, Json]:
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


def signed_stub(stub: Stub, key: SigningKey) -> Stub:
    """The same, with this key's name and signature."""
    named = replace(stub, key=key.public.fingerprint)
    return replace(named, signature=key.sign(named.statement()))


def _matching(found: dict[str, object], name: str, form: re.Pattern[str]) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not form.fullmatch(value):
        raise StubFormError(f"its {name} has not the form of one")
    return value
