"""A storm of webhooks over real sockets: repeated, mixed, forged, cut short, with an hour's gap."""

import json
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

import anyio
import httpx2
from anyio.streams.memory import MemoryObjectReceiveStream

from tests.replicas.replica import Replica
from tests.wire.demo_process import ORGANISATION, SCOPES
from xero_mcp.changes.delivery import signature
from xero_mcp.settings import Secret
from xero_mcp.tool.feed import Change

KEY: Final = Secret("the-signing-key-of-a-storm")
AT_ONCE: Final = 50
"""Invoices in one request."""
SENDERS: Final = 16
ANSWER_SECONDS: Final = 20.0
MAX_TRIES: Final = 400
AGAIN_SECONDS: Final = 0.05
OK: Final = 200
REFUSED: Final = 401
_MS: Final = re.compile(r"/Date\(([0-9]+)")


class Books:
    """A person's hands in Xero."""

    def __init__(self, url: str) -> None:
        self._http = httpx2.Client(base_url=url, timeout=ANSWER_SECONDS)
        self._headers: dict[str, str] = {}
        self.organisation_id = ""
        self.sign_in()

    def sign_in(self) -> None:
        """Also again, where the clock was moved on."""
        answer = self._http.post(
            "/connect/token",
            data={
                "grant_type": "client_credentials",
                "scope": f"{SCOPES} accounting.banktransactions",
            },
            auth=("demo", "demo-secret"),
        )
        answer.raise_for_status()
        self._headers = {
            "Authorization": f"Bearer {answer.json()['access_token']}",
            "Accept": "application/json",
        }
        rows = self._http.get("/connections", headers=self._headers).json()
        self.organisation_id = next(
            row["tenantId"] for row in rows if row["tenantName"] == ORGANISATION
        )
        self._headers["Xero-Tenant-Id"] = self.organisation_id

    def close(self) -> None:
        self._http.close()

    def make(self, count: int) -> list[str]:
        """Invoices, as drafts; return their ids."""
        contact = self.read("/Contacts")["Contacts"][0]["ContactID"]
        line = {"Description": "Bolts", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}
        one = {"Type": "ACCREC", "Contact": {"ContactID": contact}, "LineItems": [line]}
        made = self._write([one] * count)
        return [each["InvoiceID"] for each in made]

    def mark(self, ids: Sequence[str], reference: str) -> dict[str, datetime]:
        """Give each this reference; return when each was changed."""
        written = self._write([{"InvoiceID": one, "Reference": reference} for one in ids])
        return {one["InvoiceID"]: _moment(one["UpdatedDateUTC"]) for one in written}

    def pay(self, invoice_id: str, amount: str) -> str:
        accounts = self.read("/Accounts")["Accounts"]
        bank = next(one["AccountID"] for one in accounts if one["Type"] == "BANK")
        paid = {
            "Invoice": {"InvoiceID": invoice_id},
            "Account": {"AccountID": bank},
            "Date": "2026-01-05",
            "Amount": float(amount),
        }
        return self._post("/Payments", {"Payments": [paid]})["Payments"][0]["PaymentID"]

    def open_invoice(self) -> str:
        """One that waits for its money."""
        params = {"where": 'Status=="AUTHORISED" AND Type=="ACCREC"', "page": "1"}
        return self.read("/Invoices", params)["Invoices"][0]["InvoiceID"]

    def spend(self, reference: str) -> str:
        """Of this there is no webhook."""
        accounts = self.read("/Accounts")["Accounts"]
        bank = next(one["AccountID"] for one in accounts if one["Type"] == "BANK")
        contact = self.read("/Contacts")["Contacts"][0]["ContactID"]
        spent = {
            "Type": "SPEND",
            "Contact": {"ContactID": contact},
            "BankAccount": {"AccountID": bank},
            "Reference": reference,
            "LineItems": [
                {"Description": "Tea", "Quantity": 1, "UnitAmount": 3, "AccountCode": "400"}
            ],
        }
        made = self._post("/BankTransactions", {"BankTransactions": [spent]})
        return made["BankTransactions"][0]["BankTransactionID"]

    def read(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        answer = self._http.get(
            f"/api.xro/2.0{path}", params=dict(params or {}), headers=self._headers
        )
        assert answer.status_code == OK, answer.text
        return answer.json()

    def _write(self, invoices: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for start in range(0, len(invoices), AT_ONCE):
            part = list(invoices[start : start + AT_ONCE])
            found += self._post("/Invoices", {"Invoices": part})["Invoices"]
        return found

    def _post(self, path: str, sent: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._http.post(f"/api.xro/2.0{path}", json=sent, headers=self._headers)
        assert answer.status_code == OK, answer.text
        return answer.json()


@dataclass(frozen=True, kw_only=True)
class Told:
    """One event, and the body in which it goes out."""

    invoice_id: str
    at: datetime
    body: bytes


@dataclass
class Storm:
    """Whoever delivers, and what came of it."""

    books: Books
    replicas: Sequence[Replica]
    chance: Random
    sequence: int = 0
    told: list[Told] = field(default_factory=list[Told])
    """Every event that is delivered, once."""
    seconds: list[float] = field(default_factory=list[float])
    """How long each answer took."""
    statuses: Counter[int] = field(default_factory=Counter[int])
    sent: int = 0

    def events_of(self, changed: Mapping[str, datetime]) -> list[Told]:
        """A delivery for each change."""
        return [self._event(one, at) for one, at in changed.items()]

    def some_of(self, told: Sequence[Told], part: float) -> list[Told]:
        """A part of them, by chance."""
        return self.chance.sample(list(told), round(part * len(told)))

    async def deliver(self, wave: Sequence[Told], *, repeats: float, forged: float) -> None:
        """All of them, some twice, in random order; and forgeries between them."""
        twice, bad = self.some_of(wave, repeats), self.some_of(wave, forged)
        posts = [(one.body, True) for one in (*wave, *twice)] + [(one.body, False) for one in bad]
        self.chance.shuffle(posts)
        self.told += wave
        send, receive = anyio.create_memory_object_stream[tuple[bytes, bool]](len(posts))
        for one in posts:
            send.send_nowait(one)
        send.close()
        async with anyio.create_task_group() as group, receive:
            for number in range(SENDERS):
                group.start_soon(self._work, receive.clone(), number)

    def slowest_of_hundred(self) -> float:
        """The 99th percentile of the answers."""
        ordered = sorted(self.seconds)
        return ordered[round(0.99 * (len(ordered) - 1))]

    def unheard(self, changes: Sequence[Change], tolerance: timedelta) -> list[Told]:
        """Events after which the feed has nothing that is as new."""
        newest: dict[str, datetime] = {}
        for one in changes:
            newest[one.id] = max(one.changed_at, newest.get(one.id, one.changed_at))
        long_ago = datetime.min.replace(tzinfo=UTC)
        return [
            one for one in self.told if newest.get(one.invoice_id, long_ago) < one.at - tolerance
        ]

    async def _work(
        self, posts: MemoryObjectReceiveStream[tuple[bytes, bool]], number: int
    ) -> None:
        async with (
            posts,
            httpx2.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False) as http,
        ):
            async for body, is_good in posts:
                await self._post(http, body, number, is_good=is_good)

    async def _post(
        self, http: httpx2.AsyncClient, body: bytes, number: int, *, is_good: bool
    ) -> None:
        """Try until it is taken, as Xero does; a forger tries as long as nobody answers."""
        key = KEY if is_good else Secret("somebody-elses-key")
        headers = {"x-xero-signature": signature(body, key), "content-type": "application/json"}
        wanted = OK if is_good else REFUSED
        for attempt in range(MAX_TRIES):
            replica = self.replicas[(number + attempt) % len(self.replicas)]
            began = time.perf_counter()
            try:
                answer = await http.post(
                    f"{replica.url}/webhooks/xero", content=body, headers=headers
                )
            except httpx2.TransportError:
                await anyio.sleep(AGAIN_SECONDS)
                continue
            self.seconds.append(time.perf_counter() - began)
            self.statuses[answer.status_code] += 1
            assert answer.content == b""
            if answer.status_code == wanted:
                self.sent += 1
                return
            assert is_good, answer.status_code
            await anyio.sleep(AGAIN_SECONDS)
        raise AssertionError("a delivery was never taken")

    def _event(self, invoice_id: str, at: datetime) -> Told:
        self.sequence += 1
        event = {
            "resourceUrl": f"https://api.xero.com/api.xro/2.0/Invoices/{invoice_id}",
            "resourceId": invoice_id,
            "eventDateUtc": at.replace(tzinfo=None).isoformat(timespec="milliseconds"),
            "eventType": "UPDATE",
            "eventCategory": "INVOICE",
            "tenantId": self.books.organisation_id,
            "tenantType": "ORGANISATION",
        }
        body = {
            "events": [event],
            "firstEventSequence": self.sequence,
            "lastEventSequence": self.sequence,
            "entropy": f"{self.chance.getrandbits(64):x}",
        }
        return Told(invoice_id=invoice_id, at=at, body=json.dumps(body).encode())


def _moment(text: str) -> datetime:
    found = _MS.match(text)
    assert found is not None
    return datetime.fromtimestamp(int(found[1]) / 1000, tz=UTC)
