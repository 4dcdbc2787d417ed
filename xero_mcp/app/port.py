"""Where a server listens."""

from dataclasses import dataclass


class PortTakenError(Exception):
    """The port, or the address, cannot be had; says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """Where to listen, and for whom."""

    host: str
    number: int
    anybody: str | None = None
    """The agent that everyone is who brings no credential: on loopback alone."""
