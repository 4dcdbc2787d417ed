"""`--toolsets` and `--read-only` take away; nothing is shown or done past them."""

from dataclasses import replace

import pytest

from tests.gate.world import World, bill, code_of
from xero_mcp.agents import launched_agent
from xero_mcp.gate import Gate
from xero_mcp.gate.narrowing import SETS, Narrowing
from xero_mcp.tool.access import Area


def narrowed(house: World, *toolsets: str, read_only: bool = False) -> None:
    """The same house, started with those flags."""
    narrowing = Narrowing.of(toolsets, read_only=read_only)
    house.rooms = replace(house.rooms, narrowing=narrowing)
    house.gate = Gate(house.rooms)


async def shown(house: World) -> set[str]:
    return {card.name for card in await house.gate.visible(launched_agent("clerk"))}


async def test_read_only_shows_and_lets_through_no_write(house: World):
    narrowed(house, read_only=True)
    assert "list-invoices" in await shown(house)
    assert not [card for card in await house.gate.visible(launched_agent("clerk")) if card.writes]
    answer = await house.call("create-invoice", bill(house.supplier()))
    assert code_of(answer) == "NOT_ALLOWED"
    assert "--read-only" in answer.content["error"]["message"]
    assert house.processed("PUT /Invoices") == 0
    [refusal] = await house.records(kind="refusal", tool="create-invoice")
    assert "--read-only" in refusal["reason"]


async def test_a_toolset_shows_its_areas_and_what_an_agent_is_told_of_itself(house: World):
    before = await shown(house)
    narrowed(house, "contacts")
    after = await shown(house)
    assert after < before
    assert {"list-contacts", "what-can-i-do", "list-organisations"} <= after
    assert "list-accounts" not in after
    told = await house.good("what-can-i-do")
    assert "list-accounts" not in str(told)


async def test_another_area_is_refused_by_the_argument_that_means_it(house: World):
    narrowed(house, "bills")
    assert "create-invoice" in await shown(house)
    done = await house.call("create-invoice", bill(house.supplier()))
    assert code_of(done) == "ok"
    card = house.gate.card("create-invoice")
    assert card is not None
    assert card.area_by is not None
    sale = next(word for word, area in card.area_by.values.items() if area == Area.INVOICES)
    answer = await house.call("create-invoice", bill(house.supplier()) | {"type": sale})
    assert code_of(answer) == "NOT_ALLOWED"
    assert "--toolsets" in answer.content["error"]["message"]


async def test_flags_never_widen_a_policy(house: World):
    before = await shown(house)
    narrowed(house, *Area)
    assert await shown(house) == before


async def test_an_alias_is_no_way_around(house: World):
    narrowed(house, "accounts", read_only=True)
    aliases = [alias for card in house.rooms.cards.values() for alias in card.aliases]
    assert aliases
    for alias in aliases:
        card = house.gate.card(alias)
        assert card is not None
        if card.writes:
            assert code_of(await house.call(alias, {})) == "NOT_ALLOWED"


@pytest.mark.parametrize("word", ["", "invoice", "all", "SALES"])
def test_a_word_that_is_no_toolset_is_told_with_those_that_are(word: str):
    with pytest.raises(ValueError, match=r"purchases.*manual-journals"):
        Narrowing.of([word], read_only=False)


def test_each_area_is_in_a_set_or_told_by_its_own_name():
    assert all(areas <= set(Area) for areas in SETS.values())
    assert Narrowing.of(["sales", "bank"], read_only=False).areas == SETS["sales"] | SETS["bank"]
