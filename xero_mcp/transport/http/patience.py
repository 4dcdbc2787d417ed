"""How long the server waits for whom: one table, so that a test can wait less."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Every wait of the HTTP server, in seconds."""

    headers: float = 15.0
    """A request's first line and headers are here after this long, or the connection ends."""
    body: float = 30.0
    """A request's body is here after this long, or it is not waited for."""
    sending: float = 30.0
    """A client that takes no byte for this long is gone."""
    idle: int = 75
    """How long a connection without a request stays."""
    recheck: float = 2.0
    """How soon what stays open ends after its credential did, and hears of a changed policy."""
    ready: float = 5.0
    """A part that has not said by then that it is well is not."""
    finishing: float = 6.0
    """How long calls under way may take to end by themselves when the server is told to stop."""
    cutting: float = 2.0
    """How long what is cut off then has to be written down."""
