"""A policy file → a Policy, or every problem in it at once. Nothing is guessed, nothing skipped."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import NamedTuple

from xero_mcp.money import Money
from xero_mcp.policy.document import Entry, Items, Table, read_document
from xero_mcp.policy.hidden import HIDDEN_FIELDS
from xero_mcp.policy.hours import parse_hours
from xero_mcp.policy.load_examples import ExampleLoader
from xero_mcp.policy.load_rates import load_rates
from xero_mcp.policy.load_rules import RuleLoader
from xero_mcp.policy.model import Attribution, Grant, Limits, Mode, Never, Policy, ToolChoice
from xero_mcp.policy.problem import Findings, Problem
from xero_mcp.policy.read import (
    Reader,
    parse_count,
    parse_date,
    parse_email,
    parse_name,
    parse_positive_money,
    says_all,
    unknown,
)
from xero_mcp.policy.scopes import BROAD, SCOPES, covered
from xero_mcp.policy.tool_names import ToolNames
from xero_mcp.policy.vocabulary import ACCESS, LIMITS, NEVERS, POLICY, REPORTS, TOOLS
from xero_mcp.policy.word import Word
from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.card import ToolCard


class Loaded(NamedTuple):
    """What came of a file: a policy, or its problems."""

    policy: Policy | None
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...] = ()
    """Harmless remarks: the policy is good all the same."""


def load_policy(data: bytes, *, file: str, cards: Iterable[ToolCard]) -> Loaded:
    """Read a policy from the bytes of its file. Its examples are not run: see `selftest.checked`.

    Args:
        data: the whole file.
        file: its name, as problems and reasons should show it.
        cards: every tool that there is; a policy names no others.
    """
    findings = Findings(file)
    root = read_document(data, findings)
    policy = None
    if root is not None:
        policy = _Loader(findings, ToolNames(cards)).policy(root, sha256(data).hexdigest())
    if findings.problems:
        policy = None
    return Loaded(policy=policy, problems=findings.problems, notes=findings.notes)


class _Loader:
    """Reads one file, key by key, and remembers where each stood."""

    def __init__(self, findings: Findings, tools: ToolNames) -> None:
        self._findings = findings
        self._read = Reader(findings)
        self._tools = tools
        self._lines: dict[str, int] = {}

    def policy(self, root: Table, digest: str) -> Policy:
        read, tools = self._read, self._tools
        entries = read.table(root, POLICY, "a policy")
        self._lines.update({key: entry.at.line for key, entry in entries.items()})
        owner = read.parsed(entries.get("owner"), parse_email) or ""
        mode = read.choice(entries.get("mode"), list(Mode), "a mode")
        note = read.choice(entries.get("attribution"), list(Attribution), "an attribution")
        return Policy(
            agent=read.parsed(entries.get("agent"), parse_name) or "",
            purpose=read.text(entries.get("purpose")) or "",
            owner=owner,
            expires=read.parsed(entries.get("expires"), parse_date),
            mode=Mode(mode) if mode else Mode.ENFORCE,
            attribution=Attribution(note) if note else Attribution.NONE,
            organisations=tuple(
                text for text, _ in read.texts(entries.get("organisations"), "organisations")
            ),
            access=self._access(entries.get("access")),
            rules=RuleLoader(read, tools, owner=owner).rules(entries.get("rules")),
            never=self._never(entries.get("never")),
            limits=self._limits(entries.get("limits")),
            tools=self._choice(entries.get("tools")),
            scopes=self._scopes(entries.get("scopes")),
            rates=load_rates(entries.get("rates"), read),
            hide=self._hidden(entries.get("hide")),
            examples=ExampleLoader(read, tools).examples(entries.get("examples")),
            file=self._findings.file,
            sha256=digest,
            lines=MappingProxyType(self._lines),
        )

    def _section(
        self, entry: Entry | None, words: Mapping[str, Word], what: str
    ) -> Mapping[str, Entry]:
        """A mapping below a key of the file; remembers the lines of what is in it."""
        if entry is None:
            return {}
        found = self._read.table(entry.value, words, what)
        self._lines.update({f"{entry.key}.{key}": each.at.line for key, each in found.items()})
        return found

    def _access(self, entry: Entry | None) -> Mapping[Area, Grant]:
        found = self._section(entry, ACCESS, "`access`")
        return MappingProxyType({Area(key): self._grant(each) for key, each in found.items()})

    def _grant(self, entry: Entry) -> Grant:
        line = entry.at.line
        if entry.key == Area.REPORTS and isinstance(entry.value, Items):
            reports = self._read.choices(entry, REPORTS, "report")
            names = frozenset(name for name, _ in reports)
            return Grant(access=Access.READ, reports=names, line=line)
        level = self._read.choice(entry, list(Access), "a level")
        return Grant(access=Access(level) if level else Access.OFF, line=line)

    def _never(self, entry: Entry | None) -> frozenset[Never]:
        words = self._read.choices(entry, NEVERS, "never word")
        self._lines.update({f"never.{word}": at.line for word, at in words})
        return frozenset(Never(word) for word, _ in words)

    def _hidden(self, entry: Entry | None) -> frozenset[str]:
        words = self._read.choices(entry, HIDDEN_FIELDS, "hidden field")
        return frozenset(word for word, _ in words)

    def _limits(self, entry: Entry | None) -> Limits:
        found = self._section(entry, LIMITS, "`limits`")

        def money(name: str) -> Money | None:
            return self._read.parsed(found.get(name), parse_positive_money)

        def count(name: str) -> int | None:
            return self._read.parsed(found.get(name), parse_count)

        limits = Limits(
            hours=self._read.parsed(found.get("hours"), parse_hours),
            writes_per_hour=count("writes_per_hour"),
            money_per_day=money("money_per_day"),
            money_per_contact=money("money_per_contact"),
            money_per_document=money("money_per_document"),
            xero_calls_per_minute=count("xero_calls_per_minute"),
            xero_calls_per_day=count("xero_calls_per_day"),
            rows_read_per_day=count("rows_read_per_day"),
        )
        per_day, per_contact = limits.money_per_day, limits.money_per_contact
        if per_day and per_contact and per_day.currency != per_contact.currency:
            self._findings.add(
                found["money_per_contact"].value.at,
                f"`money_per_contact` is counted as `money_per_day` is: write it in"
                f" {per_day.currency}",
            )
        return limits

    def _choice(self, entry: Entry | None) -> ToolChoice:
        found = self._section(entry, TOOLS, "`tools`")
        if entry is not None and len(found) != 1 and says_all(entry.value, found):
            self._findings.add(entry.at, "`tools` takes `only` or `except`, one of them")
        only = self._tools.names(found.get("only"), self._read)
        return ToolChoice(
            only=only if "only" in found else None,
            without=self._tools.names(found.get("except"), self._read),
        )

    def _scopes(self, entry: Entry | None) -> frozenset[str] | None:
        if entry is None:
            return None
        scopes: list[str] = []
        for scope, at in self._read.texts(entry, "scopes"):
            if scope in BROAD:
                self._findings.add(
                    at, f"`{scope}` opens too much with one word: write {BROAD[scope]}"
                )
            elif scope not in SCOPES:
                self._findings.add(at, unknown(scope, SCOPES, "a scope"))
            scopes.append(scope)
        return covered(scopes)
