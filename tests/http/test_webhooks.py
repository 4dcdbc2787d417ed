"""Webhooks as they come over a real port: what Xero hears, and what is left of them."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import anyio
import pytest

from tests.changes.deliveries import KEY, body, event, signed
from tests.gate.world import World
from tests.http.on_a_port import QUICK, Served, answer_of, request, serving, status_of
from xero_mcp.changes.delivery import MAX_BODY_BYTES
from xero_mcp.settings import Secret
from xero_mcp.store.base import Tables
from xero_mcp.transport.http.webhooks import MAX_HELD_BYTES

PATH = "/webhooks/xero"
MEGABYTE = 1024 * 1024
LOOKS = 500


@pytest.fixture
async def served(house: World) -> AsyncIterator[Served]:
    """The house behind a port, with a webhook's key."""
    async with serving(house, settings={"webhook_key": KEY}) as site:
        yield site


def ours(house: World, number: int = 1, at: datetime | None = None) -> bytes:
    """A delivery about the connected organisation."""
    moment = at or house.clock.now()
    return body([event(number, at=moment) | {"tenantId": house.books.id}], first=number)


async def counts(house: World) -> dict[str, int]:
    since = house.clock.now().replace(year=2000)
    found = await house.office.store.read(lambda tables: tables.webhooks.counts(since))
    return {one.outcome: one.amount for one in found}


async def counted(house: World, outcome: str) -> int:
    """How often it happened, once that is written down: Xero's answer does not wait for it."""
    for _ in range(LOOKS):
        found = (await counts(house)).get(outcome)
        if found:
            return found
        await anyio.sleep(0.01)
    raise AssertionError(f"{outcome} was never counted")


async def waiting(house: World) -> int:
    return await house.office.store.read(lambda tables: tables.change_work.waiting())


async def asked_of_xero(house: World) -> int:
    return sum(house.demo.premises.stats.requests.values())


async def test_a_good_delivery_is_answered_with_nothing_but_200(served: Served, house: World):
    content = ours(house)
    async with served.http() as http:
        answer = await http.post(
            PATH, content=content, headers={"x-xero-signature": signed(content)[0]}
        )
    assert answer.status_code == 200
    assert answer.content == b""
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-length"] == "0"
    assert await waiting(house) == 1


async def test_a_forged_delivery_is_answered_with_nothing_but_401(served: Served, house: World):
    content = ours(house)
    before = await asked_of_xero(house)
    async with served.http() as http:
        answer = await http.post(PATH, content=content, headers={"x-xero-signature": "forged="})
        bare = await http.post(PATH, content=content)
    for one in (answer, bare):
        assert (one.status_code, one.content) == (401, b"")
        assert "set-cookie" not in one.headers
    assert await counted(house, "signature") >= 1
    assert await waiting(house) == 0
    assert await asked_of_xero(house) == before


@pytest.mark.parametrize("media_type", ["", "text/plain", "application/x-www-form-urlencoded"])
async def test_the_content_type_makes_no_difference(served: Served, house: World, media_type: str):
    content = ours(house)
    headers = {"x-xero-signature": signed(content)[0], "content-type": media_type}
    async with served.http() as http:
        answer = await http.post(PATH, content=content, headers=headers)
    assert answer.status_code == 200
    assert await waiting(house) == 1


async def test_a_signature_that_is_told_twice_is_refused(served: Served, house: World):
    content = ours(house)
    given = signed(content)[0]
    async with served.http() as http:
        headers = [("x-xero-signature", given), ("x-xero-signature", given)]
        answer = await http.post(PATH, content=content, headers=headers)
    assert answer.status_code == 401


async def test_intent_to_receive_is_answered_as_xero_wants_it(served: Served):
    content = body([])
    async with served.http() as http:
        good = await http.post(
            PATH, content=content, headers={"x-xero-signature": signed(content)[0]}
        )
        other = signed(content, Secret("another-key-altogether"))[0]
        bad = await http.post(PATH, content=content, headers={"x-xero-signature": other})
    assert (good.status_code, good.content) == (200, b"")
    assert (bad.status_code, bad.content) == (401, b"")


async def test_an_agents_credential_is_neither_needed_nor_of_any_use(served: Served, house: World):
    content = ours(house)
    async with served.http(await served.key()) as http:
        answer = await http.post(PATH, content=content)
        assert answer.status_code == 401


async def test_a_declared_body_of_100_megabytes_is_refused_unread_and_recorded(
    served: Served, house: World
):
    headers = {"content-length": str(100 * MEGABYTE), "x-xero-signature": "x"}
    async with served.socket() as stream:
        await stream.send(request(PATH, method="POST", headers=headers))
        answer = await answer_of(stream)
    assert status_of(answer) == 413
    assert answer.endswith(b"\r\n\r\n")
    assert await counted(house, "too large") == 1


async def test_an_endless_body_is_cut_soon_after_its_limit_and_recorded(
    served: Served, house: World
):
    headers = {"transfer-encoding": "chunked", "x-xero-signature": "x"}
    chunk = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
    sent = 0
    async with served.socket() as stream, anyio.create_task_group() as group:

        async def hear() -> None:
            await answer_of(stream)
            group.cancel_scope.cancel()

        group.start_soon(hear)
        await stream.send(request(PATH, method="POST", headers=headers))
        for _ in range(100 * MEGABYTE // len(chunk)):
            try:
                await stream.send(chunk)
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                break
            sent += len(chunk)
    assert sent < 16 * MEGABYTE  # what lies in the buffers of the two sockets
    assert await counted(house, "too large") == 1


async def test_the_largest_body_that_is_taken_is_read_whole(served: Served, house: World):
    content = ours(house) + b" " * (MAX_BODY_BYTES - len(ours(house)))
    async with served.http() as http:
        for one, status in ((content, 200), (content + b" ", 413)):
            answer = await http.post(
                PATH, content=one, headers={"x-xero-signature": signed(one)[0]}
            )
            assert answer.status_code == status


async def test_many_bodies_that_never_end_are_not_all_kept_in_memory(house: World):
    """None of them proved anything, and each is small enough."""
    size = MAX_BODY_BYTES - 1
    head = request(PATH, method="POST", headers={"content-length": str(MAX_BODY_BYTES)})
    refused: list[int] = []
    patient = replace(QUICK, body=60.0)
    async with serving(house, patience=patient, settings={"webhook_key": KEY}) as served:
        async with anyio.create_task_group() as group:

            async def begin() -> None:
                async with served.socket() as stream:
                    with suppress(anyio.BrokenResourceError):
                        await stream.send(head + b"x" * size)
                    refused.append(status_of(await answer_of(stream)))
                    group.cancel_scope.cancel()

            for _ in range(MAX_HELD_BYTES // size + 4):
                group.start_soon(begin)
        assert refused[0] in {503, 0}  # what was not read yet may cut the answer off
        content = ours(house)
        answers: list[int] = []
        async with served.http() as http:
            while 200 not in answers and len(answers) < LOOKS:  # those before are being let go
                answer = await http.post(
                    PATH, content=content, headers={"x-xero-signature": signed(content)[0]}
                )
                answers.append(answer.status_code)
                await anyio.sleep(0.01)
        assert answers[-1] == 200


async def test_a_body_that_does_not_come_is_not_waited_for(served: Served, house: World):
    headers = {"content-length": "100", "x-xero-signature": "x"}
    async with served.socket() as stream:
        await stream.send(request(PATH, method="POST", headers=headers) + b"{")
        assert status_of(await answer_of(stream)) == 408
    assert await waiting(house) == 0


async def test_only_the_names_of_this_server_are_answered_to(served: Served, house: World):
    content = ours(house)
    headers = {
        "host": "elsewhere.example.com",
        "x-xero-signature": signed(content)[0],
        "content-length": str(len(content)),
    }
    async with served.socket() as stream:
        await stream.send(request(PATH, method="POST", headers=headers) + content)
        assert status_of(await answer_of(stream)) == 421


async def test_nothing_else_is_to_be_had_there(served: Served):
    async with served.http() as http:
        assert (await http.get(PATH)).status_code == 405
        assert (await http.post(f"{PATH}/", content=b"{}")).status_code == 404


async def test_without_a_key_there_is_no_such_address(house: World):
    async with serving(house, patience=QUICK) as site, site.http() as http:
        content = body([])
        answer = await http.post(
            PATH, content=content, headers={"x-xero-signature": signed(content)[0]}
        )
    assert answer.status_code == 404


async def test_without_its_database_it_says_so_with_a_status_alone(house: World, served: Served):
    content = ours(house)
    await house.office.store.close()
    async with served.http() as http:
        answer = await http.post(
            PATH, content=content, headers={"x-xero-signature": signed(content)[0]}
        )
    assert (answer.status_code, answer.content) == (503, b"")


async def test_a_crowd_of_deliveries_is_taken_each_once(served: Served, house: World):
    contents = [ours(house, number) for number in range(1, 41)] * 2
    statuses: list[int] = []

    async with served.http() as http, anyio.create_task_group() as group:

        async def deliver(content: bytes) -> None:
            answer = await http.post(
                PATH, content=content, headers={"x-xero-signature": signed(content)[0]}
            )
            statuses.append(answer.status_code)

        for content in contents:
            group.start_soon(deliver, content)
    assert statuses == [200] * 80

    def look(tables: Tables) -> tuple[int, list[tuple[int, int]]]:
        ranges = [(one.first, one.last) for one in tables.webhooks.ranges()]
        return tables.change_work.waiting(), ranges

    assert await house.office.store.read(look) == (40, [(1, 40)])
