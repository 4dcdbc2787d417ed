"""Answers without a framework: for what is refused before there is one."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from starlette.types import Send


async def answer_plainly(
    send: Send,
    status: HTTPStatus,
    text: str,
    *,
    headers: Mapping[str, str] | None = None,
    close: bool = False,
) -> None:
    """One JSON object with what is wrong; `close` also ends the connection."""
    body = json.dumps({"error": status.phrase.lower().replace(" ", "_"), "message": text}).encode()
    all_headers = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        "cache-control": "no-store",
        **(headers or {}),
        **({"connection": "close"} if close else {}),
    }
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in all_headers.items()]
    await send({"type": "http.response.start", "status": int(status), "headers": raw})
    await send({"type": "http.response.body", "body": body})
