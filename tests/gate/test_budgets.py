"""What an agent may use up: money, calls to Xero, rows."""

from decimal import Decimal

import anyio
import pytest

from tests.gate.world import OPEN_POLICY, World, bill, code_of
from tests.tools.full_house import FULL_POLICY


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
    limits(house, 'money_per_day: "100.00 USD"')
    house.fault("drop_after", method="PUT", path="/Invoices", times=9)
    lost = await house.call("create-invoice", bill(house.supplier(), "60.00"))
    assert code_of(lost) == "OUTCOME_UNKNOWN"
    house.demo.premises.faults.clear()
    other = [one["ContactID"] for one in house.books.table("Contacts")][1]
    another = await house.call("create-invoice", bill(other, "60.00", number="2"))
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


MONEY_POLICY = FULL_POLICY + "  bank-transactions: full\n  bank-transfers: full\n"


SPAN = {"from_date": "2025-09-15", "to_date": "2026-02-20"}
READS_ALL = FULL_POLICY + "".join(
    f"  {area}: read\n" for area in ("reports", "bank-transactions", "manual-journals")
)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("account-detail", {"account": "200", **SPAN}),
        ("aged-balances", {"kind": "payables"}),
        ("unfinished-items", SPAN),
    ],
)
async def test_rows_of_worked_out_answers_count_like_any_other(
    house: World, tool: str, arguments: dict[str, object]
):
    house.write_policy(f"{READS_ALL}limits: {{ rows_read_per_day: 1 }}\n")
    too_many = await house.call(tool, arguments)
    assert "of 1 rows for today 1 are left" in too_many.content["error"]["message"]
    await house.good("list-contacts", {"page_size": 1})
    asked = sum(house.demo.premises.stats.requests.values())
    used_up = await house.call(tool, arguments)
    assert "all 1 are used up" in used_up.content["error"]["message"]
    assert sum(house.demo.premises.stats.requests.values()) == asked


async def test_watch_mode_lets_the_limits_of_reading_pass_and_says_so(house: World):
    most = "limits: { rows_read_per_day: 15, xero_calls_per_minute: 3 }"
    house.write_policy(f"{OPEN_POLICY}mode: watch\n{most}\n")
    for page in range(1, 6):
        await house.good("list-contacts", {"page": page, "page_size": 10})
    first, *others = [one["reason"] for one in await house.records(kind="outcome", status="ok")]
    assert first == "allowed by clerk.yaml access.contacts=full"
    would_be = "let pass in watch mode; else denied by clerk.yaml limits."
    assert [one.removeprefix(would_be) for one in others] == [
        "rows_read_per_day: of 15 rows for today 5 are left, and this answer has 10.",
        "rows_read_per_day: all 15 are used up",
        "xero_calls_per_minute: all 3 are used up",
        "xero_calls_per_minute: all 3 are used up",
    ]
    said = [one["says"] for one in await house.records(kind="outcome", status="ok")]
    assert "allowed by clerk.yaml access.contacts=full" in said[0]
    assert all(would_be in one and "allowed by" not in one for one in said[1:]), said


async def test_a_write_that_a_policy_only_watches_is_not_said_to_be_allowed(house: World):
    house.write_policy(f"{OPEN_POLICY.replace('bills: post', 'bills: read')}mode: watch\n")
    await house.good("create-invoice", bill(house.supplier(), "1.00", number="W-1"))
    would_be = "let pass in watch mode; else denied by clerk.yaml access.bills="
    records = [*await house.records(kind="intent"), *await house.records(kind="outcome")]
    assert [would_be in one["says"] for one in records] == [True, True], records


async def with_draft(house: World, amount: str, limit: str) -> str:
    """A draft bill that was made before there was a limit of money for the day."""
    house.write_policy(MONEY_POLICY)
    made = await house.good("create-invoice", bill(house.supplier(), amount, number="L-1"))
    house.write_policy(f'{MONEY_POLICY}limits: {{ money_per_day: "{limit}" }}\n')
    return made["id"]


async def changed(house: World, invoice_id: str, **change: object) -> str:
    sent = {"type": "bill", "invoice_id": invoice_id, "status": "draft", **change}
    return code_of(await house.call("update-invoice", sent))


def only_line(house: World, invoice_id: str) -> str:
    found = house.books.table("Invoices").get(invoice_id) or {}
    return found["LineItems"][0]["LineItemID"]


async def test_a_change_that_raises_nothing_counts_nothing(house: World):
    made = await with_draft(house, "100.00", "0.01 USD")
    first = only_line(house, made)
    more = bill(house.supplier(), "40.00")["lines"][0]
    assert await changed(house, made, reference="seen") == "ok"
    assert await changed(house, made, status="submitted") == "ok"
    split = [{"line_item_id": first, "unit_amount": "60.00"}, more]
    assert await changed(house, made, lines=split) == "ok"
    lower = [{"line_item_id": first, "unit_amount": "10.00"}]
    assert await changed(house, made, lines=lower) == "ok"


async def test_only_the_rise_of_a_raised_document_counts(house: World):
    made = await with_draft(house, "100.00", "50.00 USD")
    line = only_line(house, made)
    over = [{"line_item_id": line, "unit_amount": "150.01"}]
    assert await changed(house, made, lines=over) == "LIMIT_REACHED"
    within = [{"line_item_id": line, "unit_amount": "150.00"}]
    assert await changed(house, made, lines=within) == "ok"
    above = [{"line_item_id": line, "unit_amount": "150.01"}]
    assert await changed(house, made, lines=above) == "LIMIT_REACHED"


async def test_lines_below_zero_hide_no_rise(house: World):
    made = await with_draft(house, "100.00", "50.00 USD")
    some, less = (bill(house.supplier(), amount)["lines"][0] for amount in ("60.00", "-60.00"))
    assert await changed(house, made, lines=[some, less]) == "LIMIT_REACHED"


async def test_approving_counts_the_whole_document(house: World):
    made = await with_draft(house, "100.00", "99.99 USD")
    approved = {"status": "authorised", "due_date": "2027-01-31"}
    assert await changed(house, made, **approved) == "LIMIT_REACHED"
    house.write_policy(f'{MONEY_POLICY}limits: {{ money_per_day: "100.00 USD" }}\n')
    assert await changed(house, made, **approved) == "ok"
    assert await changed(house, made, status="authorised", reference="again") == "ok"


async def test_taking_back_counts_nothing_and_needs_no_rate(house: World):
    made = await with_draft(house, "100.00", "0.01 EUR")
    house.write_policy(
        f'{MONEY_POLICY}limits: {{ money_per_day: "0.01 EUR", money_per_document: "1.00 EUR" }}\n'
    )
    assert await changed(house, made, status="deleted") == "ok"


async def test_a_rise_counts_in_the_currency_of_the_limit(house: World):
    house.books.table("Currencies").put({"Code": "EUR", "Description": "Euro"})
    house.write_policy(MONEY_POLICY)
    euros = bill(house.supplier(), "100.00", number="L-2", currency="EUR")
    made = (await house.good("create-invoice", euros))["id"]
    house.change("Invoices", made, CurrencyRate=Decimal("0.5"))
    house.write_policy(f'{MONEY_POLICY}limits: {{ money_per_day: "100.00 USD" }}\n')
    line = only_line(house, made)
    over = [{"line_item_id": line, "unit_amount": "150.01"}]
    assert await changed(house, made, lines=over) == "LIMIT_REACHED"
    within = [{"line_item_id": line, "unit_amount": "150.00"}]
    assert await changed(house, made, lines=within) == "ok"


async def test_one_that_is_lowered_makes_no_room_for_another(house: World):
    house.write_policy(MONEY_POLICY)
    made = [
        (await house.good("create-invoice", bill(house.supplier(), amount, number=number)))["id"]
        for amount, number in (("100.00", "L-3"), ("300.00", "L-4"))
    ]
    house.write_policy(f'{MONEY_POLICY}limits: {{ money_per_day: "99.99 USD" }}\n')
    entries = [
        {
            "invoice_id": one,
            "lines": [{"line_item_id": only_line(house, one), "unit_amount": amount}],
        }
        for one, amount in zip(made, ("200.00", "250.00"), strict=True)
    ]
    many = {"type": "bill", "status": "draft", "invoices": entries}
    assert code_of(await house.call("save-invoices", many)) == "LIMIT_REACHED"
    house.write_policy(f'{MONEY_POLICY}limits: {{ money_per_day: "100.00 USD" }}\n')
    assert code_of(await house.call("save-invoices", many)) == "ok"


async def test_a_deleted_payment_frees_nothing_and_costs_nothing(house: World):
    made = await with_draft(house, "100.00", "0.01 USD")
    house.write_policy(MONEY_POLICY)
    assert await changed(house, made, status="authorised", due_date="2027-01-31") == "ok"
    paid = {"invoice_id": made, "account_code": "090", "amount": "40.00"}
    payment = await house.good("create-payment", paid)
    house.write_policy(f'{MONEY_POLICY}limits: {{ money_per_day: "0.01 USD" }}\n')
    gone = await house.call("delete-payment", {"payment_id": payment["id"]})
    assert code_of(gone) == "ok"
    assert code_of(await house.call("create-payment", paid | {"amount": "1"})) == "LIMIT_REACHED"
