"""Of which changes a policy lets an agent hear."""

import pytest

from tests.policy.cards import card
from tests.policy.scenes import NOW, policy_of
from xero_mcp.policy.decide import decide
from xero_mcp.policy.reach import call_of, reads_rows, token_scopes
from xero_mcp.policy.step import Outcome
from xero_mcp.policy.told import PATHS, told_areas
from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.facts import Facts
from xero_mcp.tools.changes import TOLD

LIST_CHANGES = card("list-changes", Area.ORGANISATION, Access.READ, tells_of=TOLD)
HEAD = "agent: clerk\nowner: jane@example.com\norganisations: [Acme]\n"


def outcome(text: str, *areas: str) -> str:
    policy = policy_of(HEAD + text)
    arguments = {"areas": list(areas)} if areas else {}
    call = call_of(policy, LIST_CHANGES, arguments, organisation="Acme", at=NOW)
    return decide(policy, call, Facts()).outcome.value


def test_the_tools_tell_of_every_area_whose_reading_is_known():
    assert set(TOLD) == set(PATHS)


@pytest.mark.parametrize(
    ("text", "areas", "word"),
    [
        ("access: { invoices: read }", (), "allow"),
        ("access: { invoices: full }", ("invoices",), "allow"),
        ("access: { invoices: read }", ("bills",), "deny"),
        ("access: { invoices: read }", ("invoices", "bills"), "deny"),
        ("access: { reports: read }", (), "deny"),
        ("access: { organisation: off, invoices: read }", (), "deny"),
    ],
)
def test_one_area_that_may_be_read_is_needed_and_each_that_is_named(
    text: str, areas: tuple[str, ...], word: str
):
    assert outcome(text, *areas) == Outcome(word)


def test_a_ceiling_of_scopes_holds_for_changes_as_for_reading():
    text = "access: { invoices: read, contacts: read }\nscopes: [accounting.contacts]"
    assert told_areas(policy_of(HEAD + text), TOLD) == {Area.CONTACTS}


def test_who_only_hears_of_changes_has_a_token_that_can_ask_which_organisations_there_are():
    policy = policy_of(f"{HEAD}access: {{ invoices: read }}")
    assert token_scopes(policy, [LIST_CHANGES], at=NOW) == {"accounting.invoices.read"}
    assert reads_rows(LIST_CHANGES)
