"""Many agents of several processes on one organisation: all of Xero's calls used, in fair turns."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from tests.fakes import FakeClock
from xero_mcp.store.base import Tables
from xero_mcp.store.sqlite import SqliteStore
from xero_mcp.xero.forecast import LimitRules
from xero_mcp.xero.turnstile import Comer, Flown, Standing, Turnstile

ORGANISATION = "org"
RULES = LimitRules(guard_seconds=0.0, kept_percent=4)
"""With two calls of a minute kept for people; by default none is."""
MS_OF_A_CALL = 300
FAR_MS = 10**9
PEOPLE = ""


@dataclass
class Queue:
    """One organisation's queue, seen from several processes, with a clock of its own."""

    tables: Tables
    processes: int = 3
    now_ms: int = 1_000_000
    turns: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    """When each call started, and whose it was."""
    flying: dict[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])
    waiting: dict[str, str] = field(default_factory=dict[str, str])
    count: int = 0

    def __post_init__(self) -> None:
        self.stiles = [Turnstile(RULES, f"p{number}") for number in range(self.processes)]

    def come(self, agent: str) -> Standing:
        self.count += 1
        call_id = f"{agent}#{self.count}"
        comer = Comer(call_id=call_id, organisation_id=ORGANISATION, agent=agent)
        place = self._stile(agent).arrive(
            self.tables.calls, comer, now_ms=self.now_ms, latest_ms=self.now_ms + FAR_MS
        )
        if place.standing is Standing.GOES:
            self._starts(call_id, agent)
        else:
            self.waiting[call_id] = agent
        return place.standing

    def pass_time(self, ms: int, *, keep: dict[str, int] | None = None) -> None:
        """Let time pass; each agent of `keep` sends a new call for each that came back."""
        end_ms = self.now_ms + ms
        for _ in range(100_000):
            next_ms = self._let_through()
            coming = [at for at, _ in self.flying.values()]
            coming += [] if next_ms is None else [next_ms]
            then = min((at for at in coming if at > self.now_ms), default=end_ms)
            if then >= end_ms:
                self.now_ms = end_ms
                return
            self.now_ms = then
            self._renew()
            for agent in list(self._landed()):
                if agent in (keep or {}):
                    self.come(agent)
        raise AssertionError("time does not pass")

    def _let_through(self) -> int | None:
        """Every process looks until nobody gets a turn any more."""
        next_ms: int | None = None
        for _ in range(1_000):
            started = 0
            for number, stile in enumerate(self.stiles):
                mine = [one for one, whose in self.waiting.items() if self._home(whose) == number]
                look = stile.look(self.tables.calls, ORGANISATION, mine, now_ms=self.now_ms)
                next_ms = look.next_ms
                for call_id, place in look.places.items():
                    if place.standing is Standing.GOES:
                        self._starts(call_id, self.waiting.pop(call_id))
                        started += 1
            if not started:
                return next_ms
        raise AssertionError("the queue never rests")

    def _starts(self, call_id: str, agent: str) -> None:
        self.turns.append((self.now_ms, agent))
        self.flying[call_id] = (self.now_ms + MS_OF_A_CALL, agent)

    def _landed(self) -> Iterator[str]:
        for call_id, (at, agent) in list(self.flying.items()):
            if at <= self.now_ms:
                del self.flying[call_id]
                flown = Flown(
                    call_id=call_id, organisation_id=ORGANISATION, started_ms=at - MS_OF_A_CALL
                )
                self._stile(agent).settle(self.tables.calls, flown, now_ms=self.now_ms)
                yield agent

    def _renew(self) -> None:
        """The simulated processes are alive, however far the clock leaps."""
        for number in range(self.processes):
            until_ms = self.now_ms + 6_000
            self.tables.calls.renew(
                ORGANISATION, f"p{number}", until_ms=until_ms, below_ms=until_ms
            )

    def _home(self, agent: str) -> int:
        return sum(agent.encode()) % self.processes

    def _stile(self, agent: str) -> Turnstile:
        return self.stiles[self._home(agent)]


@pytest.fixture
async def store(tmp_path: Path):
    opened = await SqliteStore.open(tmp_path / "a.db", clock=FakeClock())
    yield opened
    await opened.close()


def in_a_minute(queue: Queue, *, after_ms: int) -> Counter[str]:
    start_ms = queue.turns[0][0] + after_ms
    return Counter(agent for at, agent in queue.turns if start_ms <= at < start_ms + 60_000)


async def test_twenty_agents_use_what_there_is_and_each_gets_its_share(store: SqliteStore):
    agents = {f"a{number}": 1 for number in range(20)} | {"busy": 40}

    def work(tables: Tables) -> Queue:
        queue = Queue(tables)
        for agent, calls in agents.items():
            for _ in range(calls):
                queue.come(agent)
        queue.pass_time(185_000, keep=agents)
        return queue

    queue = await store.write(work)
    whole = [in_a_minute(queue, after_ms=after) for after in (0, 60_300, 120_600)]
    assert min(sum(minute.values()) for minute in whole) >= 0.95 * RULES.per_minute
    turns = Counter(agent for _, agent in queue.turns)
    fair = len(queue.turns) / len(agents)
    assert min(turns.values()) >= fair / 2
    assert turns["busy"] <= fair * 2


async def test_between_two_turns_of_one_that_waits_nobody_has_more_than_two(store: SqliteStore):
    agents = {"busy": 30, "b": 3, "c": 1, "d": 1}

    def work(tables: Tables) -> Queue:
        queue = Queue(tables)
        for agent, calls in agents.items():
            for _ in range(calls):
                queue.come(agent)
        queue.pass_time(70_000, keep=agents)
        return queue

    order = [agent for _, agent in (await store.write(work)).turns]
    for agent in agents:
        places = [place for place, one in enumerate(order) if one == agent]
        assert len(places) > 3
        for before, after in pairwise(places[2:-1]):  # the first came before the others did
            between = Counter(order[before + 1 : after])
            assert max(between.values(), default=0) <= 2, (agent, order[before : after + 1])


async def test_a_lone_agent_has_all_but_what_is_kept_for_people(store: SqliteStore):
    def work(tables: Tables) -> Queue:
        queue = Queue(tables)
        for _ in range(70):
            queue.come("alone")
        queue.pass_time(50_000)
        assert queue.come(PEOPLE) is Standing.GOES
        assert queue.come(PEOPLE) is Standing.GOES
        assert queue.come(PEOPLE) is Standing.WAITS
        return queue

    queue = await store.write(work)
    turns = Counter(agent for _, agent in queue.turns)
    assert turns == {"alone": RULES.per_minute - 2, PEOPLE: 2}
    assert turns["alone"] >= 0.95 * RULES.per_minute


async def test_a_person_goes_before_every_agent(store: SqliteStore):
    def work(tables: Tables) -> Queue:
        queue = Queue(tables)
        for _ in range(30):
            queue.come("busy")
        queue.come(PEOPLE)
        queue.pass_time(2 * MS_OF_A_CALL)
        return queue

    order = [agent for _, agent in (await store.write(work)).turns]
    assert order[RULES.at_once] == PEOPLE


async def test_an_agent_that_was_idle_has_saved_up_no_turns(store: SqliteStore):
    def work(tables: Tables) -> Queue:
        queue = Queue(tables)
        for _ in range(50):
            queue.come("busy")
        queue.pass_time(2_000)
        for _ in range(10):
            queue.come("late")
        queue.pass_time(10_000)
        return queue

    order = [agent for _, agent in (await store.write(work)).turns]
    first = order.index("late")
    together = order[first : first + 12]
    assert abs(Counter(together)["late"] - Counter(together)["busy"]) <= 2, order
