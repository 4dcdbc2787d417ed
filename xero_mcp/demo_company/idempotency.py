"""Idempotency-Key: the same write sent twice is done once, for six minutes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from xero_mcp.demo_company.kernel import Json, RefusedError
from xero_mcp.demo_company.wire.reply import Reply
from xero_mcp.demo_company.wire.request import Request

MAX_KEY_CHARS: Final = 128
MEMORY: Final = timedelta(minutes=6)
MAX_REMEMBERED: Final = 10_000

_METHODS: Final = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    request: bytes
    reply: Reply
    at: datetime


class IdempotencyKeys:
    """Answers remembered by app and key."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._answers: dict[tuple[str, str], Remembered] = {}
        self.replays = 0

    def once(
        self, request: Request, *, client_id: str, tenant_id: str, run: Callable[[], Reply]
    ) -> Reply:
        """Run a write, or give the answer that it got before; an error is remembered as well.

        Raises:
            RefusedError: the key is too long, or was used for another request.
        """
        key = request.headers.get("idempotency-key", "").strip()
        if not key or request.method not in _METHODS:
            return run()
        if len(key) > MAX_KEY_CHARS:
            raise _refused(f"Idempotency Key must not be longer than {MAX_KEY_CHARS} characters.")
        self._forget_old()
        known = self._answers.get((client_id, key))
        fingerprint = _fingerprint(request, tenant_id)
        if known is not None:
            if known.request != fingerprint:
                raise _refused(f"Idempotency Key {key} is used with a different request.")
            self.replays += 1
            return known.reply
        reply = run()
        self._answers[(client_id, key)] = Remembered(
            request=fingerprint, reply=reply, at=self._now()
        )
        return reply

    def reset(self) -> None:
        self._answers.clear()
        self.replays = 0

    def _forget_old(self) -> None:
        """Keys are kept in the order in which they came, so the old ones are in front."""
        oldest_kept = self._now() - MEMORY
        for name, known in list(self._answers.items()):
            if known.at > oldest_kept and len(self._answers) < MAX_REMEMBERED:
                break
            del self._answers[name]


def _refused(message: str) -> RefusedError:
    body: Json = {
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": message,
        "Elements": [],
    }
    return RefusedError(400, body)


def _fingerprint(request: Request, tenant_id: str) -> bytes:
    digest = sha256()
    for part in (request.method, request.path, request.query_text, tenant_id):
        digest.update(part.encode("utf-8", "replace"))
        digest.update(b"\0")
    digest.update(request.body)
    return digest.digest()
