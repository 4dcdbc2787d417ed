"""A call of a front is decided, asked about, done and repeated as the tool that it means."""

import pytest

from tests.gate.world import World, bill, code_of
from xero_mcp.tools.xeros_words import in_our_words

ASKS = """rules:
  - name: a person sees what is saved
    for: [save-invoices]
    ask_when: { total_over: "0.00 USD" }
    ask: [jane@example.com]
"""


def sent(house: World, number: str) -> dict[str, object]:
    """One bill, as a front is sent it."""
    one = dict(bill(house.supplier(), number=number))
    del one["type"]
    return {"kind": "bill", "status": "draft", "documents": [one]}


async def test_an_approval_is_for_the_tool_that_is_meant_whichever_name_is_called(house: World):
    house.rule(ASKS)
    front = sent(house, "F-1")
    own = {"type": "bill", "status": "draft", "invoices": front["documents"]}
    heard = await house.call("save-documents", front)
    assert code_of(heard) == "APPROVAL_REQUIRED"
    waits = heard.content["error"]["details"][0]["message"]
    again = await house.call("save-invoices", own)
    assert again.content["error"]["details"][0]["message"] == waits
    approval = await house.office.approvals.get(waits)
    assert approval.row.tool == "save-invoices"
    await house.office.approvals.approve(waits, "jane@example.com")
    done = await house.good("save-documents", front)
    assert (await house.good("save-invoices", own)) == {**done, "repeated": True}
    assert len(house.invoices("F-1")) == 1


async def test_what_is_recorded_names_the_tool_and_what_it_was_sent(house: World):
    await house.good("save-documents", sent(house, "F-2"))
    (intent,) = await house.records(kind="intent", tool="save-invoices")
    assert intent["arguments"]["type"] == "bill"
    assert "kind" not in intent["arguments"]
    assert not await house.records(tool="save-documents")


async def test_a_duplicate_that_is_known_is_said_though_no_schema_shows_how(house: World):
    await house.good("save-documents", sent(house, "F-3"))
    other = {**sent(house, "F-3"), "request_id": "again"}
    heard = await house.call("save-documents", other)
    assert code_of(heard) == "DUPLICATE"
    assert "duplicate_of_known true" in heard.content["error"]["next_step"]
    known = await house.call("save-documents", {**other, "duplicate_of_known": True})
    assert code_of(known) == "ok"


async def test_no_rule_of_one_kind_is_slipped_past_by_saying_another(house: World):
    """A stored bill is no sales invoice, whatever the kind says."""
    made = await house.good("save-documents", sent(house, "F-4"))
    change = {"document_id": made["id"], "reference": "x"}
    heard = await house.call(
        "save-documents", {"kind": "sales", "status": "draft", "documents": [change]}
    )
    assert code_of(heard) == "INVALID_ARGUMENTS"
    both = {**sent(house, "F-5"), "type": "sales"}
    assert code_of(await house.call("save-documents", both)) == "INVALID_ARGUMENTS"
    assert not house.invoices("F-5")


@pytest.mark.parametrize("kind", ["", "invoice", None, 5])
async def test_a_kind_that_there_is_not_does_nothing_and_is_written_down(
    house: World, kind: object
):
    heard = await house.call("save-documents", {**sent(house, "F-6"), "kind": kind})
    assert code_of(heard) == "INVALID_ARGUMENTS"
    (record,) = await house.records(tool="save-documents")
    assert record["error_code"] == "INVALID_ARGUMENTS"
    assert not house.invoices("F-6")


def test_the_names_of_xeros_own_server_mean_the_tools_behind():
    assert in_our_words("list-quotes", {"contactId": "x"}) == ("list-quotes", {"contact_id": "x"})
    name, _ = in_our_words("create-credit-note", {"contactId": "x", "lineItems": []})
    assert name == "save-credit-notes"
