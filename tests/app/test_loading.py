"""What a server loads before its first list of tools, and what it leaves for later."""

import subprocess
import sys
from pathlib import Path

LISTS = """
import asyncio, sys
from pathlib import Path
from xero_mcp.agents import launched_agent
from xero_mcp.app import open_house
from xero_mcp.settings import load_settings

async def main(home):
    settings = load_settings(environment={"XERO_MCP_HOME": home}, env_file=Path(home) / "none")
    async with open_house(settings, demo=True) as house:
        print(len(await house.gate.listed(launched_agent("controller"))))
        print(*sorted(name for name in sys.modules if name.startswith("xero_mcp.")))
        house.load()
        print(*sorted(name for name in sys.modules if name.startswith("xero_mcp.")))

asyncio.run(main(sys.argv[1]))
"""
LATER = {
    "xero_mcp.agents.issuer",
    "xero_mcp.app.http",
    "xero_mcp.app.xero",
    "xero_mcp.gate.running",
    "xero_mcp.gate.way",
    "xero_mcp.tools.catalog",
    "xero_mcp.xero.client",
    "xero_mcp.xero.scoped",
}
NEVER_ON_STDIO = {"xero_mcp.agents.issuer", "xero_mcp.app.http"}


def test_what_no_list_of_tools_needs_is_loaded_after_it(tmp_path: Path):
    ended = subprocess.run(
        [sys.executable, "-c", LISTS, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    count, at_the_list, at_last = ended.stdout.splitlines()
    assert int(count) > 10
    assert not LATER & set(at_the_list.split())
    assert set(at_last.split()) >= LATER - NEVER_ON_STDIO
    assert not NEVER_ON_STDIO & set(at_last.split())
