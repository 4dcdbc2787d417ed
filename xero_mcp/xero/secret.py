"""How a secret rests in the store."""

import hmac
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from xero_mcp.settings import Secret

__all__ = ["Sealer", "Secret", "UnsealableError"]

_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32
MIN_KEY_BYTES: Final = 16


class UnsealableError(Exception):
    """What was sealed cannot be opened: another key, another place, or damage."""


class Sealer:
    """AES-256-GCM over small texts; each is bound to the name of its place.

    So a sealed token that is copied to another row of the store does not open there.
    """

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        if len(key) < MIN_KEY_BYTES:
            raise ValueError(f"a sealing key needs {MIN_KEY_BYTES} bytes or more, not {len(key)}")
        self._key = key

    def seal(self, secret: Secret, *, place: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher().encrypt(nonce, secret.reveal().encode(), place.encode())

    def open(self, sealed: bytes, *, place: str) -> Secret:
        """Read what `seal` wrote for the same place.

        Raises:
            UnsealableError: it does not open with this key in this place.
        """
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return Secret(self._cipher().decrypt(nonce, rest, place.encode()).decode())
        except (InvalidTag, ValueError):
            pass
        raise UnsealableError(f"{place} was sealed with another key, or is damaged")

    def mark(self, text: str, *, purpose: str) -> str:
        """By which the same text is known again, and which tells nothing without the key."""
        key = self._derived(f"xero-mcp marks 1 {purpose}".encode())
        return hmac.digest(key, text.encode(), "sha256").hex()

    def _cipher(self) -> AESGCM:
        return AESGCM(self._derived(b"xero-mcp tokens 1"))

    def _derived(self, info: bytes) -> bytes:
        kdf = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=info)
        return kdf.derive(self._key)
