"""Slow and endless: whoever wastes the server's time loses its ear."""

import anyio
import pytest

from tests.http.on_a_port import (
    HELLO,
    JSON_HEADERS,
    Served,
    answer_of,
    request,
    status_of,
    still_answers,
    until,
)


@pytest.mark.parametrize("path", ["/mcp", "/messages/?session_id=" + "0" * 32])
async def test_a_body_that_does_not_come_is_not_waited_for(served: Served, path: str):
    key = await served.key()
    headers = {**JSON_HEADERS, "authorization": f"Bearer {key}", "content-length": "100"}
    async with served.socket() as stream:
        await stream.send(request(path, method="POST", headers=headers) + b"{")
        assert status_of(await answer_of(stream)) in {404, 408}


@pytest.mark.parametrize("begun", [b"", b"GET", b"GET /mcp HTTP/1.1\r\nhost: 127.0.0.1\r\n"])
async def test_headers_that_do_not_come_end_the_connection(served: Served, begun: bytes):
    async with served.socket() as stream:
        if begun:
            await stream.send(begun)
        assert await answer_of(stream) == b""


async def test_headers_in_drops_end_the_connection(served: Served):
    dropped = 0
    async with served.socket() as stream:
        for letter in b"GET /healthz HTTP/1.1\r\nx-padding: " + b"a" * 500:
            try:
                await stream.send(bytes([letter]))
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                break
            dropped += 1
            await anyio.sleep(0.02)
    assert dropped < 200


async def test_headers_without_end_are_refused(served: Served):
    async with served.socket() as stream:
        line = b"x-padding: " + b"a" * 4_000 + b"\r\n"
        await stream.send(b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n")
        answer = b""
        try:
            for _ in range(64):
                await stream.send(line)
            answer = await answer_of(stream)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            pass
    assert status_of(answer) in {0, 400, 431}


async def test_who_goes_in_the_middle_of_a_body_is_no_mistake_of_ours(
    served: Served, capfd: pytest.CaptureFixture[str]
):
    headers = {
        **JSON_HEADERS,
        "authorization": f"Bearer {await served.key()}",
        "content-length": "100",
    }
    for path in ("/mcp", "/messages/?session_id=" + "0" * 32):
        async with served.socket() as stream:
            await stream.send(request(path, method="POST", headers=headers) + b"{")
    assert await still_answers(served)
    assert "mistake" not in capfd.readouterr().err


async def test_a_reader_that_takes_nothing_is_let_go(served: Served):
    """Answers pile up until the kernel takes no more; then the connection ends."""
    call = b'{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}'
    headers = {
        **JSON_HEADERS,
        "authorization": f"Bearer {await served.key()}",
        "mcp-protocol-version": "2025-11-25",
        "content-length": str(len(call)),
        "connection": "keep-alive",
    }
    one = request("/mcp", method="POST", headers=headers) + call
    ended = False
    async with served.socket() as stream:
        for _ in range(400):
            try:
                await stream.send(one)
                await anyio.sleep(0.02)
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                ended = True
                break
    assert ended
    assert await still_answers(served)


async def test_rubbish_beside_does_not_disturb_a_client(served: Served):
    async with served.client(key=await served.key()) as client, anyio.create_task_group() as group:

        async def shout() -> None:
            for _ in range(20):
                async with served.socket() as stream:
                    await stream.send(b"\xff\x00rubbish\r\n\r\n" * 50)

        for _ in range(5):
            group.start_soon(shout)
        for _ in range(5):
            assert not (await client.call_tool("list-accounts", {})).is_error


async def test_a_stream_that_is_left_is_forgotten(served: Served):
    key = await served.key()
    async with served.http(key) as http:
        async with http.stream("GET", "/sse") as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data: /messages/"):
                    await http.post(line.removeprefix("data: "), json=HELLO)
                    break
            assert served.front.sse.open_streams == 1
        await until(lambda: served.front.sse.open_streams == 0)
