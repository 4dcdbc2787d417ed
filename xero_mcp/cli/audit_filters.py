"""What a person types to find records, as the log understands it."""

from datetime import MAXYEAR, MINYEAR, datetime
from decimal import Decimal

from xero_mcp.app import Office
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.money import parse_amount
from xero_mcp.store.tables.audit import AuditFilters
from xero_mcp.text import one_line
from xero_mcp.tool.access import Area

MAX_SEARCHED = 500


def moment(text: str | None, option: str) -> datetime | None:
    """`2026-03-02` or `2026-03-02T09:30`; without a zone it is this machine's.

    Raises:
        CommandError: it is neither.
    """
    if text is None:
        return None
    found = _parsed(text)
    if found is None:
        raise CommandError(
            f"{option}: {one_line(text, limit=40) or 'nothing'} is no moment. Write 2026-03-02, or "
            "2026-03-02T09:30, or with a zone 2026-03-02T09:30Z.",
            exit_code=ExitCode.USAGE,
        )
    return found.astimezone() if found.tzinfo is None else found


def _parsed(text: str) -> datetime | None:
    """None where it is no moment, or one that some zone does not have."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if MINYEAR < found.year < MAXYEAR else None


def amount(text: str | None, option: str) -> Decimal | None:
    """A plain decimal.

    Raises:
        CommandError: it is none.
    """
    if text is None:
        return None
    try:
        return parse_amount(text)
    except ValueError as error:
        raise CommandError(f"{option}: {error}.", exit_code=ExitCode.USAGE) from error


async def narrowed(
    office: Office, filters: AuditFilters, *, organisation: str | None, area: Area | None
) -> AuditFilters:
    """The same, with the organisation's id and the tools of the area."""
    if organisation is not None:
        filters = filters._replace(organisation_id=await _id_of(office, organisation))
    if area is not None:
        tools = tuple(
            card.name
            for card in office.cards.values()
            if any(need.area is area for need in card.possible_needs())
        )
        filters = filters._replace(tools=tools)
    return filters


async def _id_of(office: Office, asked: str) -> str:
    """An organisation's id by its name, from the newest record that names it."""
    records = await office.audit.records(is_live=lambda _: True, limit=MAX_SEARCHED)
    for record in records:
        if record.text("organisation", "name") == asked:
            return record.row.organisation_id or asked
    return asked
