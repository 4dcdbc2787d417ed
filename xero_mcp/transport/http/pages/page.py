"""A whole page, and the headers that keep a browser from doing more with it than show it."""

import base64
import hashlib
from http import HTTPStatus
from typing import Final

from starlette.responses import Response

from xero_mcp.transport.http.pages.html import NOTHING, Html, element, joined, text
from xero_mcp.transport.http.pages.style import STYLE

TITLE: Final = "Approvals"
FOOTER: Final = "What you decide is recorded with your name. Looking decides nothing."


class PageMaker:
    """Puts a page's parts together."""

    def __init__(self) -> None:
        digest = hashlib.sha256(STYLE.encode()).digest()
        style = f"'sha256-{base64.b64encode(digest).decode()}'"
        self._headers = {
            "content-security-policy": f"default-src 'none'; style-src {style}; "
            "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
            # Not no-referrer: browsers then send no origin with our own forms either.
            "referrer-policy": "same-origin",
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "cache-control": "no-store",
            "x-robots-tag": "noindex, nofollow",
        }

    def page(
        self, title: str, main: Html, *, header: Html = NOTHING, status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        """The answer that shows it."""
        head = element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("title", f"{title} · {TITLE}"),
            element("style", Html(STYLE)),
        )
        footer = text(FOOTER)
        body = element("body", header, element("main", main), element("footer", footer))
        whole = joined(Html("<!doctype html>\n"), element("html", head, body, lang="en"))
        return Response(
            whole.encode(),
            status_code=status,
            media_type="text/html; charset=utf-8",
            headers=self._headers,
        )

    def go(self, path: str) -> Response:
        """On to a page of ours, with GET."""
        if not path.startswith("/") or path.startswith("//"):
            raise ValueError("only a path of this server's own")
        return Response(
            status_code=HTTPStatus.SEE_OTHER, headers={**self._headers, "location": path}
        )
