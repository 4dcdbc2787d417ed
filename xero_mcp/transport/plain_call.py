"""A call of a tool with nothing about it but who, what and with which arguments."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import mcp_types as t
from mcp_types.methods import serialize_server_result
from pydantic_core import PydanticSerializationError, to_json

from xero_mcp.gate import GateAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainCall:
    """What came over the wire, read."""

    name: str
    arguments: Mapping[str, object]
    protocol: str
    client_name: str = ""
    client_version: str = ""
    opens_pages: bool = False
    """Whether the client can show its person a page of ours."""


class PlainCalls(Protocol):
    """Whoever answers such calls."""

    async def answer(self, call: PlainCall) -> bytes:
        """The JSON of the result.

        Raises:
            MCPError: the call is answered with an error of the protocol.
        """
        ...

    def schema_of(self, name: str) -> dict[str, Any] | None: ...


def compact_json(content: object) -> str:
    """A payload as text, without a space too many: as `json` writes it, in a quarter of its time.

    What holds half a letter (a lone surrogate) is no UTF-8, and is written with escapes.
    """
    return _json(content).decode()


def _json(content: object) -> bytes:
    try:
        return to_json(content)
    except PydanticSerializationError:
        return json.dumps(content, separators=(",", ":")).encode("ascii")


def result_json(answer: GateAnswer, *, stamp: bytes) -> bytes:
    """A call's result as mcp writes it, where `stamp` says which server answered.

    The payload stands in it twice, and is turned into JSON once.
    """
    payload = _json(answer.content)
    text = to_json(payload.decode())
    is_error = b"true" if answer.is_error else b"false"
    return (
        b'{"content":[{"text":%b,"type":"text"}],"isError":%b,"resultType":"complete",'
        b'"structuredContent":%b,"_meta":%b}' % (text, is_error, payload, stamp)
    )


def asking_json(asked: t.InputRequiredResult, *, protocol: str, stamp: bytes) -> bytes:
    """The same of a result that wants something of the person first; too rare to be quick."""
    whole = asked.model_dump(by_alias=True, mode="json", exclude_none=True)
    told = serialize_server_result("tools/call", protocol, whole)
    return _json({**told, "_meta": json.loads(stamp)})


def stamp_json(server_info: Mapping[str, object]) -> bytes:
    """What every result says of the server that gave it."""
    return _json({t.SERVER_INFO_META_KEY: server_info})
