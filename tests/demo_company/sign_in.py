"""Signing in to the demo company as a person with an app of their own."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from tests.demo_company.box import GLOBAL, Box

REDIRECT = "http://localhost:8910/callback"
SCOPES = "openid profile email offline_access accounting.contacts accounting.settings.read"
VERIFIER = "v" * 43
ACCOUNTS = "/api.xro/2.0/Accounts"


def authorize_query(**changes: str) -> dict[str, str]:
    query = {
        "response_type": "code",
        "client_id": "my-app",
        "redirect_uri": REDIRECT,
        "scope": SCOPES,
        "state": "s&1",
    }
    return {name: text for name, text in {**query, **changes}.items() if text}


async def consent(box: Box, *names: str, **changes: str) -> dict[str, str]:
    """Consent as a person would, and return what came back to the app."""
    tenants = [box.company(name).id for name in names or (GLOBAL,)]
    answer = await box.client.post(
        "/identity/connect/authorize",
        params=authorize_query(**changes),
        data={"tenant": tenants, "decision": "allow"},
    )
    assert answer.status_code == 302, answer.text
    location = answer.headers["location"]
    assert location.startswith(REDIRECT)
    return {name: texts[0] for name, texts in parse_qs(urlsplit(location).query).items()}


async def exchange(box: Box, **form: str) -> httpx2.Response:
    return await box.client.post("/connect/token", data=form, auth=("my-app", "my-secret"))


async def signed_in(box: Box, *names: str, **changes: str) -> dict[str, Any]:
    back = await consent(box, *names, **changes)
    answer = await exchange(
        box, grant_type="authorization_code", code=back["code"], redirect_uri=REDIRECT
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refresh(box: Box, token: str) -> httpx2.Response:
    return await exchange(box, grant_type="refresh_token", refresh_token=token)


def bearer(token: dict[str, Any], **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token['access_token']}", **more}
