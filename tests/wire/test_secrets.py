"""No secret is ever shown or kept in the clear: not in answers, logs, files or the database."""

import sqlite3
from contextlib import closing
from pathlib import Path

import httpx2

from tests.wire.bounds import CONTROL_SECONDS
from tests.wire.demo_process import DemoProcess
from tests.wire.house import House
from tests.wire.raw_server import RawServer, raw_server
from tests.wire.session import bill

PLANTED_KEY = "PLANTED-secret-key-0123456789abcdef"
SCOPES = "accounting.invoices accounting.contacts.read accounting.settings.read"
JWT_BEGINS = "eyJhbGciOi"
"""A token is a JWT: every one of them begins with {"alg": in base64."""
BANK_ACCOUNT = "GB29 NWBK 6016 1331 9268 19"


def everything_in(folder: Path) -> bytes:
    """Every file, and every value of every table, in one heap."""
    heap = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
    for path in folder.rglob("*.db"):
        with closing(sqlite3.connect(path)) as database:
            heap.extend(line.encode() for line in database.iterdump())
    return b"\n".join(heap)


def a_whole_session(server: RawServer, demo: DemoProcess, contact: str) -> None:
    server.ask("tools/list")
    server.call("what-can-i-do")
    server.call("list-accounts")
    server.call("create-invoice", bill(contact, "10.00", number="S-1"))
    server.call("create-invoice", bill(contact, "600.00", number="S-2"))
    server.call("create-invoice", bill(contact, "10.00", number="S-3", reference=BANK_ACCOUNT))
    server.call("list-invoices", {"page": 0})
    for fault in ("token_expired", "token_revoked", "html", "disconnected"):
        demo.fault(fault, path="/Accounts")
        server.call("list-accounts")
    demo.clear_faults()


def leaks(house: House, server: RawServer, secrets: list[str]) -> list[str]:
    heap = everything_in(house.home) + b"".join(server.lines) + b"".join(server.errors)
    return [secret[:12] for secret in secrets if secret.encode() in heap]


def issued_token(demo: DemoProcess) -> str:
    answer = httpx2.post(
        f"{demo.url}/connect/token",
        data={"grant_type": "client_credentials", "scope": SCOPES},
        auth=("demo", "demo-secret"),
        timeout=CONTROL_SECONDS,
    )
    return answer.json()["access_token"]


def test_a_custom_connection_shows_no_secret_and_no_token(house: House, demo: DemoProcess):
    house.connect_to(demo.url, XERO_MCP_SECRET_KEY=PLANTED_KEY)
    contact = demo.some_contact()
    with raw_server(house, "ap-clerk") as server:
        a_whole_session(server, demo, contact)
        server.close_input()
        server.wait()
    assert issued_token(demo).startswith(JWT_BEGINS)
    assert leaks(house, server, [PLANTED_KEY, "demo-secret", JWT_BEGINS]) == []
    assert leaks(house, server, [BANK_ACCOUNT, BANK_ACCOUNT.replace(" ", "")]) == []
    assert house.read("SELECT count(*) FROM kept WHERE name LIKE 'token%'")[0][0] > 0


def test_a_bearer_token_is_used_and_never_written_down(house: House, demo: DemoProcess):
    token = issued_token(demo)
    house.connect_to(demo.url, XERO_CLIENT_BEARER_TOKEN=token)
    contact = demo.some_contact()
    with raw_server(house, "ap-clerk") as server:
        assert server.call("list-accounts")["rows"]
        a_whole_session(server, demo, contact)
        server.close_input()
        server.wait()
    assert leaks(house, server, [token, token.rpartition(".")[2], "demo-secret"]) == []


def test_a_wrong_secret_is_told_without_showing_it(house: House, demo: DemoProcess):
    wrong = "PLANTED-wrong-secret-42"
    house.connect_to(demo.url, XERO_CLIENT_SECRET=wrong)
    with raw_server(house, "ap-clerk") as server:
        error = server.call("list-accounts")["error"]
        assert error["code"] == "NOT_CONNECTED"
        assert "xero-mcp" in error["next_step"]
        server.close_input()
        server.wait()
    assert leaks(house, server, [wrong]) == []


def test_the_state_folder_is_for_its_owner_alone(house: House):
    with raw_server(house, "ap-clerk") as server:
        server.call("list-accounts")
        found = [house.home, *house.home.rglob("*")]
        assert [path.name for path in found if path.stat().st_mode & 0o077] == []
