"""The reports, each from its own file."""

from typing import Final

from xero_mcp.demo_company.kernel import Route
from xero_mcp.demo_company.reports import (
    aged,
    balance_sheet,
    bank_summary,
    budget_summary,
    executive_summary,
    profit_and_loss,
    tax_returns,
    ten_ninety_nine,
    trial_balance,
)

ROUTES: Final[tuple[Route, ...]] = (
    *aged.ROUTES,
    *balance_sheet.ROUTES,
    *bank_summary.ROUTES,
    *budget_summary.ROUTES,
    *executive_summary.ROUTES,
    *profit_and_loss.ROUTES,
    *ten_ninety_nine.ROUTES,
    *trial_balance.ROUTES,
    *tax_returns.ROUTES,
)
