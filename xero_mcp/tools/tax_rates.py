"""Tax rates: the country's own, and those that people made."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import WriteAnswer
from xero_mcp.tool.args import Args, Fine, ShortText, Write
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import POST, PUT, tool
from xero_mcp.tool.table import Column, TextColumn
from xero_mcp.tool.trace import Traced
from xero_mcp.tools.paging import PLAIN_TEXT
from xero_mcp.xero.models.tax_rate import (
    TaxComponentWrite,
    TaxRate,
    TaxRates,
    TaxRatesWrite,
    TaxRateWrite,
)
from xero_mcp.xero.scoped import ScopedXero

MAX_COMPONENTS = 6
TaxTypeText = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,50}$"), PLAIN_TEXT]


def applies_to(rate: TaxRate) -> list[str]:
    """The classes of account on whose lines it may stand."""
    named = (
        ("assets", rate.can_apply_to_assets),
        ("equity", rate.can_apply_to_equity),
        ("expenses", rate.can_apply_to_expenses),
        ("liabilities", rate.can_apply_to_liabilities),
        ("revenue", rate.can_apply_to_revenue),
    )
    return [name for name, may in named if may]


COLUMNS = (
    Column[TaxRate](name="tax_type", read=lambda one: one.tax_type),
    TextColumn[TaxRate](name="name", read=lambda one: one.name),
    Column[TaxRate](name="rate", read=lambda one: one.effective_rate),
    Column[TaxRate](name="applies_to", read=applies_to),
    Column[TaxRate](name="status", read=lambda one: one.status.lower()),
    Column[TaxRate](name="report_tax_type", read=lambda one: one.report_tax_type, usual=False),
    TextColumn[TaxRate](
        name="components",
        read=lambda one: [f"{part.name}: {part.rate}" for part in one.tax_components],
        usual=False,
    ),
)


class Component(Args):
    """A part of a rate."""

    name: ShortText = Field(description="Name.")
    rate: Annotated[Fine, PLAIN_TEXT] = Field(description="Percent.")
    compound: bool = Field(default=False, description="On top of the others.")


class SaveTaxRate(Write):
    """Arguments of save-tax-rate."""

    action: Literal["create", "update", "delete"] = Field(description="What to do.")
    tax_type: TaxTypeText | None = Field(default=None, description="If stored.")
    name: ShortText | None = Field(default=None, description="To create.")
    components: list[Component] | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_COMPONENTS,
        description="To create.",
    )
    report_tax_type: TaxTypeText | None = Field(
        default=None, description="OUTPUT: sales, INPUT: purchases."
    )

    @model_validator(mode="after")
    def _has_what_it_takes(self) -> "SaveTaxRate":
        if self.action == "create" and (self.name is None or self.components is None):
            raise ValueError("to create, it needs name and components")
        if (self.action == "create") == (self.tax_type is not None):
            raise ValueError("needs tax_type to update or delete, and must not have it to create")
        return self


@tool(
    area=Area.TAX_RATES,
    access=Access.POST,
    access_by=Varies(
        argument="action",
        values={
            "create": Access.POST.value,
            "update": Access.POST.value,
            "delete": Access.FULL.value,
        },
    ),
    reaches=(PUT("/TaxRates"), POST("/TaxRates")),
    says="{action} a tax rate{ named: name}{ of type: tax_type}",
    trace=Traced(
        path="/TaxRates",
        key="TaxType",
        listed=True,
        id_argument="tax_type",
        marks={"name": "Name", "report_tax_type": "ReportTaxType"},
        proofs=(("name",),),
        end_by="action",
        ends={"delete": ("DELETED",)},
        apart=frozenset({"action"}),
        shown="Name",
    ),
)
async def save_tax_rate(args: SaveTaxRate, xero: ScopedXero) -> WriteAnswer:
    """Create, change or delete a tax rate; the country's own cannot be changed."""
    body = TaxRatesWrite(tax_rates=(_body(args),))
    if args.action == "create":
        found = await xero.put("/TaxRates", TaxRates, body)
    else:
        found = await xero.post("/TaxRates", TaxRates, body)
    rate = found.tax_rates[0]
    return WriteAnswer(
        id=rate.tax_type,
        number=rate.tax_type,
        status=rate.status.lower(),
        changed=f"A tax rate was {args.action}d.",
        undo="Delete it with save-tax-rate." if args.action == "create" else None,
        organisation=xero.organisation.name,
    )


def _body(args: SaveTaxRate) -> TaxRateWrite:
    parts = tuple(
        TaxComponentWrite(name=part.name, rate=part.rate, is_compound=part.compound)
        for part in args.components or ()
    )
    return TaxRateWrite(
        name=args.name,
        tax_type=args.tax_type,
        status="DELETED" if args.action == "delete" else None,
        report_tax_type=args.report_tax_type,
        tax_components=parts or None,
    )
