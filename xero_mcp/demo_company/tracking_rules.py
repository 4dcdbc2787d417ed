"""What tracking categories and options may be called, and whether any document carries them."""

from collections.abc import Iterable
from typing import Final

from xero_mcp.demo_company.kernel import Company, ElementRefusedError, Json

MAX_ACTIVE_CATEGORIES: Final = 2
MAX_OPTIONS: Final = 100
MAX_NAME: Final = 100


def new_option(company: Company, name: str) -> Json:
    option = {"TrackingOptionID": company.new_id(), "Name": name}
    return with_status(option, "ACTIVE")


def with_status(option: Json, status: str) -> Json:
    """Show the status as Xero does: as a word and as three truth values."""
    return {
        **option,
        "Status": status,
        "HasValidationErrors": False,
        "IsDeleted": status == "DELETED",
        "IsArchived": status == "ARCHIVED",
        "IsActive": status == "ACTIVE",
    }


def refuse_name(name: str, others: Iterable[str]) -> None:
    """Refuse a name that is missing, too long or taken."""
    if not name:
        raise ElementRefusedError("Please enter a Name.")
    if len(name) > MAX_NAME:
        raise ElementRefusedError(f"The Name must be {MAX_NAME} characters or less.")
    if name.casefold() in {other.casefold() for other in others}:
        raise ElementRefusedError("Please enter a unique Name.")


def category_in_use(company: Company, category_id: str, option_id: str = "") -> bool:
    """Say whether a journal carries the category, or the one option of it."""
    return any(
        tracked.category_id == category_id and option_id in {"", tracked.option_id}
        for journal in company.ledger.journals
        for entry in journal.entries
        for tracked in entry.tracking
    )
