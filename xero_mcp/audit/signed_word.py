"""What checkpoints and stubs of purges have in common: a signed word, kept as a line of JSON."""

import json
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Final, TypeVar, cast

from xero_mcp.audit.canonical import Json, canonical
from xero_mcp.audit.signing import PublicKey, SigningKey

HASH: Final = re.compile(r"[0-9a-f]{64}")
MOMENT: Final = re.compile(r"[0-9TZ:.-]{20,30}")
SIGNATURE: Final = re.compile(r"[0-9a-f]{128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedWord(ABC):
    """A word that the key of a log signs; a hash is 64 hexadecimal digits."""

    key: str = ""
    """Which key: SHA-256 over its 32 public bytes."""
    signature: str = ""

    @abstractmethod
    def said(self) -> dict[str, Json]:
        """Everything but the signature."""

    def statement(self) -> str:
        """What is signed, in the form of RFC 8785."""
        return canonical(self.said())

    def line(self) -> str:
        """The word as it is kept, without its end of line."""
        return canonical({**self.said(), "signature": self.signature})

    def is_signed_by(self, key: PublicKey) -> bool:
        return self.key == key.fingerprint and key.has_signed(self.statement(), self.signature)


Word = TypeVar("Word", bound=SignedWord)


def signed(word: Word, key: SigningKey) -> Word:
    """The same, with this key's name and signature."""
    named = replace(word, key=key.public.fingerprint, signature="")
    return replace(named, signature=key.sign(named.statement()))


class Line:
    """A line that is read as a signed word; whatever is not so raises `wrong`."""

    def __init__(self, text: str, *, max_chars: int, wrong: type[ValueError], what: str) -> None:
        """`what`: `a checkpoint`, for messages, which go on from `it`."""
        self._wrong = wrong
        if len(text) > max_chars:
            raise wrong(f"it is too long for {what}")
        try:
            read: object = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise wrong("it is no JSON") from error
        if not isinstance(read, dict):
            raise wrong("it is no JSON object")
        self._found = cast("dict[str, object]", read)

    def count(self, name: str) -> int:
        found = self._found.get(name)
        if not isinstance(found, int) or isinstance(found, bool) or found < 1:
            raise self._wrong(f"its {name} is no number of records")
        return found

    def text(self, name: str, form: re.Pattern[str]) -> str:
        found = self._found.get(name)
        if not isinstance(found, str) or not form.fullmatch(found):
            raise self._wrong(f"its {name} has not the form of one")
        return found

    def must_be(self, word: SignedWord) -> None:
        """Refuse a line that says anything besides what was read of it."""
        made = cast("dict[str, object]", json.loads(word.line()))
        odd = sorted(name for name in self._found.keys() | made.keys() if self._odd(made, name))
        if odd:
            raise self._wrong(f"its {odd[0]} does not follow from the rest")

    def _odd(self, made: dict[str, object], name: str) -> bool:
        missing = object()
        one, other = self._found.get(name, missing), made.get(name, missing)
        return type(one) is not type(other) or one != other
