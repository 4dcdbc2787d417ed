"""What changed in Xero, told from the feed: no call of these tools asks Xero for anything."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import Answer, Cell
from xero_mcp.tool.args import InEachOrganisation, XeroId
from xero_mcp.tool.declare import tool
from xero_mcp.tool.feed_view import FeedView
from xero_mcp.tools.change_rows import by_others, columns_of, rows_of
from xero_mcp.tools.changes_found import (
    Found,
    Wanted,
    cursor_text,
    is_whole,
    look,
    start_at,
    wait,
    wanted,
)
from xero_mcp.tools.paging import PLAIN_NUMBER

AreaName = Literal[
    "accounts",
    "bank-transactions",
    "bank-transfers",
    "bills",
    "contacts",
    "credit-notes",
    "invoices",
    "items",
    "journals",
    "manual-journals",
    "payments",
    "purchase-orders",
    "quotes",
]
TOLD = tuple(Area(name) for name in get_args(AreaName))
MAX_ROWS = 500
MAX_WAIT_SECONDS = 55
"""Many clients give up after a minute."""
LATELY = timedelta(days=1)
_SINCE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d))?", re.ASCII)
_NO_MOMENT = "is neither a date nor a moment such as 2026-11-20T09:30:00Z"


def _moment(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not _SINCE.fullmatch(value):
        raise ValueError(_NO_MOMENT)
    try:
        if "T" not in value:
            return datetime.combine(date.fromisoformat(value), time(), tzinfo=UTC)
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):  # a day or an hour that there is not, or that UTC has not
        raise ValueError(_NO_MOMENT) from None


Since = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string"})]
Cursor = Annotated[
    str, StringConstraints(pattern=r"^c[0-9]{1,15}$"), WithJsonSchema({"type": "string"})
]
AreaNames = Annotated[
    list[AreaName],
    Field(min_length=1, max_length=len(TOLD)),
    WithJsonSchema({"type": "array", "items": {"type": "string"}}),
]
"""Their names cost tokens; a wrong one is answered with all of them."""


class Listening(InEachOrganisation):
    """Of which changes."""

    areas: AreaNames | None = Field(default=None, description="Such as payments.")
    contact_id: XeroId | None = Field(default=None, description="Whose.")
    cursor: Cursor | None = Field(default=None, description="Go on.")


class ListChanges(Listening):
    """Arguments of list-changes."""

    since: Since | None = Field(default=None, description="Or from; else a day.")
    limit: Annotated[int, PLAIN_NUMBER] = Field(default=100, ge=1, le=MAX_ROWS, description="Rows.")

    @model_validator(mode="after")
    def _begins_once(self) -> "ListChanges":
        if self.since is not None and self.cursor is not None:
            raise ValueError("since and cursor each say where to begin; send one of them")
        return self


class WaitForChange(Listening):
    """Arguments of wait-for-change."""

    cursor: Cursor | None = Field(default=None, description="Else: now.")
    timeout_seconds: Annotated[int, PLAIN_NUMBER] = Field(
        default=30, ge=1, le=MAX_WAIT_SECONDS, description="Up to 55."
    )


class Changes(Answer):
    """Changes in the order in which they were noticed, and where to go on."""

    columns: list[str]
    row_organisations: list[str] = Field(default_factory=list[str], exclude=True)
    """The id of each row's organisation: an agent's rows are counted in each of them."""
    rows: list[list[Cell]]
    cursor: str
    more: bool
    complete: bool
    next_step: str | None = None

    def row_count(self) -> int:
        return len(self.rows)

    def rows_by_organisation(self) -> Mapping[str, int]:
        return Counter(self.row_organisations)


class Waited(Changes):
    """The same, and whether anything came."""

    changed: bool


@tool(
    area=Area.ORGANISATION,
    access=Access.READ,
    tells_of=TOLD,
    says="list what changed{ in: areas}{ since: since}{ after: cursor}",
)
async def list_changes(args: ListChanges, view: FeedView) -> Changes:
    """List what changed in Xero, before and after, by us or others."""
    asked = _asked(args, view)
    since = None if args.cursor else args.since or view.clock.now() - LATELY
    start = await (view.feed.cursor_at(since) if since else start_at(view, args.cursor or ""))
    complete = await is_whole(view, start, since=since)
    found = await look(asked, start, limit=args.limit)
    return Changes(**_shown(found, view), complete=complete, next_step=_next_step(complete))


@tool(
    area=Area.ORGANISATION,
    access=Access.READ,
    tells_of=TOLD,
    says="wait for a change{ in: areas}{ after: cursor}",
)
async def wait_for_change(args: WaitForChange, view: FeedView) -> Waited:
    """Wait for a change, then answer as list-changes; changed false: none came."""
    asked = _asked(args, view)
    start = await (start_at(view, args.cursor) if args.cursor else view.feed.newest())
    complete = await is_whole(view, start)
    found = await wait(asked, start, timeout_seconds=args.timeout_seconds)
    return Waited(
        **_shown(found, view),
        complete=complete,
        next_step=_next_step(complete),
        changed=bool(found.changes),
    )


def _asked(args: Listening, view: FeedView) -> Wanted:
    areas = None if args.areas is None else [Area(name) for name in args.areas]
    return wanted(view, areas=areas, contact_id=args.contact_id)


def _shown(found: Found, view: FeedView) -> Any:  # noqa: ANN401 - the fields that both have
    return {
        "text_by_others": by_others(found.changes),
        "columns": columns_of(view.organisations),
        "rows": rows_of(found.changes, view.organisations),
        "row_organisations": [one.organisation_id for one in found.changes],
        "cursor": cursor_text(found.cursor),
        "more": found.more,
    }


def _next_step(complete: bool) -> str | None:  # noqa: FBT001 - it is what the answer says
    if complete:
        return None
    return "Older changes were cleared away: list the records themselves, modified_since."
