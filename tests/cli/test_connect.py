"""`xero-mcp connect`, `connections` and what `doctor` says of them, as a person meets them.

A real command, a real demo company on a socket, and a browser that is a program.
"""

import json
import shlex
import socket
import sys
import threading
import urllib.request
from collections.abc import Generator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.cli.command import Ended, XeroMcp
from tests.demo_company.socket_server import serving
from xero_mcp.cli.connect_choice import Wanted, choose
from xero_mcp.cli.exits import CommandError
from xero_mcp.xero.models.connection import Connection

GLOBAL, NZ, UK = "Demo Company (Global)", "Demo Company (NZ)", "Demo Company (UK)"
POLICY = """\
agent: reader
organisations: [Demo Company (Global), Demo Company (NZ)]
access: { invoices: read }
"""
JOIN_SECONDS = 10


@pytest.fixture(scope="module")
def xero() -> Generator[str]:
    with serving() as url:
        yield url


class Person:
    """Somebody at a terminal, with a browser and one policy."""

    def __init__(self, run: XeroMcp, url: str, port: int) -> None:
        self.run = run
        self.url = url
        policies = run.folder / "policies"
        policies.mkdir()
        self.policy = policies / "reader.yaml"
        self.policy.write_text(POLICY)
        self.settings = {
            "XERO_API_URL": url,
            "XERO_IDENTITY_URL": url,
            "XERO_LOGIN_URL": url,
            "XERO_CLIENT_ID": f"app-{port}",
            "XERO_REDIRECT_URI": f"http://localhost:{port}/callback",
            "XERO_MCP_POLICIES": str(policies),
            "NO_PROXY": "*",
        }

    def __call__(self, *arguments: str, **settings: str) -> Ended:
        return self.run(*arguments, **{**self.settings, **settings})

    def connect(self, *arguments: str, does: tuple[str, ...] = (), **settings: str) -> Ended:
        """Run `connect`; the browser opens, and the person in it does this."""
        browser = shlex.join([sys.executable, "-m", "tests.cli.browser", *does])
        return self("connect", "--timeout", "20", *arguments, BROWSER=f"{browser} %s", **settings)

    def connections(self) -> list[dict[str, Any]]:
        return list(self("connections", "--json").json())

    def bad(self, *arguments: str, **settings: str) -> dict[str, str]:
        """What `doctor` says is to mend, and how."""
        ended = self("doctor", "--json", *arguments, **settings)
        checks = ended.json()["checks"]
        return {one["says"]: one["fix"] for one in checks if one["state"] in ("mend", "away")}

    def control(self, what: str, **sent: object) -> None:
        request = urllib.request.Request(  # noqa: S310 - the demo company of this test
            f"{self.url}/_demo/{what}", data=json.dumps(sent).encode(), method="POST"
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        opener.open(request, timeout=JOIN_SECONDS).close()


@pytest.fixture
def person(xero_mcp: XeroMcp, xero: str) -> Generator[Person]:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port = int(taken.getsockname()[1])
    made = Person(xero_mcp, xero, port)
    yield made
    made.control("reset")


OWN = {"XERO_CLIENT_SECRET": "x"}
CHOOSE = ("--choose", GLOBAL)


@pytest.mark.slow
def test_a_person_signs_in_and_sees_the_connection_until_it_is_taken_away(person: Person) -> None:
    ended = person.connect(does=CHOOSE)
    assert ended.code == 0, ended.err
    assert f"{GLOBAL} is connected." in ended.out
    assert "dana.demo@example.com" in ended.out
    assert "code_challenge_method=S256" in ended.err
    (row,) = person.connections()
    assert (row["organisation"]["name"], row["state"]) == (GLOBAL, "ok")
    assert "accounting.invoices.read" in row["scopes"]
    assert "accounting.invoices" not in row["scopes"], "no more than the policy needs"
    assert f"connected {GLOBAL} through the app" in person("audit", "list").out
    assert person("connections", "refresh").code == 0
    assert person("connections", "disconnect", "No Such Ltd").code == 1
    assert person("connections", "disconnect", GLOBAL.lower()).code == 0
    assert person.connections() == []
    assert person("audit", "verify").code == 0


@pytest.mark.slow
def test_of_several_organisations_none_is_taken_unasked(person: Person) -> None:
    both = (*CHOOSE, "--choose", NZ)
    ended = person.connect(does=both)
    assert ended.code == 1
    assert "--organisation NAME" in ended.err
    assert GLOBAL in ended.err
    assert person.connections() == []
    assert person.connect("--organisation", UK, does=both).code == 1
    assert person.connections() == []
    ended = person.connect("--organisation", NZ.upper(), does=both)
    assert ended.code == 0, ended.err
    assert f"Not used: {GLOBAL}" in ended.err
    assert [row["organisation"]["name"] for row in person.connections()] == [NZ]
    assert person.connect("--all-organisations", does=both).code == 0
    assert [row["organisation"]["name"] for row in person.connections()] == [GLOBAL, NZ]


def test_a_person_who_cancels_is_told_that_nothing_changed(person: Person) -> None:
    ended = person.connect(does=("--cancel",))
    assert ended.code == 1
    assert "Access was not given" in ended.err
    assert ended.out == ""


def test_a_browser_with_another_state_is_not_listened_to(person: Person) -> None:
    ended = person.connect("--timeout", "3", does=(*CHOOSE, "--state", "somebody-elses"))
    assert ended.code == 1
    assert "One came back from another sign-in" in ended.err
    assert ended.out == ""


def test_without_a_browser_the_address_is_shown_and_the_wait_ends(person: Person) -> None:
    ended = person("connect", "--no-browser", "--timeout", "1")
    assert ended.code == 1
    assert f"{person.url}/identity/connect/authorize?" in ended.err
    assert "Nobody came back" in ended.err


def test_scopes_that_the_app_does_not_have_point_at_the_broad_ones(person: Person) -> None:
    ended = person.connect("--broad-scopes", does=CHOOSE)
    assert ended.code == 1
    assert "scope" in ended.err


def test_what_is_missing_or_wrong_beforehand_is_told_at_once(person: Person) -> None:
    numbered = person("connect", XERO_REDIRECT_URI="http://127.0.0.1:8910/callback")
    assert numbered.code == 2
    assert "http://localhost:8910/callback" in numbered.err
    nameless = person("connect", XERO_CLIENT_ID="")
    assert nameless.code == 2
    assert "XERO_CLIENT_ID" in nameless.err
    person.policy.write_text("agent: reader\n")
    without = person("connect")
    assert without.code == 1
    assert "policy" in without.err


def test_a_port_in_use_is_told(person: Person) -> None:
    port = int(person.settings["XERO_REDIRECT_URI"].rpartition(":")[2].partition("/")[0])
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        ended = person("connect", "--no-browser")
        assert ended.code == 3
        assert f"Port {port}" in ended.err
        fixes = person.bad(XERO_CLIENT_SECRET="")
    assert any(f"port {port} is in use" in says for says in fixes)


def test_a_custom_connection_is_checked_and_nobody_signs_in(person: Person) -> None:
    own = {"XERO_CLIENT_ID": "demo-one", "XERO_CLIENT_SECRET": "demo-secret"}
    ended = person("connect", **own)
    assert ended.code == 0, ended.err
    assert f"The Custom Connection works: {GLOBAL}." in ended.out
    assert person.connections() == []
    wrong = person("connect", **{**own, "XERO_CLIENT_SECRET": "not-it"})
    assert wrong.code == 1
    assert "not-it" not in wrong.err


@pytest.mark.slow
def test_an_app_with_a_secret_signs_in_with_it_and_keeps_it_sealed(person: Person) -> None:
    secret = {"XERO_CLIENT_SECRET": "the-secret-of-the-app"}
    ended = person.connect(does=CHOOSE, **secret)
    assert ended.code == 0, ended.err
    assert "code_challenge" not in ended.err
    refreshed = person("connections", "refresh", XERO_CLIENT_ID="")
    assert refreshed.code == 0, "the settings need not name the app any more"
    stored = b"".join(path.read_bytes() for path in person.run.home.glob("xero-mcp.db*"))
    assert b"the-secret-of-the-app" not in stored


@pytest.mark.slow
def test_a_connection_cut_off_in_xero_is_found_and_mended(person: Person) -> None:
    assert person.connect(does=CHOOSE).code == 0
    assert f"{GLOBAL} was disconnected in Xero" not in person.bad()
    person.control("disconnect", organisation=GLOBAL)
    ended = person("connections", "refresh")
    assert ended.code == 1
    assert "`xero-mcp connect`" in ended.err
    assert person.connections()[0]["state"] == "cut off"
    assert person.bad()[f"{GLOBAL} was disconnected in Xero"] == "xero-mcp connect"
    assert person.connect(does=CHOOSE).code == 0
    assert person.connections()[0]["state"] == "ok"


@pytest.mark.slow
def test_doctor_finds_what_a_sign_in_lacks(person: Person) -> None:
    assert person.connect(does=CHOOSE).code == 0
    person.policy.write_text(POLICY.replace("invoices: read", "invoices: draft, contacts: read"))
    found = person.bad()
    (says,) = [one for one in found if "was not consented to" in one]
    assert "accounting.invoices" in says
    assert "accounting.contacts.read" in says
    assert found[says] == "xero-mcp connect"
    (astray,) = [one for one in found if NZ in one]
    assert "which is not connected" in astray


def test_doctor_finds_a_redirect_that_cannot_work(person: Person) -> None:
    found = person.bad("--offline", XERO_REDIRECT_URI="https://localhost/callback")
    assert any("cannot work" in says for says in found)


class Yesterday(BaseHTTPRequestHandler):
    """A host with another time."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def date_time_string(self, timestamp: float | None = None) -> str:
        del timestamp
        return "Mon, 02 Mar 2026 09:30:00 GMT"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        del code, size


@contextmanager
def yesterday() -> Generator[str]:
    with HTTPServer(("127.0.0.1", 0), Yesterday) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(JOIN_SECONDS)


def test_doctor_finds_a_clock_that_is_wrong_and_a_host_that_is_away(person: Person) -> None:
    with yesterday() as url:
        there = {"XERO_API_URL": url, "XERO_IDENTITY_URL": url, "XERO_LOGIN_URL": url}
        found = person.bad(**there, **OWN)
        assert any("seconds ahead of Xero's" in says for says in found)
    away = person.bad(XERO_IDENTITY_URL="http://127.0.0.1:9", **OWN)
    (fix,) = [fix for says, fix in away.items() if "cannot be reached (" in says]
    assert "XERO_IDENTITY_URL" in fix


def one(name: str, tenant: str) -> Connection:
    return Connection.model_validate({"id": tenant, "tenantId": tenant, "tenantName": name})


def test_two_organisations_of_one_name_are_told_apart_by_their_ids() -> None:
    twins = [one("Twin", "a"), one("twin", "b")]
    with pytest.raises(CommandError, match="a, b"):
        choose(twins, Wanted(names=["Twin"]))
    assert choose(twins, Wanted(names=["B"])) == (twins[1],)
    assert choose(twins, Wanted(names=["a", "A"])) == (twins[0],)
    assert choose(twins[:1], Wanted()) == (twins[0],)
