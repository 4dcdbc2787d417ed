"""`xero-mcp agents`, as a person types it."""

import re

from tests.agents.provider import key_of, running_provider
from tests.cli.command import XeroMcp

KEY = re.compile(r"xmcp_[0-9a-f]{16}_[\w-]{43}\n")


def test_a_key_alone_is_printed_and_advice_stands_beside(xero_mcp: XeroMcp):
    made = xero_mcp("agents", "add", "ap-clerk")
    assert made.code == 0
    assert KEY.fullmatch(made.out)
    assert "shown only now" in made.err
    assert made.out.strip() not in made.err
    for arguments in (("agents", "list"), ("agents", "list", "--json"), ("audit", "list")):
        shown = xero_mcp(*arguments)
        assert made.out[:21] in shown.out
        assert made.out[22:40] not in shown.out
    assert made.out[22:40].encode() not in (xero_mcp.home / "xero-mcp.db").read_bytes()


def test_a_key_is_rotated_and_taken_back(xero_mcp: XeroMcp):
    first = xero_mcp("agents", "add", "ap-clerk", "--json").json()
    second = xero_mcp("agents", "rotate", "ap-clerk", "--json").json()
    assert second["key"] != first["key"]
    third = xero_mcp("agents", "rotate", "ap-clerk", "--overlap", "0")
    assert KEY.fullmatch(third.out)
    (entry,) = xero_mcp("agents", "list", "--json").json()
    assert [key["opens"] for key in entry["keys"]] == [False, False, True]
    revoked = xero_mcp("agents", "revoke", "ap-clerk")
    assert revoked.code == 0
    assert "opens nothing from now on" in revoked.out
    again = xero_mcp("agents", "revoke", "ap-clerk")
    assert (again.code, again.is_one_clear_line) == (1, True)
    said = [one["says"] for one in xero_mcp("audit", "list", "--json").json()]
    assert len(said) == 4
    assert all(one.startswith("ap-clerk ") for one in said)


def test_a_tied_agent_sees_explains_and_checks_the_policy_of_that_file(xero_mcp: XeroMcp):
    made = xero_mcp("agents", "add", "bot-7", "--policy", "auditor")
    assert made.code == 0
    assert "auditor.yaml decides" in made.err
    tools = {one["name"] for one in xero_mcp("tools", "--agent", "bot-7", "--json").json()}
    own = {one["name"] for one in xero_mcp("tools", "--agent", "auditor", "--json").json()}
    assert tools == own
    explained = xero_mcp("policy", "explain", "bot-7", "create-payment")
    assert "auditor.yaml" in explained.out
    checks = xero_mcp("doctor", "--offline", "--json", XERO_MCP_AGENT="bot-7").json()["checks"]
    found = {check["name"]: check["says"] for check in checks}
    assert found["agents"] == "1 with a key and a policy"
    assert found["agent"] == "bot-7"


def test_a_key_that_would_open_nothing_is_not_made(xero_mcp: XeroMcp):
    for arguments, code, says in [
        (("add", "bot-7"), 1, "bot-7 would have no policy"),
        (("add", "bot-7", "--policy", "none"), 1, "no policy file none.yaml"),
        (("add", "bot-7", "--policy", "/etc/passwd"), 1, "move /etc/passwd there"),
        (("add", "bot-7", "--policy", "../auditor.yaml"), 1, "Policy files are those in"),
        (("add", "Bot 7"), 2, "not an agent's name"),
        (("rotate", "ap-clerk"), 1, "Nothing is recorded yet"),
        (("rotate", "ap-clerk", "--overlap", "soon"), 2, "a span like 30m"),
    ]:
        ended = xero_mcp("agents", *arguments)
        assert (ended.code, ended.out) == (code, ""), arguments
        assert says in ended.err
        assert "Traceback" not in ended.err
    assert xero_mcp("agents", "list", "--json").json() == []


def test_doctor_tells_of_a_key_whose_policy_is_gone(xero_mcp: XeroMcp):
    policies = xero_mcp.home / "policies"
    policies.mkdir(parents=True)
    shown = xero_mcp("policy", "show", "auditor")
    assert shown.code == 1  # a folder of one's own stands in place of the shipped one
    file = policies / "auditor.yaml"
    file.write_text(SMALL, encoding="utf-8")
    assert xero_mcp("agents", "add", "auditor").code == 0
    file.unlink()
    checks = xero_mcp("doctor", "--offline", "--json").json()["checks"]
    (found,) = [check for check in checks if check["name"] == "agents"]
    assert found["state"] == "mend"
    assert "auditor has a key and no policy" in found["says"]


def test_doctor_asks_the_identity_provider_for_its_keys(xero_mcp: XeroMcp):
    with running_provider() as provider:
        settings = {"XERO_MCP_OIDC_ISSUER": provider.url, "XERO_MCP_OIDC_AUDIENCE": "us"}
        empty = xero_mcp("doctor", "--demo", "--json", **settings).json()["checks"]
        provider.show("k1", key_of("RS256"))
        good = xero_mcp("doctor", "--demo", "--json", **settings).json()["checks"]
        asked = provider.asked.total()
        skipped = xero_mcp("doctor", "--offline", "--json", **settings).json()["checks"]
    found = [
        next(check for check in checks if check["name"] == "identity provider")
        for checks in (empty, good, skipped)
    ]
    assert [check["state"] for check in found] == ["mend", "ok", "skipped"]
    assert "no key by which a token could be verified" in found[0]["says"]
    assert provider.asked.total() == asked


SMALL = """\
agent: auditor
purpose: Looks.
owner: finance@example.com
organisations: [Demo Company (Global)]
access:
  accounts: read
"""
