"""How far apart to ask once half of a day's share is used, so that the rest lasts for the day."""

from datetime import datetime, timedelta
from typing import Final

from xero_mcp.clock import DAY
from xero_mcp.store.base import Tables
from xero_mcp.xero.budget import CallBudget

FREELY: Final = 2
"""One part in so many is used at the pace that was asked for."""
_MILLISECONDS: Final = 1_000


def spread(
    tables: Tables, budget: CallBudget, organisation_id: str, now: datetime, *, kinds: int
) -> timedelta:
    """The pause between two requests for one of so many kinds; none while there is plenty."""
    if budget.per_day is None:
        return timedelta(0)
    after_ms = round((now - DAY).timestamp() * _MILLISECONDS)
    used = tables.budgets.calls_since(budget.agent, organisation_id, after_ms=after_ms)
    freely = budget.per_day // FREELY
    return timedelta(0) if used < freely else kinds * DAY / (budget.per_day - freely)
