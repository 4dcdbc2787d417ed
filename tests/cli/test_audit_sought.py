"""`audit verify` says where searches would not find what the log says."""

import sqlite3
from contextlib import closing
from pathlib import Path

import anyio

from tests.audit.entries import REFUSAL
from tests.audit.sought_log import take_off_the_guard
from tests.cli.command import XeroMcp
from xero_mcp.app import open_office
from xero_mcp.settings import load_settings
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.audit_sought import EVERY


def fill(home: Path) -> None:
    """So many records that some are copied."""

    async def write() -> None:
        settings = load_settings(environment={"XERO_MCP_HOME": str(home)}, env_file=home / "none")
        async with open_office(settings) as office:

            def work(tables: Tables) -> None:
                for _ in range(EVERY):
                    office.audit.append(tables, REFUSAL)

            await office.store.write(work)

    anyio.run(write)


def test_a_record_that_searches_would_not_find_is_named(xero_mcp: XeroMcp) -> None:
    fill(xero_mcp.home)
    assert xero_mcp("audit", "verify").code == 0
    with closing(sqlite3.connect(xero_mcp.home / "xero-mcp.db", isolation_level=None)) as database:
        take_off_the_guard(database)
        assert database.execute("DELETE FROM audit_sought WHERE seq = 40").rowcount == 1
    ended = xero_mcp("audit", "verify")
    assert ended.code == 1
    said = " ".join((ended.out + ended.err).split())
    assert "Record 40 (a-" in said
    assert "is as it was written, but searches pass it over" in said
    assert "`xero-mcp audit export` shows that" in said
    wrong = xero_mcp("audit", "verify", "--json").json()
    assert (wrong["ok"], wrong["records"]) == (False, 39)
    assert (wrong["first_wrong"]["seq"], wrong["first_wrong"]["fault"]) == (40, "listed otherwise")
    checked = " ".join(xero_mcp("doctor").out.split())
    assert "what searches of the audit log find is not as it was written" in checked
