"""Being signed in from a browser: for how long, in which replica, and what ends it."""

from dataclasses import dataclass, field

import pytest

from tests.fakes import FakeClock
from xero_mcp.approvals import People, PersonNews, Sessions
from xero_mcp.store.base import Database, Tables

JANE, JOE = "jane@example.com", "joe@example.com"
GOOD = "four words not together"
OTHER = "quite another phrase"


@dataclass
class Desk:
    people: People
    sessions: Sessions
    replica: Sessions
    """Of another process over the same store."""
    clock: FakeClock
    store: Database
    told: list[PersonNews] = field(default_factory=list[PersonNews])

    async def signed_in(self) -> str:
        token = await self.sessions.sign_in(JANE, GOOD)
        assert token is not None
        return token


@pytest.fixture
async def desk(store: Database, clock: FakeClock) -> Desk:
    told: list[PersonNews] = []

    def note(tables: Tables, news: PersonNews) -> None:
        del tables
        told.append(news)

    people = People(store, clock, note)
    await people.add(JANE, by="root")
    await people.add(JOE, by="root")
    await people.set_passphrase(JANE, GOOD, by="root")
    told.clear()
    return Desk(
        people=people,
        sessions=Sessions(store, clock, people, note),
        replica=Sessions(store, clock, People(store, clock, note), note),
        clock=clock,
        store=store,
        told=told,
    )


async def test_who_signed_in_is_known_in_every_replica_until_half_an_hour_is_over(desk: Desk):
    token = await desk.signed_in()
    assert await desk.replica.who(token) == JANE
    desk.clock.advance(30 * 60 - 1)
    assert await desk.replica.who(token) == JANE
    desk.clock.advance(1)
    assert await desk.sessions.who(token) is None


async def test_signing_out_ends_it_in_every_replica_and_leaves_other_browsers(desk: Desk):
    one, other = await desk.signed_in(), await desk.signed_in()
    await desk.replica.sign_out(one)
    assert await desk.sessions.who(one) is None
    assert await desk.sessions.who(other) == JANE
    await desk.replica.sign_out(one)
    assert [news.what for news in desk.told if "out" in news.what] == ["signed out"]


async def test_a_changed_passphrase_ends_every_session_also_where_it_is_the_same_words(desk: Desk):
    token = await desk.signed_in()
    await desk.people.set_passphrase(JANE, GOOD, by=JANE)
    assert await desk.replica.who(token) is None
    assert await desk.replica.who(await desk.signed_in()) == JANE


async def test_a_person_who_was_removed_is_signed_in_no_more(desk: Desk):
    token = await desk.signed_in()
    await desk.people.remove(JANE, by=JOE)
    assert await desk.replica.who(token) is None
    await desk.people.add(JANE, by=JOE)
    assert await desk.replica.who(token) is None


async def test_neither_a_made_up_token_nor_the_hash_in_the_store_is_a_session(desk: Desk):
    token = await desk.signed_in()
    assert await desk.sessions.who(desk.sessions.new_token()) is None
    assert await desk.sessions.who("") is None
    for tried in (token.upper(), f"{token} ", token[:-1]):
        assert await desk.sessions.who(tried) is None
    rows = await desk.store.read(lambda tables: tables.people.list())
    assert token not in repr(rows)


async def test_a_stranger_a_wrong_passphrase_and_a_person_without_one_are_told_the_same(desk: Desk):
    tries = (("nobody@example.com", GOOD), (JANE, OTHER), (JOE, GOOD), ("", ""))
    assert [await desk.sessions.sign_in(*each) for each in tries] == [None] * 4
    assert [f"{news.email} {news.what}" for news in desk.told] == [
        "somebody who is not entered gave a passphrase",
        f"{JANE} gave a wrong passphrase (1 in a row)",
        f"{JOE} gave a wrong passphrase (1 in a row)",
        "somebody who is not entered gave a passphrase",
    ]
    assert not any(news.is_good for news in desk.told)


async def test_while_guessing_is_slowed_down_the_right_passphrase_is_not_heard_either(desk: Desk):
    for _ in range(3):
        assert await desk.sessions.sign_in(JANE, OTHER) is None
    assert await desk.sessions.sign_in(JANE, GOOD) is None
    assert desk.told[-1].what == "was asked for while locked"
    desk.clock.advance(60)
    assert await desk.sessions.who(await desk.signed_in()) == JANE


async def test_signing_in_clears_away_what_has_run_out(desk: Desk):
    old = [await desk.signed_in() for _ in range(2)]
    desk.clock.advance(31 * 60)
    await desk.signed_in()
    left = await desk.store.write(lambda tables: tables.person_sessions.sweep(desk.clock.now()))
    assert left == 0
    assert [await desk.sessions.who(token) for token in old] == [None, None]
