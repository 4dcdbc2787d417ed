"""An agent whose organisation somebody connected in the browser; and then took away in Xero."""

import shlex
import socket
import sys
from contextlib import closing

import anyio
import httpx2
import pytest

from tests.demo_company.socket_server import serving
from tests.wire.house import House
from tests.wire.session import Session, session

MAX_LOOKS = 60
LOOK_SECONDS = 0.5
WITHOUT_SECRET = {"XERO_CLIENT_SECRET": ""}
GLOBAL = "Demo Company (Global)"


def free_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def works_again(agent: Session) -> bool:
    """Within a bound that a loaded machine keeps too."""
    for _ in range(MAX_LOOKS):
        if not (await agent.call("list-contacts")).is_error:
            return True
        await anyio.sleep(LOOK_SECONDS)
    return False


@pytest.mark.slow
async def test_an_agent_works_through_a_sign_in_and_hears_when_it_is_cut_off(house: House):
    browser = [sys.executable, "-m", "tests.cli.browser", "--choose", GLOBAL]
    with serving() as url:
        house.connect_to(
            url,
            XERO_CLIENT_ID="my-app",
            **WITHOUT_SECRET,
            XERO_REDIRECT_URI=f"http://localhost:{free_port()}/callback",
            BROWSER=f"{shlex.join(browser)} %s",
        )
        done = house.run("connect", "--agent", "bookkeeper", "--timeout", "30")
        assert done.returncode == 0, done.stderr
        async with session(house, "bookkeeper") as agent:
            found = await agent.good("list-accounts")
            assert found["organisation"] == GLOBAL
            async with httpx2.AsyncClient(base_url=url, trust_env=False) as control:
                sent = {"organisation": GLOBAL}
                (await control.post("/_demo/disconnect", json=sent)).raise_for_status()
            first = await agent.call("list-contacts")
            second = await agent.call("list-contacts")
            for heard in (first, second):
                assert heard.code == "NOT_CONNECTED"
                assert "`xero-mcp connect`" in heard.error["next_step"]
            assert "disconnected" in second.error["message"]
            assert house.run("connect", "--timeout", "30").returncode == 0
            # The server finds out by itself; what another process connected it sees in seconds.
            assert await works_again(agent)
    assert "connection" in house.kinds()
    assert (await house.verify()).finding is None
