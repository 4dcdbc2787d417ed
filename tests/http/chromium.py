"""A real browser, driven over plain WebDriver: no library between the test and what it sees."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

ANSWER_SECONDS = 30.0
END_SECONDS = 10.0
POLL_SECONDS = 0.02
MAX_POLLS = 500
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
TAB, ENTER = "\ue004", "\ue007"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""As root in a container, and with no word to anybody but the page under test."""


@dataclass
class Element:
    """Something on the page."""

    browser: "Chromium"
    reference: str

    async def _do(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401
        return await self.browser.do(method, f"/element/{self.reference}{path}", body)

    async def click(self) -> None:
        await self._do("POST", "/click", {})

    async def type(self, text: str) -> None:
        await self._do("POST", "/value", {"text": text})

    async def text(self) -> str:
        return str(await self._do("GET", "/text"))

    async def label(self) -> str:
        """What a screen reader calls it."""
        return str(await self._do("GET", "/computedlabel"))

    async def height(self) -> float:
        return float((await self._do("GET", "/rect"))["height"])


@dataclass
class Chromium:
    """One browser with one tab."""

    http: httpx2.AsyncClient
    session: str

    async def do(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401
        """One command of WebDriver; what it says is wrong fails the test."""
        answer = await self.http.request(method, f"/session/{self.session}{path}", json=body)
        value = answer.json()["value"]
        assert answer.status_code == 200, value
        return value

    async def open(self, url: str) -> None:
        await self.do("POST", "/url", {"url": url})

    async def url(self) -> str:
        return str(await self.do("GET", "/url"))

    async def find(self, selector: str) -> Element:
        found = await self.do("POST", "/element", {"using": "css selector", "value": selector})
        return Element(browser=self, reference=found[ELEMENT])

    async def find_all(self, selector: str) -> list[Element]:
        found = await self.do("POST", "/elements", {"using": "css selector", "value": selector})
        return [Element(browser=self, reference=one[ELEMENT]) for one in found]

    async def press(self, keys: str) -> None:
        """Keys, wherever the focus is."""
        downs = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        await self.do(
            "POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": downs}]}
        )

    async def words(self) -> str:
        """What a person reads, on one line."""
        return re.sub(r"\s+", " ", await (await self.find("body")).text())

    async def run(self, script: str) -> Any:  # noqa: ANN401
        """What a script says that WebDriver brings; the page's own policy does not hold it."""
        return await self.do("POST", "/execute/sync", {"script": script, "args": []})

    async def until(self, selector: str, word: str) -> None:
        """Wait until such an element says this."""
        for _ in range(MAX_POLLS):
            with suppress(AssertionError):  # the page is on its way to the next one
                if word in " ".join([await one.text() for one in await self.find_all(selector)]):
                    return
            await anyio.sleep(POLL_SECONDS)
        raise AssertionError(f"no {selector} says {word!r}: {await self.words()}")

    async def until_true(self, expression: str) -> None:
        """Wait until a script says so."""
        for _ in range(MAX_POLLS):
            if await self.run(f"return {expression}") is True:
                return
            await anyio.sleep(POLL_SECONDS)
        raise AssertionError(f"it never was true that {expression}: {await self.words()}")

    async def until_at(self, part: str) -> None:
        """Wait until the address holds this."""
        for _ in range(MAX_POLLS):
            if part in await self.url():
                return
            await anyio.sleep(POLL_SECONDS)
        raise AssertionError(f"{await self.url()} has no {part}")

    async def until_it_complains(self, about: str) -> None:
        """Wait until the console says this."""
        heard: list[str] = []
        for _ in range(MAX_POLLS):
            heard += await self.complaints()
            if about in " ".join(heard):
                return
            await anyio.sleep(POLL_SECONDS)
        raise AssertionError(f"nothing about {about}: {heard}")

    async def complaints(self) -> list[str]:
        """What the console holds since the last time: blocked styles, scripts, frames."""
        found = await self.do("POST", "/se/log", {"type": "browser"})
        return [str(one["message"]) for one in found]

    async def screen(self, width: int, height: int, *, dark: bool = False) -> None:
        """As wide as a phone or a desktop."""
        for command, params in (
            (
                "Emulation.setDeviceMetricsOverride",
                {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
            ),
            (
                "Emulation.setEmulatedMedia",
                {
                    "features": [
                        {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
                    ]
                },
            ),
        ):
            await self.do("POST", "/goog/cdp/execute", {"cmd": command, "params": params})


def must_be_there() -> tuple[str, str]:
    """Browser and driver; where CI lacks them that is a failure, elsewhere the test is left out."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if browser and driver:
        return browser, driver
    why = "chromium and chromedriver are not installed (Debian: chromium, chromium-driver)"
    said = os.environ.get("TESTS_WITHOUT_BROWSER", "")  # .ci/run: Debian's index does not answer
    if os.environ.get("CI") == "true" and not said:
        pytest.fail(why)
    pytest.skip(why)


@asynccontextmanager
async def chromium(folder: Path) -> AsyncGenerator[Chromium]:
    """A browser with an empty profile, gone with everything of it when the block ends."""
    browser, driver = must_be_there()
    log = folder / "driver.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: ASYNC220 - it starts at once, and its group is ended
            [driver, "--port=0"], stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        port = await _port(log)
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=ANSWER_SECONDS, trust_env=False
        ) as http:
            options = {
                "binary": browser,
                "args": [*FLAGS, f"--user-data-dir={folder / 'profile'}"],
            }
            wanted = {
                "goog:chromeOptions": options,
                "goog:loggingPrefs": {"browser": "ALL"},
                "timeouts": {"pageLoad": 20_000, "script": 10_000, "implicit": 0},
            }
            made = await http.post("/session", json={"capabilities": {"alwaysMatch": wanted}})
            assert made.status_code == 200, made.text
            session = Chromium(http=http, session=made.json()["value"]["sessionId"])
            try:
                yield session
            finally:
                with suppress(httpx2.HTTPError), anyio.move_on_after(END_SECONDS, shield=True):
                    await http.delete(f"/session/{session.session}")
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=END_SECONDS)


async def _port(log: Path) -> int:
    told = b""
    for _ in range(MAX_POLLS):
        told = await anyio.Path(log).read_bytes()
        found = re.search(rb"started successfully on port (\d+)", told)
        if found:
            return int(found[1])
        await anyio.sleep(POLL_SECONDS)
    raise AssertionError(f"the driver did not start: {told!r}")
