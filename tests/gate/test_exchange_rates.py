"""Limits in another currency than the document's: by a dated rate that no agent can choose."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.gate.world import World, bill, world

RULES = """
rules:
  - name: above a hundred a person decides
    for: [create-invoice]
    ask_when: { total_over: "100.00 USD" }
  - name: never above a thousand
    for: [create-invoice]
    deny_when: { total_over: "1000.00 GBP" }
"""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    """Euros and pounds are traded, but no document tells their rate yet."""
    async with world(tmp_path) as opened:
        opened.rule(RULES)
        for code in ("EUR", "GBP"):
            opened.books.table("Currencies").put({"Code": code, "Description": code})
        for one in list(opened.books.table("Invoices")):
            if one["CurrencyCode"] != "USD":
                opened.change("Invoices", one["InvoiceID"], Status="DRAFT")
        yield opened


def trade(
    house: World, currency: str, rate: str, *, status: str = "AUTHORISED", back: int = 0
) -> str:
    """Make the n-th newest approved invoice one in that currency; the rate is what 1 USD buys."""
    some = [one for one in house.books.table("Invoices") if one["CurrencyCode"] == "USD"]
    approved = [one for one in some if one["Status"] in {"AUTHORISED", "PAID"}]
    newest = sorted(approved, key=lambda one: one["Date"], reverse=True)[back]
    house.change(
        "Invoices",
        newest["InvoiceID"],
        CurrencyCode=currency,
        CurrencyRate=Decimal(rate),
        Status=status,
    )
    return newest["Date"].isoformat()[:10]


def euros(house: World, amount: str, **more: object) -> dict[str, object]:
    return bill(house.supplier(), amount, currency="EUR", **more)


async def test_without_a_rate_a_person_is_asked(house: World):
    answer = await house.call("create-invoice", euros(house, "1.00"))
    assert answer.error_code == "APPROVAL_REQUIRED"
    assert "not clear without a rate" in answer.content["error"]["message"]


async def test_with_rates_of_approved_documents_the_limit_holds_to_the_cent(house: World):
    day = trade(house, "EUR", "0.8")  # one euro is 1.25 dollars
    trade(house, "GBP", "0.5")
    assert not (await house.call("create-invoice", euros(house, "80.00"))).is_error
    above = await house.call("create-invoice", euros(house, "80.01"))
    assert above.error_code == "APPROVAL_REQUIRED"
    said = above.content["error"]["message"]
    assert f"1 EUR = 1.25 USD on {day}" in said
    assert (await house.call("create-invoice", euros(house, "1600.01"))).error_code == "NOT_ALLOWED"


async def test_the_rate_stands_in_the_record_and_in_what_a_person_is_shown(house: World):
    trade(house, "EUR", "0.8")
    trade(house, "GBP", "0.5")
    answer = await house.call("create-invoice", euros(house, "100.00"))
    [record] = await house.records(error_code="APPROVAL_REQUIRED")
    assert record["money"]["base_amount"] == "125.00"
    assert "1 EUR = 1.25 USD on " in record["reason"]
    approval_id = answer.content["error"]["details"][0]["message"]
    shown = (await house.office.approvals.get(approval_id)).row.summary
    assert "1 EUR = 1.25 USD on " in str(shown)


async def test_a_draft_sets_no_rate(house: World):
    trade(house, "EUR", "80", status="DRAFT")  # would make a euro worth a cent
    trade(house, "GBP", "0.5")
    answer = await house.call("create-invoice", euros(house, "1.00"))
    assert answer.error_code == "APPROVAL_REQUIRED"
    assert "not clear without a rate" in answer.content["error"]["message"]


async def test_one_document_with_a_rate_far_too_low_does_not_decide(house: World):
    trade(house, "GBP", "0.5")
    trade(house, "EUR", "0.8")
    trade(house, "EUR", "80")
    answer = await house.call("create-invoice", euros(house, "80.01"))
    assert answer.error_code == "APPROVAL_REQUIRED"
    assert "1 EUR = 1.25 USD on " in answer.content["error"]["message"]


async def test_rates_are_read_once_a_day(house: World):
    trade(house, "EUR", "0.8")
    trade(house, "GBP", "0.5")
    listed = "GET /Invoices"
    await house.good("create-invoice", euros(house, "1.00"))
    before = house.processed(listed)
    await house.good("create-invoice", euros(house, "2.00"))
    once = house.processed(listed) - before
    house.clock.advance(86_401)
    await house.good("create-invoice", euros(house, "3.00"))
    assert house.processed(listed) - before == 2 * once + 1


async def test_old_rates_are_none(house: World):
    trade(house, "EUR", "0.8")
    trade(house, "GBP", "0.5")
    house.clock.advance(90 * 86_400)
    answer = await house.call("create-invoice", euros(house, "1.00"))
    assert answer.error_code == "APPROVAL_REQUIRED"


def own_rates(house: World, *written: str) -> None:
    """Rates of the owner's own, beside the rules; each is `days ago, currency, worth`."""
    lines = ""
    for back, currency, worth in (one.split(", ") for one in written):
        day = house.clock.now().date() - timedelta(days=int(back))
        lines += f"  - {{ day: {day}, currency: {currency}, worth: {worth} }}\n"
    house.rule(f"{RULES}rates:\n{lines}")


async def kept_rates(house: World) -> object:
    """The rates of documents, if they were looked up."""
    key = f"rates:{house.rooms.books}:{house.books.id}"
    return await house.office.store.read(lambda tables: tables.kept.get(key, house.clock.now()))


async def test_the_owners_own_rate_counts_before_those_of_documents(house: World):
    trade(house, "EUR", "0.8")  # one euro is 1.25 dollars
    own_rates(house, "1, EUR, 1.0850 USD", "1, GBP, 1.25 USD")
    assert not (await house.call("create-invoice", euros(house, "92.16"))).is_error
    above = await house.call("create-invoice", euros(house, "92.18"))
    assert above.error_code == "APPROVAL_REQUIRED"
    day = house.clock.now().date() - timedelta(days=1)
    said = f"1 EUR = 1.085 USD on {day}, by the policy's own rates"
    assert said in above.content["error"]["message"]
    [record] = await house.records(error_code="APPROVAL_REQUIRED")
    assert said in record["reason"]
    assert record["money"]["base_amount"] == "100.02"
    never = await house.call("create-invoice", euros(house, "1152.09"))  # 1,000.01 pounds
    assert never.error_code == "NOT_ALLOWED"
    told = never.content["error"]["message"]
    assert f"1 EUR = 1.085 USD on {day} and 1 GBP = 1.25 USD on {day}" in told
    assert await kept_rates(house) is None  # no document was read for its rate


async def test_an_own_rate_that_is_too_old_or_of_tomorrow_leaves_it_to_documents(house: World):
    own_rates(house, "31, EUR, 0.0001 USD", "-1, EUR, 0.0001 USD")
    alone = await house.call("create-invoice", euros(house, "1.00"))
    assert alone.error_code == "APPROVAL_REQUIRED"
    assert "not clear without a rate" in alone.content["error"]["message"]


async def test_where_an_own_rate_leads_only_half_the_way_documents_tell_the_rest(house: World):
    trade(house, "EUR", "0.8")
    own_rates(house, "0, GBP, 2 USD")
    above = await house.call("create-invoice", euros(house, "1600.01"))
    assert above.error_code == "NOT_ALLOWED"
    assert "1 EUR = 1.25 USD on " in above.content["error"]["message"]
    assert "1 GBP = 2 USD on " in above.content["error"]["message"]
    assert await kept_rates(house) is not None
