"""The JSON Schema of a policy file, for editors; made of the same words as the loader.

It is looser than the loader: what no schema can say well (dates, time zones, examples)
is left to `policy check`.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from xero_mcp.policy.condition_words import CONDITION
from xero_mcp.policy.hidden import HIDDEN_FIELDS
from xero_mcp.policy.load_conditions import UNTRUSTED_TEXT
from xero_mcp.policy.scopes import SCOPES
from xero_mcp.policy.tool_names import ToolNames
from xero_mcp.policy.vocabulary import (
    ACCESS,
    EXAMPLE,
    LIMITS,
    NEVERS,
    POLICY,
    RATE,
    REPORTS,
    RULE,
    TOOLS,
)
from xero_mcp.policy.word import Shape, Word, enforced
from xero_mcp.tool.access import Access
from xero_mcp.tool.card import ToolCard

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"

_MONEY = r"^[0-9]{1,15}(\.[0-9]{1,4})? [A-Z]{3}$"
_DURATION = r"^[1-9][0-9]{0,6}[smhd]$"
_ID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_NAME = r"^[a-z0-9]+(-[a-z0-9]+)*$"


def _text(**more: object) -> Schema:
    return {"type": "string", "minLength": 1, **more}


def _list_of(item: Schema) -> Schema:
    return {"type": "array", "minItems": 1, "uniqueItems": True, "items": item}


def _shapes(cards: Iterable[ToolCard]) -> Mapping[Shape, Schema]:
    named = ToolNames(cards)
    tools = list(named.for_lists)
    levels = [level.value for level in Access]
    return {
        Shape.NAME: _text(pattern=_NAME, maxLength=64),
        Shape.TEXT: _text(maxLength=500),
        Shape.EMAIL: _text(format="email"),
        Shape.EMAILS: _list_of(_text(format="email")),
        Shape.DATE: _text(format="date"),
        Shape.MONEY: _text(pattern=_MONEY),
        Shape.CURRENCY: _text(pattern=r"^[A-Z]{3}$"),
        Shape.RATE: _text(pattern=r"^[0-9]{1,9}(\.[0-9]{1,10})? [A-Z]{3}$"),
        Shape.DURATION: _text(pattern=_DURATION),
        Shape.COUNT: {"type": "integer", "minimum": 0, "maximum": 1_000_000},
        Shape.HOURS: _text(pattern=r"^\S+ [0-9]{1,2}:[0-9]{2}-[0-9]{1,2}:[0-9]{2} \S+$"),
        Shape.MODE: {"enum": ["enforce", "watch"]},
        Shape.ATTRIBUTION: {"enum": ["none", "history-note"]},
        Shape.OUTCOME: {"enum": ["allow", "ask", "deny"]},
        Shape.NAMES: _list_of(_text()),
        Shape.TOOLS: _list_of({"enum": tools}),
        Shape.SCOPES: _list_of({"enum": list(SCOPES)}),
        Shape.NEVER: _list_of({"enum": list(NEVERS)}),
        Shape.LEVEL: {"enum": levels},
        Shape.LEVEL_OR_REPORTS: {
            "anyOf": [{"enum": levels}, _list_of({"enum": list(REPORTS)})],
        },
        Shape.FIELDS: _list_of({"enum": list(HIDDEN_FIELDS)}),
        Shape.TRUE_FALSE: {"type": "boolean"},
        Shape.CURRENCIES: _list_of(_text(pattern=r"^[A-Z]{3}$")),
        Shape.STATUSES: _list_of({"enum": list(named.values_of("status"))}),
        Shape.DOCUMENT_TYPES: _list_of({"enum": list(named.values_of("type"))}),
        Shape.REPORTS: _list_of({"enum": list(REPORTS)}),
        Shape.IDS: _list_of(_text(pattern=_ID)),
        Shape.CODES: _list_of(_text(pattern=r"^[!-~]{1,21}$")),
        Shape.TEXTS: _list_of(_text(maxLength=500)),
        Shape.MEDIA: _list_of(_text(pattern=r"^[a-z]+/[a-z0-9][a-z0-9.+-]*$")),
        Shape.READING: {"enum": [UNTRUSTED_TEXT]},
        Shape.SIZE: _text(pattern=r"^[1-9][0-9]{0,5}(kB|MB)$"),
    }


def policy_schema(cards: Iterable[ToolCard]) -> Schema:
    """The schema, for the tools that there are."""
    shapes = _shapes(cards)
    tables = {
        "access": _object(ACCESS, shapes),
        "limits": _object(LIMITS, shapes),
        "tools": {**_object(TOOLS, shapes), "minProperties": 1, "maxProperties": 1},
        "ask_when": {**_object(CONDITION, shapes), "minProperties": 1},
        "deny_when": {**_object(CONDITION, shapes), "minProperties": 1},
        "allow_when": {**_object(CONDITION, shapes), "minProperties": 1},
        "with": {"type": "object"},
    }
    rule = {
        **_object(RULE, shapes, tables),
        "anyOf": [
            {"required": ["ask_when"]},
            {"required": ["deny_when"]},
            {"required": ["allow_when", "for"]},
            {"required": ["after_reading"]},
        ],
    }
    lists = {
        "rules": rule,
        "rates": _object(RATE, shapes),
        "examples": _object(EXAMPLE, shapes, tables),
    }
    sections = {**tables, **{key: {"type": "array", "items": item} for key, item in lists.items()}}
    return {
        "$schema": DIALECT,
        "title": "A policy of xero-mcp",
        "description": "What one kind of agent may do in Xero.",
        **_object(POLICY, shapes, sections),
    }


def _object(
    words: Mapping[str, Word],
    shapes: Mapping[Shape, Schema],
    sections: Mapping[str, Schema] | None = None,
) -> Schema:
    properties = {
        word.name: {"description": word.means, **_value(word, shapes, sections or {})}
        for word in enforced(words)
    }
    shown: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    required = [word.name for word in enforced(words) if word.required]
    return {**shown, "required": required} if required else shown


def _value(word: Word, shapes: Mapping[Shape, Schema], sections: Mapping[str, Schema]) -> Schema:
    return sections[word.name] if word.name in sections else shapes[word.shape]


def schema_text(cards: Iterable[ToolCard]) -> str:
    """The file `policies/policy.schema.json`."""
    return json.dumps(policy_schema(cards), indent=2, ensure_ascii=False) + "\n"
