"""A yes is for the target as it stood, also where the rule that asks looked at nothing in Xero."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import pytest

from tests.gate.world import OPEN_POLICY, World, bill, code_of
from xero_mcp.agents import Caller, launched_agent
from xero_mcp.gate import GateAnswer

AFTER_READING = """  items: full
rules:
  - name: a person looks after reading
    for: [update-invoice, save-invoices, save-contacts, save-items]
    after_reading: untrusted_text
"""


@dataclass(frozen=True, kw_only=True)
class Deed:
    """A change of something that stands in Xero."""

    table: str
    key: str
    tool: str
    arguments: Mapping[str, object]
    shows: str
    """Of what a person is shown of the target."""


DeedOf = Callable[[World], Awaitable[Deed]]


async def of_a_bill(house: World) -> Deed:
    made = await house.good("create-invoice", bill(house.supplier(), number="B-41"))
    return Deed(
        table="Invoices",
        key=made["id"],
        tool="update-invoice",
        arguments={
            "type": "bill",
            "invoice_id": made["id"],
            "reference": "x",
            "status": "draft",
        },
        shows="100.00 USD",
    )


async def of_a_contact(house: World) -> Deed:
    contact = house.supplier()
    house.change("Contacts", contact, Name="Quiet Harbour Ltd", EmailAddress="quiet@example.com")
    entry = {"contact_id": contact, "first_name": "Ann"}
    return Deed(
        table="Contacts",
        key=contact,
        tool="save-contacts",
        arguments={"contacts": [entry]},
        shows="Quiet Harbour Ltd, email quiet@example.com",
    )


async def of_an_item(house: World) -> Deed:
    item = next(iter(house.books.table("Items")))
    entry = {"item_id": item["ItemID"], "code": item["Code"], "sales_price": "999.00"}
    return Deed(
        table="Items",
        key=item["ItemID"],
        tool="save-items",
        arguments={"items": [entry]},
        shows=f"{item['Code']}, {item['Name']}, sales price ",
    )


DEEDS = [of_a_bill, of_a_contact, of_an_item]


async def heard(house: World, tool: str, arguments: Mapping[str, object]) -> GateAnswer:
    """All in one conversation."""
    caller = Caller(agent=launched_agent("clerk"), transport="test", conversation="one")
    return await house.gate.call(caller, tool, arguments)


async def asked(house: World, deed: Deed) -> str:
    answer = await heard(house, deed.tool, deed.arguments)
    assert code_of(answer) == "APPROVAL_REQUIRED", answer.content
    return answer.content["error"]["details"][0]["message"]


async def begun(house: World, deed_of: DeedOf) -> Deed:
    """What is to be done, once others' text was read."""
    deed = await deed_of(house)
    house.write_policy(OPEN_POLICY + AFTER_READING)
    assert not (await heard(house, "list-contacts", {"page_size": 2})).is_error
    return deed


@pytest.mark.parametrize("deed_of", DEEDS)
async def test_a_person_sees_what_stands_there(house: World, deed_of: DeedOf):
    deed = await begun(house, deed_of)
    approval = await house.office.approvals.get(await asked(house, deed))
    assert deed.shows in dict(approval.row.summary)["stands now"]


@pytest.mark.parametrize("deed_of", DEEDS)
async def test_a_yes_lets_it_through_once(house: World, deed_of: DeedOf):
    deed = await begun(house, deed_of)
    await house.office.approvals.approve(await asked(house, deed), "finance@example.com")
    done = await heard(house, deed.tool, deed.arguments)
    assert code_of(done) == "ok", done.content


@pytest.mark.parametrize("deed_of", DEEDS)
async def test_a_target_that_changed_meanwhile_is_asked_about_anew(house: World, deed_of: DeedOf):
    deed = await begun(house, deed_of)
    first = await asked(house, deed)
    await house.office.approvals.approve(first, "finance@example.com")
    house.clock.advance(5)
    house.change(deed.table, deed.key, UpdatedDateUTC=house.clock.now())
    assert await asked(house, deed) != first


async def test_the_total_is_shown_whatever_asked(house: World):
    deed = await begun(house, of_a_bill)
    approval = await house.office.approvals.get(await asked(house, deed))
    assert dict(approval.row.summary)["total, tax included"] == "100.00 USD"
    assert approval.row.action.endswith("(100.00 USD)")
