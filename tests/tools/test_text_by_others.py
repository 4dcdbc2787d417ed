"""What people wrote in Xero is named in every answer that holds it, and shows nothing unseen."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.tools.by_others import UNSEEN, WRITTEN, must_be_marked
from tests.tools.full_house import line
from tests.tools.reaching import Reaching, reaching
from xero_mcp.tools.catalog import CATALOG

SPAN = {"from_date": "2025-10-01", "to_date": "2026-03-31"}


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Reaching]:
    async with reaching(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    "answer",
    [
        {"contact": f"Bolt{WRITTEN}"},
        {"text_by_others": ["number"], "contact": f"Bolt{WRITTEN}"},
        {"text_by_others": ["number"], "columns": ["number", "name"], "rows": [["1", WRITTEN]]},
        {"text_by_others": ["contact"], "contact": f"Bolt{WRITTEN}{UNSEEN[0]}"},
        {"error": {"details": [{"message": WRITTEN}]}},
    ],
)
def test_a_text_without_its_mark_would_be_found(answer: dict[str, object]):
    with pytest.raises(AssertionError):
        must_be_marked(answer)


async def test_answers_worked_out_from_many_records_name_it_too(at: Reaching):
    for kind in ("payables", "receivables"):
        await at.do("aged-balances", {"kind": kind})
        await at.do("aged-balances", {"kind": kind, "detail": "documents"})
    await at.do("find-duplicates", SPAN)
    await at.do("unfinished-items", SPAN)
    for account in ("200", "400", "610", "800"):
        await at.do("account-detail", {"account": account, **SPAN})
    for contact in at.ids("Contacts", "ContactID")[:6]:
        await at.do("coding-history", {"contact_id": contact})
    for tool in ("what-can-i-do", "list-organisations", "get-playbook"):
        await at.do(tool)


async def test_every_column_of_a_list_is_looked_at(at: Reaching):
    full = [
        tool.name
        for tool in CATALOG
        if "detail" in tool.args.model_fields
        and tool.name.startswith("list-")
        and not {"kind", "of"} & set(tool.card.input_schema.get("required", ()))
    ]
    assert len(full) > 10
    for tool in full:
        await at.do(tool, {"detail": "full"})
    await at.do("list-prepayments-and-overpayments", {"kind": "overpayment", "detail": "full"})
    await at.do("list-payments", {"batches": True, "detail": "full"})


async def test_what_xero_says_of_a_refusal_is_named(at: Reaching):
    sold = at.ids("Invoices", "InvoiceID", Type="ACCREC", Status="DRAFT")[0]
    answer = await at.house.call("email-invoice", {"invoice_id": sold})
    assert answer.error_code == "XERO_REJECTED"
    assert answer.content["text_by_others"] == ["details"]


async def test_the_twin_of_a_bill_is_named_with_the_text_in_it(at: Reaching):
    bill = {"type": "bill", "contact_id": at.house.supplier(), "lines": [line("77.01")]}
    made = await at.do("create-invoice", bill)
    at.house.change("Invoices", made["id"], InvoiceNumber=f"7{WRITTEN}{UNSEEN}")
    again = await at.house.call("create-invoice", {**bill, "due_date": "2031-01-01"})
    assert again.error_code == "DUPLICATE"
    assert again.content["text_by_others"] == ["details"]
    must_be_marked(again.content)


async def test_an_answer_without_such_text_has_no_mark(at: Reaching):
    assert "text_by_others" not in await at.do("list-invoices", {"number": "none of that number"})
    assert "text_by_others" not in await at.do("list-invoices", {"detail": "sums"})
    assert "text_by_others" not in await at.do("what-can-i-do")
    shown = await at.do("list-invoices", {"fields": ["total"], "page_size": 1})
    assert "text_by_others" not in shown
