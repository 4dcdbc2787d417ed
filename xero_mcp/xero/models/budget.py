from decimal import Decimal
from typing import Annotated

from xero_mcp.xero.models.base import Listed, XeroModel
from xero_mcp.xero.models.tracking import TrackingCategory
from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import XeroMoment


class BudgetBalance(XeroModel):
    """A month, `2026-03`, and what was planned for it."""

    period: str = ""
    amount: Decimal | None = None
    notes: XeroText | None = None


class BudgetLine(XeroModel):
    account_id: str | None = None
    account_code: XeroText | None = None
    budget_balances: Annotated[tuple[BudgetBalance, ...], Listed] = ()


class Budget(XeroModel):
    budget_id: str = ""
    type: str | None = None
    description: XeroText | None = None
    budget_lines: Annotated[tuple[BudgetLine, ...], Listed] = ()
    tracking: Annotated[tuple[TrackingCategory, ...], Listed] = ()
    updated_date_utc: XeroMoment | None = None


class Budgets(XeroModel):
    budgets: Annotated[tuple[Budget, ...], Listed] = ()
