"""The demo company in a process of its own: what it is told, and what it has seen."""

import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx2

from tests.wire.bounds import CONTROL_SECONDS, KILL_SECONDS, ROOT
from tests.wire.waiting import until

COMMAND = ["-m", "xero_mcp", "demo-company", "--port", "0", "--control"]
MAX_WORDS = 20
"""Lines that it says before one names its address."""
ADDRESS = "export XERO_API_URL="
ORGANISATION = "Demo Company (Global)"
SCOPES = "accounting.invoices accounting.contacts accounting.payments accounting.settings.read"
INVOICES = "PUT /Invoices"
LISTED_ROWS = 1_000
MAX_LISTED_PAGES = 20


@dataclass
class Counted:
    """Requests by route, and tokens given out, within a block."""

    by_path: dict[str, int] = field(default_factory=dict[str, int])
    tokens: int = 0

    @property
    def total(self) -> int:
        return sum(self.by_path.values())


class DemoProcess:
    """One demo company on a socket, with its control endpoint."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx2.Client(base_url=url, timeout=CONTROL_SECONDS)
        self._headers: dict[str, str] = {}

    def close(self) -> None:
        self._http.close()

    def begin_anew(self) -> None:
        """As it was at the start, with no limit enforced and no fault waiting."""
        self._control("POST", "reset")
        self.limits(enforced=False, minute_seconds=60)

    def limits(self, **rules: object) -> None:
        """Change some of the rules; what was counted is forgotten."""
        self._control("POST", "limits", rules)

    def fault(self, kind: str, **where: object) -> None:
        self._control("POST", "faults", {"kind": kind, **where})

    def clear_faults(self) -> None:
        self._control("DELETE", "faults")

    def has_struck(self) -> bool:
        """Whether every fault has met its requests: they are being processed, or were."""
        return self.stats()["faults_waiting"] == 0

    def wait_for_strike(self) -> None:
        until(self.has_struck)

    def advance(self, seconds: float) -> None:
        self._control("POST", "clock", {"advance_seconds": seconds})

    def subscribe(self, url: str, key: str, **knobs: object) -> None:
        """Deliver webhooks there from now on, once the address has shown that it means it."""
        self._control("POST", "webhooks", {"url": url, "key": key, **knobs})
        until(lambda: all(one["intent_to_receive"] == "ok" for one in self.stats()["webhooks"]))

    def disconnect(self) -> None:
        self._control("POST", "disconnect", {"organisation": ORGANISATION})

    def stats(self) -> dict[str, Any]:
        return self._control("GET", "stats")

    def count(self, request: str) -> int:
        """How many requests of that route were processed, such as `PUT /Invoices`."""
        return self.stats()["by_path"].get(request, 0)

    @contextmanager
    def counting(self) -> Generator[Counted]:
        """What reaches it inside the block; a look into the books in there counts too."""
        counted = Counted()
        before = self.stats()
        try:
            yield counted
        finally:
            after = self.stats()
            counted.by_path = {
                path: number - before["by_path"].get(path, 0)
                for path, number in after["by_path"].items()
                if number != before["by_path"].get(path, 0)
            }
            counted.tokens = after["tokens_issued"] - before["tokens_issued"]

    def invoices(self, number: str) -> list[dict[str, Any]]:
        """What stands in the books under that number, read past the server."""
        return self._read("/Invoices", {"InvoiceNumbers": number})["Invoices"]

    def numbered(self, prefix: str) -> dict[str, list[str]]:
        """Number -> ids of every bill whose number begins so."""
        return self._ids_by("InvoiceNumber", prefix)

    def referenced(self, prefix: str) -> dict[str, list[str]]:
        """Reference -> ids of every invoice whose reference begins so."""
        return self._ids_by("Reference", prefix)

    def _ids_by(self, column: str, prefix: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for page in range(1, MAX_LISTED_PAGES + 1):
            params = {"page": str(page), "pageSize": str(LISTED_ROWS), "summaryOnly": "true"}
            listed = self._read("/Invoices", params)["Invoices"]
            for one in listed:
                if str(one.get(column)).startswith(prefix):
                    found.setdefault(one[column], []).append(one["InvoiceID"])
            if len(listed) < LISTED_ROWS:
                return found
        raise AssertionError("more invoices than anybody made")

    def contacts(self, name: str) -> list[dict[str, Any]]:
        found = self._read("/Contacts", {"searchTerm": name})["Contacts"]
        return [one for one in found if one["Name"] == name]

    def some_contact(self) -> str:
        found = self._read("/Contacts", {"page": "1", "pageSize": "1"})
        return found["Contacts"][0]["ContactID"]

    def invoice_count(self) -> int:
        return self._read("/Invoices", {"page": "1", "pageSize": "1"})["pagination"]["itemCount"]

    def sign_in(self) -> None:
        """Before anything is counted: our own token, and the organisation's id."""
        answer = self._http.post(
            "/connect/token",
            data={"grant_type": "client_credentials", "scope": SCOPES},
            auth=("demo", "demo-secret"),
        )
        answer.raise_for_status()
        self._headers = {
            "Authorization": f"Bearer {answer.json()['access_token']}",
            "Accept": "application/json",
        }
        rows = self._http.get("/connections", headers=self._headers).json()
        tenant = next(row["tenantId"] for row in rows if row["tenantName"] == ORGANISATION)
        self._headers["Xero-Tenant-Id"] = tenant

    def _read(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        answer = self._http.get(f"/api.xro/2.0{path}", params=dict(params), headers=self._headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def _control(
        self, method: str, path: str, sent: Mapping[str, object] | None = None
    ) -> dict[str, Any]:
        answer = self._http.request(method, f"/_demo/{path}", json=dict(sent or {}))
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextmanager
def demo_process(folder: Path, *options: str, **settings: str) -> Generator[DemoProcess]:
    """Start one, with these options and settings, and stop it after the block."""
    process = subprocess.Popen(
        [sys.executable, *COMMAND, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            **settings,
        },
        text=True,
    )
    assert process.stdout is not None
    try:
        demo = DemoProcess(_address(process.stdout))
        try:
            demo.sign_in()
            yield demo
        finally:
            demo.close()
    finally:
        process.kill()  # it may still sleep for a fault
        process.stdout.close()
        process.wait(KILL_SECONDS)


def _address(said: IO[str]) -> str:
    for _ in range(MAX_WORDS):
        line = said.readline().strip()
        if line.startswith(ADDRESS):
            return line.removeprefix(ADDRESS)
    raise AssertionError("the demo company did not say where it listens")
