"""A change as a row: when, what, by whom, and what is different now."""

from collections.abc import Iterator, Mapping, Sequence

from xero_mcp.clock import to_iso
from xero_mcp.tool.access import Area
from xero_mcp.tool.feed import Change

INVOICES = "invoices"
PLAIN_FIELDS = frozenset(
    {
        "amount",
        "amount_credited",
        "amount_due",
        "amount_paid",
        "bank_details",
        "contact_id",
        "currency",
        "date",
        "debits",
        "delivery_date",
        "due_date",
        "expiry_date",
        "invoice_id",
        "of",
        "purchase_account",
        "purchase_price",
        "reconciled",
        "remaining",
        "sales_account",
        "sales_price",
        "source",
        "source_id",
        "status",
        "subtotal",
        "tax",
        "tax_type",
        "total",
        "type",
        "updated_at",
    }
)
"""Fields without text by others; any other may have some."""
SHOWN_APART = frozenset({"number", "contact"})
NUMBERS = ("number", "code")


def columns_of(organisations: Mapping[str, str]) -> list[str]:
    """The organisation is told where there are several."""
    several = ["organisation"] if len(organisations) > 1 else []
    return ["at", *several, "what", "id", "number", "contact", "kind", "by", "changed"]


def rows_of(changes: Sequence[Change], organisations: Mapping[str, str]) -> list[list[object]]:
    return [list(_cells(change, organisations)) for change in changes]


def by_others(changes: Sequence[Change]) -> list[str] | None:
    """The columns that show text by others in some row."""
    names = [
        name
        for name, has_some in (
            ("number", any(map(_number, changes))),
            ("contact", any(map(_contact, changes))),
            ("changed", any(set(_changed(one)) - PLAIN_FIELDS for one in changes)),
        )
        if has_some
    ]
    return names or None


def _cells(change: Change, organisations: Mapping[str, str]) -> Iterator[object]:
    yield to_iso(change.changed_at)
    if len(organisations) > 1:
        yield organisations[change.organisation_id]
    yield change.area.value if change.resource == INVOICES else change.resource
    yield change.id
    yield _number(change)
    yield _contact(change)
    yield change.kind.value
    yield f"us: {change.audit_id}" if change.audit_id else "others"
    yield _changed(change) or None


def _number(change: Change) -> str | None:
    return next((change.now[name] for name in NUMBERS if change.now.get(name)), None)


def _contact(change: Change) -> str | None:
    name = "name" if change.area is Area.CONTACTS else "contact"
    return change.now.get(name) or None


def _changed(change: Change) -> dict[str, object]:
    """Each field as it was and as it is; where nothing was known of it before, as it is."""
    if change.before is None:
        return {
            name: value for name, value in change.after.items() if name not in SHOWN_APART and value
        }
    names = dict.fromkeys((*change.before, *change.after))
    return {name: [change.before.get(name, ""), change.after.get(name, "")] for name in names}
