"""Bodies that never fit: refused by their length, or cut where the limit is."""

import anyio
import pytest

from tests.http.on_a_port import JSON_HEADERS, Served, answer_of, request, status_of, still_answers
from xero_mcp.transport.http.exchange import MAX_BODY_BYTES

CHUNK = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"


async def test_an_oversized_body_is_refused_unread(served: Served):
    async with served.socket() as stream:
        await stream.send(request("/mcp", method="POST", headers={"content-length": "9" * 12}))
        assert status_of(await answer_of(stream)) == 413


@pytest.mark.parametrize("path", ["/healthz", "/mcp"])
async def test_headers_that_come_whole_in_one_piece_are_measured_too(served: Served, path: str):
    fits, too_long = (request(path, headers={"x-long": "a" * size}) for size in (60_000, 66_000))
    several = {f"x-{number}": "a" * 6_000 for number in range(11)}
    for head in (too_long, request(f"{path}?{'a' * 66_000}"), request(path, headers=several)):
        async with served.socket() as stream:
            await stream.send(head)
            assert status_of(await answer_of(stream)) in {0, 400, 431}
    async with served.socket() as stream:
        await stream.send(fits)
        assert status_of(await answer_of(stream)) == (200 if path == "/healthz" else 401)
    assert await still_answers(served)


async def test_an_endless_body_is_cut_at_the_limit(served: Served):
    headers = {
        **JSON_HEADERS,
        "authorization": f"Bearer {await served.key()}",
        "transfer-encoding": "chunked",
    }
    sent, answers = 0, list[bytes]()
    async with served.socket() as stream, anyio.create_task_group() as group:

        async def hear() -> None:
            answers.append(await answer_of(stream))
            group.cancel_scope.cancel()

        group.start_soon(hear)
        await stream.send(request("/mcp", method="POST", headers=headers))
        for _ in range(16 * MAX_BODY_BYTES // len(CHUNK)):
            try:
                await stream.send(CHUNK)
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                break
            sent += len(CHUNK)
    assert sent < 8 * MAX_BODY_BYTES
    assert not answers or status_of(answers[0]) in {0, 413}
    assert await still_answers(served)
