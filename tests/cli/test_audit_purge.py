from tests.cli.command import XeroMcp
from tests.cli.test_audit_checkpoints import serve_once


def test_what_is_young_stays_whatever_is_asked_for(xero_mcp: XeroMcp) -> None:
    serve_once(xero_mcp)
    for options in ([], ["--yes"]):
        ended = xero_mcp("audit", "purge", *options)
        assert (ended.code, ended.out) == (0, "Nothing is old enough to be removed.\n")
    wrong = xero_mcp("audit", "purge", XERO_MCP_AUDIT_RETENTION="0d")
    assert wrong.code == 2
    assert "like 7y" in wrong.err
    assert xero_mcp("audit", "verify").code == 0
