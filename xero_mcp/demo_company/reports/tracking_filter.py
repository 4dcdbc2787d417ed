"""Cutting figures by tracking: to one option, or into a column for each."""

from collections.abc import Sequence
from typing import Final

from xero_mcp.demo_company.kernel import Call, Json, RefusedError
from xero_mcp.demo_company.ledger import Entry
from xero_mcp.demo_company.reports.figures import Keep

_OPTIONS: Final = ("trackingoptionid", "trackingoptionid1", "trackingoptionid2")
_MAX_ECHO: Final = 60


def asked_filters(call: Call) -> Keep | None:
    """Keep what carries the options that were asked for; None where none was."""
    options = [option for name in _OPTIONS if (option := _asked(call, name))]
    if not options:
        return None
    known = {
        option["TrackingOptionID"]
        for category in call.company.table("TrackingCategories")
        for option in category.get("Options", ())
    }
    for option in options:
        if option not in known:
            raise _unknown(option, "option")

    def keep(entry: Entry) -> bool:
        carried = {tracked.option_id for tracked in entry.tracking}
        return all(option in carried for option in options)

    return keep


def option_columns(call: Call) -> list[tuple[str, Keep | None]]:
    """A column for each option of `trackingCategoryID`, for what has none, and for all.

    With `trackingCategoryID2` there is a column for each pair of an option of either.
    """
    first = _columns_of(call, "trackingcategoryid", "trackingoptionid")
    second = _columns_of(call, "trackingcategoryid2", "trackingoptionid2")
    if first and second:
        pairs = [
            (f"{one}, {other}", _both(keep, and_keep))
            for one, keep in first
            for other, and_keep in second
        ]
        return [*pairs, ("Total", None)]
    columns = first or second
    return [*columns, ("Total", None)] if columns else []


def _columns_of(call: Call, name: str, option_name: str) -> Sequence[tuple[str, Keep]]:
    category_id = _asked(call, name)
    if not category_id:
        return ()
    category = call.company.table("TrackingCategories").get(category_id)
    if category is None:
        raise _unknown(category_id, "category")
    if _asked(call, option_name):
        return ()
    options: Sequence[Json] = category.get("Options", ())
    columns = [(option["Name"], _with_option(option["TrackingOptionID"])) for option in options]
    return (*columns, ("Unassigned", _without(category_id)))


def _asked(call: Call, name: str) -> str:
    return call.query.get(name, "").strip().lower()


def _unknown(tracking_id: str, what: str) -> RefusedError:
    """Without it the figures would be those of everything, or of nothing, and nobody would know."""
    message = f"The tracking {what} '{tracking_id[:_MAX_ECHO]}' could not be found"
    return RefusedError(400, {"ErrorNumber": 16, "Type": "QueryParseException", "Message": message})


def _both(first: Keep, second: Keep) -> Keep:
    def keep(entry: Entry) -> bool:
        return first(entry) and second(entry)

    return keep


def _with_option(option_id: str) -> Keep:
    def keep(entry: Entry) -> bool:
        return any(tracked.option_id == option_id for tracked in entry.tracking)

    return keep


def _without(category_id: str) -> Keep:
    def keep(entry: Entry) -> bool:
        return not any(tracked.category_id == category_id for tracked in entry.tracking)

    return keep
