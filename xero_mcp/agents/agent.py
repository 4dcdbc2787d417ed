"""Who is asking: a credential or a launch name becomes an Agent."""

import re
from dataclasses import dataclass, field

from xero_mcp.text import one_line

AGENT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One agent, known by the credential or the launch that named it, never by its own word."""

    name: str
    credential_fingerprint: str | None = None
    on_behalf_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A credential that names nobody who may come in."""

    why: str
    is_known: bool = False
    """Whether the credential itself is good, and only leads nowhere: a guess is never that."""
    about: str = field(default="", compare=False)
    """What the log hears and the holder does not: whose key it nearly was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An agent, and the program and wire through which it speaks."""

    agent: Agent
    transport: str
    client_name: str = ""
    client_version: str = ""
    protocol: str = ""
    conversation: str = ""
    """The conversation that the server knows this to be part of: a process on stdio, a session.
    Empty: nothing ties its requests together."""

    def speaking(self, *, name: str, version: str, protocol: str) -> "Caller":
        """The same caller, with what its program says of itself: shown, never trusted."""
        return Caller(
            agent=self.agent,
            transport=self.transport,
            client_name=one_line(name, limit=60),
            client_version=one_line(version, limit=30),
            protocol=one_line(protocol, limit=20),
            conversation=self.conversation,
        )


def launched_agent(name: str) -> Agent:
    """The agent that whoever started this process named.

    Raises:
        ValueError: the name is not of an agent's form.
    """
    if not AGENT_NAME.fullmatch(name):
        raise ValueError(
            f"{one_line(name, limit=40)!r} is not an agent's name: lower-case letters, digits and "
            "hyphens, such as ap-clerk."
        )
    return Agent(name=name)
