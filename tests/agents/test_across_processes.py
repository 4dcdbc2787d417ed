"""What a command changes in one process holds in another, over either store."""

from pathlib import Path

import pytest

from tests.cli.command import XeroMcp
from tests.gate.world import world
from tests.store.postgres_server import Server
from xero_mcp.agents import Agent


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_a_key_is_given_rotated_and_revoked_by_another_process(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
):
    url = ""
    if kind == "postgres":
        server: Server = request.getfixturevalue("postgres")
        url = server.url(server.new_house())
    more = {"XERO_MCP_DATABASE_URL": url} if url else {}
    elsewhere = XeroMcp(home=tmp_path / "home", folder=tmp_path)

    def command(*arguments: str) -> str:
        ended = elsewhere("agents", *arguments, **more)
        assert ended.code == 0, ended.err
        return ended.out.strip()

    async with world(tmp_path, database_url=url) as house:

        async def opens(*keys: str) -> list[bool]:
            found = [await house.office.agents.identify(key) for key in keys]
            return [isinstance(one, Agent) for one in found]

        first = command("add", "clerk")
        assert await opens(first) == [True]
        second = command("rotate", "clerk")
        assert await opens(first, second) == [True, True]
        third = command("rotate", "clerk", "--overlap", "0")
        assert await opens(first, second, third) == [False, False, True]
        command("revoke", "clerk")
        assert await opens(third) == [False]
