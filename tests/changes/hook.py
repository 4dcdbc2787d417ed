"""Receivers of posts on sockets of this machine: they keep what comes, and answer as told."""

import ssl
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

SECONDS = 20.0
MAX_BODY = 5_000_000


def certificate_for(name: str, folder: Path) -> Path:
    """A certificate of that host, signed by itself, and its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / f"{name}.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


@dataclass
class Hook:
    """What came, and how the next posts are answered."""

    port: int = 0
    statuses: list[int] = field(default_factory=list[int])
    """Of the next posts, in turn; the last of them for all that follow; none: 200."""
    answer: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    posts: list[tuple[Mapping[str, str], bytes]] = field(
        default_factory=list[tuple[Mapping[str, str], bytes]]
    )
    came: threading.Event = field(default_factory=threading.Event)
    is_silent: bool = False
    """Takes what comes and answers nobody, until `woken`."""
    woken: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?a=1"

    def next_status(self) -> int:
        if not self.statuses:
            return 200
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


def _talk(hook: Hook) -> Callable[..., BaseHTTPRequestHandler]:
    class Talk(BaseHTTPRequestHandler):
        timeout = SECONDS

        def do_POST(self) -> None:
            length = min(int(self.headers.get("content-length", "0")), MAX_BODY)
            body = self.rfile.read(length)
            headers = {name.lower(): value for name, value in self.headers.items()}
            hook.posts.append((headers | {":path": self.path}, body))
            hook.came.set()
            if hook.is_silent:
                hook.woken.wait(SECONDS)
                return
            self.send_response(hook.next_status())
            for name, value in hook.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(hook.answer)))
            self.end_headers()
            self.wfile.write(hook.answer)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - its name
            del format, args

    return Talk


class Quiet(ThreadingHTTPServer):
    """Says nothing of clients that hang up."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as declared
        del request, client_address


@contextmanager
def hook(certificate: Path | None = None) -> Generator[Hook]:
    """A receiver that runs for as long as the block; with a certificate over TLS."""
    kept = Hook()
    with Quiet(("127.0.0.1", 0), _talk(kept)) as server:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        kept.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield kept
        finally:
            kept.woken.set()
            server.shutdown()
            thread.join(SECONDS)
