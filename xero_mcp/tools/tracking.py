"""Tracking categories and their options."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import Field, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import WriteAnswer
from xero_mcp.tool.args import ShortText, Write, XeroId
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import DELETE, POST, PUT, tool
from xero_mcp.tool.table import Column, TextColumn
from xero_mcp.tool.trace import Sought, Traced, Values
from xero_mcp.xero.models.tracking import (
    TrackingCategories,
    TrackingCategory,
    TrackingCategoryWrite,
    TrackingOption,
    TrackingOptions,
)
from xero_mcp.xero.scoped import ScopedXero

ALL = "/TrackingCategories"
CATEGORY = "/TrackingCategories/{TrackingCategoryID}"
OPTIONS = "/TrackingCategories/{TrackingCategoryID}/Options"
OPTION = "/TrackingCategories/{TrackingCategoryID}/Options/{TrackingOptionID}"
Row = tuple[TrackingCategory, TrackingOption | None]

COLUMNS = (
    TextColumn[Row](name="category", read=lambda row: row[0].name),
    TextColumn[Row](name="option", read=lambda row: row[1].name if row[1] else None),
    Column[Row](name="status", read=lambda row: (row[1] or row[0]).status.lower()),
    Column[Row](name="category_id", read=lambda row: row[0].tracking_category_id),
    Column[Row](name="option_id", read=lambda row: row[1].tracking_option_id if row[1] else None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingRows:
    """A row for each option; a category without any has one as well."""

    archived: bool

    def __call__(self, categories: Sequence[TrackingCategory]) -> list[Row]:
        rows: list[Row] = []
        for category in categories:
            if category.status != "ACTIVE" and not self.archived:
                continue
            options = [one for one in category.options if self.archived or one.status == "ACTIVE"]
            rows += [(category, option) for option in options] or [(category, None)]
        return rows


Action = Literal["create", "rename", "archive", "restore", "delete"]
ACCESS_BY_ACTION = Varies(
    argument="action",
    values={
        "create": Access.POST.value,
        "rename": Access.POST.value,
        "restore": Access.POST.value,
        "archive": Access.FULL.value,
        "delete": Access.FULL.value,
    },
)
PAST: dict[Action, str] = {
    "create": "created",
    "rename": "renamed",
    "archive": "archived",
    "restore": "restored",
    "delete": "deleted",
}
UNDO: dict[Action, str] = {
    "create": "save-tracking with action delete.",
    "rename": "Rename it back.",
    "archive": "save-tracking with action restore.",
    "restore": "save-tracking with action archive.",
}
STATUS: dict[Action, str] = {"archive": "ARCHIVED", "restore": "ACTIVE"}


class SaveTracking(Write):
    """Arguments of save-tracking."""

    action: Action = Field(description="What to do with the option, or else the category.")
    category_id: XeroId | None = Field(
        default=None, description="The category; left out: create a new one."
    )
    option_id: XeroId | None = Field(default=None, description="An option of it.")
    name: ShortText | None = Field(default=None, description="To create or rename.")

    @model_validator(mode="after")
    def _has_what_it_takes(self) -> "SaveTracking":
        if (self.action in {"create", "rename"}) != (self.name is not None):
            raise ValueError("create and rename need a name, the other actions take none")
        if self.action != "create" and self.category_id is None:
            raise ValueError("needs category_id (list-settings)")
        if self.action == "create" and self.option_id is not None:
            raise ValueError("a new option has no option_id yet; leave it out")
        return self


_CATEGORY = Traced(
    path=ALL,
    key="TrackingCategoryID",
    id_argument="category_id",
    marks={"name": "Name", "action": "Status"},
    words={"action": {"archive": "ARCHIVED", "restore": "ACTIVE"}},
    proofs=(("name",),),
    end_by="action",
    ends={"delete": ("DELETED",)},
    shown="Name",
)
_OPTION = replace(
    _CATEGORY,
    path=CATEGORY,
    key="TrackingOptionID",
    id_argument="option_id",
    places={"TrackingCategoryID": "category_id"},
    inside="Options",
)


def _trace(values: Values) -> Sequence[Sought]:
    """An option where one is named, or made in a category; else the category."""
    is_new_option = values.get("action") == "create" and values.get("category_id")
    return (_OPTION if values.get("option_id") or is_new_option else _CATEGORY)(values)


@tool(
    area=Area.TRACKING,
    access=Access.POST,
    access_by=ACCESS_BY_ACTION,
    reaches=(
        PUT(ALL),
        POST(CATEGORY),
        DELETE(CATEGORY),
        PUT(OPTIONS),
        POST(OPTION),
        DELETE(OPTION),
    ),
    aliases=(
        "create-tracking-category",
        "create-tracking-options",
        "update-tracking-category",
        "update-tracking-options",
    ),
    says="{action} a tracking category or option{ named: name}",
    trace=_trace,
)
async def save_tracking(args: SaveTracking, xero: ScopedXero) -> WriteAnswer:
    """Create, rename, archive, restore or delete a tracking category or an option of one.

    At most two categories are active. What documents use is archived, not deleted.
    """
    is_option = args.category_id is not None and (
        args.option_id is not None or args.action == "create"
    )
    if is_option:
        option = await _save_option(args, xero)
        item_id, status = option.tracking_option_id, option.status
    else:
        category = await _save_category(args, xero)
        item_id, status = category.tracking_category_id, category.status
    what = "option" if is_option else "category"
    return WriteAnswer(
        id=item_id,
        status=status.lower(),
        changed=f"A tracking {what} was {PAST[args.action]}.",
        undo=None if status == "DELETED" else UNDO.get(args.action),
        organisation=xero.organisation.name,
    )


async def _save_category(args: SaveTracking, xero: ScopedXero) -> TrackingCategory:
    body = TrackingCategoryWrite(name=args.name, status=STATUS.get(args.action))
    ids = {"TrackingCategoryID": args.category_id or ""}
    match args.action:
        case "create":
            found = await xero.put(ALL, TrackingCategories, body)
        case "delete":
            found = await xero.delete(CATEGORY, TrackingCategories, ids=ids)
        case _:
            found = await xero.post(CATEGORY, TrackingCategories, body, ids=ids)
    return found.tracking_categories[0]


async def _save_option(args: SaveTracking, xero: ScopedXero) -> TrackingOption:
    body = TrackingCategoryWrite(name=args.name, status=STATUS.get(args.action))
    category = {"TrackingCategoryID": args.category_id or ""}
    option = {**category, "TrackingOptionID": args.option_id or ""}
    match args.action:
        case "create":
            found = await xero.put(OPTIONS, TrackingOptions, body, ids=category)
        case "delete":
            found = await xero.delete(OPTION, TrackingOptions, ids=option)
        case _:
            found = await xero.post(OPTION, TrackingOptions, body, ids=option)
    return found.options[0]
