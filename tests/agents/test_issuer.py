"""The keys of an identity provider that really runs: found, renewed, and never from elsewhere."""

import json

import anyio
import pytest
from anyio import lowlevel
from joserfc.errors import SecurityWarning
from joserfc.jwk import RSAKey

from tests.agents.door import NOW, Door
from tests.agents.provider import CONFIGURATION, KEYS, Provider, key_of, signed
from tests.fakes import FakeClock
from xero_mcp.agents.issuer import FetchError, Issuer, IssuerAwayError
from xero_mcp.app.identity import fetched


async def test_a_new_key_is_found_and_a_key_that_was_taken_out_is_forgotten(door: Door):
    assert await door.name(door.provider.token()) == "ap-clerk"
    door.provider.shown.clear()
    door.provider.show("k2", key_of("RS256", "two"))
    header = {"alg": "RS256", "kid": "k2"}
    claims = door.provider.claims(exp=NOW + 9_999)
    new = signed(header, claims, key_of("RS256", "two"))
    assert "signature" in await door.why(new)  # it was asked just now
    door.clock.advance(60)
    assert await door.name(new) == "ap-clerk"
    assert "signature" in await door.why(door.provider.token(exp=NOW + 9_999))


async def test_names_of_unknown_keys_make_it_ask_once_a_minute_at_most(door: Door):
    for number in range(20):
        await door.identifier.identify(door.provider.token(kid=f"x{number}"))
    assert door.provider.asked == {CONFIGURATION: 1, KEYS: 1}
    door.clock.advance(60)
    for number in range(20):
        await door.identifier.identify(door.provider.token(kid=f"y{number}"))
    assert door.provider.asked == {CONFIGURATION: 2, KEYS: 2}


async def test_many_at_once_ask_once(door: Door):
    issuer = Issuer(door.provider.url, fetched, door.clock)
    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(issuer.keys_for, "k1", "RS256")
    assert len(await issuer.keys_for("k1", "RS256")) == 1
    assert door.provider.asked == {CONFIGURATION: 1, KEYS: 1}


async def test_one_who_leaves_while_the_keys_are_read_takes_none_along(provider: Provider):
    clock, scope = FakeClock(), anyio.CancelScope()

    async def fetch(url: str) -> bytes:
        scope.cancel()
        return await fetched(url)

    issuer = Issuer(provider.url, fetch, clock)
    with scope:
        await issuer.keys_for("k1", "RS256")
    assert len(await issuer.keys_for("k1", "RS256")) == 1
    assert provider.asked == {CONFIGURATION: 1, KEYS: 1}


async def test_those_who_wait_for_a_provider_that_hangs_wait_for_one_try_and_not_each_for_its_own():
    clock, tries = FakeClock(), list[str]()

    async def fetch(url: str) -> bytes:
        tries.append(url)
        await lowlevel.checkpoint()
        clock.advance(10)  # longer than the pause between two tries
        raise FetchError("it hangs")

    issuer = Issuer("https://login.example.com", fetch, clock)

    async def ask() -> None:
        with pytest.raises(IssuerAwayError):
            await issuer.keys_for("k1", "RS256")

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(ask)
    assert len(tries) == 1
    clock.advance(5)
    await ask()
    assert len(tries) == 2


async def test_without_any_key_it_asks_again_after_seconds(door: Door):
    door.provider.instead[CONFIGURATION] = (503, b"", "")
    for _ in range(3):
        with pytest.raises(IssuerAwayError):
            await door.identifier.identify(door.provider.token())
    assert door.provider.asked == {CONFIGURATION: 1}
    door.provider.instead.clear()
    door.clock.advance(5)
    assert await door.name(door.provider.token()) == "ap-clerk"


async def test_keys_are_read_again_each_hour_and_outlive_a_provider_that_is_away(door: Door):
    long = door.provider.token(exp=NOW + 99_999)
    assert await door.name(long) == "ap-clerk"
    door.provider.instead[KEYS] = (500, b"", "")
    door.clock.advance(3_601)
    assert await door.name(long) == "ap-clerk"
    assert door.provider.asked[KEYS] == 2
    door.clock.advance(12 * 3_600)
    with pytest.raises(IssuerAwayError, match="status 500"):
        await door.identifier.identify(long)
    del door.provider.instead[KEYS]
    door.clock.advance(60)
    assert await door.name(long) == "ap-clerk"


@pytest.mark.parametrize(
    ("path", "answer", "why"),
    [
        (CONFIGURATION, (404, b"", ""), "status 404"),
        (CONFIGURATION, (302, b"", "/elsewhere"), "status 302"),
        (CONFIGURATION, (200, b"[]", ""), "another issuer"),
        (CONFIGURATION, (200, b"{", ""), "no JSON"),
        (CONFIGURATION, (200, b'{"issuer": "https://evil.example.com"}', ""), "another issuer"),
        (KEYS, (200, b"x" * 600_000, ""), "too much"),
        (KEYS, (200, b'{"keys": 1}', ""), "no list of keys"),
        (KEYS, (200, b'{"keys": [1, {"kty": "oct", "k": "AAAA"}]}', ""), "no key by which"),
        (KEYS, (200, b'{"keys": [{"kty": "RSA", "n": "!", "e": "AQAB"}]}', ""), "no key by which"),
    ],
)
async def test_a_provider_that_answers_wrongly_lets_nobody_in(
    door: Door, path: str, answer: tuple[int, bytes, str], why: str
):
    door.provider.instead[path] = answer
    with pytest.raises(IssuerAwayError, match=why):
        await door.identifier.identify(door.provider.token())
    assert door.provider.asked["/elsewhere"] == 0


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/keys",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "https://user@example.com/keys",
        "//example.com/keys",
        "https://",
        "",
        None,
    ],
)
async def test_keys_are_looked_for_at_no_unsafe_address(door: Door, address: str | None):
    document = {"issuer": door.provider.url, "jwks_uri": address}
    door.provider.instead[CONFIGURATION] = (200, json.dumps(document).encode(), "")
    with pytest.raises(IssuerAwayError, match="no https address"):
        await door.identifier.identify(door.provider.token())


async def test_a_weak_key_or_one_for_encrypting_verifies_nothing(door: Door):
    with pytest.warns(SecurityWarning):
        weak = RSAKey.generate_key(1024)
    door.provider.show("weak", weak)
    door.provider.show("enc", key_of("RS256"), use="enc")
    door.provider.show("wrap", key_of("RS256"), key_ops=["wrapKey"])
    claims = door.provider.claims()
    for kid, key in (("weak", weak), ("enc", key_of("RS256")), ("wrap", key_of("RS256"))):
        assert "signature" in await door.why(signed({"alg": "RS256", "kid": kid}, claims, key))


@pytest.mark.parametrize("name", ["use", "kty", "crv", "alg", "kid", "key_ops", "n", "e"])
@pytest.mark.parametrize("value", [[], {}, [["sig"]], 7, True, None, "", "\ud800"])
async def test_a_key_of_wrong_types_spoils_none_beside_it(door: Door, name: str, value: object):
    own = key_of("RS256").as_dict(private=False)
    keys = [{**own, "kid": "odd", name: value}, *door.provider.shown.values()]
    door.provider.instead[KEYS] = (200, json.dumps({"keys": keys}).encode(), "")
    assert await door.name(door.provider.token()) == "ap-clerk"
