"""What a change of a policy means, in sentences."""

from tests.policy.cards import CARDS
from tests.policy.scenes import BILLS, NOW, policy_of
from xero_mcp.policy.compare import Change, compare


def changes(old: str, new: str) -> list[Change]:
    return compare(policy_of(old), policy_of(new), CARDS, at=NOW)


def test_the_same_policy_differs_in_nothing():
    assert changes(BILLS, BILLS + "# a remark\n") == []


def test_more_access_is_told_by_what_it_lets_an_agent_do():
    wider = BILLS.replace("bills: draft", "bills: post, contacts: read")
    assert changes(BILLS, wider) == [
        Change("allowed", "list-contacts can be used."),
        Change("allowed", "create-invoice can be used with status authorised."),
    ]
    assert Change("refused", "list-contacts can no longer be used.") in changes(wider, BILLS)


def test_rules_limits_never_hidden_and_organisations_are_told():
    narrower = f"""{BILLS}never: [change-bank-details]
hide: [contact.email]
limits: {{ writes_per_hour: 4 }}
rules:
  - {{ name: a, for: [create-invoice], ask_when: {{ total_over: "5.00 USD" }} }}
  - {{ name: b, for: [create-invoice], allow_when: {{ currency: [USD] }} }}
"""
    found = changes(BILLS, narrower)
    assert [change.becomes for change in found] == ["asked", *["refused"] * 4]
    assert found[0].text.startswith("New rule, a: create-invoice: owner@example.com must approve")
    assert Change("refused", "New: At most 4 writes an hour.") in found
    back = changes(narrower, BILLS)
    assert {change.becomes for change in back} == {"allowed"}
    assert any("no longer asked" in change.text for change in back)


def test_a_limit_that_is_raised_is_told_both_ways():
    low, high = (f"{BILLS}limits: {{ writes_per_hour: {n} }}\n" for n in (4, 5))
    assert changes(low, high) == [
        Change("allowed", "Gone: At most 4 writes an hour."),
        Change("refused", "New: At most 5 writes an hour."),
    ]
