"""An agent's part of Xero's limits: its own budget of calls, and what is kept back from all."""

from dataclasses import dataclass
from typing import Final

from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.calls import BACKGROUND
from xero_mcp.xero.forecast import LimitRules

__all__ = ["BACKGROUND", "Asked", "CallBudget", "take"]

DAY_SHARE_PERCENT: Final = 80
"""The most of an organisation's calls of a day that one agent gets: one busy agent must leave
something to the others."""
DAY_RESERVE_PERCENT: Final = 5
"""What no agent gets: people reconcile and repair with it."""
_WHOLE: Final = 100
_HOUR_SECONDS: Final = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBudget:
    """Whose calls these are, and how many the policy gives; None: no limit but the share."""

    agent: str
    per_minute: int | None = None
    per_day: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A call that an agent wants to make now."""

    call_id: str
    organisation_id: str
    now_ms: int


def take(tables: Tables, budget: CallBudget, asked: Asked, rules: LimitRules) -> None:
    """Count the call, in the transaction in which it joins the queue.

    Raises:
        XeroMcpError: LIMIT_REACHED; nothing is counted then.
    """
    day_before, minute_before = asked.now_ms - rules.day_ms, asked.now_ms - rules.minute_ms
    tables.budgets.forget_calls(before_ms=day_before)
    one, organisation = budget.agent, asked.organisation_id
    if budget.per_minute is not None:
        used = tables.budgets.calls_since(one, organisation, after_ms=minute_before)
        if used >= budget.per_minute:
            raise _used_up(f"{budget.per_minute} calls a minute", rules.minute_seconds)
    today = tables.budgets.calls_since(one, organisation, after_ms=day_before)
    if budget.per_day is not None and today >= budget.per_day:
        raise _used_up(f"{budget.per_day} calls a day", _HOUR_SECONDS)
    if today >= rules.per_day * DAY_SHARE_PERCENT // _WHOLE:
        raise _used_up(f"{DAY_SHARE_PERCENT}% of the organisation's calls a day", _HOUR_SECONDS)
    everyone = tables.calls.day_calls(organisation, after_ms=day_before)
    if everyone >= rules.per_day * (_WHOLE - DAY_RESERVE_PERCENT) // _WHOLE:
        raise _used_up("what Xero gives a day, less what is kept for people", _HOUR_SECONDS)
    tables.budgets.add_call(
        asked.call_id, agent=one, organisation_id=organisation, at_ms=asked.now_ms
    )


def _used_up(what: str, retry_seconds: float) -> XeroMcpError:
    return XeroMcpError(
        f"This agent's calls to Xero are used up: {what}.",
        code=ErrorCode.LIMIT_REACHED,
        next_step="Nothing was changed by this request. Wait, ask for less at once, or ask whoever "
        "keeps the policy whether the limit should be higher.",
        retry_after_seconds=round(retry_seconds),
    )
