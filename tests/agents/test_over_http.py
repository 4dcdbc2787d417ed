"""Keys and tokens on a real port, and where a client learns how to get one."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta

import pytest

from tests.agents.provider import AUDIENCE, CONFIGURATION, Provider
from tests.gate.world import World
from tests.http.on_a_port import HELLO, JSON_HEADERS, Served, serving

PUBLIC = "https://mcp.example.com"
METADATA = "/.well-known/oauth-protected-resource"


@pytest.fixture
async def served(house: World, provider: Provider) -> AsyncIterator[Served]:
    settings = {"public_url": PUBLIC, "oidc_issuer": provider.url}
    async with serving(house, settings=settings) as site:
        yield site


async def answer(site: Served, credential: str) -> tuple[int, Mapping[str, str], str]:
    async with site.http(credential) as http:
        found = await http.post("/mcp", json=HELLO, headers=JSON_HEADERS)
    return found.status_code, found.headers, found.text


async def test_a_token_opens_the_door_and_the_record_says_on_whose_behalf(
    served: Served, provider: Provider
):
    async with served.client(key=provider.token(agent="clerk")) as client:
        assert not (await client.call_tool("list-accounts", {})).is_error
    [outcome] = await served.house.records(kind="outcome", tool="list-accounts")
    assert (outcome["agent"], outcome["on_behalf_of"]) == ("clerk", "jane@example.com")
    assert outcome["credential_fingerprint"].startswith("jwt_")
    assert f"{PUBLIC}/mcp" == AUDIENCE


async def test_a_challenge_says_where_tokens_come_from(served: Served, provider: Provider):
    where = f'resource_metadata="{PUBLIC}{METADATA}/mcp"'
    status, headers, _ = await answer(served, "")
    assert (status, headers["www-authenticate"]) == (401, f"Bearer {where}")
    status, headers, _ = await answer(served, provider.token(agent="clerk", aud="other"))
    assert status == 401
    assert headers["www-authenticate"].startswith('Bearer error="invalid_token", error_desc')
    assert headers["www-authenticate"].endswith(where)
    status, headers, _ = await answer(served, provider.token(agent="nobody"))
    assert status == 403
    assert headers["www-authenticate"].startswith('Bearer error="insufficient_scope", ')


@pytest.mark.parametrize("path", [METADATA, f"{METADATA}/mcp"])
async def test_the_metadata_names_the_resource_and_its_issuer(
    served: Served, provider: Provider, path: str
):
    async with served.http() as http:
        found = await http.get(path)
    assert found.status_code == 200
    assert found.json() == {
        "resource": f"{PUBLIC}/mcp",
        "authorization_servers": [provider.url],
        "bearer_methods_supported": ["header"],
        "resource_name": "xero-mcp",
    }


async def test_without_a_provider_there_is_no_metadata_and_no_token_is_taken(
    house: World, provider: Provider
):
    async with serving(house) as site:
        async with site.http() as http:
            assert (await http.get(METADATA)).status_code == 404
        status, headers, text = await answer(site, provider.token(agent="clerk"))
    assert (status, "resource_metadata" in headers["www-authenticate"]) == (401, False)
    assert "its own keys alone" in text


async def test_a_token_of_xeros_is_not_passed_through(served: Served, provider: Provider):
    token = provider.token(agent="clerk", iss="https://identity.xero.com")
    before = sum(served.house.demo.premises.stats.requests.values())
    status, _, text = await answer(served, token)
    assert status == 401
    assert "signs in to Xero by itself" in text
    assert sum(served.house.demo.premises.stats.requests.values()) == before
    [refused] = await served.house.records(kind="key", status="refused")
    assert "token of Xero's" in refused["says"]
    assert token[:40] not in str(refused)


async def test_while_the_provider_is_away_nobody_is_sent_off_and_keys_go_on(
    served: Served, provider: Provider
):
    provider.instead[CONFIGURATION] = (503, b"", "")
    assert (await answer(served, provider.token(agent="clerk")))[0] == 503
    assert (await answer(served, await served.key()))[0] == 200


async def test_a_revoked_key_is_refused_by_the_next_request(served: Served):
    key = await served.key()
    assert (await answer(served, key))[0] == 200
    agents = served.house.office.agents
    new = await agents.rotate("clerk", by="a test", overlap=timedelta(0))
    assert (await answer(served, key))[0] == 401
    assert (await answer(served, new.text.reveal()))[0] == 200
    await agents.revoke("clerk", by="a test")
    status, headers, text = await answer(served, new.text.reveal())
    assert (status, "revoked" in text) == (401, True)
    assert 'error="invalid_token"' in headers["www-authenticate"]


async def test_guessing_is_slowed_down_and_the_holder_of_a_good_key_is_not(served: Served):
    key = await served.key()
    assert (await answer(served, key))[0] == 200
    guess = f"{key[:22]}{'A' * 43}"
    statuses = [(await answer(served, guess))[0] for _ in range(25)]
    assert statuses == [401] * 20 + [429] * 5
    assert (await answer(served, key))[0] == 200
    refused = await served.house.records(kind="key", status="refused")
    assert len(refused) == 10
    assert "its id is that of" in refused[0]["says"]
    assert guess[:40] not in str(refused)


async def test_a_huge_token_is_refused_unread(served: Served, provider: Provider):
    assert (await answer(served, provider.token(agent="clerk", sub="x" * 9_500)))[0] == 401
    assert (await answer(served, "a." * 9_000))[0] == 400
    assert not provider.asked
