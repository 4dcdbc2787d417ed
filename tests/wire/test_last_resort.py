"""A mistake that even the gate lets through: told without its text, and the server lives on."""

from typing import Any, cast

import mcp_types as t
import pytest
from mcp import Client, MCPError

from tests.wire.session import Era
from xero_mcp.agents import Caller, launched_agent
from xero_mcp.gate import Gate
from xero_mcp.transport.server import build_server

HIDDEN = "PLANTED: Bearer eyJhbGciOi"


class BrokenGate:
    """A gate that breaks in the way that no gate should."""

    feed = None

    def card(self, name: str) -> None:
        del name

    async def visible(self, agent: object) -> list[Any]:
        del agent
        return []

    def stop_waiting(self) -> None:
        pass

    async def call(self, *_: object, **__: object) -> None:
        raise AttributeError(HIDDEN)


async def test_the_text_of_an_exception_never_reaches_the_agent(
    era: Era, capsys: pytest.CaptureFixture[str]
):
    caller = Caller(agent=launched_agent("clerk"), transport="test")
    server = build_server(cast("Gate", BrokenGate()), caller=lambda: caller)
    async with Client(server, mode=era) as client:
        for _ in range(2):
            with pytest.raises(MCPError) as broken:
                await client.call_tool("list-accounts", {})
            assert broken.value.error.code == t.INTERNAL_ERROR
            assert broken.value.error.message == "The server made a mistake (AttributeError)."
    said = capsys.readouterr().err
    assert "AttributeError at test_last_resort.py:" in said
    assert HIDDEN not in said
