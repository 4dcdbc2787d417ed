"""Where Xero delivers webhooks: a status for an answer, never a body, never a cookie."""

from collections.abc import Sequence
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from xero_mcp.changes.delivery import MAX_BODY_BYTES
from xero_mcp.changes.receiving import Receiver, Verdict
from xero_mcp.transport.http.guard import declared_bytes

PATH: Final = "/webhooks/xero"
SIGNATURE: Final = "x-xero-signature"
MAX_HELD_BYTES: Final = 32 * 1024 * 1024
"""Of all bodies that are being read; whoever comes then is asked to come again."""
SMALL_BYTES: Final = 16 * 1024
"""Some forty events, more than Xero sends at once. So small a body is read however many others
are: whoever holds large ones open without a key keeps no delivery out."""


def webhook_routes(receiver: Receiver) -> Sequence[BaseRoute]:
    """The one address; who delivers there is known by the signature alone."""
    return [Route(PATH, _Address(receiver), methods=["POST"])]


class _Address:
    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._held_bytes = 0
        """Of bodies under way: nobody has proved anything before the last byte is there."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _answer(send, await self._verdict(Headers(scope=scope), receive))
        await self._receiver.settle()  # the answer is out: nobody waits for this

    async def _verdict(self, headers: Headers, receive: Receive) -> Verdict:
        if declared_bytes(headers) > MAX_BODY_BYTES:
            return self._receiver.too_large()
        body = bytearray()
        try:
            is_whole = False
            while not is_whole:
                part, is_whole = await _part(receive)
                body += part
                self._held_bytes += len(part)
                if len(body) > MAX_BODY_BYTES:
                    return self._receiver.too_large()
                if self._held_bytes > MAX_HELD_BYTES and len(body) > SMALL_BYTES:
                    return Verdict.AWAY
            return await self._receiver.take(bytes(body), headers.getlist(SIGNATURE))
        finally:
            self._held_bytes -= len(body)


async def _part(receive: Receive) -> tuple[bytes, bool]:
    """The next part of a body, and whether it was the last."""
    message = await receive()
    if message["type"] != "http.request":
        raise ClientDisconnect
    return message.get("body", b""), not message.get("more_body", False)


async def _answer(send: Send, verdict: Verdict) -> None:
    headers = [(b"content-length", b"0")]
    if verdict in {Verdict.TOO_LARGE, Verdict.AWAY}:
        headers.append((b"connection", b"close"))  # what is left of the body is not read
    await send({"type": "http.response.start", "status": verdict.value, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
