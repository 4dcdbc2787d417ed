"""What the record of a write says of why somebody should look, and of the agent's limits."""

from tests.gate.world import World, bill, code_of
from xero_mcp.store.tables.audit import AuditFilters


async def looks(house: World) -> list[list[str]]:
    """Of each intent to write, oldest first."""
    found = await house.records(kind="intent", tool="create-invoice")
    return [record.get("look", []) for record in found]


async def test_the_first_write_for_a_contact_is_marked_and_the_next_is_not(house: World):
    for number in ("1", "2"):
        await house.good("create-invoice", bill(house.supplier(), f"{number}0.00", number=number))
    assert await looks(house) == [["first-time contact"], []]
    listed = await house.office.audit.records(
        AuditFilters(needs_a_look=True), is_live=lambda _: True
    )
    assert [record.body["kind"] for record in listed] == ["intent"]


async def test_the_call_that_comes_near_a_limit_is_marked_once(house: World):
    house.rule('limits: { money_per_day: "100.00 USD", writes_per_hour: 40 }\n')
    for number, amount in enumerate(("40.00", "41.00", "5.00")):
        sent = bill(house.supplier(), amount, number=f"L-{number}")
        await house.good("create-invoice", sent)
    assert await looks(house) == [["first-time contact"], ["near a limit"], []]
    intents = await house.records(kind="intent", tool="create-invoice")
    assert intents[1]["limits"] == {
        "before": "money_per_day 40.00 of 100.00 USD; writes_per_hour 1 of 40",
        "reserved": "money_per_day 41.00 USD; writes_per_hour 1",
        "after": "money_per_day 81.00 of 100.00 USD; writes_per_hour 2 of 40",
    }
    outcomes = await house.records(kind="outcome", tool="create-invoice")
    assert outcomes[1]["limits"] == intents[1]["limits"]
    assert "look" not in outcomes[1]


async def test_a_contact_for_whom_nothing_was_ever_made_is_marked_as_new(house: World):
    house.rule(
        "rules:\n  - { name: new ones, for: [create-invoice], deny_when: "
        '{ new_contact: true, total_over: "5000.00 USD" } }\n'
    )
    made = await house.good("create-contact", {"name": "Quite New Ltd"})
    await house.good("create-invoice", bill(made["id"]))
    assert await looks(house) == [["new contact"]]


async def test_a_policy_that_only_watches_marks_what_is_done_out_of_hours(house: World):
    house.rule('mode: watch\nlimits: { hours: "Sat-Sun 03:00-04:00 Europe/London" }\n')
    answer = await house.call("create-invoice", bill(house.supplier()))
    assert code_of(answer) == "ok", answer.content
    assert "out of hours" in (await looks(house))[0]
