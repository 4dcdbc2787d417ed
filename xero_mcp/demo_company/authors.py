"""Whose name stands in the history of a document: an app's, or that of the person behind it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

PERSON: Final = "Dana Demo"
"""Everybody who signs in."""
_CONNECTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {"demo": "Demo App", "demo-one": "Demo App One"}
)
"""Apps with client credentials act under their own names."""


class Author(NamedTuple):
    """Who changes something. Of what came through the API, `app` is named in the details."""

    user: str
    app: str = ""

    def words(self, details: str) -> str:
        """What stands in the history, as Xero ends its sentences there."""
        return (
            f"{details.rstrip('.')} through the Xero API using {self.app}" if self.app else details
        )


def author_of(client_id: str) -> Author:
    """Name who acts with a token of this app."""
    own = _CONNECTIONS.get(client_id)
    return Author(own, own) if own else Author(PERSON, client_id)
