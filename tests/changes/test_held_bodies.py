"""Bodies that are under way at once: what they may hold, and whom they may not keep out."""

import anyio
import pytest
from starlette.routing import Route
from starlette.types import ASGIApp, Message

from tests.changes.conftest import Post
from tests.changes.deliveries import body, event, signed
from xero_mcp.changes.delivery import MAX_BODY_BYTES
from xero_mcp.transport.http.webhooks import MAX_HELD_BYTES, PATH, SMALL_BYTES, webhook_routes

SECONDS = 20.0
BESIDE_A_SMALL_ONE = MAX_BODY_BYTES - 1


def address(post: Post) -> ASGIApp:
    [route] = webhook_routes(post.receiver)
    assert isinstance(route, Route)
    return route.app


async def status_of(app: ASGIApp, content: bytes) -> int:
    """What a delivery hears that comes in one piece."""
    heard: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            heard.append(message["status"])

    headers = [(b"x-xero-signature", signed(content)[0].encode())]
    await app({"type": "http", "method": "POST", "path": PATH, "headers": headers}, receive, send)
    [status] = heard
    return status


async def hold(app: ASGIApp, size: int, begun: anyio.Semaphore) -> None:
    """Send so much of a body, and never the rest."""
    parts = [b"x" * size]

    async def receive() -> Message:
        if not parts:
            begun.release()
            await anyio.sleep_forever()
        return {"type": "http.request", "body": parts.pop(), "more_body": True}

    async def send(message: Message) -> None:
        del message

    await app({"type": "http", "method": "POST", "path": PATH, "headers": []}, receive, send)


@pytest.mark.parametrize(
    ("padding", "status"), [(0, 200), (SMALL_BYTES, 503)], ids=["small", "large"]
)
async def test_whoever_holds_large_bodies_open_keeps_no_small_delivery_out(
    post: Post, padding: int, status: int
):
    app, begun = address(post), anyio.Semaphore(0)
    sizes = [BESIDE_A_SMALL_ONE] * (MAX_HELD_BYTES // BESIDE_A_SMALL_ONE)
    sizes.append(MAX_HELD_BYTES - sum(sizes))
    content = body([event(1)]) + b" " * padding
    with anyio.fail_after(SECONDS):
        async with anyio.create_task_group() as holding:
            for size in sizes:
                holding.start_soon(hold, app, size, begun)
            for _ in sizes:
                await begun.acquire()
            assert await status_of(app, content) == status
            holding.cancel_scope.cancel()
    assert await status_of(app, body([event(2)]) + b" " * SMALL_BYTES) == 200
