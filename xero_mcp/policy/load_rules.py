"""The `rules` of a policy file."""

from collections.abc import Mapping

from xero_mcp.policy.condition_words import CONDITION
from xero_mcp.policy.conditions import Condition
from xero_mcp.policy.document import Entry, Node
from xero_mcp.policy.load_conditions import AFTER_READING, CONDITIONS, UNTRUSTED_TEXT, Source
from xero_mcp.policy.model import DEFAULT_ANSWER_WITHIN, Clause, Rule
from xero_mcp.policy.read import (
    Reader,
    parse_answer_within,
    parse_count,
    parse_person,
    parse_true_false,
    says_all,
)
from xero_mcp.policy.step import Outcome
from xero_mcp.policy.tool_names import ToolNames
from xero_mcp.policy.vocabulary import RULE

MAX_RULES = 200
AFTER = "after_reading"
CLAUSES = (
    ("ask_when", Outcome.ASK),
    ("deny_when", Outcome.DENY),
    ("allow_when", Outcome.ALLOW),
)


def _asks(entries: Mapping[str, Entry]) -> bool:
    """Whether a person may be asked: by `ask_when`, or where `after_reading` stands alone."""
    alone = AFTER in entries and not any(word in entries for word, _ in CLAUSES)
    return "ask_when" in entries or alone


class RuleLoader:
    """Reads rules; `owner` is asked where a rule that asks names nobody."""

    def __init__(self, read: Reader, tools: ToolNames, *, owner: str) -> None:
        self._read = read
        self._tools = tools
        self._owner = owner

    def rules(self, entry: Entry | None) -> tuple[Rule, ...]:
        """The rules, sorted by name: so their order in the file cannot matter."""
        nodes = self._read.items(entry, "rules")
        if len(nodes) > MAX_RULES:
            self._read.findings.add(nodes[MAX_RULES].at, f"more than {MAX_RULES} rules")
        by_name: dict[str, Rule] = {}
        for node in nodes[:MAX_RULES]:
            rule = self._rule(node)
            if rule.name in by_name:
                self._read.findings.add(
                    node.at, f"the rule of line {by_name[rule.name].line} has the same name"
                )
            by_name.setdefault(rule.name, rule)
        return tuple(by_name[name] for name in sorted(by_name))

    def _rule(self, node: Node) -> Rule:
        read = self._read
        entries = read.table(node, RULE, "a rule")
        # Without a name the file is refused; the place keeps such rules apart until then.
        name = read.text(entries.get("name")) or f"line {node.at.line}:{node.at.column}"
        approvers = self._approvers(node, entries)
        after = self._after_reading(entries)
        clauses = tuple(
            Clause(
                rule=name,
                outcome=outcome,
                in_doubt=Outcome.ASK if approvers else Outcome.DENY,
                conditions=(*after, *self._conditions(entries[word])),
                line=entries[word].at.line,
            )
            for word, outcome in CLAUSES
            if word in entries
        )
        if after and not clauses:
            clauses = (self._asks_after_reading(name, entries[AFTER], after, approvers),)
        if not clauses and AFTER not in entries and says_all(node, entries):
            read.findings.add(
                node.at,
                "a rule has `ask_when`, `deny_when`, `allow_when` or `after_reading`: this one says"
                " nothing",
            )
        if "allow_when" in entries and "for" not in entries:
            read.findings.add(
                entries["allow_when"].at,
                "`allow_when` without `for` would refuse every other call: name the tools",
            )
        self._asks_or_not(entries)
        return Rule(
            name=name,
            tools=self._tools.names(entries.get("for"), read),
            clauses=clauses,
            line=node.at.line,
            approvers=approvers,
            approvals=self._approvals(entries, len(approvers)),
            answer_within=read.parsed(entries.get("answer_within"), parse_answer_within)
            or DEFAULT_ANSWER_WITHIN,
            strictly=read.parsed(entries.get("ask_strictly"), parse_true_false) or False,
        )

    def _after_reading(self, entries: Mapping[str, Entry]) -> tuple[Condition, ...]:
        """What `after_reading` adds to each clause of the rule."""
        entry = entries.get(AFTER)
        if entry is None:
            return ()
        if "allow_when" in entries:
            self._read.findings.add(
                entry.at,
                "`after_reading` narrows `ask_when` and `deny_when`; an `allow_when` holds always:"
                " make two rules of it",
            )
        chosen = self._read.choice(entry, (UNTRUSTED_TEXT,), "what `after_reading` can say")
        return (AFTER_READING,) if chosen else ()

    @staticmethod
    def _asks_after_reading(
        name: str, entry: Entry, after: tuple[Condition, ...], approvers: tuple[str, ...]
    ) -> Clause:
        """`after_reading` alone asks, whatever the write is."""
        return Clause(
            rule=name,
            outcome=Outcome.ASK,
            in_doubt=Outcome.ASK if approvers else Outcome.DENY,
            conditions=after,
            line=entry.at.line,
        )

    def _conditions(self, entry: Entry) -> tuple[Condition, ...]:
        found = self._read.table(entry.value, CONDITION, f"`{entry.key}`")
        source = Source(self._read, self._tools)
        conditions = [CONDITIONS[word](source, condition) for word, condition in found.items()]
        if not conditions and says_all(entry.value, found):
            self._read.findings.add(entry.value.at, f"`{entry.key}` has no condition")
        return tuple(condition for condition in conditions if condition is not None)

    def _approvers(self, node: Node, entries: Mapping[str, Entry]) -> tuple[str, ...]:
        """Who may approve: those that the rule names, else the owner."""
        people = tuple(
            sorted(set(self._read.parsed_all(entries.get("ask"), parse_person, "people")))
        )
        if people or "ask" in entries:
            return people
        if _asks(entries) and not self._owner:
            self._read.findings.add(
                node.at, "nobody to ask: write `ask: [name@example.com]`, or name an `owner`"
            )
        return (self._owner,) if self._owner else ()

    def _approvals(self, entries: Mapping[str, Entry], people: int) -> int:
        entry = entries.get("approvals")
        approvals = self._read.parsed(entry, parse_count)
        if entry is None or approvals is None:
            return 1
        if approvals == 0:
            self._read.findings.add(entry.value.at, "`approvals` is at least 1")
        elif approvals > people > 0:
            self._read.findings.add(
                entry.value.at, f"`approvals` is {approvals}, but {people} may approve"
            )
        return approvals

    def _asks_or_not(self, entries: Mapping[str, Entry]) -> None:
        if _asks(entries):
            return
        for word in ("ask", "approvals", "answer_within", "ask_strictly"):
            if word in entries:
                self._read.findings.add(
                    entries[word].at, f"`{word}` says how to ask, but there is no `ask_when`"
                )
