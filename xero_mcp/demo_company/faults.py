"""What can be made to go wrong, and for exactly which requests."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from math import nan
from typing import Any, Final, Literal, get_args

FaultKind = Literal[
    "latency",
    "rate_limited",
    "server_error",
    "offline",
    "maintenance",
    "unavailable",
    "drop_before",
    "drop_during",
    "drop_after",
    "slow_body",
    "truncated_json",
    "html",
    "token_expired",
    "token_revoked",
    "disconnected",
    "wrong_clock",
]

KINDS: Final[tuple[FaultKind, ...]] = get_args(FaultKind)
MAX_FAULTS: Final = 200
MAX_SECONDS: Final = 600
MAX_CLOCK_SECONDS: Final = 10 * 366 * 86_400
MAX_TIMES: Final = 1_000_000
MAX_TEXT_CHARS: Final = 500


class FaultInvalidError(Exception):
    """The description of a fault makes no sense; the message says what to write."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong for requests of a method (`*` is any) to a path pattern.

    `path` is a pattern with `*`; a bare `/Invoices` is taken as the accounting API's. The fault
    begins at the `nth` request that matches, counted from 1 since it was added, and goes on for
    `times` of them. With `after_processing` an answer that is no good (a 500, a 503) comes after
    the request was done all the same.
    """

    kind: FaultKind
    method: str = "*"
    path: str = "*"
    nth: int = 1
    times: int = 1
    seconds: float = 0
    retry_after_seconds: int | None = None
    problem: str = "minute"
    after_processing: bool = False
    seen: int = field(default=0)

    def hits(self, method: str, path: str) -> bool:
        """Count a request that matches, and say whether it is one of those aimed at."""
        if self.method not in {"*", method} or not fnmatchcase(path, self.path):
            return False
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times

    @property
    def spent(self) -> bool:
        return self.seen >= self.nth + self.times - 1


class Faults:
    """All faults in force."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def __len__(self) -> int:
        return len(self._faults)

    def add(self, fault: Fault) -> None:
        if len(self._faults) >= MAX_FAULTS:
            raise FaultInvalidError(f"there are {MAX_FAULTS} faults already: clear them first")
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def take(self, method: str, path: str) -> dict[FaultKind, Fault]:
        """Return the faults that strike this request, and forget those that are spent."""
        struck: dict[FaultKind, Fault] = {}
        for fault in self._faults:
            if fault.hits(method, path):
                struck[fault.kind] = fault
        self._faults = [fault for fault in self._faults if not fault.spent]
        return struck

    def shown(self) -> list[dict[str, Any]]:
        return [
            {"kind": f.kind, "method": f.method, "path": f.path, "nth": f.nth, "seen": f.seen}
            for f in self._faults
        ]


def fault_from(sent: Mapping[str, Any]) -> Fault:
    """Read a fault as the control endpoint takes it.

    Raises:
        FaultInvalidError: an unknown name or kind, or a value out of bounds.
    """
    known = [each.name for each in fields(Fault) if each.name != "seen"]
    unknown = sorted(set(sent).difference(known))
    if unknown:
        raise FaultInvalidError(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")
    kind = sent.get("kind")
    if kind not in KINDS:
        raise FaultInvalidError(f"kind must be one of {', '.join(KINDS)}")
    longest = MAX_CLOCK_SECONDS if kind == "wrong_clock" else MAX_SECONDS
    lowest = -longest if kind == "wrong_clock" else 0
    retry = sent.get("retry_after_seconds")
    return Fault(
        kind=kind,
        method=_text(sent, "method", "*").upper(),
        path=_full_path(_text(sent, "path", "*")),
        nth=int(number_from(sent, "nth", 1, between=(1, MAX_TIMES))),
        times=int(number_from(sent, "times", 1, between=(1, MAX_TIMES))),
        seconds=number_from(sent, "seconds", 0, between=(lowest, longest)),
        retry_after_seconds=None
        if retry is None
        else int(number_from(sent, "retry_after_seconds", 0, between=(0, 86_400))),
        problem=_text(sent, "problem", "minute"),
        after_processing=_flag(sent, "after_processing"),
    )


def _full_path(path: str) -> str:
    known = ("*", "/api.xro", "/connect", "/identity", "/.well-known", "/_demo")
    return path if path.startswith(known) else f"/api.xro/2.0{path}"


def _flag(sent: Mapping[str, Any], name: str) -> bool:
    value = sent.get(name, False)
    if not isinstance(value, bool):
        raise FaultInvalidError(f"{name} must be true or false")
    return value


def _text(sent: Mapping[str, Any], name: str, default: str) -> str:
    value = sent.get(name, default)
    if not isinstance(value, str) or not value or len(value) > MAX_TEXT_CHARS:
        raise FaultInvalidError(f"{name} must be a text")
    return value


def number_from(
    sent: Mapping[str, Any], name: str, default: int | None, *, between: tuple[int, int]
) -> float:
    """Read a number between two others; where there is no default it must be there."""
    value = sent.get(name, default)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # Compared as it is: an int may be too big for a float.
    number: float = value if is_number else nan
    if not between[0] <= number <= between[1]:
        raise FaultInvalidError(f"{name} must be a number from {between[0]} to {between[1]}")
    return float(number)
