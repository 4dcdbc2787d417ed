"""How a person, or a program, sees the connections to Xero."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from xero_mcp.cli.console import Screen, cell
from xero_mcp.cli.moments import local
from xero_mcp.clock import to_iso
from xero_mcp.store.tables.sign_ins import OrganisationRow, SignInRow
from xero_mcp.xero.models.connection import Connection
from xero_mcp.xero.scopes import is_broad
from xero_mcp.xero.sign_in_request import IDENTITY, OFFLINE

BROAD_END = "13 September 2027"
LIVE, CUT_OFF, OVER = "ok", "cut off", "ended"
_HIDDEN = frozenset({OFFLINE, *IDENTITY})


def state_of(row: SignInRow, one: OrganisationRow, now: datetime) -> str:
    """How a connection stands, as far as was heard."""
    if row.over_at is not None or now >= row.refresh_by:
        return OVER
    return CUT_OFF if one.cut_off_at is not None else LIVE


def show_list(
    screen: Screen,
    sign_ins: Sequence[SignInRow],
    organisations: Sequence[OrganisationRow],
    *,
    now: datetime,
    as_json: bool,
) -> None:
    rows = {row.id: row for row in sign_ins}
    pairs = [(one, rows[one.sign_in_id]) for one in organisations if one.sign_in_id in rows]
    if as_json:
        screen.json([_as_json(row, one, now) for one, row in pairs])
        return
    if screen.is_terminal:
        for one, row in pairs:
            _show_one(screen, row, one, now)
        return
    screen.table(
        ("organisation", "type", "state", "connected", "by", "app", "sign in before", "scopes"),
        [
            (
                one.name,
                one.tenant_type.lower(),
                state_of(row, one, now),
                local(one.connected_at),
                row.xero_person or row.signed_in_by,
                row.client_id,
                local(row.refresh_by),
                _scopes(row),
            )
            for one, row in pairs
        ],
    )


def _show_one(screen: Screen, row: SignInRow, one: OrganisationRow, now: datetime) -> None:
    """Below each other: the id of an app alone would take half the width of a terminal."""
    screen.marked(state_of(row, one, now), cell(one.name))
    kind = one.tenant_type.lower()
    screen.pairs(
        [
            ("type", kind if kind != "organisation" else ""),
            ("connected", f"{local(one.connected_at)} by {row.xero_person or row.signed_in_by}"),
            ("app", row.client_id),
            ("sign in before", local(row.refresh_by)),
            ("scopes", _scopes(row)),
        ]
    )
    screen.line()


def show_connected(
    screen: Screen, row: SignInRow, chosen: Sequence[Connection], *, as_json: bool
) -> None:
    """What a new sign-in brought."""
    if as_json:
        named = [{"id": one.tenant_id, "name": one.tenant_name or ""} for one in chosen]
        screen.json({"kind": "sign-in", "organisations": named, **_of_sign_in(row)})
        return
    for one in chosen:
        screen.marked("ok", cell(f"{one.tenant_name or one.tenant_id} is connected."))
    screen.pairs(
        [
            ("signed in as", row.xero_person),
            ("app", row.client_id),
            ("scopes", _scopes(row)),
            ("kept fresh", f"by `xero-mcp serve`; unused, it ends {local(row.refresh_by)}"),
        ]
    )


def _as_json(row: SignInRow, one: OrganisationRow, now: datetime) -> Mapping[str, object]:
    return {
        "organisation": {"id": one.organisation_id, "name": one.name},
        "tenant_type": one.tenant_type,
        "connection_id": one.connection_id,
        "state": state_of(row, one, now),
        "connected_at": to_iso(one.connected_at),
        "cut_off_at": to_iso(one.cut_off_at) if one.cut_off_at else None,
        **_of_sign_in(row),
    }


def _of_sign_in(row: SignInRow) -> dict[str, object]:
    scopes = sorted(row.scopes.split())
    return {
        "app": row.client_id,
        "signed_in_as": row.xero_person or None,
        "signed_in_by": row.signed_in_by,
        "signed_in_at": to_iso(row.signed_in_at),
        "refreshed_at": to_iso(row.refreshed_at),
        "sign_in_before": to_iso(row.refresh_by),
        "ended": row.over_why,
        "scopes": scopes,
        "broad_scopes": [scope for scope in scopes if is_broad(scope)],
    }


def _scopes(row: SignInRow) -> str:
    """Short: nearly all of them begin with the same word."""
    named = (scope for scope in sorted(row.scopes.split()) if scope not in _HIDDEN)
    return " ".join(scope.removeprefix("accounting.") for scope in named)
