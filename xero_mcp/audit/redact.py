"""What must never be in a record: secrets and bank account numbers, whatever they hide in.

A secret is known by the name of its field or by its look. What is masked here can be
proven later by the commitment, by whoever holds the full arguments.
"""

import re
from functools import lru_cache

from xero_mcp.audit.canonical import Json

MASKED_SECRET = "[masked secret]"  # noqa: S105 - this is what stands in place of one
MASKED_BANK = "[masked bank account]"
LEFT_OUT = "[left out]"
MAX_TEXT = 500
MAX_FIELD_NAMES = 2048
"""So many names of fields are remembered, with what their values are masked by."""
MAX_TOTAL = 16_000
"""Characters of arguments in one record; an agent's megabyte does not become the log's."""

_SECRET_NAME = re.compile(
    r"(pass(word|phrase|wd)|secret|token|bearer|credential|authori[sz]ation|cookie|"
    r"(api|access|private|signing|encryption|client|web_?hook)_?key|code_?verifier)",
)
_BANK_NAME = re.compile(
    r"(bank_?account(?!_?(id|code|name|type))|account_?number|iban|sort_?code|routing|bsb|"
    r"card_?number)"
)
_SECRET_LOOKS = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]{8,}(\.[\w-]*)*"  # a JWT
    r"|\b(?i:bearer|basic)\s+[\w.~+/=-]{12,}"
    r"|\b(sk|pk|ghp|gho|xox[a-z])[-_][\w-]{16,}"
    r"|-----BEGIN [A-Z ]*KEY-----.*"
    # A long word of mixed letters and digits is a key. With hyphens it must be longer and
    # more mixed, so that a GUID or a slug is not taken for one.
    r"|(?<![\w-])(?=[\w+/]*[0-9])(?=[\w+/]*[A-Za-z])[\w+/]{32,}={0,2}"
    r"|(?<![\w-])(?=[\w-]*[0-9])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{40,}={0,2}",
    re.DOTALL,
)
_IBAN_LOOKS = re.compile(r"(?<!\w)[A-Za-z]{2}[0-9]{2}(?: ?[A-Za-z0-9]){11,30}(?!\w)")
_BANK_LOOKS = re.compile(
    r"\b[0-9]{2}-[0-9]{4}-[0-9]{7}-[0-9]{2,3}\b"  # New Zealand
    r"|\b[0-9]{2}-[0-9]{2}-[0-9]{2}[ ,/-]{1,2}[0-9]{6,10}\b"  # United Kingdom
    r"|\b[0-9]{3}-[0-9]{3}[ ,/-]{1,2}[0-9]{5,10}\b"  # Australia
    r"|\b[0-9]{4}([ -]?)[0-9]{4}\1[0-9]{4}\1[0-9]{3,4}\b"  # a payment card
)
_MIN_IBAN, _MAX_IBAN = 15, 34
_SHORTEST = 13
"""Nothing that is masked is shorter; an Australian account number is as short as this."""
_DIGIT = re.compile(r"[0-9]")
_WORDS_OF_A_SECRET = re.compile(
    r"eyj|bearer|basic|sk[-_]|pk[-_]|gh[po][-_]|xox[a-z][-_]|-----begin"
)
"""In small letters: one of them is in every secret without a digit."""
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def redacted(value: Json) -> Json:
    """The arguments as a record shows them: masked, and of bounded size."""
    return _Redaction().of(value)


def without_secrets(text: str) -> str:
    """Text with everything masked that looks like a secret or a bank account number."""
    return text if _is_harmless(text) else masked_throughout(text)


def _is_harmless(text: str) -> bool:
    """Whether nothing in it could be masked; told at once of most texts, and never in doubt."""
    if len(text) < _SHORTEST:
        return True
    if not text.isascii():
        return False
    if _DIGIT.search(text):
        return _GUID.fullmatch(text) is not None
    return _WORDS_OF_A_SECRET.search(text.lower()) is None


def masked_throughout(text: str) -> str:
    """The same as `without_secrets`, which asks for it where it is in doubt."""
    masked = _SECRET_LOOKS.sub(MASKED_SECRET, text)
    return _BANK_LOOKS.sub(MASKED_BANK, _IBAN_LOOKS.sub(_mask_iban, masked))


def _mask_iban(match: re.Match[str]) -> str:
    """Mask where the check digits of an IBAN are right; it may run on into the next words."""
    written = match[0].replace(" ", "").upper()
    for length in range(_MIN_IBAN, min(len(written), _MAX_IBAN) + 1):
        turned = written[4:length] + written[:4]
        if int("".join(str(int(character, 36)) for character in turned)) % 97 == 1:
            return MASKED_BANK
    return match[0]


class _Redaction:
    def __init__(self) -> None:
        self._left = MAX_TOTAL

    def of(self, value: Json, *, mask: str = "") -> Json:
        if self._left <= 0:
            return LEFT_OUT
        self._left -= 1
        if isinstance(value, dict):
            return self._of_object(value, mask=mask)
        if isinstance(value, list):
            return self._of_list(value, mask=mask)
        if value is None or isinstance(value, bool):
            return value
        if mask:
            return mask
        return self._of_text(value) if isinstance(value, str) else self._of_number(value)

    def _of_object(self, value: dict[str, Json], *, mask: str) -> Json:
        shown: dict[str, Json] = {}
        for name, item in value.items():
            if self._left <= 0:
                shown["…"] = LEFT_OUT
                break
            self._left -= len(name)
            shown[without_secrets(name[: 20 * MAX_TEXT])[:MAX_TEXT]] = self.of(
                item, mask=mask or _mask_for(name[:MAX_TEXT])
            )
        return shown

    def _of_list(self, value: list[Json], *, mask: str) -> Json:
        shown: list[Json] = []
        for item in value:
            shown.append(self.of(item, mask=mask))
            if self._left <= 0:
                break
        return shown

    def _of_text(self, value: str) -> str:
        # Masked before it is cut: half a token would no longer look like one.
        shown = without_secrets(value[: 20 * MAX_TEXT])
        if len(shown) > MAX_TEXT:
            shown = f"{shown[:MAX_TEXT]}…"
        self._left -= len(shown)
        return shown

    def _of_number(self, value: int) -> Json:
        shown = without_secrets(str(value))
        return value if shown == str(value) else shown


@lru_cache(MAX_FIELD_NAMES)
def _mask_for(name: str) -> str:
    """Names of fields come as `bankAccountNumber`, `bank-account-number` or `BankAccount`."""
    spread = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    plain_name = re.sub(r"[^a-z0-9]+", "_", spread.lower())
    if _SECRET_NAME.search(plain_name):
        return MASKED_SECRET
    return MASKED_BANK if _BANK_NAME.search(plain_name) else ""
