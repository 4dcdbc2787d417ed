"""Profit and loss cut up by tracking."""

import pytest

from tests.demo_company.books import Books, amounts_of, empty_books, line
from xero_mcp.demo_company.kernel import ZERO_ID, Json, RefusedError


@pytest.fixture
def books() -> Books:
    return empty_books()


def tracked_books() -> tuple[Books, Json]:
    books = empty_books("UK")
    category = next(iter(books.company.table("TrackingCategories")))
    option: Json = category["Options"][0]
    tracking = [{"Name": category["Name"], "Option": option["Name"]}]
    books.invoice("100", LineItems=[line("70", Tracking=tracking), line("30")])
    return books, category


def test_profit_and_loss_is_cut_up_by_a_tracking_category():
    books, category = tracked_books()
    report = books.report("ProfitAndLoss", trackingcategoryid=category["TrackingCategoryID"])
    names = [option["Name"] for option in category["Options"]]
    header = [cell["Value"] for cell in report["Rows"][0]["Cells"]]
    assert header == ["", *names, "Unassigned", "Total"]
    assert amounts_of(report, "Sales") == [70, *[0] * (len(names) - 1), 30, 100]


def test_profit_and_loss_of_one_option_leaves_out_the_rest():
    books, category = tracked_books()
    report = books.report(
        "ProfitAndLoss",
        trackingcategoryid=category["TrackingCategoryID"],
        trackingoptionid=category["Options"][0]["TrackingOptionID"],
    )
    assert amounts_of(report, "Sales") == [70]


def test_two_tracking_categories_give_a_column_for_each_pair_of_options():
    books = empty_books("UK")
    one, other = list(books.company.table("TrackingCategories"))[:2]
    first, second = one["Options"][0]["Name"], other["Options"][0]["Name"]
    tracking = [
        {"Name": one["Name"], "Option": first},
        {"Name": other["Name"], "Option": second},
    ]
    books.invoice("100", LineItems=[line("70", Tracking=tracking), line("30")])
    report = books.report(
        "ProfitAndLoss",
        trackingcategoryid=one["TrackingCategoryID"],
        trackingcategoryid2=other["TrackingCategoryID"],
    )
    titles = [cell["Value"] for cell in report["Rows"][0]["Cells"]][1:]
    assert len(titles) == (len(one["Options"]) + 1) * (len(other["Options"]) + 1) + 1
    sales = dict(zip(titles, amounts_of(report, "Sales"), strict=True))
    moved = {title: amount for title, amount in sales.items() if amount}
    assert moved == {f"{first}, {second}": 70, "Unassigned, Unassigned": 30, "Total": 100}


@pytest.mark.parametrize("name", ["trackingcategoryid", "trackingcategoryid2", "trackingoptionid"])
def test_tracking_that_is_unknown_is_refused_and_not_taken_for_none(books: Books, name: str):
    with pytest.raises(RefusedError) as refused:
        books.report("ProfitAndLoss", **{name: ZERO_ID})
    assert refused.value.status == 400
