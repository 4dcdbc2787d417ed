"""Events that never came: found by the holes in their numbers, and made up for."""

import json
from datetime import timedelta

from tests.changes.conftest import Post
from tests.changes.deliveries import body, event
from tests.fakes import START
from xero_mcp.changes.delivery import Delivery
from xero_mcp.changes.gaps import HOLE_SECONDS, cover, look
from xero_mcp.store.base import Tables

LATER = START + timedelta(days=1)


async def numbered(post: Post, *numbers: int) -> None:
    """Deliveries with these numbers, each of another invoice, one a second."""
    for number in numbers:
        post.clock.advance(1)
        await post.take(body([event(number, at=post.clock.now())], first=number))


async def kept_up_with(post: Post, *resources: str) -> None:
    """Those are asked for, next time tomorrow."""

    def work(tables: Tables) -> None:
        for resource in resources:
            tables.change_work.open_position("org", resource, since=START, next_at=LATER)

    await post.store.write(work)


async def asked_soon(post: Post) -> set[str]:
    positions = await post.store.read(lambda tables: tables.change_work.positions())
    return {one.resource for one in positions if one.next_at < LATER}


async def looked(post: Post) -> list[tuple[int, int]]:
    return await post.store.write(lambda tables: look(tables, post.clock.now()))


async def ranges(post: Post) -> list[tuple[int, int]]:
    found = await post.store.read(lambda tables: tables.webhooks.ranges())
    return [(one.first, one.last) for one in found]


async def test_numbers_without_a_hole_ask_for_nothing(post: Post):
    await kept_up_with(post, "invoices")
    await numbered(post, 7, 8, 10, 9, 11)
    post.clock.advance(HOLE_SECONDS)
    assert await looked(post) == []
    assert await asked_soon(post) == set()


async def test_a_hole_that_stays_is_made_up_for_once_by_asking_for_what_webhooks_tell(
    anywhere: Post,
):
    post = anywhere
    await kept_up_with(post, "invoices", "contacts", "credit-notes", "payments")
    await numbered(post, 1, 2, 5)
    post.clock.advance(HOLE_SECONDS - 1)
    assert await looked(post) == []
    await numbered(post, 6)
    assert await looked(post) == [(3, 4)]
    assert await asked_soon(post) == {"invoices", "contacts", "credit-notes"}
    assert await ranges(post) == [(1, 6)]
    post.clock.advance(HOLE_SECONDS)
    assert await looked(post) == []


async def test_a_hole_that_is_filled_in_time_is_none(post: Post):
    await kept_up_with(post, "invoices")
    await numbered(post, 1, 3)
    post.clock.advance(HOLE_SECONDS / 2)
    await numbered(post, 2)
    post.clock.advance(HOLE_SECONDS)
    assert await looked(post) == []
    assert await asked_soon(post) == set()


async def test_a_steady_stream_of_newer_events_does_not_hide_a_hole(post: Post):
    await numbered(post, 1, *range(3, 70))
    assert await looked(post) == [(2, 2)]


async def test_an_old_hole_is_closed_and_a_young_one_is_waited_for(post: Post):
    await numbered(post, 1, 3)
    post.clock.advance(HOLE_SECONDS)
    await numbered(post, 5)
    assert await looked(post) == [(2, 2)]
    assert await ranges(post) == [(1, 3), (5, 5)]


async def test_what_comes_late_into_a_closed_hole_opens_none(post: Post):
    await numbered(post, 1, 3)
    post.clock.advance(HOLE_SECONDS)
    await looked(post)
    await post.take(body([event(2, at=START)], first=2))
    assert await ranges(post) == [(1, 3)]


async def test_numbers_that_begin_again_are_followed_from_there(post: Post):
    """As those of a webhook that was made anew."""
    await kept_up_with(post, "invoices")
    await numbered(post, 50, 51, 53)
    post.clock.advance(HOLE_SECONDS + 1)
    await numbered(post, 1)
    assert await ranges(post) == [(1, 1)]
    assert await asked_soon(post) == {"invoices"}  # 52 nobody sends any more
    await numbered(post, 3)
    post.clock.advance(HOLE_SECONDS)
    assert await looked(post) == [(2, 2)]


async def test_a_delivery_counts_for_no_more_numbers_than_it_brought(post: Post):
    await kept_up_with(post, "invoices")
    await numbered(post, 1)
    claim = json.loads(body([event(2, at=post.clock.now())], first=2))
    await post.take(json.dumps({**claim, "lastEventSequence": 1_000_000}).encode())
    await numbered(post, 3, 5)
    post.clock.advance(HOLE_SECONDS)
    assert await looked(post) == [(4, 4)]
    assert await ranges(post) == [(1, 5)]


async def test_an_event_of_tomorrow_hides_no_numbers_that_begin_again(post: Post):
    """Else none would be followed before tomorrow."""
    tomorrow = post.clock.now() + timedelta(hours=23)
    await post.take(body([event(900, at=tomorrow)], first=1_000_000))
    post.clock.advance(HOLE_SECONDS + 1)
    await numbered(post, 7, 9)
    assert await ranges(post) == [(7, 7), (9, 9)]
    post.clock.advance(HOLE_SECONDS)
    assert await looked(post) == [(8, 8)]


async def test_deliveries_in_any_order_do_not_look_like_numbers_that_begin_again(post: Post):
    for number in (5, 3, 4, 1, 2):
        at = START + timedelta(seconds=number)
        await post.take(body([event(number, at=at)], first=number))
    assert await ranges(post) == [(1, 5)]


async def test_a_hole_that_is_given_up_for_room_is_made_up_for(post: Post):
    await kept_up_with(post, "invoices")

    def came(number: int) -> bytes:
        return body([event(number)], first=number)

    def work(tables: Tables, number: int) -> None:
        cover(tables, Delivery.read(came(number)), post.clock.now(), max_ranges=3)

    for number in (1, 3, 5):
        await post.store.write(lambda tables, number=number: work(tables, number))
    assert await asked_soon(post) == set()
    await post.store.write(lambda tables: work(tables, 7))
    assert await asked_soon(post) == {"invoices"}
    assert await ranges(post) == [(1, 3), (5, 5), (7, 7)]
