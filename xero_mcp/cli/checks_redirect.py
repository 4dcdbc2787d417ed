"""Whether a browser could come back to this machine from Xero, as the app at Xero says."""

import secrets
from collections.abc import AsyncIterator
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from xero_mcp.app import hosts_of
from xero_mcp.cli.checks import Check, mend, ok
from xero_mcp.cli.checks_hosts import PATIENCE
from xero_mcp.settings import Settings
from xero_mcp.xero.network import (
    Answer,
    AnswerTooLargeError,
    BrokenError,
    Network,
    Outgoing,
    UnsentError,
    network,
)
from xero_mcp.xero.sign_in_callback import PortTakenError, listening
from xero_mcp.xero.sign_in_request import (
    Redirect,
    RedirectError,
    authorize_url,
    begin,
    read_redirect,
)

NAME = "redirect"


async def check_redirect(
    settings: Settings, scopes: tuple[str, ...], *, offline: bool
) -> AsyncIterator[Check]:
    """The address itself, its port here, and whether Xero takes it for this app."""
    try:
        redirect = read_redirect(settings.redirect_uri)
    except RedirectError as error:
        yield mend(NAME, f"{settings.redirect_uri} cannot work", fix=f"XERO_REDIRECT_URI: {error}.")
        return
    try:
        async with listening(redirect):
            yield ok(NAME, f"{redirect.uri}, its port is free")
    except PortTakenError as error:
        yield mend(
            NAME,
            f"port {redirect.port} is in use ({error}), so `xero-mcp connect` could not listen",
            fix="End what uses it, or give another port in XERO_REDIRECT_URI and in the app at "
            "Xero. (A `connect` that is under way uses it too.)",
        )
    if not offline and settings.client_id is not None:
        problem = await _at_xero(settings, redirect, scopes)
        if problem is not None:
            yield problem


async def _at_xero(settings: Settings, redirect: Redirect, scopes: tuple[str, ...]) -> Check | None:
    """Ask for the page on which a person would sign in; nobody does."""
    attempt = begin(
        settings.client_id or "",
        redirect,
        scopes,
        has_secret=settings.client_secret is not None,
        token_bytes=secrets.token_bytes,
    )
    url = authorize_url(hosts_of(settings), attempt)
    line = Network(network(PATIENCE), PATIENCE)
    try:
        answer = await line.send(Outgoing(method="GET", url=url))
    except (UnsentError, BrokenError, AnswerTooLargeError):
        return None  # told where the hosts are checked
    finally:
        await line.close()
    return _judged(answer, redirect)


def _judged(answer: Answer, redirect: Redirect) -> Check | None:
    """A page, or a way on to one, is good; an error comes as a page or with the way back."""
    location = answer.header("location") or ""
    if location.startswith(redirect.uri):
        error = parse_qs(urlsplit(location).query).get("error", [""])[0]
        if error == "invalid_scope":
            return mend(
                NAME,
                "Xero does not know a scope that the policies need for this app",
                fix="Add the scopes to the app in Xero's developer portal; for an app with the "
                "old ones: `xero-mcp connect --broad-scopes`.",
            )
        return None
    refused = HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
    if refused or "/error" in urlsplit(location).path:
        return mend(
            NAME,
            "Xero does not take this app with this redirect address",
            fix=f"In Xero's developer portal the app must have exactly {redirect.uri}, and its "
            "client id must be XERO_CLIENT_ID.",
        )
    return None
