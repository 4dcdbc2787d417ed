"""What a word of the policy file is, before there is any."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Shape(StrEnum):
    """What a value looks like; `schema` and `reference` show each."""

    NAME = "a name in lower case"
    TEXT = "text"
    EMAIL = "an email address"
    EMAILS = "a list of email addresses"
    DATE = "a date, YYYY-MM-DD"
    MONEY = "an amount with its currency"
    CURRENCY = "a currency"
    RATE = "an amount of another currency"
    DURATION = "a number with s, m, h or d"
    COUNT = "a whole number"
    HOURS = "days, times and a time zone"
    MODE = "enforce or watch"
    ATTRIBUTION = "none or history-note"
    OUTCOME = "allow, ask or deny"
    NAMES = "a list of names or ids"
    TOOLS = "a list of tools"
    SCOPES = "a list of Xero's scopes"
    NEVER = "a list of never words"
    LEVEL = "a level"
    LEVEL_OR_REPORTS = "a level, or a list of reports"
    FIELDS = "a list of fields"
    SECTION = "keys of its own"
    SECTIONS = "a list of entries"
    TRUE_FALSE = "true or false"
    CURRENCIES = "a list of currencies"
    STATUSES = "a list of status words"
    DOCUMENT_TYPES = "a list of document types"
    REPORTS = "a list of reports"
    IDS = "a list of ids"
    CODES = "a list of account codes and ranges"
    TEXTS = "a list of words"
    MEDIA = "a list of types of files"
    SIZE = "a size in kB or MB"
    READING = "untrusted_text"
    ANY = "as the argument has it"


class Word(NamedTuple):
    """One key of the file."""

    name: str
    shape: Shape
    means: str
    example: str = ""
    required: bool = False
    enforced: bool = True


def table_of(*words: Word) -> Mapping[str, Word]:
    return MappingProxyType({word.name: word for word in words})


def enforced(table: Mapping[str, Word]) -> Iterable[Word]:
    """The words of a table that a file may use today."""
    return (word for word in table.values() if word.enforced)
