"""The one application behind the port: MCP in both its HTTP forms, and how the server fares."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from hmac import compare_digest
from http import HTTPStatus
from typing import Final

import anyio
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from starlette.datastructures import Headers
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from xero_mcp.agents import Agent
from xero_mcp.settings import Secret
from xero_mcp.transport.http.exchange import MAX_BODY_BYTES, exchange_of
from xero_mcp.transport.http.guard import LOOPBACK, Guard, Names
from xero_mcp.transport.http.held import Held
from xero_mcp.transport.http.meter import OTHER, Meter
from xero_mcp.transport.http.patience import Patience
from xero_mcp.transport.http.plain import answer_plainly
from xero_mcp.transport.http.short_way import ShortWay
from xero_mcp.transport.http.sse import MESSAGES, SseWay
from xero_mcp.transport.http.standing import Standing
from xero_mcp.transport.http.who import (
    Challenge,
    Door,
    Doorkeeper,
    Guesses,
    Identify,
    KnownToMcp,
    is_passed_on,
)
from xero_mcp.transport.server import XeroServer

METADATA_PATH: Final = "/.well-known/oauth-protected-resource"

Check = Callable[[], Awaitable[None]]
"""Raises where something is wrong; its text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the application is made of."""

    server: XeroServer
    names: Names
    identify: Identify
    meter: Meter
    monotonic: Callable[[], float]
    new_id: Callable[[], str]
    checks: Mapping[str, Check]
    """What has to be well for this replica to be sent work, by name."""
    anybody: Agent | None = None
    """Who it is that brings no credential; None: nobody may."""
    keeps_sessions: bool = False
    """Whether an older client keeps a session: only where a tool asks it something in a call."""
    has_short_way: bool = True
    """Whether plain calls go past what mcp does with every message, such as tracing it."""
    behind_proxy: bool = False
    metrics_key: Secret | None = None
    metadata: Mapping[str, object] | None = None
    """The protected resource's metadata (RFC 9728), where there is an identity provider."""
    metadata_url: str | None = None
    more: Sequence[BaseRoute] = field(default=())
    """Routes of other rooms, each with its own way of knowing who asks."""
    sized_by_others: frozenset[str] = frozenset()
    """Those of them that keep a limit of their own for bodies."""
    patience: Patience = field(default_factory=Patience)


class Front:
    """The application, and what its runner has to know of it."""

    def __init__(self, site: Site) -> None:
        self.standing = Standing()
        self.patience = site.patience
        self.meter = site.meter
        self.listening = site.server.listening
        self.updates = site.server.updates
        self.stop_waiting = site.server.stop_waiting
        self.sse = SseWay(site.server, new_id=site.new_id)
        self.app: ASGIApp = self._built(site)
        site.meter.gauges["sse_streams"] = lambda: float(self.sse.open_streams)
        site.meter.gauges["listen_streams"] = lambda: float(self.listening.open_streams)

    def _built(self, site: Site) -> ASGIApp:
        manager = StreamableHTTPSessionManager(
            app=site.server, stateless=not site.keeps_sessions, max_request_body_size=MAX_BODY_BYTES
        )

        held = Held(site.identify, recheck_seconds=site.patience.recheck)

        @asynccontextmanager
        async def lifespan(_: object) -> AsyncGenerator[None]:
            async with manager.run(), anyio.create_task_group() as beside:
                beside.start_soon(site.server.changes.watch, site.patience.recheck)
                beside.start_soon(site.server.updates.watch)
                beside.start_soon(held.watch)
                yield
                beside.cancel_scope.cancel()

        door = Door(
            identify=site.identify,
            challenge=Challenge(metadata_url=site.metadata_url),
            guesses=Guesses(site.monotonic),
            held=held,
            standing=self.standing,
            anybody=site.anybody,
            behind_proxy=site.behind_proxy,
        )
        long_way = KnownToMcp(StreamableHTTPASGIApp(manager))
        plain = site.server.plain if site.has_short_way else None
        mcp = Doorkeeper(ShortWay(long_way, plain) if plain else long_way, door, transport="http")
        sse = Doorkeeper(KnownToMcp(self.sse.stream), door, transport="sse", is_cut=False)
        messages = Doorkeeper(KnownToMcp(self.sse.message), door, transport="sse")
        routes: list[BaseRoute] = [
            Route("/mcp", mcp),
            Route("/sse", sse, methods=["GET"]),
            Mount(MESSAGES.rstrip("/"), messages),
            Route("/healthz", _Alive(self.standing), methods=["GET"]),
            Route("/readyz", _Ready(site, self.standing), methods=["GET"]),
            Route("/metrics", _Metrics(site.meter, site.metrics_key), methods=["GET"]),
            *site.more,
        ]
        if site.metadata is not None:
            told = _answering(site.metadata)
            routes += [Route(path, told, methods=["GET"]) for path in _metadata_paths()]
        # A path is ours as it is written, or not at all; what goes wrong is the guard's to tell.
        router = Router(routes, redirect_slashes=False, default=_nowhere, lifespan=lifespan)
        counted = _Counted(router, site.meter, routes)
        return Guard(counted, site.names, site.patience, sized_by_others=site.sized_by_others)


def _metadata_paths() -> tuple[str, str]:
    """At the root, and beside the path of the resource, as RFC 9728 has it."""
    return METADATA_PATH, f"{METADATA_PATH}/mcp"


class _Counted:
    """Counts each answer under its route; what is no route is one series."""

    def __init__(self, app: ASGIApp, meter: Meter, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        paths = {one.path for one in routes if isinstance(one, Route | Mount)} | {OTHER}
        self._counts = {path: partial(meter.request, path) for path in paths}
        self._straight = {
            one.path: one.app for one in routes if isinstance(one, Route) and one.methods is None
        }
        """Whatever the method: nothing is left there for a router to find out."""

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http":
            return self._app(scope, receive, send)
        path = scope["path"]
        exchange_of(scope).counted = self._counts.get(path) or self._counts[self._route_of(path)]
        return self._straight.get(path, self._app)(scope, receive, send)

    def _route_of(self, path: str) -> str:
        """The route above a path that is none itself."""
        first = f"/{path.strip('/').split('/')[0]}"
        return first if first in self._counts else OTHER


def _answering(content: Mapping[str, object]) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await _say(send, HTTPStatus.OK, json.dumps(dict(content)).encode(), "application/json")

    return _App(app)


async def _nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    """A path that is none of ours, such as one with a slash too many."""
    del scope, receive
    where = "There is nothing here. MCP is at /mcp, and for older clients at /sse, without a slash."
    await answer_plainly(send, HTTPStatus.NOT_FOUND, where)


class _App:
    """Starlette takes a function for an endpoint of another form; this keeps it from that."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


class _Alive:
    """`/healthz`: whether this process is alive, and means to stay."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        if self._standing.stops:
            body = json.dumps({"ok": False, "server": "stopping"}).encode()
            await _say(send, HTTPStatus.SERVICE_UNAVAILABLE, body, "application/json")
            return
        await _say(send, HTTPStatus.OK, b'{"ok": true}', "application/json")


class _Ready:
    """`/readyz`: whether this replica should be sent work, and which part is not well."""

    def __init__(self, site: Site, standing: Standing) -> None:
        self._site = site
        self._standing = standing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        seconds = self._site.patience.ready
        checks = self._site.checks.items()
        found = {name: await _word_of(check, within_seconds=seconds) for name, check in checks}
        if self._standing.stops:
            found["server"] = "stopping"
        is_ready = set(found.values()) <= {"ok"}
        status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        body = json.dumps({"ready": is_ready, **found}).encode()
        await _say(send, status, body, "application/json")


async def _word_of(check: Check, *, within_seconds: float) -> str:
    """One part's health, in words that tell a stranger nothing of whose books these are."""
    try:
        with anyio.fail_after(within_seconds):
            await check()
    except TimeoutError:
        return "does not answer"
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it is not ready
        return getattr(getattr(error, "code", None), "value", "not ready")
    return "ok"


class _Metrics:
    """`/metrics`: to this machine, or to who has the key."""

    def __init__(self, meter: Meter, key: Secret | None) -> None:
        self._meter = meter
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        if not self._may_read(scope):
            await answer_plainly(
                send,
                HTTPStatus.FORBIDDEN,
                "Metrics are for this machine, or with the key of XERO_MCP_METRICS_KEY.",
            )
            return
        text = self._meter.text().encode()
        await _say(send, HTTPStatus.OK, text, "text/plain; version=0.0.4; charset=utf-8")

    def _may_read(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        if self._key is not None:
            given = headers.get("authorization", "").removeprefix("Bearer ").encode()
            return compare_digest(given, self._key.reveal().encode())
        client = scope.get("client")
        is_near = bool(client) and f"{client[0]}" in {*LOOPBACK, "::1"}
        return is_near and not is_passed_on(exchange_of(scope).told.names)


async def _say(send: Send, status: HTTPStatus, body: bytes, media_type: str) -> None:
    headers = [
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
