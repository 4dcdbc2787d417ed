"""Budgets, which can only be read."""

from typing import Final

from xero_mcp.demo_company.kernel import Answer, Call, Json, NotFoundError, route
from xero_mcp.demo_company.listing import Noun, list_documents
from xero_mcp.demo_company.parameters import query_day


def _without_lines(_call: Call, budget: Json) -> Json:
    return {**budget, "BudgetLines": []}


BUDGETS: Final = Noun(plural="Budgets", type_name="Budget", in_list=_without_lines)


@route("GET", "/Budgets")
def get_budgets(call: Call) -> Answer:
    ids = {one.strip().lower() for one in call.query.get("ids", "").split(",") if one.strip()}
    table = call.company.table("Budgets")
    rows = [row for row in table.in_order() if not ids or row["BudgetID"] in ids]
    return list_documents(call, BUDGETS, rows)


@route("GET", "/Budgets/{BudgetID}")
def get_budget(call: Call) -> Answer:
    """One budget with its months, from DateFrom to DateTo where they are given."""
    budget = call.company.table("Budgets").get(call.path["BudgetID"])
    if budget is None:
        raise NotFoundError
    low, high = query_day(call, "datefrom"), query_day(call, "dateto")
    first = f"{low:%Y-%m}" if low else ""
    last = f"{high:%Y-%m}" if high else "9999-12"
    lines = [
        {
            **line,
            "BudgetBalances": [
                one for one in line["BudgetBalances"] if first <= one["Period"] <= last
            ],
        }
        for line in budget["BudgetLines"]
    ]
    return Answer(body={"Budgets": [{**budget, "BudgetLines": lines}]})


ROUTES = (get_budgets, get_budget)
