"""Which policy file decides for an agent here: `agents add` may have tied it to another."""

from xero_mcp.cli.opening import in_office_if_any


def tied_file(agent: str) -> str | None:
    """The file that the agent is tied to; None: the one of its name decides."""
    return in_office_if_any(lambda office: office.agents.policy_file(agent))
