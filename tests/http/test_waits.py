"""Many waits of one length: whoever is late is named, once, and nobody else."""

import asyncio
from contextvars import ContextVar

from tests.http.on_a_port import until
from xero_mcp.transport.http.waits import Waits

WHOSE: ContextVar[str] = ContextVar("whose", default="nobody's")
SOON = 0.01


async def test_who_waits_too_long_is_named_in_the_order_of_coming():
    late: list[str] = []
    waits = Waits[str](SOON, late.append)
    for name in ("first", "second", "third"):
        waits.begin(name)
    await until(lambda: len(late) == 3)
    assert late == ["first", "second", "third"]


async def test_who_is_done_in_time_is_not_named():
    late: list[str] = []
    waits = Waits[str](SOON, late.append)
    for name in ("gone", "late", "gone too"):
        waits.begin(name)
    waits.end("gone")
    waits.end("gone too")
    waits.begin("witness")
    await until(lambda: "witness" in late)
    assert late == ["late", "witness"]


async def test_who_was_late_is_named_once_and_may_end_afterwards():
    late: list[str] = []
    waits = Waits[str](SOON, late.append)
    waits.begin("one")
    await until(lambda: late)
    waits.end("one")
    waits.end("never came")
    waits.begin("another")
    await until(lambda: "another" in late)
    assert late == ["one", "another"]


async def test_a_second_wait_of_the_same_one_has_its_whole_length():
    """A connection's next request: what was left of the time before is not held against it."""
    late: list[str] = []
    loop = asyncio.get_running_loop()
    waits = Waits[str](0.2, late.append)
    waits.begin("one")
    waits.begin("other")
    half = loop.time() + 0.1
    await until(lambda: loop.time() >= half)
    waits.end("one")
    waits.begin("one")
    again = loop.time()
    await until(lambda: "one" in late)
    assert late == ["other", "one"]
    assert loop.time() >= again + 0.2


async def test_the_late_are_named_in_nobodys_context():
    """The request whose coming set the timer must not lend its agent to what happens then."""
    found: list[str] = []
    waits = Waits[str](SOON, lambda _: found.append(WHOSE.get()))
    WHOSE.set("the first one's")
    waits.begin("one")
    await until(lambda: found)
    assert found == ["nobody's"]
