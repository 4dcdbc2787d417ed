"""The gate's own refusals: each with its code and the next step."""

from xero_mcp.errors import Detail, ErrorCode, StoreUnavailableError, XeroMcpError
from xero_mcp.policy.book import InForce
from xero_mcp.policy.decision import Decision, Stage
from xero_mcp.policy.model import Policy


def unknown_tool() -> XeroMcpError:
    return XeroMcpError(
        "There is no tool of that name.",
        code=ErrorCode.NOT_ALLOWED,
        next_step="List the tools and use a name from there.",
    )


def no_policy(in_force: InForce) -> XeroMcpError:
    return XeroMcpError(
        f"No policy is in force for this agent, so everything is refused: {in_force.reason}",
        code=ErrorCode.NOT_ALLOWED,
        next_step="Whoever keeps the policy files runs `xero-mcp policy check` and mends it.",
        details=[Detail(message=str(problem)) for problem in in_force.problems[:20]],
    )


def denied(policy: Policy, decision: Decision) -> XeroMcpError:
    """The policy's own words, and who may change it."""
    if decision.stage is Stage.LIMITS:
        return XeroMcpError(
            sentence(decision.reason),
            code=ErrorCode.LIMIT_REACHED,
            next_step="Wait until the limit frees up, or ask "
            f"{_keeper(policy)} whether it should be higher.",
            retry_after_seconds=decision.retry_after_seconds,
        )
    return XeroMcpError(
        sentence(decision.reason),
        code=ErrorCode.NOT_ALLOWED,
        next_step=f"Do not try another way. If it should be allowed, {_keeper(policy)} may change "
        f"{policy.file}.",
    )


def nothing_behind(name: str, policy: Policy) -> XeroMcpError:
    """None of the tools that are listed under that name is for this agent."""
    return XeroMcpError(
        f"Denied by {policy.file}: it allows nothing of {name}.",
        code=ErrorCode.NOT_ALLOWED,
        next_step=f"Do not try another way. If it should be allowed, {_keeper(policy)} may change "
        f"{policy.file}.",
    )


def cannot_record(error: StoreUnavailableError) -> XeroMcpError:
    return XeroMcpError(
        f"Nothing was done, because it could not be written down: {error}",
        code=ErrorCode.AUDIT_UNAVAILABLE,
        next_step="A person frees the database (disk space, permissions, locks) and runs "
        "`xero-mcp doctor`; then call again.",
    )


def broken(error: Exception) -> XeroMcpError:
    """A mistake of ours before anything was done. Its text may hold data, so only its type goes."""
    return XeroMcpError(
        f"The server made a mistake ({type(error).__name__}) before anything was done.",
        code=ErrorCode.INTERNAL_ERROR,
        next_step="Report it with the audit id; the same call will likely fail again.",
    )


def broken_while_running(error: Exception, *, sent: bool) -> XeroMcpError:
    """A mistake of ours after the intent; whether Xero did something decides the code."""
    if sent:
        return XeroMcpError(
            f"The server made a mistake ({type(error).__name__}) after the write was sent to Xero.",
            code=ErrorCode.OUTCOME_UNKNOWN,
            next_step="Do not send it again. Look in Xero for what it would have made; a person "
            "settles it with `xero-mcp audit reconcile`.",
        )
    return XeroMcpError(
        f"The server made a mistake ({type(error).__name__}); nothing was changed in Xero.",
        code=ErrorCode.INTERNAL_ERROR,
        next_step="Report it with the audit id; the same call will likely fail again.",
    )


def cut_off(*, sent: bool) -> XeroMcpError:
    """The client cancelled, or the server was told to stop."""
    if sent:
        return XeroMcpError(
            "The call was cancelled after the write was sent to Xero; nobody heard the answer.",
            code=ErrorCode.OUTCOME_UNKNOWN,
            next_step="Send the same call again within four minutes: Xero then answers for the "
            "first one. After that a person settles it with `xero-mcp audit reconcile`.",
        )
    return XeroMcpError(
        "The call was cancelled before anything was changed in Xero.",
        code=ErrorCode.XERO_UNAVAILABLE,
        next_step="Call again if it is still wanted.",
    )


def first_try_unknown(retry_after_seconds: int | None) -> XeroMcpError:
    """The second try under the first one's key did not reach Xero either."""
    return XeroMcpError(
        "An earlier try of this write may have reached Xero, and this one could not find out.",
        code=ErrorCode.OUTCOME_UNKNOWN,
        next_step="Send exactly the same call again within four minutes of the first; after that "
        "a person settles it with `xero-mcp audit reconcile`.",
        retry_after_seconds=retry_after_seconds,
    )


def outcome_not_recorded(intent_id: str, *, kept: bool) -> XeroMcpError:
    """Xero answered, the log did not take it: the agent must not take that for nothing done."""
    where = (
        "it waits in a file and is written down first, before this agent writes again"
        if kept
        else "the audit log shows the call as unknown"
    )
    return XeroMcpError(
        f"Xero answered, but the outcome could not be written down; {where}.",
        code=ErrorCode.AUDIT_UNAVAILABLE,
        next_step="Do not send it again. A person mends the database (disk space, permissions, "
        f"locks); `xero-mcp audit show {intent_id}` then tells what became of it.",
        details=[Detail(path="audit_id", message=intent_id)],
    )


def _keeper(policy: Policy) -> str:
    return policy.owner or f"whoever keeps {policy.file}"


def sentence(reason: str) -> str:
    """A reason as a sentence of its own."""
    text = reason.strip()
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "!", "?")) else ".")
