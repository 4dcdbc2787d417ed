"""Credentials that come with a request: none is written down, whatever becomes of the request."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.agents.provider import Provider
from tests.changes.deliveries import body, event, signed
from tests.gate.world import World
from tests.http.on_a_port import HELLO, JSON_HEADERS, Served, serving
from tests.wire.test_planted_secrets import everything_in
from xero_mcp.settings import Secret

WEBHOOK_KEY = Secret("PLANTED-webhook-key-42")
METRICS_KEY = Secret("PLANTED-metrics-key-0123456789")
BASIC = "UExBTlRFRC11c2VyOlBMQU5URUQtcGFzc3dvcmQtNDI="
COOKIE = "PLANTED-cookie-0123456789abcdef"
SESSION = "PLANTED-session-0123456789abcdef"
IN_QUERY = "PLANTED-query-0123456789abcdef"
IN_PATH = "PLANTED-path-0123456789abcdef"
SIGNATURE = "UExBTlRFRC1zaWduYXR1cmUtMDEyMzQ1Njc4OWFiY2RlZg=="
ELSEWHERE = (BASIC, COOKIE, SESSION, IN_QUERY, IN_PATH, SIGNATURE)
CALL: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 2,
    "method": "tools/call",
    "params": {"name": "list-accounts", "arguments": {}},
}
MADE_UP_KEY = "xmcp_PLANTEDPLANTEDPLANTEDPLANTED0123456789"


@pytest.fixture
async def served(house: World, provider: Provider) -> AsyncIterator[Served]:
    settings = {
        "public_url": "https://mcp.example.com",
        "oidc_issuer": provider.url,
        "webhook_key": WEBHOOK_KEY,
        "metrics_key": METRICS_KEY,
    }
    async with serving(house, settings=settings) as site:
        yield site


async def knock(site: Served, credential: str) -> None:
    """Say hello and call a tool with that credential, in the usual place and in wrong ones."""
    headers = {
        **JSON_HEADERS,
        "authorization": credential,
        "cookie": f"session={COOKIE}",
        "mcp-session-id": SESSION,
        "last-event-id": SESSION,
        "x-api-key": credential,
    }
    paths = ("/mcp", f"/mcp?token={IN_QUERY}&key={IN_QUERY}", f"/{IN_PATH}")
    async with site.http() as http:
        for path in paths:
            for content in (HELLO, CALL):
                await http.post(path, json=content, headers=headers)
        await http.get("/metrics", headers=headers)


async def deliver(site: Served, signature: str, content: bytes) -> int:
    headers = {"content-type": "application/json", "x-xero-signature": signature}
    async with site.http() as http:
        answer = await http.post("/webhooks/xero", content=content, headers=headers)
    return answer.status_code


async def test_no_credential_of_a_request_is_written_down(
    served: Served,
    provider: Provider,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
):
    key, gone = await served.key(), await served.key("other")
    await served.house.office.agents.revoke("other", by="a test")
    good = provider.token(agent="clerk")
    wrong = provider.token(agent="clerk", aud="somebody-else")
    tokens = [key, gone, MADE_UP_KEY, good, wrong, f"{good}x", METRICS_KEY.reveal()]
    for token in tokens:
        await knock(served, f"Bearer {token}")
    await knock(served, f"Basic {BASIC}")
    for token in (key, good):
        async with served.client(key=token) as client:
            assert not (await client.call_tool("list-accounts", {})).is_error
    content = body([event(entropy=IN_QUERY)])
    right = signed(content, WEBHOOK_KEY)[0]
    assert await deliver(served, right, content) == 200
    assert await deliver(served, SIGNATURE, content) == 401
    records = await served.house.records()
    assert {"clerk"} <= {one.get("agent") for one in records}
    assert any(one["kind"] == "key" and one["status"] == "refused" for one in records)
    printed = capfd.readouterr()
    heap = everything_in(served.house.folder)
    heap += f"{printed.out}{printed.err}{caplog.text}{json.dumps(records)}".encode()
    assert heap.count(b"list-accounts") > 4, "there is something to look through"
    parts = [part for token in (good, wrong) for part in token.split(".")[1:]]
    for needle in (*tokens, *parts, *ELSEWHERE, right, WEBHOOK_KEY.reveal()):
        assert needle.encode() not in heap, needle
