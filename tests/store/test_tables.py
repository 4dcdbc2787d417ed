from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.fakes import START, FakeClock
from xero_mcp.money import Money
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.executor import text, whole
from xero_mcp.store.tables.writes import WriteRow, WriteState

FIRST = WriteRow(
    intent_id="a-1",
    agent="ap-clerk",
    organisation_id="org",
    tool="create-invoice",
    request_digest="request",
    payload_digest="payload",
    idempotency_key="key",
    first_sent_at=START,
    instance="s-1",
)
DAY = timedelta(days=1)
SECOND = replace(FIRST, intent_id="a-2", first_sent_at=START + timedelta(seconds=1))


async def test_a_kept_value_comes_back_as_it_was_put(store: Store, clock: FakeClock):
    def work(tables: Tables) -> list[str | bytes | None]:
        tables.kept.put("text", "tokens é")
        tables.kept.put("bytes", b"\x00\xff")
        tables.kept.put("text", "newer")
        return [tables.kept.get(name, clock.now()) for name in ("text", "bytes", "none")]

    assert await store.write(work) == ["newer", b"\x00\xff", None]


async def test_a_kept_value_is_gone_at_its_moment_and_swept_after_it(
    store: Store, clock: FakeClock
):
    until = clock.now() + timedelta(seconds=60)

    def put(tables: Tables) -> None:
        tables.kept.put("a", "short", until)
        tables.kept.put("b", "long")

    await store.quick(put)
    clock.advance(59)
    assert await store.read(lambda tables: tables.kept.get("a", clock.now())) == "short"
    clock.advance(1)
    assert await store.read(lambda tables: tables.kept.get("a", clock.now())) is None
    assert await store.quick(lambda tables: tables.kept.sweep(clock.now())) == 1
    await store.quick(lambda tables: tables.kept.delete("b"))
    assert await store.read(lambda tables: tables.kept.get("b", clock.now())) is None


async def test_calls_of_a_dead_process_are_orphans_and_others_are_not(store: Store):
    def work(tables: Tables) -> list[tuple[str, str | None]]:
        tables.running.open("a-1", "s-dead", START, write_id="a-0")
        tables.running.open("a-2", "s-live", START)
        tables.running.open("a-3", "s-dead", START)
        assert tables.running.close("a-3")
        assert not tables.running.close("a-3")
        return [
            (row.intent_id, row.write_id)
            for row in tables.running.orphans(lambda name: name == "s-live")
        ]

    assert await store.write(work) == [("a-1", "a-0")]
    assert await store.read(lambda tables: tables.running.instance_of("a-2")) == "s-live"
    assert await store.read(lambda tables: tables.running.instance_of("a-3")) is None


async def test_the_newest_write_of_the_same_request_is_found(store: Store):
    def work(tables: Tables) -> list[WriteRow | None]:
        tables.writes.claim(SECOND)
        tables.writes.claim(FIRST)
        return [
            tables.writes.find("ap-clerk", "org", "create-invoice", "request"),
            tables.writes.find("somebody", "org", "create-invoice", "request"),
            tables.writes.find("ap-clerk", "other", "create-invoice", "request"),
            tables.writes.find("ap-clerk", "org", "create-payment", "request"),
            tables.writes.find("ap-clerk", "org", "create-invoice", "another"),
        ]

    assert await store.write(work) == [SECOND, None, None, None, None]


async def test_a_settled_write_keeps_its_answer(store: Store):
    def work(tables: Tables) -> WriteRow | None:
        tables.writes.claim(FIRST)
        assert tables.writes.settle("a-1", WriteState.DONE, '{"ok":true}')
        assert not tables.writes.settle("a-9", WriteState.DONE)
        return tables.writes.get("a-1")

    assert await store.write(work) == replace(FIRST, state=WriteState.DONE, answer='{"ok":true}')


async def test_an_unknown_write_blocks_its_payload_until_it_is_settled(store: Store):
    def work(tables: Tables) -> list[str | None]:
        tables.writes.claim(FIRST)
        seen: list[str | None] = []
        for state in (WriteState.OPEN, WriteState.UNKNOWN, WriteState.SETTLED):
            tables.writes.settle("a-1", state)
            found = tables.writes.find_unknown("ap-clerk", "org", "payload")
            seen.append(found and found.intent_id)
            assert len(tables.writes.list_unknown()) == (state is WriteState.UNKNOWN)
        return seen

    assert await store.write(work) == [None, "a-1", None]


async def test_only_one_takes_up_a_write_again(store: Store):
    def work(tables: Tables) -> list[WriteRow | None]:
        tables.writes.claim(FIRST)
        tables.writes.settle("a-1", WriteState.UNKNOWN)
        read = tables.writes.find_unknown("ap-clerk", "org", "payload")
        assert read is not None
        return [tables.writes.take_up(read, "s-2"), tables.writes.take_up(read, "s-3")]

    assert await store.write(work) == [replace(FIRST, instance="s-2"), None]


async def test_a_write_is_given_up_only_for_the_process_that_had_it(store: Store):
    def work(tables: Tables) -> list[bool]:
        tables.writes.claim(FIRST)
        return [
            tables.writes.give_up("a-1", "s-other"),
            tables.writes.give_up("a-1", "s-1"),
            tables.writes.give_up("a-1", "s-1"),
        ]

    assert await store.write(work) == [False, True, False]


async def test_a_budget_counts_what_was_or_may_have_been_done(store: Store):
    states = {
        WriteState.OPEN: None,
        WriteState.DONE: "{}",
        WriteState.UNKNOWN: None,
        WriteState.FAILED: None,
        WriteState.SETTLED: None,
    }

    def work(tables: Tables) -> tuple[int, dict[str, Decimal]]:
        for number, (state, answer) in enumerate(states.items()):
            row = replace(FIRST, intent_id=f"a-{number}", money=Money(Decimal("0.10"), "USD"))
            tables.writes.claim(replace(row, state=state, answer=answer))
        tables.writes.claim(replace(FIRST, intent_id="a-euro", money=Money(Decimal(5), "EUR")))
        tables.writes.claim(replace(FIRST, intent_id="a-none"))
        tables.writes.claim(replace(FIRST, intent_id="a-other", agent="other"))
        tables.writes.claim(replace(FIRST, intent_id="a-old", first_sent_at=START - DAY))
        since = START - timedelta(hours=1)
        return (
            tables.writes.count_since("ap-clerk", "org", since=since),
            tables.writes.money_since("ap-clerk", "org", since=since),
        )

    assert await store.write(work) == (5, {"USD": Decimal("0.30"), "EUR": Decimal(5)})


def test_a_column_of_the_wrong_kind_is_not_taken():
    with pytest.raises(TypeError, match="NoneType where text belongs"):
        text(None)
    with pytest.raises(TypeError, match="str where a number belongs"):
        whole("1")


async def test_text_by_others_is_noted_at_its_latest_and_old_notes_go_with_a_new_one(store: Store):
    hour = timedelta(hours=1)

    def note(tables: Tables, conversation: str, hours: int) -> None:
        at = START + hours * hour
        tables.text_by_others.note("a", conversation, at=at, forget_before=at - 10 * hour)

    def work(tables: Tables) -> list[bool]:
        found = tables.text_by_others
        for conversation, hours in (("old", 0), ("kept", 1), ("kept", 6), ("kept", 3), ("kept", 6)):
            note(tables, conversation, hours)
        seen = [found.was_read_since("a", START + late * hour) for late in (5, 6)]
        note(tables, "kept", 12)
        seen.append(found.was_read_in("a", "old"))
        note(tables, "new", 13)
        return [
            *seen, *(found.was_read_in("a", name) for name in ("old", "kept", "new", "none")),
        ]  # fmt: skip

    assert await store.write(work) == [True, False, True, False, True, True, False]
