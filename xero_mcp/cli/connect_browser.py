"""The person's side of a sign-in: an address to open, and the wait until they come back."""

import threading
import webbrowser
from collections.abc import Mapping

from xero_mcp.cli.console import tell
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.xero.credentials import XeroHosts
from xero_mcp.xero.sign_in_callback import PortTakenError, listening
from xero_mcp.xero.sign_in_request import Attempt, authorize_url, is_ours


async def browser_answer(
    hosts: XeroHosts, attempt: Attempt, *, browser: bool, timeout_seconds: int
) -> Mapping[str, str]:
    """What the browser brought back for this attempt.

    Raises:
        CommandError: the port is taken, or nobody came back in time.
    """
    url = authorize_url(hosts, attempt)
    redirect = attempt.redirect
    try:
        async with listening(redirect) as callback:
            tell("Sign in to Xero in your browser, at this address:\n")
            tell(f"  {url}\n")
            if browser:
                _open(url)
            tell(f"Waiting for the browser to come back to {redirect.uri} …")
            query = await callback.wait(
                lambda given: is_ours(attempt, given), timeout_seconds=timeout_seconds
            )
    except PortTakenError as error:
        raise CommandError(
            f"Port {redirect.port} on this machine cannot be listened on ({error}). End what uses "
            "it, or give another port in XERO_REDIRECT_URI and in the app at Xero.",
            exit_code=ExitCode.UNREACHABLE,
        ) from error
    if query is None:
        other = " One came back from another sign-in, and was sent away." * bool(callback.foreign)
        raise CommandError(
            f"Nobody came back from Xero within {timeout_seconds} seconds.{other} Nothing "
            "has changed. If Xero showed an error, the app there must have exactly the redirect "
            f"address {redirect.uri}."
        )
    return query


def _open(url: str) -> None:
    """Ask the system for its browser; some of them end only when the person closes them."""

    def work() -> None:
        if not webbrowser.open(url):
            tell("No browser could be opened here: open the address yourself.")

    threading.Thread(target=work, daemon=True, name="browser").start()
