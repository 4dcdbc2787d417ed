import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.command import REPOSITORY, XeroMcp

GOOD = """\
agent: mine
organisations: [Demo Company (Global)]
access:
  bills: draft
rules:
  - name: bigger bills need a person
    for: [create-invoice, save-invoices, update-invoice]
    ask_when: { total_over: "500.00 USD" }
    ask: [controller@example.com]
examples:
  - { call: create-invoice, with: { type: bill, total: "500.01 USD" }, expect: ask }
"""


@pytest.fixture
def mine(xero_mcp: XeroMcp) -> Path:
    path = xero_mcp.folder / "mine.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_the_shipped_policies_are_good(xero_mcp: XeroMcp) -> None:
    ended = xero_mcp("policy", "check")
    assert ended.code == 0
    shipped = sorted((REPOSITORY / "policies").glob("*.yaml"))
    assert len(ended.out.splitlines()) == len(shipped)
    assert all(": good, " in line for line in ended.out.splitlines())


def test_check_tells_every_problem_in_a_line_with_its_place(xero_mcp: XeroMcp, mine: Path) -> None:
    mine.write_text(GOOD.replace("bills:", "bils:") + "lmits: {}\n", encoding="utf-8")
    ended = xero_mcp("policy", "check", "mine.yaml")
    assert ended.code == 1
    first, second = ended.out.splitlines()
    assert first.startswith("mine.yaml:4:3: ")
    assert "`bills`" in first
    assert second.startswith("mine.yaml:12:1: ")
    assert ended.err == ""


def test_check_says_that_the_last_day_is_over(xero_mcp: XeroMcp, mine: Path) -> None:
    mine.write_text(GOOD + "expires: 2024-02-29\n", encoding="utf-8")
    ended = xero_mcp("policy", "check", "mine.yaml")
    assert ended.code == 0
    assert ended.err.startswith("mine.yaml:12:1: 2024-02-29 was its last day: everything is denied")
    mine.write_text(GOOD + "expires: 2999-12-31\n", encoding="utf-8")
    assert xero_mcp("policy", "check", "mine.yaml").err == ""


def test_check_says_where_another_tool_goes_round_a_rule(xero_mcp: XeroMcp, mine: Path) -> None:
    mine.write_text(GOOD.replace(", save-invoices", ""), encoding="utf-8")
    ended = xero_mcp("policy", "check", "mine.yaml")
    assert (ended.code, ended.out) == (0, "mine.yaml: good, 1 example, as expected\n")
    assert "is for create-invoice and update-invoice; save-invoices, by which" in ended.err
    listed = xero_mcp("policy", "check", "mine.yaml", "--json").json()
    assert [note["line"] for note in listed[0]["notes"]] == [6]


def test_check_reads_all_of_a_folder_of_ones_own(xero_mcp: XeroMcp, mine: Path) -> None:
    policies = xero_mcp.home / "policies"
    policies.mkdir(parents=True)
    mine.rename(policies / "mine.yaml")
    (policies / "bad.yaml").write_text("", encoding="utf-8")
    (policies / "other.yml").write_text(GOOD, encoding="utf-8")
    ended = xero_mcp("policy", "check", "--json")
    assert ended.code == 1
    bad, good = ended.json()
    assert (bad["ok"], bad["problems"][0]["line"]) == (False, 1)
    assert (good["ok"], good["examples"]) == (True, 1)
    assert "other.yml is not read" in xero_mcp("policy", "check").err


def test_an_example_that_fails_is_a_problem(xero_mcp: XeroMcp, mine: Path) -> None:
    mine.write_text(GOOD.replace("expect: ask", "expect: allow"), encoding="utf-8")
    checked = xero_mcp("policy", "check", "mine.yaml")
    assert checked.code == 1
    assert checked.out.startswith("mine.yaml:11:5: this example of create-invoice expects allow")
    tested = xero_mcp("policy", "test", "mine.yaml")
    assert tested.code == 1
    assert tested.out.startswith("wrong ")
    assert "expected allow, came out as ask" in tested.out
    assert "1 example, not as expected." in tested.out


def test_the_examples_are_shown_one_by_one(xero_mcp: XeroMcp) -> None:
    ended = xero_mcp("policy", "test", "mine.yaml")
    assert ended.code == 1
    assert ended.is_one_clear_line
    ended = xero_mcp("policy", "test", "ap-clerk")
    assert ended.code == 0
    assert "create-invoice (type bill, total 500.01 USD): ask" in ended.out
    runs = xero_mcp("policy", "test", "ap-clerk", "--json").json()
    assert runs
    assert all(run["ok"] and run["expect"] == run["came_out"] for run in runs)


def test_show_draws_the_matrix_within_80_columns(xero_mcp: XeroMcp) -> None:
    ended = xero_mcp("policy", "show", "ap-clerk")
    assert ended.code == 0
    assert ended.is_plain
    assert "read   draft  post   full" in ended.out
    assert max(len(line) for line in ended.out.splitlines()) <= 80
    rows = {
        row["area"]: row for row in xero_mcp("policy", "show", "ap-clerk", "--json").json()["rows"]
    }
    assert rows["bills"]["access"] == "draft"
    assert rows["payments"]["access"] == "off"


def explain(xero_mcp: XeroMcp, tool: str, **arguments: object) -> dict[str, object]:
    ended = xero_mcp(
        "policy", "explain", "ap-clerk", tool, "--args", json.dumps(arguments), "--json"
    )
    assert ended.code == 0, ended.err
    return ended.json()


@pytest.mark.parametrize(
    ("total", "decision"),
    [("500.00 USD", "allow"), ("500.01 USD", "ask"), ("5000.01 USD", "deny")],
)
def test_explain_decides_to_the_cent(xero_mcp: XeroMcp, total: str, decision: str) -> None:
    found = explain(xero_mcp, "create-invoice", type="bill", total=total)
    assert found["decision"] == decision


CONTACT = "46106395-1cfb-4ba9-9b50-1641b0a6a662"


def test_explain_says_the_deciding_line_and_what_it_could_not_know(xero_mcp: XeroMcp) -> None:
    arguments = json.dumps({"type": "bill", "total": "500.01 USD", "contact_id": CONTACT})
    ended = xero_mcp("policy", "explain", "ap-clerk", "create-invoice", "--args", arguments)
    assert ended.code == 0
    deciding = [line for line in ended.out.splitlines() if line.endswith("<-")]
    assert len(deciding) == 1
    assert " rules " in deciding[0]
    assert " line " in deciding[0]
    said = ended.out.partition("Not given, so taken not to apply: ")[2]
    assert "period_locked" in said
    assert "new_contact" in said


def test_explain_quotes_the_line_of_the_file_that_decided(xero_mcp: XeroMcp) -> None:
    lines = (REPOSITORY / "policies" / "ap-clerk.yaml").read_text().splitlines()
    for total, part in (("500.01 USD", '"500.00 USD"'), ("5000.01 USD", '"5000.00 USD"')):
        arguments = json.dumps({"type": "bill", "total": total})
        ended = xero_mcp("policy", "explain", "ap-clerk", "create-invoice", "--args", arguments)
        (quoted,) = [line for line in ended.out.splitlines() if " | " in line]
        place, _, text = quoted.strip().partition(" | ")
        assert part in text
        number = int(place.rpartition(":")[2])
        assert " ".join(lines[number - 1].split()) == text
        assert max(len(line) for line in ended.out.splitlines()) <= 80
        found = explain(xero_mcp, "create-invoice", type="bill", total=total)
        assert (found["line"], found["quoted"]) == (number, text)


def test_explain_takes_a_call_by_the_name_that_an_agent_sees(xero_mcp: XeroMcp) -> None:
    seen = explain(xero_mcp, "save-documents", kind="bill", total="500.01 USD")
    own = explain(xero_mcp, "save-invoices", type="bill", status="draft", total="500.01 USD")
    assert seen == own
    assert seen["decision"] == "ask"
    assert explain(xero_mcp, "list-settings", of="organisations")["decision"] == "allow"
    ended = xero_mcp("policy", "explain", "ap-clerk", "save-documents")
    assert ended.code == 2
    assert ended.err.strip().endswith("`kind` is required: bill, credit-note or sales.")


def test_explain_says_so_where_no_line_allows_it(xero_mcp: XeroMcp) -> None:
    ended = xero_mcp("policy", "explain", "ap-clerk", "save-tracking")
    assert "No line says so: what a file does not give is denied." in ended.out


def test_explain_reads_a_call_as_an_agent_sends_it(xero_mcp: XeroMcp) -> None:
    line = {"description": "Bolts", "quantity": "3", "unit_amount": "200.00", "account_code": "400"}
    real = {"type": "bill", "contact_id": CONTACT, "lines": [line]}
    found = explain(xero_mcp, "create-invoice", **real, contact_known_for="900d")
    assert found["decision"] == "ask"
    assert "600.00 USD" in str(found["remark"])
    discounted = {**line, "discount_rate": "50"}
    found = explain(
        xero_mcp,
        "create-invoice",
        **real | {"lines": [discounted], "contact_known_for": "900d", "new_contact": False},
    )
    assert "300.00 USD" in str(found["remark"])
    stated = explain(xero_mcp, "create-invoice", **real, total="9000.00 USD")
    assert (stated["decision"], stated["remark"]) == ("deny", None)


def test_rates_of_a_policy_are_checked_shown_and_used(xero_mcp: XeroMcp, mine: Path) -> None:
    today, long_ago = datetime.now(UTC).date(), datetime.now(UTC).date() - timedelta(days=31)
    listed = (("EUR", "1.25", today), ("GBP", "1.5", long_ago))
    lines = [f"  - {{ day: {day}, currency: {one}, worth: {by} USD }}" for one, by, day in listed]
    mine.write_text(f"{GOOD}rates:\n" + "\n".join(lines) + "\n", encoding="utf-8")
    checked = xero_mcp("policy", "check", "mine.yaml")
    assert checked.code == 0
    assert checked.err.startswith(f"mine.yaml:14:5: 1 GBP = 1.5 USD on {long_ago} is the newest")
    assert f"- 1 EUR = 1.25 USD on {today}." in xero_mcp("policy", "show", "mine.yaml").out
    for total, decision in (("400.00 EUR", "allow"), ("400.01 EUR", "ask"), ("0.01 GBP", "ask")):
        arguments = json.dumps({"type": "bill", "total": total})
        ended = xero_mcp(
            "policy", "explain", "mine.yaml", "create-invoice", "--args", arguments, "--json"
        )
        assert ended.json()["decision"] == decision, total
        by_own = "by the policy's own rates" in ended.json()["reason"]
        assert by_own is ("EUR" in total), ended.out
    mine.write_text(GOOD + "rates: [{ day: today, currency: EUR }]\n", encoding="utf-8")
    first, second = xero_mcp("policy", "check", "mine.yaml").out.splitlines()
    assert first.startswith("mine.yaml:12:9: a rate has no `worth`")
    assert second.startswith("mine.yaml:12:16: `day`: `today` is not a date")


def test_explain_of_another_organisation_is_a_no(xero_mcp: XeroMcp) -> None:
    ended = xero_mcp(
        "policy", "explain", "ap-clerk", "list-contacts", "--organisation", "Another", "--json"
    )
    assert ended.json()["decision"] == "deny"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("{", "--args is not JSON"),
        ("[]", "--args must be an object"),
        ('{"tpye": "bill"}', "did you mean `type`?"),
        ('{"total": 10.0}', '`10.0` is not an amount with its currency, such as "500.00 USD"'),
        ('{"type": "gift"}', "is not a value of `type`"),
        ('{"total": {}}', "`total` is text; this is a mapping"),
        ('{"type": "bill", "lines": [3]}', "a line is an object"),
        ('{"type": "bill", "lines": [{"unit_amount": "1e3"}]}', "is not a plain decimal number"),
        ('{"type": "bill", "date": "soon"}', "soon"),
    ],
)
def test_arguments_that_make_no_sense_are_told_in_a_line(
    xero_mcp: XeroMcp, arguments: str, says: str
) -> None:
    ended = xero_mcp("policy", "explain", "ap-clerk", "create-invoice", "--args", arguments)
    assert ended.code == 2
    assert ended.is_one_clear_line
    assert says in ended.err


def test_a_misspelt_tool_is_told_with_the_nearest(xero_mcp: XeroMcp) -> None:
    ended = xero_mcp("policy", "explain", "ap-clerk", "create-invoce")
    assert ended.code == 1
    assert ended.err == ("xero-mcp: There is no tool create-invoce: did you mean create-invoice?\n")


@pytest.mark.parametrize("which", ["nobody", "/no/such/file.yaml", "nothing.yaml"])
def test_a_policy_that_is_not_there_is_told_in_a_line(xero_mcp: XeroMcp, which: str) -> None:
    for command in ("check", "test", "show"):
        ended = xero_mcp("policy", command, which)
        assert ended.code == 1
        assert ended.is_one_clear_line


def test_the_schema_is_json(xero_mcp: XeroMcp) -> None:
    schema = xero_mcp("policy", "schema").json()
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert "access" in schema["properties"]


def test_a_policies_folder_that_is_not_there_is_told(xero_mcp: XeroMcp) -> None:
    ended = xero_mcp("policy", "check", XERO_MCP_POLICIES="/no/such/folder")
    assert ended.code == 2
    assert ended.is_one_clear_line
    assert "XERO_MCP_POLICIES" in ended.err


@pytest.mark.parametrize(
    "command", [("check", "PATH"), ("show", "PATH"), ("test", "PATH"), ("check",), ("show", "NAME")]
)
def test_the_name_of_a_file_cannot_repaint_the_terminal(
    xero_mcp: XeroMcp, command: tuple[str, ...]
) -> None:
    """Somebody else may have named it; and a name that is no file's is told as well."""
    name = "odd\x1b[31m\u202eyaml"
    folder = xero_mcp.folder / "policies"
    folder.mkdir()
    (folder / f"{name}.yaml").write_text("agent: odd\n")
    places = {"PATH": f"policies/{name}.yaml", "NAME": f"{name}-else"}
    words = [places.get(word, word) for word in command]
    ended = xero_mcp("policy", *words, XERO_MCP_POLICIES=str(folder))
    assert ended.code == 1
    said = ended.out + ended.err
    assert "odd[31m" in said
    assert not any(each in said for each in ("\x1b", "\u202e"))
