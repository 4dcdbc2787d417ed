"""Making a policy, and seeing what a change of it means."""

from pathlib import Path

from tests.cli.command import REPOSITORY, XeroMcp
from tests.gate.world import OPEN_POLICY, bill, world


def test_a_new_policy_is_good_at_once_and_keeps_its_comments(xero_mcp: XeroMcp):
    made = xero_mcp(
        "policy", "new", "night-clerk", "--like", "bookkeeper", "--organisation", 'Acme "1" Ltd'
    )
    assert made.code == 0, made.err
    text = (xero_mcp.home / "policies" / "night-clerk.yaml").read_text(encoding="utf-8")
    assert "agent: night-clerk" in text
    assert "#" in text
    assert xero_mcp("policy", "check", "night-clerk").code == 0
    assert 'Acme "1" Ltd' in xero_mcp("policy", "show", "night-clerk").out


def test_a_new_policy_overwrites_nothing_and_names_what_there_is(xero_mcp: XeroMcp):
    xero_mcp("policy", "new", "clerk", "--like", "ap-clerk")
    again = xero_mcp("policy", "new", "clerk", "--like", "ap-clerk")
    assert again.code == 1
    assert "there already" in again.err
    unknown = xero_mcp("policy", "new", "other", "--like", "../ap-clerk")
    assert unknown.code == 1
    assert "credit-controller" in unknown.err
    assert xero_mcp("policy", "new", "../x", "--like", "ap-clerk").code == 2


def test_a_difference_is_told_in_sentences(xero_mcp: XeroMcp):
    draft = xero_mcp.folder / "draft.yaml"
    shipped = xero_mcp("policy", "new", "ap-clerk", "--like", "ap-clerk")
    assert shipped.code == 0
    text = (xero_mcp.home / "policies" / "ap-clerk.yaml").read_text(encoding="utf-8")
    draft.write_text(text.replace("  contacts: read\n", ""), encoding="utf-8")
    ended = xero_mcp("policy", "diff", "ap-clerk", "draft.yaml")
    assert ended.code == 0, ended.err
    assert "refused  list-contacts can no longer be used." in ended.out
    fewer = text.replace("writes_per_hour: 120", "writes_per_hour: 4")
    draft.write_text(fewer, encoding="utf-8")
    ended = xero_mcp("policy", "diff", "ap-clerk", "draft.yaml")
    assert ended.code == 0, ended.err
    assert "refused  New: At most 4 writes an hour." in ended.out


async def test_the_calls_of_the_log_are_put_to_a_changed_file(tmp_path: Path):
    async with world(tmp_path) as house:
        await house.good("create-invoice", bill(house.supplier(), "40.00", number="A"))
        await house.good("create-invoice", bill(house.supplier(), "60.00", number="B"))
        await house.good("list-accounts")
    rule = 'rules: [{ name: a, ask_when: { total_over: "50.00 USD" } }]\n'
    (tmp_path / "draft.yaml").write_text(OPEN_POLICY + rule, encoding="utf-8")
    ended = XeroMcp(tmp_path / "home", tmp_path)("policy", "replay", "draft.yaml")
    assert ended.code == 0, ended.err
    assert "allow -> ask  create-invoice (60.00 USD)" in ended.out
    assert "Of 3 calls it would have asked for 1" in ended.out


def test_a_difference_is_told_before_the_examples_are_brought_up_to_it(xero_mcp: XeroMcp):
    text = (REPOSITORY / "policies" / "ap-clerk.yaml").read_text(encoding="utf-8")
    draft = xero_mcp.folder / "draft.yaml"
    draft.write_text(text.replace('over: "500.00 USD"', 'over: "600.00 USD"'), encoding="utf-8")
    ended = xero_mcp("policy", "diff", "ap-clerk", "draft.yaml")
    assert ended.code == 0
    assert "asked    New rule, bigger bills need a person" in ended.out
    assert "600.00 USD" in ended.out
    assert "1 of its examples come out differently" in ended.err
