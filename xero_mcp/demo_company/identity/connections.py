"""GET and DELETE /connections: the organisations that were ever opened to an app."""

from collections.abc import Callable
from typing import Final

from xero_mcp.demo_company.identity.grants import AccessToken, Connection, Grants
from xero_mcp.demo_company.wire.dates import ticks_string
from xero_mcp.demo_company.wire.errors import not_found
from xero_mcp.demo_company.wire.reply import Reply, json_reply
from xero_mcp.demo_company.wire.request import Request

PATH: Final = "/connections"


class ConnectionList:
    """Every organisation of the app, in an order that changes: taking the first one is a bug."""

    def __init__(self, grants: Grants, organisation_name: Callable[[str], str]) -> None:
        self._grants = grants
        self._name = organisation_name
        self._asked = 0

    def answer(self, request: Request, token: AccessToken) -> Reply:
        client_id, path = token.grant.client_id, request.path.lower()
        if request.method == "GET" and path == PATH:
            event = request.query.get("autheventid", "").strip().lower()
            return json_reply([self._shown(c) for c in self._listed(client_id, event)])
        if request.method == "DELETE" and path.startswith(f"{PATH}/"):
            return self._delete(client_id, path.removeprefix(f"{PATH}/"))
        return not_found()

    def _listed(self, client_id: str, event: str) -> list[Connection]:
        found = [c for c in self._grants.of(client_id) if event in {"", c.auth_event_id}]
        turn = self._asked % len(found) if found else 0
        self._asked += 1
        return found[turn:] + found[:turn]

    def _delete(self, client_id: str, connection_id: str) -> Reply:
        known = self._grants.connections.get(connection_id)
        if known is None or known.client_id != client_id:
            return not_found()
        del self._grants.connections[connection_id]
        return Reply(status=204)

    def _shown(self, connection: Connection) -> dict[str, str]:
        return {
            "id": connection.id,
            "authEventId": connection.auth_event_id,
            "tenantId": connection.organisation_id,
            "tenantType": "ORGANISATION",
            "tenantName": self._name(connection.organisation_id),
            "createdDateUtc": ticks_string(connection.created),
            "updatedDateUtc": ticks_string(connection.updated),
        }
