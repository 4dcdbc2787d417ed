"""SSRF through any setting or argument: what says where to go is counted here, one by one.

A setting or an argument that is new stands in no list, and fails until somebody says which it is.
"""

import re
import socket
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.wire.demo_process import DemoProcess, demo_process
from tests.wire.house import House
from tests.wire.raw_server import raw_server
from tests.wire.test_planted_secrets import POLICY, Planter
from xero_mcp.errors import SettingsError
from xero_mcp.settings import Settings, load_settings
from xero_mcp.settings_table import NAMES
from xero_mcp.tool.card import ToolCard
from xero_mcp.tools.index import load_cards

ASKED_WITH_A_TOKEN = frozenset({"XERO_API_URL", "XERO_IDENTITY_URL", "XERO_LOGIN_URL"})
"""Somebody is sent there, or asked there, with something secret: https, or this machine."""
SAID_TO_OTHERS = frozenset({"XERO_MCP_PUBLIC_URL", "XERO_MCP_OIDC_ISSUER"})
"""The same; the issuer is also asked for its keys."""
OF_A_KIND = {
    "XERO_MCP_DATABASE_URL": ("http://169.254.169.254/x", "file:///etc/passwd", "mysql://h/d"),
    "OTEL_EXPORTER_OTLP_ENDPOINT": ("file:///etc/passwd", "gopher://h/", "http://u:p@h", "h:4318"),
}
"""Only addresses of one kind; what the operator names of that kind is asked."""
READ_WHEN_USED = frozenset({"XERO_MCP_SMTP_URL", "XERO_REDIRECT_URI"})
"""Looked at by the command that uses it: `--mail`, `connect`. No server goes there."""
NAMES_OF_HOSTS = frozenset({"XERO_MCP_ALLOWED_HOSTS"})
FOLDERS = frozenset({"XERO_MCP_HOME", "XERO_MCP_POLICIES", "XERO_MCP_CHECKPOINTS"})
"""Places of the operator's own; nothing that an agent sends names one."""
NO_PLACES = frozenset(
    {
        "XERO_MCP_AGENT",
        "XERO_MCP_SECRET_KEY",
        "XERO_MCP_AUDIT_RETENTION",
        "XERO_MCP_METRICS_KEY",
        "XERO_MCP_OIDC_AUDIENCE",
        "XERO_MCP_OIDC_AGENT_CLAIM",
        "XERO_MCP_DEMO_MINUTE_SECONDS",
        "XERO_MCP_CATCH_UP_SECONDS",
        "XERO_CLIENT_ID",
        "XERO_CLIENT_SECRET",
        "XERO_SCOPES",
        "XERO_CLIENT_BEARER_TOKEN",
        "XERO_WEBHOOK_KEY",
    }
)
ELSEWHERE = (
    "http://169.254.169.254/latest/meta-data",
    "http://10.0.0.1",
    "http://[fd00::1]",
    "http://0.0.0.0",
    "http://127.0.0.1.evil.example",
    "http://localhost@evil.example",
    "https://api.xero.com@evil.example",
    "https://evil.example#@api.xero.com",
    "https://evil.example\\@api.xero.com",
    "https://evil.example?@api.xero.com",
    "file:///etc/passwd",
    "gopher://127.0.0.1:25/x",
    "ftp://127.0.0.1",
    "//evil.example",
    "javascript:alert(1)",
)
PLACES = re.compile(
    r"ur[il]s?$|^ur[il]|link$|path|file|folder|callback|host|endpoint|website|server|redirect|"
    r"proxy|domain|webhook|import|source_of|^to$|^from$",
    re.IGNORECASE,
)
ARGUMENTS_THAT_LOOK_SO = {
    "file_name": "a name in Xero; the bytes come with the call, or go with the answer",
    "url": "shown on an invoice; it is a text of Xero's, and nobody goes there",
    "profile": "which profile of a playbook",
}
MAX_DEPTH = 8
TRAVERSAL = "../../connections"
STOP_SECONDS = 10
OPEN_PATHS = frozenset({"GET /Organisation", "GET /connections", "POST /connect/token"})
"""What the server itself asks for, whatever is called."""


def read(folder: Path, **values: str) -> Settings:
    return load_settings(environment=values, env_file=folder / "none")


def test_ssrf_every_setting_is_known_as_an_address_a_folder_or_neither():
    lists = [
        ASKED_WITH_A_TOKEN,
        SAID_TO_OTHERS,
        frozenset(OF_A_KIND),
        READ_WHEN_USED,
        NAMES_OF_HOSTS,
        FOLDERS,
        NO_PLACES,
    ]
    assert sum(map(len, lists)) == len(NAMES), "each stands in one list"
    assert frozenset().union(*lists) == NAMES


@pytest.mark.parametrize("name", sorted(ASKED_WITH_A_TOKEN | SAID_TO_OTHERS))
@pytest.mark.parametrize("value", ELSEWHERE)
def test_ssrf_through_a_setting_is_refused(tmp_path: Path, name: str, value: str):
    with pytest.raises(SettingsError, match=name):
        read(tmp_path, **{"XERO_MCP_OIDC_AUDIENCE": "us", name: value})


@pytest.mark.parametrize("name", sorted(OF_A_KIND))
def test_ssrf_through_a_setting_of_one_kind_is_refused_for_others(tmp_path: Path, name: str):
    for value in OF_A_KIND[name]:
        with pytest.raises(SettingsError, match=name):
            _ = read(tmp_path, **{name: value}).database_path


@pytest.mark.parametrize("value", ["http://evil.example", "evil.example/x", "*", "e vil@x", "a:80"])
def test_ssrf_a_name_of_a_host_is_no_address(tmp_path: Path, value: str):
    with pytest.raises(SettingsError, match="XERO_MCP_ALLOWED_HOSTS"):
        read(tmp_path, XERO_MCP_ALLOWED_HOSTS=value)


def names_in(card: ToolCard) -> Iterator[str]:
    """Every argument of a tool, however deep."""
    schema = card.input_schema
    waiting: list[tuple[Mapping[str, Any], int]] = [(schema, 0)]
    waiting += [(part, 0) for part in schema.get("$defs", {}).values()]
    while waiting:
        one, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise AssertionError(f"{card.name} has arguments deeper than this looks")
        yield from one.get("properties", {})
        parts = [*one.get("properties", {}).values(), one.get("items"), *one.get("prefixItems", ())]
        parts += [part for word in ("anyOf", "oneOf", "allOf") for part in one.get(word, ())]
        waiting += [(part, depth + 1) for part in parts if isinstance(part, dict)]


def test_ssrf_every_argument_that_could_name_a_place_is_known():
    found = {name for card in load_cards().values() for name in names_in(card)}
    assert "organisation" in found, "the walk finds arguments"
    looks_so = {name for name in found if PLACES.search(name)}
    assert looks_so <= ARGUMENTS_THAT_LOOK_SO.keys()


@dataclass
class Canary:
    """A place on this machine to which nobody has any reason to come."""

    url: str = ""
    visits: list[bytes] = field(default_factory=list[bytes])


@contextmanager
def canary() -> Generator[Canary]:
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.2)
    found = Canary(url=f"http://127.0.0.1:{listening.getsockname()[1]}")
    over = threading.Event()

    def listen() -> None:
        while not over.is_set():
            with suppress(TimeoutError):
                line, _ = listening.accept()
                with line:
                    line.settimeout(1)
                    found.visits.append(line.recv(1_000))

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join(STOP_SECONDS)
        listening.close()


def test_ssrf_the_canary_sings(tmp_path: Path):
    """Or the test below could not fail."""
    del tmp_path
    with canary() as bird:
        host, port = bird.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=STOP_SECONDS) as line:
            line.sendall(b"here")
            line.settimeout(STOP_SECONDS)
            assert line.recv(1) == b""
    assert bird.visits == [b"here"]


class Places(Planter):
    """Arguments of a tool's own form, with a place wherever a text may stand."""

    def __init__(self, card: ToolCard, place: str) -> None:
        super().__init__(card)
        self._place = place

    def _text(self, schema: Mapping[str, Any], name: str) -> str:
        del schema, name
        return self._place


def without_names(path: str) -> str:
    """The demo company may name the gaps of a path otherwise than a tool does."""
    return re.sub(r"\{\w+\}", "{}", path)


def declared_paths() -> frozenset[str]:
    reaches = (reach for card in load_cards().values() for reach in card.reaches)
    return frozenset(without_names(str(reach)) for reach in reaches)


@pytest.fixture
def own_demo(tmp_path: Path) -> Iterator[DemoProcess]:
    with demo_process(tmp_path) as demo:
        yield demo


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_ssrf_through_any_argument_of_any_tool_reaches_nobody(
    tmp_path: Path, own_demo: DemoProcess
):
    house = House(tmp_path / "server")
    house.folder.mkdir()
    house.connect_to(own_demo.url)
    house.write_policy(POLICY)
    answers = ""
    with canary() as bird, raw_server(house, "clerk") as server, own_demo.counting() as counted:
        for name, card in sorted(load_cards().items()):
            for place in (f"{bird.url}/x", "file:///etc/passwd", TRAVERSAL):
                given = Places(card, place).arguments()
                server.call(name, given)
                for key, value in given.items():
                    if isinstance(value, str):
                        answers += str(server.call(name, {key: value}))
        server.close_input()
        server.wait()
    assert bird.visits == []
    assert "root:" not in answers
    reached = {without_names(path) for path in counted.by_path}
    strange = reached - declared_paths() - OPEN_PATHS
    assert not strange
    assert house.records(kind="outcome"), "some of it went through to Xero"
