"""A call of a tool with nothing about it but who, what and with which arguments."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import mcp_types as t
from mcp_types.methods import serialize_server_result

from xero_mcp.transport.payload import Written, compact_json


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

    async def answer(self, call: PlainCall) -> Sequence[bytes]:
        """The JSON of the result, in pieces.

        Raises:
            MCPError: the call is answered with an error of the protocol.
        """
        ...

    def schema_of(self, name: str) -> dict[str, Any] | None: ...


def result_json(written: Written, *, is_error: bool, stamp: bytes) -> Sequence[bytes]:
    """A call's result as mcp writes it, where `stamp` says which server answered.

    The payload stands in it twice: some clients read the one, some the other.
    """
    return (
        b'{"content":[{"text":',
        *written.quoted,
        b',"type":"text"}],"isError":%b,' % (b"true" if is_error else b"false"),
        b'"resultType":"complete","structuredContent":',
        *written.plain,
        b',"_meta":%b}' % stamp,
    )


def asking_json(asked: t.InputRequiredResult, *, protocol: str, stamp: bytes) -> Sequence[bytes]:
    """The same of a result that wants something of the person first; too rare to be quick."""
    whole = asked.model_dump(by_alias=True, mode="json", exclude_none=True)
    told = serialize_server_result("tools/call", protocol, whole)
    return (compact_json({**told, "_meta": json.loads(stamp)}),)


def stamp_json(server_info: Mapping[str, object]) -> bytes:
    """What every result says of the server that gave it."""
    return compact_json({t.SERVER_INFO_META_KEY: server_info})
