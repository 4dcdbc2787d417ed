"""What Xero lists under a person's sign-in, and taking one organisation away."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from xero_mcp.xero import errors
from xero_mcp.xero.credentials import XeroHosts
from xero_mcp.xero.models.connection import ORGANISATION_TYPE, Connection, Connections
from xero_mcp.xero.network import (
    Answer,
    AnswerTooLargeError,
    BrokenError,
    Network,
    Outgoing,
    UnsentError,
)
from xero_mcp.xero.secret import Secret
from xero_mcp.xero.wire import Json, NotJsonError, read_json, understood

MAX_TRIES: Final = 3
"""Reading the list and taking away one of it can be done again without harm."""
_GONE: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.OK, HTTPStatus.NOT_FOUND})


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionDesk:
    """Speaks to /connections with a given token."""

    hosts: XeroHosts
    network: Network

    async def organisations(
        self, token: Secret, *, auth_event_id: str = ""
    ) -> tuple[Connection, ...]:
        """Those of one consent; of the whole app, where none is named.

        Raises:
            XeroMcpError: NOT_CONNECTED or XERO_UNAVAILABLE.
        """
        query = [("authEventId", auth_event_id)] if auth_event_id else []
        answer = await self._send("GET", self.hosts.connections_url, token, query)
        if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise errors.sign_in_over("Xero does not take the token of this sign-in.")
        rows = understood(Connections, {"connections": _json(answer)})
        if answer.status != HTTPStatus.OK or rows is None:
            raise errors.unavailable("Xero's list of organisations could not be understood.")
        return tuple(
            row
            for row in rows.connections
            if row.tenant_type == ORGANISATION_TYPE
            and (not auth_event_id or row.auth_event_id in (None, auth_event_id))
        )

    async def disconnect(self, token: Secret, connection_id: str) -> None:
        """Take one organisation away from the app; one that is gone already is fine.

        Raises:
            XeroMcpError: NOT_CONNECTED or XERO_UNAVAILABLE.
        """
        url = f"{self.hosts.connections_url}/{connection_id}"
        answer = await self._send("DELETE", url, token, [])
        if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise errors.sign_in_over("Xero does not take the token of this sign-in.")
        if answer.status not in _GONE:
            raise errors.unavailable("Xero did not take the connection away.")

    async def _send(
        self, method: str, url: str, token: Secret, query: Sequence[tuple[str, str]]
    ) -> Answer:
        headers = {"Authorization": f"Bearer {token.reveal()}", "Accept": "application/json"}
        request = Outgoing(method=method, url=url, query=query, headers=headers)
        for _ in range(MAX_TRIES):
            try:
                answer = await self.network.send(request)
            except (UnsentError, BrokenError, AnswerTooLargeError):
                continue
            if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                return answer
        raise errors.unavailable("Xero could not be reached, several times.")


def _json(answer: Answer) -> Json:
    try:
        return read_json(answer.body)
    except NotJsonError:
        return None
