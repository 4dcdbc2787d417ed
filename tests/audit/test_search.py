"""Filters of the log, together and apart, and what needs a look."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.audit.entries import INTENT, OUTCOME, REFUSAL
from tests.fakes import FakeClock
from xero_mcp.audit.entry import Entry, Kind, Status
from xero_mcp.audit.log import AuditLog
from xero_mcp.audit.verify import verify
from xero_mcp.money import Money
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.audit import AuditFilters

ENTRIES: list[Entry] = [
    replace(INTENT, id="a-1"),
    OUTCOME,
    REFUSAL,
    replace(REFUSAL, error_code="REPEATED"),
    replace(REFUSAL, decision="ask", status=Status.PENDING, agent="payroll"),
    replace(INTENT, id="a-6", money=Money(Decimal("5000.00"), "EUR"), marks=("new contact",)),
    replace(OUTCOME, intent_id="a-6", status=Status.UNKNOWN, contact_id="other"),
    Entry(kind=Kind.POLICY, policy_file="x.yaml", status=Status.FAILED),
]

CASES: list[tuple[AuditFilters, list[int]]] = [
    (AuditFilters(), [8, 7, 6, 5, 4, 3, 2, 1]),
    (AuditFilters(agent="payroll"), [5]),
    (AuditFilters(tool="create-payment", decision="deny"), [4, 3]),
    (AuditFilters(tools=("create-payment", "none")), [5, 4, 3]),
    (AuditFilters(tools=()), []),
    (AuditFilters(contact_id="other"), [7]),
    (AuditFilters(min_amount=Decimal(500)), [6]),
    (AuditFilters(max_amount=Decimal("1.00")), [5, 4, 3]),
    (AuditFilters(min_amount=Decimal("1.01"), max_amount=Decimal("499.99")), [7, 2, 1]),
    (AuditFilters(agent="ap-clerk", status="unknown"), [7]),
    (AuditFilters(needs_a_look=True), [8, 7, 6, 5, 3]),
    (AuditFilters(needs_a_look=True, agent="ap-clerk"), [7, 6, 3]),
]


@pytest.fixture
async def log(store: Store, clock: FakeClock) -> AuditLog:
    made = AuditLog(store, clock)
    for entry in ENTRIES:
        await made.record(entry)
    return made


async def numbers(log: AuditLog, filters: AuditFilters, **more: int) -> list[int]:
    found = await log.records(filters, is_live=lambda _: False, **more)
    return [record.row.seq for record in found]


@pytest.mark.parametrize(("filters", "wanted"), CASES, ids=str)
async def test_filters_find_just_what_matches(
    log: AuditLog, filters: AuditFilters, wanted: list[int]
):
    assert await numbers(log, filters) == wanted
    assert await numbers(log, filters, limit=1) == wanted[:1]
    assert await numbers(log, filters, before_seq=6) == [seq for seq in wanted if seq < 6]


async def test_a_record_says_why_it_needs_a_look(log: AuditLog):
    found = await log.records(is_live=lambda _: False)
    looks = {record.row.seq: record.body.get("look") for record in found}
    assert looks == {
        1: None, 2: None, 3: ["refused"], 4: None, 5: ["asked"], 6: ["new contact"],
        7: ["unknown"], 8: ["failed"],
    }  # fmt: skip
    assert (await log.verify()).ok


async def test_what_was_reviewed_needs_no_look_any_more(log: AuditLog, store: Store):
    review = Entry(
        kind=Kind.REVIEW, intent_id="a-6", person="jane@example.com", reason="Known supplier"
    )

    def sign(tables: Tables) -> str:
        record = log.append(tables, review)
        tables.audit.reviewed("a-6", record.id)
        tables.audit.reviewed("a-6", record.id)
        return record.says

    assert await store.write(sign) == "jane@example.com reviewed a-6: Known supplier."
    assert await numbers(log, AuditFilters(needs_a_look=True)) == [8, 5, 3]
    story = await log.show("a-6", is_live=lambda _: False)
    assert [record.row.kind for record in story] == ["intent", "outcome", "review"]


@pytest.mark.parametrize("change", [{"contact_id": "x"}, {"amount_e4": 1}, {"look": "refused"}])
@pytest.mark.usefixtures("log")
async def test_a_changed_search_column_is_found(store: Store, change: dict[str, str]):
    rows = await store.read(lambda tables: tables.audit.scan(0, limit=10))
    rows[1] = rows[1]._replace(**change)
    finding = verify(rows).finding
    assert finding is not None
    assert finding.seq == 2
