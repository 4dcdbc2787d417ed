"""`hide`: what is taken out of every answer and every record, by the names of fields.

Names are matched as patterns, not one by one, so that a tool of tomorrow is covered: a field
that is called like a bank account is one.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple, cast

from xero_mcp.tool.card import ToolCard

HIDDEN = "[hidden]"
COLUMNS, ROWS = "columns", "rows"
MAX_KNOWN_NAMES = 1_000
MAX_KNOWN_NAME_CHARS = 64
"""Names of fields of which a mask remembers whether they are hidden; callers may make some up."""
_FLAT: Final = frozenset({str, int, bool, type(None)})
_BETWEEN: Final = "\n"
"""Stands between texts that are searched at once. It is in no sign."""


class Look(NamedTuple):
    """What something looks like in running text."""

    pattern: str
    sign: str
    """A pattern that is found in all of these, and is quick to look for."""


_EMAIL = Look(r"[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+\.[A-Za-z]{2,}", sign="@")
_IBAN = Look(
    r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b",
    sign="[A-Z][A-Z][0-9][0-9] ?[A-Z0-9]{4} ?[A-Z0-9]{4}",
)
_ACCOUNT_NUMBERS = (
    Look(r"\b[0-9]{2}-[0-9]{4}-[0-9]{7}-[0-9]{2,3}\b", sign="-[0-9]{4}-[0-9]{7}-"),
    Look(r"\b[0-9]{2}-[0-9]{2}-[0-9]{2}[ -]?[0-9]{6,8}\b", sign="-[0-9]{2}-[0-9]{2}[ -]?[0-9]{6}"),
)


class HiddenField(NamedTuple):
    """What a word of `hide` covers."""

    means: str
    names: str
    """A pattern of field names, matched anywhere in `snake_case`."""
    looks: tuple[Look, ...] = ()
    """What it looks like in running text, where it has a look."""


HIDDEN_FIELDS: Mapping[str, HiddenField] = MappingProxyType(
    {
        "contact.bank_account": HiddenField(
            "Bank accounts of contacts and of the organisation, also where they stand in a text.",
            r"bank_(account(?!_(id|code|name|type)s?$)|details)|(^|_)(iban|bsb|sort_code|swift|bic)$|"
            r"batch_(details|payments)|routing_number",
            (_IBAN, *_ACCOUNT_NUMBERS),
        ),
        "contact.tax_number": HiddenField(
            "Tax and company numbers.",
            r"tax_(number|id$)|vat_number|company_number|(^|_)(abn|utr|gst_number)$",
        ),
        "contact.email": HiddenField(
            "Email addresses, also where they stand in a text, but those of the people whom the"
            " policy names.",
            r"e?mail(?!ed|s_sent)",
            (_EMAIL,),
        ),
        "contact.phone": HiddenField("Telephone numbers.", r"phone|mobile|(^|_)fax"),
        "contact.address": HiddenField(
            "Postal addresses.",
            r"(?<!mail_)address(?!ed)|(^|_)(city|postal_code|post_?code|street|attention_to)$",
        ),
        "contact.person": HiddenField(
            "The names of people at a contact.", r"^(first|last)_name$|contact_persons|(^|_)people$"
        ),
        "line.description": HiddenField("What the lines are for.", r"^description$"),
        "document.reference": HiddenField("References.", r"^reference$"),
        "document.note": HiddenField(
            "History and notes.", r"^(notes?|details|narration|history|message|terms|summary)$"
        ),
    }
)
"""Every word of `hide`."""


class Mask:
    """Takes hidden fields out of plain JSON. Made once for a policy."""

    def __init__(self, words: Iterable[str], *, spared: Iterable[str] = ()) -> None:
        """Made of the words of `hide`.

        `spared`: what stays, in small letters. An agent must be able to say who is asked.
        """
        self._spared = frozenset(spared)
        fields = [HIDDEN_FIELDS[word] for word in sorted(words)]
        looks = [look for field in fields for look in field.looks]
        texts = "|".join(f"(?:{look.pattern})" for look in looks)
        self._hides_nothing = not fields
        self._hides = _remembered("|".join(f"(?:{field.names})" for field in fields))
        self._texts = re.compile(texts) if texts else None
        self._signs = [re.compile(look.sign) for look in looks]

    def hides(self, name: str) -> bool:
        return not self._hides_nothing and self._hides(name)

    def of(self, value: Mapping[str, Any]) -> Mapping[str, Any]:
        """The same with what is hidden masked; the very same where nothing is."""
        return value if self._hides_nothing else self._of_mapping(value)

    def text(self, value: str) -> str:
        return value if self._texts is None else self._texts.sub(self._mark, value)

    def _mark(self, found: re.Match[str]) -> str:
        return found[0] if found[0].casefold() in self._spared else HIDDEN

    def _of(self, value: object) -> object:
        if isinstance(value, Mapping):
            return self._of_mapping(cast("Mapping[str, Any]", value))
        if isinstance(value, list | tuple):
            return [self._of(item) for item in cast("Sequence[object]", value)]
        return self.text(value) if isinstance(value, str) else value

    def _of_mapping(self, value: Mapping[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for name, inner in value.items():
            if name == ROWS and isinstance(value.get(COLUMNS), list):
                shown[name] = self._rows(value[COLUMNS], inner)
            elif self.hides(name):
                shown[name] = _masked(inner)
            else:
                shown[name] = self._of(inner)
        return shown

    def _rows(self, columns: Sequence[object], rows: object) -> object:
        """A list's rows: what is hidden is a column of it."""
        hidden = [isinstance(name, str) and self.hides(name) for name in columns]
        if not isinstance(rows, list | tuple):
            return self._of(rows)
        every = cast("Sequence[object]", rows)
        if all(_has_cells(row, len(hidden)) for row in every):
            return self._table(cast("Sequence[Sequence[object]]", rows), hidden)
        return [self._row(row, hidden) for row in every]

    def _table(
        self, rows: Sequence[Sequence[object]], hidden: Sequence[bool]
    ) -> Sequence[Sequence[object]]:
        """Column by column, since most of them have nothing to hide."""
        shows = [
            _masked if is_hidden else self._way_to_show(cells)
            for is_hidden, cells in zip(hidden, zip(*rows, strict=True), strict=False)
        ]
        if not any(shows):
            return rows
        return [
            [cell if show is None else show(cell) for show, cell in zip(shows, row, strict=True)]
            for row in rows
        ]

    def _row(self, row: object, hidden: Sequence[bool]) -> object:
        """Of rows that are no table: some are longer or shorter than there are columns.

        Such rows are a caller's own; to go by their columns would let one long row, and many
        empty ones, take the time of a table as long and as wide.
        """
        if not isinstance(row, list | tuple):
            return self._of(row)
        return [
            _masked(cell) if number < len(hidden) and hidden[number] else self._of(cell)
            for number, cell in enumerate(cast("Sequence[object]", row))
        ]

    def _way_to_show(self, cells: Sequence[object]) -> Callable[[object], object] | None:
        """How to show each cell of a column; None: as it is, since all of them are harmless.

        A whole column is looked through at once, in a tenth of the time of its cells.
        """
        kinds = set(map(type, cells))
        if not kinds <= _FLAT:
            return self._of
        texts = [cell for cell in cells if isinstance(cell, str)]
        column = _BETWEEN.join(texts)
        return self._of if any(sign.search(column) for sign in self._signs) else None


def _has_cells(row: object, number: int) -> bool:
    return isinstance(row, list | tuple) and len(cast("Sequence[object]", row)) == number


def _remembered(pattern: str) -> Callable[[str], bool]:
    """Whether a pattern is found in a name: asked of the same few names again and again."""
    search = re.compile(pattern).search

    @lru_cache(maxsize=MAX_KNOWN_NAMES)
    def found_in_short(name: str) -> bool:
        return search(name) is not None

    def found(name: str) -> bool:
        is_short = len(name) <= MAX_KNOWN_NAME_CHARS
        return found_in_short(name) if is_short else search(name) is not None

    return found


def _masked(value: object) -> object:
    """A mark in place of a text; of anything else the emptiest of its kind."""
    if isinstance(value, str):
        return HIDDEN if value else value
    if isinstance(value, Mapping):
        return {}
    return [] if isinstance(value, list | tuple) else None


def shows_files(card: ToolCard) -> bool:
    """Whether it hands out files, which nothing can be taken out of."""
    return any(
        reach.method == "GET" and (reach.path.endswith("/pdf") or "/Attachments/{" in reach.path)
        for reach in card.reaches
    )
