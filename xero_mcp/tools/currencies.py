"""The currencies that the organisation works in."""

from pydantic import Field

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import WriteAnswer
from xero_mcp.tool.args import Write
from xero_mcp.tool.declare import PUT, tool
from xero_mcp.tool.table import Column
from xero_mcp.tool.trace import Traced
from xero_mcp.tools.documents import CurrencyCode
from xero_mcp.xero.models.currency import Currencies, Currency, CurrencyWrite
from xero_mcp.xero.scoped import ScopedXero

COLUMNS = (
    Column[Currency](name="code", read=lambda one: one.code),
    Column[Currency](name="name", read=lambda one: one.description),
)


class AddCurrency(Write):
    """Arguments of add-currency."""

    currency: CurrencyCode = Field(description="Such as EUR.")


@tool(
    area=Area.CURRENCIES,
    access=Access.POST,
    reaches=(PUT("/Currencies"),),
    says="add the currency {currency}",
    trace=Traced(
        path="/Currencies",
        key="Code",
        marks={"currency": "Code"},
        proofs=(("currency",),),
        shown="Code",
    ),
)
async def add_currency(args: AddCurrency, xero: ScopedXero) -> WriteAnswer:
    """Let documents be in one more currency; the plan in Xero must allow several."""
    body = CurrencyWrite(code=args.currency)
    added = (await xero.put("/Currencies", Currencies, body)).currencies[0]
    return WriteAnswer(
        id=added.code,
        currency=added.code,
        changed="The currency was added.",
        undo="A currency that was never used can be removed in Xero, by a person.",
        organisation=xero.organisation.name,
    )
