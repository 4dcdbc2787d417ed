"""The Caddyfile in front of two real servers: TLS, health, and streams that find their replica."""

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.cli.command import XeroMcp
from tests.deploy.files import DEPLOY, text_of

READY_SECONDS = 60
STOP_SECONDS = 20
CALL_SECONDS = 20.0
CALLS = 10
BY_ITSELF = (2, 7, 0)
"""Older ones have another word for keeping a call until a replica has taken it."""
STREAMS = 6
"""Spread by chance over two replicas, all six would find theirs once in 64 times."""

pytestmark = pytest.mark.skipif(
    shutil.which("caddy") is None, reason="Caddy is not here; Debian's package `caddy` has it"
)

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
HEADERS = {"accept": "application/json, text/event-stream"}


@dataclass(frozen=True)
class Site:
    """Two replicas, and the address of the proxy before them."""

    url: str
    trusted: ssl.SSLContext
    key: str
    replicas: tuple["subprocess.Popen[bytes]", ...]

    def client(self, key: str | None = None) -> httpx2.Client:
        authorization = {"authorization": f"Bearer {key or self.key}"}
        return httpx2.Client(
            base_url=self.url,
            verify=self.trusted,
            headers=HEADERS | authorization,
            timeout=CALL_SECONDS,
            trust_env=False,
        )


@contextmanager
def running(
    command: list[str], log: Path, **environment: str
) -> Generator["subprocess.Popen[bytes]"]:
    with log.open("w") as errors:
        process = subprocess.Popen(
            command,
            cwd=log.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)


def until(process: "subprocess.Popen[bytes]", log: Path, pattern: str) -> str:
    """Wait until the log says this; what it says then."""
    for _ in range(READY_SECONDS * 10):
        found = re.findall(pattern, log.read_text())
        if found:
            return found[-1]
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    pytest.fail(f"{pattern} was never said:\n{log.read_text()[-2000:]}")


def free_ports() -> tuple[int, int]:
    """Two that nobody has; a proxy is told its ports beforehand."""
    with socket.socket() as first, socket.socket() as second:
        for one in (first, second):
            one.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


def _for_the_test(text: str, http_port: int) -> str:
    """The file, but for two things of this machine: its ports, and how old its Caddy is."""
    own = f"\tadmin off\n\thttp_port {http_port}\n\tskip_install_trust\n"
    text = text.replace("\tadmin off\n", own)
    said = subprocess.run(["caddy", "version"], capture_output=True, timeout=30, check=True).stdout
    version = re.match(rb"v?(\d+)\.(\d+)\.(\d+)", said)
    assert version, said
    if tuple(map(int, version.groups())) < BY_ITSELF:
        text = text.replace("\tflush_interval -1\n", "\tflush_interval -1\n\tbuffer_requests\n")
    return text


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    folder = tmp_path_factory.mktemp("proxy")
    xero_mcp = XeroMcp(home=folder / "home", folder=folder)
    key = xero_mcp("agents", "add", "ap-clerk").out.split()[0]
    https, http = free_ports()
    given = xero_mcp.environment | {"XERO_MCP_PUBLIC_URL": f"https://localhost:{https}"}
    command = xero_mcp.command("serve", "--transport", "http", "--port", "0", "--demo")
    with ExitStack() as stack:
        logs = [folder / f"replica-{number}.log" for number in (1, 2)]
        replicas = tuple(stack.enter_context(running(command, log, **given)) for log in logs)
        ports = [
            until(process, log, r"http://127\.0\.0\.1:(\d+)/mcp")
            for process, log in zip(replicas, logs, strict=True)
        ]
        file, log = folder / "Caddyfile", folder / "caddy.log"
        file.write_text(_for_the_test(text_of("Caddyfile"), http))
        caddy = stack.enter_context(
            running(
                ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"],
                log,
                PATH=os.environ["PATH"],
                HOME=str(folder),
                XDG_DATA_HOME=str(folder / "data"),
                XDG_CONFIG_HOME=str(folder / "config"),
                XERO_MCP_DOMAIN=f"localhost:{https}",
                XERO_MCP_REPLICAS=" ".join(f"127.0.0.1:{port}" for port in ports),
            )
        )
        until(caddy, log, "certificate obtained successfully")
        root = folder / "data/caddy/pki/authorities/local/root.crt"
        trusted = ssl.create_default_context(cafile=root)
        yield Site(url=f"https://localhost:{https}", trusted=trusted, key=key, replicas=replicas)


def test_caddy_finds_nothing_wrong_with_the_file() -> None:
    done = subprocess.run(
        ["caddy", "validate", "--config", DEPLOY / "Caddyfile", "--adapter", "caddyfile"],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "XERO_MCP_DOMAIN": "localhost"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_an_agent_gets_in_with_its_key_alone(site: Site) -> None:
    with site.client() as client:
        assert client.post("/mcp", json=INITIALIZE).status_code == 200
    with site.client("wrong") as client:
        answer = client.post("/mcp", json=INITIALIZE)
        assert answer.status_code == 401
        assert "Bearer" in answer.headers["www-authenticate"]


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/readyz"])
def test_how_the_server_fares_is_not_told_outside(site: Site, path: str) -> None:
    with site.client() as client:
        assert client.get(path).status_code == 404


@pytest.mark.slow
def test_a_stream_of_the_older_transport_finds_its_replica(site: Site) -> None:
    for number in range(STREAMS):
        with site.client() as client, client.stream("GET", "/sse") as stream:
            lines = stream.iter_lines()
            path = next(line for line in lines if line.startswith("data:")).removeprefix("data:")
            sent = client.post(path.strip(), json=INITIALIZE | {"id": number})
            assert sent.status_code == 202, sent.text
            answer = next(line for line in lines if line.startswith("data:"))
            assert json.loads(answer.removeprefix("data:"))["id"] == number


@pytest.mark.slow
def test_when_a_replica_stops_no_call_is_lost(site: Site) -> None:
    """Runs last: the replica does not come back."""
    with site.client() as client:
        assert client.post("/mcp", json=INITIALIZE).status_code == 200
        site.replicas[0].terminate()
        assert site.replicas[0].wait(STOP_SECONDS) == 0
        told = [client.post("/mcp", json=INITIALIZE).status_code for _ in range(CALLS)]
    assert told == [200] * CALLS
