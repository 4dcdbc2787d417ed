"""Several organisations as one: every figure is one of theirs, converted; nothing is dropped."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gate.world import World, code_of
from tests.tools.reading import GLOBAL, NZ, UK, column, decimals, reader
from xero_mcp.money import round_cents, to_text
from xero_mcp.tools.consolidating import Part, as_rows, consolidated, not_matched
from xero_mcp.tools.report_rows import FlatReport
from xero_mcp.xero.models.account import Account

ALL = [GLOBAL, NZ, UK]
RATES = [{"currency": "NZD", "rate": "0.6"}, {"currency": "GBP", "rate": "1.27"}]
WORTH = {GLOBAL: Decimal(1), NZ: Decimal("0.6"), UK: Decimal("1.27")}
SPAN = {"from_date": "2026-01-01", "to_date": "2026-02-28"}


@pytest.fixture
async def group(tmp_path: Path) -> AsyncIterator[World]:
    async with reader(tmp_path, *ALL) as opened:
        yield opened


@pytest.mark.parametrize(
    ("report", "days"),
    [("profit-and-loss", SPAN), ("balance-sheet", {"date": "2026-02-28"})],
)
async def test_each_column_is_that_organisations_own_report(
    group: World, report: str, days: dict[str, str]
):
    asked: dict[str, Any] = {"report": report, "organisations": ALL, "rates": RATES, **days}
    whole = await group.good("consolidate-reports", asked)
    assert whole["columns"] == ["section", "code", "account", *ALL, "total"]
    for name in ALL:
        own = await group.good("run-report", {"report": report, "organisation": name, **days})
        theirs = sorted(round_cents(Decimal(row[3]) * WORTH[name]) for row in own["rows"])
        ours = sorted(Decimal(value) for value in column(whole, name) if value is not None)
        assert ours == theirs, name
    for row in whole["rows"]:
        parts = [Decimal(value) for value in row[3:-1] if value is not None]
        assert Decimal(row[-1]) == sum(parts)
    assert [row[1:] for row in whole["rates"]] == [
        ["USD", "1.00", "the common currency"],
        ["NZD", "0.60", "given"],
        ["GBP", "1.27", "given"],
    ]
    assert whole["adds_up"] is True


async def test_run_report_over_several_organisations_is_the_same(group: World):
    asked = {"report": "trial-balance", "organisations": ALL, "rates": RATES, "date": "2026-02-28"}
    assert await group.good("run-report", asked) == await group.good("consolidate-reports", asked)
    assert (await group.records(kind="outcome"))[0]["tool"] == "consolidate-reports"
    one = {"report": "trial-balance", "date": "2026-02-28"}
    alone = await group.good("run-report", {**one, "organisations": [UK]})
    assert alone == await group.good("run-report", {**one, "organisation": UK})
    unknown = {**asked, "organisations": [GLOBAL, "Nobody"]}
    assert code_of(await group.call("run-report", unknown)) == "ORGANISATION_UNKNOWN"
    both = {**one, "organisations": [UK], "organisation": NZ}
    assert code_of(await group.call("run-report", both)) == "INVALID_ARGUMENTS"
    for odd in ([], "all", [GLOBAL, GLOBAL], [1, 2], None):
        refused = await group.call("run-report", {**asked, "organisations": odd})
        assert code_of(refused) == "INVALID_ARGUMENTS"
    aged = {"report": "aged-payables", "organisations": ALL}
    assert code_of(await group.call("run-report", aged)) == "INVALID_ARGUMENTS"


async def test_cents_that_converting_leaves_are_told(group: World):
    rates = [{"currency": "NZD", "rate": "0.587313"}, {"currency": "GBP", "rate": "1.271907"}]
    asked = {"report": "balance-sheet", "organisations": ALL, "date": "2026-02-28"}
    whole = await group.good("run-report", {**asked, "rates": rates})
    assert whole["adds_up"] is True
    left: dict[str, str] = {}
    for name in (NZ, UK):
        sums: dict[str, Decimal] = {}
        for section, value in zip(column(whole, "section"), column(whole, name), strict=True):
            sums[section] = sums.get(section, Decimal(0)) + Decimal(value or 0)
        place = whole["columns"].index(name) - 2
        for title, *values in whole["totals"]:
            stated, found = values[place - 1], sums.get(str(title).removeprefix("Total "))
            if found is not None and Decimal(stated or 0) != found:
                left[f"{name}: {title}"] = str(found)
    assert left
    told = [line.partition(",")[0] for line in whole["rounding"]]
    assert set(left) <= set(told)
    assert not [line for line in whole["rounding"] if line.startswith(GLOBAL)]
    alike = [{"currency": "NZD", "rate": "1"}, {"currency": "GBP", "rate": "1"}]
    assert "rounding" not in await group.good("run-report", {**asked, "rates": alike})


async def test_totals_are_the_stated_ones_converted(group: World):
    asked = {"report": "profit-and-loss", "organisations": ALL, "rates": RATES, **SPAN}
    whole = await group.good("consolidate-reports", asked)
    net = next(row for row in whole["totals"] if row[0] == "Net Profit")
    assert Decimal(net[-1]) == sum(decimals(net[1:-1]))


async def test_a_trial_balance_balances_but_for_what_rounding_did(group: World):
    asked = {"report": "trial-balance", "organisations": [UK, NZ], "date": "2026-02-28"}
    rates = [{"currency": "NZD", "rate": "0.4715"}]
    whole = await group.good("consolidate-reports", {**asked, "rates": rates})
    assert whole["currency"] == "GBP"
    left = sum(decimals(column(whole, NZ)))
    assert abs(left) < 1
    assert whole["adds_up"] is (left == 0)
    assert sum(decimals(column(whole, UK))) == 0


async def test_what_has_no_counterpart_is_listed_and_a_mapping_brings_it_in(group: World):
    asked: dict[str, Any] = {"report": "profit-and-loss", "organisations": [GLOBAL, UK], **SPAN}
    asked["rates"] = [{"currency": "GBP", "rate": "1.27"}]
    account = next(
        one
        for one in next(
            company for company in group.demo.premises.companies.values() if company.name == UK
        ).table("Accounts")
        if one.get("Code") == "200"
    )
    books = next(c for c in group.demo.premises.companies.values() if c.name == UK)
    books.table("Accounts").put({**account, "Code": "4000"})
    whole = await group.good("consolidate-reports", asked)
    assert [UK, "4000"] in [row[:2] for row in whole["not_matched"]]
    mapping = [f"{UK}: 4000 = 200"]
    joined = await group.good("consolidate-reports", {**asked, "mapping": mapping})
    assert "4000" not in str(joined["not_matched"])
    assert len(joined["rows"]) == len(whole["rows"]) - 1


async def test_a_rate_that_is_not_given_is_that_of_the_newest_document(group: World):
    books = next(c for c in group.demo.premises.companies.values() if c.name == GLOBAL)
    newest = max(books.table("Invoices"), key=lambda one: (one["Date"], one["InvoiceID"]))
    changed = {**newest, "CurrencyCode": "GBP", "CurrencyRate": Decimal("0.8")}
    books.table("Invoices").put(changed)
    asked = {"report": "trial-balance", "organisations": [GLOBAL, UK]}
    whole = await group.good("consolidate-reports", asked)
    rate = whole["rates"][1]
    assert rate[1:3] == ["GBP", "1.25"]
    assert newest["Date"].isoformat() in rate[3]
    assert GLOBAL in rate[3]


async def test_a_currency_without_a_rate_is_asked_for_and_nothing_is_read(group: World):
    asked = {"report": "trial-balance", "organisations": [UK, NZ], "currency": "CHF"}
    answer = await group.call("consolidate-reports", asked)
    assert code_of(answer) == "INVALID_ARGUMENTS"
    assert "GBP has no rate" in str(answer.content)
    assert "NZD has no rate" in str(answer.content)
    assert group.processed("GET /Reports/TrialBalance") == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"report": "profit-and-loss"}, "needs from_date and to_date"),
        ({"report": "trial-balance", **SPAN}, "takes date"),
        ({"report": "profit-and-loss", "date": "2026-01-01"}, "not date"),
        ({"report": "trial-balance", "rates": [{"currency": "GBP", "rate": "0"}]}, "above zero"),
        ({"report": "bank-summary"}, "must be one of"),
        ({"report": "trial-balance", "mapping": ["4000=200"]}, "Acme Ltd: 4000 = 200"),
        ({"report": "trial-balance", "mapping": ["X: 1 = 2"], "rates": RATES}, "is not read"),
    ],
)
async def test_arguments_that_do_not_fit_are_refused(
    group: World, arguments: dict[str, Any], said: str
):
    asked = {"organisations": [GLOBAL, UK], **arguments}
    answer = await group.call("consolidate-reports", asked)
    assert code_of(answer) == "INVALID_ARGUMENTS"
    assert said in str(answer.content)


def part(name: str, amounts: dict[str, Decimal], class_: str = "EXPENSE") -> Part:
    chart = {
        f"{name}-{code}": Account(account_id=f"{name}-{code}", code=code, class_=class_)
        for code in amounts
    }
    flat = FlatReport(columns=["section", "account", "account_id", "2026"], values_from=3)
    for code, value in amounts.items():
        flat.rows.append(["Costs", f"Account {code}", f"{name}-{code}", to_text(value)])
    return Part(organisation=name, currency="USD", rate=Decimal(1), flat=flat, chart=chart)


AMOUNTS = st.dictionaries(
    st.sampled_from(["1", "2", "3", "4"]), st.decimals(-999, 999, places=2), max_size=4
)


@given(first=AMOUNTS, second=AMOUNTS)
def test_no_amount_is_lost_or_counted_twice(first: dict[str, Decimal], second: dict[str, Decimal]):
    parts = [part("A", first), part("B", second)]
    lines = consolidated(parts)
    rows = as_rows(lines, parts)
    assert sum(decimals([row[-1] for row in rows])) == sum([*first.values(), *second.values()])
    assert len(rows) == len(first.keys() | second.keys())
    unmatched = {row[1] for row in not_matched(lines, parts)}
    alone = {code for code in first.keys() ^ second.keys() if (first | second)[code]}
    assert unmatched == alone


def test_one_code_for_income_here_and_for_costs_there_is_no_match():
    parts = [part("A", {"1": Decimal(5)}), part("B", {"1": Decimal(7)}, class_="REVENUE")]
    lines = consolidated(parts)
    assert len(lines) == 2
    assert len(not_matched(lines, parts)) == 2
