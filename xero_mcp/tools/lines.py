"""Lines of documents: as an agent writes them, as Xero takes them, as an edit leaves them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from xero_mcp.errors import Detail, ErrorCode, XeroMcpError
from xero_mcp.tool.args import Args, Fine, ShortText, XeroId
from xero_mcp.xero.models.line_item import LineItem, LineItemWrite, LineTrackingWrite

MAX_LINES = 200
MAX_DESCRIPTION = 4_000
MAX_SHOWN_IDS = 50
MAX_SHOWN_REMOVED = 10

Description = Annotated[str, StringConstraints(min_length=1, max_length=MAX_DESCRIPTION)]
AccountCode = Annotated[str, StringConstraints(min_length=1, max_length=10)]
TaxType = Annotated[str, StringConstraints(min_length=1, max_length=50)]
ItemCode = Annotated[str, StringConstraints(min_length=1, max_length=30)]
Number = Annotated[Fine, WithJsonSchema({"type": "string"})]
"""A decimal whose pattern is not shown: it would cost more than it tells."""


class Tracking(Args):
    """A tracking category and the option chosen in it."""

    category: ShortText = Field(description="Name of the tracking category.")
    option: ShortText = Field(description="Name of the option in it.")


def _choice(value: object) -> object:
    """`Region: North`, as answers show it, or the two apart."""
    if not isinstance(value, str):
        return value
    category, colon, option = value.partition(":")
    if not colon:
        raise ValueError('needs a category and an option, such as "Region: North"')
    return {"category": category.strip(), "option": option.strip()}


TrackingChoice = Annotated[Tracking, BeforeValidator(_choice), WithJsonSchema({"type": "string"})]
TOLD = "Lines."
ReplacesLines = Annotated[SkipJsonSchema[bool | None], Field(default=None)]
"""Not shown: what Xero's own server means by the lines of a change, and only its names say so."""
Choices = Annotated[list[TrackingChoice], Field(min_length=1, max_length=2)]


class Line(Args):
    """A new line of a document."""

    description: Description = Field(description="Text.")
    quantity: Number = Field(description="Count.")
    unit_amount: Number = Field(description="Each.")
    account_code: AccountCode = Field(description="Account.")
    tax_type: TaxType | None = Field(default=None, description="Else usual.")
    item_code: ItemCode | None = Field(default=None, description="Item.")
    discount_rate: Number | None = Field(default=None, description="%.")
    tracking: Choices | None = Field(default=None, description="Category: Option.")


class EditedLine(Args):
    """A line of a document that is there or is to be made; an item may fill in the rest."""

    line_item_id: XeroId | None = Field(default=None, description="Else new.")
    remove: bool = Field(default=False, description="Delete.")
    description: Description | None = Field(default=None, description="Text.")
    quantity: Number | None = Field(default=None, description="Count.")
    unit_amount: Number | None = Field(default=None, description="Each.")
    account_code: AccountCode | None = Field(default=None, description="Account.")
    tax_type: TaxType | None = Field(default=None, description="Else usual.")
    item_code: ItemCode | None = Field(default=None, description="Item.")
    discount_rate: Number | None = Field(default=None, description="%.")
    tracking: Choices | None = Field(default=None, description="Category: Option.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Every line that the document will have, and what that changes."""

    lines: tuple[LineItemWrite, ...]
    added: int = 0
    changed: int = 0
    removed: tuple[str, ...] = ()

    @property
    def said(self) -> tuple[str, ...]:
        """In people's words; those that went, by their ids too."""
        gone = ", ".join(self.removed[:MAX_SHOWN_REMOVED])
        counts = (
            (self.added, "added"),
            (self.changed, "changed"),
            (len(self.removed), f"removed ({gone})"),
        )
        return tuple(
            f"{count} line{'s' if count > 1 else ''} {what}" for count, what in counts if count
        )


def new_line(line: Line | EditedLine) -> LineItemWrite:
    """A line as Xero takes it, with just what was asked for."""
    return LineItemWrite(
        description=line.description,
        quantity=line.quantity,
        unit_amount=line.unit_amount,
        account_code=line.account_code,
        tax_type=line.tax_type,
        item_code=line.item_code,
        discount_rate=line.discount_rate,
        tracking=_tracking(line.tracking),
    )


def merged(stored: Sequence[LineItem], edits: Sequence[EditedLine]) -> Merged:
    """The stored lines with the edits put in: Xero deletes every line that is not sent again.

    Raises:
        XeroMcpError: INVALID_ARGUMENTS where an edit names a line that is not there.
    """
    by_id = {edit.line_item_id: edit for edit in edits if edit.line_item_id is not None}
    _must_be_there(by_id, stored)
    removed = tuple(line_id for line_id, edit in by_id.items() if edit.remove)
    kept = [
        edited(line, by_id.get((line.line_item_id or "").lower()))
        for line in stored
        if (line.line_item_id or "").lower() not in removed
    ]
    added = [new_line(edit) for edit in edits if edit.line_item_id is None]
    return Merged(
        lines=(*kept, *added),
        added=len(added),
        changed=len(by_id) - len(removed),
        removed=removed,
    )


def replacing(stored: Sequence[LineItem], edits: Sequence[EditedLine]) -> list[EditedLine]:
    """Lines that stand for all of a document, put as edits: what is not among them goes.

    One that is there under the same text, account and item keeps its id, and so what it is
    linked to; an id that is given names it anyway.
    """
    free = [line for line in stored if line.line_item_id]
    found: list[EditedLine] = []
    for edit in edits:
        twin = next((line for line in free if _is_meant(line, edit)), None)
        if twin is not None:
            free.remove(twin)
        line_id = (twin.line_item_id or "").lower() if twin is not None else edit.line_item_id
        found.append(edit.model_copy(update={"line_item_id": line_id}))
    gone = [
        EditedLine(line_item_id=(line.line_item_id or "").lower(), remove=True) for line in free
    ]
    return [*found, *gone]


def _is_meant(line: LineItem, edit: EditedLine) -> bool:
    if edit.line_item_id is not None:
        return (line.line_item_id or "").lower() == edit.line_item_id
    return (line.description, line.account_code or None, line.item_code or None) == (
        edit.description,
        edit.account_code,
        edit.item_code,
    )


def edited(line: LineItem, edit: EditedLine | None) -> LineItemWrite:
    """A stored line as it is sent back, with what the edit names put in its place.

    Tax that follows from what changed is left out, so that Xero works it out anew.
    """
    whole = LineItemWrite(
        line_item_id=line.line_item_id,
        description=line.description,
        quantity=line.quantity,
        unit_amount=line.unit_amount,
        account_code=line.account_code or None,
        tax_type=line.tax_type,
        tax_amount=line.tax_amount,
        item_code=line.item_code,
        discount_rate=line.discount_rate,
        discount_amount=line.discount_amount,
        tracking=_stored_tracking(line),
    )
    if edit is None:
        return whole
    asked = new_line(edit)
    update: dict[str, Any] = {name: value for name, value in asked if value is not None}
    if update.keys() & {"quantity", "unit_amount", "tax_type", "discount_rate", "account_code"}:
        update["tax_amount"] = None
    if "discount_rate" in update:
        update["discount_amount"] = None
    if "account_code" in update and "tax_type" not in update:
        update["tax_type"] = None  # the new account's own
    return whole.model_copy(update=update)


def _must_be_there(by_id: Mapping[str, EditedLine], stored: Sequence[LineItem]) -> None:
    known = [line.line_item_id.lower() for line in stored if line.line_item_id]
    unknown = [line_id for line_id in by_id if line_id not in known]
    if unknown:
        raise XeroMcpError(
            "The document has no line of that id; nothing was done.",
            code=ErrorCode.INVALID_ARGUMENTS,
            next_step="Read the document and take line_item_id from there.",
            details=[
                Detail(path="lines", message=line_id, allowed=tuple(known[:MAX_SHOWN_IDS]))
                for line_id in unknown[:MAX_SHOWN_IDS]
            ],
        )


def _tracking(choices: Sequence[Tracking] | None) -> tuple[LineTrackingWrite, ...] | None:
    sent = tuple(LineTrackingWrite(name=one.category, option=one.option) for one in choices or ())
    return sent or None


def _stored_tracking(line: LineItem) -> tuple[LineTrackingWrite, ...] | None:
    sent = tuple(
        LineTrackingWrite(name=one.name, option=one.option)
        for one in line.tracking
        if one.name and one.option
    )
    return sent or None


def edits_of_new(edits: Sequence[EditedLine]) -> tuple[LineItemWrite, ...]:
    """The lines of a document that is not there yet.

    Raises:
        XeroMcpError: INVALID_ARGUMENTS where one names a stored line.
    """
    return merged((), edits).lines


def discount_of(line: LineItemWrite) -> Decimal:
    """The discount in percent, an amount taken off turned into one."""
    if line.discount_rate is not None:
        return line.discount_rate
    gross = (line.quantity or Decimal(1)) * (line.unit_amount or Decimal(0))
    if line.discount_amount is None or not gross:
        return Decimal(0)
    return line.discount_amount * 100 / gross
