"""`policy explain` of calls as agents send them: it answers as the gate would."""

import json
from pathlib import Path

import pytest

from tests.cli.command import XeroMcp

OWN = """agent: own
owner: jane@example.com
organisations: [Demo Company (Global)]
access: { bills: draft, payments: post, manual-journals: draft }
rules:
  - { name: large, deny_when: { total_over: "500.00 USD" } }
  - { name: tiny, for: [save-invoices], ask_when: { total_under: "5.00 USD" } }
  - { name: north, deny_when: { tracking: ["Region: North"] } }
"""


def lines(*amounts: str, **more: object) -> dict[str, object]:
    return {"lines": [{"description": "x", "unit_amount": one, **more} for one in amounts]}


def bills(*documents: object) -> dict[str, object]:
    return {"kind": "bill", "documents": list(documents)}


def journal(amount: str, option: str) -> dict[str, object]:
    sides = [
        {"account_code": "429", "amount": amount, "tracking": [option]},
        {"account_code": "453", "amount": f"-{amount}"},
    ]
    return {"status": "draft", "journals": [{"narration": "n", "lines": sides}]}


CALLS: list[tuple[str, object, str]] = [
    ("create-payment", {"account_code": "090", "amount": "500.00"}, "allow"),
    ("create-payment", {"account_code": "090", "amount": "500.01"}, "deny"),
    ("create-payment", {"amount": "500.01 USD"}, "deny"),
    ("create-payments", {"payments": [{"amount": "250.00"}, {"amount": "250.00"}]}, "allow"),
    ("create-payments", {"payments": [{"amount": "250.00"}, {"amount": "250.01"}]}, "deny"),
    ("save-documents", bills(lines("250.00"), lines("250.00")), "allow"),
    ("save-documents", bills(lines("250.00"), lines("250.01")), "deny"),
    ("save-documents", bills(lines("250.00"), lines("4.99")), "ask"),
    ("save-documents", bills(lines("5.00"), {**lines("5.00"), "currency": "EUR"}), "deny"),
    ("create-invoice", {"type": "bill", **lines("600.00", "-200.00")}, "deny"),
    ("create-invoice", {"type": "bill", **lines("1.00", tracking=["region:north"])}, "deny"),
    ("create-invoice", {"type": "bill", **lines("1.00", tracking=["Region: South"])}, "allow"),
    ("create-invoice", {"type": "bill", **lines("1.00", tracking=[])}, "allow"),
    ("create-invoice", {"type": "bill", **lines("1.00", tracking=7)}, "allow"),
    ("save-documents", bills(lines("9.00", tracking=["Region: North"])), "deny"),
    ("save-manual-journals", journal("500.00", "Region: South"), "allow"),
    ("save-manual-journals", journal("500.01", "Region: South"), "deny"),
    ("save-manual-journals", journal("1.00", "Region: North"), "deny"),
]


@pytest.mark.parametrize(("tool", "arguments", "decision"), CALLS)
def test_a_call_is_explained_by_the_arguments_that_an_agent_sends(
    xero_mcp: XeroMcp, tmp_path: Path, tool: str, arguments: object, decision: str
) -> None:
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    file = str(tmp_path / "own.yaml")
    ended = xero_mcp("policy", "explain", file, tool, "--args", json.dumps(arguments), "--json")
    assert ended.code == 0, ended.err
    assert ended.json()["decision"] == decision, ended.out


def test_several_currencies_are_all_weighed(xero_mcp: XeroMcp) -> None:
    rule = "  - { name: other, deny_when: { currency_not_in: [EUR] } }\n"
    (xero_mcp.folder / "own.yaml").write_text(OWN + rule, encoding="utf-8")
    euros = {**lines("9.00"), "currency": "EUR"}
    for documents, decision in (((euros, lines("9.00")), "deny"), ((euros,), "ask")):
        sent = json.dumps(bills(*documents))
        ended = xero_mcp("policy", "explain", "own.yaml", "save-documents", "--args", sent)
        assert f"own calls save-invoices: {decision}" in ended.out


def test_what_is_taken_for_granted_is_said_within_80_columns(xero_mcp: XeroMcp) -> None:
    sent = json.dumps({"type": "bill", **lines("1234567.89")})
    ended = xero_mcp("policy", "explain", "ap-clerk", "create-invoice", "--args", sent)
    assert "The total is taken from the lines: 1234567.89 USD, without the tax" in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80


def test_what_says_no_currency_is_in_that_of_most_amounts(xero_mcp: XeroMcp) -> None:
    euros = '  - { name: a, deny_when: { total_under: "1.00 EUR" } }\n'
    file = xero_mcp.folder / "own.yaml"
    file.write_text(OWN + euros, encoding="utf-8")
    sent = json.dumps({"account_code": "090", "amount": "500.01"})
    ended = xero_mcp("policy", "explain", "own.yaml", "create-payment", "--args", sent)
    assert "denied by own.yaml rule" in ended.out
    assert "The total is taken from the amounts: 500.01 USD." in ended.out
