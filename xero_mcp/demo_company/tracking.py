"""Tracking on lines: at most two categories, each with one option."""

from collections.abc import Sequence
from typing import Any, Final

from xero_mcp.demo_company.kernel import Company, Json
from xero_mcp.demo_company.ledger import Tracked
from xero_mcp.demo_company.sent import guid, objects, stripped

MAX_PER_LINE: Final = 2


def asked_tracking(company: Company, sent: Json, problems: list[str]) -> list[Json]:
    """The tracking of a line as it is stored: name, option and both ids."""
    chosen: list[Json] = []
    for item in (objects(sent, "Tracking") or [])[: MAX_PER_LINE + 1]:
        category = _category(company, item)
        option = _option(category, item) if category else None
        if category is None or option is None:
            label = stripped(item, "Name") or stripped(item, "TrackingCategoryID")
            problems.append(f"The tracking option for '{label}' could not be found")
            continue
        chosen.append(
            {
                "Name": category["Name"],
                "Option": option["Name"],
                "TrackingCategoryID": category["TrackingCategoryID"],
                "TrackingOptionID": option["TrackingOptionID"],
            }
        )
    if len(chosen) > MAX_PER_LINE:
        problems.append("A maximum of 2 tracking categories can be used on a line")
    if len({item["TrackingCategoryID"] for item in chosen}) != len(chosen):
        problems.append("A tracking category can be used only once on a line")
    return chosen


def tracked(line: Json) -> tuple[Tracked, ...]:
    """The tracking of a stored line as the ledger keeps it."""
    return tuple(
        Tracked(
            category_id=item["TrackingCategoryID"],
            option_id=item["TrackingOptionID"],
            name=item["Name"],
            option=item["Option"],
        )
        for item in line.get("Tracking", ())
    )


def in_lists(line: Json) -> list[Json]:
    """Lists show an empty Options and leave out the option's id."""
    return [
        {
            "Name": item["Name"],
            "Option": item["Option"],
            "TrackingCategoryID": item["TrackingCategoryID"],
            "Options": [],
        }
        for item in line["Tracking"]
    ]


def _category(company: Company, item: Json) -> Json | None:
    table = company.table("TrackingCategories")
    category_id = guid(item, "TrackingCategoryID")
    if category_id is not None:
        return table.get(category_id)
    found = table.find("name", stripped(item, "Name").lower())
    return found[0] if found else None


def _option(category: Json, item: Json) -> Json | None:
    option_id = guid(item, "TrackingOptionID")
    name = stripped(item, "Option").lower()
    options: Sequence[Any] = category.get("Options", ())
    for option in options:
        if option.get("Status", "ACTIVE") != "ACTIVE":
            continue
        if option["TrackingOptionID"] == option_id if option_id else option["Name"].lower() == name:
            return option
    return None
