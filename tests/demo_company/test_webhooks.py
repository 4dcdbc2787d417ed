import json
from base64 import b64encode
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import new as hmac
from typing import Any

import anyio
import anyio.abc
import httpx2
import pytest

from tests.demo_company.box import Box, open_box

KEY = "a signing key"
WAIT_SECONDS = 3


@dataclass
class Receiver:
    """A small server of webhooks: 200 for a good signature, 401 for a bad one."""

    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    forged: int = 0
    refuse_next: int = 0
    says: bytes = b""

    def answer(self, body: bytes, signed: str) -> int:
        good = b64encode(hmac(KEY.encode(), body, sha256).digest()).decode() == signed
        if not good:
            self.forged += 1
            return 401
        if self.refuse_next:
            self.refuse_next -= 1
            return 500
        if json.loads(body)["events"]:
            self.bodies.append(json.loads(body))
        return 200

    async def serve(self, stream: anyio.abc.SocketStream) -> None:
        async with stream:
            data = b""
            while b"\r\n\r\n" not in data:
                data += await stream.receive()
            head, _, body = data.partition(b"\r\n\r\n")
            headers: dict[str, str] = {}
            for line in head.decode().split("\r\n")[1:]:
                name, _, text = line.partition(": ")
                headers[name.lower()] = text
            while len(body) < int(headers["content-length"]):
                body += await stream.receive()
            status = self.answer(body, headers["x-xero-signature"])
            reply = f"HTTP/1.1 {status} X\r\ncontent-length: {len(self.says)}\r\n\r\n"
            await stream.send(reply.encode() + self.says)

    @property
    def sequences(self) -> list[int]:
        return [body["firstEventSequence"] for body in self.bodies]


@asynccontextmanager
async def receiving() -> AsyncGenerator[Receiver]:
    receiver = Receiver()
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    port = listener.listeners[0].extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 -- no Django
    receiver.url = f"http://localhost:{port}/hook"
    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, receiver.serve)
        yield receiver
        group.cancel_scope.cancel()


async def until(true: Callable[[], bool]) -> None:
    with anyio.fail_after(WAIT_SECONDS):
        for _ in range(WAIT_SECONDS * 1000):
            if true():
                return
            await anyio.sleep(0.005)


async def subscribe(box: Box, receiver: Receiver, **knobs: object) -> None:
    await box.sign_in()
    sent = {"url": receiver.url, "key": KEY, **knobs}
    answer = await box.client.post("/_demo/webhooks", json=sent)
    assert answer.status_code == 200, answer.text
    await until(lambda: receiver.forged > 0)
    await until(lambda: box.app.premises.webhooks.shown()[0]["intent_to_receive"] != "waiting")


async def told(box: Box) -> dict[str, Any]:
    return (await box.client.get("/_demo/webhooks")).json()[0]


async def add(box: Box, *names: str) -> None:
    for name in names:
        answer = await box.write("PUT", "/Contacts", {"Name": name})
        assert answer.status_code == 200


async def test_a_new_contact_is_told_signed_and_numbered(box: Box):
    async with receiving() as receiver:
        await subscribe(box, receiver)
        await add(box, "Told")
        await until(lambda: len(receiver.bodies) == 1)
        body = receiver.bodies[0]
        contact = (await box.get("/Contacts")).json()["Contacts"][0]["ContactID"]
        assert body["firstEventSequence"] == body["lastEventSequence"] == 1
        assert len(body["entropy"]) == 20
        assert body["events"] == [
            {
                "resourceUrl": f"https://api.xero.com/api.xro/2.0/Contacts/{contact}",
                "resourceId": contact,
                "eventDateUtc": "2026-09-14T10:00:00.000",
                "eventType": "CREATE",
                "eventCategory": "CONTACT",
                "tenantId": box.company().id,
                "tenantType": "ORGANISATION",
            }
        ]


async def test_only_who_proved_the_intent_to_receive_gets_events(box: Box):
    async with receiving() as receiver:
        receiver.says = b"thank you"  # Xero wants no body
        await subscribe(box, receiver)
        assert (await told(box))["intent_to_receive"] == "refused"
        await add(box, "Untold")
        await anyio.sleep(0.05)
        assert receiver.bodies == []


async def test_a_failed_delivery_is_tried_again(box: Box):
    async with receiving() as receiver:
        await subscribe(box, receiver, retry_seconds=0.01)
        receiver.refuse_next = 3
        await add(box, "Told in the end")
        await until(lambda: len(receiver.bodies) == 1)
        assert (await told(box))["failed_attempts"] == 3


async def test_a_delivery_can_come_more_than_once(box: Box):
    async with receiving() as receiver:
        await subscribe(box, receiver, copies=3)
        await add(box, "Thrice")
        await until(lambda: len(receiver.bodies) == 3)
        assert receiver.sequences == [1, 1, 1]


async def test_deliveries_can_come_out_of_order(box: Box):
    async with receiving() as receiver:
        await subscribe(box, receiver, delay_every=1, delay_seconds=0.2)
        await add(box, "Late")
        await box.client.delete("/_demo/webhooks")
        await subscribe(box, receiver, delay_every=2, delay_seconds=0.1)
        await add(box, "One", "Two", "Three")
        await until(lambda: len(receiver.bodies) == 3)
        assert receiver.sequences == [1, 3, 2]


async def test_a_delivery_can_be_lost(box: Box):
    async with receiving() as receiver:
        await subscribe(box, receiver, lose_every=2)
        await add(box, "One", "Two", "Three")
        await until(lambda: len(receiver.bodies) == 2)
        assert sorted(receiver.sequences) == [1, 3]


async def test_a_signature_can_be_bad(box: Box):
    async with receiving() as receiver:
        await subscribe(box, receiver, forge_every=2)
        before = receiver.forged
        await add(box, "One", "Two")
        await until(lambda: receiver.forged > before)
        await until(lambda: receiver.sequences == [1])


async def test_categories_choose_what_is_told(box: Box):
    async with receiving() as receiver:
        await subscribe(box, receiver, categories=["INVOICE"])
        await add(box, "Untold")
        await anyio.sleep(0.05)
        assert receiver.bodies == []


async def test_a_write_that_was_refused_tells_nothing(box: Box):
    async with receiving() as receiver:
        await subscribe(box, receiver)
        await box.write("PUT", "/Contacts", {"Nonsense": 1})
        await add(box, "Told")
        await until(lambda: len(receiver.bodies) == 1)
        assert receiver.sequences == [1]


@pytest.mark.parametrize(
    "sent",
    [
        {"url": "http://example.com/", "key": "k"},
        {"url": "http://192.0.2.1/", "key": "k"},
        {"url": "http://localhost.example.com/", "key": "k"},
        {"url": "http://[", "key": "k"},
        {"url": "http://localhost:1/"},
        {"url": "http://localhost:1/", "key": "k", "copies": "x"},
        {"url": "http://localhost:1/", "key": "k", "copies": True},
        {"url": "http://localhost:1/", "key": "k", "copies": 1_000_000},
        {"url": "http://localhost:1/", "key": "k", "categories": "INVOICE"},
        {"url": "http://localhost:1/", "key": 5},
        {"url": "ftp://localhost:1/", "key": "k"},
        {"url": "http://localhost:1/", "key": "k", "sequence": 5},
        {},
    ],
)
async def test_a_webhook_that_makes_no_sense_is_refused(box: Box, sent: dict[str, object]):
    answer = await box.client.post("/_demo/webhooks", json=sent)
    assert answer.status_code == 400
    assert (await box.client.get("/_demo/webhooks")).json() == []


async def test_another_machine_is_told_only_with_the_knob():
    async with open_box(control=True, webhooks_anywhere=True) as box:
        sent = {"url": "http://192.0.2.1:9/", "key": "k"}
        assert (await box.client.post("/_demo/webhooks", json=sent)).status_code == 200


async def test_a_receiver_that_is_gone_harms_nobody(box: Box):
    await box.sign_in()
    sent = {"url": "http://localhost:9/", "key": "k"}
    await box.client.post("/_demo/webhooks", json=sent)
    assert isinstance(await box.get("/Contacts"), httpx2.Response)
    await until(lambda: box.app.premises.webhooks.shown()[0]["intent_to_receive"] != "waiting")
    assert (await told(box))["intent_to_receive"] == "refused"


async def test_deliveries_can_wait_for_each_other_and_come_mixed(box: Box):
    async with receiving() as receiver:
        await subscribe(box, receiver, mix=8)
        await add(box, *(f"Mixed {number}" for number in range(7)))
        assert (await told(box))["held"] == 7
        assert receiver.bodies == []
        await add(box, "The last one")
        await until(lambda: len(receiver.bodies) == 8)
        assert sorted(receiver.sequences) == list(range(1, 9))
        await add(box, "Left over")
        assert (await told(box))["held"] == 1
        await outage(box, "none")
        await until(lambda: len(receiver.bodies) == 9)


async def test_a_copy_with_a_byte_changed_can_come_before_the_good_one(box: Box):
    async with receiving() as receiver:
        await subscribe(box, receiver, tamper_every=2)
        before = receiver.forged
        await add(box, "First", "Second")
        await until(lambda: len(receiver.bodies) == 2)
        assert receiver.forged == before + 1
        assert receiver.sequences == [1, 2]


@pytest.mark.parametrize(("mode", "numbers"), [("hold", [1, 2, 3]), ("lose", [1, 3])])
async def test_in_an_outage_nothing_goes_out(box: Box, mode: str, numbers: list[int]):
    async with receiving() as receiver:
        await subscribe(box, receiver)
        await add(box, "Before")
        await until(lambda: len(receiver.bodies) == 1)
        await outage(box, mode)
        await add(box, "Meanwhile")
        await outage(box, "none")
        await add(box, "After")
        await until(lambda: len(receiver.bodies) == len(numbers))
        assert receiver.sequences == numbers


async def test_an_outage_of_another_kind_is_refused(box: Box):
    await box.sign_in()
    answer = await box.client.post("/_demo/webhooks/outage", json={"mode": "long"})
    assert answer.status_code == 400
    assert "none, hold, lose" in answer.text


async def outage(box: Box, mode: str) -> None:
    answer = await box.client.post("/_demo/webhooks/outage", json={"mode": mode})
    assert answer.status_code == 200, answer.text
