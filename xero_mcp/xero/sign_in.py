"""From the code that the browser brought to organisations that agents can work in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from xero_mcp.store.base import Tables
from xero_mcp.store.tables.sign_ins import OrganisationRow, SignInRow
from xero_mcp.xero import errors
from xero_mcp.xero.models.connection import Connection
from xero_mcp.xero.network import AnswerTooLargeError, BrokenError, UnsentError
from xero_mcp.xero.secret import Secret
from xero_mcp.xero.sign_in_connections import ConnectionDesk
from xero_mcp.xero.sign_in_refresh import REFRESH_DAYS, SignInDesk
from xero_mcp.xero.sign_in_request import Attempt, SignInRefusedError
from xero_mcp.xero.sign_in_seal import sealed, successor
from xero_mcp.xero.sign_in_tokens import App, SignedIn, exchange_code, read_signed_in
from xero_mcp.xero.token_request import Refused, TokenHostError

MAX_TRIES: Final = 3
"""As often as a code is sent that never left this machine; one that did is used up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a person agreed to: tokens, and the organisations that were chosen at Xero."""

    app: App
    signed_in: SignedIn
    organisations: tuple[Connection, ...]
    at: datetime


async def exchange(desk: SignInDesk, app: App, attempt: Attempt, code: Secret) -> Consent:
    """Give the code for tokens, and ask which organisations this consent opened.

    Raises:
        SignInRefusedError: no tokens came, or not those of this attempt.
        XeroMcpError: XERO_UNAVAILABLE.
    """
    signed_in = await _signed_in(desk, app, attempt, code)
    _check(attempt, signed_in)
    at = desk.clock.now()
    connections = ConnectionDesk(hosts=desk.hosts, network=desk.network)
    found = await connections.organisations(
        signed_in.access_token, auth_event_id=signed_in.auth_event_id
    )
    if not found:
        raise SignInRefusedError(
            "Signed in, but no organisation was chosen at Xero. Run `xero-mcp connect` again and "
            "choose at least one."
        )
    unique = {one.tenant_id: one for one in found}
    named = sorted(unique.values(), key=lambda one: ((one.tenant_name or "").lower(), one.id))
    return Consent(app=app, signed_in=signed_in, organisations=tuple(named), at=at)


async def _signed_in(desk: SignInDesk, app: App, attempt: Attempt, code: Secret) -> SignedIn:
    request = exchange_code(desk.hosts, app, attempt, code)
    for _ in range(MAX_TRIES):
        try:
            answer = read_signed_in(await desk.network.send(request), asked=attempt.scopes)
        except UnsentError:
            continue
        except (BrokenError, AnswerTooLargeError, TokenHostError) as error:
            raise errors.unavailable(
                "Xero's sign-in service gave no whole answer; the code is used up by now."
            ) from error
        if isinstance(answer, SignedIn):
            return answer
        raise SignInRefusedError(_why(answer, app))
    raise errors.unavailable("Xero's sign-in service could not be reached.")


def _why(refused: Refused, app: App) -> str:
    if refused.error == "invalid_client":
        if app.secret is None:
            return "Xero does not know the app, or wants its secret: check XERO_CLIENT_ID."
        return "Xero does not accept the app: check XERO_CLIENT_ID and XERO_CLIENT_SECRET."
    if refused.error == "invalid_grant":
        return (
            "Xero did not take the code: it was used before, is older than five minutes, or the "
            "app in Xero's developer portal has another redirect address than XERO_REDIRECT_URI. "
            "Run `xero-mcp connect` again."
        )
    return f"Xero gave no tokens ({refused.error}). Run `xero-mcp connect` again."


def _check(attempt: Attempt, signed_in: SignedIn) -> None:
    """Hold the identity token to the attempt, so that no other person's is slipped in."""
    if attempt.nonce is None:
        return
    same = Secret(signed_in.nonce) == attempt.nonce
    if not same or signed_in.audience != attempt.client_id:
        raise SignInRefusedError(
            "What Xero sent belongs to another sign-in (its nonce is not ours); nothing was kept. "
            "Run `xero-mcp connect` again."
        )


async def keep(
    desk: SignInDesk,
    consent: Consent,
    chosen: Sequence[Connection],
    *,
    by: str,
    note: Callable[[Tables], None],
) -> SignInRow:
    """Keep the tokens, sealed, and the chosen organisations; durable when this returns."""
    signed_in, at = consent.signed_in, consent.at
    row_id = f"{desk.randomness.getrandbits(96):024x}"
    ends_at = at + timedelta(seconds=signed_in.lifetime_seconds)
    kept = successor(signed_in, sent=None, secret=consent.app.secret, times=(at, ends_at))
    host = desk.hosts.fingerprint
    row = SignInRow(
        id=row_id,
        host=host,
        client_id=consent.app.client_id,
        auth_event_id=signed_in.auth_event_id,
        scopes=" ".join(sorted(signed_in.scopes)),
        signed_in_at=at,
        signed_in_by=by,
        xero_person=signed_in.person,
        sealed=sealed(kept, desk.sealer, sign_in_id=row_id),
        generation=1,
        refreshed_at=at,
        refresh_by=at + timedelta(days=REFRESH_DAYS),
    )
    organisations = [_row(one, row_id, at) for one in chosen]

    def work(tables: Tables) -> None:
        tables.sign_ins.add(row, organisations)
        note(tables)

    await desk.store.write(work)
    return row


def _row(one: Connection, sign_in_id: str, at: datetime) -> OrganisationRow:
    return OrganisationRow(
        organisation_id=one.tenant_id,
        sign_in_id=sign_in_id,
        connection_id=one.id,
        name=one.tenant_name or one.tenant_id,
        tenant_type=one.tenant_type,
        connected_at=at,
    )
