"""A Xero client in a small world: a scripted upstream, a clock, a store."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

import httpx2

from tests.fakes import FakeClock
from xero_mcp.clock import Clock
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.base import Store, Tables
from xero_mcp.xero.client import Surroundings, XeroClient, XeroRules
from xero_mcp.xero.credentials import Credentials, XeroHosts
from xero_mcp.xero.models.connection import OrganisationRef
from xero_mcp.xero.scoped import Grant, Progress, ScopedXero
from xero_mcp.xero.scopes import scopes_for
from xero_mcp.xero.secret import Sealer, Secret

HOSTS = XeroHosts(api_url="https://api.test", identity_url="https://identity.test")
KEY = b"0123456789abcdef0123456789abcdef"
ORGANISATION = OrganisationRef(id="11111111-1111-4111-8111-111111111111", name="Ours")
INVOICE_ID = "22222222-2222-4222-8222-222222222222"
TICKET = "tkn-aaaabbbbccccdddd"
HUSH = "hush-hush-secret"
REACHES = frozenset(
    {
        ("GET", "/Invoices"),
        ("GET", "/Invoices/{InvoiceID}"),
        ("PUT", "/Invoices"),
        ("POST", "/Invoices/{InvoiceID}"),
        ("PUT", "/Payments"),
        ("DELETE", "/LinkedTransactions/{LinkedTransactionID}"),
        ("GET", "/PurchaseOrders/{PurchaseOrderNumber}"),
    }
)
SCOPES = scopes_for(REACHES)
OURS = Credentials.custom_connection("our-client", Secret(HUSH))

T = TypeVar("T")
Reply = httpx2.Response | Exception | Callable[[httpx2.Request], httpx2.Response]


def reply(status: int = 200, body: object = None, **headers: str) -> httpx2.Response:
    """A JSON answer; text as it is, and nothing for None."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is None:
        return httpx2.Response(status, headers=named)
    if isinstance(body, str):
        return httpx2.Response(status, headers={"Content-Type": "text/html", **named}, text=body)
    return httpx2.Response(status, headers=named, json=body)


def validation_error(*messages: str) -> httpx2.Response:
    findings = [{"Message": message} for message in messages]
    element = {"InvoiceID": "00000000-0000-0000-0000-000000000000", "ValidationErrors": findings}
    body = {
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": [element],
    }
    return reply(400, body)


def expired() -> httpx2.Response:
    detail = "TokenExpired: token expired at 01/01/2001 00:00:00"
    body = {"Type": None, "Title": "Unauthorized", "Status": 401, "Detail": detail}
    return reply(401, body)


@dataclass
class Upstream:
    """Plays Xero from a script; what is not in it gets a good, empty answer."""

    api: list[Reply] = field(default_factory=list[Reply])
    identity: list[Reply] = field(default_factory=list[Reply])
    connections: list[Reply] = field(default_factory=list[Reply])
    seen: list[httpx2.Request] = field(default_factory=list[httpx2.Request])
    tokens: int = 0

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.seen.append(request)
        if request.url.host == "identity.test":
            return self._next(self.identity, request, self._token)
        if request.url.path == "/connections":
            return self._next(self.connections, request, self._connections)
        return self._next(self.api, request, lambda: reply(200, {"Invoices": []}))

    def _next(
        self,
        script: list[Reply],
        request: httpx2.Request,
        otherwise: Callable[[], httpx2.Response],
    ) -> httpx2.Response:
        if not script:
            return otherwise()
        step = script.pop(0)
        if isinstance(step, Exception):
            raise step
        return step if isinstance(step, httpx2.Response) else step(request)

    def _token(self) -> httpx2.Response:
        self.tokens += 1
        body = {"access_token": f"{TICKET}-{self.tokens}", "expires_in": 1800}
        return reply(200, body)

    @staticmethod
    def _connections() -> httpx2.Response:
        row = {"id": "c", "tenantId": ORGANISATION.id, "tenantType": "ORGANISATION"}
        return reply(200, [{**row, "tenantName": ORGANISATION.name}])

    def to(self, host_or_path: str) -> list[httpx2.Request]:
        """The requests to a host, or to a path that begins like this."""
        return [
            request
            for request in self.seen
            if request.url.host == host_or_path or request.url.path.startswith(host_or_path)
        ]

    @property
    def api_requests(self) -> list[httpx2.Request]:
        return self.to("/api.xro/")

    def forms(self) -> list[Mapping[str, str]]:
        """What the token requests asked for."""
        sent = [request.content.decode() for request in self.to("identity.test")]
        return [dict(httpx2.QueryParams(text)) for text in sent]


class BrokenStore:
    """A store whose disk is gone."""

    async def write(self, work: Callable[[Tables], T]) -> T:
        raise StoreUnavailableError(f"no disk for {work}")

    async def brief(self, work: Callable[[Tables], T]) -> T:
        raise StoreUnavailableError(f"no disk for {work}")

    async def quick(self, work: Callable[[Tables], T]) -> T:
        raise StoreUnavailableError(f"no disk for {work}")

    async def read(self, work: Callable[[Tables], T]) -> T:
        raise StoreUnavailableError(f"no disk for {work}")

    async def glance(self, work: Callable[[Tables], T]) -> T:
        return await self.read(work)

    async def check(self, look: Callable[[Tables], object] | None = None) -> None:
        del look
        raise StoreUnavailableError("no disk")

    async def close(self) -> None:
        return


def sent_json(request: httpx2.Request) -> Any:  # noqa: ANN401 - whatever was sent
    return json.loads(request.content)


@dataclass
class World:
    """What a test of the client holds in its hands."""

    client: XeroClient
    upstream: Upstream
    clock: Clock

    def scoped(
        self, *, key: str | None = "intent-1", progress: Progress | None = None
    ) -> ScopedXero:
        grant = Grant(
            organisation=ORGANISATION, reaches=REACHES, scopes=SCOPES, idempotency_key=key
        )
        return self.client.scoped(grant, progress=progress)


def make_world(
    store: Store,
    clock: Clock | None = None,
    *,
    upstream: Upstream | None = None,
    rules: XeroRules | None = None,
    credentials: Credentials | None = None,
) -> World:
    """A client of its own: several over one store stand for several processes."""
    script = upstream or Upstream()
    ticking = clock or FakeClock()
    randomness = Random()  # noqa: S311 - names in a test
    around = Surroundings(
        store=store,
        clock=ticking,
        sealer=Sealer(KEY),
        randomness=randomness,
        instance=f"p{randomness.getrandbits(64):x}",
    )
    client = XeroClient(
        HOSTS,
        credentials or OURS,
        lambda: httpx2.AsyncClient(transport=httpx2.MockTransport(script)),
        around,
        rules=rules,
    )
    return World(client=client, upstream=script, clock=ticking)
