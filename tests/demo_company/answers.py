"""What the tests want of an answer: the first document, or the words of its refusal."""

import json
from decimal import Decimal
from typing import Any, cast

from tests.demo_company.box import Box

Element = dict[str, Any]


async def made(box: Box, path: str, body: Element, *, method: str = "PUT") -> Element:
    """Send a write that must succeed and return the first document of its answer."""
    answer = await box.write(method, path, body)
    assert answer.status_code == 200, answer.text
    return _first(json.loads(answer.text, parse_float=Decimal))


async def refusals(box: Box, method: str, path: str, body: object) -> list[str]:
    """Send a write that must be a 400 and return all its validation messages."""
    answer = await box.write(method, path, body)
    assert answer.status_code == 400, answer.text
    read = answer.json()
    assert (read["ErrorNumber"], read["Type"]) == (10, "ValidationException")
    return [message for element in read["Elements"] for message in messages(element)]


async def refused(box: Box, path: str, body: Element, *, method: str = "POST") -> Element:
    """Send a write that is refused inside a 200 and return the refused element."""
    answer = await box.write(method, f"{path}?summarizeErrors=false", body)
    assert answer.status_code == 200, answer.text
    element = _first(answer.json())
    assert element["StatusAttributeString"] == "ERROR"
    return element


def messages(element: Element) -> list[str]:
    return [error["Message"] for error in element["ValidationErrors"]]


def _first(envelope: Element) -> Element:
    for value in envelope.values():
        if isinstance(value, list):
            return cast("list[Element]", value)[0]
    raise AssertionError(f"no documents in {envelope}")
