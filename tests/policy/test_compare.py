"""What a change of a policy means, in sentences."""

from tests.policy.cards import CARDS
from tests.policy.scenes import BILLS, NOW, policy_of
from xero_mcp.policy.compare import Change, compare
from xero_mcp.policy.vocabulary import LIMITS, NEVERS, POLICY
from xero_mcp.policy.word import enforced
from xero_mcp.tools.index import load_cards


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


def test_watch_mode_and_a_later_end_are_told_as_what_they_let_pass():
    watching = changes(BILLS, BILLS + "mode: watch\n")
    assert Change("allowed", watching[0].text) in watching
    assert any("mode becomes watch" in change.text for change in watching)
    enforcing = changes(BILLS + "mode: watch\n", BILLS)
    assert {"refused"} == {change.becomes for change in enforcing}
    early, late = (f"{BILLS}expires: 2027-03-{day}\n" for day in (30, 31))
    assert changes(early, late) == [
        Change("allowed", "It holds until 2027-03-31; before, until 2027-03-30.")
    ]
    assert changes(late, BILLS)[0].becomes == "allowed"
    assert changes(BILLS, late) == [
        Change("refused", "It holds until 2027-03-31; before, without a last day.")
    ]


def test_every_key_of_the_file_that_decides_is_told():
    more = {
        "expires": "expires: 2027-03-31",
        "mode": "mode: watch",
        "attribution": "attribution: history-note",
        "organisations": None,
        "access": None,
        "rules": 'rules: [{ name: a, deny_when: { total_over: "5.00 USD" } }]',
        "never": "never: [change-bank-details]",
        "limits": "limits: { writes_per_hour: 4 }",
        "rates": 'rates: [{ day: 2026-03-02, currency: EUR, worth: "1.08 USD" }]',
        "tools": "tools: { except: [create-invoice] }",
        "scopes": "scopes: [accounting.contacts.read]",
        "hide": "hide: [contact.email]",
        "purpose": "purpose: Another one.",
        "agent": None,
        "owner": None,
        "examples": None,
    }
    assert more.keys() == POLICY.keys()
    for key, text in more.items():
        if text is not None:
            assert changes(BILLS, f"{BILLS}{text}\n"), key
    for word in enforced(LIMITS):
        text = f"{BILLS}limits: {{ {word.name}: {word.example} }}\n"
        (change,) = changes(BILLS, text)
        assert change.becomes == "refused", word.name
    for never in NEVERS:
        assert changes(BILLS, f"{BILLS}never: [{never}]\n") == [
            Change("refused", f"New: {NEVERS[never]}")
        ]
    assert changes(BILLS, BILLS.replace("owner@", "other@"))
    elsewhere = BILLS.replace("(Global)", "(UK)")
    assert {one.becomes for one in changes(BILLS, elsewhere)} == {"allowed", "refused"}


def test_an_area_that_a_call_reads_besides_its_own_is_told():
    """Files and notes hang on documents of every kind."""
    old = BILLS.replace("bills: draft", "bills: draft, attachments: draft")
    new = old.replace("bills: draft,", "bills: draft, quotes: read,")
    found = compare(policy_of(old), policy_of(new), load_cards().values(), at=NOW)
    told = [change.text for change in found if "attachment" in change.text]
    assert told == [
        "add-attachment can be used with document quote.",
        "get-attachments can be used with document quote.",
    ]
    back = compare(policy_of(new), policy_of(old), load_cards().values(), at=NOW)
    assert Change("refused", "add-attachment can no longer be used with document quote.") in back


def test_another_ceiling_of_scopes_is_told_also_where_no_tool_comes_or_goes():
    ceiling = f"{BILLS}scopes: [accounting.invoices, accounting.contacts.read]\n"
    lower = f"{BILLS}scopes: [accounting.invoices]\n"
    said = "Ceiling of scopes: accounting.contacts.read, accounting.invoices becomes"
    assert Change("other", f"{said} accounting.invoices.") in changes(ceiling, lower)
    assert Change("other", f"{said} no ceiling.") in changes(ceiling, BILLS)
