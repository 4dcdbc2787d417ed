"""Which fields of an answer hold text that others wrote: read off their declared types."""

from collections.abc import Iterator, Sequence
from functools import cache
from inspect import isclass
from typing import cast, get_args

from pydantic import BaseModel

from xero_mcp.text import BY_OTHERS, TEXT_BY_OTHERS

TABLES = (("columns", "rows"), ("credit_columns", "credits"))
"""Where an answer has the names of columns, and the rows under them."""


def names_by_others(answer: BaseModel) -> list[str]:
    """The names of the fields and columns that hold such text here, each once."""
    return list(dict.fromkeys(_names(answer)))


def _names(model: BaseModel) -> Iterator[str]:
    yield from getattr(model, TEXT_BY_OTHERS, None) or ()
    yield from _columns(model)
    marked, nested = _declared(type(model))
    for name in marked:
        if getattr(model, name):
            yield name
    for name in nested:
        value: object = getattr(model, name)
        several = cast("Sequence[object]", value) if isinstance(value, list | tuple) else (value,)
        for one in several:
            if isinstance(one, BaseModel):
                yield from _names(one)


def _columns(model: BaseModel) -> Iterator[str]:
    """Columns that the answer's class declares, where a row has something under them."""
    declared: frozenset[str] = getattr(model, "COLUMNS_BY_OTHERS", frozenset())
    if not declared:
        return
    for titles, table in TABLES:
        columns: list[str] = getattr(model, titles, [])
        rows: list[list[object]] = getattr(model, table, [])
        for number, name in enumerate(columns):
            if name in declared and any(row[number] for row in rows):
                yield name


@cache
def _declared(model: type[BaseModel]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields of others' text, and the fields that hold models which may have some."""
    marked: list[str] = []
    nested: list[str] = []
    for name, field in model.model_fields.items():
        if BY_OTHERS in field.metadata or is_by_others(field.annotation):
            marked.append(name)
        elif any(_models(field.annotation)):
            nested.append(name)
    return tuple(marked), tuple(nested)


def is_by_others(annotation: object) -> bool:
    """Whether a type is one of others' text, or a list, a mapping or a choice that has it."""
    parts = cast("tuple[object, ...]", get_args(annotation))
    return any(part is BY_OTHERS or is_by_others(part) for part in parts)


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
