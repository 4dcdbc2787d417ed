"""Tracked inventory: on hand, its cost, and the cost of goods sold."""

from datetime import date
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.demo_company.books import Books, RefusedError, draft, empty_books
from tests.demo_company.invariants import check_everything
from xero_mcp.demo_company.kernel import Json

STEPS = 40


@pytest.fixture
def books() -> Books:
    return with_shelf("Global")


def with_shelf(country: str) -> Books:
    books = empty_books(country)
    books.put(
        "Items",
        {
            "Code": "SHELF",
            "Name": "Shelf",
            "Description": "A shelf",
            "InventoryAssetAccountCode": "630",
            "SalesDetails": {"UnitPrice": 20, "AccountCode": "200"},
            "PurchaseDetails": {"UnitPrice": 7, "COGSAccountCode": "310"},
        },
    )
    return books


def shelves(quantity: int, price: str = "") -> Json:
    priced = {"UnitAmount": Decimal(price)} if price else {}
    return {"ItemCode": "SHELF", "Description": "Shelves", "Quantity": quantity, **priced}


def written(books: Books, kind: str, line: Json, **more: object) -> Json:
    plural = "CreditNotes" if kind.endswith("CREDIT") else "Invoices"
    sent = {"Type": kind, "Status": "AUTHORISED", "LineAmountTypes": "NoTax", "LineItems": [line]}
    return books.put(plural, draft(**{**sent, **more}))


def on_hand(books: Books) -> tuple[Decimal, Decimal]:
    [item] = books.company.table("Items")
    return item["QuantityOnHand"], item["TotalCostPool"]


def test_a_bill_puts_goods_on_hand_at_what_they_cost(books: Books):
    bill = written(books, "ACCPAY", shelves(10, "7.00"))
    assert bill["LineItems"][0]["AccountCode"] == "630"
    assert on_hand(books) == (10, 70)
    assert books.balance("630") == 70


def test_a_sale_takes_them_off_at_the_average_cost(books: Books):
    written(books, "ACCPAY", shelves(10, "7.00"))
    written(books, "ACCPAY", shelves(3, "9.99"))
    written(books, "ACCREC", shelves(4))
    assert on_hand(books) == (9, Decimal("69.21"))
    assert books.balance("310") == Decimal("30.76")
    assert books.balance("200") == -80


def test_the_last_one_sold_leaves_nothing_in_the_pool(books: Books):
    written(books, "ACCPAY", shelves(3, "3.33"), LineAmountTypes="Inclusive")
    for _ in range(3):
        written(books, "ACCREC", shelves(1))
    assert on_hand(books) == (0, 0)
    assert books.balance("630") == 0


def test_goods_that_come_back_are_on_hand_again(books: Books):
    written(books, "ACCPAY", shelves(10, "7.00"))
    written(books, "ACCREC", shelves(4))
    written(books, "ACCRECCREDIT", shelves(1))
    assert on_hand(books) == (7, 49)
    written(books, "ACCPAYCREDIT", shelves(7, "7.00"))
    assert on_hand(books) == (0, 0)


def test_a_draft_moves_nothing_and_a_void_moves_it_back(books: Books):
    written(books, "ACCPAY", shelves(10, "7.00"), Status="DRAFT")
    assert on_hand(books) == (0, 0)
    written(books, "ACCPAY", shelves(10, "7.00"))
    sale = written(books, "ACCREC", shelves(4))
    books.post("Invoices", {"InvoiceID": sale["InvoiceID"], "Status": "VOIDED"})
    assert on_hand(books) == (10, 70)
    assert books.balance("310") == 0


def test_more_than_there_is_cannot_be_sold_or_taken_back(books: Books):
    short = ["There is not enough of the tracked item 'SHELF' on hand"]
    bill = written(books, "ACCPAY", shelves(10, "7.00"))
    sale = draft(Status="AUTHORISED", LineItems=[shelves(11)])
    assert books.problems("PUT", "Invoices", sale) == short
    written(books, "ACCREC", shelves(4))
    void = {"InvoiceID": bill["InvoiceID"], "Status": "VOIDED"}
    assert books.problems("POST", "Invoices", void) == short
    assert on_hand(books) == (6, 42)


def test_the_inventory_account_takes_tracked_items_only(books: Books):
    def bill(**line: object) -> Json:
        return draft(Type="ACCPAY", LineItems=[{"Description": "x", "UnitAmount": 1, **line}])

    refusal = "Account code '{}' is not a valid code for this document."
    plain, elsewhere = bill(AccountCode="630"), bill(AccountCode="300", ItemCode="SHELF")
    assert books.problems("PUT", "Invoices", plain) == [refusal.format("630")]
    assert books.problems("PUT", "Invoices", elsewhere) == [refusal.format("300")]


def test_what_is_on_hand_cannot_be_deleted_or_moved_to_another_account(books: Books):
    written(books, "ACCPAY", shelves(1, "7.00"))
    [item] = books.company.table("Items")
    with pytest.raises(RefusedError) as refused:
        books.call("DELETE", "/Items/{ItemID}", path_ids={"ItemID": item["ItemID"]})
    assert refused.value.messages == ["Tracked items that are on hand cannot be deleted"]
    moved = {"Code": "SHELF", "InventoryAssetAccountCode": "200"}
    assert (
        "The InventoryAssetAccountCode of a tracked item that is on hand cannot be changed"
        in books.problems("POST", "Items", moved)
    )


@settings(max_examples=10, deadline=None)
@given(dice=st.randoms(use_true_random=False))
def test_the_pool_is_what_the_inventory_account_holds_whatever_is_done(dice: Random):
    books = with_shelf("UK")
    for _ in range(STEPS):
        try:
            step(books, dice)
        except RefusedError:
            continue
        quantity, pool = on_hand(books)
        assert quantity >= 0
        assert books.balance("630") == pool
    check_everything(books, date(2026, 12, 31))


def step(books: Books, dice: Random) -> None:
    invoices = [one for one in books.company.table("Invoices") if one["Status"] == "AUTHORISED"]
    if invoices and dice.random() < 0.3:
        chosen = dice.choice(invoices)["InvoiceID"]
        books.post("Invoices", {"InvoiceID": chosen, "Status": "VOIDED"})
        return
    kind = dice.choice(["ACCPAY", "ACCPAY", "ACCREC", "ACCREC", "ACCRECCREDIT", "ACCPAYCREDIT"])
    price = f"{dice.randint(1, 9999) / 100:.2f}"
    foreign = {"CurrencyCode": "EUR", "CurrencyRate": "1.17"} if dice.random() < 0.3 else {}
    written(books, kind, shelves(dice.randint(1, 9), price), **foreign)
