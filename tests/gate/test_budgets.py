"""What an agent may use up: money, calls to Xero, rows."""

import anyio

from tests.gate.world import OPEN_POLICY, World, bill, code_of


def limits(house: World, text: str) -> None:
    house.write_policy(f"{OPEN_POLICY}limits: {{ {text} }}\n")


def contacts(house: World) -> list[str]:
    return [one["ContactID"] for one in house.books.table("Contacts")]


async def test_money_per_contact_is_counted_for_each_by_itself(house: World):
    limits(house, 'money_per_contact: "150.00 USD"')
    first, second, *_ = contacts(house)
    await house.good("create-invoice", bill(first, "100.00"))
    refused = await house.call("create-invoice", bill(first, "50.01"))
    assert code_of(refused) == "LIMIT_REACHED"
    assert "for this contact today" in refused.content["error"]["message"]
    await house.good("create-invoice", bill(second, "150.00"))
    await house.good("create-invoice", bill(first, "50.00"))
    house.clock.advance(24 * 60 * 60)
    await house.good("create-invoice", bill(first, "149.00"))


async def test_money_per_document_stops_the_one_that_is_too_big(house: World):
    limits(house, 'money_per_document: "100.00 USD"')
    await house.good("create-invoice", bill(house.supplier(), "100.00"))
    refused = await house.call("create-invoice", bill(house.supplier(), "100.01"))
    assert code_of(refused) == "LIMIT_REACHED"


async def test_an_unknown_write_keeps_its_money_reserved(house: World):
    limits(house, 'money_per_contact: "100.00 USD"')
    house.fault("drop_after", method="PUT", path="/Invoices", times=9)
    lost = await house.call("create-invoice", bill(house.supplier(), "60.00"))
    assert code_of(lost) == "OUTCOME_UNKNOWN"
    house.demo.premises.faults.clear()
    another = await house.call("create-invoice", bill(house.supplier(), "60.00", number="2"))
    assert code_of(another) == "LIMIT_REACHED"


async def test_calls_to_xero_stop_at_the_agents_own_limit(house: World):
    await house.good("list-invoices")
    limits(house, "xero_calls_per_minute: 3")
    house.clock.advance(61)
    for page in range(1, 4):
        await house.good("list-contacts", {"page": page})
    before = sum(house.demo.premises.stats.requests.values())
    refused = await house.call("list-contacts")
    assert code_of(refused) == "LIMIT_REACHED"
    assert refused.content["error"]["retry_after_seconds"] == 60
    assert sum(house.demo.premises.stats.requests.values()) == before
    house.clock.advance(61)
    await house.good("list-contacts")


async def test_a_second_try_counts_as_a_call(house: World):
    await house.good("list-invoices")
    limits(house, "xero_calls_per_day: 5")
    house.fault("drop_before", path="/Contacts", times=9)
    first = await house.call("list-contacts")
    assert code_of(first) == "XERO_UNAVAILABLE"
    house.demo.premises.faults.clear()
    used = sum(house.demo.premises.stats.requests.values())
    heard = [code_of(await house.call("list-contacts")) for _ in range(6)]
    assert heard[-1] == "LIMIT_REACHED"
    assert sum(house.demo.premises.stats.requests.values()) - used <= 5


async def test_many_calls_at_once_never_pass_the_agents_limit(house: World):
    await house.good("list-invoices")
    limits(house, "xero_calls_per_minute: 4")
    house.clock.advance(61)
    heard: list[str] = []

    async def one() -> None:
        heard.append(code_of(await house.call("list-contacts")))

    async with anyio.create_task_group() as group:
        for _ in range(12):
            group.start_soon(one)
    assert heard.count("ok") == 4
    assert heard.count("LIMIT_REACHED") == 8


async def test_rows_that_are_too_many_for_today_are_not_shown(house: World):
    limits(house, "rows_read_per_day: 15")
    first = await house.good("list-contacts", {"page_size": 10})
    assert len(first["rows"]) == 10
    refused = await house.call("list-contacts", {"page_size": 10, "page": 2})
    assert code_of(refused) == "LIMIT_REACHED"
    assert "5 are left" in refused.content["error"]["message"]
    rest = await house.good("list-contacts", {"page_size": 5})
    assert len(rest["rows"]) == 5
    assert code_of(await house.call("list-contacts", {"page_size": 1})) == "LIMIT_REACHED"
    outcomes = await house.records(kind="outcome", error_code="LIMIT_REACHED")
    assert len(outcomes) == 1
    house.clock.advance(24 * 60 * 60)
    await house.good("list-contacts", {"page_size": 10})
