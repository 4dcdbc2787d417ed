"""An identity provider on a socket of this machine, whose keys a test holds."""

import json
import threading
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from tests.fakes import START

AUDIENCE = "https://mcp.example.com/mcp"
CONFIGURATION = "/.well-known/openid-configuration"
KEYS = "/keys"
STOP_SECONDS = 10

Key = RSAKey | ECKey | OKPKey


@cache
def key_of(algorithm: str, name: str = "one") -> Key:
    """A private key for that algorithm; another name is another key."""
    del name
    match algorithm:
        case "ES256":
            return ECKey.generate_key("P-256")
        case "EdDSA":
            return OKPKey.generate_key("Ed25519")
        case _:
            return RSAKey.generate_key(2048)


def encoded(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


def part(value: object) -> str:
    return encoded(json.dumps(value).encode())


def signed(header: Mapping[str, object], claims: object, key: Key) -> str:
    """A token as this provider, or somebody who plays it, would make it."""
    start = f"{part(header)}.{claims if isinstance(claims, str) else part(claims)}"
    algorithm = JWSRegistry.algorithms[str(header["alg"])]
    return f"{start}.{encoded(algorithm.sign(start.encode(), key))}"


@dataclass
class Provider:
    """What it answers, and how often it was asked."""

    url: str = ""
    shown: dict[str, Any] = field(default_factory=dict[str, Any])
    """The keys under their names."""
    asked: Counter[str] = field(default_factory=Counter[str])
    instead: dict[str, tuple[int, bytes, str]] = field(
        default_factory=dict[str, tuple[int, bytes, str]]
    )
    """Paths with another answer: status, body, Location."""

    def show(self, kid: str, key: Key, **fields: object) -> None:
        self.shown[kid] = {**key.as_dict(private=False), "kid": kid, **fields}

    def claims(self, **more: object) -> dict[str, object]:
        """Of a good token; what is None is left out."""
        now = int(START.timestamp())
        good = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "jane@example.com",
            "agent": "ap-clerk",
            "iat": now,
            "exp": now + 300,
        }
        return {name: value for name, value in {**good, **more}.items() if value is not None}

    def token_of(self, claims: Mapping[str, object]) -> str:
        return signed({"alg": "RS256", "kid": "k1"}, self.claims(**claims), key_of("RS256"))

    def token(self, algorithm: str = "RS256", *, kid: str = "k1", **more: object) -> str:
        header = {"alg": algorithm, "typ": "JWT", "kid": kid}
        return signed(header, self.claims(**more), key_of(algorithm))

    def answer(self, path: str) -> tuple[int, bytes, str]:
        self.asked[path] += 1
        if path in self.instead:
            return self.instead[path]
        if path == CONFIGURATION:
            document = {"issuer": self.url, "jwks_uri": f"{self.url}{KEYS}"}
            return 200, json.dumps(document).encode(), ""
        if path == KEYS:
            return 200, json.dumps({"keys": list(self.shown.values())}).encode(), ""
        return 404, b"{}", ""


@contextmanager
def running_provider() -> Generator[Provider]:
    provider = Provider()

    class Answers(BaseHTTPRequestHandler):
        timeout = STOP_SECONDS

        def do_GET(self) -> None:
            status, body, location = provider.answer(self.path)
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            if location:
                self.send_header("location", location)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(STOP_SECONDS)
