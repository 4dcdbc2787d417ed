"""What the parsed arguments alone tell of a call, in the facts that a policy asks for.

A tool that says nothing of its own is read by the names of its arguments: `lines`,
`account_code`, `contact_id`, `date`. What should be there and is not counts as not
established, so that no tool can forget a rule.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, cast

from xero_mcp.tool.access import Area, Need
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.facts import NONE, Facts, Words

LINES = "lines"
FULL_DISCOUNT = Decimal(100)
STATED: Words = frozenset(
    {
        "gross",
        "currencies",
        "statuses",
        "document_types",
        "contact_ids",
        "new_contact",
        "account_codes",
        "tracking",
        "tax_types",
        "items",
        "reports",
        "attachment_types",
        "attachment_bytes",
        "line_count",
        "days_old",
        "recipient_not_stored",
    }
)
"""The facts that are filled in here where a tool leaves them out."""

_OF_LINES = ("account_codes", "tax_types", "items", "tracking", "line_count")
_WITH_A_CONTACT = frozenset(
    {
        Area.INVOICES,
        Area.BILLS,
        Area.CREDIT_NOTES,
        Area.PAYMENTS,
        Area.BANK_TRANSACTIONS,
        Area.QUOTES,
        Area.PURCHASE_ORDERS,
        Area.REPEATING_INVOICES,
        Area.LINKED_TRANSACTIONS,
    }
)
IN_XERO = "it stands in Xero, and was not looked up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stating:
    """A call as its arguments state it."""

    card: ToolCard
    values: Mapping[str, object]
    """Parsed, as plain JSON."""
    needs: Sequence[Need]
    today: date


@dataclass(slots=True)
class _Found:
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    unknown: dict[str, str] = field(default_factory=dict[str, str])


def with_stated(facts: Facts, stating: Stating, *, strictly: bool = True) -> Facts:
    """The facts with what the arguments tell; what a tool has established stands.

    Args:
        facts: what the tool worked out.
        stating: the call.
        strictly: whether what is missing counts as not established, or as not applying. Then
            the lines that a change names are all that is known of the document.
    """
    found = _Found()
    found.facts["reports"] = _reports(stating.needs)
    if stating.card.writes:
        _read_document(facts, stating, found)
        _read_lines(stating, found, strictly=strictly)
        _read_surroundings(facts, stating, found)
    has = {name for name in STATED if getattr(facts, name) is not None} | set(facts.unknown)
    more = {name: value for name, value in found.facts.items() if name not in has}
    unknown = dict(facts.unknown)
    if strictly:
        unknown |= {name: why for name, why in found.unknown.items() if name not in has}
    return replace(facts, **more, unknown=unknown)


def _reports(needs: Sequence[Need]) -> Words | None:
    return frozenset(need.report for need in needs if need.report is not None) or None


def _read_document(facts: Facts, stating: Stating, found: _Found) -> None:
    names = argument_names(stating.card.input_schema)
    for name, argument in (("statuses", "status"), ("document_types", "type")):
        given = frozenset(texts_of(stating.values, argument))
        if given:
            found.facts[name] = given
        elif argument in names or _is_found_out(stating.card, argument):
            found.unknown[name] = IN_XERO
    currencies = frozenset(texts_of(stating.values, "currency"))
    if facts.total is not None:
        found.facts["currencies"] = currencies | {facts.total.currency}
    elif "currency" in names or "total" in facts.unknown:
        found.unknown["currencies"] = "the currency is not said"
    _read_contact(facts, stating, found)
    _read_dates(facts, stating, found, applies="date" in names)


def _is_found_out(card: ToolCard, argument: str) -> bool:
    return card.area_by is not None and card.area_by.argument == f"({argument})"


def _read_contact(facts: Facts, stating: Stating, found: _Found) -> None:
    given = frozenset(texts_of(stating.values, "contact_id"))
    contacts = given | {facts.contact_id} if facts.contact_id else given
    if contacts:
        found.facts["contact_ids"] = contacts
        found.unknown["new_contact"] = "nobody looked whether the contact has documents"
    elif _WITH_A_CONTACT & {need.area for need in stating.needs}:
        found.unknown["contact_ids"] = found.unknown["new_contact"] = IN_XERO
    elif stating.card.area is Area.CONTACTS and not _edits(stating.card):
        found.facts["new_contact"] = True


def _read_dates(facts: Facts, stating: Stating, found: _Found, *, applies: bool) -> None:
    dates = {date.fromisoformat(text) for text in texts_of(stating.values, "date")}
    if facts.document_date is not None:
        dates.add(facts.document_date)
    if dates:
        found.facts["days_old"] = tuple(sorted((stating.today - each).days for each in dates))
    elif applies and _edits(stating.card):
        found.unknown["days_old"] = IN_XERO
    elif applies:
        found.facts["days_old"] = (0,)


def _read_lines(stating: Stating, found: _Found, *, strictly: bool) -> None:
    if LINES not in argument_names(stating.card.input_schema):
        _read_accounts(stating, found)
        return
    documents = list(_lines(stating.values))
    if not documents or (strictly and _edits(stating.card)):
        found.unknown.update(dict.fromkeys(_OF_LINES, IN_XERO))
        found.unknown["gross"] = IN_XERO
        return
    lines = [line for document in documents for line in document]
    found.facts["line_count"] = max(len(document) for document in documents)
    found.facts["items"] = frozenset(str(line.get("item_code") or NONE) for line in lines)
    found.facts["tracking"] = frozenset(word for line in lines for word in _tracking(line))
    for name, argument in (("account_codes", "account_code"), ("tax_types", "tax_type")):
        given = frozenset(str(line.get(argument) or "") for line in lines)
        if all(word.isascii() and word for word in given):
            found.facts[name] = given
        else:
            found.unknown[name] = "a line leaves it to Xero, or has letters that are not plain"
    if any(_is_below_zero(line) for line in lines):
        found.unknown["gross"] = "a line is below zero"


def _read_accounts(stating: Stating, found: _Found) -> None:
    """The accounts of what has no lines: a payment, a transfer."""
    given = frozenset(
        str(value) for key, value in _pairs(stating.values) if key.endswith("account_code")
    )
    if any(key.endswith("account_id") for key, _ in _pairs(stating.values)):
        found.unknown["account_codes"] = "an account is named by its id"
    elif given:
        found.facts["account_codes"] = given


def _read_surroundings(facts: Facts, stating: Stating, found: _Found) -> None:
    if any(reach.path.endswith("/Email") for reach in stating.card.reaches):
        found.unknown["recipient_not_stored"] = "nobody looked where it would go"
    if stating.card.area is Area.ATTACHMENTS and facts.attachment_bytes is None:
        found.unknown["attachment_types"] = found.unknown["attachment_bytes"] = "not looked at"


def _edits(card: ToolCard) -> bool:
    """Whether it changes what is there: its arguments then do not tell the whole document."""
    return any(reach.method == "POST" and "{" in reach.path for reach in card.reaches)


def argument_names(schema: object) -> Words:
    """The names of arguments that a schema has, however deep."""
    return frozenset(name for name, _ in _arguments(schema))


def argument_values(schema: object, argument: str) -> Words:
    """The values that a schema gives to choose from for arguments of that name."""
    chosen = [inner.get("enum", ()) for name, inner in _arguments(schema) if name == argument]
    return frozenset(str(value) for values in chosen for value in values)


def _arguments(schema: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, inner in _pairs(schema):
        if key == "properties" and isinstance(inner, Mapping):
            for name, described in cast("Mapping[str, object]", inner).items():
                if isinstance(described, Mapping):
                    yield name, cast("Mapping[str, Any]", described)


def _pairs(value: object) -> Iterator[tuple[str, object]]:
    """Every name and value in plain JSON, however deep."""
    if isinstance(value, Mapping):
        for key, inner in cast("Mapping[str, object]", value).items():
            yield key, inner
            yield from _pairs(inner)
    elif isinstance(value, list | tuple):
        for inner in cast("Sequence[object]", value):
            yield from _pairs(inner)


def texts_of(values: object, argument: str) -> Iterator[str]:
    """Every text that is given for an argument of that name, however deep."""
    for key, value in _pairs(values):
        if key == argument and isinstance(value, str):
            yield value


def _lines(values: object) -> Iterator[list[Mapping[str, Any]]]:
    for key, value in _pairs(values):
        if key == LINES and isinstance(value, list) and value:
            lines = cast("list[object]", value)
            yield [cast("Mapping[str, Any]", one) for one in lines if isinstance(one, Mapping)]


def _tracking(line: Mapping[str, Any]) -> Iterator[str]:
    chosen: object = line.get("tracking") or ()
    listed = cast("Sequence[object]", chosen) if isinstance(chosen, list | tuple) else (chosen,)
    for one in listed:
        if isinstance(one, Mapping):
            option = cast("Mapping[str, object]", one)
            yield f"{option.get('category', '')}: {option.get('option', '')}"
        else:  # as it is sent, and not parsed yet
            category, _, option = str(one).partition(":")
            yield f"{category.strip()}: {option.strip()}"
    if not listed:
        yield NONE


def _is_below_zero(line: Mapping[str, Any]) -> bool:
    numbers = [Decimal(str(line.get(name) or 1)) for name in ("quantity", "unit_amount")]
    discount = Decimal(str(line.get("discount_rate") or 0))
    signs = [number < 0 for number in numbers] + [discount > FULL_DISCOUNT]
    return sum(signs) % 2 == 1
