"""Text that others wrote, made safe to show: data to a reader, never a command to a terminal.

Contact names, line descriptions and Xero's own messages may carry control characters
that repaint a terminal and bidirectional marks that turn an amount around.
"""

import re
from typing import Final
from unicodedata import normalize

MAX_SHOWN = 120


class ByOthers:
    """Marks the type of a field, in a model or an answer, whose text people wrote in Xero."""


BY_OTHERS: Final = ByOthers()
TEXT_BY_OTHERS: Final = "text_by_others"
"""Stands in an answer beside such text: the names of the fields and columns that hold it."""

_HIDDEN = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f"  # C0 and C1 controls, save tab and new line
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\ufe00-\ufe0e\uffa0\U0001d159"  # blanks, fillers
    "\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e01ef]"
    # marks, bidi controls, lone surrogates, tags: all that hides a message in plain sight
)
_LINE_ENDS = re.compile("\r\n|[\r\u0085\u2028\u2029]")
_SPACES = re.compile(r"\s+")


def clean(text: str) -> str:
    """The same text without control and bidirectional characters; tabs and new lines stay."""
    if _is_plain(text):
        return text
    return _HIDDEN.sub("", _LINE_ENDS.sub("\n", text))


def one_line(text: str, *, limit: int = MAX_SHOWN) -> str:
    """Clean, on one line, and no longer than `limit`: for a sentence or a table cell."""
    is_plain = text.isascii() and text.isprintable() and "  " not in text
    whole = text if is_plain else _SPACES.sub(" ", clean(text))
    short = whole.strip()
    return short if len(short) <= limit else f"{short[: limit - 1]}…"


def folded(text: str) -> str:
    """The one form of a person's address, in whichever letters and Unicode forms it is written.

    Two that a reader cannot tell apart must not count as two people.
    """
    return text.lower() if text.isascii() else _form(_form(text).casefold())


def _form(text: str) -> str:
    return normalize("NFKC", text)


def _is_plain(text: str) -> bool:
    """Nearly every text is: nothing in it but letters, digits, signs and spaces of ASCII."""
    return text.isascii() and text.isprintable()
