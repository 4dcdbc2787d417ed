"""A front: one listed tool over several, whose names, rules and records stay their own."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.schema_rules import HINTS, faults_of
from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.meant import Fronts, Meant
from xero_mcp.tools.catalog import CATALOG
from xero_mcp.tools.fronts import FRONTS

CARDS = {tool.name: tool.card for tool in CATALOG}
HOUSE = Fronts(FRONTS, CARDS.values())
LISTED = {card.name: card for card in HOUSE.listed(CARDS.values())}
FRONTED = [pytest.param(card, id=card.name) for card in LISTED.values() if card.stands_for]
Node = Mapping[str, Any]


def meant(name: str, arguments: Mapping[str, object]) -> Meant:
    found = HOUSE.meant(name, arguments)
    assert found is not None
    return found


def refusal(name: str, arguments: Mapping[str, object]) -> XeroMcpError:
    with pytest.raises(XeroMcpError) as refused:
        HOUSE.meant(name, arguments)
    assert refused.value.code is ErrorCode.INVALID_ARGUMENTS
    return refused.value


def arguments_of(card: ToolCard) -> Mapping[str, Node]:
    return card.input_schema["properties"]


def test_every_tool_is_listed_once_by_its_own_name_or_behind_a_front():
    behind = [name for card in LISTED.values() for name in set(card.stands_for.values())]
    alone = [name for name, card in LISTED.items() if not card.stands_for]
    assert sorted(behind + alone) == sorted(CARDS)
    assert list(LISTED) == sorted(LISTED)


def test_every_front_stands_for_something_and_every_kind_for_one_tool():
    assert {front.name for front in FRONTS} == {name for name in LISTED if LISTED[name].stands_for}
    for front in FRONTS:
        behind = [CARDS[name] for name in CARDS if CARDS[name].listed_name == front.name]
        kinds = [kind for card in behind if card.listed_as for kind in card.listed_as.kinds]
        assert len(behind) > 1
        assert sorted(kinds) == sorted(LISTED[front.name].stands_for), "none is said by two tools"


@pytest.mark.parametrize("card", FRONTED)
def test_a_front_is_as_well_described_as_any_tool(card: ToolCard):
    assert faults_of(card) == []
    assert set(card.annotations) == set(HINTS)
    assert 0 < len(card.description) <= 400
    assert card.description.splitlines()[0].endswith((".", ":"))


@pytest.mark.parametrize("card", FRONTED)
def test_a_front_needs_what_each_of_its_kinds_needs(card: ToolCard):
    """So that what it says of areas and levels is what a policy decides by."""
    for kind, tool in card.stands_for.items():
        by = next(front.by for front in FRONTS if front.name == card.name)
        for level in card.access_by.values if card.access_by else ("",):
            status = {card.access_by.argument: level} if card.access_by else {}
            sent = meant(card.name, {by: kind, **status})
            assert sent.tool == tool
            assert card.needs({by: kind, **status}) == CARDS[tool].needs(sent.arguments), kind


@pytest.mark.parametrize("card", FRONTED)
def test_a_front_takes_every_argument_of_the_tools_behind_it(card: ToolCard):
    front = next(front for front in FRONTS if front.name == card.name)
    shown = set(arguments_of(card)) | front.tells_when_needed
    for tool in card.stands_for.values():
        own = CARDS[tool].listed_as
        assert own is not None
        assert set(own.shown(CARDS[tool].input_schema)["properties"]) <= shown


@pytest.mark.parametrize("card", FRONTED)
def test_what_a_front_shows_comes_to_the_tool_under_its_own_name(card: ToolCard):
    front = next(front for front in FRONTS if front.name == card.name)
    arrived: dict[str, set[str]] = {}
    for kind, tool in card.stands_for.items():
        own = CARDS[tool].listed_as
        settled = own.settled if own else frozenset[str]()
        sent = dict.fromkeys(set(arguments_of(card)) - {front.by} - settled, "x")
        came = set(meant(card.name, {**sent, front.by: kind}).arguments)
        arrived[tool] = arrived.get(tool, set()) | came
    for tool, came in arrived.items():
        assert set(arguments_of(CARDS[tool])) - front.tells_when_needed <= came, tool


@pytest.mark.parametrize("card", FRONTED)
def test_a_front_offers_every_value_that_one_of_its_tools_takes(card: ToolCard):
    for tool in set(card.stands_for.values()):
        own = CARDS[tool].listed_as
        assert own is not None
        for name, node in own.shown(CARDS[tool].input_schema)["properties"].items():
            offered = arguments_of(card).get(name, {}).get("enum", ())
            assert set(node.get("enum", ())) <= set(offered), f"{tool} {name}"


def test_a_kind_says_what_the_tool_is_told_by_an_argument():
    sent = meant("save-documents", {"kind": "bill", "documents": [], "status": "submitted"})
    assert sent.tool == "save-invoices"
    assert sent.arguments == {"type": "bill", "invoices": [], "status": "submitted"}


def test_what_a_front_does_not_require_is_said_to_the_tool_that_does():
    """The first choice, which is the one that a reader of the schema supposes."""
    assert LISTED["save-documents"].input_schema["required"] == ["kind", "documents"]
    assert arguments_of(LISTED["save-documents"])["status"]["enum"][0] == "draft"
    assert meant("save-documents", {"kind": "bill"}).arguments["status"] == "draft"


def test_names_are_put_into_the_tools_words_at_every_depth():
    documents = [{"document_id": "x", "lines": [{"line_item_id": "y"}]}, "no object"]
    sent = meant("save-documents", {"kind": "credit-note", "documents": documents})
    assert sent.arguments == {
        "credit_notes": [{"credit_note_id": "x", "lines": [{"line_item_id": "y"}]}, "no object"]
    }


def test_a_name_of_the_tools_own_is_taken_as_it_is():
    sent = meant("list-documents", {"kind": "quote", "quote_id": "x", "page": 2})
    assert (sent.tool, sent.arguments) == ("list-quotes", {"quote_id": "x", "page": 2})


def test_the_same_argument_under_two_names_is_left_for_the_tool_to_refuse():
    both = {"kind": "quote", "quote_id": "x", "document_id": "y"}
    assert meant("list-documents", both).arguments == {"quote_id": "x", "document_id": "y"}


@pytest.mark.parametrize("kind", [None, "", "invoices", "QUOTE", 7, ["quote"], {"quote": 1}])
def test_a_kind_that_there_is_not_is_refused_with_those_that_there_are(kind: object):
    sent = {} if kind is None else {"kind": kind}
    (detail,) = refusal("list-documents", sent).details
    assert detail.path == "kind"
    assert set(detail.allowed) == set(LISTED["list-documents"].stands_for)


def test_an_argument_that_contradicts_the_kind_is_refused():
    (detail,) = refusal("save-documents", {"kind": "bill", "type": "sales"}).details
    assert detail.path == "type"
    same = {"kind": "bill", "type": "bill"}
    assert meant("save-documents", same).arguments["type"] == "bill"


def test_one_name_may_mean_another_argument_for_another_kind_of_the_same_tool():
    one = meant("list-money", {"kind": "payment", "record_id": "x"})
    assert one.arguments == {"payment_id": "x", "batches": False}
    batch = meant("list-money", {"kind": "batch-payment", "record_id": "x"})
    assert (batch.tool, batch.arguments) == (one.tool, {"batch_payment_id": "x", "batches": True})


def test_a_tool_that_is_no_front_means_itself():
    assert HOUSE.meant("list-invoices", {"kind": "quote"}) is None
    assert HOUSE.meant("save-invoices", {}) is None


def test_what_is_wrong_is_told_in_the_words_that_were_sent():
    sent = meant("save-documents", {"kind": "credit-note"})
    error = {
        "error": {
            "code": "INVALID_ARGUMENTS",
            "details": [
                {"path": "credit_notes.3.credit_note_id", "message": "must be an id"},
                {
                    "path": "credit_notes.0.due_date",
                    "message": "is not an argument of this tool; did you mean date?",
                    "allowed": ["credit_note_id", "date"],
                },
                {
                    "path": "sent",
                    "message": "is not an argument of this tool",
                    "allowed": ["credit_notes", "status"],
                },
            ],
        }
    }
    no_id, unknown_within, unknown = sent.retold(error)["error"]["details"]
    assert no_id == {"path": "documents.3.document_id", "message": "must be an id"}
    assert unknown_within["path"] == "documents.0.due_date"
    assert unknown_within["message"] == "does not go with kind credit-note"
    assert unknown_within["allowed"] == ["document_id", "date"]
    assert unknown["allowed"] == ["kind", "documents", "status"]
    assert sent.retold({"id": "x"}) == {"id": "x"}


def test_a_front_of_which_one_tool_is_shown_offers_only_its_kinds():
    (card,) = HOUSE.listed([CARDS["list-quotes"]])
    assert card.name == "list-documents"
    assert arguments_of(card)["kind"]["enum"] == ["quote"]
    assert set(arguments_of(card)) - {"kind", "document_id"} == (
        set(arguments_of(CARDS["list-quotes"])) - {"quote_id"}
    )
