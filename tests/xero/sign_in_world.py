"""People who sign in to a demo company, and the processes that use what they left."""

import html
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import httpx2

from tests.demo_company.box import empty_companies
from tests.fakes import FakeClock
from tests.store.passing_on import PassingOn
from tests.xero.world import KEY
from xero_mcp.clock import Clock
from xero_mcp.demo_company.app import DemoCompany, create_app
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.sign_ins import SignInRow
from xero_mcp.xero.client import Surroundings, XeroClient, XeroRules
from xero_mcp.xero.credentials import Credentials, XeroHosts
from xero_mcp.xero.network import Network, NetworkRules
from xero_mcp.xero.retry import RetryRules
from xero_mcp.xero.secret import Sealer, Secret
from xero_mcp.xero.sign_in import Consent, exchange, keep
from xero_mcp.xero.sign_in_refresh import Refresher, SignInDesk, SignInRules
from xero_mcp.xero.sign_in_request import Attempt, authorize_url, begin, code_of, read_redirect
from xero_mcp.xero.sign_in_tokens import App

GLOBAL, NZ, UK = "Demo Company (Global)", "Demo Company (NZ)", "Demo Company (UK)"
REDIRECT = read_redirect("http://localhost:8910/callback")
SCOPES = ("openid", "profile", "email", "accounting.invoices.read", "accounting.settings.read")
HOSTS = XeroHosts(
    api_url="http://localhost", identity_url="http://localhost", login_url="http://localhost"
)
TOKEN_PATH = "/connect/token"  # noqa: S105 - a path
QUICK = RetryRules(base_seconds=0.01, cap_seconds=0.02)
PUBLIC = App(client_id="my-app")
T = TypeVar("T")


class KilledError(BaseException):
    """The process is gone, wherever it was."""


@dataclass
class DyingStore(PassingOn):
    """A store whose process is killed around the n-th of its writes."""

    inner: Store
    dies_before: int | None = None
    dies_after: int | None = None
    writes: int = 0

    async def write(self, work: Callable[[Tables], T]) -> T:
        self.writes += 1
        if self.dies_before is not None and self.writes >= self.dies_before:
            raise KilledError
        done = await self.inner.write(work)
        if self.dies_after is not None and self.writes >= self.dies_after:
            raise KilledError
        return done

    async def quick(self, work: Callable[[Tables], T]) -> T:
        if self.dies_before is not None and self.writes >= self.dies_before:
            raise KilledError
        if self.dies_after is not None and self.writes >= self.dies_after:
            raise KilledError
        return await self.inner.quick(work)

    async def close(self) -> None:
        return


@dataclass
class FullStore(DyingStore):
    """A disk that takes one write and then no more."""

    is_full: bool = True

    async def write(self, work: Callable[[Tables], T]) -> T:
        self.writes += 1
        if self.is_full and self.writes > 1:
            raise StoreUnavailableError("the disk is full")
        return await self.inner.write(work)


class Line(httpx2.AsyncBaseTransport):
    """The way to the demo company; it notes what goes by, and can lose answers."""

    def __init__(self, app: DemoCompany) -> None:
        self._inner = httpx2.ASGITransport(app=app)
        self.seen: list[httpx2.Request] = []
        self.lose_answers = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.seen.append(request)
        answer = await self._inner.handle_async_request(request)
        if request.url.path == TOKEN_PATH and self.lose_answers:
            self.lose_answers -= 1
            await answer.aread()
            raise httpx2.ReadError("the answer is lost")
        return answer

    def grants(self, kind: str = "refresh_token") -> int:
        """How often tokens were asked for in this way."""
        sent = [r.content.decode() for r in self.seen if r.url.path == TOKEN_PATH]
        return sum(dict(parse_qsl(text))["grant_type"] == kind for text in sent)


@dataclass
class SignInWorld:
    """One demo company, one store, and as many processes as a test wants."""

    store: Store
    clock: FakeClock
    app: DemoCompany = field(init=False)
    line: Line = field(init=False)

    def __post_init__(self) -> None:
        self.app = create_app(self.clock.now, companies=empty_companies, control=True)
        self.line = Line(self.app)

    def http(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=self.line, base_url="http://localhost")

    def desk(self, *, store: Store | None = None, **changes: Any) -> SignInDesk:  # noqa: ANN401 - fields of the desk
        """What one process has; each call makes another process."""
        rules = NetworkRules()
        made = SignInDesk(
            hosts=HOSTS,
            network=Network(self.http, rules),
            store=store or self.store,
            clock=self.clock,
            sealer=Sealer(KEY),
            randomness=random.SystemRandom(),
            retries=QUICK,
        )
        return replace(made, **changes)

    def process(self, *, store: Store | None = None, **changes: Any) -> Refresher:  # noqa: ANN401
        return Refresher(self.desk(store=store, **changes))

    def client(self, *, own: Credentials | None = None, clock: Clock | None = None) -> XeroClient:
        randomness = random.SystemRandom()
        around = Surroundings(
            store=self.store,
            clock=clock or self.clock,
            sealer=Sealer(KEY),
            randomness=randomness,
            instance=f"p{randomness.getrandbits(64):x}",
            app_secrets={},
        )
        return XeroClient(
            HOSTS, own, self.http, around, rules=XeroRules(retries=QUICK, sign_ins=SignInRules())
        )

    def organisation_id(self, name: str) -> str:
        companies = self.app.premises.companies.values()
        return next(company.id for company in companies if company.name == name)

    def attempt(self, app: App = PUBLIC, scopes: tuple[str, ...] = SCOPES) -> Attempt:
        return begin(
            app.client_id,
            REDIRECT,
            scopes,
            has_secret=app.secret is not None,
            token_bytes=random.SystemRandom().randbytes,
        )

    async def browser(
        self, attempt: Attempt, *names: str, decision: str = "allow", at: str = ""
    ) -> dict[str, str]:
        """Do as a person does on Xero's page; what the browser would bring back.

        `at` is a demo company on a socket, in place of the one in this process.
        """
        hosts = replace(HOSTS, login_url=at) if at else HOSTS
        async with httpx2.AsyncClient(trust_env=False) if at else self.http() as http:
            url = authorize_url(hosts, attempt)
            page = (await http.get(url)).text
            query = re.search(r'action="(\?[^"]*)"', page)
            assert query is not None, page
            boxes = re.findall(r'name="tenant" value="([^"]+)"[^>]*> ([^<]+)<', page)
            chosen = [value for value, name in boxes if html.unescape(name) in names]
            assert len(chosen) == len(names)
            back = await http.post(
                f"{url.partition('?')[0]}{html.unescape(query[1])}",
                data={"tenant": chosen, "decision": decision},
            )
        assert back.status_code == 302
        assert back.headers["location"].startswith(attempt.redirect.uri)
        return dict(parse_qsl(urlsplit(back.headers["location"]).query))

    async def consent(
        self, *names: str, app: App = PUBLIC, scopes: tuple[str, ...] = SCOPES
    ) -> Consent:
        attempt = self.attempt(app, scopes)
        code = code_of(await self.browser(attempt, *names))
        return await exchange(self.desk(), app, attempt, code)

    async def connect(
        self, *names: str, app: App = PUBLIC, scopes: tuple[str, ...] = SCOPES
    ) -> SignInRow:
        """Sign in, and use every organisation of the consent."""
        consent = await self.consent(*names or (GLOBAL,), app=app, scopes=scopes)
        return await keep(
            self.desk(), consent, consent.organisations, by="root", note=lambda _: None
        )

    async def row(self, sign_in_id: str) -> SignInRow | None:
        return await self.store.read(lambda tables: tables.sign_ins.find(sign_in_id))

    async def works(self, token: Secret) -> bool:
        """Whether Xero takes this access token."""
        async with self.http() as http:
            headers = {"Authorization": f"Bearer {token.reveal()}"}
            return (await http.get("/connections", headers=headers)).status_code == 200
