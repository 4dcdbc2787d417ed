"""Who came with a good credential is kept out by nobody's guesses, however long a server runs."""

from collections.abc import Mapping

import httpx2
from starlette.responses import PlainTextResponse

from xero_mcp.agents import Agent, Refused
from xero_mcp.transport.http.guard import Guard, Names
from xero_mcp.transport.http.held import Held
from xero_mcp.transport.http.patience import Patience
from xero_mcp.transport.http.standing import Standing
from xero_mcp.transport.http.who import (
    MAX_ADDRESSES,
    WRONG_A_MINUTE,
    Challenge,
    Door,
    Doorkeeper,
    Guesses,
)


async def identify(credential: str) -> Agent | Refused:
    is_good = credential.startswith("good")
    return Agent(name="clerk") if is_good else Refused(why="That is no key of this server.")


def bearing(credential: str) -> Mapping[str, str]:
    return {"authorization": f"Bearer {credential}"}


async def test_a_renewed_token_is_known_also_after_ten_thousand_others():
    door = Door(
        identify=identify,
        challenge=Challenge(),
        guesses=Guesses(lambda: 0.0),
        held=Held(identify, recheck_seconds=1),
        standing=Standing(),
    )
    door.known.update({f"{number}".encode(): None for number in range(MAX_ADDRESSES)})
    keeper = Doorkeeper(PlainTextResponse("in"), door, transport="http")
    names = Names.of(public_url=None, allowed_hosts=())
    transport = httpx2.ASGITransport(app=Guard(keeper, names, Patience()))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        assert (await client.get("/", headers=bearing("good-1"))).status_code == 200
        for _ in range(WRONG_A_MINUTE):
            assert (await client.get("/", headers=bearing("wrong"))).status_code == 401
        assert (await client.get("/", headers=bearing("wrong"))).status_code == 429
        assert (await client.get("/", headers=bearing("good-1"))).status_code == 200
    assert len(door.known) == MAX_ADDRESSES
