"""Connections and refresh tokens as JSON, so that a sign-in outlives a restart.

Access tokens and codes are not kept: they live for minutes, and a client gets new ones by itself.
"""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from xero_mcp.demo_company.identity.grants import Connection, Grant, Grants, RefreshToken


def grants_to_json(grants: Grants) -> str:
    kept = {
        "connections": [asdict(each) for each in grants.connections.values()],
        "refresh_tokens": {key: asdict(each) for key, each in grants.refresh_tokens.items()},
    }
    return json.dumps(kept, default=datetime.isoformat)


def grants_from_json(text: str, grants: Grants) -> None:
    """Put back what `grants_to_json` wrote, in place of what is there."""
    kept = json.loads(text)
    grants.connections.clear()
    for row in kept["connections"]:
        times = {name: _moment(row[name]) for name in ("created", "updated")}
        connection: dict[str, Any] = {**row, **times}
        grants.connections[row["id"]] = Connection(**connection)
    for key, row in kept["refresh_tokens"].items():
        grants.refresh_tokens[key] = RefreshToken(
            grant=_grant(row["grant"]),
            expires=_moment(row["expires"]),
            used=_moment(row["used"]) if row["used"] else None,
        )


def _grant(row: dict[str, Any]) -> Grant:
    typed = {"scopes": tuple(row["scopes"]), "auth_time": _moment(row["auth_time"])}
    grant: dict[str, Any] = {**row, **typed}
    return Grant(**grant)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
