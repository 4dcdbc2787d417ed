"""`hide`: what is taken out of every answer and every record, by the names of fields.

Names are matched as patterns, not one by one, so that a tool of tomorrow is covered: a field
that is called like a bank account is one.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from xero_mcp.tool.card import ToolCard

HIDDEN = "[hidden]"
COLUMNS, ROWS = "columns", "rows"
_EMAIL = r"[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+\.[A-Za-z]{2,}"
_IBAN = r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b"
_ACCOUNT_NUMBER = (
    r"\b[0-9]{2}-[0-9]{4}-[0-9]{7}-[0-9]{2,3}\b|\b[0-9]{2}-[0-9]{2}-[0-9]{2}[ -]?[0-9]{6,8}\b"
)


class HiddenField(NamedTuple):
    """What a word of `hide` covers."""

    means: str
    names: str
    """A pattern of field names, matched anywhere in `snake_case`."""
    text: str = ""
    """A pattern of what it looks like in running text, where it has a look."""


HIDDEN_FIELDS: Mapping[str, HiddenField] = MappingProxyType(
    {
        "contact.bank_account": HiddenField(
            "Bank accounts of contacts and of the organisation, also where they stand in a text.",
            r"bank_(account(?!_(id|code|name|type)s?$)|details)|(^|_)(iban|bsb|sort_code|swift|bic)$|"
            r"batch_(details|payments)|routing_number",
            f"{_IBAN}|{_ACCOUNT_NUMBER}",
        ),
        "contact.tax_number": HiddenField(
            "Tax and company numbers.",
            r"tax_(number|id$)|vat_number|company_number|(^|_)(abn|utr|gst_number)$",
        ),
        "contact.email": HiddenField(
            "Email addresses, also where they stand in a text.", r"e?mail(?!ed|s_sent)", _EMAIL
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

    def __init__(self, words: Iterable[str]) -> None:
        fields = [HIDDEN_FIELDS[word] for word in sorted(words)]
        names = "|".join(f"(?:{field.names})" for field in fields)
        texts = "|".join(f"(?:{field.text})" for field in fields if field.text)
        self._names = re.compile(names) if names else None
        self._texts = re.compile(texts) if texts else None

    def hides(self, name: str) -> bool:
        return self._names is not None and self._names.search(name) is not None

    def of(self, value: Mapping[str, Any]) -> Mapping[str, Any]:
        """The same with what is hidden masked; the very same where nothing is."""
        return value if self._names is None else self._of_mapping(value)

    def text(self, value: str) -> str:
        return value if self._texts is None else self._texts.sub(HIDDEN, value)

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
        if not isinstance(rows, list):
            return self._of(rows)
        return [
            [
                _masked(cell) if number < len(hidden) and hidden[number] else self._of(cell)
                for number, cell in enumerate(cast("list[object]", row))
            ]
            if isinstance(row, list)
            else self._of(row)
            for row in cast("list[object]", rows)
        ]


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
