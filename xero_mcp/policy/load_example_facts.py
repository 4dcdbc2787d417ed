"""The facts of an example, as its owner wrote them down."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

from xero_mcp.money import Money, round_cents
from xero_mcp.policy.document import Entry, Text
from xero_mcp.policy.load_conditions import (
    parse_currency,
    parse_id,
    parse_media,
    parse_size,
    parse_tracking,
)
from xero_mcp.policy.read import (
    Reader,
    parse_count,
    parse_duration,
    parse_positive_money,
    parse_true_false,
)
from xero_mcp.tool.facts import Facts, Words

T = TypeVar("T")

NOT_ESTABLISHED = "unknown"
"""The value of a fact that applies to the call but could not be worked out."""

_WORDS_OF: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **{
            fact: (fact,)
            for fact in (
                "base_total",
                "gross",
                "contact_known_for",
                "period_locked",
                "bank_details_change",
                "email_change",
                "emails_outside",
                "new_contact",
                "recipient_not_stored",
                "duplicate",
                "read_others_text",
                "account_codes",
                "tracking",
                "tax_types",
                "items",
                "line_count",
            )
        },
        "total": ("total", "amount"),
        "currencies": ("currency",),
        "statuses": ("status",),
        "document_types": ("document_type",),
        "contact_ids": ("contact_id",),
        "attachment_types": ("attachment_type",),
        "attachment_bytes": ("attachment_size",),
        "days_old": ("days_old", "days_ahead"),
    }
)
"""Fact -> the words by which an example gives it."""


class FactsReader:
    """Reads the facts of one example.

    `stated` is what the tool's own arguments say of the document; `given` has no argument of
    the tool in it.
    """

    def __init__(self, read: Reader, given: Mapping[str, Entry], stated: Mapping[str, str]) -> None:
        self._read = read
        self._given = given
        self._stated = stated

    def facts(self) -> Facts:
        total = self._total()
        contact_id = self._fact("contact_id", parse_id)
        return Facts(
            total=total,
            base_total=self._fact("base_total", parse_positive_money),
            elsewhere=self._elsewhere(total),
            rates_said=self._rates_said(total),
            gross=self._fact("gross", parse_positive_money),
            contact_id=contact_id,
            contact_known_for=self._fact("contact_known_for", parse_duration),
            new_contact=self._flag("new_contact"),
            period_locked=self._flag("period_locked"),
            bank_details_change=self._flag("bank_details_change"),
            email_change=self._flag("email_change"),
            emails_outside=self._flag("emails_outside"),
            recipient_not_stored=self._flag("recipient_not_stored"),
            duplicate=self._flag("duplicate"),
            read_others_text=self._flag("read_others_text"),
            currencies=self._one("currency", parse_currency) or _words(total and total.currency),
            statuses=self._one("status") or _words(self._stated.get("status")),
            document_types=self._one("document_type") or _words(self._stated.get("type")),
            contact_ids=_words(contact_id),
            account_codes=self._all("account_codes"),
            tracking=self._all("tracking", parse_tracking),
            tax_types=self._all("tax_types"),
            items=self._all("items"),
            reports=_words(self._stated.get("report")),
            attachment_types=self._one("attachment_type", parse_media),
            attachment_bytes=self._fact("attachment_size", parse_size),
            line_count=self._fact("line_count", parse_count),
            days_old=self._days(),
            unknown=MappingProxyType(dict(self._missing())),
        )

    def _total(self) -> Money | None:
        total = self._fact("total", parse_positive_money)
        return total or self._fact("amount", parse_positive_money)

    def _elsewhere(self, total: Money | None) -> tuple[Money, ...]:
        """The total at the rate that the example gives."""
        rate = self._fact("rate", parse_positive_money)
        if rate is None or total is None:
            return ()
        return (Money(round_cents(total.amount * rate.amount), rate.currency),)

    def _rates_said(self, total: Money | None) -> str:
        rate = self._fact("rate", parse_positive_money)
        return f"1 {total.currency} = {rate}" if total and rate else ""

    def _missing(self) -> list[tuple[str, str]]:
        return [
            (fact, "the example says so")
            for fact, words in _WORDS_OF.items()
            if any(_is_not_established(self._given.get(word)) for word in words)
        ]

    def _fact(self, word: str, parse: Callable[[str], T]) -> T | None:
        entry = self._given.get(word)
        return None if _is_not_established(entry) else self._read.parsed(entry, parse)

    def _flag(self, word: str) -> bool | None:
        return self._fact(word, parse_true_false)

    def _one(self, word: str, parse: Callable[[str], str] = str) -> Words | None:
        return _words(self._fact(word, parse))

    def _all(self, word: str, parse: Callable[[str], str] = str) -> Words | None:
        entry = self._given.get(word)
        if entry is None or _is_not_established(entry):
            return None
        return frozenset(self._read.parsed_all(entry, parse, "words"))

    def _days(self) -> tuple[int, ...] | None:
        ahead = self._fact("days_ahead", parse_count)
        old = self._fact("days_old", parse_count) if ahead is None else -ahead
        return None if old is None else (old,)


def _words(word: str | None) -> Words | None:
    return None if word is None else frozenset({word})


def _is_not_established(entry: Entry | None) -> bool:
    return (
        entry is not None and isinstance(entry.value, Text) and entry.value.value == NOT_ESTABLISHED
    )
