"""Attacks by name: each is turned away before anything of ours looks at what it brings."""

import re

import pytest

from tests.gate.world import World
from tests.http.on_a_port import (
    HELLO,
    JSON_HEADERS,
    Served,
    answer_of,
    request,
    serving,
    status_of,
)
from xero_mcp.settings import Secret
from xero_mcp.transport.http.who import WRONG_A_MINUTE

TOKEN = "PLANTED-credential-of-a-client"  # noqa: S105 - opens nothing
HOST = "host"
SMUGGLED = (
    b"POST /mcp HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 5\r\n"
    b"transfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n"
)


async def exchanged(served: Served, head: bytes) -> bytes:
    async with served.socket() as stream:
        await stream.send(head)
        return await answer_of(stream)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil.example#127.0.0.1",
        "127.0.0.1@evil.example",
        "2130706433",
        "0.0.0.1",
        "",
    ],
)
async def test_dns_rebinding_finds_no_server_of_that_name(house: World, host: str):
    async with serving(house, anybody="clerk") as site:
        for path in ("/mcp", "/sse", "/messages/", "/healthz", "/readyz", "/metrics"):
            answer = await exchanged(site, request(path, headers={HOST: host}))
            assert status_of(answer) in {400, 421}
    assert await house.records(kind="outcome") == []


async def test_two_hosts_are_no_host(served: Served):
    head = b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nhost: evil.example\r\n\r\n"
    assert status_of(await exchanged(served, head)) in {400, 421}


async def test_loopback_is_a_name_of_ours(served: Served):
    for host in ("127.0.0.1", "localhost:8080", "LOCALHOST", "[::1]:1"):
        head = request("/healthz", headers={HOST: host})
        assert status_of(await exchanged(served, head)) == 200


async def test_the_public_address_and_the_allowed_hosts_are_names_of_ours(house: World):
    settings = {
        "public_url": "https://mcp.example.com",
        "allowed_hosts": ("replica-2.internal",),
    }
    async with serving(house, settings=settings) as site:
        for host in ("mcp.example.com", "replica-2.internal:9000", "MCP.EXAMPLE.COM:443"):
            head = request("/healthz", headers={HOST: host})
            assert status_of(await exchanged(site, head)) == 200
        head = request("/healthz", headers={HOST: "sub.mcp.example.com"})
        assert status_of(await exchanged(site, head)) == 421


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "https://127.0.0.1.evil.example",
        "https://localhost.evil.example",
        "http://localhost@evil.example",
        "file://localhost",
        "https://mcp.example.com.evil.example",
        "http://mcp.example.com",
    ],
)
async def test_a_page_of_a_foreign_origin_may_call_nothing(house: World, origin: str):
    settings = {"public_url": "https://mcp.example.com"}
    async with serving(house, anybody="clerk", settings=settings) as site, site.http() as http:
        headers = {**JSON_HEADERS, "origin": origin}
        answer = await http.post("/mcp", json=HELLO, headers=headers)
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
        preflight = await http.request("OPTIONS", "/mcp", headers={"origin": origin})
        assert preflight.status_code == 403


@pytest.mark.parametrize("origin", ["https://mcp.example.com", "http://localhost:6274"])
async def test_a_page_of_our_own_or_of_this_machine_may_call(house: World, origin: str):
    settings = {"public_url": "https://mcp.example.com"}
    async with serving(house, anybody="clerk", settings=settings) as site, site.http() as http:
        headers = {**JSON_HEADERS, "origin": origin}
        answer = await http.post("/mcp", json=HELLO, headers=headers)
    assert answer.status_code == 200


NOT_OUR_PATHS = [
    "/../mcp",
    "/x/../mcp",
    "/%2e%2e/mcp",
    "/x/%2E./mcp",
    "//mcp",
    "/mcp%00",
    "/mcp%2f..%2fmetrics",
    "/messages/../metrics",
    "/messages\\..\\metrics",
    "/mcp%5c",
    "/mcp%ff",
]


async def test_path_tricks_are_refused(served: Served):
    for path in NOT_OUR_PATHS:
        answer = await exchanged(served, request(path))
        assert status_of(answer) in {400, 404}
        assert b"xero_mcp_" not in answer


async def test_what_is_no_path_of_ours_is_not_found(served: Served):
    for path in ("/", "/MCP", "/mcp/", "/.env", "/xero-mcp.db", "/admin"):
        assert status_of(await exchanged(served, request(path))) == 404


INJECTED = [
    b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nx: a\x00b\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nx y: b\r\n\r\n",
    SMUGGLED,
    b"POST /mcp HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
    b"POST /mcp HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: -1\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"\x00" * 64,
    b"GET / HTTP/9.9\r\n\r\n",
]


async def test_header_injection_and_smuggling_end_the_connection(served: Served):
    for head in INJECTED:
        answer = await exchanged(served, head)
        assert status_of(answer) in {0, 400, 421}
        assert b"200 OK" not in answer
        assert answer.count(b"HTTP/1.1") <= 1


async def test_header_injection_never_makes_a_header_of_ours(served: Served):
    async with served.http("x") as http:
        answer = await http.get("/mcp", params={"a": "\r\nset-cookie: stolen=1"})
    assert "set-cookie" not in answer.headers
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("", 401),
        ("Bearer", 400),
        ("Bearer ", 400),
        ("Basic eDp5", 400),
        ("Bearer a b", 400),
        (f"Bearer {TOKEN}", 401),
        (f"bearer {TOKEN}", 401),
        (f"Bearer {'x' * 20_000}", 400),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_without_a_good_key_there_is_a_challenge(
    served: Served, authorization: str, status: int
):
    for path, method in (("/mcp", "POST"), ("/sse", "GET"), ("/messages/", "POST")):
        head = request(path, method=method, headers={"authorization": authorization})
        answer = await exchanged(served, head)
        assert status_of(answer) == status
        assert re.search(rb"(?m)^www-authenticate: Bearer ", answer)
        assert TOKEN.encode() not in answer


async def test_two_credentials_are_no_credential(served: Served):
    key = await served.key()
    head = (
        f"POST /mcp HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {key}\r\n"
        f"authorization: Bearer {key}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
    )
    assert status_of(await exchanged(served, head.encode())) == 400


async def test_key_guessing_is_slowed_down_and_locks_no_holder_out(served: Served):
    async with served.http(await served.key()) as holder, served.http() as guesser:
        assert (await holder.post("/mcp", json=HELLO, headers=JSON_HEADERS)).status_code == 200
        statuses = [
            (
                await guesser.post(
                    "/mcp", json={}, headers={**JSON_HEADERS, "authorization": f"Bearer {number}"}
                )
            ).status_code
            for number in range(WRONG_A_MINUTE + 3)
        ]
        assert statuses == [401] * WRONG_A_MINUTE + [429] * 3
        assert (await holder.post("/mcp", json=HELLO, headers=JSON_HEADERS)).status_code == 200
        served.house.clock.advance(61)
        again = await guesser.post(
            "/mcp", json={}, headers={**JSON_HEADERS, "authorization": "Bearer next"}
        )
        assert again.status_code == 401


async def test_behind_a_proxy_one_guesser_does_not_slow_the_others(house: World):
    settings = {"public_url": "https://mcp.example.com"}
    async with serving(house, settings=settings) as site, site.http() as http:

        async def guess(passed_on: str) -> int:
            headers = {
                **JSON_HEADERS,
                "authorization": "Bearer wrong",
                "x-forwarded-for": passed_on,
            }
            return (await http.post("/mcp", json={}, headers=headers)).status_code

        # What the guesser claims stands before what the proxy adds.
        found = [await guess(f"10.0.0.{number}, 203.0.113.9") for number in range(25)]
        assert found[-1] == 429
        assert await guess("203.0.113.10") == 401


async def test_the_replayed_session_id_of_another_principal_is_not_found(served: Served):
    served.house.write_policy(
        (served.house.folder / "home/policies/clerk.yaml")
        .read_text(encoding="utf-8")
        .replace("agent: clerk", "agent: other"),
        "other",
    )
    owner, thief = await served.key(), await served.key("other")
    async with (
        served.http(owner) as http,
        served.http(thief) as other,
        http.stream("GET", "/sse") as stream,
    ):
        address, lines = "", stream.aiter_lines()
        async for line in lines:
            if line.startswith("data: /messages/"):
                address = line.removeprefix("data: ")
                break
        stolen = await other.post(address, json=HELLO)
        own = await http.post(address, json=HELLO)
    assert (stolen.status_code, own.status_code) == (404, 202)


async def test_a_made_up_session_is_not_found(served: Served):
    async with served.http(await served.key()) as http:
        for session in ("", "x", "0" * 32, "../../metrics", "0" * 5_000):
            answer = await http.post("/messages/", params={"session_id": session}, json=HELLO)
            assert answer.status_code in {400, 404}


async def test_a_session_id_on_the_stateless_way_opens_nothing(served: Served):
    headers = {**JSON_HEADERS, "mcp-session-id": "0" * 32}
    async with served.http() as http:
        answer = await http.post("/mcp", json=HELLO, headers=headers)
    assert answer.status_code == 401


async def test_metrics_tell_no_name_and_need_this_machine_or_a_key(house: World):
    key = "a-key-for-prometheus"
    async with serving(house, anybody="clerk") as site:
        async with site.client() as client:
            await client.call_tool("list-accounts", {})
            with pytest.raises(Exception, match="Unknown tool"):
                await client.call_tool("no-such-tool-{evil}", {})
        async with site.http() as http:
            told = (await http.get("/metrics")).text
            passed_on = await http.get("/metrics", headers={"x-forwarded-for": "203.0.113.9"})
    assert 'xero_mcp_calls_total{tool="list-accounts",outcome="ok"} 1' in told
    assert 'tool="other"' in told
    assert "clerk" not in told
    assert "Demo Company" not in told
    assert "evil" not in told
    assert passed_on.status_code == 403
    async with serving(house, settings={"metrics_key": Secret(key)}) as site, site.http() as http:
        assert (await http.get("/metrics")).status_code == 403
        headers = {"authorization": "Bearer wrong-wrong-wrong-wrong"}
        assert (await http.get("/metrics", headers=headers)).status_code == 403
        headers = {"authorization": f"Bearer {key}"}
        assert (await http.get("/metrics", headers=headers)).status_code == 200


async def test_no_secrets_of_a_request_are_in_logs(
    served: Served, capfd: pytest.CaptureFixture[str]
):
    key = await served.key()
    planted = "PLANTED-in-a-broken-body"
    async with served.http(key) as http:
        broken = f'{{"jsonrpc":"2.0","id":1,"method":"{planted}'.encode()
        await http.post("/mcp", content=broken, headers=JSON_HEADERS)
        async with http.stream("GET", "/sse") as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data: /messages/"):
                    await http.post(line.removeprefix("data: "), content=broken)
                    break
    async with served.http(TOKEN) as http:
        await http.post("/mcp", json=HELLO, headers=JSON_HEADERS)
    said = "".join(capfd.readouterr())
    recorded = str(await served.house.records())
    for secret in (key, TOKEN, planted):
        assert secret not in said
        assert secret not in recorded
    assert "Traceback" not in said
