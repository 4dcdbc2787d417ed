"""The demo company as an ASGI app. Begin with `create_app`; `premises.py` joins the rooms."""

from collections.abc import Callable
from datetime import datetime
from typing import Unpack
from uuid import uuid4

import anyio

from xero_mcp.demo_company.accounting_api import PREFIX, max_body_bytes
from xero_mcp.demo_company.control import Control
from xero_mcp.demo_company.delivery import deliver
from xero_mcp.demo_company.door import Pass
from xero_mcp.demo_company.dropping import drop_connection
from xero_mcp.demo_company.fault_replies import instead
from xero_mcp.demo_company.faults import Fault, FaultKind
from xero_mcp.demo_company.identity import connections
from xero_mcp.demo_company.premises import Knobs, Premises
from xero_mcp.demo_company.wire.errors import not_found
from xero_mcp.demo_company.wire.reply import Reply
from xero_mcp.demo_company.wire.request import Receive, Request, Scope, Send, read_request

Struck = dict[FaultKind, Fault]


def create_app(now: Callable[[], datetime], **knobs: Unpack[Knobs]) -> "DemoCompany":
    """Make a demo company that takes its time from `now`, which must give UTC."""
    return DemoCompany(Premises(now, knobs))


class DemoCompany:
    """The ASGI app. `premises` is open to tests that share its process."""

    def __init__(self, premises: Premises) -> None:
        self.premises = premises
        self._control = Control(premises) if premises.has_control else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def aclose(self) -> None:
        """Stop what runs in the background and close the state file."""
        await self.premises.webhooks.aclose()
        self.premises.saved.close()

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await read_request(scope, receive, max_bytes=max_body_bytes)
        if request is None:
            return
        if self._control is not None and self._control.owns(request):
            await deliver(self._control.answer(request), send, {})
            return
        stats = self.premises.stats
        stats.begin()
        try:
            await self._process(request, send)
        finally:
            stats.end()

    async def _process(self, request: Request, send: Send) -> None:
        premises = self.premises
        struck = premises.faults.take(request.method, request.path)
        entered = self._enter(request)
        try:
            await self._before(struck)
            if "drop_before" in struck:
                premises.stats.dropped += 1
                await drop_connection(send)
                return
            reply = self._reply(request, entered, struck).with_headers(
                {**entered.headers, "xero-correlation-id": str(uuid4())}
            )
            premises.stats.answered(reply.status)
            if not struck.keys().isdisjoint({"drop_during", "drop_after"}):
                premises.stats.dropped += 1
            await deliver(reply, send, struck)
        finally:
            premises.door.leave(entered)

    def _enter(self, request: Request) -> Pass:
        if request.path.startswith(f"{PREFIX}/"):
            return self.premises.door.to_organisation(request)
        if _is_connections(request.path):
            return self.premises.door.to_connections(request)
        return Pass()

    async def _before(self, struck: Struck) -> None:
        if "wrong_clock" in struck:
            self.premises.clock.advance(struck["wrong_clock"].seconds)
        if "latency" in struck:
            await anyio.sleep(struck["latency"].seconds)

    def _reply(self, request: Request, entered: Pass, struck: Struck) -> Reply:
        premises = self.premises
        faulty = instead(struck, premises.problems, premises.clock())
        if faulty is not None and not any(fault.after_processing for fault in struck.values()):
            premises.stats.asked(request.method, "fault")
            return faulty
        reply = self._guarded_reply(request, entered)
        return faulty or reply

    def _guarded_reply(self, request: Request, entered: Pass) -> Reply:
        try:
            return self._real_reply(request, entered)
        except Exception as broken:  # noqa: BLE001 -- a bug of ours must look like Xero's 500
            self.premises.stats.broke(f"{request.method} {request.path}", broken)
            return self.premises.problems.internal()

    def _real_reply(self, request: Request, entered: Pass) -> Reply:
        premises = self.premises
        if entered.refused is not None:
            premises.stats.asked(request.method, "refused at the door")
            return entered.refused
        if entered.company is not None and entered.token is not None:
            match = premises.api.matched(request)
            route = match.operation.path if match else "unknown"
            premises.stats.asked(request.method, route)
            return premises.api.answer(request, match, entered.company, entered.token)
        if entered.token is not None:
            premises.stats.asked(request.method, connections.PATH)
            reply = premises.connections.answer(request, entered.token)
        else:
            reply = self._identity(request)
        if request.method != "GET":
            premises.keep_grants()
        return reply

    def _identity(self, request: Request) -> Reply:
        identity = self.premises.identity
        known = identity.owns(request.path)
        self.premises.stats.asked(request.method, request.path if known else "unknown")
        return identity.answer(request) if known else not_found()


def _is_connections(path: str) -> bool:
    """Xero does not mind the case: its own SDK asks for /Connections."""
    lowered = path.lower()
    return lowered == connections.PATH or lowered.startswith(f"{connections.PATH}/")
