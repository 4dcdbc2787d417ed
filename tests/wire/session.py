"""A real MCP client over stdio. Whatever it hears is checked against what was declared."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import jsonschema
import mcp_types as t
from mcp import Client
from mcp.client.stdio import stdio_client

from tests.wire.bounds import ANSWER_SECONDS
from tests.wire.house import House
from xero_mcp.tools.index import load_cards

Era = Literal["auto", "legacy"]
ERRORS = frozenset({"code", "message", "next_step", "retry_after_seconds", "details", "audit_id"})


@dataclass(frozen=True)
class Heard:
    """One answer, as the agent has it."""

    content: dict[str, Any]
    is_error: bool

    @property
    def error(self) -> dict[str, Any]:
        assert self.is_error, self.content
        return self.content["error"]

    @property
    def code(self) -> str:
        return self.error["code"]

    def detail(self, path: str) -> dict[str, Any]:
        return next(one for one in self.error["details"] if one.get("path") == path)

    def column(self, name: str) -> list[Any]:
        place = self.content["columns"].index(name)
        return [row[place] for row in self.content["rows"]]


class Session:
    """One agent's conversation with a server."""

    def __init__(self, client: Client, tools: list[t.Tool], stderr: Path) -> None:
        self.client = client
        self.tools = {tool.name: tool for tool in tools}
        self._stderr = stderr

    @property
    def stderr(self) -> str:
        return self._stderr.read_text(encoding="utf-8", errors="replace")

    async def call(self, name: str, arguments: Mapping[str, Any] | None = None) -> Heard:
        """Call a tool; text and structured content are the same, and of the declared form."""
        result = await self.client.call_tool(name, dict(arguments or {}))
        text = result.content[0]
        assert isinstance(text, t.TextContent)
        assert len(result.content) == 1
        assert json.loads(text.text) == result.structured_content
        content = result.structured_content
        assert content is not None
        heard = Heard(content=content, is_error=bool(result.is_error))
        self._must_be_declared(name, heard)
        return heard

    async def good(self, name: str, arguments: Mapping[str, Any] | None = None) -> dict[str, Any]:
        heard = await self.call(name, arguments)
        assert not heard.is_error, heard.content
        return heard.content

    def _must_be_declared(self, name: str, heard: Heard) -> None:
        if heard.is_error:
            assert set(heard.content) - {"text_by_others"} == {"error"}
            assert set(heard.error) <= ERRORS
            return
        listed, behind = self.tools.get(name), load_cards().get(name)
        if listed is not None:
            jsonschema.validate(heard.content, listed.output_schema or {})
        elif behind is not None:
            jsonschema.validate(heard.content, dict(behind.output_schema))


@asynccontextmanager
async def session(house: House, agent: str, *, era: Era = "auto") -> AsyncGenerator[Session]:
    """Start a server for this agent, shake hands, list its tools."""
    stderr = house.folder / f"stderr-{agent}.txt"
    with stderr.open("a", encoding="utf-8") as errors:
        transport = stdio_client(house.parameters(agent), errlog=errors)
        client = Client(transport, mode=era, read_timeout_seconds=ANSWER_SECONDS)
        failed: AssertionError | None = None
        async with client:
            tools = (await client.list_tools()).tools
            try:
                yield Session(client, tools, stderr)
            except AssertionError as error:
                failed = error  # raised below: not as a part of the transport's exception groups
    if failed is not None:
        raise failed


def bill(contact_id: str, amount: str, **more: object) -> dict[str, Any]:
    """The arguments of a draft bill of one line without tax."""
    line = {
        "description": "Bolts",
        "quantity": "1",
        "unit_amount": amount,
        "account_code": "400",
        "tax_type": "NONE",
    }
    return {"type": "bill", "contact_id": contact_id, "lines": [line], **more}


async def supplier(of: Session) -> str:
    """The id of some contact of the demo company."""
    found = await of.good("list-contacts", {"page_size": 1})
    return found["rows"][0][0]
