"""Aged balances are the control account's, on any day, whatever happened since."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.gate.world import World, code_of
from tests.tools.reading import GLOBAL, NZ, UK, column, company, decimals, reader
from xero_mcp.demo_company.kernel import Company
from xero_mcp.demo_company.reports.figures import Figures
from xero_mcp.tools.open_items import OpenItem

TODAY = date(2026, 3, 2)
SYSTEM = {"receivables": ("DEBTORS", 1), "payables": ("CREDITORS", -1)}


def control(books: Company, kind: str, as_at: date) -> Decimal:
    system, sign = SYSTEM[kind]
    one = next(one for one in books.table("Accounts") if one.get("SystemAccount") == system)
    return sign * Figures(books).net(one["AccountID"], as_at)


@pytest.mark.parametrize("kind", ["receivables", "payables"])
@pytest.mark.parametrize("organisation", [GLOBAL, NZ, UK])
async def test_they_are_what_the_control_account_says_on_any_day(
    tmp_path: Path, kind: str, organisation: str
):
    async with reader(tmp_path, organisation) as house:
        books = company(house, organisation)
        for days in (0, 1, 10, 31, 60, 95, 150):
            as_at = TODAY - timedelta(days=days)
            asked = {"kind": kind, "as_at": as_at.isoformat()}
            found = await house.good("aged-balances", asked)
            expected = control(books, kind, as_at)
            assert Decimal(found["control_balance"]) == expected
            assert Decimal(found["totals"]["on_control_account"]) == expected, as_at
            assert (found["difference"], found["complete"]) == ("0.00", True)


async def test_rows_come_to_their_totals_and_name_every_document(house: World):
    asked = {"kind": "receivables", "as_at": "2026-02-10"}
    by_contact = await house.good("aged-balances", asked)
    documents = await house.good("aged-balances", {**asked, "detail": "documents"})
    named = [one for ids in column(by_contact, "document_ids") for one in ids]
    assert sorted(named) == sorted(column(documents, "id"))
    total = Decimal(by_contact["totals"]["invoices"])
    assert sum(decimals(column(by_contact, "in_base"))) == total
    assert sum(decimals(column(documents, "in_base"))) == total
    for bucket in ("not_due", "1_to_30", "over_90"):
        summed = sum(decimals(column(by_contact, bucket)))
        assert summed == Decimal(by_contact["totals"][bucket])


async def test_a_later_payment_is_taken_back_out(house: World):
    paid = next(
        one
        for one in house.books.table("Invoices")
        if one["Type"] == "ACCREC" and one["Status"] == "PAID" and one["Payments"]
    )
    day_before = paid["Payments"][-1]["Date"] - timedelta(days=1)
    found = await house.good(
        "aged-balances",
        {"kind": "receivables", "as_at": day_before.isoformat(), "detail": "documents"},
    )
    assert paid["InvoiceID"] in column(found, "id")
    after = await house.good("aged-balances", {"kind": "receivables", "detail": "documents"})
    assert paid["InvoiceID"] not in column(after, "id")


async def test_credits_stand_apart_and_one_contact_can_be_picked(house: World):
    note = next(one for one in house.books.table("CreditNotes") if one["RemainingCredit"])
    kind = "receivables" if note["Type"] == "ACCRECCREDIT" else "payables"
    contact = note["Contact"]["ContactID"]
    found = await house.good("aged-balances", {"kind": kind, "contact_id": contact})
    place = found["credit_columns"].index("id")
    assert note["CreditNoteID"] in [row[place] for row in found["credits"]]
    assert set(column(found, "contact_id")) <= {contact}
    whole = await house.good("aged-balances", {"kind": kind})
    assert found["totals"] == whole["totals"]


async def test_a_ledger_that_disagrees_is_shown_with_the_difference(house: World):
    one = next(
        one
        for one in house.books.table("Invoices")
        if one["Type"] == "ACCPAY" and one["Status"] == "AUTHORISED"
    )
    house.change("Invoices", one["InvoiceID"], AmountDue=one["AmountDue"] + Decimal("0.01"))
    found = await house.good("aged-balances", {"kind": "payables"})
    assert found["difference"] == "-0.01"


async def test_it_takes_no_more_requests_than_it_says(house: World):
    await house.good("aged-balances", {"kind": "payables"})
    before = dict(house.demo.premises.stats.requests)
    await house.good("aged-balances", {"kind": "payables"})
    after = house.demo.premises.stats.requests
    assert sum(after.values()) - sum(before.values()) == 6


async def test_the_policy_names_the_report_that_it_stands_for(tmp_path: Path):
    async with reader(tmp_path) as house:
        path = house.folder / "home" / "policies" / "clerk.yaml"
        house.write_policy(path.read_text().replace("reports: read", "reports: [aged-payables]"))
        assert (await house.good("aged-balances", {"kind": "payables"}))["complete"] is True
        refused = await house.call("aged-balances", {"kind": "receivables"})
        assert code_of(refused) == "NOT_ALLOWED"


@pytest.mark.parametrize(
    ("late", "bucket"),
    [
        (-5, "not_due"),
        (0, "not_due"),
        (1, "1_to_30"),
        (30, "1_to_30"),
        (31, "31_to_60"),
        (60, "31_to_60"),
        (61, "61_to_90"),
        (90, "61_to_90"),
        (91, "over_90"),
        (4000, "over_90"),
    ],
)
def test_buckets_begin_and_end_on_their_days(late: int, bucket: str):
    words: dict[str, Any] = dict.fromkeys(("id", "kind", "contact_id", "contact"), "x")
    one = OpenItem(
        **words,
        number=None,
        dated=TODAY,
        due_date=TODAY - timedelta(days=late),
        currency="USD",
        open=Decimal(1),
        in_base=Decimal(1),
    )
    assert one.bucket(TODAY) == bucket
