"""A demo company in this process, a client for it, and a clock that tests can move."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Unpack

import httpx2

from xero_mcp.demo_company.app import DemoCompany, create_app
from xero_mcp.demo_company.kernel import Company
from xero_mcp.demo_company.premises import Knobs
from xero_mcp.demo_company.seed.organisations import COUNTRIES, Founding, found

API = "/api.xro/2.0"
GLOBAL = "Demo Company (Global)"


class TestClock:
    """Stands still until it is moved."""

    __test__ = False

    def __init__(self) -> None:
        self.moment = datetime(2026, 9, 14, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **time: float) -> None:
        self.moment += timedelta(**time)


def empty_companies(now: Callable[[], datetime]) -> dict[str, Company]:
    """Found the three organisations without any trade: quicker than the whole seed."""
    made = [found(Founding(country=country, seed=1, now=now)) for country in COUNTRIES]
    return {company.id: company for company in made}


@dataclass(kw_only=True)
class Box:
    app: DemoCompany
    client: httpx2.AsyncClient
    clock: TestClock

    async def token(self, client_id: str = "demo-one", scope: str = "") -> dict[str, Any]:
        form = {"grant_type": "client_credentials", **({"scope": scope} if scope else {})}
        answer = await self.client.post(
            "/connect/token", data=form, auth=(client_id, "demo-secret")
        )
        answer.raise_for_status()
        return answer.json()

    async def sign_in(self, client_id: str = "demo-one", scope: str = "") -> None:
        """Put a token on every request that follows."""
        token = await self.token(client_id, scope)
        self.client.headers["Authorization"] = f"Bearer {token['access_token']}"

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        return await self.client.get(f"{API}{path}", headers=headers)

    async def write(self, method: str, path: str, body: object, **headers: str) -> httpx2.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.request(method, f"{API}{path}", json=body, headers=named)

    async def fault(self, kind: str, **aim: object) -> None:
        answer = await self.client.post("/_demo/faults", json={"kind": kind, **aim})
        assert answer.status_code == 200, answer.text

    async def stats(self) -> dict[str, Any]:
        return (await self.client.get("/_demo/stats")).json()

    def company(self, name: str = GLOBAL) -> Company:
        return next(c for c in self.app.premises.companies.values() if c.name == name)


@asynccontextmanager
async def open_box(**knobs: Unpack[Knobs]) -> AsyncGenerator[Box]:
    clock = TestClock()
    given: Knobs = {"companies": empty_companies, **knobs}
    app = create_app(clock, **given)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(
        transport=transport,
        base_url="http://localhost",
        headers={"Accept": "application/json"},
    ) as client:
        yield Box(app=app, client=client, clock=clock)
    await app.aclose()
