"""From Xero's consent page to organisations that are connected here."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes import FakeClock
from tests.xero.sign_in_world import GLOBAL, HOSTS, NZ, PUBLIC, UK, SignInWorld
from xero_mcp.store.base import Store
from xero_mcp.xero.secret import Secret
from xero_mcp.xero.sign_in import exchange
from xero_mcp.xero.sign_in_request import (
    RedirectError,
    SignInRefusedError,
    authorize_url,
    code_of,
    is_ours,
    read_redirect,
)
from xero_mcp.xero.sign_in_tokens import App

WITH_SECRET = App(client_id="my-web-app", secret=Secret("its-own-secret"))


@pytest.fixture
def world(store: Store, clock: FakeClock) -> SignInWorld:
    return SignInWorld(store=store, clock=clock)


@pytest.mark.parametrize("app", [PUBLIC, WITH_SECRET], ids=["PKCE", "secret"])
async def test_a_consent_brings_just_the_organisations_that_were_chosen(
    world: SignInWorld, app: App
):
    consent = await world.consent(GLOBAL, UK, app=app)
    assert [one.tenant_name for one in consent.organisations] == [GLOBAL, UK]
    assert consent.signed_in.person == "dana.demo@example.com"
    assert "offline_access" in consent.signed_in.scopes


async def test_organisations_of_an_earlier_consent_are_not_taken_for_this_one(
    world: SignInWorld,
):
    await world.connect(GLOBAL, UK)
    consent = await world.consent(NZ)
    assert [one.tenant_name for one in consent.organisations] == [NZ]


async def test_pkce_sends_a_challenge_and_never_its_verifier(world: SignInWorld):
    attempt = world.attempt()
    assert attempt.verifier is not None
    url = authorize_url(HOSTS, attempt)
    assert "code_challenge_method=S256" in url
    assert attempt.verifier.reveal() not in url
    assert len(attempt.verifier.reveal()) in range(43, 129)


async def test_each_attempt_has_secrets_of_its_own(world: SignInWorld):
    one, other = world.attempt(), world.attempt()
    assert one.state != other.state
    assert one.verifier != other.verifier
    assert one.nonce != other.nonce


async def test_a_code_that_was_used_is_refused(world: SignInWorld):
    attempt = world.attempt()
    code = code_of(await world.browser(attempt, GLOBAL))
    await exchange(world.desk(), PUBLIC, attempt, code)
    with pytest.raises(SignInRefusedError, match="used before"):
        await exchange(world.desk(), PUBLIC, attempt, code)


async def test_a_code_is_no_use_to_another_attempt(world: SignInWorld):
    code = code_of(await world.browser(world.attempt(), GLOBAL))
    with pytest.raises(SignInRefusedError):
        await exchange(world.desk(), PUBLIC, world.attempt(), code)


async def test_a_code_that_is_old_is_refused(world: SignInWorld, clock: FakeClock):
    attempt = world.attempt()
    code = code_of(await world.browser(attempt, GLOBAL))
    clock.advance(301)
    with pytest.raises(SignInRefusedError, match="five minutes"):
        await exchange(world.desk(), PUBLIC, attempt, code)


async def test_an_identity_with_another_nonce_is_refused(world: SignInWorld):
    attempt = world.attempt()
    code = code_of(await world.browser(attempt, GLOBAL))
    with pytest.raises(SignInRefusedError, match="nonce"):
        await exchange(world.desk(), PUBLIC, replace(attempt, nonce=Secret("mine")), code)


async def test_a_person_who_says_no_is_told_that_nothing_changed(world: SignInWorld):
    attempt = world.attempt()
    back = await world.browser(attempt, GLOBAL, decision="cancel")
    assert is_ours(attempt, back)
    with pytest.raises(SignInRefusedError, match="Access was not given"):
        code_of(back)


async def test_no_organisation_chosen_is_a_no(world: SignInWorld):
    attempt = world.attempt()
    with pytest.raises(SignInRefusedError, match="Access was not given"):
        code_of(await world.browser(attempt))


@pytest.mark.parametrize("query", [{}, {"state": ""}, {"state": "x", "code": "c"}])
async def test_only_the_state_of_the_attempt_makes_a_callback_ours(
    world: SignInWorld, query: dict[str, str]
):
    attempt = world.attempt()
    assert not is_ours(attempt, query)
    assert is_ours(attempt, {**query, "state": attempt.state.reveal()})


@pytest.mark.parametrize("code", ["", "x" * 2_049, "a\r\nb", "ü"])
def test_what_is_no_code_is_refused(code: str):
    with pytest.raises(SignInRefusedError, match="no code"):
        code_of({"code": code})


def test_what_xero_says_no_with_is_shown_without_its_markup():
    with pytest.raises(SignInRefusedError, match=r"\(server_error") as raised:
        code_of({"error": "server_error\x1b[31m"})
    assert "\x1b" not in str(raised.value)


def test_scopes_that_the_app_does_not_know_point_at_the_broad_ones():
    with pytest.raises(SignInRefusedError, match="--broad-scopes"):
        code_of({"error": "invalid_scope"})


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("http://127.0.0.1:8910/callback", "no number as host"),
        ("http://[::1]:8910/callback", "no number as host"),
        ("https://localhost:8910/callback", "nobody on this machine"),
        ("https://books.example.com/callback", "nobody on this machine"),
        ("http://localhost@example.com/callback", "nobody on this machine"),
        ("http://localhost:8910/callback?x=1", "without"),
        ("http://localhost:99999/callback", "no address"),
        ("http://localhost:0/callback", "no port that a browser finds"),
        ("http://localhost:8910/call back", "plain ones"),
        ("http://localhost:8910/zurück", "plain ones"),
        ("localhost:8910", "nobody on this machine"),
    ],
)
def test_a_redirect_that_cannot_work_says_why(uri: str, why: str):
    with pytest.raises(RedirectError, match=why):
        read_redirect(uri)


def test_a_redirect_of_this_machine_is_understood():
    found = read_redirect("http://localhost:8910/callback")
    assert (found.port, found.path) == (8910, "/callback")
    assert read_redirect("http://localhost").path == "/"


async def test_what_is_kept_gives_no_token_away(world: SignInWorld, database: Path):
    row = await world.connect(GLOBAL, app=WITH_SECRET)
    kept = world.process().opened(row)
    assert await world.works(kept.access_token)
    stored = b"".join(path.read_bytes() for path in database.parent.iterdir() if path.is_file())
    assert row.id.encode() in stored
    for secret in (kept.access_token, kept.refresh_token, kept.client_secret):
        assert secret is not None
        assert secret.reveal().encode() not in stored


async def test_an_organisation_that_is_connected_again_leaves_its_old_sign_in(
    world: SignInWorld,
):
    both = await world.connect(GLOBAL, UK)
    newer = await world.connect(GLOBAL)
    rows = await world.store.read(lambda t: t.sign_ins.organisations(HOSTS.fingerprint))
    assert {one.name: one.sign_in_id for one in rows} == {GLOBAL: newer.id, UK: both.id}
    await world.connect(UK)
    assert await world.row(both.id) is None, "a sign-in without organisations is forgotten"
