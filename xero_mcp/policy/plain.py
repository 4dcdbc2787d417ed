"""Small pieces of plain English that the whole room uses."""

from collections.abc import Iterable
from datetime import timedelta

MAX_SHOWN = 40
_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
DURATION_SECONDS = dict(_UNITS)


def shown(text: str) -> str:
    """Text of a file as a message may repeat it: short, one line, look-alike letters laid bare."""
    short = text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
    plain = "".join(c if " " <= c <= "~" or c == "…" else ascii(c)[1:-1] for c in short)
    return f"`{plain}`"


def one_of(words: Iterable[str]) -> str:
    """`a, b or c`."""
    listed = list(words)
    if len(listed) <= 1:
        return "".join(listed)
    return f"{', '.join(listed[:-1])} or {listed[-1]}"


def nearest(word: str, among: Iterable[str]) -> str | None:
    """The word that was most likely meant."""
    # Loaded only where something is misspelt: a good file should not pay for it.
    from difflib import get_close_matches  # noqa: PLC0415 - see above

    by_lower = {known.lower(): known for known in among}
    close = get_close_matches(word[:100].lower().replace("_", "-"), list(by_lower), n=1, cutoff=0.5)
    close = close or get_close_matches(word[:100].lower(), list(by_lower), n=1, cutoff=0.5)
    return by_lower[close[0]] if close else None


def duration_text(duration: timedelta) -> str:
    """`30d`, `4h`: in the largest unit that comes out even."""
    seconds = int(duration.total_seconds())
    for unit, size in _UNITS:
        if seconds % size == 0 and seconds >= size:
            return f"{seconds // size}{unit}"
    return "0s"
