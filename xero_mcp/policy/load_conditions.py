"""The conditions of a rule: each word, and how its value is read."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

from xero_mcp.policy.conditions import (
    Among,
    Condition,
    ContactKnownForLessThan,
    CountOver,
    Dated,
    Flag,
    TotalOver,
    TotalUnder,
)
from xero_mcp.policy.document import Entry
from xero_mcp.policy.listed import MAX_LISTED, CodeRange, Listed
from xero_mcp.policy.plain import shown
from xero_mcp.policy.read import (
    Reader,
    parse_count,
    parse_duration,
    parse_positive_money,
    parse_true_false,
)
from xero_mcp.policy.tool_names import ToolNames
from xero_mcp.policy.vocabulary import REPORTS

T = TypeVar("T")

_RANGE = re.compile(r"([0-9]{1,10})-([0-9]{1,10})")
_CODE = re.compile(r"[!-~]{1,10}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MEDIA = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")
_SIZE = re.compile(r"([1-9][0-9]{0,5})(kB|MB)")
_BYTES = {"kB": 1_000, "MB": 1_000_000}


class Source:
    """What a reader of conditions works with."""

    def __init__(self, read: Reader, tools: ToolNames) -> None:
        self.read = read
        self.tools = tools


ConditionReader = Callable[[Source, Entry], Condition | None]


def _parsed(parse: Callable[[str], T], make: Callable[[T], Condition]) -> ConditionReader:
    def read(source: Source, entry: Entry) -> Condition | None:
        value = source.read.parsed(entry, parse)
        return None if value is None else make(value)

    return read


def _flag(fact: str, so: str, not_so: str) -> ConditionReader:
    return _parsed(
        parse_true_false, lambda wanted: Flag(fact=fact, wanted=wanted, so=so, not_so=not_so)
    )


def _count(fact: str, phrase: str, parse: Callable[[str], int] = parse_count) -> ConditionReader:
    return _parsed(parse, lambda limit: CountOver(fact=fact, limit=limit, phrase=phrase))


Words = Callable[[Source, Entry], list[str]]


def _among(
    fact: str, nouns: tuple[str, str], words: Words, *, outside: bool = False
) -> ConditionReader:
    def read(source: Source, entry: Entry) -> Condition | None:
        found = words(source, entry)
        if len(found) > MAX_LISTED:
            source.read.findings.add(entry.value.at, f"more than {MAX_LISTED} are listed")
        if not found:
            return None
        return Among(
            fact=fact,
            noun=nouns[0],
            whole_noun=nouns[1],
            listed=_listed(fact, found),
            outside=outside,
        )

    return read


def _listed(fact: str, found: list[str]) -> Listed:
    ranges = [_RANGE.fullmatch(word) if fact == "account_codes" else None for word in found]
    return Listed(
        words=tuple(word for word, codes in zip(found, ranges, strict=True) if codes is None),
        ranges=tuple(CodeRange(codes[1], codes[2]) for codes in ranges if codes is not None),
        categories=fact == "tracking",
    )


def _each(parse: Callable[[str], str], what: str) -> Words:
    return lambda source, entry: source.read.parsed_all(entry, parse, what)


def _values_of(argument: str, what: str) -> Words:
    def words(source: Source, entry: Entry) -> list[str]:
        known = source.tools.values_of(argument)
        return [word for word, _ in source.read.choices(entry, known, what)]

    return words


def _reports(source: Source, entry: Entry) -> list[str]:
    return [word for word, _ in source.read.choices(entry, REPORTS, "report")]


def _matching(pattern: re.Pattern[str], such: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(f"{shown(text)} is not {such}")
        return text

    return parse


def parse_codes(text: str) -> str:
    """One account code, or a range of them."""
    codes = _RANGE.fullmatch(text)
    if codes is not None:
        if len(codes[1]) > len(codes[2]) or int(codes[1]) > int(codes[2]):
            raise ValueError(f"{shown(text)} runs backwards: the smaller code comes first")
        return text
    if not _CODE.fullmatch(text):
        raise ValueError(f"{shown(text)} is not an account code such as 400, or a range 400-499")
    return text


def parse_tracking(text: str) -> str:
    """`Region: North`, as the facts have it, however it is spaced; or `Region`, or `none`."""
    category, colon, option = (part.strip() for part in text.partition(":"))
    if not category or (colon and not option):
        raise ValueError(f"{shown(text)} is not tracking such as Region, Region: North or none")
    return f"{category}: {option}" if colon else category


def parse_size(text: str) -> int:
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f"{shown(text)} is not a size such as 500kB or 5MB")
    return int(match[1]) * _BYTES[match[2]]


parse_currency = _matching(_CURRENCY, "a currency such as USD")
parse_id = _matching(_ID, "a contact's id, as list-contacts shows it")
parse_media = _matching(_MEDIA, "a type of file such as application/pdf")

_ACCOUNT = ("the account of a line", "the account of every line")
_TAX = ("the tax type of a line", "the tax type of every line")
_ITEM = ("the item of a line", "the item of every line")
_TRACKING = ("the tracking of a line", "the tracking of every line")
_CONTACT = ("the contact", "every contact")
_CURRENCIES = ("the currency", "the currency")
_CODES = _each(parse_codes, "account codes")
_MONEY_CODES = _each(parse_currency, "currencies")
_IDS = _each(parse_id, "ids")
_TEXTS = _each(str, "words")
_TRACKED = _each(parse_tracking, "tracking")

UNTRUSTED_TEXT = "untrusted_text"
AFTER_READING = Flag(
    fact="read_others_text",
    wanted=True,
    so="the conversation has read text that others wrote",
    not_so="the conversation has read no text that others wrote",
)
"""What `after_reading` adds to each clause of its rule."""

CONDITIONS: Mapping[str, ConditionReader] = MappingProxyType(
    {
        "total_over": _parsed(parse_positive_money, TotalOver),
        "total_under": _parsed(parse_positive_money, TotalUnder),
        "currency": _among("currencies", _CURRENCIES, _MONEY_CODES),
        "currency_not_in": _among("currencies", _CURRENCIES, _MONEY_CODES, outside=True),
        "status": _among(
            "statuses", ("the status", "the status"), _values_of("status", "status word")
        ),
        "document_type": _among(
            "document_types", ("the type", "the type"), _values_of("type", "document type")
        ),
        "contact_in": _among("contact_ids", _CONTACT, _IDS),
        "contact_not_in": _among("contact_ids", _CONTACT, _IDS, outside=True),
        "contact_known_for_less_than": _parsed(parse_duration, ContactKnownForLessThan),
        "new_contact": _flag(
            "new_contact",
            "the contact is new: made by this call, or without any invoice or bill so far",
            "the contact has an invoice or a bill already",
        ),
        "account_code_in": _among("account_codes", _ACCOUNT, _CODES),
        "account_code_not_in": _among("account_codes", _ACCOUNT, _CODES, outside=True),
        "tracking": _among("tracking", _TRACKING, _TRACKED),
        "tracking_not_in": _among("tracking", _TRACKING, _TRACKED, outside=True),
        "tax_type": _among("tax_types", _TAX, _TEXTS),
        "tax_type_not_in": _among("tax_types", _TAX, _TEXTS, outside=True),
        "item": _among("items", _ITEM, _TEXTS),
        "item_not_in": _among("items", _ITEM, _TEXTS, outside=True),
        "line_count_over": _count("line_count", "there are more than {} lines"),
        "date_older_than": _parsed(parse_duration, lambda limit: Dated(limit=limit, ahead=False)),
        "date_newer_than": _parsed(parse_duration, lambda limit: Dated(limit=limit, ahead=True)),
        "period_locked": _flag(
            "period_locked", "the date is in a locked period", "the date is in no locked period"
        ),
        "recipient_not_stored": _flag(
            "recipient_not_stored",
            "it would be sent to an address that is not the contact's own",
            "it would be sent to the contact's own address",
        ),
        "duplicate": _flag(
            "duplicate",
            "it is a duplicate that the agent says is known",
            "it is no known duplicate",
        ),
        "attachment_type": _among(
            "attachment_types",
            ("the type of the file", "the type of every file"),
            _each(parse_media, "types of files"),
        ),
        "attachment_type_not_in": _among(
            "attachment_types",
            ("the type of the file", "the type of every file"),
            _each(parse_media, "types of files"),
            outside=True,
        ),
        "attachment_size_over": _count(
            "attachment_bytes", "the file has more than {} bytes", parse_size
        ),
        "bank_details_would_change": _flag(
            "bank_details_change",
            "bank details would change",
            "bank details would not change",
        ),
        "email_would_change": _flag(
            "email_change",
            "a contact's email address would change",
            "no contact's email address would change",
        ),
        "report": _among("reports", ("the report", "the report"), _reports),
    }
)
"""Word of a condition -> how its value is read."""
