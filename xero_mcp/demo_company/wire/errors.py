"""Every shape in which Xero says no."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Literal

from xero_mcp.demo_company.kernel import Json, RefusedError
from xero_mcp.demo_company.wire.encode import JSON_TYPE, XML_TYPE, encode_json, encode_xml
from xero_mcp.demo_company.wire.reply import Reply, json_reply

Offline = Literal["offline", "maintenance", "unavailable"]

OFFLINE_TEXTS: Final[Mapping[Offline, str]] = {
    "offline": "The Organisation is offline",
    "maintenance": "The Xero API is currently offline for maintenance",
    "unavailable": "The Xero API is temporarily unavailable",
}
_VALIDATION: Final[Json] = {
    "ErrorNumber": 10,
    "Type": "ValidationException",
    "Message": "A validation exception occurred",
}
_TITLES: Final = {401: "Unauthorized", 403: "Forbidden", 500: "InternalServerError"}


def problem(status: int, detail: str, *, instance: str) -> Reply:
    """The form of 401, 403 and 500; `instance` is a guid for support to look up."""
    body: Json = {
        "Title": _TITLES[status],
        "Status": status,
        "Detail": detail,
        "Instance": instance,
        "Extensions": {},
    }
    # The encoder leaves out what is None; here alone Xero does not.
    text = b'{"Type":null,' + encode_json(body)[1:]
    return Reply(status=status, body=text, content_type=JSON_TYPE)


class Problems:
    """401, 403 and 500, each with a new instance id."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id

    def not_authenticated(self) -> Reply:
        return self._made(401, "AuthenticationUnsuccessful")

    def token_expired(self, at: datetime) -> Reply:
        return self._made(401, f"TokenExpired: token expired at {at:%m/%d/%Y %H:%M:%S}")

    def scope_missing(self) -> Reply:
        """The misspelt word is Xero's own."""
        reply = self._made(401, "AuthorizationUnsuccessful")
        return reply.with_headers({"WWW-Authenticate": 'Bearer error="insufficent_scope"'})

    def wrong_organisation(self) -> Reply:
        return self._made(403, "AuthenticationUnsuccessful")

    def internal(self) -> Reply:
        return self._made(
            500,
            "An error occurred in Xero. Check the API Status page "
            "http://status.developer.xero.com for current service status.",
        )

    def _made(self, status: int, detail: str) -> Reply:
        return problem(status, detail, instance=self._new_id())


def not_found() -> Reply:
    return Reply(status=404, content_type="text/html")


def too_large() -> Reply:
    return Reply(status=413, content_type="text/html")


def too_many(headers: Mapping[str, str]) -> Reply:
    """429 has neither a body nor a content type."""
    return Reply(status=429, headers=headers)


def unavailable(kind: Offline) -> Reply:
    text = OFFLINE_TEXTS[kind].encode()
    return Reply(status=503, body=text, content_type="text/plain; charset=utf-8")


def refusal(refused: RefusedError, *, as_json: bool = True) -> Reply:
    """A handler's refusal in the form that the client asked for."""
    body = refused.body
    if not body:
        return Reply(status=refused.status, content_type="text/html")
    if isinstance(body, str):
        text = body.encode("utf-8", "replace")
        return Reply(status=refused.status, body=text, content_type="text/plain; charset=utf-8")
    if set(body) == {"Elements"}:
        body = {**_VALIDATION, **body}
    if as_json:
        return json_reply(body, status=refused.status)
    xml = encode_xml("ApiException", body)
    return Reply(status=refused.status, body=xml, content_type=XML_TYPE)
