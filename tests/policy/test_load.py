"""From a document to a policy: what is taken, and what each mistake is told."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.policy.scenes import BILLS, HEAD, HOME, policy_of, problems_of
from xero_mcp.money import Money
from xero_mcp.policy.conditions import ContactKnownForLessThan, TotalOver
from xero_mcp.policy.model import Mode, Never
from xero_mcp.policy.step import Outcome
from xero_mcp.tool.access import Access, Area

WHOLE = """\
agent: ap-clerk
purpose: Enters supplier
  bills.
owner: Finance@Example.com
expires: 2027-03-31
mode: watch
organisations: [Demo Company (Global), 4F5A0000-0000-0000-0000-000000000001]
access:
  bills: draft
  reports: [profit-and-loss, aged-payables]
  payments: off
rules:
  - name: nothing above five thousand
    for: [create-invoice, create-payment]
    deny_when: { total_over: "5000.00 USD" }
  - name: bigger bills need a person
    for: [create-invoice]
    ask_when: { total_over: "500.00 USD", contact_known_for_less_than: 30d }
    ask: [B@example.com, a@example.com]
    approvals: 2
    answer_within: 4h
never: [change-bank-details]
limits:
  hours: "Mon-Fri 8:00-18:00 Europe/London"
  writes_per_hour: 40
  money_per_day: "2000.00 USD"
tools: { except: [email-document] }
scopes: [accounting.invoices, accounting.contacts.read]
examples:
  - { call: create-invoice, with: { type: bill, total: 500 USD }, expect: deny }
"""


def test_every_word_arrives_typed():
    policy = policy_of(WHOLE)
    assert policy.agent == "ap-clerk"
    assert policy.purpose == "Enters supplier bills."
    assert policy.owner == "finance@example.com"
    assert policy.expires == date(2027, 3, 31)
    assert policy.mode is Mode.WATCH
    assert policy.organisations == (HOME, "4F5A0000-0000-0000-0000-000000000001")
    assert policy.grant(Area.BILLS).access is Access.DRAFT
    assert policy.grant(Area.REPORTS).reports == {"profit-and-loss", "aged-payables"}
    assert policy.grant(Area.PAYMENTS).access is Access.OFF
    assert policy.never == {Never.CHANGE_BANK_DETAILS}
    assert policy.limits.writes_per_hour == 40
    assert policy.limits.money_per_day == Money(Decimal("2000.00"), "USD")
    assert policy.limits.hours is not None
    assert policy.tools.without == {"email-document"}
    assert policy.scopes is not None
    assert "accounting.invoices.read" in policy.scopes
    assert policy.lines["limits.hours"] == 24


def test_rules_arrive_sorted_by_name_with_their_conditions_and_lines():
    first, second = policy_of(WHOLE).rules
    assert (first.name, first.line, first.clauses[0].line) == ("bigger bills need a person", 16, 18)
    assert first.clauses[0].outcome is Outcome.ASK
    assert first.clauses[0].conditions == (
        TotalOver(Money(Decimal("500.00"), "USD")),
        ContactKnownForLessThan(timedelta(days=30)),
    )
    assert first.approvers == ("a@example.com", "b@example.com")
    assert first.approvals == 2
    assert first.answer_within == timedelta(hours=4)
    assert second.clauses[0].outcome is Outcome.DENY
    assert second.tools == {"create-invoice", "create-payment"}


def test_a_policy_needs_little():
    policy = policy_of(f"agent: a\norganisations: [{HOME}]\naccess: {{}}\n")
    assert policy.mode is Mode.ENFORCE
    assert policy.rules == ()
    assert policy.scopes is None


def test_the_organisation_may_be_read_where_nothing_is_said():
    assert policy_of(BILLS).grant(Area.ORGANISATION).access is Access.READ
    closed = BILLS.replace("{ bills: draft }", "{ organisation: off }")
    assert policy_of(closed).grant(Area.ORGANISATION).access is Access.OFF


def test_all_problems_are_told_at_once_in_the_order_of_the_file():
    text = "agent: AP Clerk\nacess: {}\naccess: { bils: draft, bills: raed }\nmode: watched\n"
    assert problems_of(text) == [
        (
            "ap-clerk.yaml:1:1: a policy has no `organisations`,"
            " such as `organisations: [Demo Company (Global)]`"
        ),
        (
            "ap-clerk.yaml:1:8: `agent`: `AP Clerk` is not a name: small letters, digits and single"
            " hyphens"
        ),
        "ap-clerk.yaml:2:1: `acess` is not a key of a policy: did you mean `access`?",
        "ap-clerk.yaml:3:11: `bils` is not a key of `access`: did you mean `bills`?",
        "ap-clerk.yaml:3:31: `raed` is not a level: did you mean `read`?",
        "ap-clerk.yaml:4:7: `watched` is not a mode: did you mean `watch`?",
    ]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("owner: Jane\n", "4:8: `owner`: `Jane` is not an email address"),
        ("owner:\n", "`owner` has no value"),
        ("owner: [a@example.com]\n", "`owner` is text; this is a list"),
        ("mode: zzz\n", "`zzz` is not a mode: there is enforce or watch"),
        ("purpose: { a: b }\n", "`purpose` is text; this is a mapping"),
        (f"purpose: {'x ' * 300}\n", "more than 500 characters"),
        ("expires: 31.3.2027\n", "`31.3.2027` is not a date such as 2027-03-31"),
        ("expires: 2027-02-30\n", "`2027-02-30` is not a date"),
        ("expires: 0001-01-01\n", "is not a date"),
        ("expires: \u0662027-01-01\n", "is not a date"),
        ("never: change-bank-details\n", "`never` is a list of never words, in `[ ]`"),
        ("never: []\n", "`never` is empty: leave it out"),
        ("never: [change-bank-detail]\n", "did you mean `change-bank-details`?"),
        ("never: [change-bank-details, change-bank-details]\n", "is named twice"),
        ("tools: {}\n", "`tools` takes `only` or `except`"),
        ("tools: { only: [get-invoice], except: [list-invoices] }\n", "one of them"),
        ("tools: { only: [get-invoices] }\n", "did you mean `get-invoice`?"),
        ("tools: { only: [list-all-contacts] }\n", "write `list-contacts`"),
        ("tools: [get-invoice]\n", "`tools` has keys, such as `only` or `except`"),
        ("scopes: [accounting.invoice]\n", "did you mean `accounting.invoices`?"),
        ("scopes: [accounting.transactions]\n", "opens too much with one word"),
        ("scopes: [[a]]\n", "`scopes` is text; this is a list"),
        ("limits: { writes_per_hour: 0777 }\n", "`0777` is not a whole number"),
        ("limits: { writes_per_hour: 1e3 }\n", "`1e3` is not a whole number"),
        ("limits: { writes_per_hour: -1 }\n", "`-1` is not a whole number"),
        ("limits: { writes_per_hour: 9999999 }\n", "is more than 1,000,000"),
        ("limits: { money_per_day: 2000 }\n", "is not an amount with its currency"),
        ("limits: { money_per_day: 1e3 USD }\n", "is not an amount with its currency"),
        ("limits: { money_per_day: -5.00 USD }\n", "is below zero"),
        ("limits: { money_per_day: 5.00 usd }\n", "is not an amount with its currency"),
        ("limits: { money_per_day: '5,000.00 USD' }\n", "is not an amount with its currency"),
        ("limits: { hours: 08:00-18:00 }\n", "are days, times and a time zone"),
        ("limits: { hours: Mon-Fry 08:00-18:00 UTC }\n", "`Fry` is not a day"),
        ("limits: { hours: Mon-Fri 08:00-25:00 UTC }\n", "25:00 is not a time of day"),
        ("limits: { hours: Mon-Fri 08:60-18:00 UTC }\n", "08:60 is not a time of day"),
        ("limits: { hours: Mon-Fri 18:00-08:00 UTC }\n", "end after they begin"),
        ("limits: { hours: Mon-Fri 08:00-18:00 Europe/Lundon }\n", "is not a time zone"),
        ("limits: { hours: Mon-Fri 08:00-18:00 ../../etc/passwd }\n", "is not a time zone"),
        ("limits: { hours: Mon-Fri 08:00-18:00 Europe }\n", "is not a time zone"),
        ("limits: { money_per_day: 5 USD, money_per_contact: 5 EUR }\n", "write it in USD"),
        ("hide: [contact.bank]\n", "did you mean `contact.bank_account`?"),
        ("rules: {}\n", "`rules` is a list of rules"),
        ("rules: [text]\n", "a rule has keys, such as"),
    ],
)
def test_a_mistake_is_told_in_one_clear_line(more: str, told: str):
    found = problems_of(HEAD + "access: { bills: draft }\n" + more)
    assert len(found) == 1, found
    assert told in found[0]
    assert found[0].startswith("ap-clerk.yaml:4:")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("agent: a\naccess: {}\norganisations: []\n", "`organisations` is empty"),
        ("agent: a\naccess: {}\norganisations: Demo\n", "`organisations` is a list"),
        ("agent: a\naccess: []\norganisations: [Demo]\n", "`access` has keys"),
        ("agent: a\naccess: { bills: NO }\norganisations: [Demo]\n", "`NO` is not a level"),
        ("agent: a\naccess: { bills: [x] }\norganisations: [Demo]\n", "`bills` is text"),
        (
            "agent: a\naccess: { reports: [profit-and-lost] }\norganisations: [Demo]\n",
            "`profit-and-lost` is not a report: did you mean `profit-and-loss`?",
        ),
        ("agent: a\naccess: { reports: [] }\norganisations: [Demo]\n", "`reports` is empty"),
        ("agent: a--b\naccess: {}\norganisations: [Demo]\n", "is not a name"),
        ("agent: ../a\naccess: {}\norganisations: [Demo]\n", "is not a name"),
        (f"agent: {'a' * 65}\naccess: {{}}\norganisations: [Demo]\n", "is not a name"),
    ],
)
def test_a_wrong_agent_organisation_or_level_is_told(text: str, told: str):
    assert any(told in line for line in problems_of(text))


def rule(text: str, *, owner: str = "owner: owner@example.com\n") -> str:
    return f"{HEAD}{owner}access: {{ bills: draft }}\nrules:\n  - {text}\n"


ASKS = 'ask_when: { total_over: "1.00 USD" }'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{ name: a }", "`allow_when` or `after_reading`: this one says nothing"),
        ("{ name: a, ask_when: {} }", "`ask_when` has no condition"),
        ("{ ask_when: { total_over: 1 USD } }", "a rule has no `name`"),
        ("{ name: a, ask_when: { total_ovr: 1 USD } }", "did you mean `total_over`?"),
        ("{ name: a, ask_when: { total_over: 1 } }", "is not an amount with its currency"),
        ("{ name: a, allow_when: { total_over: 1 USD } }", "`allow_when` without `for`"),
        (f"{{ name: a, {ASKS}, ask_strictly: yes }}", "neither true nor false"),
        ("{ name: a, after_reading: untrusted_txt }", "did you mean `untrusted_text`?"),
        ("{ name: a, after_reading: [untrusted_text] }", "`after_reading`"),
        (
            (
                "{ name: a, for: [create-invoice], after_reading: untrusted_text,"
                " allow_when: { currency: [USD] } }"
            ),
            "make two rules of it",
        ),
        (
            (
                "{ name: a, after_reading: untrusted_text, deny_when: { currency: [USD] },"
                " ask: [a@b.co] }"
            ),
            "there is no `ask_when`",
        ),
        ("{ name: a, deny_when: { account_code_in: [400-3] } }", "runs backwards"),
        ("{ name: a, deny_when: { account_code_in: [a b] } }", "is not an account code"),
        ("{ name: a, deny_when: { account_code_in: 400 } }", "is a list of account codes"),
        ("{ name: a, deny_when: { currency: [usd] } }", "is not a currency"),
        ("{ name: a, deny_when: { status: [authorized] } }", "did you mean `authorised`?"),
        ("{ name: a, deny_when: { document_type: [bils] } }", "did you mean `bill`?"),
        ("{ name: a, deny_when: { contact_in: [Bolt Ltd] } }", "is not a contact's id"),
        ("{ name: a, deny_when: { report: [profit-or-loss] } }", "did you mean"),
        ("{ name: a, deny_when: { attachment_size_over: 5 } }", "500kB or 5MB"),
        ("{ name: a, deny_when: { attachment_type: [pdf] } }", "is not a type of file"),
        ("{ name: a, deny_when: { new_contact: maybe } }", "neither true nor false"),
        ("{ name: a, deny_when: { contact_known_for_less_than: 30 } }", "30m, 4h or 30d"),
        ("{ name: a, deny_when: { contact_known_for_less_than: 9999999d } }", "ten years"),
        (f"{{ name: a, {ASKS}, ask: [Jane] }}", "`Jane` is not an email address"),
        (f"{{ name: a, {ASKS}, ask: a@example.com }}", "`ask` is a list of people"),
        (f"{{ name: a, {ASKS}, approvals: 0 }}", "`approvals` is at least 1"),
        (f"{{ name: a, {ASKS}, approvals: 2 }}", "`approvals` is 2, but 1 may approve"),
        (
            f"{{ name: a, {ASKS}, ask: [jos\u00e9@x.org, jose\u0301@x.org], approvals: 2 }}",
            "`approvals` is 2, but 1 may approve",
        ),
        (f"{{ name: a, {ASKS}, approvals: two }}", "is not a whole number"),
        (f"{{ name: a, {ASKS}, answer_within: 10s }}", "is not between 1m and 30d"),
        (f"{{ name: a, {ASKS}, answer_within: 31d }}", "is not between 1m and 30d"),
        ("{ name: a, deny_when: { total_over: 1 USD }, ask: [a@b.co] }", "there is no `ask_when`"),
        (f"{{ name: a, for: [create-invoise], {ASKS} }}", "did you mean `create-invoice`?"),
        (f"{{ name: a, for: create-invoice, {ASKS} }}", "`for` is a list of tools"),
        (f"{{ name: a, {ASKS} }}\n  - {{ name: a, {ASKS} }}", "line 6 has the same name"),
    ],
)
def test_a_mistake_in_a_rule_is_told(text: str, told: str):
    found = problems_of(rule(text))
    assert len(found) == 1, found
    assert told in found[0]


def test_a_rule_that_asks_nobody_asks_the_owner():
    policy = policy_of(rule(f"{{ name: a, {ASKS} }}"))
    assert policy.rules[0].approvers == ("owner@example.com",)


def test_a_rule_with_nobody_to_ask_is_refused():
    found = problems_of(rule(f"{{ name: a, {ASKS} }}", owner=""))
    assert "nobody to ask" in found[0]


def test_one_rule_may_ask_and_deny():
    text = '{ name: a, ask_when: { total_over: "1 USD" }, deny_when: { total_over: "2 USD" } }'
    outcomes = [clause.outcome for clause in policy_of(rule(text)).rules[0].clauses]
    assert outcomes == [Outcome.ASK, Outcome.DENY]


def test_more_rules_than_anyone_can_read_are_refused():
    many = "\n  - ".join(f"{{ name: r{number}, {ASKS} }}" for number in range(201))
    assert "more than 200 rules" in problems_of(rule(many))[0]


def test_more_examples_than_anyone_can_read_are_refused():
    many = "".join("  - { call: list-contacts, expect: deny }\n" for _ in range(501))
    assert "more than 500 examples" in problems_of(f"{BILLS}examples:\n{many}")[0]


@pytest.mark.parametrize(
    ("example", "told"),
    [
        ("{ call: create-invoice }", "an example has no `expect`"),
        ("{ expect: deny }", "an example has no `call`"),
        ("{ call: create-invoise, expect: deny }", "did you mean `create-invoice`?"),
        ("{ call: create-invoice, expect: yes }", "`yes` is not an outcome"),
        ("{ call: create-invoice, expect: allowed }", "did you mean `allow`?"),
        ("{ call: create-invoice, with: { typ: bill }, expect: ask }", "did you mean `type`?"),
        ("{ call: create-invoice, with: { type: bil }, expect: ask }", "did you mean `bill`?"),
        ("{ call: create-invoice, with: { total: 5 }, expect: ask }", "is not an amount"),
        ("{ call: list-contacts, with: { type: bill }, expect: ask }", "`type` is not an argument"),
        ("{ call: list-contacts, with: [a], expect: ask }", "`with` has arguments and facts"),
        (
            "{ call: create-payment, with: { total: 5 USD, amount: 5 USD }, expect: ask }",
            "`amount` says `total` again",
        ),
        ("{ call: list-contacts, with: { period_locked: NO }, expect: ask }", "true nor false"),
        ("{ call: list-contacts, with: { at: noon }, expect: ask }", "is not a moment"),
        ("{ call: list-contacts, with: { at: 2026-02-30 10:00 }, expect: ask }", "not a moment"),
    ],
)
def test_a_mistake_in_an_example_is_told(example: str, told: str):
    found = problems_of(f"{BILLS}examples:\n  - {example}\n")
    assert len(found) == 1, found
    assert told in found[0]
