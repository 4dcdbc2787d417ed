import signal
import time
from collections.abc import Generator
from contextlib import contextmanager

import httpx2
import pytest

from tests.cli.command import XeroMcp
from tests.cli.company import Company, company

API = "/api.xro/2.0"
A_MINUTE = 60
ACKNOWLEDGED_SECONDS = 0.035
"""A client may hold back its acknowledgement for 40 ms; an answer in two packets waits for it."""


@contextmanager
def signed_in(running: Company) -> Generator[httpx2.Client]:
    headers = {"Accept": "application/json"}
    with httpx2.Client(base_url=running.url, headers=headers, timeout=20) as client:
        form = {"grant_type": "client_credentials"}
        token = client.post("/connect/token", data=form, auth=("demo-one", "demo-secret")).json()
        client.headers["Authorization"] = f"Bearer {token['access_token']}"
        yield client


def found(client: httpx2.Client, name: str) -> int:
    answer = client.get(f"{API}/Contacts", params={"where": f'Name=="{name}"'})
    return len(answer.json()["Contacts"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda one: one.name)
def test_it_answers_on_a_socket_and_stops_cleanly(
    xero_mcp: XeroMcp, number: signal.Signals
) -> None:
    with company(xero_mcp) as running:
        token = httpx2.post(
            f"{running.url}/connect/token",
            data={"grant_type": "client_credentials"},
            auth=("demo", "demo-secret"),
            timeout=20,
        ).json()["access_token"]
        found = httpx2.get(
            f"{running.url}/connections", headers={"Authorization": f"Bearer {token}"}, timeout=10
        ).json()
        assert {one["tenantName"] for one in found} >= {"Demo Company (Global)"}
        assert httpx2.get(f"{running.url}/_demo/stats", timeout=10).status_code == 404
        began = time.monotonic()
        running.process.send_signal(number)
        out, err = running.process.communicate(timeout=10)
        assert time.monotonic() - began < 5
        assert running.process.returncode == 0
        assert out == b""
        assert b"Traceback" not in err
        assert "export XERO_CLIENT_ID=demo XERO_CLIENT_SECRET=demo-secret" in running.greeting


def test_a_port_in_use_is_told_in_a_line(xero_mcp: XeroMcp) -> None:
    with company(xero_mcp) as running:
        ended = xero_mcp("demo-company", "--port", running.url.rpartition(":")[2])
        assert ended.code == 3
        assert ended.is_one_clear_line
        assert "--port" in ended.err


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (("--control", "--host", "0.0.0.0"), 2, "--control"),  # noqa: S104 - it must refuse
        (("--control", "--host", "example.com"), 2, "--control"),
        (("--control", "--host", ""), 2, "--control"),
        (("--state", "/no/such/folder/state.db"), 3, "/no/such/folder/state.db"),
        (("--reset",), 2, "--state"),
        (("--strict-limits",), 2, "XERO_MCP_DEMO_MINUTE_SECONDS"),
    ],
    ids=str,
)
def test_what_it_cannot_do_is_told_in_a_line(
    xero_mcp: XeroMcp, options: tuple[str, ...], code: int, says: str
) -> None:
    minute = "0" if says.startswith("XERO_MCP") else "60"
    ended = xero_mcp("demo-company", "--port", "0", *options, XERO_MCP_DEMO_MINUTE_SECONDS=minute)
    assert ended.code == code
    assert ended.out == ""
    assert "Traceback" not in ended.err
    assert says in ended.err


def test_its_minute_is_as_long_as_the_setting_says(xero_mcp: XeroMcp) -> None:
    xero_mcp.environment["XERO_MCP_DEMO_MINUTE_SECONDS"] = "30"
    with company(xero_mcp, "--strict-limits") as running, signed_in(running) as client:
        answers = [client.get(f"{API}/Organisation") for _ in range(A_MINUTE + 1)]
    assert [one.status_code for one in answers] == [200] * A_MINUTE + [429]
    assert int(answers[-1].headers["Retry-After"]) <= 30


def test_a_state_file_of_other_books_is_told_in_a_line(xero_mcp: XeroMcp) -> None:
    with company(xero_mcp, "--state", "state.db"):
        pass
    ended = xero_mcp("demo-company", "--port", "0", "--state", "state.db", "--seed", "2")
    assert ended.code == 3
    assert ended.is_one_clear_line
    assert "--seed 1" in ended.err


def test_reset_begins_the_state_file_anew_with_another_seed_if_one_is_given(
    xero_mcp: XeroMcp,
) -> None:
    with company(xero_mcp, "--state", "state.db") as running, signed_in(running) as client:
        made = client.put(f"{API}/Contacts", json={"Contacts": [{"Name": "Kept"}]})
        assert made.status_code == 200
    with company(xero_mcp, "--state", "state.db") as running, signed_in(running) as client:
        assert found(client, "Kept") == 1
    anew = ("--state", "state.db", "--seed", "2")
    with company(xero_mcp, *anew, "--reset") as running, signed_in(running) as client:
        assert found(client, "Kept") == 0
    with company(xero_mcp, *anew) as running, signed_in(running) as client:
        assert found(client, "Kept") == 0


def test_answers_on_a_kept_connection_do_not_wait_for_acknowledgements(xero_mcp: XeroMcp) -> None:
    with company(xero_mcp) as running, signed_in(running) as client:
        times: list[float] = []
        for _ in range(20):
            began = time.monotonic()
            assert client.get(f"{API}/Organisation").status_code == 200
            times.append(time.monotonic() - began)
    assert min(times[1:]) < ACKNOWLEDGED_SECONDS, times
