"""What holds for every policy and every call, looked for by hypothesis."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.cards import CARDS
from tests.policy.scenes import BILLS, HOME, load
from xero_mcp.money import Money
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
from xero_mcp.policy.decide import decide
from xero_mcp.policy.decision import Call, Decision
from xero_mcp.policy.hours import parse_hours
from xero_mcp.policy.listed import CodeRange, Listed
from xero_mcp.policy.model import Clause, Grant, Limits, Mode, Never, Policy, Rule, ToolChoice
from xero_mcp.policy.reach import call_of, could_allow, facts_needed, token_scopes
from xero_mcp.policy.scopes import SCOPES, covered
from xero_mcp.policy.step import Outcome
from xero_mcp.policy.usage import Usage
from xero_mcp.tool.access import Access, Area, Need
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.facts import Facts

unhurried = settings(deadline=None)
"""A busy machine is no fault of the code."""

NAMES = [card.name for card in CARDS]
PEOPLE = ("a@example.com", "b@example.com")
START = datetime(2026, 3, 1, tzinfo=UTC)

amounts = st.integers(-200, 1_200).map(lambda cents: Decimal(cents) / 100)
moneys = st.builds(Money, amounts, st.sampled_from(["USD", "EUR"]))
spans = st.integers(0, 60).map(lambda days: timedelta(days=days))
CODES = ["400", "450", "500", "6200", "A1"]
listings = st.builds(
    Listed,
    words=st.lists(st.sampled_from(CODES), max_size=2).map(tuple),
    ranges=st.lists(st.just(CodeRange("400", "499")), max_size=1).map(tuple),
)
conditions: st.SearchStrategy[Condition] = st.one_of(
    st.builds(TotalOver, moneys),
    st.builds(TotalUnder, moneys),
    st.builds(ContactKnownForLessThan, spans),
    st.builds(
        Among,
        fact=st.sampled_from(["account_codes", "currencies"]),
        noun=st.just("it"),
        whole_noun=st.just("all of it"),
        listed=listings,
        outside=st.booleans(),
    ),
    st.builds(
        Flag,
        fact=st.sampled_from(["new_contact", "period_locked"]),
        wanted=st.booleans(),
        so=st.just("so"),
        not_so=st.just("not so"),
    ),
    st.builds(
        CountOver, fact=st.just("line_count"), limit=st.integers(0, 3), phrase=st.just("over {}")
    ),
    st.builds(Dated, limit=spans, ahead=st.booleans()),
)
clauses = st.builds(
    Clause,
    rule=st.just("rule"),
    in_doubt=st.sampled_from([Outcome.ASK, Outcome.DENY]),
    outcome=st.sampled_from(list(Outcome)),
    conditions=st.lists(conditions, min_size=1, max_size=2).map(tuple),
    line=st.integers(1, 99),
)
rules = st.builds(
    Rule,
    name=st.text("abc", min_size=1, max_size=3),
    tools=st.frozensets(st.sampled_from(NAMES), max_size=3),
    clauses=st.lists(clauses, min_size=1, max_size=2).map(tuple),
    line=st.integers(1, 99),
    approvers=st.sampled_from([(), PEOPLE[:1], PEOPLE]),
)
grants = st.builds(
    Grant,
    access=st.sampled_from(list(Access)),
    reports=st.none() | st.frozensets(st.sampled_from(["profit-and-loss", "trial-balance"])),
)
limits = st.builds(
    Limits,
    hours=st.none() | st.just(parse_hours("Mon-Fri 08:00-18:00 Europe/London")),
    writes_per_hour=st.none() | st.integers(0, 3),
    money_per_day=st.none() | moneys,
    money_per_contact=st.none() | moneys,
    money_per_document=st.none() | moneys,
    xero_calls_per_minute=st.none() | st.integers(0, 3),
    rows_read_per_day=st.none() | st.integers(0, 3),
)
names_of_tools = st.frozensets(st.sampled_from(NAMES))
policies = st.builds(
    Policy,
    agent=st.just("agent"),
    organisations=st.sampled_from([(HOME,), ("Another",)]),
    access=st.dictionaries(st.sampled_from(list(Area)), grants),
    file=st.just("agent.yaml"),
    sha256=st.just(""),
    owner=st.sampled_from(["", "owner@example.com"]),
    expires=st.none() | st.dates(date(2026, 2, 1), date(2026, 4, 1)),
    mode=st.sampled_from(list(Mode)),
    rules=st.lists(rules, max_size=4, unique_by=lambda rule: rule.name).map(tuple),
    never=st.frozensets(st.sampled_from(list(Never))),
    tools=st.builds(ToolChoice, only=st.none() | names_of_tools, without=names_of_tools),
    scopes=st.none() | st.frozensets(st.sampled_from(SCOPES)).map(covered),
    limits=limits,
)
needs = st.builds(
    Need,
    area=st.sampled_from(list(Area)),
    access=st.sampled_from(list(Access)),
    report=st.none() | st.sampled_from(["profit-and-loss", "trial-balance", "made-up"]),
)
cards = st.sampled_from(CARDS)
arguments = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["sales", "bill", "other"]),
        "status": st.sampled_from(["draft", "submitted", "authorised", "other"]),
        "report": st.sampled_from(["profit-and-loss", "trial-balance", "other"]),
    },
)
moments = st.integers(0, 60 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))


@st.composite
def calls(draw: st.DrawFn) -> Call:
    card = draw(cards)
    return Call(
        card=card,
        needs=draw(arguments.map(card.needs) | st.lists(needs, max_size=3).map(tuple[Need, ...])),
        organisation_id="id",
        organisation_name=HOME,
        at=draw(moments),
    )


maybe = st.none() | st.booleans()
codes = st.none() | st.frozensets(st.sampled_from([*CODES, "USD"]), max_size=3)
FACT_NAMES = (
    "total",
    "gross",
    "contact_known_for",
    "period_locked",
    "bank_details_change",
    "account_codes",
    "currencies",
    "new_contact",
    "line_count",
    "days_old",
)
facts = st.builds(
    Facts,
    total=st.none() | moneys,
    base_total=st.none() | moneys,
    gross=st.none() | moneys,
    account_codes=codes,
    currencies=codes,
    new_contact=maybe,
    line_count=st.none() | st.integers(0, 4),
    days_old=st.none() | st.lists(st.integers(-60, 60), max_size=2).map(tuple),
    contact_id=st.none() | st.just("somebody"),
    contact_known_for=st.none() | spans,
    period_locked=maybe,
    bank_details_change=maybe,
    emails_outside=maybe,
    unknown=st.dictionaries(st.sampled_from(FACT_NAMES), st.just("why"), max_size=2),
)
usages = st.none() | st.builds(
    Usage,
    writes_last_hour=st.integers(0, 4),
    money_today=st.dictionaries(st.sampled_from(["USD", "EUR"]), amounts).map(MappingProxyType),
    money_of_contact=st.dictionaries(st.sampled_from(["USD", "EUR"]), amounts).map(
        MappingProxyType
    ),
    xero_calls_last_minute=st.integers(0, 4),
    rows_read_today=st.integers(0, 4),
)


def rank(outcome: Outcome) -> int:
    return list(Outcome).index(outcome)


def strictness(decision: Decision) -> int:
    return rank(decision.in_earnest)


@unhurried
@given(policies, calls(), facts, usages)
def test_every_call_gets_a_decision_with_a_reason(
    policy: Policy, call: Call, known: Facts, usage: Usage | None
):
    decision = decide(policy, call, known, usage)
    assert "could not be decided" not in decision.reason
    assert policy.file in decision.reason
    assert (decision.ask is not None) == (decision.outcome is Outcome.ASK)
    assert decision.ask is None or all(terms.approvers for terms in decision.ask.terms)
    assert decision.watched is None or decision.outcome is Outcome.ALLOW
    assert decision.retry_after_seconds is None or decision.retry_after_seconds > 0


@unhurried
@given(policies, calls(), facts, usages, rules)
def test_adding_a_rule_never_widens(
    policy: Policy, call: Call, known: Facts, usage: Usage | None, more: Rule
):
    before = decide(policy, call, known, usage)
    wider = replace(policy, rules=(*policy.rules, replace(more, name="added")))
    after = decide(wider, call, known, usage)
    assert strictness(after) >= strictness(before)
    assert rank(after.outcome) >= rank(before.outcome)


@unhurried
@given(policies, calls(), facts, usages, st.data())
def test_removing_access_never_widens(
    policy: Policy, call: Call, known: Facts, usage: Usage | None, data: st.DataObject
):
    before = decide(policy, call, known, usage)
    kept = {
        area: data.draw(st.sampled_from([grant, Grant(access=Access.OFF)]))
        for area, grant in policy.access.items()
    }
    narrower = replace(policy, access=kept)
    assert strictness(decide(narrower, call, known, usage)) >= strictness(before)


@unhurried
@given(policies, calls(), facts, usages, st.data())
def test_one_more_word_never_widens(
    policy: Policy, call: Call, known: Facts, usage: Usage | None, data: st.DataObject
):
    only = policy.tools.only
    fewer = frozenset({"list-contacts"}) if only is None else only & {"list-contacts"}
    narrower = data.draw(
        st.sampled_from(
            [
                replace(policy, never=frozenset(Never)),
                replace(policy, tools=ToolChoice(only=only, without=frozenset(NAMES))),
                replace(policy, tools=replace(policy.tools, only=fewer)),
                replace(policy, scopes=frozenset()),
                replace(policy, expires=date(2026, 1, 1)),
                replace(policy, organisations=("Elsewhere",)),
                replace(policy, limits=replace(policy.limits, writes_per_hour=0)),
            ]
        )
    )
    before = decide(policy, call, known, usage)
    assert strictness(decide(narrower, call, known, usage)) >= strictness(before)


@unhurried
@given(policies, calls(), facts, usages, st.data())
def test_the_order_of_rules_does_not_matter(
    policy: Policy, call: Call, known: Facts, usage: Usage | None, data: st.DataObject
):
    shuffled = tuple(data.draw(st.permutations(policy.rules)))
    one = decide(policy, call, known, usage)
    other = decide(replace(policy, rules=shuffled), call, known, usage)
    assert (one.outcome, one.watched) == (other.outcome, other.watched)
    assert set(one.ask.terms if one.ask else ()) == set(other.ask.terms if other.ask else ())


@unhurried
@given(policies, calls(), facts, usages)
def test_less_knowledge_never_widens(policy: Policy, call: Call, known: Facts, usage: Usage | None):
    blind = replace(known, unknown=dict.fromkeys(FACT_NAMES, "why"))
    before = decide(policy, call, known, usage)
    assert strictness(decide(policy, call, blind, usage)) >= strictness(before)
    assert strictness(decide(policy, call, blind, None)) >= strictness(before)


@unhurried
@given(policies, cards, arguments, facts, moments)
def test_a_tool_that_is_not_shown_is_never_allowed(
    policy: Policy, card: ToolCard, given_arguments: dict[str, str], known: Facts, at: datetime
):
    call = call_of(policy, card, given_arguments, organisation=HOME, at=at)
    if decide(policy, call, known, Usage()).outcome is not Outcome.DENY:
        assert could_allow(policy, card, at=at).outcome is Outcome.ALLOW


@unhurried
@given(policies, calls(), facts, usages)
def test_a_fact_that_is_not_needed_changes_nothing(
    policy: Policy, call: Call, known: Facts, usage: Usage | None
):
    wanted = facts_needed(policy, call.card)
    never = {"period_locked", "bank_details_change", "emails_outside"}
    kept = wanted | never | {"contact_id", "object_type", "unknown"}
    if "total" in wanted:
        kept |= {"elsewhere", "rates_said"}
    nothing = Facts()
    dropped = {
        one.name: getattr(nothing, one.name) for one in fields(Facts) if one.name not in kept
    }
    told = {name: why for name, why in known.unknown.items() if name in wanted | never}
    without = replace(known, **dropped, unknown=told)
    with_all = decide(policy, call, known, usage)
    assert decide(policy, call, without, usage).outcome is with_all.outcome


@unhurried
@given(policies, moments)
def test_a_token_never_goes_above_the_ceiling(policy: Policy, at: datetime):
    asked = token_scopes(policy, CARDS, at=at)
    assert policy.scopes is None or asked <= policy.scopes
    assert asked <= set(SCOPES)


@unhurried
@given(st.binary(max_size=300))
def test_any_bytes_are_a_policy_or_problems(data: bytes):
    loaded = load(data)
    assert (loaded.policy is None) == bool(loaded.problems)


yamlish = st.lists(
    st.sampled_from(
        [
            *BILLS.split(),
            *("\n", "\n  ", " ", ": ", "- ", "[", "]", "{", "}", "#", "'", '"', "|", ">", "?", ","),
            *("&a", "*a", "!!str", "<<", "%YAML 1.2", "---", "...", "\t", "\r\n", "\x00", "~"),
            *(
                "rules",
                "never",
                "limits",
                "hours",
                "rates",
                "examples",
                "1e3",
                "NO",
                "\\U0010FFFF",
                "\ufeff",
            ),
        ]
    ),
    max_size=40,
).map("".join)


@unhurried
@given(yamlish)
def test_any_text_is_a_policy_or_problems_each_on_one_line(text: str):
    loaded = load(BILLS + text)
    assert (loaded.policy is None) == bool(loaded.problems)
    for problem in loaded.problems:
        assert "\n" not in str(problem)
        assert problem.line >= 1
        assert problem.column >= 1
    if loaded.policy is not None:
        for card in CARDS:
            call = Call(
                card=card,
                needs=card.needs({}),
                organisation_id="id",
                organisation_name=HOME,
                at=START,
            )
            assert "could not be decided" not in decide(loaded.policy, call, Facts()).reason
