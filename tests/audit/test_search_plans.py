"""A page of a log of a million records is read through an index, whatever is asked for."""

import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.audit.sought_log import append, new_database
from xero_mcp.app import open_office
from xero_mcp.settings import load_settings
from xero_mcp.store.executor import Row, Value
from xero_mcp.store.tables.audit import AuditFilters
from xero_mcp.store.tables.audit_search import FEW, found

DAY = datetime(2026, 3, 2, tzinfo=UTC)
ALONE = {
    "audit_sought_of_agent": AuditFilters(agent="ap-clerk"),
    "audit_sought_of_organisation": AuditFilters(organisation_id="o-1"),
    "audit_sought_of_tool": AuditFilters(tool="create-invoice"),
    "audit_sought_of_kind": AuditFilters(kind="refusal"),
    "audit_sought_of_decision": AuditFilters(decision="deny"),
    "audit_sought_of_status": AuditFilters(status="unknown"),
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
NOT_COPIED = "SEARCH audit_sought; SCALAR SUBQUERY 1; SEARCH audit"
"""How the plan of `MAX(seq)` reads: one step down each table."""
OF_MANY = (
    AuditFilters(agent="ap-clerk"),
    AuditFilters(agent="ap-clerk", decision="allow"),
    AuditFilters(agent="ap-clerk", min_amount=Decimal(1)),
    AuditFilters(needs_a_look=True, agent="ap-clerk"),
    AuditFilters(contact_id="bolt", kind="intent"),
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


def must_use_indexes(plans: Sequence[str]) -> None:
    for plan in plans:
        if plan == NOT_COPIED:
            continue
        assert "USING" in plan, plan
        assert all("INDEX" in step or "KEY" in step for step in plan.split("; ") if
                   step.startswith(("SCAN audit", "SEARCH audit"))), plan  # fmt: skip


@pytest.mark.parametrize("filters", TOGETHER)
async def test_filters_together_go_through_an_index(executor: Explaining, filters: AuditFilters):
    found(executor, filters, before_seq=1_000_000, limit=50)
    must_use_indexes(executor.plans)


@pytest.fixture(scope="module")
def long_log() -> Iterator[sqlite3.Connection]:
    """Of each value that is asked for there are more than would be followed first."""
    with closing(new_database()) as database:
        database.execute("BEGIN")
        append(database, 4 * FEW)
        yield database


@pytest.mark.parametrize("filters", OF_MANY)
def test_where_no_filter_leaves_few_the_newest_are_read_and_not_all(
    long_log: sqlite3.Connection, filters: AuditFilters
):
    executor = Explaining(long_log)
    assert len(found(executor, filters, before_seq=3 * FEW, limit=50)) == 50
    must_use_indexes(executor.plans)
    assert "audit" in executor.plans[-1], executor.plans
    assert "TEMP B-TREE" not in executor.plans[-1], "it would sort all of them"


def test_what_is_not_copied_is_looked_through_alone(long_log: sqlite3.Connection):
    """By its number: never the whole log, nor all records of an amount."""
    executor = Explaining(long_log)
    found(executor, AuditFilters(agent="ap-clerk", min_amount=Decimal(1)), before_seq=None, limit=9)
    [rest] = [plan for plan in executor.plans if "few" in plan]
    assert rest.startswith(
        "MATERIALIZE few; SEARCH audit USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"
    )


async def test_the_newest_records_are_read_from_the_end(executor: Explaining):
    found(executor, AuditFilters(), before_seq=None, limit=50)
    assert "TEMP B-TREE" not in executor.plans[-1], executor.plans
