from hashlib import sha256

import httpx2
import jwt
import pytest

from tests.demo_company.box import Box, open_box
from tests.demo_company.sign_in import (
    ACCOUNTS,
    REDIRECT,
    SCOPES,
    VERIFIER,
    authorize_query,
    bearer,
    consent,
    exchange,
    refresh,
    signed_in,
)
from xero_mcp.demo_company.identity.signing import base64url


async def test_client_credentials_give_a_token_for_half_an_hour_and_no_refresh_token(box: Box):
    token = await box.token(scope="accounting.settings.read accounting.contacts")
    assert token["expires_in"] == 1800
    assert {"token_type": "Bearer"}.items() <= token.items()
    assert token["scope"] == "accounting.settings.read accounting.contacts"
    assert "refresh_token" not in token
    assert "id_token" not in token


async def test_the_access_token_is_a_jwt_that_the_key_set_proves(box: Box):
    token = await signed_in(box)
    discovery = (await box.client.get("/.well-known/openid-configuration")).json()
    keys = (await box.client.get(str(discovery["jwks_uri"]))).json()
    key = jwt.PyJWK(keys["keys"][0])
    claims = jwt.decode(
        token["access_token"],
        key,
        algorithms=["RS256"],
        audience=f"{discovery['issuer']}/resources",
        options={"verify_exp": False, "verify_nbf": False},
    )
    assert claims["iss"] == discovery["issuer"]
    assert claims["exp"] - claims["nbf"] == 1800
    assert claims["scope"] == SCOPES.split()
    assert {
        "client_id",
        "sub",
        "auth_time",
        "xero_userid",
        "global_session_id",
        "jti",
        "authentication_event_id",
    } <= set(claims)
    identity = jwt.decode(
        token["id_token"],
        key,
        algorithms=["RS256"],
        audience="my-app",
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    assert identity["email"] == "dana.demo@example.com"


@pytest.mark.parametrize(
    ("form", "auth", "error"),
    [
        ({"grant_type": "password"}, ("demo", "demo-secret"), "unsupported_grant_type"),
        ({}, ("demo", "demo-secret"), "invalid_request"),
        ({"grant_type": "client_credentials"}, ("demo", "wrong"), "invalid_client"),
        ({"grant_type": "client_credentials"}, None, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "demo"}, None, "invalid_client"),
        ({"grant_type": "client_credentials"}, ("my-app", "x"), "unauthorized_client"),
        ({"grant_type": "authorization_code", "code": "no"}, ("demo", "demo-secret"), None),
        ({"grant_type": "refresh_token", "refresh_token": "no"}, ("demo", "demo-secret"), None),
    ],
)
async def test_the_token_endpoint_refuses_with_one_word(
    box: Box, form: dict[str, str], auth: tuple[str, str] | None, error: str | None
):
    proof = httpx2.BasicAuth(*auth) if auth else httpx2.USE_CLIENT_DEFAULT
    answer = await box.client.post("/connect/token", data=form, auth=proof)
    assert answer.status_code == 400
    assert answer.json() == {"error": error or "invalid_grant"}


@pytest.mark.parametrize("header", ["Basic !!!", "Basic bm9jb2xvbg==", "Bearer x", "Basic"])
async def test_a_broken_authorization_header_is_an_invalid_client(box: Box, header: str):
    answer = await box.client.post(
        "/connect/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": header},
    )
    assert answer.json() == {"error": "invalid_client"}


async def test_the_secret_may_stand_in_the_form(box: Box):
    form = {
        "grant_type": "client_credentials",
        "client_id": "demo",
        "client_secret": "demo-secret",
    }
    assert (await box.client.post("/connect/token", data=form)).status_code == 200


@pytest.mark.parametrize(
    "scope",
    [
        "accounting.transactions",
        "accounting.reports.read",
        "accounting.reports.balancesheets.read",
        "accounting.journals.read",
        "paymentservices",
        "openid accounting.contacts",
        "offline_access",
        "nonsense",
    ],
)
async def test_a_scope_that_the_app_lacks_fails_the_whole_request(box: Box, scope: str):
    form = {"grant_type": "client_credentials", "scope": f"accounting.settings {scope}"}
    answer = await box.client.post("/connect/token", data=form, auth=("demo-one", "demo-secret"))
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "invalid_scope",
        "error_description": "Client credentials scope validation failed",
    }


async def test_an_app_can_be_of_the_broad_era_or_of_both():
    async with open_box(scopes="broad") as box:
        await box.token(scope="accounting.transactions accounting.reports.read")
        with pytest.raises(httpx2.HTTPStatusError):
            await box.token(scope="accounting.invoices")
    async with open_box(scopes="both") as box:
        await box.token(scope="accounting.transactions accounting.invoices.read")


async def test_the_consent_page_shows_the_organisations_and_escapes_what_it_was_given(box: Box):
    query = authorize_query(client_id="<script>alert(1)</script>")
    page = await box.client.get("/identity/connect/authorize", params=query)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script>" not in page.text
    for name in ("Global", "NZ", "UK"):
        assert f"Demo Company ({name})" in page.text


async def test_a_person_can_say_no(box: Box):
    answer = await box.client.post(
        "/identity/connect/authorize", params=authorize_query(), data={"decision": "cancel"}
    )
    assert answer.headers["location"] == f"{REDIRECT}?error=access_denied&state=s%261"


@pytest.mark.parametrize(
    "redirect",
    [
        "http://127.0.0.1:8910/callback",
        "http://localhost.example.com/callback",
        "http://user@localhost/callback",
        "javascript:alert(1)",
        "http://localhost:99999/",
        "//localhost/x",
        "",
    ],
)
async def test_a_redirect_that_is_not_localhost_gets_a_page_and_no_redirect(
    box: Box, redirect: str
):
    query = authorize_query(redirect_uri=redirect)
    for method in ("GET", "POST"):
        answer = await box.client.request(method, "/identity/connect/authorize", params=query)
        assert answer.status_code == 400
        assert "unauthorized_client" in answer.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "openid accounting.transactions"}, "invalid_scope"),
        ({"code_challenge": "x", "code_challenge_method": "plain"}, "invalid_request"),
    ],
)
async def test_a_bad_request_to_authorize_goes_back_to_the_app(
    box: Box, changes: dict[str, str], error: str
):
    answer = await box.client.get("/identity/connect/authorize", params=authorize_query(**changes))
    assert answer.status_code == 302
    assert f"error={error}" in answer.headers["location"]


async def test_a_code_is_good_once_and_for_five_minutes(box: Box):
    back = await consent(box)
    assert back["state"] == "s&1"
    form = {
        "grant_type": "authorization_code",
        "code": back["code"],
        "redirect_uri": REDIRECT,
    }
    assert (await exchange(box, **form)).status_code == 200
    assert (await exchange(box, **form)).json() == {"error": "invalid_grant"}
    late = await consent(box)
    box.clock.advance(minutes=5)
    form["code"] = late["code"]
    assert (await exchange(box, **form)).json() == {"error": "invalid_grant"}


async def test_a_code_belongs_to_its_redirect(box: Box):
    back = await consent(box)
    answer = await exchange(
        box,
        grant_type="authorization_code",
        code=back["code"],
        redirect_uri="http://localhost:9/else",
    )
    assert answer.json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    ("verifier", "works"), [(VERIFIER, True), ("w" * 43, False), ("v" * 42, False), ("", False)]
)
async def test_pkce_needs_the_verifier_and_no_secret(box: Box, verifier: str, *, works: bool):
    challenge = base64url(sha256(VERIFIER.encode()).digest())
    back = await consent(box, code_challenge=challenge, code_challenge_method="S256")
    form = {
        "grant_type": "authorization_code",
        "client_id": "my-app",
        "code": back["code"],
        "redirect_uri": REDIRECT,
        "code_verifier": verifier,
    }
    answer = await box.client.post("/connect/token", data=form)
    assert (answer.status_code == 200) is works
    if works:
        again = await box.client.post(
            "/connect/token",
            data={
                "grant_type": "refresh_token",
                "client_id": "my-app",
                "refresh_token": answer.json()["refresh_token"],
            },
        )
        assert again.status_code == 200


async def test_without_pkce_a_secret_is_needed_every_time(box: Box):
    back = await consent(box)
    public = {"client_id": "my-app"}
    code = {"grant_type": "authorization_code", "code": back["code"], "redirect_uri": REDIRECT}
    refused = await box.client.post("/connect/token", data={**public, **code})
    assert refused.json() == {"error": "invalid_grant"}
    token = await signed_in(box)
    again = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
    refused = await box.client.post("/connect/token", data={**public, **again})
    assert refused.json() == {"error": "invalid_grant"}
    form = {**public, "token": token["refresh_token"]}
    await box.client.post("/connect/revocation", data=form)
    assert (await refresh(box, token["refresh_token"])).status_code == 200


async def test_a_refresh_token_rotates_and_the_old_one_lives_half_an_hour_more(box: Box):
    first = await signed_in(box)
    second = (await refresh(box, first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    box.clock.advance(minutes=29)
    assert (await refresh(box, first["refresh_token"])).status_code == 200
    box.clock.advance(minutes=1)
    assert (await refresh(box, first["refresh_token"])).json() == {"error": "invalid_grant"}
    assert (await refresh(box, second["refresh_token"])).status_code == 200


async def test_a_refresh_token_ends_after_sixty_days(box: Box):
    token = await signed_in(box)
    box.clock.advance(days=60)
    assert (await refresh(box, token["refresh_token"])).json() == {"error": "invalid_grant"}


async def test_without_offline_access_there_is_no_refresh_token(box: Box):
    token = await signed_in(box, scope="accounting.contacts")
    assert "refresh_token" not in token


async def test_revoking_ends_the_tokens_and_the_connections(box: Box):
    token = await signed_in(box)
    form = {"token": token["refresh_token"]}
    wrong = await box.client.post("/connect/revocation", data=form, auth=("demo", "wrong"))
    assert wrong.json() == {"error": "invalid_client"}
    done = await box.client.post("/connect/revocation", data=form, auth=("my-app", "my-secret"))
    assert (done.status_code, done.content) == (200, b"")
    assert (await refresh(box, token["refresh_token"])).json() == {"error": "invalid_grant"}
    assert (await box.client.get(ACCOUNTS, headers=bearer(token))).status_code == 401
    again = await box.client.post("/connect/revocation", data=form, auth=("my-app", "my-secret"))
    assert again.status_code == 200


async def test_a_new_consent_adds_to_the_scopes_that_were_given_before(box: Box):
    await signed_in(box, scope="openid accounting.contacts.read")
    wider = await signed_in(box, scope="openid accounting.settings.read")
    assert wider["scope"] == "openid accounting.settings.read accounting.contacts.read"


async def test_after_a_revocation_scopes_begin_anew(box: Box):
    first = await signed_in(box)
    form = {"token": first["refresh_token"]}
    await box.client.post("/connect/revocation", data=form, auth=("my-app", "my-secret"))
    again = await signed_in(box, scope="openid accounting.settings.read")
    assert again["scope"] == "openid accounting.settings.read"
