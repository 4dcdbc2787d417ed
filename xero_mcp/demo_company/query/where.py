"""The `where` of a list: a small grammar, read into a predicate over documents.

    any     = all { ("OR" | "||") all }
    all     = test { ("AND" | "&&") test }
    test    = operand [ ("=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">=") operand ]
    operand = "!" operand | "-" number | primary { "." name [ "(" [ any { "," any } ] ")" ] }
    primary = "(" any ")" | string | number | true | false | null | field
            | DateTime "(" numbers ")" | DateTime.Parse "(" string ")" | Guid "(" string ")"

Every operand knows its type when it is read, so that `InvoiceID=="…"` is refused in Xero's words
before a document is looked at.
"""

from typing import Final

from xero_mcp.demo_company.query.fields import BOOL, DECIMAL, NULL, STRING, fields_of
from xero_mcp.demo_company.query.literals import datetime_literal, guid_literal, number_literal
from xero_mcp.demo_company.query.operands import (
    Operand,
    Predicate,
    all_of,
    any_of,
    compare,
    constant,
    field_operand,
    negate,
    truth,
)
from xero_mcp.demo_company.query.text_methods import call_method
from xero_mcp.demo_company.query.tokens import Kind, QueryParseError, Token, tokenize

MAX_NESTING: Final = 40

_COMPARISONS: Final = frozenset({"=", "==", "!=", "<>", "<", "<=", ">", ">="})
_WORDS: Final = {
    "true": constant(BOOL, value=True),
    "false": constant(BOOL, value=False),
    "null": constant(NULL, value=None),
}


def compile_where(text: str, type_name: str) -> Predicate:
    """Read a where for documents of a type such as `Invoice`.

    Raises:
        QueryParseError: with Xero's words; it is a 400 by itself.
    """
    reader = _Reader(tokenize(text), type_name)
    found = reader.any()
    if reader.peek.kind is not Kind.END:
        raise QueryParseError("Syntax error")
    if found.type is not BOOL:
        raise QueryParseError("Expression of type 'Boolean' expected")
    return truth(found)


class _Reader:
    def __init__(self, tokens: list[Token], type_name: str) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._type = type_name

    @property
    def peek(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._tokens[self._at]
        if token.kind is not Kind.END:
            self._at += 1
        return token

    def _took(self, symbol: str) -> bool:
        if self.peek.kind is Kind.SYMBOL and self.peek.text == symbol:
            self._at += 1
            return True
        return False

    def any(self) -> Operand:
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise QueryParseError("Expression is nested too deeply")
        parts = [self._all()]
        while self._took("||"):
            parts.append(self._all())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else any_of(parts)

    def _all(self) -> Operand:
        parts = [self._test()]
        while self._took("&&"):
            parts.append(self._test())
        return parts[0] if len(parts) == 1 else all_of(parts)

    def _test(self) -> Operand:
        left = self._operand()
        if self.peek.kind is Kind.SYMBOL and self.peek.text in _COMPARISONS:
            operator = self._next().text
            return compare(left, operator, self._operand())
        return left

    def _operand(self) -> Operand:
        negations = 0
        while self._took("!"):
            negations += 1
        if self._took("-"):
            return self._negative()
        operand = self._primary()
        while self._took("."):
            operand = self._member(operand)
        return negate(operand, times=negations) if negations else operand

    def _negative(self) -> Operand:
        token = self._next()
        if token.kind is not Kind.NUMBER:
            raise QueryParseError("Expression expected")
        return constant(DECIMAL, value=-number_literal(token.text))

    def _primary(self) -> Operand:
        token = self._next()
        if token.kind is Kind.STRING:
            return constant(STRING, value=token.text)
        if token.kind is Kind.NUMBER:
            return constant(DECIMAL, value=number_literal(token.text))
        if token.kind is Kind.NAME:
            return self._named(token.text)
        if token.text == "(":
            inside = self.any()
            self._close()
            return inside
        raise QueryParseError("Expression expected")

    def _named(self, name: str) -> Operand:
        lowered = name.lower()
        if lowered in _WORDS:
            return _WORDS[lowered]
        if lowered == "guid" and self._took("("):
            return guid_literal(self._arguments())
        if lowered == "datetime" and self._took("("):
            return datetime_literal(self._arguments())
        if lowered == "datetime" and self._took("."):
            return self._parsed_datetime()
        return self._field(name, None)

    def _parsed_datetime(self) -> Operand:
        name = self._next().text
        if name.lower() != "parse" or not self._took("("):
            raise QueryParseError(f"No property or field '{name}' exists in type 'DateTime'")
        return datetime_literal(self._arguments(), parse=True)

    def _member(self, owner: Operand) -> Operand:
        token = self._next()
        if token.kind is not Kind.NAME:
            raise QueryParseError("Identifier expected")
        if self._took("("):
            return call_method(owner, token.text, self._arguments())
        return self._field(token.text, owner)

    def _field(self, name: str, owner: Operand | None) -> Operand:
        type_name = owner.type if owner is not None else self._type
        found = fields_of(type_name).get(name.lower())
        if found is None:
            raise QueryParseError(f"No property or field '{name}' exists in type '{type_name}'")
        return field_operand(found, (*owner.path, found.name) if owner else (found.name,))

    def _arguments(self) -> list[Operand]:
        arguments: list[Operand] = []
        if self._took(")"):
            return arguments
        arguments.append(self.any())
        while self._took(","):
            arguments.append(self.any())
        self._close()
        return arguments

    def _close(self) -> None:
        if not self._took(")"):
            raise QueryParseError("')' or operator expected")
