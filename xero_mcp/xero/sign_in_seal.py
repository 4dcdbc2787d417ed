"""The tokens of one sign-in as they rest in the store."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from xero_mcp.clock import from_iso, to_iso
from xero_mcp.xero.secret import Sealer, Secret, UnsealableError
from xero_mcp.xero.sign_in_tokens import SignedIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was last heard of Xero, and the refresh token before it.

    `previous` is what Xero still takes for half an hour, should the newer one be no good.
    """

    access_token: Secret
    access_ends_at: datetime
    refresh_token: Secret
    rotated_at: datetime
    previous: Secret | None = None
    client_secret: Secret | None = None


def successor(
    signed_in: SignedIn, *, sent: Secret | None, secret: Secret | None, times: tuple[datetime, ...]
) -> Kept:
    """What is kept from now on; `times`: when it was heard, and when the access token ends."""
    heard_at, ends_at = times
    return Kept(
        access_token=signed_in.access_token,
        access_ends_at=ends_at,
        refresh_token=signed_in.refresh_token,
        rotated_at=heard_at,
        previous=sent,
        client_secret=secret,
    )


def sealed(kept: Kept, sealer: Sealer, *, sign_in_id: str) -> str:
    """Seal it for this row and no other."""
    fields = {
        "access": kept.access_token.reveal(),
        "access_ends_at": to_iso(kept.access_ends_at),
        "refresh": kept.refresh_token.reveal(),
        "rotated_at": to_iso(kept.rotated_at),
        "previous": kept.previous.reveal() if kept.previous else "",
        "secret": kept.client_secret.reveal() if kept.client_secret else "",
    }
    raw = sealer.seal(Secret(json.dumps(fields)), place=_place(sign_in_id))
    return base64.b64encode(raw).decode("ascii")


def opened(text: str, sealer: Sealer, *, sign_in_id: str) -> Kept:
    """Read what `sealed` wrote.

    Raises:
        UnsealableError: another key, another row, or damage.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise UnsealableError(f"{_place(sign_in_id)} is damaged") from None
    fields = cast("dict[str, Any]", json.loads(sealer.open(raw, place=_place(sign_in_id)).reveal()))
    return Kept(
        access_token=Secret(fields["access"]),
        access_ends_at=from_iso(fields["access_ends_at"]),
        refresh_token=Secret(fields["refresh"]),
        rotated_at=from_iso(fields["rotated_at"]),
        previous=Secret(fields["previous"]) if fields["previous"] else None,
        client_secret=Secret(fields["secret"]) if fields["secret"] else None,
    )


def _place(sign_in_id: str) -> str:
    return f"sign-in/{sign_in_id}"
