"""When a request is tried again, and how long after. Pure: chance and time are handed in."""

from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from random import Random
from typing import Final

from xero_mcp.xero.network import Answer

OFFLINE_WORDS: Final = (
    "the organisation is offline",
    "currently offline for maintenance",
)
"""What Xero's 503 says when it did nothing and will do nothing for minutes."""

_FAILING: Final = frozenset({500, 502, 503, 504})


class Fate(Enum):
    """What one try came to."""

    ANSWERED = "a whole answer that says what happened"
    LIMITED = "429: not looked at"
    UNAUTHORISED = "401: not looked at"
    OFFLINE = "503 of an organisation that is away: not looked at, and no use to ask again"
    FAILING = "a 5xx: nobody knows whether it took effect"
    BROKEN = "sent, but no whole answer"
    TOO_LARGE = "an answer too large to read"
    UNSENT = "no connection: never sent"

    @property
    def leaves_doubt(self) -> bool:
        """Whether a write may have taken effect although no answer says so."""
        return self in (Fate.FAILING, Fate.BROKEN, Fate.TOO_LARGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRules:
    """How often and how long. Xero forgets an Idempotency-Key after 360 s: stay well below."""

    max_tries: int = 4
    base_seconds: float = 0.5
    cap_seconds: float = 8.0
    total_seconds: float = 60.0
    """No try begins later than this after the first."""
    unhinted_pause_seconds: float = 1.0
    """After a 429 that does not say for how long."""


def fate_of(answer: Answer) -> Fate:
    """Sort an answer by its status."""
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Fate.LIMITED
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return Fate.UNAUTHORISED
    if answer.status in _FAILING:
        said = answer.body[:500].decode("utf-8", "replace").lower()
        away = answer.status == HTTPStatus.SERVICE_UNAVAILABLE and any(
            words in said for words in OFFLINE_WORDS
        )
        return Fate.OFFLINE if away else Fate.FAILING
    return Fate.ANSWERED


def may_try_again(rules: RetryRules, fate: Fate, *, tries: int, elapsed_seconds: float) -> bool:
    """Whether one more try makes sense; a 401 is not judged here, a token has one more chance."""
    if fate not in (Fate.LIMITED, Fate.FAILING, Fate.BROKEN, Fate.UNSENT):
        return False
    return tries < rules.max_tries and elapsed_seconds < rules.total_seconds


def backoff_seconds(rules: RetryRules, *, tries: int, randomness: Random) -> float:
    """Full jitter: anything between nothing and a bound that doubles with every try."""
    bound = min(rules.cap_seconds, rules.base_seconds * 2 ** (tries - 1))
    return randomness.uniform(0, bound)
