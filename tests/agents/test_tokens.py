"""JWTs of an identity provider that really runs: what is taken, and everything that is not."""

import hmac
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import RSAKey

from tests.agents.door import ALGORITHMS, NOW, Door
from tests.agents.provider import (
    AUDIENCE,
    CONFIGURATION,
    KEYS,
    encoded,
    key_of,
    part,
    signed,
)
from xero_mcp.agents import Agent, Refused
from xero_mcp.agents.tokens import TokenError, taken_apart


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_a_good_token_names_its_agent_and_on_whose_behalf(door: Door, algorithm: str):
    kid = "k1" if algorithm == "RS256" else algorithm
    found = await door.identifier.identify(door.provider.token(algorithm, kid=kid))
    assert isinstance(found, Agent)
    assert (found.name, found.on_behalf_of) == ("ap-clerk", "jane@example.com")
    renewed = door.provider.token(algorithm, kid=kid, exp=NOW + 999, jti="2")
    again = await door.identifier.identify(renewed)
    assert again == found
    assert (found.credential_fingerprint or "").startswith("jwt_")
    assert door.recorded == []


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"aud": "https://other.example.com/mcp"}, "another audience"),
        ({"aud": [f"{AUDIENCE}/", "x"]}, "another audience"),
        ({"aud": None}, "another audience"),
        ({"aud": {AUDIENCE: 1}}, "another audience"),
        ({"iss": "https://evil.example.com"}, "another issuer"),
        ({"iss": None}, "another issuer"),
        ({"exp": NOW - 60}, "has expired"),
        ({"exp": None}, "has no end"),
        ({"exp": str(NOW + 300)}, "exp is no number"),
        ({"exp": True}, "exp is no number"),
        ({"nbf": NOW + 61}, "not valid yet"),
        ({"iat": NOW + 61}, "not valid yet"),
        ({"agent": None}, "names no agent in its claim agent"),
        ({"agent": "../controller"}, "names no agent in its claim agent"),
        ({"agent": ["ap-clerk"]}, "names no agent in its claim agent"),
        ({"agent": "controller"}, "no policy for the agent controller"),
    ],
)
async def test_a_token_that_says_the_wrong_thing_is_refused(
    door: Door, claims: dict[str, object], why: str
):
    assert why in await door.why(door.provider.token_of(claims))
    assert len(door.recorded) == 1


async def test_clocks_may_differ_by_a_minute(door: Door):
    for claims in ({"exp": NOW - 59}, {"nbf": NOW + 60, "iat": NOW + 60}, {"exp": NOW + 0.5}):
        assert await door.name(door.provider.token_of(claims)) == "ap-clerk"


async def test_only_a_token_that_is_good_and_leads_nowhere_is_known(door: Door):
    for claims, is_known in [({"agent": "controller"}, True), ({"exp": NOW - 99}, False)]:
        found = await door.identifier.identify(door.provider.token_of(claims))
        assert isinstance(found, Refused)
        assert found.is_known is is_known


async def test_one_of_several_audiences_is_enough(door: Door):
    assert await door.name(door.provider.token(aud=["x", AUDIENCE])) == "ap-clerk"


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "NONE", "HS256", "HS512", "RS1", "", None, 7, ["RS256"]]
)
async def test_an_algorithm_that_is_no_signature_of_a_key_pair_is_refused(
    door: Door, algorithm: object
):
    start = f"{part({'alg': algorithm, 'kid': 'k1'})}.{part(door.provider.claims())}"
    assert "must be signed by one of RS256" in await door.why(f"{start}.")


async def test_the_public_key_is_no_secret_to_sign_with(door: Door):
    key = key_of("RS256")
    assert isinstance(key, RSAKey)
    for public in (key.as_pem(private=False), key.as_der(private=False)):
        start = f"{part({'alg': 'HS256', 'kid': 'k1'})}.{part(door.provider.claims())}"
        token = f"{start}.{encoded(hmac.digest(public, start.encode(), 'sha256'))}"
        assert "must be signed by one of RS256" in await door.why(token)


async def test_a_key_verifies_by_its_own_algorithm_alone(door: Door):
    door.provider.show("k1", key_of("RS256"), alg="RS256")
    assert "signature" in await door.why(door.provider.token("PS256", kid="k1"))
    assert "signature" in await door.why(door.provider.token("RS256", kid="ES256"))
    assert await door.name(door.provider.token("RS256", kid="k1")) == "ap-clerk"


async def test_a_signature_of_another_key_or_over_other_words_is_refused(door: Door):
    header = {"alg": "RS256", "kid": "k1"}
    forged = signed(header, door.provider.claims(), key_of("RS256", "mallory"))
    good = door.provider.token().split(".")
    other = part(door.provider.claims(sub="joe@example.com"))
    for token in (
        forged,
        f"{good[0]}.{other}.{good[2]}",
        f"{good[0]}.{good[1]}.",
        f"{good[0]}.{good[1]}.{good[2][:-8]}",
        f"{part({'alg': 'ES256', 'kid': 'ES256'})}.{good[1]}.{'A' * 86}",
    ):
        assert "signature" in await door.why(token)


@pytest.mark.parametrize("where", ["jku", "x5u", "jwk", "x5c"])
async def test_where_a_token_says_its_key_is_nobody_looks(door: Door, where: str):
    mallory = key_of("RS256", "mallory")
    door.provider.instead["/evil"] = (
        200,
        json.dumps({"keys": [{**mallory.as_dict(private=False), "kid": "m"}]}).encode(),
        "",
    )
    value: object = {
        "jwk": mallory.as_dict(private=False),
        "x5c": ["AAAA"],
    }.get(where, f"{door.provider.url}/evil")
    token = signed({"alg": "RS256", "kid": "m", where: value}, door.provider.claims(), mallory)
    assert "signature" in await door.why(token)
    assert door.provider.asked["/evil"] == 0


@pytest.mark.parametrize(
    "kid",
    ["../../etc/passwd", "/dev/null", "' OR 1=1 --", "\x00", "k1\n", "", "k" * 301, 1, ["k1"]],
)
async def test_a_strange_name_of_a_key_names_none(door: Door, kid: object):
    token = signed({"alg": "RS256", "kid": kid}, door.provider.claims(), key_of("RS256"))
    why = await door.why(token)
    assert "signature" in why or "cannot be read" in why
    assert set(door.provider.asked) <= {CONFIGURATION, KEYS}


async def test_without_a_name_any_key_that_fits_may_have_signed(door: Door):
    token = signed({"alg": "ES256"}, door.provider.claims(), key_of("ES256"))
    assert await door.name(token) == "ap-clerk"


@pytest.mark.parametrize(
    "more", [{"crit": ["b64"]}, {"b64": False}, {"cty": "JWT"}, {"typ": "dpop+jwt"}, {"typ": 1}]
)
async def test_a_header_that_asks_for_more_is_refused(door: Door, more: dict[str, object]):
    token = signed({"alg": "RS256", "kid": "k1", **more}, door.provider.claims(), key_of("RS256"))
    why = await door.why(token)
    assert "not done here" in why or "another type" in why


async def test_an_access_token_by_its_own_type_is_taken(door: Door):
    header = {"alg": "RS256", "kid": "k1", "typ": "at+JWT"}
    assert await door.name(signed(header, door.provider.claims(), key_of("RS256"))) == "ap-clerk"


async def test_an_encrypted_token_is_refused_unopened(door: Door):
    key = key_of("RS256")
    assert isinstance(key, RSAKey)
    nested = jwe.encrypt_compact(
        {"alg": "RSA-OAEP", "enc": "A256GCM", "cty": "JWT"}, door.provider.token(), key
    )
    assert "JWE" in await door.why(nested)


@pytest.mark.parametrize(
    "token",
    [
        ".",
        "..",
        "....",
        "a.b.c.d",
        "é.é.é",
        "eyJ hbGc.e30.",
        f"{part([1])}.{part({})}.",
        f"{part({'alg': 'RS256'})}.{part([1])}.",
        "eyJhbGciOiJSUzI1NiIsImFsZyI6Im5vbmUifQ.e30.",  # alg twice
        f"{part({})}.{'A' * 20_000}.",
        f"{part({'alg': 'RS256'})}.{'W1tbW1tbW1tb' * 900}.",  # [[[[…
        f"{part({'alg': 'RS256'})}.eyJleHAiOk5hTn0.",  # {"exp":NaN}
        f"{part({'alg': 'RS256'})}.eyJleHAiOjFlOTk5OTk5OTk5OTk5OTk5OTk5OTl9.",  # 1e9999…
        "=.=.=",
    ],
)
async def test_rubbish_is_refused_and_nobody_is_asked(door: Door, token: str):
    why = await door.why(token)
    assert "cannot be read" in why or "too long" in why or "JWE" in why
    assert not door.provider.asked


async def test_a_token_of_xeros_is_never_taken(door: Door):
    for claims in (
        {"iss": "https://identity.xero.com"},
        {"aud": "https://identity.xero.com/resources"},
        {"iss": "https://xero.test", "aud": None},
    ):
        assert "signs in to Xero by itself" in await door.why(door.provider.token_of(claims))
    assert await door.name(door.provider.token(iss=door.provider.url)) == "ap-clerk"


@given(st.text(max_size=200) | st.from_regex(r"([A-Za-z0-9_=-]{0,40}\.){2}[A-Za-z0-9_-]{0,40}"))
def test_whatever_is_brought_is_read_or_refused_and_never_breaks(text: str):
    with suppress(TokenError):
        taken_apart(text)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
def test_whatever_a_token_holds_is_read_or_refused_and_never_breaks(value: object):
    for claims in (value, {"iss": value, "exp": value}):
        with suppress(TokenError):
            taken_apart(f"{part(claims)}.{part(claims)}.AAAA")


async def test_refused_credentials_are_recorded_ten_a_minute_and_the_rest_counted(door: Door):
    secret = door.provider.token(exp=NOW - 99)
    for _ in range(25):
        await door.identifier.identify(secret)
    assert door.recorded == ["The token has expired."] * 10
    door.clock.advance(60)
    await door.identifier.identify("xmcp_nonsense")
    assert door.recorded[10:] == ["That is no key of this server. (15 more were refused before it)"]
    assert secret not in str(door.recorded)
