"""A page of a log of a million records is read through an index, whatever is asked for."""

import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from xero_mcp.app import open_office
from xero_mcp.settings import load_settings
from xero_mcp.store.executor import Row, Value
from xero_mcp.store.tables.audit import AuditFilters
from xero_mcp.store.tables.audit_search import found

DAY = datetime(2026, 3, 2, tzinfo=UTC)
ALONE = {
    "audit_of_agent": AuditFilters(agent="ap-clerk"),
    "audit_of_organisation": AuditFilters(organisation_id="o-1"),
    "audit_of_tool": AuditFilters(tool="create-invoice"),
    "audit_of_kind": AuditFilters(kind="refusal"),
    "audit_of_decision": AuditFilters(decision="deny"),
    "audit_of_status": AuditFilters(status="unknown"),
    "audit_of_contact": AuditFilters(contact_id="c-1"),
    "audit_of_amount": AuditFilters(min_amount=Decimal(500)),
    "audit_to_look_at": AuditFilters(needs_a_look=True),
}
TOGETHER = (
    AuditFilters(agent="ap-clerk", status="unknown"),
    AuditFilters(organisation_id="o-1", tool="create-invoice", min_amount=Decimal(500)),
    AuditFilters(needs_a_look=True, agent="ap-clerk"),
    AuditFilters(contact_id="c-1", since=DAY, until=DAY),
    AuditFilters(tools=("create-invoice", "save-invoices"), decision="ask"),
)


class Explaining:
    """Runs what it is given, and keeps how the database goes about it."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self.plans: list[str] = []

    def rows(self, sql: str, parameters: Mapping[str, Value]) -> Sequence[Row]:
        plan = self._database.execute(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall()
        self.plans.append("; ".join(str(step[3]) for step in plan))
        return self._database.execute(sql, parameters).fetchall()

    def change(self, sql: str, parameters: Mapping[str, Value]) -> int:
        raise AssertionError(f"a search changes nothing: {sql}, {parameters}")


@pytest.fixture
async def executor(tmp_path: Path) -> AsyncIterator[Explaining]:
    environment = {"XERO_MCP_HOME": str(tmp_path / "home")}
    settings = load_settings(environment=environment, env_file=tmp_path / "none")
    async with open_office(settings):
        pass
    with closing(sqlite3.connect(settings.database_path)) as database:
        yield Explaining(database)


@pytest.mark.parametrize("index", ALONE)
async def test_a_filter_alone_goes_through_its_index_and_needs_no_sorting(
    executor: Explaining, index: str
):
    found(executor, ALONE[index], before_seq=None, limit=50)
    page = executor.plans[-1]
    assert index in page, page
    is_range = index == "audit_of_amount"  # few of many: sorted once they are found
    assert is_range or "TEMP B-TREE FOR ORDER BY" not in page, page


@pytest.mark.parametrize("filters", TOGETHER)
async def test_filters_together_go_through_an_index(executor: Explaining, filters: AuditFilters):
    found(executor, filters, before_seq=1_000_000, limit=50)
    for plan in executor.plans:
        assert "USING" in plan, plan
        assert all("INDEX" in step or "KEY" in step for step in plan.split("; ") if
                   step.startswith(("SCAN audit", "SEARCH audit"))), plan  # fmt: skip


async def test_the_newest_records_are_read_from_the_end(executor: Explaining):
    found(executor, AuditFilters(), before_seq=None, limit=50)
    assert "TEMP B-TREE" not in executor.plans[-1], executor.plans
