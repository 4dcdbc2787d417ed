import json
import time
from collections.abc import Generator

import httpx2
import pytest

from tests.demo_company.box import API, Box, open_box
from tests.demo_company.socket_server import serving

CONTACTS = f"{API}/Contacts"


@pytest.fixture(scope="module")
def base_url() -> Generator[str]:
    with serving() as url:
        yield url


@pytest.fixture
def client(base_url: str) -> Generator[httpx2.Client]:
    """A client over a real socket, signed in to a demo company that was just reset."""
    with httpx2.Client(base_url=base_url, timeout=10, trust_env=False) as client:
        client.post("/_demo/reset").raise_for_status()
        form = {"grant_type": "client_credentials"}
        token = client.post("/connect/token", data=form, auth=("demo-one", "demo-secret"))
        client.headers["Authorization"] = f"Bearer {token.json()['access_token']}"
        client.headers["Accept"] = "application/json"
        yield client


def aim(client: httpx2.Client, kind: str, **where: object) -> None:
    client.post("/_demo/faults", json={"kind": kind, **where}).raise_for_status()


def count(client: httpx2.Client) -> int:
    return len(client.get(CONTACTS).json()["Contacts"])


@pytest.mark.parametrize(
    ("kind", "done"), [("drop_before", 0), ("drop_during", 1), ("drop_after", 1)]
)
def test_a_dropped_connection_is_really_dropped_over_a_socket(
    client: httpx2.Client, kind: str, done: int
):
    aim(client, kind, method="PUT", path="/Contacts")
    with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
        client.put(CONTACTS, json={"Name": "Lost"})
    assert count(client) == done
    assert client.get("/_demo/stats").json()["dropped"] == 1


@pytest.mark.parametrize(
    ("kind", "done"), [("drop_before", 0), ("drop_during", 1), ("drop_after", 1)]
)
async def test_a_dropped_connection_is_a_connection_error_in_process(
    box: Box, kind: str, done: int
):
    await box.sign_in()
    await box.fault(kind, method="PUT", path="/Contacts")
    with pytest.raises(httpx2.TransportError):
        await box.write("PUT", "/Contacts", {"Name": "Lost"})
    assert len((await box.get("/Contacts")).json()["Contacts"]) == done


def test_a_write_dropped_after_it_was_done_is_not_done_again_with_its_key(
    client: httpx2.Client,
):
    aim(client, "drop_after", method="PUT", path="/Contacts")
    headers = {"Idempotency-Key": "one"}
    with pytest.raises(httpx2.TransportError):
        client.put(CONTACTS, json={"Name": "Once"}, headers=headers)
    again = client.put(CONTACTS, json={"Name": "Once"}, headers=headers)
    assert again.status_code == 200
    assert count(client) == 1


def test_a_fault_strikes_the_nth_request_and_only_as_often_as_told(client: httpx2.Client):
    aim(client, "server_error", method="GET", path="/Contacts*", nth=2, times=2)
    statuses = [client.get(CONTACTS).status_code for _ in range(4)]
    assert statuses == [200, 500, 500, 200]
    assert client.get("/_demo/faults").json() == []


def test_a_fault_leaves_other_methods_and_paths_alone(client: httpx2.Client):
    aim(client, "server_error", method="POST", path="/Contacts")
    assert client.get(CONTACTS).status_code == 200
    assert client.get(f"{API}/Accounts").status_code == 200


def test_latency_takes_its_time(client: httpx2.Client):
    aim(client, "latency", path="/Contacts", seconds=0.2)
    started = time.monotonic()
    assert client.get(CONTACTS).status_code == 200
    assert time.monotonic() - started >= 0.2


def test_429_comes_with_and_without_retry_after(client: httpx2.Client):
    aim(client, "rate_limited", path="/Contacts", retry_after_seconds=7)
    aim(client, "rate_limited", path="/Contacts", nth=2, problem="concurrent")
    first, second = client.get(CONTACTS), client.get(CONTACTS)
    assert (first.status_code, first.headers["retry-after"]) == (429, "7")
    assert first.headers["x-rate-limit-problem"] == "minute"
    assert "x-minlimit-remaining" in first.headers
    assert second.status_code == 429
    assert "retry-after" not in second.headers
    assert second.headers["x-rate-limit-problem"] == "concurrent"
    assert second.content == b""
    assert "content-type" not in second.headers


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("offline", "The Organisation is offline"),
        ("maintenance", "The Xero API is currently offline for maintenance"),
        ("unavailable", "The Xero API is temporarily unavailable"),
    ],
)
def test_each_503_has_its_plain_text(client: httpx2.Client, kind: str, text: str):
    aim(client, kind, path="/Contacts")
    answer = client.get(CONTACTS)
    assert (answer.status_code, answer.text) == (503, text)
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("kind", ["server_error", "unavailable"])
def test_an_answer_can_be_bad_although_the_write_was_done(client: httpx2.Client, kind: str):
    aim(client, kind, method="PUT", path="/Contacts", after_processing=True)
    headers = {"Idempotency-Key": "two"}
    assert client.put(CONTACTS, json={"Name": "Done"}, headers=headers).status_code >= 500
    assert count(client) == 1
    assert client.put(CONTACTS, json={"Name": "Done"}, headers=headers).status_code == 200
    assert count(client) == 1


def test_a_slow_body_comes_whole_but_late(client: httpx2.Client):
    aim(client, "slow_body", path="/Accounts", seconds=0.3)
    started = time.monotonic()
    with client.stream("GET", f"{API}/Accounts") as answer:
        body = answer.read()
    assert time.monotonic() - started >= 0.25
    assert json.loads(body)["Status"] == "OK"


def test_truncated_json_is_a_200_that_does_not_parse(client: httpx2.Client):
    aim(client, "truncated_json", path="/Accounts")
    answer = client.get(f"{API}/Accounts")
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_html_can_stand_where_json_was_asked_for(client: httpx2.Client):
    aim(client, "html", path="/Accounts")
    answer = client.get(f"{API}/Accounts")
    assert (answer.status_code, answer.text[:6]) == (200, "<html>")
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("kind", "status", "detail"),
    [
        ("token_expired", 401, "TokenExpired: token expired at 09/14/2026 10:00:00"),
        ("token_revoked", 401, "AuthenticationUnsuccessful"),
        ("disconnected", 403, "AuthenticationUnsuccessful"),
    ],
)
def test_access_can_be_lost(client: httpx2.Client, kind: str, status: int, detail: str):
    aim(client, kind, path="/Accounts")
    answer = client.get(f"{API}/Accounts")
    assert (answer.status_code, answer.json()["Detail"]) == (status, detail)
    assert client.get(f"{API}/Accounts").status_code == 200


def test_the_token_endpoint_can_fail_too(client: httpx2.Client):
    aim(client, "server_error", path="/connect/token")
    form = {"grant_type": "client_credentials"}
    answer = client.post("/connect/token", data=form, auth=("demo-one", "demo-secret"))
    assert answer.status_code == 500


def test_an_organisation_can_be_disconnected_and_connected_again(client: httpx2.Client):
    name = {"organisation": "Demo Company (Global)"}
    client.post("/_demo/disconnect", json=name).raise_for_status()
    assert client.get(f"{API}/Accounts").status_code == 403
    client.post("/_demo/connect", json=name).raise_for_status()
    assert client.get(f"{API}/Accounts").status_code == 200


def test_the_clock_can_be_moved_and_a_fault_can_move_it(client: httpx2.Client):
    moved = client.post("/_demo/clock", json={"advance_seconds": 1799})
    assert moved.json() == {"now": "2026-09-14T10:29:59+00:00"}
    assert client.get(f"{API}/Accounts").status_code == 200
    aim(client, "wrong_clock", path="/Contacts", seconds=86_400)
    client.get(CONTACTS)
    answer = client.get(f"{API}/Accounts")
    assert answer.json()["Detail"].startswith("TokenExpired")


def test_a_reset_brings_everything_back_and_keeps_the_token(client: httpx2.Client):
    client.put(CONTACTS, json={"Name": "Gone soon"})
    aim(client, "offline", times=1000)
    client.post("/_demo/clock", json={"advance_seconds": 60})
    client.post("/_demo/reset").raise_for_status()
    assert count(client) == 0
    stats = client.get("/_demo/stats").json()
    assert stats["now"] == "2026-09-14T10:00:00+00:00"
    assert stats["by_path"] == {"GET /Contacts": 1}
    assert stats["unexpected_errors"] == []


def test_stats_count_by_path_and_by_status(client: httpx2.Client):
    client.get(f"{API}/Accounts")
    client.get(f"{API}/Invoices/220ddca8-3144-4085-9a88-2d72c5133734")
    stats = client.get("/_demo/stats").json()
    assert stats["by_path"]["GET /Accounts"] == 1
    assert stats["by_path"]["GET /Invoices/{InvoiceID}"] == 1
    assert stats["by_status"] == {"200": 2, "404": 1}
    assert stats["tokens_issued"] >= 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"kind": "nonsense"}),
        ("faults", {"kind": "html", "nonsense": 1}),
        ("faults", {"kind": "html", "nth": 0}),
        ("faults", {"kind": "html", "times": "many"}),
        ("faults", {"kind": "html", "path": ""}),
        ("faults", {"kind": "html", "method": 5}),
        ("faults", {"kind": "latency", "seconds": 1e9}),
        ("faults", {"kind": "html", "after_processing": "yes"}),
        ("faults", {"faults": "html"}),
        ("faults", {"faults": ["html"]}),
        ("clock", {}),
        ("clock", {"advance_seconds": "1"}),
        ("clock", {"advance_seconds": 1e300}),
        ("disconnect", {"organisation": "Nobody Ltd"}),
        ("stats", []),
    ],
)
async def test_control_says_what_is_wrong_with_a_request(box: Box, path: str, body: object):
    method = "GET" if path == "stats" else "POST"
    answer = await box.client.request(method, f"/_demo/{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


async def test_control_is_not_there_unless_switched_on():
    async with open_box() as box:
        assert (await box.client.get("/_demo/stats")).status_code == 404
        assert (await box.client.post("/_demo/reset")).status_code == 404


async def test_control_is_not_there_for_another_machine():
    async with open_box(control=True) as box:
        transport = httpx2.ASGITransport(app=box.app, client=("192.0.2.7", 5))
        async with httpx2.AsyncClient(transport=transport, base_url="http://demo") as far:
            assert (await far.get("/_demo/stats")).status_code == 404
            assert (await far.post("/_demo/reset")).status_code == 404


async def test_control_is_not_there_for_a_page_in_a_browser(box: Box):
    headers = {"Origin": "http://evil.example"}
    assert (await box.client.post("/_demo/reset", headers=headers)).status_code == 404
