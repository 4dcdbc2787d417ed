"""A `where` cut into words, with the complaints that Xero makes about bad ones."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from xero_mcp.demo_company.kernel import RefusedError

MAX_WHERE_CHARS: Final = 20_000

_TOKEN: Final = re.compile(
    r"""\s*(?:
    (?P<name>[^\W\d]\w*)
  | (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?[mMfFdDlL]?)
  | (?P<string>"(?:[^"]|"")*")
  | (?P<char>'(?:[^']|'')*')
  | (?P<symbol>==|!=|<>|<=|>=|&&|\|\||[=<>!().,\-])
    )""",
    re.VERBOSE,
)
_WORDS: Final = {"and": "&&", "or": "||", "not": "!"}


class QueryParseError(RefusedError):
    """A where or order that cannot be read; the message is Xero's."""

    def __init__(self, message: str) -> None:
        body = {"ErrorNumber": 16, "Type": "QueryParseException", "Message": message}
        super().__init__(400, body)
        self.message = message


class Kind(Enum):
    NAME = "name"
    NUMBER = "number"
    STRING = "string"
    SYMBOL = "symbol"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    text: str


def tokenize(text: str) -> list[Token]:
    """Cut an expression into tokens, with an END at the end.

    Raises:
        QueryParseError: a character or a literal that has no place in an expression.
    """
    if len(text) > MAX_WHERE_CHARS:
        raise QueryParseError("Syntax error")
    tokens: list[Token] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise QueryParseError(_complaint(text[position:].lstrip()))
        tokens.append(_token(match))
        position = match.end()
    return [*tokens, Token(Kind.END, "")]


def _complaint(rest: str) -> str:
    if rest[0] in "\"'":
        return "Unterminated string literal"
    return f"Syntax error '{rest[0]}'"


def _token(match: re.Match[str]) -> Token:
    group = match.lastgroup or ""
    text = match[group]
    if group == "string":
        # Only a doubled quote stands for a quote; a backslash is just a backslash.
        return Token(Kind.STRING, text[1:-1].replace('""', '"'))
    if group == "char":
        return _char(text[1:-1].replace("''", "'"))
    if group == "name" and text.lower() in _WORDS:
        return Token(Kind.SYMBOL, _WORDS[text.lower()])
    return Token(Kind(group), text)


def _char(text: str) -> Token:
    if len(text) != 1:
        raise QueryParseError("Character literal must contain exactly one character")
    return Token(Kind.STRING, text)
