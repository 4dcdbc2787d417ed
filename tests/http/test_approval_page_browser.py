"""The approval page in Chromium: a phone, a keyboard, a link from elsewhere, a hostile page."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream

from tests.gate.world import OPEN_POLICY, bill, code_of, world
from tests.http.approval_site import ASKS, JANE, PASSPHRASES
from tests.http.chromium import ENTER, TAB, Chromium, chromium, must_be_there
from tests.http.on_a_port import Served, serving
from xero_mcp.store.tables.approvals import ApprovalStatus
from xero_mcp.transport.http.patience import Patience

PHONE, DESKTOP = (390, 844), (1280, 900)
SHORTEST_BUTTON = 44  # a thumb's width, in CSS pixels
OVERFLOW = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
pytestmark = pytest.mark.slow


@dataclass
class Scene:
    """A server, a question that waits, and a browser."""

    served: Served
    approval_id: str
    browser: Chromium
    folder: Path

    @property
    def url(self) -> str:
        return f"{self.served.url}/approvals/{self.approval_id}"

    async def sign_in(self) -> None:
        """With the keyboard alone: the first field has the focus."""
        browser = self.browser
        await browser.open(self.url)
        for field, words in (("email", JANE), ("passphrase", PASSPHRASES[JANE])):
            await browser.until_true(f"document.activeElement.id === '{field}'")
            await browser.press(words)
            await browser.until_true(f"document.activeElement.value === '{words}'")
            await browser.press(TAB if field == "email" else ENTER)
        await browser.until("h1", "clerk wants to")

    async def status(self) -> ApprovalStatus:
        return (await self.served.house.office.approvals.get(self.approval_id)).status


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncGenerator[Scene]:
    must_be_there()
    async with world(tmp_path / "house", policy=OPEN_POLICY + ASKS) as house:
        await house.office.people.add(JANE, by="root")
        await house.office.people.set_passphrase(JANE, PASSPHRASES[JANE], by="root")
        heard = await house.call("create-invoice", bill(house.supplier(), number="B-1"))
        assert code_of(heard) == "APPROVAL_REQUIRED"
        approval_id = heard.content["error"]["details"][0]["message"]
        async with serving(house, patience=Patience()) as served, chromium(tmp_path) as browser:
            await browser.screen(*PHONE)
            yield Scene(served=served, approval_id=approval_id, browser=browser, folder=tmp_path)


async def test_a_person_approves_on_a_phone_with_the_keyboard_alone(scene: Scene):
    browser = scene.browser
    await scene.sign_in()
    assert await browser.run(OVERFLOW) == 0
    assert await browser.run("return getComputedStyle(document.body).fontSize") == "16px"
    for selector in ("input:not([type=hidden])", "button"):
        for one in await browser.find_all(selector):
            assert await one.label()
            assert await one.height() >= SHORTEST_BUTTON
    (cookie,) = await browser.do("GET", "/cookie")
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Lax")
    assert await browser.run("return document.cookie") == ""
    await (await browser.find("#note")).type(f"Seen on the phone.{ENTER}")
    await browser.until(".note", "clerk may do this once")
    assert "Seen on the phone." in await browser.words()
    assert await browser.complaints() == []
    await scene.served.house.good(
        "create-invoice", bill(scene.served.house.supplier(), number="B-1")
    )
    assert len(scene.served.house.invoices("B-1")) == 1


async def test_on_a_desktop_a_rejection_waits_for_its_reason_and_signing_out_ends_it(scene: Scene):
    browser = scene.browser
    await browser.screen(*DESKTOP, dark=True)
    await scene.sign_in()
    reject = await browser.find("button.no")
    await reject.click()
    assert await browser.run("return document.querySelector('#reason:invalid') !== null")
    assert await scene.status() is ApprovalStatus.PENDING
    await (await browser.find("#reason")).type("Not ours.")
    await reject.click()
    await browser.until(".state", "rejected")
    assert await scene.status() is ApprovalStatus.REJECTED
    assert await browser.run(OVERFLOW) == 0
    await (await browser.find("header button")).click()
    await browser.until("h1", "Sign in to approve")
    await browser.do("POST", "/back", {})
    await browser.open(scene.url)
    assert "Sign in to approve" in await browser.words()
    assert await browser.complaints() == []


async def test_a_link_from_elsewhere_finds_the_person_still_signed_in(scene: Scene):
    await scene.sign_in()
    async with page_elsewhere(f"<a href='{scene.url}'>approve this</a>") as elsewhere:
        await scene.browser.open(f"http://localhost:{elsewhere}/")
        await (await scene.browser.find("a")).click()
        await scene.browser.until("h1", "clerk wants to")
    assert await scene.status() is ApprovalStatus.PENDING


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_hostile_page_can_neither_send_the_form_nor_frame_it(scene: Scene, host: str):
    await scene.sign_in()
    key = await scene.browser.run(
        "return document.querySelector('form[action$=approve] input').value"
    )
    page = (
        f"<iframe src='{scene.url}'></iframe><form method=post action='{scene.url}/approve'>"
        f"<input name=form_key value='{key}'><button>free money</button></form>"
    )
    async with page_elsewhere(page) as elsewhere:
        await scene.browser.open(f"http://{host}:{elsewhere}/")
        await scene.browser.until_it_complains("frame-ancestors")
        await (await scene.browser.find("button")).click()
        await scene.browser.until_at("/approve")
    assert await scene.status() is ApprovalStatus.PENDING


@asynccontextmanager
async def page_elsewhere(html: str) -> AsyncGenerator[int]:
    """Another server on this machine, with one page; its port."""
    body = f"<!doctype html><title>elsewhere</title>{html}".encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {len(body)}\r\n"

    async def serve(stream: SocketStream) -> None:
        async with stream:
            with anyio.move_on_after(20):
                await stream.receive(64 * 1024)
                await stream.send(f"{head}connection: close\r\n\r\n".encode() + body)

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    port = listener.extra(SocketAttribute.local_port)  # noqa: S610 - no Django here
    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, serve)
        yield port
        group.cancel_scope.cancel()
