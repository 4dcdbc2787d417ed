import pytest

from tests.cli.command import XeroMcp

KEYS = {
    "name",
    "title",
    "description",
    "area",
    "access",
    "scopes",
    "reaches",
    "aliases",
    "annotations",
    "input_schema",
    "output_schema",
}


def test_tools_as_json_have_every_key_of_the_contract(xero_mcp: XeroMcp) -> None:
    rows = xero_mcp("tools", "--json").json()
    assert [row["name"] for row in rows] == sorted(row["name"] for row in rows)
    by_name = {row["name"]: row for row in rows}
    assert {"list-invoices", "create-invoice", "create-payment", "run-report"} <= set(by_name)
    assert all(set(row) >= KEYS for row in rows)
    assert by_name["list-invoices"]["reaches"] == ["GET /Invoices"]


def test_each_operation_is_reached_by_one_of_the_tools_that_are_listed(xero_mcp: XeroMcp) -> None:
    rows = xero_mcp("tools", "--json").json()
    reached = [operation for row in rows for operation in row["reaches"]]
    assert len(set(reached)) == len(reached) > 100
    (front,) = [row for row in rows if row["name"] == "save-documents"]
    assert front["stands_for"]["credit-note"] == "save-credit-notes"
    assert {"save-credit-notes", "save-invoices", "create-credit-note"} <= set(front["aliases"])
    assert "save-invoices" not in {row["name"] for row in rows}


def test_tools_of_an_agent_are_those_that_its_policy_could_allow(xero_mcp: XeroMcp) -> None:
    names = {row["name"] for row in xero_mcp("tools", "--agent", "ap-clerk", "--json").json()}
    assert "create-invoice" in names
    assert "create-payment" not in names


def test_tools_for_people_are_a_table_a_line_a_tool(xero_mcp: XeroMcp) -> None:
    ended = xero_mcp("tools")
    assert ended.is_plain
    heading, *lines = ended.out.splitlines()
    assert heading.split() == ["TOOL", "AREA", "ACCESS", "WHAT", "IT", "DOES"]
    assert len(lines) == len(xero_mcp("tools", "--json").json())


@pytest.mark.parametrize("agent", ["nobody", "Not A Name", "../etc/passwd"])
def test_an_agent_without_a_policy_is_told_in_a_line(xero_mcp: XeroMcp, agent: str) -> None:
    ended = xero_mcp("tools", "--agent", agent)
    assert ended.code == 1
    assert ended.is_one_clear_line
