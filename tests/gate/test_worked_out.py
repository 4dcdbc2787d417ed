"""What is worked out once of a policy and the tools is never that of another."""

from dataclasses import replace
from datetime import timedelta

from tests.gate.world import World, code_of
from tests.policy.cards import CARDS
from tests.policy.scenes import HEAD, NOW, policy_of
from xero_mcp.gate import Gate
from xero_mcp.gate.narrowing import Narrowing
from xero_mcp.gate.views import view_of
from xero_mcp.gate.worked_out import MAX_POLICIES, WorkedOut
from xero_mcp.policy.reach import token_scopes, visible
from xero_mcp.tool.view import AgentView

BOTH = {card.name: card for card in CARDS}
ONE = {"list-contacts": BOTH["list-contacts"]}
POLICY = policy_of(f"{HEAD}access: {{ bills: draft, contacts: read }}\n")


def test_it_is_what_the_policy_says_however_often_it_is_asked():
    kept = WorkedOut()
    for _ in range(2):
        found = kept.how_far(POLICY, BOTH, at=NOW)
        assert list(found.visible) == visible(POLICY, CARDS, at=NOW)
        assert found.scopes == token_scopes(POLICY, CARDS, at=NOW)
    assert kept.how_far(POLICY, BOTH, at=NOW) is kept.how_far(POLICY, BOTH, at=NOW)


def test_a_policy_that_expires_shows_nothing_from_the_day_after():
    policy = replace(POLICY, expires=NOW.date())
    kept = WorkedOut()
    assert kept.how_far(policy, BOTH, at=NOW).visible
    after = kept.how_far(policy, BOTH, at=NOW + timedelta(days=1))
    assert (after.visible, after.scopes) == ((), frozenset())


def test_other_tools_and_other_policies_are_asked_anew():
    kept = WorkedOut()
    assert len(kept.how_far(POLICY, BOTH, at=NOW).visible) > 1
    assert [card.name for card in kept.how_far(POLICY, ONE, at=NOW).visible] == ["list-contacts"]
    without = replace(POLICY, access={})
    assert "list-contacts" not in {one.name for one in kept.how_far(without, BOTH, at=NOW).visible}


def test_a_policy_that_is_forgotten_meanwhile_comes_back_the_same():
    kept = WorkedOut()
    before = kept.how_far(POLICY, BOTH, at=NOW)
    others = [replace(POLICY, access={}) for _ in range(MAX_POLICIES)]
    assert not any(kept.how_far(other, ONE, at=NOW).visible for other in others)
    again = kept.how_far(POLICY, BOTH, at=NOW)
    assert again is not before
    assert again == before


def test_a_tool_whose_schema_changed_has_another_hash():
    card, kept = ONE["list-contacts"], WorkedOut()
    before = kept.schema_hash(card)
    assert kept.schema_hash(card) == before
    changed = replace(card, input_schema={**card.input_schema, "title": "another"})
    assert kept.schema_hash(changed) != before
    assert kept.schema_hash(card) == before


def test_a_tool_is_named_where_the_policy_could_let_some_call_of_it_through():
    far = WorkedOut().how_far(POLICY, BOTH, at=NOW)
    assert far.names == {card.name for card in visible(POLICY, CARDS, at=NOW)}
    assert "list-contacts" in far.names
    assert "delete-contact" not in far.names


def test_what_an_agent_is_told_of_itself_is_worked_out_once_and_anew_where_anything_differs():
    kept, made = WorkedOut(), list[AgentView]()

    def work_out() -> AgentView:
        made.append(view_of(POLICY, own=(), visible=()))
        return made[-1]

    far = kept.how_far(POLICY, BOTH, at=NOW)
    assert kept.view(far, "here", work_out) is kept.view(far, "here", work_out)
    assert len(made) == 1
    assert kept.view(far, "there", work_out) is made[1]
    other = kept.how_far(replace(POLICY, access={}), BOTH, at=NOW)
    assert kept.view(other, "there", work_out) is made[2]
    assert kept.view(far, "there", work_out) is made[1]


async def test_a_server_with_flags_tells_an_agent_less_of_itself(house: World):
    told = await house.good("what-can-i-do")
    narrow = replace(house.rooms, narrowing=Narrowing(read_only=True))
    house.gate = Gate(narrow)
    assert set((await house.good("what-can-i-do"))["tools"]) < set(told["tools"])


async def test_a_policy_file_that_changes_counts_at_the_next_call(house: World):
    await house.good("list-accounts")
    assert "list-accounts" in str(await house.good("what-can-i-do"))
    file = house.folder / "home" / "policies" / "clerk.yaml"
    text = file.read_text(encoding="utf-8")
    assert "accounts: read" in text
    house.write_policy(text.replace("accounts: read", "accounts: off"))
    assert code_of(await house.call("list-accounts")) == "NOT_ALLOWED"
    assert "list-accounts" not in str(await house.good("what-can-i-do"))
