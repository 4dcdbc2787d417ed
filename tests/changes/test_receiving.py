"""What becomes of a delivery, from its body and its signature alone."""

import json
from datetime import timedelta

import anyio
import pytest

from tests.changes.conftest import Post
from tests.changes.deliveries import KEY, STRANGER, body, event, signed, thing
from tests.fakes import START
from xero_mcp.changes.delivery import is_signed
from xero_mcp.changes.event import NOWHERE
from xero_mcp.changes.receiving import Verdict
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.settings import Secret
from xero_mcp.store.base import Store, Tables
from xero_mcp.xero.connected import Connected

NEW_KEY = Secret("the-key-that-takes-over-soon")


async def test_a_good_delivery_is_written_down_and_asks_for_one_reading(anywhere: Post):
    assert await anywhere.take(body([event(1)])) is Verdict.TAKEN
    assert await anywhere.waiting() == {thing(1): 1}
    assert await anywhere.counts() == {"taken": 1, "events": 1}
    assert anywhere.woken == 1
    assert await anywhere.says() == []


async def test_fifty_events_of_one_invoice_are_one_reading(post: Post):
    for number in range(1, 6):
        events = [event(1, at=START + timedelta(milliseconds=number * 100 + n)) for n in range(10)]
        assert await post.take(body(events, first=number * 10)) is Verdict.TAKEN
    assert await post.waiting() == {thing(1): 50}


async def test_a_reading_waits_for_the_rest_of_its_burst(post: Post):
    await post.take(body([event(1)]))

    def due(tables: Tables) -> int:
        now = post.clock.now()
        return len(tables.change_work.take("me", now=now, ends_at=now, limit=9))

    assert await post.store.write(due) == 0
    post.clock.advance(0.3)
    assert await post.store.write(due) == 1


@pytest.mark.parametrize("signatures", [[], [""], ["x"], ["é"], ["=" * 10_000]])
async def test_a_delivery_without_a_good_signature_is_refused_and_leaves_nothing(
    post: Post, signatures: list[str]
):
    assert await post.take(body([event()]), signatures) is Verdict.REFUSED
    assert await post.waiting() == {}
    assert await post.counts() == {"signature": 1}
    (said,) = await post.says()
    assert said.startswith("A webhook was not taken: its signature is wrong or missing")


async def test_one_changed_byte_anywhere_is_refused(post: Post):
    content = body([event()])
    good = signed(content)
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1
        assert not is_signed(bytes(changed), good, [KEY])
    flipped = content[:40] + bytes([content[40] ^ 0x20]) + content[41:]
    assert await post.take(flipped, good) is Verdict.REFUSED
    assert await post.waiting() == {}


async def test_a_body_signed_with_another_key_is_refused(post: Post):
    content = body([event()])
    assert await post.take(content, signed(content, NEW_KEY)) is Verdict.REFUSED


async def test_two_signatures_are_none_even_where_both_are_good(post: Post):
    content = body([event()])
    assert await post.take(content, signed(content) * 2) is Verdict.REFUSED


async def test_while_a_key_is_rotated_the_old_and_the_new_one_are_good(post: Post):
    rotating = Post(post.store, post.clock, keys=(KEY, NEW_KEY))
    for number, key in enumerate((KEY, NEW_KEY), start=1):
        content = body([event(number)], first=number)
        assert await rotating.take(content, signed(content, key)) is Verdict.TAKEN
    other = body([event(3)], first=3)
    wrong = signed(other, Secret(f"{KEY.reveal()},{NEW_KEY.reveal()}"))
    assert await rotating.take(other, wrong) is Verdict.REFUSED


async def test_an_intent_to_receive_is_answered_by_its_signature_alone(post: Post):
    content = body([])
    assert await post.take(content) is Verdict.TAKEN
    assert await post.take(content) is Verdict.TAKEN
    assert await post.take(content, signed(content, NEW_KEY)) is Verdict.REFUSED
    assert await post.waiting() == {}
    assert await post.counts() == {"intent": 2, "signature": 1}


async def test_a_repeat_is_taken_once_also_by_another_process(anywhere: Post):
    content = body([event(1), event(2)])
    verdicts = [
        await anywhere.take(content),
        await anywhere.another().take(content, signed(content)),
    ]
    verdicts.append(await anywhere.take(content))
    assert verdicts == [Verdict.TAKEN] * 3
    assert await anywhere.waiting() == {thing(1): 1, thing(2): 1}
    assert (await anywhere.counts())["repeated"] == 1  # the other process keeps its count in mind


async def test_an_event_in_two_deliveries_is_one(anywhere: Post):
    await anywhere.take(body([event(1), event(2)]))
    await anywhere.take(body([event(2), event(3)], first=2))
    assert await anywhere.waiting() == {thing(1): 1, thing(2): 1, thing(3): 1}
    assert await anywhere.counts() == {"taken": 2, "events": 3, "events repeated": 1}


async def test_the_same_body_at_the_same_moment_is_taken_once(anywhere: Post):
    content = body([event(number) for number in range(5)])
    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(anywhere.receiver.take, content, signed(content))
    await anywhere.receiver.settle()
    assert set((await anywhere.waiting()).values()) == {1}
    assert (await anywhere.counts())["taken"] == 1


async def test_a_delivery_replayed_a_day_later_is_refused_and_recorded(post: Post):
    content = body([event(1)])
    assert await post.take(content) is Verdict.TAKEN
    post.clock.advance(23 * 3_600)
    assert await post.take(content) is Verdict.TAKEN  # Xero itself still repeats it
    post.clock.advance(3_600)
    before = await post.waiting()
    assert await post.take(content) is Verdict.REFUSED
    assert await post.waiting() == before
    assert (await post.counts())["stale"] == 1
    assert "a day old" in (await post.says())[-1]


async def test_a_body_taken_a_day_ago_is_refused_whatever_its_events_are_dated(post: Post):
    content = body([event(1, at=START + timedelta(hours=5))])
    assert await post.take(content) is Verdict.TAKEN
    post.clock.advance(24 * 3_600)
    assert await post.take(content) is Verdict.REFUSED


async def test_events_of_a_long_outage_are_taken_while_xero_still_repeats_them(post: Post):
    old = event(1, at=START - timedelta(hours=23, minutes=59))
    assert await post.take(body([old])) is Verdict.TAKEN
    mixed = [event(2, at=START - timedelta(hours=30)), event(3, at=START - timedelta(hours=1))]
    assert await post.take(body(mixed, first=2)) is Verdict.TAKEN
    assert len(await post.waiting()) == 3


@pytest.mark.parametrize(("hours", "outcome"), [(-24, "stale"), (25, "future")])
async def test_events_dated_a_day_off_are_refused(post: Post, hours: int, outcome: str):
    content = body([event(1, at=START + timedelta(hours=hours))])
    assert await post.take(content) is Verdict.REFUSED
    assert await post.waiting() == {}
    assert await post.counts() == {outcome: 1}


async def test_an_hour_ahead_is_a_clock_that_is_off_and_no_reason_to_lose_events(post: Post):
    assert await post.take(body([event(1, at=START + timedelta(hours=1))])) is Verdict.TAKEN


async def test_events_of_an_organisation_that_is_not_connected_are_dropped_and_recorded(
    post: Post,
):
    assert await post.take(body([event(1, tenantId=STRANGER), event(2)])) is Verdict.TAKEN
    assert await post.waiting() == {thing(2): 1}
    assert (await post.counts())["organisation"] == 1
    (said,) = await post.says()
    assert STRANGER in said


async def test_what_is_connected_a_moment_later_is_known_at_once(post: Post):
    await post.take(body([event(1, tenantId=STRANGER)]))
    post.connected = Connected(ids=frozenset({STRANGER}), is_whole=True)
    await post.take(body([event(2, tenantId=STRANGER)], first=2))
    assert await post.waiting() == {thing(2): 1}


async def test_who_reads_is_woken_once_for_what_comes_together(post: Post):
    for number, woken in ((1, 1), (2, 1), (3, 1), (4, 2)):
        post.clock.advance(0.04)
        content = body([event(number)], first=number)
        await post.receiver.take(content, signed(content))
        assert post.woken == woken


async def test_before_anybody_knows_what_is_connected_events_are_kept(post: Post):
    post.connected = Connected(ids=frozenset(), is_whole=False)
    await post.take(body([event(1)]))
    assert await post.waiting() == {thing(1): 1}


@pytest.mark.parametrize(
    "other",
    [{"tenantType": "APPLICATION"}, {"eventCategory": "SUBSCRIPTION"}, {"eventCategory": "NEW"}],
)
async def test_what_is_not_about_books_is_answered_well_and_dropped(
    post: Post, other: dict[str, str]
):
    assert await post.take(body([event(1) | other])) is Verdict.TAKEN
    assert await post.waiting() == {}
    assert await post.counts() == {"taken": 1, "other kind": 1}


async def test_a_trial_of_the_webhook_is_no_change_and_no_stranger(post: Post):
    assert await post.take(body([event(1, tenantId=NOWHERE)], first=0)) is Verdict.TAKEN
    assert await post.waiting() == {}
    assert await post.says() == []
    assert await post.counts() == {"taken": 1, "trial": 1}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b'{"events":{}}',
        b'{"events":[null]}',
        b'{"events":[{}]}',
        b"[" * 100_000,
        json.dumps({"events": [event(1, tenantId="x")]}).encode(),
        json.dumps({"events": [event(1, resourceId=5)]}).encode(),
        json.dumps({"events": [event(1, eventDateUtc="yesterday")]}).encode(),
        json.dumps({"events": [event(1, eventDateUtc="0001-01-01T00:00:00+14:00")]}).encode(),
        json.dumps({"events": [event(1, eventType="\ud800")]}).encode(),
        json.dumps({"events": [event(1, eventType="UP\0DATE")]}).encode(),
        json.dumps({"events": [event(1, eventType="U" * 500_000)]}).encode(),
        json.dumps({"events": [event(1, eventCategory="IN VOICE")]}).encode(),
    ],
)
async def test_what_xero_signed_and_nobody_understands_is_recorded_and_made_up_for(
    post: Post, content: bytes
):
    await post.store.write(
        lambda tables: tables.change_work.open_position(
            "org", "invoices", since=START, next_at=START + timedelta(hours=1)
        )
    )
    assert await post.take(content) is Verdict.TAKEN
    assert await post.counts() == {"unreadable": 1}
    (position,) = await post.store.read(lambda tables: tables.change_work.positions())
    assert position.next_at == START


@pytest.mark.parametrize("number", [None, "1", 1.5, True, -1, 2**80])
async def test_numbers_that_make_no_sense_lose_no_event(post: Post, number: object):
    told = {"events": [event(1)], "firstEventSequence": number, "lastEventSequence": number}
    assert await post.take(json.dumps(told).encode()) is Verdict.TAKEN
    assert await post.waiting() == {thing(1): 1}
    assert await post.store.read(lambda tables: tables.webhooks.ranges()) == []


async def test_a_flood_of_forgeries_is_counted_and_costs_few_records(anywhere: Post):
    content = body([event()])

    async def forge() -> None:
        await anywhere.receiver.take(content, ["forged"])
        await anywhere.receiver.settle()

    for _ in range(3):
        async with anyio.create_task_group() as group:
            for _ in range(200):
                group.start_soon(forge)
    assert await anywhere.counts() == {"signature": 600}
    assert len(await anywhere.says()) == 1
    anywhere.clock.advance(60)
    await forge()
    first, second = await anywhere.says()
    assert "times since" in second or "times since" in first


async def test_without_a_database_xero_is_asked_to_come_again(anywhere: Post, store: Store):
    await store.close()
    assert await anywhere.receiver.take(body([event()]), signed(body([event()]))) is Verdict.AWAY
    with pytest.raises(StoreUnavailableError):
        await store.check()
    assert await anywhere.receiver.take(body([]), signed(body([]))) is Verdict.TAKEN
    assert await anywhere.receiver.take(body([event()]), ["x"]) is Verdict.REFUSED
    await anywhere.receiver.settle()  # nobody hears of it; what it holds is kept in mind
