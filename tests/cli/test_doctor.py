import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import TIMEOUT_SECONDS, Ended, XeroMcp
from tests.cli.company import company

SECRET = "very-secret-0123456789"  # noqa: S105 - made up, to be looked for


def bad(ended: Ended) -> list[dict[str, Any]]:
    return [check for check in ended.json()["checks"] if check["state"] in ("mend", "away")]


def test_all_is_well_with_the_demo_company(xero_mcp: XeroMcp) -> None:
    ended = xero_mcp("doctor", "--demo")
    assert ended.code == 0, ended.out
    assert ended.is_plain
    assert "Nothing to mend; 1 warning." in ended.out
    assert "connected: Demo Company (Global)" in ended.out
    assert not xero_mcp.home.exists()


def test_without_credentials_it_says_what_to_set(xero_mcp: XeroMcp) -> None:
    ended = xero_mcp("doctor", "--json")
    assert ended.code == 1
    (check,) = bad(ended)
    assert check["name"] == "connection"
    assert "XERO_CLIENT_ID" in check["fix"]


def test_xero_that_cannot_be_reached_ends_with_3(xero_mcp: XeroMcp) -> None:
    nowhere = "http://127.0.0.1:9"
    settings = {
        "XERO_CLIENT_ID": "demo",
        "XERO_CLIENT_SECRET": SECRET,
        "XERO_API_URL": nowhere,
        "XERO_IDENTITY_URL": nowhere,
    }
    ended = xero_mcp("doctor", "--json", **settings)
    assert ended.code == 3
    assert bad(ended)[0]["state"] == "away"
    assert xero_mcp("doctor", "--offline", **settings).code == 0


def test_settings_are_shown_with_their_origin_and_secrets_are_not(xero_mcp: XeroMcp) -> None:
    (xero_mcp.folder / ".env").write_text(f"XERO_CLIENT_SECRET={SECRET}\nXERO_CLIENT_ID=me\n")
    (xero_mcp.folder / ".env").chmod(0o600)
    secrets = {"XERO_MCP_SECRET_KEY": SECRET, "XERO_CLIENT_BEARER_TOKEN": SECRET}
    ended = xero_mcp("doctor", "--offline", "--json", **secrets)
    assert ended.code == 0
    origins = {row["name"]: row["origin"] for row in ended.json()["settings"]}
    assert origins["XERO_CLIENT_ID"] == ".env"
    assert origins["XERO_MCP_HOME"] == "environment"
    assert origins["XERO_API_URL"] == "default"
    shown = xero_mcp("doctor", "--offline", **secrets)
    for said in (ended.out, ended.err, shown.out, shown.err):
        assert SECRET not in said


def signing_key_of(run: XeroMcp) -> list[dict[str, str]]:
    checks = run("doctor", "--offline", "--json").json()["checks"]
    return [check for check in checks if check["name"] == "signing key"]


def test_a_signing_key_that_is_none_is_told_by_doctor_and_by_who_needs_it(
    xero_mcp: XeroMcp,
) -> None:
    assert xero_mcp("policy", "suspend", "ap-clerk", "--as", "jane@example.com").code == 0
    assert xero_mcp("audit", "checkpoint").code == 0
    [good] = signing_key_of(xero_mcp)
    assert good["state"] == "ok"
    (xero_mcp.home / "checkpoint.key").write_text("")
    [spoilt] = signing_key_of(xero_mcp)
    assert spoilt["state"] == "mend"
    assert "checkpoint.key holds no private key" in spoilt["says"]
    for command, code in (("verify", 1), ("public-key", 1), ("checkpoint", 3)):
        ended = xero_mcp("audit", command)
        assert ended.code == code
        assert ended.is_one_clear_line
        assert "from a backup" in ended.err


def test_secrets_and_folders_open_to_others_are_to_mend(xero_mcp: XeroMcp) -> None:
    assert xero_mcp("serve", "--agent", "ap-clerk", "--demo").code == 0
    xero_mcp.home.chmod(0o755)
    (xero_mcp.home / "secret.key").chmod(0o644)
    (xero_mcp.home / "checkpoint.key").chmod(0o640)
    (xero_mcp.folder / ".env").write_text(f"XERO_CLIENT_SECRET={SECRET}\n")
    (xero_mcp.folder / ".env").chmod(0o644)
    fixes = {check["fix"] for check in bad(xero_mcp("doctor", "--demo", "--json"))}
    assert fixes == {
        f"chmod 700 {xero_mcp.home}",
        f"chmod 600 {xero_mcp.home / 'secret.key'}",
        f"chmod 600 {xero_mcp.home / 'checkpoint.key'}",
        f"chmod 600 {xero_mcp.folder / '.env'}",
    }


def test_policies_that_are_not_right_are_to_mend(xero_mcp: XeroMcp) -> None:
    policies = xero_mcp.folder / "policies"
    policies.mkdir()
    (policies / "bad.yaml").write_text("agent: bad\n")
    (policies / "old.yaml").write_text(
        "agent: old\nexpires: 2020-01-01\norganisations: [Demo Company (Global)]\n"
        "access: { bills: read }\n"
    )
    (policies / "astray.yaml").write_text(
        "agent: astray\norganisations: [Somebody Else]\naccess: { bills: read }\n"
    )
    (policies / "open.yaml").write_text(
        "agent: open\norganisations: [Demo Company (Global)]\naccess: { bills: read }\n"
    )
    (policies / "open.yaml").chmod(0o666)
    ended = xero_mcp("doctor", "--demo", "--json", XERO_MCP_POLICIES=str(policies))
    assert ended.code == 1
    said = "\n".join(check["says"] for check in bad(ended))
    assert "bad.yaml is not right" in said
    assert "old.yaml has expired" in said
    assert "astray.yaml names Somebody Else, which is not connected" in said
    assert "open.yaml can be changed by other users" in said


def test_an_agent_without_a_policy_is_to_mend(xero_mcp: XeroMcp) -> None:
    (check,) = bad(xero_mcp("doctor", "--demo", "--json", XERO_MCP_AGENT="nobody"))
    assert check["name"] == "agent"
    assert "ap-clerk" in check["fix"]


@pytest.mark.parametrize(
    "content", [b"no database" * 1000, b""], ids=["not a database", "an empty file"]
)
def test_a_database_is_looked_into(xero_mcp: XeroMcp, content: bytes) -> None:
    xero_mcp.home.mkdir(mode=0o700)
    (xero_mcp.home / "xero-mcp.db").write_bytes(content)
    found = bad(xero_mcp("doctor", "--demo", "--json"))
    assert [check["name"] for check in found] == (["database"] if content else [])


def test_credentials_that_xero_refuses_are_to_mend(xero_mcp: XeroMcp) -> None:
    with company(xero_mcp) as at:
        wrong = at.settings | {"XERO_CLIENT_SECRET": SECRET}
        ended = xero_mcp("doctor", "--json", **wrong)
        assert ended.code == 1
        assert bad(ended)[0]["name"].startswith("connection")
        assert SECRET not in ended.out
        assert xero_mcp("doctor", **at.settings).code == 0


def test_a_home_that_is_a_file_is_to_mend(xero_mcp: XeroMcp, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = bad(xero_mcp("doctor", "--demo", "--json", XERO_MCP_HOME=str(tmp_path / "file")))
    assert "state folder" in {check["name"] for check in found}


ASKING = """\
agent: asking
organisations: [Demo Company (Global)]
access: { bills: draft }
rules:
  - name: a person looks
    for: [create-invoice]
    ask_when: { total_over: "5.00 USD" }
    ask: [jane@example.com, joe@example.com]
  - name: and proves it
    for: [update-invoice]
    ask_when: { total_over: "5.00 USD" }
    ask: [joe@example.com]
    ask_strictly: true
"""


def test_an_approver_without_a_passphrase_is_warned_about(xero_mcp: XeroMcp) -> None:
    policies = xero_mcp.folder / "policies"
    policies.mkdir()
    (policies / "asking.yaml").write_text(ASKING)
    here = {"XERO_MCP_POLICIES": str(policies)}

    def approvers() -> dict[str, str]:
        ended = xero_mcp("doctor", "--demo", "--json", **here)
        assert ended.code == 0, "a warning alone is nothing to mend"
        (found,) = [one for one in ended.json()["checks"] if one["name"] == "approvers"]
        return found

    found = approvers()
    assert found["state"] == "warn"
    assert "jane@example.com, joe@example.com: no passphrase" in found["says"]
    assert "the word of joe@example.com does not count" in found["says"]
    assert found["fix"] == "xero-mcp people add jane@example.com"

    phrases = "four words not together\n"
    for person, said in (("jane", phrases), ("joe", phrases * 2)):
        done = subprocess.run(
            xero_mcp.command(
                *("people", "add", f"{person}@example.com", "--passphrase-stdin"),
                *(() if person == "jane" else ("--as", "jane@example.com")),
            ),
            env=xero_mcp.environment | here,
            cwd=xero_mcp.folder,
            input=said.encode(),
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert approvers()["state"] == "ok"
    assert approvers()["says"] == "2 may be asked, each with a passphrase"
