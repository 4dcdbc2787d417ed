"""A second opinion: a policy said again in Cedar, and both asked about the same calls."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest

from tests.policy.cedar.compiled import INEXPRESSIBLE, NEVERS, Compiled, compiled, read
from tests.policy.cedar.opinions import Difference, differences, puts_for, turned
from tests.policy.cedar.words import CONDITIONS, InexpressibleError
from xero_mcp.policy.condition_words import CONDITION
from xero_mcp.policy.conditions import Condition, Holds, TotalOver
from xero_mcp.policy.load import load_policy
from xero_mcp.policy.model import Policy
from xero_mcp.policy.step import Outcome
from xero_mcp.policy.vocabulary import ACCESS, LIMITS, POLICY, RULE, TOOLS
from xero_mcp.policy.vocabulary import NEVERS as NEVER_WORDS
from xero_mcp.policy.word import Shape, enforced
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.facts import Facts
from xero_mcp.tools.index import load_cards

FOLDER = Path(__file__).resolve().parents[2] / "policies"
SHIPPED = sorted(FOLDER.glob("*.yaml"))
LEVEL_TURNED = re.compile(r'needs\["[a-z-]+"\] >=')
FEW, SOME, MANY = 150, 2_000, 50_000

EVERYTHING = """\
agent: every-word
owner: owner@example.com
expires: 2026-07-20
organisations: [Demo Company (Global), 00000000-0000-0000-0000-00000000000A]
access:
  contacts: full
  invoices: draft
  bills: post
  payments: post
  attachments: draft
  reports: [profit-and-loss, aged-payables]
scopes: [accounting.invoices, accounting.contacts, accounting.settings.read,
  accounting.reports.profitandloss.read, accounting.attachments]
never: [change-bank-details, post-to-locked-periods, email-outside-organisation]
tools: { except: [create-contact] }
hide: [contact.email]
limits:
  hours: "Mon-Wed,Fri 08:30-17:45 Europe/London"
  writes_per_hour: 4
  xero_calls_per_minute: 3
  xero_calls_per_day: 20
  rows_read_per_day: 50
  money_per_day: "2000.00 USD"
  money_per_contact: "1000.00 USD"
  money_per_document: "750.00 EUR"
"""
HEAD = """\
agent: one-word
owner: owner@example.com
organisations: [Demo Company (Global)]
access: { organisation: full, contacts: full, bills: full, invoices: full, reports: read }
"""
SHARP: Mapping[str, tuple[str, ...]] = {
    "total_over": ('"500.00 USD"', '"0.00 EUR"', '"99.9999 USD"'),
    "account_code_in": ('["400-499", "620"]', '["90-110"]', '["0450"]', "[A1]"),
    "account_code_not_in": ('["400-499", "620"]', '["90-110"]'),
    "tracking": ('["Region: North", none]', "[Region]"),
    "date_older_than": ("60d", "36h"),
    "date_newer_than": ("30d", "1s"),
    "attachment_size_over": ("5MB", "1kB"),
    "line_count_over": ("50", "0"),
}
"""Values beside the example of each word, where one is not enough."""
CLAUSES = ("ask_when", "deny_when", "allow_when")


@pytest.fixture(scope="module")
def cards() -> Mapping[str, ToolCard]:
    return load_cards()


def loaded(data: bytes, cards: Mapping[str, ToolCard]) -> Policy:
    found = load_policy(data, file="policy.yaml", cards=cards.values())
    assert found.policy is not None, "\n".join(map(str, found.problems))
    return found.policy


def told_apart(
    data: bytes,
    cards: Mapping[str, ToolCard],
    number: int,
    *,
    policy: Policy | None = None,
    text: Compiled | None = None,
) -> Iterator[Difference]:
    ours = policy or loaded(data, cards)
    puts = puts_for(ours, data, cards.values()).make(number, number)
    return differences(ours, data, text or compiled(data), puts)


def one_word(word: str, value: str, clause: str, *, owner: bool = True) -> bytes:
    head = HEAD if owner else HEAD.replace("owner: owner@example.com\n", "")
    asks = "" if owner or clause != "ask_when" else ", ask: [a@example.com]"
    tools = "[create-invoice, save-contacts, run-report, email-invoice]"
    rule = f"{{ name: a, for: {tools}, {clause}: {{ {word}: {value} }}{asks} }}"
    return f"{head}rules:\n  - {rule}\n".encode()


def values_of(word: str) -> tuple[str, ...]:
    values = ("true", "false") if CONDITION[word].shape is Shape.TRUE_FALSE else ()
    return values or SHARP.get(word, (CONDITION[word].example,))


def expressible() -> Iterator[tuple[str, str, str]]:
    for word in enforced(CONDITION):
        for value in values_of(word.name):
            for clause in CLAUSES:
                try:
                    compiled(one_word(word.name, value, clause))
                except InexpressibleError:
                    continue
                yield word.name, value, clause


def test_every_word_is_said_in_cedar_or_named_with_the_reason_why_not():
    files = {**POLICY, **RULE, **LIMITS, **TOOLS, **CONDITION}
    words = {word.name for word in enforced(files)}
    compiled_words = {
        *("organisations", "expires", "access", "never", "scopes", "tools", "limits", "rules"),
        *("name", "for", "after_reading", *CLAUSES),
        *(word.name for word in enforced(LIMITS)),
        *("only", "except"),
        *(CONDITIONS.keys() - INEXPRESSIBLE.keys()),
    }
    assert words - compiled_words == INEXPRESSIBLE.keys() & words
    assert not compiled_words & INEXPRESSIBLE.keys()
    assert all(INEXPRESSIBLE.values())
    assert NEVERS.keys() == NEVER_WORDS.keys()


def test_only_tracking_of_every_line_is_too_much_for_cedar():
    said = {(word, clause) for word, _, clause in expressible()}
    wanted = {(word.name, clause) for word in enforced(CONDITION) for clause in CLAUSES}
    assert wanted - said == {
        ("tracking", "allow_when"),
        *(("tracking_not_in", clause) for clause in CLAUSES),
    }


@pytest.mark.parametrize("shift", range(5))
def test_cedar_agrees_about_every_level_of_every_area(shift: int, cards: Mapping[str, ToolCard]):
    levels = ("off", "read", "draft", "post", "full")
    access = ", ".join(f"{area}: {levels[(n + shift) % 5]}" for n, area in enumerate(ACCESS))
    data = f"{HEAD.partition('access:')[0]}access: {{ {access} }}\n".encode()
    assert list(told_apart(data, cards, SOME // 2)) == []


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_cedar_agrees_about_a_shipped_policy(file: Path, cards: Mapping[str, ToolCard]):
    assert list(told_apart(file.read_bytes(), cards, SOME // 2)) == []


@pytest.mark.slow
@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_cedar_agrees_about_fifty_thousand_calls(file: Path, cards: Mapping[str, ToolCard]):
    assert list(told_apart(file.read_bytes(), cards, MANY)) == []


def test_cedar_agrees_about_every_limit_and_ceiling(cards: Mapping[str, ToolCard]):
    for more in ("", "mode: watch\n"):
        assert list(told_apart(f"{EVERYTHING}{more}".encode(), cards, SOME)) == []
    alone = EVERYTHING.replace("owner: owner@example.com\n", "").encode()
    assert list(told_apart(alone, cards, SOME)) == []


@pytest.mark.parametrize("word", [word.name for word in enforced(CONDITION)])
def test_cedar_agrees_about_each_word(word: str, cards: Mapping[str, ToolCard]):
    for one, value, clause in expressible():
        if one == word:
            for owner in (True, False):
                data = one_word(word, value, clause, owner=owner)
                assert list(told_apart(data, cards, FEW)) == []


def test_cedar_agrees_where_several_conditions_and_rules_meet(cards: Mapping[str, ToolCard]):
    data = f"""{HEAD}rules:
  - name: a
    for: [create-invoice, update-invoice]
    ask_when: {{ total_over: "500.00 USD", currency_not_in: [USD] }}
    deny_when: {{ total_over: "5000.00 EUR", new_contact: true }}
  - name: b
    for: [create-invoice]
    allow_when: {{ total_under: "700.00 USD", account_code_in: ["400-420"], tax_type: [NONE] }}
  - name: c
    ask_when: {{ date_older_than: 30d, line_count_over: 2 }}
  - {{ name: d, for: [save-contacts], after_reading: untrusted_text }}
  - name: e
    after_reading: untrusted_text
    deny_when: {{ total_over: "600.00 USD" }}
""".encode()
    assert list(told_apart(data, cards, SOME)) == []


def is_caught(found: Iterator[Difference]) -> bool:
    return bool(list(islice(found, 1)))


def parts_of(file: Path) -> Iterator[bytes]:
    """The policy with one rule or limit at a time: so that no other hides what it does."""
    whole = read(file.read_bytes())
    frame = {
        key: whole[key]
        for key in ("agent", "owner", "organisations", "access", "tools", "never")
        if key in whole
    }
    parts: list[dict[str, object]] = [
        {},
        *({"rules": [rule]} for rule in whole.get("rules", [])),
        *({"limits": {word: value}} for word, value in whole.get("limits", {}).items()),
    ]
    for part in parts:
        yield json.dumps({**frame, **part}, indent=1).encode()


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_an_off_by_one_in_the_cedar_of_a_shipped_policy_is_caught(
    file: Path, cards: Mapping[str, ToolCard]
):
    missed: list[Compiled] = []
    tried = 0
    for data in parts_of(file):
        text = compiled(data)
        spoilt = [
            *(Compiled(deny=one, ask=text.ask) for one in turned(text.deny)),
            *(Compiled(deny=text.deny, ask=one) for one in turned(text.ask)),
        ]
        # The levels of access stand in each part: they are tried with the first alone.
        fresh = [one for one in spoilt if not tried or not LEVEL_TURNED.search(one.deny)]
        missed += [
            one for one in fresh if not is_caught(told_apart(data, cards, 3 * SOME, text=one))
        ]
        tried += len(fresh)
    assert tried >= 3
    assert missed == []


@pytest.mark.parametrize(
    ("says", "becomes"),
    [
        ("expires: 2026-07-20", "expires: 2026-07-21"),
        ("tools: { except: [create-invoice] }", "tools: { except: [save-contacts] }"),
        ("never: [change-bank-details]", "never: [post-to-locked-periods]"),
        *(
            (f"limits: {{ {limit} }}", f"limits: {{ {other} }}")
            for limit, other in (
                ('hours: "Mon-Fri 08:30-17:45 UTC"', 'hours: "Mon-Fri 08:31-17:45 UTC"'),
                ('hours: "Mon-Fri 08:30-17:45 UTC"', 'hours: "Mon-Fri 08:30-17:46 UTC"'),
                ('hours: "Mon-Fri 08:30-17:45 UTC"', 'hours: "Mon-Sat 08:30-17:45 UTC"'),
                ("writes_per_hour: 4", "writes_per_hour: 5"),
                ("xero_calls_per_minute: 3", "xero_calls_per_minute: 2"),
                ("xero_calls_per_day: 20", "xero_calls_per_day: 21"),
                ("rows_read_per_day: 50", "rows_read_per_day: 51"),
                ('money_per_day: "200.00 USD"', 'money_per_day: "200.01 USD"'),
                ('money_per_contact: "100.00 USD"', 'money_per_contact: "99.99 USD"'),
                ('money_per_document: "75.00 EUR"', 'money_per_document: "75.0001 EUR"'),
            )
        ),
    ],
)
def test_one_step_off_in_our_policy_is_caught(
    says: str, becomes: str, cards: Mapping[str, ToolCard]
):
    data = f"{HEAD}{says}\n".encode()
    spoilt = loaded(f"{HEAD}{becomes}\n".encode(), cards)
    assert list(told_apart(data, cards, FEW)) == []
    assert is_caught(told_apart(data, cards, 2 * SOME, policy=spoilt))


class AtLeast(TotalOver):
    """What `total_over` must not be."""

    def holds(self, facts: Facts) -> Holds:
        amount = facts.exposure_in(self.limit.currency)
        return Holds.YES if amount == self.limit.amount else super().holds(facts)


def test_at_least_for_over_in_our_decision_is_caught(cards: Mapping[str, ToolCard]):
    data = one_word("total_over", '"500.00 USD"', "ask_when")
    policy = loaded(data, cards)
    (rule,) = policy.rules
    (clause,) = rule.clauses
    (condition,) = clause.conditions
    assert isinstance(condition, TotalOver)
    wrong: Condition = AtLeast(condition.limit)
    spoilt = replace(
        policy, rules=(replace(rule, clauses=(replace(clause, conditions=(wrong,)),)),)
    )
    (found,) = islice(told_apart(data, cards, SOME, policy=spoilt), 1)
    assert (found.ours, found.cedars) == ("ask", "allow")
    money = found.put.facts
    assert Decimal("500.00") in {
        one.amount for one in (money.total, money.base_total, money.gross) if one
    }


def test_the_calls_reach_every_outcome(cards: Mapping[str, ToolCard]):
    data = (FOLDER / "controller.yaml").read_bytes()
    policy = loaded(data, cards)
    deny_all = Compiled(deny="", ask="")
    found = list(told_apart(data, cards, SOME, policy=policy, text=deny_all))
    assert {one.ours for one in found} == {Outcome.ALLOW.value, Outcome.ASK.value}
    assert SOME / 10 < len(found) < SOME * 9 / 10
