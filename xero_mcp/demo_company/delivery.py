"""Sending an answer, whole or damaged as the faults say."""

from typing import Final

import anyio

from xero_mcp.demo_company.dropping import drop_connection
from xero_mcp.demo_company.faults import Fault, FaultKind
from xero_mcp.demo_company.wire.reply import Reply, html_reply
from xero_mcp.demo_company.wire.request import Send

SLOW_CHUNKS: Final = 20

_PAGE: Final = (
    "<html><head><title>Xero</title></head><body><h1>We'll be back soon</h1></body></html>"
)


async def deliver(reply: Reply, send: Send, struck: dict[FaultKind, Fault]) -> None:
    """Send an answer to a request that was processed."""
    if "drop_after" in struck:
        await drop_connection(send)
        return
    if "html" in struck:
        reply = html_reply(_PAGE)
    if "truncated_json" in struck:
        reply = Reply(
            status=reply.status,
            body=reply.body[: len(reply.body) // 2],
            content_type=reply.content_type,
            headers=reply.headers,
        )
    await send(
        {"type": "http.response.start", "status": reply.status, "headers": reply.raw_headers()}
    )
    if "drop_during" in struck:
        half = reply.body[: len(reply.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await drop_connection(send)
        return
    slow = struck.get("slow_body")
    if slow is not None:
        await _send_slowly(reply.body, send, slow.seconds)
        return
    await send({"type": "http.response.body", "body": reply.body})


async def _send_slowly(body: bytes, send: Send, seconds: float) -> None:
    size = -(-len(body) // SLOW_CHUNKS) or 1
    for start in range(0, len(body), size):
        chunk = body[start : start + size]
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await anyio.sleep(seconds / SLOW_CHUNKS)
    await send({"type": "http.response.body", "body": b""})
