"""Rules made of the table of words itself, so that a new word is tried without being told."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, cast, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.scenes import HOME
from xero_mcp.money import Money
from xero_mcp.policy.compare import compare
from xero_mcp.policy.condition_words import CONDITION
from xero_mcp.policy.decide import decide
from xero_mcp.policy.decision import Call
from xero_mcp.policy.load import Loaded, load_policy
from xero_mcp.policy.model import Policy
from xero_mcp.policy.reach import call_of
from xero_mcp.policy.sentences import rule_sentences
from xero_mcp.policy.step import Outcome
from xero_mcp.policy.usage import Usage
from xero_mcp.policy.word import Shape, Word, enforced
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.facts import Facts, Words
from xero_mcp.tools.index import load_cards

CARDS = load_cards()
LATER = datetime(2026, 3, 3, 12, tzinfo=UTC)
"""A Tuesday."""
WORDS = tuple(enforced(CONDITION))
CLAUSES = ("ask_when", "deny_when", "allow_when")
HEAD = f"""\
agent: every-word
owner: owner@example.com
organisations: [{HOME}]
access:
  {{ contacts: full, invoices: post, bills: full, payments: post, credit-notes: post,
    bank-transactions: full, attachments: full, history: full, reports: read, quotes: draft }}
"""
unhurried = settings(deadline=None, max_examples=60)


def listed(*words: str) -> st.SearchStrategy[str]:
    some = st.lists(st.sampled_from(words), min_size=1, max_size=3, unique=True)
    return some.map(lambda found: "[" + ", ".join(f'"{word}"' for word in found) + "]")


moneys_written = st.sampled_from(["0.00", "0.01", "99.9999", "500.00"]).map(
    lambda amount: f'"{amount} USD"'
)
GUID = "00000000-0000-0000-0000-00000000000"
SHAPES: Mapping[Shape, st.SearchStrategy[str]] = {
    Shape.MONEY: moneys_written,
    Shape.CURRENCIES: listed("USD", "EUR", "NOK"),
    Shape.STATUSES: listed("draft", "authorised"),
    Shape.DOCUMENT_TYPES: listed("bill", "sales"),
    Shape.IDS: listed(f"{GUID}1", f"{GUID}2"),
    Shape.DURATION: st.sampled_from(["1s", "36h", "30d"]),
    Shape.TRUE_FALSE: st.sampled_from(["true", "false"]),
    Shape.CODES: listed("400", "0400", "400-499", "A1"),
    Shape.TEXTS: listed("none", "Region", "Region: North", "NO", "8:30"),
    Shape.COUNT: st.sampled_from(["0", "1", "50"]),
    Shape.MEDIA: listed("application/pdf", "image/png"),
    Shape.SIZE: st.sampled_from(["1kB", "5MB"]),
    Shape.REPORTS: listed("profit-and-loss", "trial-balance"),
}
"""How a value of each shape is written. A word of a new shape has to be told here."""

conditions = st.sampled_from(WORDS).flatmap(
    lambda word: SHAPES[word.shape].map(lambda value: (word.name, value))
)


@st.composite
def written_rules(draw: st.DrawFn) -> str:
    """One rule as somebody would write it; `{n}` stands for its number."""
    clause = draw(st.sampled_from(CLAUSES))
    chosen = dict(draw(st.lists(conditions, min_size=1, max_size=3)))
    tools = draw(st.lists(st.sampled_from(sorted(CARDS)), min_size=1, max_size=4, unique=True))
    needs_tools = clause == "allow_when" or draw(st.booleans())
    parts = [
        f"for: [{', '.join(tools)}]" if needs_tools else "",
        f"{clause}: {{ {', '.join(f'{word}: {value}' for word, value in chosen.items())} }}",
        "after_reading: untrusted_text" if clause != "allow_when" and draw(st.booleans()) else "",
        "ask: [a@example.com]" if clause == "ask_when" and draw(st.booleans()) else "",
    ]
    return f"  - {{ name: r{{n}}, {', '.join(filter(None, parts))} }}\n"


def file_of(rules: list[str]) -> str:
    told = "".join(rule.replace("{n}", str(n)) for n, rule in enumerate(rules))
    return f"{HEAD}rules:\n{told}" if rules else HEAD


def load(text: str) -> Loaded:
    return load_policy(text.encode(), file="every-word.yaml", cards=CARDS.values())


def policy_of(text: str) -> Policy:
    loaded = load(text)
    assert loaded.policy is not None, "\n".join([text, *map(str, loaded.problems)])
    return loaded.policy


amounts = st.integers(-60_000, 60_000).map(lambda cents: Decimal(cents) / 100)
some_words = st.frozensets(
    st.sampled_from(["USD", "draft", "bill", "400", "A1", "none", "Region: North", f"{GUID}1"]),
    max_size=3,
)
OF_TYPE: Mapping[object, st.SearchStrategy[object]] = {
    Money | None: st.builds(Money, amounts, st.sampled_from(["USD", "EUR"])),
    Words | None: some_words,
    bool | None: st.booleans(),
    int | None: st.integers(0, 6_000_000),
    timedelta | None: st.integers(0, 60).map(lambda days: timedelta(days=days)),
    date | None: st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    tuple[int, ...] | None: st.lists(st.integers(-60, 400), max_size=2).map(tuple),
    str | None: st.just(f"{GUID}1"),
}
"""How a fact of each type is made up; what is no `… | None` is for people's eyes alone."""
HINTS = get_type_hints(Facts)
TOLD = {one.name: OF_TYPE[HINTS[one.name]] for one in fields(Facts) if HINTS[one.name] in OF_TYPE}
facts = st.fixed_dictionaries({}, optional=TOLD).flatmap(
    lambda known: st.dictionaries(st.sampled_from(sorted(TOLD)), st.just("why"), max_size=2).map(
        lambda unknown: Facts(**cast("dict[str, Any]", known), unknown=unknown)
    )
)
several = st.lists(written_rules(), max_size=3)


@st.composite
def calls(draw: st.DrawFn) -> Call:
    card: ToolCard = draw(st.sampled_from(sorted(CARDS.values(), key=lambda card: card.name)))
    given: dict[str, object] = {}
    for varies in (card.area_by, card.access_by, card.report_by, card.also_by):
        if varies is not None:
            given[varies.argument] = draw(st.sampled_from([*varies.values, "nonsense"]))
    return call_of(policy_of(HEAD), card, given, organisation=HOME, at=LATER)


def rank(outcome: Outcome) -> int:
    return list(Outcome).index(outcome)


@pytest.mark.parametrize("word", WORDS, ids=lambda word: word.name)
def test_every_word_has_a_shape_that_is_tried_here(word: Word):
    assert word.shape in SHAPES


def test_every_fact_that_a_condition_looks_at_is_made_up_here():
    looked_at = {
        fact
        for word in WORDS
        for rule in policy_of(file_of([example_of(word)])).rules
        for clause in rule.clauses
        for condition in clause.conditions
        for fact in condition.facts
    }
    assert looked_at <= TOLD.keys()


def example_of(word: Word) -> str:
    when = f"{{ {word.name}: {word.example} }}"
    return f"  - {{ name: r{{n}}, for: [create-invoice], ask_when: {when} }}\n"


@unhurried
@given(several, facts, calls())
def test_what_loads_decides_every_call_and_never_raises(rules: list[str], known: Facts, call: Call):
    decision = decide(policy_of(file_of(rules)), call, known, Usage())
    assert "could not be decided" not in decision.reason


@unhurried
@given(several, facts)
def test_what_loads_has_a_decision_for_every_tool(rules: list[str], known: Facts):
    policy = policy_of(file_of(rules))
    for card in CARDS.values():
        call = call_of(policy, card, {}, organisation=HOME, at=LATER)
        decision = decide(policy, call, known, Usage())
        assert "could not be decided" not in decision.reason
        assert policy.file in decision.reason


@unhurried
@given(several, written_rules(), facts, calls())
def test_a_rule_more_in_the_file_never_widens(
    rules: list[str], more: str, known: Facts, call: Call
):
    before = decide(policy_of(file_of(rules)), call, known, Usage())
    after = decide(policy_of(file_of([*rules, more])), call, known, Usage())
    assert rank(after.outcome) >= rank(before.outcome)


@unhurried
@given(several, facts, calls(), st.randoms(use_true_random=False))
def test_the_order_of_rules_in_the_file_does_not_matter(
    rules: list[str], known: Facts, call: Call, random: Random
):
    numbered = [rule.replace("{n}", str(n)) for n, rule in enumerate(rules)]
    first = decide(policy_of(file_of(numbered)), call, known, Usage())
    random.shuffle(numbered)
    second = decide(policy_of(file_of(numbered)), call, known, Usage())
    assert (first.outcome, first.rule, first.ask) == (second.outcome, second.rule, second.ask)


@unhurried
@given(several, written_rules())
def test_each_word_is_told_in_a_sentence_and_in_a_difference(rules: list[str], more: str):
    old, new = policy_of(file_of(rules)), policy_of(file_of([*rules, more]))
    told = [one for one in rule_sentences(new) if one not in rule_sentences(old)]
    assert told
    changes = compare(old, new, CARDS.values(), at=LATER)
    assert [change.text for change in changes] == [f"New rule, {one}" for one in told]
    assert {change.becomes for change in changes} <= {"asked", "refused"}
    back = compare(new, old, CARDS.values(), at=LATER)
    assert {change.becomes for change in back} == {"allowed"}
