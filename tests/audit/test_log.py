import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import rfc8785

from tests.audit.entries import INTENT, OUTCOME, REFUSAL
from tests.fakes import FakeClock
from xero_mcp.audit.entry import Entry, Kind, Status
from xero_mcp.audit.log import AuditLog, commitment_to
from xero_mcp.audit.record import UNDER_WAY
from xero_mcp.clock import SystemClock
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.instances import Instances
from xero_mcp.store.sqlite import SqliteStore
from xero_mcp.store.tables.audit import GENESIS_HASH, AuditFilters
from xero_mcp.store.tables.writes import WriteRow, WriteState

ROOT = Path(__file__).parents[2]


def nobody_lives(_: str) -> bool:
    return False


def everybody_lives(_: str) -> bool:
    return True


async def test_a_record_has_every_field_of_the_contract_inside_its_hash(
    store: Store, clock: FakeClock
):
    log = AuditLog(store, clock)
    intent = await log.record(INTENT)
    outcome = await log.record(OUTCOME)
    assert set(intent.body) == {
        "v", "seq", "at", "kind", "prev_hash", "id", "agent", "credential_fingerprint",
        "on_behalf_of", "client", "transport", "protocol", "organisation", "tool",
        "tool_schema_hash", "access", "action", "object", "money", "contact_id", "arguments",
        "arguments_commitment", "decision", "rule", "policy_file", "policy_hash", "limits",
        "idempotency_key", "says", "salt",
    }  # fmt: skip
    assert set(outcome.body) >= {"intent_id", "status", "xero_requests", "result", "ms"}
    assert (outcome.body["prev_facts"], intent.row.forgotten) == (intent.row.facts, None)
    assert intent.body["money"] == {
        "amount": "499.99", "base_amount": "499.99", "currency": "USD",
    }  # fmt: skip
    assert outcome.body["xero_requests"] == [
        {"method": "PUT", "path": "/Invoices", "status": 200, "request_id": "r-1", "ms": 41}
    ]
    assert outcome.body["result"] == {"ids": ["3f2b8c1e-0000-4000-8000-0123456789ab"]}
    assert (intent.body["prev_hash"], outcome.body["prev_hash"]) == (GENESIS_HASH, intent.row.hash)


async def test_the_hash_is_sha_256_over_the_rfc_8785_form(store: Store, clock: FakeClock):
    record = await AuditLog(store, clock).record(INTENT)
    form = rfc8785.dumps(json.loads(record.row.body))
    assert form.decode() == record.row.body
    assert record.row.hash == hashlib.sha256(form).hexdigest()


async def test_the_commitment_binds_to_the_full_arguments_by_a_salt_beside_the_log(
    store: Store, clock: FakeClock
):
    log = AuditLog(store, clock)
    arguments = {"password": "hunter2", "amount": "1.00"}
    record = await log.record(replace(REFUSAL, arguments=arguments))
    assert "hunter2" not in record.row.body
    salt = await store.read(lambda tables: tables.audit.salt_of(record.id))
    assert salt is not None
    assert record.body["arguments_commitment"] == commitment_to(arguments, salt=salt)
    assert record.body["arguments_commitment"] != commitment_to({"amount": "1.00"}, salt=salt)


async def test_no_secret_and_no_bank_number_is_in_a_record_wherever_it_was_planted(
    store: Store, clock: FakeClock
):
    jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl"
    bank = "GB29NWBK60161331926819"
    planted = f"{jwt} {bank}"
    record = await AuditLog(store, clock).record(
        replace(
            INTENT,
            agent=planted,
            tool=planted,
            reason=planted,
            rule=planted,
            on_behalf_of=planted,
            contact_id=planted,
            contact_name=planted,
            action=planted,
            object=INTENT.object._replace(number=planted) if INTENT.object else None,
            client=INTENT.client._replace(name=planted) if INTENT.client else None,
            arguments={planted: planted, "lines": [{"description": planted}]},
        )
    )
    for column in (record.row.body, record.row.agent, record.row.tool):
        assert jwt not in str(column)
        assert bank not in str(column)


async def test_ids_sort_by_time_and_do_not_repeat(store: Store, clock: FakeClock):
    log = AuditLog(store, clock)
    ids: list[str] = []
    for _ in range(200):
        ids.append(log.new_id())
        clock.advance(0.002)
    assert ids == sorted(ids)
    clock_stands = {log.new_id() for _ in range(500)}
    assert len(clock_stands) == 500
    assert {len(found) for found in clock_stands} == {18}


async def test_an_intent_without_outcome_is_under_way_while_its_process_lives(
    store: Store, clock: FakeClock
):
    log = AuditLog(store, clock)

    def begin(tables: Tables) -> None:
        log.append(tables, INTENT)
        tables.running.open("a-1", "s-1", clock.now())

    await store.write(begin)
    [seen] = await log.records(is_live=everybody_lives)
    assert seen.state == UNDER_WAY
    [seen] = await log.records(is_live=nobody_lives)
    assert seen.state == "unknown"
    await log.record(OUTCOME)
    states = [record.state for record in await log.records(is_live=everybody_lives)]
    assert states == ["ok", "ok"], "the intent is shown with how it ended"


async def test_records_are_filtered_and_paged_newest_first(store: Store, clock: FakeClock):
    log = AuditLog(store, clock)
    for number in range(5):
        await log.record(replace(REFUSAL, agent=("a", "b")[number % 2]))
        clock.advance(60)
    newest = await log.records(is_live=nobody_lives, limit=2)
    assert [record.row.seq for record in newest] == [5, 4]
    older = await log.records(is_live=nobody_lives, before_seq=4, limit=2)
    assert [record.row.seq for record in older] == [3, 2]
    found = await log.records(AuditFilters(agent="b", status="refused"), is_live=nobody_lives)
    assert [record.row.seq for record in found] == [4, 2]
    late = await log.records(
        AuditFilters(since=clock.now().replace(minute=33)), is_live=nobody_lives
    )
    assert [record.row.seq for record in late] == [5, 4]
    assert await log.records(AuditFilters(tool="none"), is_live=nobody_lives) == []


async def test_the_story_of_a_call_is_told_by_any_of_its_records(store: Store, clock: FakeClock):
    log = AuditLog(store, clock)
    await log.record(INTENT)
    await log.record(REFUSAL)
    outcome = await log.record(OUTCOME)
    for record_id in ("a-1", outcome.id):
        story = await log.show(record_id, is_live=nobody_lives)
        assert [record.row.kind for record in story] == ["intent", "outcome"]
    assert await log.show("a-none", is_live=nobody_lives) == []


async def test_recovering_settles_only_the_dead_and_only_once(store: Store, clock: FakeClock):
    log = AuditLog(store, clock)

    def begin(tables: Tables) -> None:
        log.append(tables, INTENT)
        tables.writes.claim(write_of("a-1", clock))
        tables.running.open("a-1", "s-dead", clock.now(), write_id="a-1")
        log.append(tables, replace(INTENT, id="a-2"))
        tables.running.open("a-2", "s-live", clock.now())

    await store.write(begin)
    [unknown] = await log.recover(lambda name: name == "s-live")
    assert (unknown.row.kind, unknown.row.intent_id, unknown.state) == ("unknown", "a-1", "unknown")
    assert unknown.says == (
        "It is not known whether ap-clerk created draft bill INV-88 in Demo Company (Global): "
        "the process ended before the outcome was known."
    )
    blocked = await store.read(lambda tables: tables.writes.find_unknown("ap-clerk", "o", "p"))
    assert blocked is not None
    assert blocked.intent_id == "a-1"
    assert await log.recover(lambda name: name == "s-live") == []
    assert (await log.verify()).ok


async def test_recovering_leaves_a_write_that_another_process_has_finished(
    store: Store, clock: FakeClock
):
    log = AuditLog(store, clock)

    def first_try(tables: Tables) -> None:
        log.append(tables, INTENT)
        tables.writes.claim(write_of("a-1", clock))
        tables.running.open("a-1", "s-dead", clock.now(), write_id="a-1")

    def second_try(tables: Tables) -> None:
        taken = tables.writes.take_up(write_of("a-1", clock), "s-live")
        assert taken is not None
        tables.writes.settle("a-1", WriteState.DONE, "{}")

    await store.write(first_try)
    await store.write(second_try)
    assert len(await log.recover(lambda name: name == "s-live")) == 1
    write = await store.read(lambda tables: tables.writes.get("a-1"))
    assert write is not None
    assert (write.state, write.answer) == (WriteState.DONE, "{}")


async def test_a_call_without_an_intent_record_is_still_written_down_as_unknown(
    store: Store, clock: FakeClock
):
    log = AuditLog(store, clock)
    bare = Entry(kind=Kind.INTENT, id="a-2", agent="ap-clerk", tool="what-can-i-do")

    def begin(tables: Tables) -> None:
        tables.running.open("a-1", "s-dead", clock.now())
        log.append(tables, bare)
        tables.running.open("a-2", "s-dead", clock.now())

    await store.write(begin)
    said = [record.says for record in await log.recover(nobody_lives)]
    assert said == [
        (
            "It is not known whether an unknown agent used a tool: "
            "the process ended before the outcome was known."
        ),
        (
            "It is not known whether ap-clerk used what-can-i-do: "
            "the process ended before the outcome was known."
        ),
    ]


def write_of(intent_id: str, clock: FakeClock) -> WriteRow:
    return WriteRow(
        intent_id=intent_id,
        agent="ap-clerk",
        organisation_id="o",
        tool="create-invoice",
        request_digest="r",
        payload_digest="p",
        idempotency_key="k",
        first_sent_at=clock.now(),
        instance="s-dead",
        state=WriteState.OPEN,
    )


def start_writer(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.audit.writer", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def test_four_processes_at_once_write_one_chain_without_a_gap(database: Path):
    started = [start_writer("append", str(database), "500") for _ in range(4)]
    errors = [process.communicate(timeout=120)[1] for process in started]
    assert [process.returncode for process in started] == [0] * 4, errors
    store = await SqliteStore.open(database, clock=SystemClock())
    verdict = await AuditLog(store, SystemClock()).verify()
    await store.close()
    assert verdict.ok, verdict.finding
    assert verdict.records == 2000


async def test_a_process_killed_between_intent_and_outcome_leaves_an_unknown(database: Path):
    with start_writer("begin", str(database)) as other:
        assert other.stdout is not None
        intent_id = other.stdout.readline().strip()
        clock = SystemClock()
        store = await SqliteStore.open(database, clock=clock)
        log, instances = AuditLog(store, clock), Instances(database.parent / "run")
        assert await log.recover(instances.is_live) == [], "it lives, and may still answer"
        other.kill()
        other.wait(timeout=10)
    [unknown] = await log.recover(instances.is_live)
    assert unknown.row.intent_id == intent_id
    story = await log.show(intent_id, is_live=instances.is_live)
    assert [(record.row.kind, record.state) for record in story] == [
        (Kind.INTENT, Status.UNKNOWN),
        (Kind.UNKNOWN, Status.UNKNOWN),
    ]
    assert (await log.verify()).ok
    await store.close()
