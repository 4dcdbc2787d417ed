"""What works with Xero's own MCP server works here: its names, its arguments, no guesses."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gate.world import World, bill, code_of
from xero_mcp.tools.catalog import CATALOG
from xero_mcp.tools.xeros_words import TOOLS, aliases_of, in_our_words

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        *("lineItems", "contactIds", "type", "status", "options", "optionNames", "address"),
        *("manualJournalLines", "invoiceNumbers", "timeframe", "salesDetails", "page"),
    ]
)
OUR_TOOLS = {tool.name: tool for tool in CATALOG}


@settings(deadline=None)  # a busy machine is no mistake
@given(name=st.sampled_from(sorted(TOOLS)), arguments=st.dictionaries(KEYS, JSON))
def test_whatever_comes_is_put_into_words_and_never_breaks(name: str, arguments: dict[str, Any]):
    kept = repr(arguments)
    tool, said = in_our_words(name, arguments)
    assert tool == TOOLS[name][0]
    assert isinstance(said, dict)
    assert repr(arguments) == kept


@settings(deadline=None)
@given(name=st.sampled_from(sorted(OUR_TOOLS)), arguments=st.dictionaries(st.just("search"), JSON))
def test_our_own_words_stay_as_they_are(name: str, arguments: dict[str, Any]):
    assert in_our_words(name, arguments) == (name, arguments)


@pytest.mark.parametrize("tool", sorted(OUR_TOOLS))
def test_a_declaration_names_its_aliases(tool: str):
    assert OUR_TOOLS[tool].card.aliases == aliases_of(tool)


def test_every_alias_leads_to_a_tool():
    assert {tool for tool, _ in TOOLS.values()} <= set(OUR_TOOLS)


LINE = {
    "description": "Bolts",
    "quantity": 2,
    "unitAmount": 12.5,
    "accountCode": "400",
    "taxType": "NONE",
}


async def test_their_create_invoice_makes_ours(house: World):
    theirs = {"contactId": house.supplier(), "type": "ACCPAY", "lineItems": [LINE]}
    made = await house.good("create-invoice", theirs)
    assert (made["total"], made["status"]) == ("25.00", "draft")
    sales = await house.good("create-invoice", {**theirs, "type": "ACCREC", "reference": "R-1"})
    told = await house.good("get-invoice", {"invoice_id": sales["id"]})
    assert (told["type"], told["reference"]) == ("sales", "R-1")


async def test_ours_is_not_taken_for_theirs(house: World):
    made = await house.good("create-invoice", bill(house.supplier()))
    assert made["total"] == "100.00"


async def test_their_payment_pays(house: World):
    one = await house.good(
        "create-invoice", bill(house.supplier(), status="authorised", due_date="2026-04-01")
    )
    account = next(a for a in house.books.table("Accounts") if a["Type"] == "BANK")
    theirs = {"invoiceId": one["id"], "accountId": account["AccountID"], "amount": 100}
    assert (await house.good("create-payment", theirs))["total"] == "100.00"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("list-profit-and-loss", {"fromDate": "2026-01-01", "toDate": "2026-01-31"}),
        ("list-profit-and-loss", {"timeframe": "MONTH", "periods": 2, "standardLayout": True}),
        ("list-report-balance-sheet", {"date": "2026-01-31", "paymentsOnly": True}),
        ("list-trial-balance", {}),
        ("list-organisation-details", {}),
        ("list-contacts", {"page": 1, "searchTerm": "bolt"}),
        ("list-invoices", {"page": 1, "contactIds": [], "invoiceNumbers": ["INV-0037"]}),
        ("list-accounts", {}),
        ("list-tax-rates", {}),
        ("list-tracking-categories", {"includeArchived": True}),
    ],
)
async def test_their_lists_and_reports_answer(house: World, name: str, arguments: dict[str, Any]):
    path = house.folder / "home" / "policies" / "clerk.yaml"
    house.write_policy(path.read_text() + "  tax-rates: read\n  tracking: read\n")
    answer = await house.good(name, arguments)
    assert "columns" in answer


async def test_their_aged_report_answers(house: World):
    contact = house.supplier()
    answer = await house.good(
        "list-aged-payables-by-contact", {"contactId": contact, "reportDate": "2026-02-01"}
    )
    assert answer["adds_up"] is True
    records = await house.records(kind="outcome", tool="run-report")
    assert "aged-payables" in records[-1]["says"]


@pytest.mark.parametrize(
    ("name", "arguments", "named"),
    [
        ("list-invoices", {"page": 1, "contactIds": ["a", "b"]}, "contactIds"),
        ("list-report-balance-sheet", {"trackingOptionID2": "x"}, "trackingOptionID2"),
        ("update-invoice", {"invoiceId": "x", "lineItems": [LINE]}, "type"),
        ("create-quote", {"contactId": "x", "lineItems": [LINE], "url": "x"}, "quotes.0.url"),
    ],
)
async def test_what_would_be_a_guess_is_refused_by_its_name(
    house: World, name: str, arguments: dict[str, Any], named: str
):
    path = house.folder / "home" / "policies" / "clerk.yaml"
    house.write_policy(path.read_text() + "  credit-notes: post\n  quotes: draft\n")
    answer = await house.call(name, arguments)
    assert code_of(answer) == "INVALID_ARGUMENTS"
    assert named in {one["path"] for one in answer.content["error"]["details"]}


ALL_OF_THEIRS = """\
  items: full
  quotes: full
  credit-notes: full
  bank-transactions: full
  manual-journals: full
  tracking: full
"""
MONEY = {"unitPrice": 9.5, "accountCode": "200", "taxType": "NONE"}


async def test_what_theirs_writes_ours_writes(house: World):
    path = house.folder / "home" / "policies" / "clerk.yaml"
    house.write_policy(path.read_text() + ALL_OF_THEIRS)
    contact = house.supplier()
    bank = next(a for a in house.books.table("Accounts") if a["Type"] == "BANK")
    lines = {"contactId": contact, "lineItems": [LINE]}
    journal = [{"accountCode": "400", "lineAmount": 5}, {"accountCode": "404", "lineAmount": -5}]
    region = next(iter(house.books.table("TrackingCategories")))
    calls: list[tuple[str, dict[str, Any]]] = [
        ("create-item", {"code": "T-1", "name": "Tap", "salesDetails": MONEY}),
        ("create-quote", {**lines, "quoteNumber": "Q-99", "title": "Taps"}),
        ("create-credit-note", {**lines, "reference": "R"}),
        ("create-bank-transaction", {**lines, "type": "SPEND", "bankAccountId": bank["AccountID"]}),
        ("create-manual-journal", {"narration": "N", "manualJournalLines": journal}),
        (
            "create-tracking-options",
            {"trackingCategoryId": region["TrackingCategoryID"], "optionNames": ["Moon"]},
        ),
    ]
    for name, arguments in calls:
        await house.good(name, arguments)
    changed = {"contactId": contact, "name": "Renamed", "address": {"addressLine1": "1 Road"}}
    await house.good("update-contact", changed)
    listed = await house.good("list-items", {"page": 1})
    assert "T-1" in str(listed["rows"])
    assert "Q-99" in str(await house.good("list-quotes", {"page": 1, "quoteNumber": "Q-99"}))


async def test_a_policy_holds_for_their_names_too(house: World):
    refused = await house.call("create-manual-journal", {"narration": "x"})
    assert code_of(refused) == "NOT_ALLOWED"
    records = await house.records(kind="refusal")
    assert records[-1]["tool"] == "save-manual-journals"


OTHER = {**LINE, "description": "Nuts", "unitAmount": 1.25, "quantity": 4}


def _lines(house: World, table: str, key: str) -> list[tuple[str, str, str]]:
    found = house.books.table(table).get(key) or {}
    lines = found["LineItems"]
    return [(one["LineItemID"], one["Description"], f"{one['UnitAmount']}") for one in lines]


@pytest.mark.parametrize(
    ("table", "make", "change", "id_name"),
    [
        ("Invoices", "create-invoice", "update-invoice", "invoiceId"),
        ("CreditNotes", "create-credit-note", "update-credit-note", "creditNoteId"),
        ("Quotes", "create-quote", "update-quote", "quoteId"),
        (
            "BankTransactions",
            "create-bank-transaction",
            "update-bank-transaction",
            "bankTransactionId",
        ),
    ],
)
async def test_their_lines_of_a_change_stand_for_all_there_are(
    house: World, table: str, make: str, change: str, id_name: str
):
    """One that stays keeps its id, one that is not named goes, and the answer says so."""
    path = house.folder / "home" / "policies" / "clerk.yaml"
    house.write_policy(path.read_text() + ALL_OF_THEIRS)
    bank = next(a for a in house.books.table("Accounts") if a["Type"] == "BANK")
    more: dict[str, Any] = {"create-invoice": {"type": "ACCPAY"}}.get(make, {})
    if make == "create-bank-transaction":
        more = {"type": "SPEND", "bankAccountId": bank["AccountID"]}
    theirs = {"contactId": house.supplier(), "lineItems": [LINE, OTHER], **more}
    made = await house.good(make, theirs)
    before = _lines(house, table, made["id"])
    kept, new = {**LINE, "unitAmount": 13.5}, {**LINE, "description": "Washers"}
    kind = {"type": "bill"} if table == "Invoices" else {}
    sent = {id_name: made["id"], "lineItems": [kept, new], "reference": "R-2", **kind}
    if table == "Invoices":
        del sent["reference"]
    done = await house.good(change, sent)
    after = _lines(house, table, made["id"])
    assert [(name, f"{float(price):.2f}") for _, name, price in after] == [
        ("Bolts", "13.50"),
        ("Washers", "12.50"),
    ]
    assert after[0][0] == before[0][0]
    assert after[1][0] not in {one for one, _, _ in before}
    if table != "BankTransactions":
        assert f"1 line removed ({before[1][0]})" in done["changed"]


async def test_their_change_of_a_journal_replaces_its_lines(house: World):
    path = house.folder / "home" / "policies" / "clerk.yaml"
    house.write_policy(path.read_text() + ALL_OF_THEIRS)

    def lines(amount: int) -> list[dict[str, Any]]:
        return [
            {"accountCode": "400", "lineAmount": amount},
            {"accountCode": "404", "lineAmount": -amount},
        ]

    first = {"narration": "N", "manualJournalLines": lines(5)}
    made = await house.good("create-manual-journal", first)
    changed = {"manualJournalID": made["id"], "narration": "N", "manualJournalLines": lines(7)}
    assert (await house.good("update-manual-journal", changed))["total"] == "7.00"
    stored = house.books.table("ManualJournals").get(made["id"]) or {}
    assert sorted(f"{one['LineAmount']:.2f}" for one in stored["JournalLines"]) == ["-7.00", "7.00"]


async def test_what_no_change_of_theirs_names_stays_though_lines_are_not_sent(house: World):
    made = await house.good("create-invoice", bill(house.supplier(), number="X-1"))
    before = _lines(house, "Invoices", made["id"])
    sent = {"invoiceId": made["id"], "type": "ACCPAY", "dueDate": "2027-01-31"}
    await house.good("update-invoice", sent)
    assert _lines(house, "Invoices", made["id"]) == before
