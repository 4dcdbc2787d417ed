"""Books in which every text that people wrote can be told: an answer must say where it stands."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from xero_mcp.demo_company.kernel import Company
from xero_mcp.text import TEXT_BY_OTHERS

WRITTEN = "\N{PILCROW SIGN}"
"""Stands in each text that people wrote."""
TITLES = {"rows": "columns", "credits": "credit_columns"}
UNSEEN = "\u202e\u200b\x07"
"""Turns text around, or shows nothing: none of it may leave."""
NOT_FREE = frozenset(
    {
        # Xero's own words and numbers.
        *("AddressType", "BankAccountType", "Class", "ContactStatus", "CurrencyCode"),
        *("DefaultCurrency", "DueDateType", "LineAmountTypes", "OrganisationRole", "PaymentType"),
        *("Period", "PhoneType", "ReportTaxType", "ReportingCode", "ReportingCodeName"),
        *("SourceTransactionTypeCode", "Status", "SystemAccount", "TaxType", "Type", "Unit"),
        # Keys of ten characters, under which other records find them.
        *("AccountCode", "COGSAccountCode", "Code", "InventoryAssetAccountCode"),
        # What the demo company itself reads.
        *("EmailAddress", "PhoneAreaCode", "PhoneCountryCode", "PurchaseOrderNumber"),
    }
)


def write_over(company: Company) -> None:
    """Put the sign and unseen characters into each text of the books."""
    for name, table in company.tables.items():
        if name != "Currencies":  # Xero's own names
            for row in list(table):
                table.put(cast("dict[str, Any]", _written("", row)))


def _written(key: str, value: object) -> object:
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, object]", value).items()
        return {name: _written(name, inner) for name, inner in pairs}
    if isinstance(value, list | tuple):
        return [_written(key, inner) for inner in cast("Sequence[object]", value)]
    if not isinstance(value, str) or not value or key in NOT_FREE:
        return value
    if key.endswith(("ID", "DateString", "UTC")):
        return value
    return f"{value}{WRITTEN}{UNSEEN}"


def must_be_marked(content: Mapping[str, Any]) -> None:
    """Each text by others stands under a name that the answer lists, and is clean."""
    text = json.dumps(content, ensure_ascii=False)
    assert not [one for one in UNSEEN if json.dumps(one, ensure_ascii=False)[1:-1] in text], text
    marks = set(cast("list[str]", content.get(TEXT_BY_OTHERS, ())))
    found = [path for path in _written_at(content, ()) if not marks & set(path)]
    assert not found, (found[:5], sorted(marks))


def _written_at(value: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The way to each text by others: names of fields, and of the column for a cell."""
    if isinstance(value, str):
        if WRITTEN in value:
            yield path
    elif isinstance(value, Mapping):
        for way, inner in _within(cast("Mapping[str, Any]", value)):
            yield from _written_at(inner, (*path, *way))
    elif isinstance(value, list | tuple):
        for inner in cast("Sequence[object]", value):
            yield from _written_at(inner, path)


def _within(answer: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], object]]:
    """Each field of an answer, and each cell of its rows under its column's name."""
    for name, inner in answer.items():
        titles = answer.get(TITLES.get(name, ""))
        if isinstance(titles, list):
            for row in inner:
                for title, cell in zip(cast("list[str]", titles), row, strict=True):
                    yield (name, title), cell
        else:
            yield (name,), inner
