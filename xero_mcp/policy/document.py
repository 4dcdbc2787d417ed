"""Bytes of a policy file → a tree of text with places, or what is wrong with them.

Only the plain part of YAML 1.2 is read: mappings, lists and text. Whatever could make a
file mean something else than it shows (anchors, merge keys, tags, a second document,
a key twice) is refused. No scalar is typed here: `NO`, `8:30`, `0777` and `1e3` stay text.
"""

import re
from typing import Any, NamedTuple, NoReturn

from xero_mcp.policy.plain import shown
from xero_mcp.policy.problem import TOP, Findings, Place

MAX_BYTES = 1_000_000
MAX_LINE_CHARACTERS = 2_000
MAX_DEPTH = 10
MAX_NODES = 5_000
"""Reading stops there: the largest file that makes sense has a few hundred."""

_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_LEADING_TAB = re.compile(r" *\t")
_YAML_1_2 = (1, 2)


class Text(NamedTuple):
    """A scalar, as it is written."""

    at: Place
    value: str


class Items:
    """A list."""

    __slots__ = ("at", "items")

    def __init__(self, at: Place) -> None:
        self.at = at
        self.items: list[Node] = []


class Entry(NamedTuple):
    """A key of a mapping and its value."""

    at: Place
    key: str
    value: "Node"


class Table:
    """A mapping, each key once."""

    __slots__ = ("at", "entries")

    def __init__(self, at: Place) -> None:
        self.at = at
        self.entries: dict[str, Entry] = {}


Node = Text | Items | Table


class _UnreadableError(Exception):
    """Reading on makes no sense; the findings say why."""


def read_document(
    data: bytes, findings: Findings, *, kind: str = "a policy", begins: str = "agent: its-name"
) -> Table | None:
    """Read the one mapping that such a file is; None where the findings say why not.

    Args:
        data: the whole file.
        findings: where problems go.
        kind: what the file should be, for problems.
        begins: how such a file begins.
    """
    text = _decoded(data, findings)
    if text is None or not _lines_are_plain(text, findings):
        return None
    try:
        root = _parsed(text, findings)
    except _UnreadableError:
        return None
    if root is None:
        findings.add(TOP, f"the file is empty: {kind} starts with `{begins}`")
        return None
    if not isinstance(root, Table):
        findings.add(root.at, f"this is not {kind}: it starts with `{begins}`")
        return None
    return root


def _decoded(data: bytes, findings: Findings) -> str | None:
    if len(data) > MAX_BYTES:
        findings.add(TOP, too_big(len(data)))
        return None
    if data.startswith(_UTF16):
        findings.add(TOP, "the file is UTF-16: save it as UTF-8")
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = error.start - (before.rfind(b"\n") + 1) + 1
        findings.add(
            Place(before.count(b"\n") + 1, column), "the file is not UTF-8 text: save it as UTF-8"
        )
        return None
    return text.removeprefix(_BOM)


def too_big(size_bytes: int) -> str:
    return (
        f"the file has {size_bytes:,} bytes, and a policy has at most {MAX_BYTES:,}:"
        " is it the right file?"
    )


def _lines_are_plain(text: str, findings: Findings) -> bool:
    plain = True
    for number, line in enumerate(text.splitlines(), start=1):
        if _LEADING_TAB.match(line):
            column = line.index("\t") + 1
            findings.add(Place(number, column), "a tab: YAML is indented with spaces")
            plain = False
        if len(line) > MAX_LINE_CHARACTERS:
            findings.add(
                Place(number, MAX_LINE_CHARACTERS),
                f"the line has more than {MAX_LINE_CHARACTERS:,} characters",
            )
            # One such line is enough to know what kind of file it is.
            return False
    return plain


def _parsed(text: str, findings: Findings) -> Node | None:
    # Imported here: 17 ms that only the reading of a policy should cost.
    from ruamel.yaml import YAML  # noqa: PLC0415 - see above
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415 - see above

    builder = _Builder(findings)
    yaml: Any = YAML(typ="safe", pure=True)
    try:
        for event in yaml.parse(text):
            builder.take(event)
    except YAMLError as error:
        findings.add(*_yaml_problem(text, error))
        raise _UnreadableError from error
    except (ValueError, OverflowError) as error:
        # An escape or a directive with a number that is no character: ruamel lets these through.
        findings.add(TOP, "not YAML: a number in an escape or a directive is out of range")
        raise _UnreadableError from error
    return builder.root


class _Builder:
    """Puts the tree together from the parser's events, without recursion."""

    def __init__(self, findings: Findings) -> None:
        self.root: Node | None = None
        self._findings = findings
        self._open: list[Items | Table] = []
        self._keys: list[Text | None] = []
        """Beside each open mapping: the key that waits for its value."""
        self._nodes = 0
        self._documents = 0

    def take(self, event: Any) -> None:  # noqa: ANN401 - ruamel's events are untyped
        kind = type(event).__name__
        at = Place(event.start_mark.line + 1, event.start_mark.column + 1)
        if kind == "DocumentStartEvent":
            self._document(event, at)
        elif kind == "AliasEvent":
            self._refuse(at, "an alias (`*name`): write the value out, so that a reader sees it")
        elif kind == "ScalarEvent":
            self._refuse_extras(event, at)
            self._add(Text(at, event.value), at)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            self._refuse_extras(event, at)
            self._start(Table(at) if kind == "MappingStartEvent" else Items(at), at)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self._open.pop()
            self._keys.pop()

    def _refuse(self, at: Place, text: str) -> NoReturn:
        self._findings.add(at, text)
        raise _UnreadableError

    def _document(self, event: Any, at: Place) -> None:  # noqa: ANN401 - untyped, see take
        self._documents += 1
        if self._documents > 1:
            self._refuse(at, "a second document (`---`): one file is one document")
        if event.tags or (event.version and tuple(event.version) != _YAML_1_2):
            self._refuse(at, "a `%` directive: the file is plain YAML 1.2")

    def _refuse_extras(self, event: Any, at: Place) -> None:  # noqa: ANN401 - untyped, see take
        if event.anchor is not None:
            self._refuse(at, "an anchor (`&name`): write the value out where it is needed")
        if event.ctag is not None:
            self._refuse(at, "a tag (`!name`): every value is read as text, leave the tag out")

    def _start(self, node: Items | Table, at: Place) -> None:
        if len(self._open) >= MAX_DEPTH:
            self._refuse(at, f"nested more than {MAX_DEPTH} deep")
        self._add(node, at)
        self._open.append(node)
        self._keys.append(None)

    def _add(self, node: Node, at: Place) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._refuse(at, f"more than {MAX_NODES:,} values: is it the right file?")
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if isinstance(parent, Items):
            parent.items.append(node)
            return
        key = self._keys[-1]
        if key is None:
            self._keys[-1] = self._key(node)
            return
        self._keys[-1] = None
        self._enter(parent, key, node)

    def _key(self, node: Node) -> Text:
        if not isinstance(node, Text):
            self._refuse(node.at, "a list or mapping as a key: a key is one word")
        return node

    def _enter(self, table: Table, key: Text, value: Node) -> None:
        if key.value == "<<":
            self._findings.add(key.at, "a merge key (`<<`): write the keys out where they hold")
            return
        first = table.entries.get(key.value)
        if first is not None:
            self._findings.add(
                key.at, f"{shown(key.value)} is written twice: first on line {first.at.line}"
            )
            return
        if isinstance(value, Text) and not value.value:
            # The parser puts a value that is not there where the next thing begins.
            value = Text(key.at, "")
        table.entries[key.value] = Entry(key.at, key.value, value)


_MEANING = {
    "mapping values are not allowed": (
        "a `:` where no key can stand: put a text with a colon into quotes,"
        " or check how far the line is indented"
    ),
    "that cannot start any token": "a character that cannot start a value: put it into quotes",
    "expected <block end>": "indented differently from the lines that it belongs to",
    "expected ',' or ']'": "a list that was opened with `[` is not closed with `]`",
    "expected ',' or '}'": "a mapping that was opened with `{` is not closed with `}`",
    "could not find expected ':'": "a key without its `:`",
    "found unexpected end of stream": "a quoted text is not closed",
}


def _yaml_problem(text: str, error: Any) -> tuple[Place, str]:  # noqa: ANN401 - untyped, see take
    position = getattr(error, "position", None)
    if isinstance(position, int):
        before = text[:position]
        line = before.count("\n") + 1
        column = position - (before.rfind("\n") + 1) + 1
        return Place(line, column), "a character that no text file has: is it the right file?"
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = Place(mark.line + 1, mark.column + 1) if mark else TOP
    problem = str(getattr(error, "problem", "") or "")
    if "'\\t'" in problem:
        return place, "a tab: YAML is indented with spaces"
    for part, meaning in _MEANING.items():
        if part in problem:
            return place, f"not YAML: {meaning}"
    return place, f"not YAML: {shown(problem)}" if problem else "not YAML"
