"""The lines of a document in an answer: only what is there."""

from collections.abc import Iterable

from xero_mcp.tool.answer import Answer, MoneyText, OthersText
from xero_mcp.xero.models.line_item import LineItem


class ShownLine(Answer):
    """A line, as Xero holds it; the texts were written by others."""

    line_item_id: str | None = None
    description: OthersText | None = None
    quantity: MoneyText | None = None
    unit_amount: MoneyText | None = None
    line_amount: MoneyText | None = None
    account_code: str | None = None
    tax_type: str | None = None
    tax_amount: MoneyText | None = None
    item_code: OthersText | None = None
    discount_rate: MoneyText | None = None
    tracking: list[OthersText] | None = None


def line_rows(lines: Iterable[LineItem]) -> list[ShownLine]:
    return [
        ShownLine(
            line_item_id=line.line_item_id,
            description=line.description,
            quantity=line.quantity,
            unit_amount=line.unit_amount,
            line_amount=line.line_amount,
            account_code=line.account_code,
            tax_type=line.tax_type,
            tax_amount=line.tax_amount,
            item_code=line.item_code,
            discount_rate=line.discount_rate,
            tracking=[f"{one.name}: {one.option}" for one in line.tracking] or None,
        )
        for line in lines
    ]
