"""An answer as it goes onto the wire: status, headers, bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from xero_mcp.demo_company.wire.encode import JSON_TYPE, encode_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`content_type` is None where Xero sends none at all."""

    status: int = 200
    body: bytes = b""
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def with_headers(self, more: Mapping[str, str]) -> "Reply":
        return replace(self, headers={**self.headers, **more})

    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        """Headers for ASGI, the length included; nothing a client sent can break a line."""
        lines = dict(self.headers)
        if self.content_type is not None:
            lines["Content-Type"] = self.content_type
        if self.status != HTTPStatus.NO_CONTENT:
            lines["Content-Length"] = str(len(self.body))
        return [(name.encode("latin-1"), _one_line(value)) for name, value in lines.items()]


def _one_line(value: str) -> bytes:
    return "".join(c for c in value if c >= " " and c != "\x7f").encode("latin-1", "replace")


def json_reply(body: object, *, status: int = 200) -> Reply:
    return Reply(status=status, body=encode_json(body), content_type=JSON_TYPE)


def html_reply(text: str, *, status: int = 200) -> Reply:
    return Reply(status=status, body=text.encode(), content_type="text/html; charset=utf-8")
