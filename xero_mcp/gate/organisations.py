"""Which organisation a call is for: one of the agent's own, by name or id, never a guess."""

from collections.abc import Sequence

from xero_mcp.errors import Detail, ErrorCode, XeroMcpError
from xero_mcp.policy.model import Policy
from xero_mcp.tool.view import KnownOrganisation


def own_organisations(
    policy: Policy, connected: Sequence[KnownOrganisation]
) -> tuple[KnownOrganisation, ...]:
    """The connected organisations that the policy names, in the order of their names."""
    own = [
        one
        for one in connected
        if policy.holds_in(organisation_id=one.id, organisation_name=one.name)
    ]
    return tuple(sorted(own, key=lambda one: (one.name, one.id)))


def choose(own: Sequence[KnownOrganisation], *, asked: str | None) -> KnownOrganisation:
    """The organisation that the argument means; the only one where it is left out.

    Raises:
        XeroMcpError: ORGANISATION_REQUIRED or ORGANISATION_UNKNOWN, with the names.
    """
    names = tuple(one.name for one in own)
    if asked is None:
        if len(own) == 1:
            return own[0]
        raise XeroMcpError(
            "This agent works in several organisations; say which one is meant.",
            code=ErrorCode.ORGANISATION_REQUIRED,
            next_step="Send `organisation` with one of the names that `details` allows.",
            details=[Detail(path="organisation", message="is required", allowed=names)],
        )
    wanted = asked.strip()
    found = [one for one in own if wanted.lower() == one.id.lower() or wanted == one.name]
    found = found or [one for one in own if wanted.casefold() == one.name.casefold()]
    if len(found) == 1:
        return found[0]
    raise XeroMcpError(
        "That is not one of this agent's organisations, or its name fits more than one.",
        code=ErrorCode.ORGANISATION_UNKNOWN,
        next_step="Use a name that `details` allows, or the id from list-settings (organisations).",
        details=[Detail(path="organisation", message="is not known here", allowed=names)],
    )


def none_connected(policy: Policy) -> XeroMcpError:
    """The policy names organisations, but none of them is connected."""
    return XeroMcpError(
        "None of the organisations that this agent's policy names is connected to Xero.",
        code=ErrorCode.NOT_CONNECTED,
        next_step="A person runs `xero-mcp doctor` and mends what it names: the connection, or "
        f"`organisations` in {policy.file}.",
        details=[Detail(message="named by the policy", allowed=policy.organisations)],
    )
