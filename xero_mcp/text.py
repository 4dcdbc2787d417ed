"""Text that others wrote, made safe to show: data to a reader, never a command to a terminal.

Contact names, line descriptions and Xero's own messages may carry control characters
that repaint a terminal and bidirectional marks that turn an amount around.
"""

import re

MAX_SHOWN = 120

_HIDDEN = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f"  # C0 and C1 controls, save tab and new line
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"  # marks, bidi controls, lone surrogates, tags
)
_LINE_ENDS = re.compile("\r\n|[\r\u0085\u2028\u2029]")
_SPACES = re.compile(r"\s+")


def clean(text: str) -> str:
    """The same text without control and bidirectional characters; tabs and new lines stay."""
    return _HIDDEN.sub("", _LINE_ENDS.sub("\n", text))


def one_line(text: str, *, limit: int = MAX_SHOWN) -> str:
    """Clean, on one line, and no longer than `limit`: for a sentence or a table cell."""
    short = _SPACES.sub(" ", clean(text)).strip()
    return short if len(short) <= limit else f"{short[: limit - 1]}…"
