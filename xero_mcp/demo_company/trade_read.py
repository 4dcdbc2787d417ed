"""What was sent for an invoice or a credit note, laid over what is stored."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, cast

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.currencies import asked_currency, asked_rate, day_rate
from xero_mcp.demo_company.kernel import Company, Event, Json
from xero_mcp.demo_company.lines import AmountTypes, LineRules, Totals, read_line, totals_of
from xero_mcp.demo_company.parameters import MAX_DAY, MIN_DAY
from xero_mcp.demo_company.trade_rules import AMOUNT_TYPES

MAX_LINES: Final = 1000
MAX_TEXT: Final = 255
MAX_URL: Final = 2000
MAX_TOTAL: Final = Decimal(10) ** 12


@dataclass(slots=True)
class Draft:
    """A document while it is being put together, with what is wrong with it so far."""

    company: Company
    element: Json
    before: Json | None
    document: Json = field(default_factory=dict[str, Any])
    problems: list[str] = field(default_factory=list[str])
    events: tuple[Event, ...] = ()

    def asked(self, name: str) -> bool:
        return self.element.get(name) is not None

    @property
    def kept(self) -> Json:
        """The document as it is stored; empty where it is new."""
        return self.before or {}


def read_text(draft: Draft, name: str, *, most: int = MAX_TEXT) -> str | None:
    """The text that was sent, else the one that is stored."""
    if not draft.asked(name):
        return draft.kept.get(name)
    value = sent.text(draft.element, name) or ""
    if len(value) > most:
        draft.problems.append(f"The field {name} must not be longer than {most} characters")
    return value


def read_day(draft: Draft, name: str) -> date | None:
    """The day that was sent, else the one that is stored, within the years that Xero keeps."""
    value = sent.day(draft.element, name)
    if value is None:
        return draft.kept.get(name)
    if not MIN_DAY <= value <= MAX_DAY:
        draft.problems.append(f"The {name} must be between {MIN_DAY} and {MAX_DAY}")
        return draft.kept.get(name)
    return value


def read_amount_types(draft: Draft, default: AmountTypes) -> AmountTypes:
    if not draft.asked("LineAmountTypes"):
        return draft.kept.get("LineAmountTypes") or default
    asked = sent.stripped(draft.element, "LineAmountTypes")
    known = AMOUNT_TYPES.get(asked.lower())
    if known is None:
        draft.problems.append(f"LineAmountTypes '{asked}' is not valid")
    return cast("AmountTypes", known or default)


def read_currency(draft: Draft, default: str) -> tuple[str, Decimal]:
    """The currency and its rate: as sent, else as stored, else the rate of the day."""
    company = draft.company
    currency = asked_currency(
        company, draft.element, draft.kept.get("CurrencyCode") or default, draft.problems
    )
    rate = asked_rate(company, draft.element, currency, draft.problems)
    if rate is None and currency == draft.kept.get("CurrencyCode"):
        rate = draft.kept.get("CurrencyRate")
    return currency, rate or day_rate(company, currency)


def read_lines(draft: Draft, rules: LineRules) -> list[Json]:
    """Lines as Xero takes them: sent ones replace the stored, of which those left out are gone.

    Without LineItems the stored lines stay; they are worked out anew where the tax changes.
    """
    before = {line["LineItemID"]: line for line in _stored_lines(draft, rules)}
    asked = sent.objects(draft.element, "LineItems")
    if asked is None:
        asked = list(before.values())
    if len(asked) > MAX_LINES:
        draft.problems.append(f"At most {MAX_LINES} line items are allowed")
        asked = asked[:MAX_LINES]
    used: set[str] = set()
    lines: list[Json] = []
    for item in asked:
        line_id = sent.guid(item, "LineItemID") or ""
        known = before.get(line_id) if line_id not in used else None
        used.add(line_id)
        lines.append(read_line(draft.company, rules, item, known, draft.problems))
    return lines


def put_totals(draft: Draft, lines: list[Json], amounts: AmountTypes) -> Totals:
    totals = totals_of(lines, amounts)
    if abs(totals.total) >= MAX_TOTAL:
        draft.problems.append("The document total is too large")
    if totals.total < 0:
        draft.problems.append("The document total must not be negative")
    draft.document.update(SubTotal=totals.sub_total, TotalTax=totals.tax, Total=totals.total)
    return totals


def put_days(document: Json, **days: date | None) -> None:
    """Each day with its …String twin."""
    for name, day in days.items():
        document.pop(name, None)
        document.pop(f"{name}String", None)
        if day is not None:
            document[f"{name}String"] = f"{day.isoformat()}T00:00:00"
            document[name] = day


def _stored_lines(draft: Draft, rules: LineRules) -> list[Json]:
    """The stored lines; without their tax where it must be worked out anew."""
    lines: list[Json] = draft.kept.get("LineItems") or []
    before = draft.kept.get("LineAmountTypes")
    if before == rules.amounts:
        return lines
    tax = {"TaxAmount": None} | ({"TaxType": None} if before == "NoTax" else {})
    return [{**line, **tax} for line in lines]
