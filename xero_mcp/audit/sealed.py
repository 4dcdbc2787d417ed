"""The full arguments of a call, beside the log: encrypted, and gone for good once deleted.

Each record has a key of its own, made of the store's key and of a seed that lies beside the
record. Whoever deletes the seed leaves nothing that opens, not even with the store's key.
"""

import base64
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from xero_mcp.audit.canonical import Json, canonical
from xero_mcp.store.tables.audit import SealedRow

SEED_BYTES = 32
_NONCE = bytes(12)
"""Each key seals once, so that its nonce need not differ."""
SEALED = "sealed-1:"
"""With it begins what was sealed; earlier versions kept the same in the clear."""
_PURPOSE = b"xero-mcp audit arguments 1"


class SealedError(ValueError):
    """What was sealed cannot be opened: another key, another record, or damage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What the commitment in the record binds to."""

    salt: str
    arguments: Json


class Vault:
    """AES-256-GCM under a key for each record."""

    def __init__(self, key: Callable[[], bytes], *, randomness: Callable[[int], bytes]) -> None:
        """`key` is asked once, at the first record: it may read a file, or make it."""
        self._key = key
        self._randomness = randomness
        self._root = b""

    def close(self, record_id: str, content: Content) -> SealedRow:
        return self.close_written(record_id, canonical(content.arguments), salt=content.salt)

    def close_written(self, record_id: str, arguments: str, *, salt: str) -> SealedRow:
        """The same of arguments that are in their canonical form already."""
        text = f'{{"arguments":{arguments},"salt":{canonical(salt)}}}'
        seed, box = self._closed(record_id, text)
        return SealedRow(id=record_id, seed=seed, box=box)

    def close_text(self, place: str, text: str) -> str:
        """Any text that lies beside the log, bound to its place, as one word."""
        seed, box = self._closed(place, text)
        return f"{SEALED}{seed}.{box}"

    def open_text(self, place: str, text: str) -> str:
        """Read what `close_text` wrote for this place.

        Raises:
            SealedError: it does not open with this key.
        """
        seed, _, box = text.removeprefix(SEALED).partition(".")
        return self._opened(place, seed, box)

    def open(self, row: SealedRow) -> Content:
        """Read what `close` wrote for this record.

        Raises:
            SealedError: it does not open with this key.
        """
        read = cast("dict[str, Json]", json.loads(self._opened(row.id, row.seed, row.box)))
        return Content(salt=str(read["salt"]), arguments=read["arguments"])

    def _closed(self, place: str, text: str) -> tuple[str, str]:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        seed = self._randomness(SEED_BYTES)
        box = AESGCM(self._own(seed)).encrypt(_NONCE, text.encode(), place.encode())
        return base64.b64encode(seed).decode("ascii"), base64.b64encode(box).decode("ascii")

    def _opened(self, place: str, seed: str, box: str) -> str:
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        try:
            own = AESGCM(self._own(base64.b64decode(seed)))
            return own.decrypt(_NONCE, base64.b64decode(box), place.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SealedError(
                f"What was sealed for {place} does not open with the key of this server: it was "
                "sealed with another XERO_MCP_SECRET_KEY, or was damaged."
            ) from error

    def _own(self, seed: bytes) -> bytes:
        if not self._root:
            self._root = hmac.digest(self._key(), _PURPOSE, "sha256")
        return hmac.digest(self._root, seed, "sha256")
