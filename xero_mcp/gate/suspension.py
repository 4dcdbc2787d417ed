"""The kill switch: an agent that is suspended is refused everything, at once, in every process."""

import json
from dataclasses import dataclass
from datetime import datetime

from xero_mcp.audit.entry import Entry, Kind, Status
from xero_mcp.audit.log import AuditLog
from xero_mcp.clock import Clock, to_iso
from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.store.base import Store, Tables
from xero_mcp.text import one_line

MAX_REASON = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """Who stopped the agent, when and why."""

    by: str
    at: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A person's order about an agent."""

    agent: str
    by: str
    reason: str
    system_user: str
    is_signed_in: bool = False
    """Whether they gave their passphrase."""


def suspension_of(tables: Tables, agent: str, now: datetime) -> Suspension | None:
    """Whether the agent is suspended; asked again in the transaction of each intent."""
    found = tables.kept.get(_key(agent), now)
    return None if found is None else Suspension(**json.loads(found))


def must_not_be_suspended(tables: Tables, agent: str, now: datetime) -> None:
    """Refuse a suspended agent.

    Raises:
        XeroMcpError: NOT_ALLOWED, with who suspended it and when.
    """
    must_not_stand(suspension_of(tables, agent, now), agent)


def must_not_stand(found: Suspension | None, agent: str) -> None:
    """The same, of a suspension that was looked for before.

    Raises:
        XeroMcpError: it stands.
    """
    if found is not None:
        raise XeroMcpError(
            f"This agent was suspended by {found.by} at {found.at}: everything is refused.",
            code=ErrorCode.NOT_ALLOWED,
            next_step="Stop. Tell the user; a person resumes the agent with "
            f"`xero-mcp policy resume {agent}`.",
        )


async def suspend(store: Store, audit: AuditLog, clock: Clock, order: Order) -> bool:
    """Stop the agent; False where it was stopped already."""
    now = clock.now()
    said = Suspension(
        by=one_line(order.by, limit=120),
        at=to_iso(now),
        reason=one_line(order.reason, limit=MAX_REASON),
    )

    def work(tables: Tables) -> bool:
        if suspension_of(tables, order.agent, now) is not None:
            return False
        kept = {"by": said.by, "at": said.at, "reason": said.reason}
        tables.kept.put(_key(order.agent), json.dumps(kept))
        audit.append(tables, _entry(order, "suspend"))
        return True

    return await store.write(work)


async def resume(store: Store, audit: AuditLog, clock: Clock, order: Order) -> bool:
    """Let the agent work again; False where it was not stopped."""

    def work(tables: Tables) -> bool:
        if suspension_of(tables, order.agent, clock.now()) is None:
            return False
        tables.kept.delete(_key(order.agent))
        audit.append(tables, _entry(order, "resume"))
        return True

    return await store.write(work)


def _entry(order: Order, decision: str) -> Entry:
    why = f": {order.reason}" if order.reason else ""
    how = "" if order.is_signed_in else "not signed in; "
    return Entry(
        kind=Kind.POLICY,
        agent=order.agent,
        decision=decision,
        status=Status.OK,
        reason=f"by {order.by} ({how}system user {order.system_user}){why}",
    )


def _key(agent: str) -> str:
    return f"suspended:{agent}"
