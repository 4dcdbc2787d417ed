"""Budgets: what was planned, account by account and month by month."""

from pydantic import Field

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import ListAnswer
from xero_mcp.tool.args import Day, InOrganisation, XeroId
from xero_mcp.tool.declare import GET, tool
from xero_mcp.tool.listed import ListedAs
from xero_mcp.tool.table import Column, TextColumn
from xero_mcp.tools.paging import list_answer
from xero_mcp.xero.models.budget import Budget, BudgetBalance, BudgetLine, Budgets
from xero_mcp.xero.scoped import ScopedXero

ONE = "/Budgets/{BudgetID}"
Month = tuple[BudgetLine, BudgetBalance]

COLUMNS = (
    Column[Budget](name="budget_id", read=lambda one: one.budget_id),
    Column[Budget](name="type", read=lambda one: (one.type or "").lower()),
    TextColumn[Budget](name="description", read=lambda one: one.description),
    TextColumn[Budget](name="tracking", read=lambda one: [part.name for part in one.tracking]),
    Column[Budget](name="updated_at", read=lambda one: one.updated_date_utc),
)
MONTH_COLUMNS = (
    Column[Month](name="account_code", read=lambda month: month[0].account_code),
    Column[Month](name="account_id", read=lambda month: month[0].account_id),
    Column[Month](name="month", read=lambda month: month[1].period),
    Column[Month](name="amount", read=lambda month: month[1].amount),
    TextColumn[Month](name="notes", read=lambda month: month[1].notes or None),
)


class ListBudgets(InOrganisation):
    """Arguments of list-budgets."""

    budget_id: XeroId | None = Field(default=None, description="This one, month by month.")
    date_from: Day | None = Field(default=None, description="Its months from here.")
    date_to: Day | None = Field(default=None, description="Its months up to here.")


@tool(
    area=Area.BUDGETS,
    access=Access.READ,
    reaches=(GET("/Budgets"), GET(ONE)),
    listed_as=ListedAs(
        name="list-settings",
        kinds={"budgets": {}},
        names={"id": "budget_id"},
    ),
    says="list budgets{ of the id: budget_id}",
)
async def list_budgets(args: ListBudgets, xero: ScopedXero) -> ListAnswer:
    """List budgets; with budget_id, a row for each account and month of one."""
    here = xero.organisation.name
    if args.budget_id is None:
        return list_answer(
            (await xero.get("/Budgets", Budgets)).budgets, COLUMNS, organisation=here
        )
    found = await xero.get(
        ONE,
        Budgets,
        ids={"BudgetID": args.budget_id},
        params={"DateFrom": args.date_from, "DateTo": args.date_to},
    )
    months = [
        (line, month)
        for budget in found.budgets
        for line in budget.budget_lines
        for month in line.budget_balances
    ]
    return list_answer(months, MONTH_COLUMNS, organisation=here)
