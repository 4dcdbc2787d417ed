"""The page on which a person lets an app into organisations."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final
from urllib.parse import urlencode, urlsplit

from xero_mcp.demo_company.identity.apps import Apps
from xero_mcp.demo_company.identity.grants import CODE_LIFETIME, Code, Grant, Grants
from xero_mcp.demo_company.wire.reply import Reply, html_reply

MAX_FIELD_CHARS: Final = 2048

_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1>
{content}
</body></html>
"""
_FORM: Final = """<p>The app <strong>{client}</strong> asks for:</p>
<ul>{scopes}</ul>
<form method="post" action="?{query}">
<fieldset><legend>Organisations to connect</legend>
{organisations}
</fieldset>
<button name="decision" value="allow">Allow access</button>
<button name="decision" value="cancel">Cancel</button>
</form>"""
_CHOICE: Final = (
    '<p><label><input type="checkbox" name="tenant" value="{id}"{checked}> {name}</label></p>'
)
_KEPT: Final = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An organisation that the person may connect."""

    id: str
    name: str


@dataclass(kw_only=True)
class ConsentPage:
    """GET and POST /identity/connect/authorize."""

    apps: Apps
    grants: Grants
    choices: Callable[[], Sequence[Choice]]
    now: Callable[[], datetime]
    new_id: Callable[[], str]

    def show(self, query: Mapping[str, str]) -> Reply:
        """Show the form, or say on a page or to the app what is wrong with the request."""
        refused = self._refused(query)
        if refused is not None:
            return refused
        form = _FORM.format(
            client=escape(query["client_id"]),
            scopes="".join(f"<li>{escape(scope)}</li>" for scope in query["scope"].split()),
            query=escape(urlencode({name: query[name] for name in _KEPT if name in query})),
            organisations="\n".join(
                _CHOICE.format(id=each.id, name=escape(each.name), checked=" checked" * (not at))
                for at, each in enumerate(self.choices())
            ),
        )
        return html_reply(_PAGE.format(title="Connect to the demo company", content=form))

    def decide(self, query: Mapping[str, str], tenants: Sequence[str], *, allowed: bool) -> Reply:
        """Send the person back to the app, with a code or with a no."""
        refused = self._refused(query)
        if refused is not None:
            return refused
        chosen = {each.id for each in self.choices()}.intersection(tenants)
        if not allowed or not chosen:
            return _back(query, {"error": "access_denied"})
        return _back(query, {"code": self._code(query, sorted(chosen)), "scope": query["scope"]})

    def _code(self, query: Mapping[str, str], organisations: Sequence[str]) -> str:
        event = self.new_id()
        client_id = query["client_id"]
        # What was given once stays given until it is revoked: a new consent only adds to it.
        scopes = (*query["scope"].split(), *self.grants.consented(client_id))
        for organisation_id in organisations:
            self.grants.connect(
                client_id, organisation_id, auth_event_id=event, new_id=self.new_id()
            )
        grant = Grant(
            client_id=client_id,
            scopes=tuple(dict.fromkeys(scopes)),
            auth_event_id=event,
            auth_time=self.now(),
            user=True,
            pkce=bool(query.get("code_challenge")),
            nonce=query.get("nonce", ""),
        )
        text = secrets.token_urlsafe(32)
        self.grants.add_code(
            text,
            Code(
                grant=grant,
                redirect_uri=query["redirect_uri"],
                challenge=query.get("code_challenge", ""),
                expires=self.now() + CODE_LIFETIME,
            ),
        )
        return text

    def _refused(self, query: Mapping[str, str]) -> Reply | None:
        """An error goes to the app only where the redirect itself can be trusted."""
        if any(len(query.get(name, "")) > MAX_FIELD_CHARS for name in _KEPT):
            return _error_page("invalid_request", "A parameter is too long")
        if not query.get("client_id"):
            return _error_page("unauthorized_client", "Unknown client or client not enabled")
        if not _may_return_to(query.get("redirect_uri", "")):
            return _error_page("unauthorized_client", "Invalid redirect_uri")
        error = self._error_for_app(query)
        return _back(query, {"error": error}) if error else None

    def _error_for_app(self, query: Mapping[str, str]) -> str:
        if query.get("response_type") != "code":
            return "unsupported_response_type"
        scopes = query.get("scope", "").split()
        if not scopes or not self.apps.find(query["client_id"]).scopes.issuperset(scopes):
            return "invalid_scope"
        if query.get("code_challenge") and query.get("code_challenge_method") != "S256":
            return "invalid_request"
        return ""


def _may_return_to(redirect_uri: str) -> bool:
    """Take localhost by its name only; Xero refuses 127.0.0.1, and so do we."""
    try:
        parts = urlsplit(redirect_uri)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return False
    fits = parts.scheme in {"http", "https"} and parts.hostname == "localhost" and port_fits
    return fits and not parts.fragment and not parts.username


def _back(query: Mapping[str, str], result: dict[str, str]) -> Reply:
    state = {"state": query["state"]} if "state" in query else {}
    uri = query["redirect_uri"]
    joined = f"{uri}{'&' if '?' in uri else '?'}{urlencode({**result, **state})}"
    return Reply(status=302, headers={"Location": joined})


def _error_page(error: str, description: str) -> Reply:
    content = f"<p>Error: {escape(error)}</p>\n<p>{escape(description)}</p>"
    page = _PAGE.format(title="Sorry, something went wrong", content=content)
    return html_reply(page, status=400)
