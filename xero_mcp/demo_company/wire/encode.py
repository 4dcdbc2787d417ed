"""Documents to bytes: JSON with money to the last digit, and the plain XML of a bare request."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final, cast
from xml.sax.saxutils import escape

from xero_mcp.demo_company.wire.dates import bare_ms_date, date_string, ms_date

JSON_TYPE: Final = "application/json; charset=utf-8"
XML_TYPE: Final = "text/xml; charset=utf-8"

# A decimal goes through the C encoder as a string with this mark, and loses its quotes after.
_MARK: Final = "\x01"
_MARKED: Final = re.compile(r'"\\u0001(-?[0-9.]+)"')
_LATER_NULLS: Final = re.compile(r',"(?:[^"\\,:]|\\.)+":null')
_FIRST_NULLS: Final = re.compile(r'\{"(?:[^"\\,:]|\\.)+":null(?:,|(?=\}))')
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XML_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}", re.ASCII)
_MAX_XML_DEPTH: Final = 40
_IRREGULAR: Final = {"Addresses": "Address", "Elements": "DataContractBase", "Taxes": "Tax"}


def number(value: Decimal) -> str:
    """Write a decimal as a JSON number: all its digits, never an exponent."""
    return format(value, "f") if value.is_finite() else "0"


def encode_json(value: object) -> bytes:
    """Write a document as Xero does.

    Decimals are exact; dates are `/Date(ms+0000)/`, a datetime without a zone is `/Date(ms)/`;
    a key whose value is None is left out.
    """
    marked = 0

    def other(item: object) -> str:
        nonlocal marked
        if isinstance(item, Decimal):
            marked += 1
            return _MARK + number(item)
        return _date_text(item)

    text = json.dumps(value, default=other, separators=(",", ":"), check_circular=False)
    if marked:
        text, found = _MARKED.subn(r"\1", text)
        if found != marked:  # a client's own text looks like a marked number: go the slow way
            text = "".join(_slow_json(value))
    if ":null" in text:
        # A quote after a comma or a brace is never inside a string: there it would be escaped.
        # And between the end of one string and the start of the next stands a comma or a colon.
        text = _FIRST_NULLS.sub("{", _LATER_NULLS.sub("", text))
    return text.encode("ascii")


def _slow_json(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield "{"
        for index, (key, item) in enumerate(cast("Mapping[str, object]", value).items()):
            yield f"{',' if index else ''}{json.dumps(key)}:"
            yield from _slow_json(item)
        yield "}"
    elif isinstance(value, list | tuple):
        yield "["
        for index, item in enumerate(cast("list[object]", value)):
            if index:
                yield ","
            yield from _slow_json(item)
        yield "]"
    elif isinstance(value, Decimal):
        yield number(value)
    else:
        yield json.dumps(value, default=_date_text)


def _date_text(item: object) -> str:
    if isinstance(item, datetime) and item.tzinfo is None:
        return bare_ms_date(item)
    if isinstance(item, date):
        return ms_date(item)
    raise TypeError(f"{type(item).__name__} has no wire form")


def encode_xml(root: str, value: Mapping[str, object]) -> bytes:
    """Write what Xero answers to a request that did not ask for JSON."""
    body = "".join(_xml(root, value, depth=0))
    return f'<?xml version="1.0" encoding="utf-8"?>{body}'.encode()


def _xml(name: str, value: object, *, depth: int) -> Iterator[str]:
    if depth > _MAX_XML_DEPTH or not _XML_NAME.fullmatch(name):
        return
    yield f"<{name}>"
    if isinstance(value, Mapping):
        for key, item in cast("Mapping[str, object]", value).items():
            if item is not None:
                yield from _xml(key, item, depth=depth + 1)
    elif isinstance(value, list | tuple):
        inner = singular(name)
        for item in cast("list[object]", value):
            yield from _xml(inner, item, depth=depth + 1)
    else:
        yield escape(_NOT_XML.sub("", _xml_text(value)))
    yield f"</{name}>"


def _xml_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return number(value)
    return date_string(value) if isinstance(value, date) else str(value)


def singular(plural: str) -> str:
    """Name one element of an array: Invoices → Invoice, TrackingCategories → TrackingCategory."""
    if plural in _IRREGULAR:
        return _IRREGULAR[plural]
    if plural.endswith("ies"):
        return f"{plural[:-3]}y"
    return plural[:-1] if plural.endswith("s") else f"{plural}Item"
