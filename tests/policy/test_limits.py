"""Working hours and budgets."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType

import pytest

from tests.policy.cards import CREATE_CONTACT, LIST_CONTACTS
from tests.policy.scenes import BILLS, HEAD, NOW, call_to, decided, money, policy_of, total
from xero_mcp.policy.decision import Reservation
from xero_mcp.policy.hours import parse_hours
from xero_mcp.policy.limits import day_start
from xero_mcp.policy.step import Outcome, Stage
from xero_mcp.policy.usage import Usage
from xero_mcp.tool.facts import Facts


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


LONDON = "Mon-Fri 08:00-18:00 Europe/London"


@pytest.mark.parametrize(
    ("hours", "at", "are_open"),
    [
        (LONDON, "2026-03-02 08:00", True),  # Monday, GMT
        (LONDON, "2026-03-02 07:59", False),
        (LONDON, "2026-03-02 17:59", True),
        (LONDON, "2026-03-02 18:00", False),
        (LONDON, "2026-03-01 12:00", False),  # Sunday
        (LONDON, "2026-06-01 07:00", True),  # summer time: eight in London
        (LONDON, "2026-06-01 17:00", False),
        ("Sat-Mon 8:30-24:00 UTC", "2026-03-01 23:59", True),
        ("Sat-Mon 8:30-24:00 UTC", "2026-03-03 12:00", False),
        ("Mon,Wed 00:00-24:00 UTC", "2026-03-04 00:00", True),
        ("Mon,Wed 00:00-24:00 UTC", "2026-03-03 00:00", False),
        ("Fri 09:00-17:00 Pacific/Auckland", "2026-03-05 20:30", True),  # Friday there
    ],
)
def test_hours_are_those_of_their_zone(hours: str, at: str, are_open: bool):  # noqa: FBT001 - a case
    assert parse_hours(hours).are_open(utc(at)) is are_open


def test_outside_the_hours_everything_is_denied_until_they_open():
    text = f'{BILLS}limits: {{ hours: "{LONDON}" }}\n'
    friday_evening = utc("2026-03-27 19:00")
    decision = decided(text, call_to(at=friday_evening))
    assert decision.outcome is Outcome.DENY
    assert (decision.stage, decision.limit) == (Stage.LIMITS, "hours")
    # Monday eight in London, and over the weekend the clocks went forward.
    opens = utc("2026-03-30 07:00")
    assert decision.retry_after_seconds == (opens - friday_evening).total_seconds()
    assert decided(text, call_to(at=opens)).outcome is Outcome.ALLOW


@pytest.mark.parametrize(("so_far", "outcome"), [(1, Outcome.ALLOW), (2, Outcome.DENY)])
def test_writes_per_hour_counts_the_ones_before(so_far: int, outcome: Outcome):
    text = f"{BILLS}limits: {{ writes_per_hour: 2 }}\n"
    decision = decided(text, usage=Usage(writes_last_hour=so_far))
    assert decision.outcome is outcome
    assert decision.limit == ("writes_per_hour" if outcome is Outcome.DENY else None)


def test_a_reader_uses_up_no_writes():
    text = f"{HEAD}access: {{ contacts: read }}\nlimits: {{ writes_per_hour: 0 }}\n"
    decision = decided(text, call_to(LIST_CONTACTS))
    assert decision.outcome is Outcome.ALLOW
    assert decision.reserve is None


@pytest.mark.parametrize(
    ("spent", "amount", "outcome"),
    [
        ({}, "100.00 USD", Outcome.ALLOW),
        ({}, "100.01 USD", Outcome.DENY),
        ({"USD": "60.00"}, "40.00 USD", Outcome.ALLOW),
        ({"USD": "60.00"}, "40.01 USD", Outcome.DENY),
        ({"EUR": "60.00"}, "100.00 USD", Outcome.ALLOW),
        ({"USD": "100.01"}, "-50.00 USD", Outcome.DENY),
        ({}, "1.00 EUR", Outcome.ASK),
    ],
)
def test_money_per_day_never_passes_its_limit(
    spent: Mapping[str, str], amount: str, outcome: Outcome
):
    text = f'{BILLS}limits: {{ money_per_day: "100.00 USD" }}\n'
    usage = Usage(
        money_today=MappingProxyType({key: Decimal(value) for key, value in spent.items()})
    )
    assert decided(text, facts=total(amount), usage=usage).outcome is outcome


def test_a_day_begins_at_midnight_of_the_zone_of_the_hours():
    text = f'{BILLS}limits: {{ hours: "Mon-Fri 00:00-24:00 America/New_York" }}\n'
    assert day_start(policy_of(text), utc("2026-03-02 03:00")) == utc("2026-03-01 05:00")
    assert day_start(policy_of(BILLS), utc("2026-03-02 03:00")) == utc("2026-03-02 00:00")


def test_a_full_day_frees_up_at_the_next_midnight():
    text = f'{BILLS}limits: {{ money_per_day: "1.00 USD" }}\n'
    decision = decided(text, facts=total("2.00 USD"), usage=Usage())
    assert decision.retry_after_seconds == (utc("2026-03-03 00:00") - NOW).total_seconds()


@pytest.mark.parametrize("limit", ["writes_per_hour: 5", 'money_per_day: "5.00 USD"'])
def test_what_was_used_up_and_is_not_known_counts_as_all(limit: str):
    text = f"{BILLS}limits: {{ {limit} }}\n"
    assert decided(text, facts=total("1.00 USD"), usage=None).outcome is Outcome.DENY


def test_an_unknown_total_fits_into_no_budget():
    text = f'{BILLS}limits: {{ money_per_day: "5.00 USD" }}\n'
    unknown = Facts(unknown=MappingProxyType({"total": "no tax rate"}))
    assert decided(text, facts=unknown, usage=Usage()).outcome is Outcome.DENY


def test_what_has_no_amount_fits_into_every_budget():
    text = f'{HEAD}access: {{ contacts: draft }}\nlimits: {{ money_per_day: "0.00 USD" }}\n'
    assert decided(text, call_to(CREATE_CONTACT), usage=Usage()).outcome is Outcome.ALLOW


def test_a_call_reserves_what_it_will_use_up():
    both = 'limits: { writes_per_hour: 5, money_per_day: "50.00 USD" }\n'
    decision = decided(BILLS + both, facts=total("9.00 USD"), usage=Usage())
    assert decision.reserve == Reservation(writes=1, money=money("9.00 USD"))
    in_base = Facts(total=money("8.00 EUR"), base_total=money("9.00 USD"))
    assert decided(BILLS + both, facts=in_base, usage=Usage()).reserve == decision.reserve
    assert decided(BILLS, facts=total("9.00 USD")).reserve is None
    denied = decided(BILLS + both, facts=total("51.00 USD"), usage=Usage())
    assert denied.reserve is None
