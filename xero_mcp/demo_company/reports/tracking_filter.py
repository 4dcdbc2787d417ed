"""Cutting figures by tracking: to one option, or into a column for each."""

from collections.abc import Sequence

from xero_mcp.demo_company.kernel import Call, Json
from xero_mcp.demo_company.ledger import Entry
from xero_mcp.demo_company.reports.figures import Keep


def asked_filters(call: Call) -> Keep | None:
    """Keep what carries the options that were asked for; None where none was."""
    options = [
        call.query[name].strip().lower()
        for name in (
            "trackingoptionid",
            "trackingoptionid1",
            "trackingoptionid2",
        )
        if call.query.get(name, "").strip()
    ]
    if not options:
        return None

    def keep(entry: Entry) -> bool:
        carried = {tracked.option_id for tracked in entry.tracking}
        return all(option in carried for option in options)

    return keep


def option_columns(call: Call) -> list[tuple[str, Keep | None]]:
    """A column for each option of `trackingCategoryID`, for what has none, and for all."""
    category_id = call.query.get("trackingcategoryid", "").strip().lower()
    if not category_id or call.query.get("trackingoptionid", "").strip():
        return []
    category = call.company.table("TrackingCategories").get(category_id)
    if category is None:
        return []
    options: Sequence[Json] = category.get("Options", ())
    columns: list[tuple[str, Keep | None]] = [
        (option["Name"], _with_option(option["TrackingOptionID"])) for option in options
    ]
    return [*columns, ("Unassigned", _without(category_id)), ("Total", None)]


def _with_option(option_id: str) -> Keep:
    def keep(entry: Entry) -> bool:
        return any(tracked.option_id == option_id for tracked in entry.tracking)

    return keep


def _without(category_id: str) -> Keep:
    def keep(entry: Entry) -> bool:
        return not any(tracked.category_id == category_id for tracked in entry.tracking)

    return keep
