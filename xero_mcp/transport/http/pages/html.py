"""HTML that cannot be written unescaped: whatever is not `Html` already becomes text."""

from html import escape
from typing import Final

from xero_mcp.text import clean

VOID: Final = frozenset({"input", "meta"})


class Html(str):
    """Made by this file alone, out of parts that were escaped."""

    __slots__ = ()


NOTHING: Final = Html("")


def text(words: str) -> Html:
    """Words as they are read, without what turns them around or hides in them."""
    return words if isinstance(words, Html) else Html(escape(clean(words)))


def element(name: str, /, *children: str, **attributes: str | bool) -> Html:
    """One element; `class_` and `aria_label` are written `class` and `aria-label`."""
    shown = "".join(
        _attribute(key.rstrip("_").replace("_", "-"), value)
        for key, value in attributes.items()
        if value is not False
    )
    if name in VOID:
        return Html(f"<{name}{shown}>")
    return Html(f"<{name}{shown}>{joined(*children)}</{name}>")


def joined(*parts: str) -> Html:
    return Html("".join(text(part) for part in parts))


def _attribute(name: str, value: str | bool) -> str:  # noqa: FBT001 - HTML has attributes without a value
    return f" {name}" if value is True else f' {name}="{text(str(value))}"'
