"""A file of watch rules → rules, or every problem in it at once, with line and column.

It is read as strictly as a policy is: plain YAML, no unknown key, nothing typed by guessing.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

from xero_mcp.changes.addresses import LOOPBACK_NAMES, refusal_of_literal
from xero_mcp.changes.condition_reading import parse_condition
from xero_mcp.changes.conditions import Condition
from xero_mcp.changes.watch_rule import Mail, Post, Print, Rule, Then
from xero_mcp.policy.document import Entry, Items, Node, Table, Text, read_document
from xero_mcp.policy.plain import shown
from xero_mcp.policy.problem import TOP, Findings, Problem
from xero_mcp.policy.read import Reader, parse_email, parse_name, parse_true_false, unknown
from xero_mcp.policy.word import Shape, Word, table_of

MAX_RULES: Final = 100
MAX_ADDRESSES: Final = 20
MAX_FILE_BYTES: Final = 200_000
MAX_URL: Final = 500
_SETTING_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_PLAIN_URL: Final = re.compile(r"[!-~]+")

_FILE: Final = table_of(
    Word(name="rules", shape=Shape.SECTIONS, means="Rules, in a list.", required=True)
)
_RULE: Final = table_of(
    Word(
        name="name",
        shape=Shape.NAME,
        means="What its place in the feed is kept under.",
        example="big-bills",
        required=True,
    ),
    Word(
        name="when",
        shape=Shape.TEXT,
        means="A condition, or a list of them: any is enough.",
        example="bill over 1000 GBP",
        required=True,
    ),
    Word(name="organisation", shape=Shape.TEXT, means="Only in this one: its name or id."),
    Word(
        name="then",
        shape=Shape.SECTION,
        means="`print`, or `post` or `mail` with where to.",
        example="print",
        required=True,
    ),
)
_THEN: Final = table_of(
    Word(name="post", shape=Shape.TEXT, means="The https address to post to."),
    Word(name="key_env", shape=Shape.TEXT, means="The environment variable with the key."),
    Word(name="key_file", shape=Shape.TEXT, means="The file with the key."),
    Word(name="allow_private", shape=Shape.TRUE_FALSE, means="A host of the own network is meant."),
    Word(name="mail", shape=Shape.EMAILS, means="Who gets a mail."),
)
_PRINT: Final = "print"


class LoadedRules(NamedTuple):
    """What came of a file: rules, or its problems."""

    rules: tuple[Rule, ...] = ()
    problems: tuple[Problem, ...] = ()


def load_rules(data: bytes, *, file: str) -> LoadedRules:
    """Read a file of rules; `file` is its name, as problems should show it."""
    findings = Findings(file)
    if len(data) > MAX_FILE_BYTES:
        findings.add(TOP, f"the file has more than {MAX_FILE_BYTES:,} bytes: is it the right file?")
        return LoadedRules(problems=findings.problems)
    root = read_document(data, findings, kind="a file of watch rules", begins="rules:")
    rules = _Loader(findings).rules(root) if root is not None else ()
    if findings.problems:
        return LoadedRules(problems=findings.problems)
    return LoadedRules(rules=rules)


def parse_post_url(text: str) -> str:
    """An address that may be posted to, as far as its text tells.

    Raises:
        ValueError: it is none.
    """
    parts = _split(text)
    host = (parts.hostname or "").lower()
    plain = _PLAIN_URL.fullmatch(text) and not set("\\#") & set(text) and len(text) <= MAX_URL
    if parts.username is not None or parts.password is not None:
        raise ValueError("the address holds a name or password: the signature proves who posts")
    if not plain or not host or parts.scheme not in {"http", "https"}:
        raise ValueError(f"{shown(text)} is not an address such as https://hooks.example.com/xero")
    if parts.scheme == "http" and host not in LOOPBACK_NAMES:
        raise ValueError("what is posted must be encrypted: write https:// (http:// on localhost)")
    return text


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError(f"{shown(text)} is not an address") from None
    return parts


class _Loader:
    """Reads one file, key by key."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._read = Reader(findings)

    def rules(self, root: Table) -> tuple[Rule, ...]:
        entries = self._read.table(root, _FILE, "a file of watch rules")
        nodes = self._read.items(entries.get("rules"), "rules")
        if len(nodes) > MAX_RULES:
            self._findings.add(nodes[MAX_RULES].at, f"more than {MAX_RULES} rules")
        seen: dict[str, int] = {}
        found: list[Rule] = []
        for node in nodes[:MAX_RULES]:
            rule = self._rule(node)
            if rule is None:
                continue
            if rule.name in seen:
                self._findings.add(
                    node.at,
                    f"a rule named {shown(rule.name)} is there already: first on line "
                    f"{seen[rule.name]}",
                )
            seen.setdefault(rule.name, node.at.line)
            found.append(rule)
        return tuple(found)

    def _rule(self, node: Node) -> Rule | None:
        entries = self._read.table(node, _RULE, "a rule")
        name = self._read.parsed(entries.get("name"), parse_name)
        conditions = self._when(entries.get("when"))
        then = self._then(entries.get("then"))
        organisation = self._read.text(entries.get("organisation"))
        if name is None or then is None:
            return None
        return Rule(name=name, conditions=conditions, then=then, organisation=organisation)

    def _when(self, entry: Entry | None) -> tuple[Condition, ...]:
        if entry is None:
            return ()
        if isinstance(entry.value, Items):
            found = tuple(self._read.parsed_all(entry, parse_condition, "conditions"))
        else:
            one = self._read.parsed(entry, parse_condition)
            found = (one,) if one is not None else ()
        if len({each.outside_log for each in found}) > 1:
            self._findings.add(
                entry.value.at, "`outside the log` stands alone: give it a rule of its own"
            )
        return found

    def _then(self, entry: Entry | None) -> Then | None:
        if entry is None:
            return None
        if isinstance(entry.value, Text):
            if entry.value.value == _PRINT:
                return Print()
            self._findings.add(
                entry.value.at,
                f"{unknown(entry.value.value, [_PRINT], 'what `then` can be')} (or, below it, "
                "`post:` with an address, or `mail:` with addresses)",
            )
            return None
        entries = self._read.table(entry.value, _THEN, "`then`")
        if ("post" in entries) is ("mail" in entries):
            self._findings.add(entry.at, "`then` is `print`, `post` or `mail`: one of them")
            return None
        return self._post(entries) if "post" in entries else self._mail(entries)

    def _post(self, entries: Mapping[str, Entry]) -> Post | None:
        url = self._read.parsed(entries["post"], parse_post_url)
        key_env = self._read.parsed(entries.get("key_env"), _parse_setting_name)
        key_file = self._read.text(entries.get("key_file"))
        if ("key_env" in entries) is ("key_file" in entries):
            self._findings.add(
                entries["post"].at,
                "`post` needs its key: `key_env` names the environment variable that holds it, or "
                "`key_file` the file; one of them",
            )
            return None
        allow = self._read.parsed(entries.get("allow_private"), parse_true_false)
        if url is None:
            return None
        why = refusal_of_literal(urlsplit(url).hostname or "", allow_private=bool(allow))
        if why:
            self._findings.add(entries["post"].value.at, f"`post`: {why}")
        return Post(url=url, key_env=key_env, key_file=key_file, allow_private=bool(allow))

    def _mail(self, entries: Mapping[str, Entry]) -> Mail | None:
        for name in ("key_env", "key_file", "allow_private"):
            if name in entries:
                self._findings.add(entries[name].at, f"`{name}` belongs to `post`")
        entry = entries["mail"]
        if isinstance(entry.value, Items):
            found = self._read.parsed_all(entry, parse_email, "addresses")
        else:
            one = self._read.parsed(entry, parse_email)
            found = [one] if one is not None else []
        if len(found) > MAX_ADDRESSES:
            self._findings.add(entry.value.at, f"more than {MAX_ADDRESSES} addresses")
        return Mail(addresses=tuple(found)) if found else None


def _parse_setting_name(text: str) -> str:
    if not _SETTING_NAME.fullmatch(text):
        raise ValueError(f"{shown(text)} is not the name of an environment variable")
    return text
