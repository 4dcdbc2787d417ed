"""The proxy of docs/http.md, as it stands there, before a real server: TLS outside, MCP within."""

import shutil
import ssl
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import httpx2
import pytest
from anyio.abc import Process
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.gate.world import World
from tests.http.on_a_port import ANSWER_SECONDS, HELLO, JSON_HEADERS, Served, serving
from xero_mcp.transport.http.running import listening

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "http.md"
NAME = "mcp.example.com"
MAX_TRIES = 200
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin") or shutil.which("nginx")
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed here")


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for the documented name, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    written = folder / "certificate.pem", folder / "key.pem"
    written[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    written[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return written


def configuration(folder: Path, *, port: int, behind: int) -> Path:
    """The example of the document, with the addresses and files of this test."""
    text = DOCUMENT.read_text(encoding="utf-8")
    example = text.split("```nginx\n", 1)[1].split("```", 1)[0]
    pem, key = certificate(folder)
    for documented, own in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("/etc/ssl/mcp.example.com.pem", str(pem)),
        ("/etc/ssl/mcp.example.com.key", str(key)),
        ("http://127.0.0.1:8080", f"http://127.0.0.1:{behind}"),
    ):
        assert documented in example
        example = example.replace(documented, own)
    temporary = "\n".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path = folder / "nginx.conf"
    path.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log stderr;\n"
        f"events {{}}\nhttp {{ access_log off; {temporary}\n{example} }}\n",
        encoding="utf-8",
    )
    return path


@asynccontextmanager
async def proxied(site: Served, folder: Path) -> AsyncGenerator[httpx2.AsyncClient]:
    """A client that knows the server by its public address alone."""
    assert NGINX is not None
    with listening("127.0.0.1", 0) as taken:
        port: int = taken.getsockname()[1]
    path = configuration(folder, port=port, behind=site.port)
    checked = await anyio.run_process([NGINX, "-t", "-c", str(path)], check=False)
    assert checked.returncode == 0, checked.stderr
    trusted = ssl.create_default_context(cafile=str(folder / "certificate.pem"))
    trusted.check_hostname = False  # it is reached by its number; the name is in the certificate
    process = await anyio.open_process(
        [NGINX, "-c", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        async with httpx2.AsyncClient(
            base_url=f"https://127.0.0.1:{port}",
            headers={"host": NAME},
            verify=trusted,
            timeout=ANSWER_SECONDS,
            trust_env=False,
        ) as http:
            await _until_up(http, process)
            yield http
    finally:
        process.terminate()
        with anyio.move_on_after(5, shield=True):
            await process.wait()
        await process.aclose()


async def _until_up(http: httpx2.AsyncClient, process: Process) -> None:
    for _ in range(MAX_TRIES):
        assert process.returncode is None
        try:
            await http.get("/healthz")
        except httpx2.ConnectError:
            await anyio.sleep(0.05)
        else:
            return
    raise AssertionError("the proxy did not come up")


async def test_the_documented_proxy_serves_calls_and_streams_over_tls(house: World, tmp_path: Path):
    settings = {"public_url": f"https://{NAME}"}
    async with serving(house, settings=settings) as site, proxied(site, tmp_path) as http:
        assert (await http.get("/healthz")).status_code == 200
        assert (await http.get("/metrics")).status_code == 404
        assert (await http.post("/mcp", json=HELLO, headers=JSON_HEADERS)).status_code == 401
        http.headers["authorization"] = f"Bearer {await site.key()}"
        url = f"{http.base_url}/mcp"
        async with Client(streamable_http_client(url, http_client=http)) as client:
            answer = await client.call_tool("list-accounts", {})
            assert not answer.is_error
        async with http.stream("GET", "/sse") as stream:
            lines = stream.aiter_lines()
            with anyio.fail_after(ANSWER_SECONDS):
                assert await anext(lines) == "event: endpoint"
        page = await http.post(
            "/mcp", json=HELLO, headers={**JSON_HEADERS, "origin": f"https://{NAME}"}
        )
        assert page.status_code == 200


async def test_without_the_public_address_the_proxys_name_is_refused(house: World, tmp_path: Path):
    async with serving(house) as site, proxied(site, tmp_path) as http:
        assert (await http.get("/healthz")).status_code == 421
