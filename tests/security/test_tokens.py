"""JWTs that must open nothing, each brought to every way in of a server that takes JWTs."""

from collections.abc import AsyncIterator
from contextlib import suppress

import anyio
import httpx2
import pytest

from tests.agents.provider import Provider, encoded, key_of, part, signed
from tests.fakes import START
from tests.gate.world import World
from tests.http.on_a_port import ANSWER_SECONDS, HELLO, JSON_HEADERS, Served, serving, until

PUBLIC = "https://mcp.example.com"
NOW = int(START.timestamp())
WAYS = (("POST", "/mcp"), ("GET", "/sse"), ("POST", "/messages/"))


@pytest.fixture
async def site(house: World, provider: Provider) -> AsyncIterator[Served]:
    settings = {"public_url": PUBLIC, "oidc_issuer": provider.url}
    async with serving(house, settings=settings) as opened:
        yield opened


async def refused(site: Served, token: str) -> str:
    """Why it was refused everywhere, and that nothing was called and the refusal written down."""
    told = ""
    for method, path in WAYS:
        async with site.http(token) as http:
            answer = await http.request(method, path, json=HELLO, headers=JSON_HEADERS)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
        assert token not in answer.text
        told = answer.json()["message"]
    assert await site.house.records(kind="key", status="refused")
    assert await site.house.records(kind="intent") == []
    return told


async def opens(site: Served, token: str) -> bool:
    async with site.http(token) as http:
        answer = await http.post("/mcp", json=HELLO, headers=JSON_HEADERS)
    return answer.status_code == 200


async def test_a_good_jwt_opens_so_that_the_others_mean_something(site: Served, provider: Provider):
    assert await opens(site, provider.token(agent="clerk"))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
async def test_a_jwt_with_alg_none_opens_nothing(site: Served, provider: Provider, algorithm: str):
    start = f"{part({'alg': algorithm, 'kid': 'k1'})}.{part(provider.claims(agent='clerk'))}"
    for signature in ("", encoded(b"anything")):
        assert await refused(site, f"{start}.{signature}")


async def test_a_jwt_signed_with_the_public_key_as_a_secret_opens_nothing(
    site: Served, provider: Provider
):
    """As if the provider's own key were one for HS256: the old confusion of algorithms."""
    header = {"alg": "HS256", "kid": "k1"}
    start = f"{part(header)}.{part(provider.claims(agent='clerk'))}"
    assert await refused(site, f"{start}.{encoded(b'x' * 32)}")


@pytest.mark.parametrize(
    "audience", ["https://other.example.com/mcp", f"{PUBLIC}", f"{PUBLIC}/mcp/", ["x", "y"], None]
)
async def test_a_jwt_for_the_wrong_audience_opens_nothing(
    site: Served, provider: Provider, audience: object
):
    assert "audience" in await refused(site, provider.token(agent="clerk", aud=audience))


@pytest.mark.parametrize("exp", [NOW - 61, 0, -1])
async def test_an_expired_jwt_opens_nothing(site: Served, provider: Provider, exp: int):
    assert "expired" in await refused(site, provider.token(agent="clerk", exp=exp))


async def test_a_jwt_that_expires_while_its_stream_is_open_ends_the_stream(
    site: Served, provider: Provider
):
    token = provider.token(agent="clerk", exp=NOW + 30)
    async with site.http(token) as http, http.stream("GET", "/sse") as stream:
        lines = stream.aiter_lines()
        assert "endpoint" in await anext(lines)
        site.house.clock.advance(120)
        with anyio.fail_after(ANSWER_SECONDS), suppress(httpx2.RemoteProtocolError):
            async for _ in lines:  # no length announces the end of a stream
                pass
    await until(lambda: not site.front.sse.open_streams)


@pytest.mark.parametrize("kid", ["unknown", "../k1", "", 7, None])
async def test_a_jwt_of_an_unknown_kid_opens_nothing(site: Served, provider: Provider, kid: object):
    """Signed by a key that the provider does not show, under a name that it does not know."""
    header = {"alg": "RS256", "kid": kid}
    token = signed(header, provider.claims(agent="clerk"), key_of("RS256", "stolen"))
    assert await refused(site, token)


async def test_a_jwt_by_a_good_key_under_an_unknown_kid_opens_nothing(
    site: Served, provider: Provider
):
    assert await refused(site, provider.token(agent="clerk", kid="unknown"))
