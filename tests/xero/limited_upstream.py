"""A Xero that enforces its limits to the letter and keeps count, on a socket of this machine."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Window = Literal["rolling", "fixed"]
START_SECONDS = 10.0


@dataclass
class LimitedXero:
    """Counts what arrives, whatever the client believes."""

    window: Window
    per_window: int = 12
    window_seconds: float = 2.0
    at_once: int = 5
    latency_seconds: float = 0.03
    others: int = 0
    """So many calls of somebody else came first."""
    arrived: list[float] = field(default_factory=list[float])
    in_flight: int = 0
    most_in_flight: int = 0
    refused: int = 0
    token_requests: int = 0
    connection_requests: int = 0

    def _used(self, now: float) -> int:
        if self.window == "rolling":
            return sum(1 for at in self.arrived if now - at < self.window_seconds)
        begin = now - now % self.window_seconds
        return sum(1 for at in self.arrived if at >= begin)

    async def invoices(self, request: Request) -> Response:
        del request
        now = time.monotonic()
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        fits = self.in_flight <= self.at_once and self._used(now) < self.per_window
        self.arrived.append(now)
        left = max(0, self.per_window - self._used(now))
        headers = {"X-MinLimit-Remaining": str(left), "X-DayLimit-Remaining": "4000"}
        try:
            await anyio.sleep(self.latency_seconds)
        finally:
            self.in_flight -= 1
        if not fits:
            self.refused += 1
            return Response(status_code=429, headers={**headers, "Retry-After": "1"})
        return JSONResponse({"Invoices": []}, headers=headers)

    async def token(self, request: Request) -> Response:
        del request
        self.token_requests += 1
        return JSONResponse({"access_token": "t", "expires_in": 1800})

    async def connections(self, request: Request) -> Response:
        del request
        self.connection_requests += 1
        return JSONResponse([{"id": "c", "tenantId": "o", "tenantType": "ORGANISATION"}])

    def app(self) -> Starlette:
        now = time.monotonic()
        self.arrived += [now] * self.others
        return Starlette(
            routes=[
                Route("/connect/token", self.token, methods=["POST"]),
                Route("/connections", self.connections),
                Route("/api.xro/2.0/Invoices", self.invoices),
            ]
        )


@contextmanager
def serving(upstream: LimitedXero) -> Generator[str]:
    """Give its base URL; stop it after the block."""
    config = uvicorn.Config(
        upstream.app(), host="127.0.0.1", port=0, log_level="critical", ws="none", lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.started, "uvicorn did not start"
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
    assert not thread.is_alive()
