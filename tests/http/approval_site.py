"""The approval pages over a whole house, and a browser without a screen that keeps one cookie."""

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import httpx2
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from tests.gate.world import OPEN_POLICY, World, bill, code_of, world
from xero_mcp.transport.http.approvals_page import ApprovalPages, PageRooms
from xero_mcp.transport.http.approvals_page_visitor import Visitor
from xero_mcp.transport.http.guard import Guard, Names
from xero_mcp.transport.http.patience import Patience

JANE, JOE, STRANGER = "jane@example.com", "joe@example.com", "zoe@example.com"
PASSPHRASES = {
    JANE: "four words not together",
    JOE: "quite another phrase",
    STRANGER: "not named by any rule",
}
HERE = "http://127.0.0.1:8080"
PUBLIC = "https://books.example.com"
ASKS = """rules:
  - name: bills need a person
    for: [create-invoice]
    ask_when: { total_over: "0.00 USD" }
    ask: [jane@example.com, joe@example.com]
    answer_within: 4h
"""
TWO = f"{ASKS}    approvals: 2\n"
_FORM = re.compile(r'<form method="post" action="(?P<action>[^"]+)"[^>]*>(?P<inside>.*?)</form>')
_HIDDEN = re.compile(r'<input type="hidden" name="(?P<name>\w+)" value="(?P<value>[^"]*)">')
_TAG = re.compile(r"<style>.*?</style>|<[^>]+>", re.DOTALL)


@dataclass
class Shown:
    """What came back."""

    status: int
    html: str
    headers: httpx2.Headers

    @property
    def words(self) -> str:
        """What a person reads of it."""
        return re.sub(r"\s+", " ", unescape(_TAG.sub(" ", self.html))).strip()

    def hidden(self, action: str) -> dict[str, str]:
        """The hidden fields of the form that goes there."""
        for found in _FORM.finditer(self.html):
            if found["action"] == action:
                return {one["name"]: one["value"] for one in _HIDDEN.finditer(found["inside"])}
        raise AssertionError(f"no form goes to {action}: {self.words}")

    def has_form(self, action: str) -> bool:
        return f'action="{action}"' in self.html


@dataclass
class Browser:
    """Keeps the cookie, sends the origin; a test may leave either out."""

    client: httpx2.AsyncClient
    origin: str
    cookies: dict[str, str] = field(default_factory=dict[str, str])

    async def get(self, path: str, **headers: str) -> Shown:
        return self._kept(await self.client.get(path, headers=self._with_cookie(headers)))

    async def post(self, path: str, fields: Mapping[str, str], **headers: str | None) -> Shown:
        """Send a form. A header that is None is left out; `content_type` is written with _."""
        wanted: dict[str, str | None] = {
            "origin": self.origin,
            "content-type": "application/x-www-form-urlencoded",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        sent = {name: value for name, value in wanted.items() if value is not None}
        answer = await self.client.post(
            path, content=urlencode(fields).encode(), headers=self._with_cookie(sent)
        )
        return self._kept(answer)

    async def sign_in(self, person: str, phrase: str = "", *, about: str = "") -> Shown:
        """Through the form, as a person does."""
        page = await self.get(f"/approvals/{about}" if about else "/approvals")
        given = {"email": person, "passphrase": phrase or PASSPHRASES.get(person, "")}
        return await self.post("/approvals/sign-in", {**page.hidden("/approvals/sign-in"), **given})

    async def say(self, approval_id: str, word: str, **fields: str) -> Shown:
        """Open the page, fill in one of its two forms, send it."""
        page = await self.get(f"/approvals/{approval_id}")
        action = f"/approvals/{approval_id}/{word}"
        return await self.post(action, {**page.hidden(action), **fields})

    def key(self, action: str) -> str:
        """What a form to `action` would carry, worked out from the cookie."""
        (token,) = self.cookies.values()
        return Visitor(token=token, is_new=False).key(action)

    def _with_cookie(self, headers: Mapping[str, str]) -> dict[str, str]:
        held = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {**({"cookie": held} if held else {}), **headers}

    def _kept(self, answer: httpx2.Response) -> Shown:
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.client.cookies.clear()
        return Shown(status=answer.status_code, html=answer.text, headers=answer.headers)


@dataclass
class ApprovalSite:
    """A house with people, and the pages for them."""

    world: World
    public_url: str | None
    routes: list[BaseRoute]
    clients: list[httpx2.AsyncClient] = field(default_factory=list[httpx2.AsyncClient])

    def browser(self, base: str = "", *, address: str = "127.0.0.1") -> Browser:
        """A new one, with no cookie yet."""
        base = base or self.public_url or HERE
        names = Names.of(public_url=self.public_url, allowed_hosts=("plain.example.com",))
        app = Guard(Starlette(routes=self.routes), names, Patience())
        transport = httpx2.ASGITransport(app=app, client=(address, 4711))
        client = httpx2.AsyncClient(transport=transport, base_url=base)
        self.clients.append(client)
        return Browser(client=client, origin=base)

    def replica(self) -> "ApprovalSite":
        """The pages of another process over the same store."""
        return ApprovalSite(
            world=self.world,
            public_url=self.public_url,
            routes=pages_of(self.world, self.public_url).routes(),
        )

    async def signed_in(self, person: str = JANE) -> Browser:
        """A browser of that person, who is given a passphrase where there is none yet."""
        people = self.world.office.people
        if not await people.has_passphrase(person):
            await people.add(person, by="root")
            await people.set_passphrase(person, PASSPHRASES[person], by="root")
        browser = self.browser()
        assert (await browser.sign_in(person)).status == 303
        return browser

    async def asked(self, amount: str = "100.00", **more: object) -> str:
        """An agent asks to enter a bill; the id under which that waits."""
        heard = await self.world.call("create-invoice", bill(self.world.supplier(), amount, **more))
        assert code_of(heard) == "APPROVAL_REQUIRED", heard.content
        return heard.content["error"]["details"][0]["message"]


def pages_of(house: World, public_url: str | None) -> ApprovalPages:
    async def policy_now(agent: str) -> str:
        policy = house.rooms.policies.in_force(agent, file=None).policy
        return policy.sha256 if policy is not None else ""

    office = house.office
    return ApprovalPages(
        PageRooms(
            approvals=office.approvals,
            sessions=office.sessions,
            clock=office.clock,
            policy_now=policy_now,
            public_url=public_url,
        )
    )


@asynccontextmanager
async def approval_site(
    folder: Path, *, rules: str = ASKS, public_url: str | None = None
) -> AsyncGenerator[ApprovalSite]:
    async with world(folder, policy=OPEN_POLICY + rules) as house:
        await house.office.people.add(JANE, by="root")
        await house.office.people.set_passphrase(JANE, PASSPHRASES[JANE], by="root")
        site = ApprovalSite(
            world=house, public_url=public_url, routes=pages_of(house, public_url).routes()
        )
        yield site
        for client in site.clients:
            await client.aclose()
