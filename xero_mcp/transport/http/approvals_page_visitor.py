"""Whoever is before the approval page: their cookie, where they came from, the forms they send.

A cookie's token signs nobody in by itself; it also makes the key of each form, so that a form
counts only from the browser that it was shown in.
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from xero_mcp.approvals import Sessions
from xero_mcp.approvals.sessions import SESSION_LENGTH
from xero_mcp.transport.http.pages.approval_parts import KEY_FIELD

MAX_FORM_BYTES: Final = 16 * 1024
MAX_FIELDS: Final = 8
FORM: Final = "application/x-www-form-urlencoded"
ON_THIS_MACHINE: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_TOKEN: Final = re.compile(r"[0-9a-f]{64}")


class NotThisWayError(Exception):
    """A request that a page of ours would not have made; says what to do instead."""

    def __init__(
        self, words: str, *, status: HTTPStatus = HTTPStatus.FORBIDDEN, wait_seconds: int = 0
    ) -> None:
        super().__init__(words)
        self.words = words
        self.status = status
        self.wait_seconds = wait_seconds


class Address:
    """Where the pages are, and from where their forms may come."""

    def __init__(self, public_url: str | None) -> None:
        parts = urlsplit((public_url or "").lower())
        self._name = parts.hostname or ""
        self._is_https = parts.scheme == "https"
        self._origin = f"{parts.scheme}://{_without_usual_port(parts.scheme, parts.netloc)}"

    @property
    def cookie(self) -> str:
        """`__Host-` keeps other hosts of the same domain from setting it; it needs https."""
        return "__Host-xero-mcp" if self._is_https else "xero-mcp"

    def must_be_private(self, request: Request) -> None:
        """Nobody gives a passphrase where others can read it on its way.

        Raises:
            NotThisWayError: neither this machine nor, by the settings, https.
        """
        name = urlsplit(f"//{request.headers['host'].lower()}").hostname or ""
        if name in ON_THIS_MACHINE or (self._is_https and name == self._name):
            return
        raise NotThisWayError(
            "This page asks for a passphrase, so it is served over https only. Whoever runs the "
            "server puts a TLS proxy before it and sets XERO_MCP_PUBLIC_URL to its https:// "
            "address."
        )

    def must_be_ours(self, request: Request) -> None:
        """A form comes from a page of this very address; another port is another's.

        Raises:
            NotThisWayError: it does not, or does not say.
        """
        given = [origin.lower() for origin in request.headers.getlist("origin")]
        host = request.headers["host"].lower()
        own = {self._origin}
        if urlsplit(f"//{host}").hostname in ON_THIS_MACHINE:
            own.add(f"http://{_without_usual_port('http', host)}")
        if len(given) != 1 or given[0] not in own:
            raise NotThisWayError("This form was sent by another page than ours. Nothing was done.")


def _without_usual_port(scheme: str, host: str) -> str:
    return host.removesuffix({"https": ":443", "http": ":80"}.get(scheme, ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """One browser."""

    token: str
    is_new: bool
    person: str | None = None
    """Who is signed in there."""

    def key(self, path: str) -> str:
        """What a form to that path carries."""
        return hmac.digest(self.token.encode(), path.encode(), "sha256").hex()


class Visitors:
    """Tells browsers apart, and reads what they send."""

    def __init__(self, sessions: Sessions, address: Address) -> None:
        self._sessions = sessions
        self._address = address

    async def of(self, request: Request) -> Visitor:
        token = request.cookies.get(self._address.cookie, "")
        if not _TOKEN.fullmatch(token):
            return self.stranger()
        return Visitor(token=token, is_new=False, person=await self._sessions.who(token))

    def stranger(self) -> Visitor:
        return Visitor(token=self._sessions.new_token(), is_new=True)

    async def form_of(self, request: Request) -> tuple[Visitor, Mapping[str, str]]:
        """Who sent a form, and what stands in it.

        Raises:
            NotThisWayError: it is not from a page that this browser was shown.
        """
        self._address.must_be_ours(request)
        visitor = await self.of(request)
        if visitor.is_new:
            raise NotThisWayError(
                "Your browser did not keep the cookie that this page needs. Open the page again, "
                "over https or in a browser that takes this machine for safe, and allow cookies."
            )
        fields = await _fields(request)
        given, wanted = fields.get(KEY_FIELD, ""), visitor.key(request.url.path)
        if not hmac.compare_digest(given.encode(), wanted.encode()):
            raise NotThisWayError("This form is too old. Nothing was done: open the page again.")
        return visitor, fields

    def keep(self, response: Response, visitor: Visitor, *, signed_in: bool = False) -> Response:
        """Let the browser remember who it is."""
        response.set_cookie(
            self._address.cookie,
            visitor.token,
            max_age=int(SESSION_LENGTH.total_seconds()) if signed_in else None,
            path="/",
            secure=True,
            httponly=True,
            # Not strict: the link comes from a chat, and a strict cookie stays away then.
            samesite="lax",
        )
        return response


async def _body(request: Request) -> bytes:
    body = b""
    try:
        async for part in request.stream():
            body += part
            if len(body) > MAX_FORM_BYTES:
                raise NotThisWayError(
                    "That form is too large.", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE
                )
    except ClientDisconnect as error:
        raise NotThisWayError("That form broke off.", status=HTTPStatus.BAD_REQUEST) from error
    return body


async def _fields(request: Request) -> Mapping[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise NotThisWayError("That is no form.", status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    body = await _body(request)
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict"
        )
    except ValueError as error:
        raise NotThisWayError("That form cannot be read.", status=HTTPStatus.BAD_REQUEST) from error
    if len({name for name, _ in pairs}) != len(pairs):
        raise NotThisWayError("That form says a thing twice.", status=HTTPStatus.BAD_REQUEST)
    return dict(pairs)
