"""Rules at work: late rather than never, each for itself, and not twice after a restart."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from tests.changes.feed_rows import AT, NAME, ORGANISATION, Put, bill, put, put_finding, settings_of
from tests.fakes import FakeClock
from xero_mcp.app import Office, feed_of, open_office
from xero_mcp.changes.condition_reading import parse_condition
from xero_mcp.changes.news import News
from xero_mcp.changes.telling import NotTakenError
from xero_mcp.changes.watch_rule import Print, Rule
from xero_mcp.changes.watch_sources import FeedSource, LogSource
from xero_mcp.changes.watching import (
    MAX_PAUSE_SECONDS,
    GivenUpError,
    OrganisationNames,
    Start,
    Watch,
    Watcher,
)
from xero_mcp.clock import from_iso

OTHER = "11111111-2015-4b6b-88bc-d89032cecc50"
FROM_START = Start(from_start=True)
SECONDS = 20.0


@dataclass
class Ear:
    """Hears what it is told; refuses the first few times."""

    refusals: int = 0
    heard: list[News] = field(default_factory=list[News])
    tries: int = 0
    enough: anyio.Event = field(default_factory=anyio.Event)
    wanted: int = 1_000_000

    async def tell(self, rule: Rule, news: Sequence[News]) -> None:
        del rule
        self.tries += 1
        if self.tries <= self.refusals:
            raise NotTakenError("it answers with status 500")
        self.heard.extend(news)
        if len(self.heard) >= self.wanted:
            self.enough.set()

    @property
    def numbers(self) -> list[str]:
        changes = [one.says.split()[1] for one in self.heard]
        return [number.removeprefix("INV-") for number in changes]


@dataclass
class Desk:
    """A watcher over a state folder, with a clock of its own."""

    office: Office
    clock: FakeClock
    notes: list[str] = field(default_factory=list[str])

    def watch(self, ear: Ear, *conditions: str, name: str = "rule-1", **more: str) -> Watch:
        rule = Rule(
            name=name,
            conditions=tuple(map(parse_condition, conditions)),
            then=Print(),
            organisation=more.get("organisation"),
        )
        log = LogSource(self.office.store, self.clock)
        source = log if rule.reads_the_log else FeedSource(feed_of(self.office))
        return Watch(rule=rule, source=source, teller=ear)

    def watcher(self) -> Watcher:
        async def read() -> Mapping[str, str]:
            return {ORGANISATION: NAME, OTHER: "Another Ltd"}

        names = OrganisationNames(read, self.clock)
        return Watcher(self.office.store, self.clock, names, self.notes.append)

    async def once(self, watch: Watch, start: Start = FROM_START) -> None:
        with anyio.fail_after(SECONDS):
            await self.watcher().run(watch, start, once=True)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncGenerator[Desk]:
    clock = FakeClock()
    async with open_office(settings_of(tmp_path), clock=clock) as office:
        yield Desk(office, clock)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


async def test_a_rule_hears_of_each_change_once_also_after_a_restart(
    desk: Desk, home: Path
) -> None:
    await put(home, [bill("1"), bill("2", "10.00"), bill("3")])
    first, second, third = Ear(), Ear(), Ear()
    await desk.once(desk.watch(first, "bill over 1000 GBP"))
    assert first.numbers == ["1", "3"]
    await put(home, [bill("4")])
    await desk.once(desk.watch(second, "bill over 1000 GBP"))
    assert second.numbers == ["4"]
    await desk.once(desk.watch(third, "bill over 1000 GBP"))
    assert third.heard == []


async def test_a_new_rule_begins_now_and_keeps_its_place_though_it_told_nothing(
    desk: Desk, home: Path
) -> None:
    await put(home, [bill("1")])
    ear = Ear()
    await desk.once(desk.watch(ear, "bill created"), Start())
    assert ear.heard == []
    await put(home, [bill("2")])
    await desk.once(desk.watch(ear, "bill created"), Start())
    assert ear.numbers == ["2"]


async def test_what_was_not_taken_is_told_by_the_next_run(desk: Desk, home: Path) -> None:
    await put(home, [bill("1"), bill("2")])
    deaf, ear = Ear(refusals=1_000), Ear()
    with pytest.raises(GivenUpError, match="2 not told: it answers with status 500"):
        await desk.once(desk.watch(deaf, "bill created"))
    assert deaf.tries == 3
    await desk.once(desk.watch(ear, "bill created"))
    assert ear.numbers == ["1", "2"]


async def test_more_changes_than_are_told_at_once_all_come_in_order(desk: Desk, home: Path) -> None:
    await put(home, [bill(f"{number}") for number in range(1, 121)])
    ear = Ear()
    await desk.once(desk.watch(ear))
    assert ear.numbers == [f"{number}" for number in range(1, 121)]
    assert ear.tries == 3


async def test_a_rule_that_nobody_answers_holds_up_no_other(desk: Desk, home: Path) -> None:
    await put(home, [bill("1")])
    deaf = Ear(refusals=1_000_000)
    ear = Ear(wanted=2)
    watcher = desk.watcher()
    with anyio.fail_after(SECONDS):
        async with anyio.create_task_group() as group:
            group.start_soon(watcher.run, desk.watch(deaf, "bill created"), FROM_START)
            group.start_soon(watcher.run, desk.watch(ear, "bill", name="rule-2"), FROM_START)
            await put(home, [bill("2")])
            await ear.enough.wait()
            group.cancel_scope.cancel()
    assert ear.numbers == ["1", "2"]
    assert deaf.heard == []


async def test_pauses_grow_to_a_bound_and_little_is_said_of_them(desk: Desk, home: Path) -> None:
    await put(home, [bill("1")])
    ear = Ear(refusals=14, wanted=1)
    with anyio.fail_after(SECONDS):
        async with anyio.create_task_group() as group:
            group.start_soon(desk.watcher().run, desk.watch(ear, "bill"), FROM_START)
            await ear.enough.wait()
            await anyio.wait_all_tasks_blocked()
            group.cancel_scope.cancel()
    pauses = [pause for pause in desk.clock.slept if pause >= 1.0]
    assert pauses[:11] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 900.0]
    assert max(pauses) == MAX_PAUSE_SECONDS
    failing = [note for note in desk.notes if "not told" in note]
    assert len(failing) < 8
    assert "other rules go on" in failing[0]
    assert "since 09:30 UTC" in failing[-1]
    assert desk.notes[-1] == "rule-1: it works again, after 14 tries that failed."


async def test_a_rule_of_one_organisation_hears_of_no_other(desk: Desk, home: Path) -> None:
    there = bill("1")
    elsewhere = replace(bill("2"), organisation_id=OTHER)
    await put(home, [there, elsewhere])
    by_name, by_id, all_of_them = Ear(), Ear(), Ear()
    await desk.once(desk.watch(by_name, "bill", organisation=NAME.upper()))
    await desk.once(desk.watch(by_id, "bill", name="rule-2", organisation=OTHER))
    await desk.once(desk.watch(all_of_them, "bill", name="rule-3"))
    assert (by_name.numbers, by_id.numbers, all_of_them.numbers) == (["1"], ["2"], ["1", "2"])
    assert by_name.heard[0].organisation == NAME


async def test_a_change_of_an_organisation_without_a_known_name_is_told_rather_than_missed(
    desk: Desk, home: Path
) -> None:
    unknown = "00000000-2015-4b6b-88bc-d89032cecc50"
    await put(home, [Put(mark="1", now=bill("1").now, organisation_id=unknown), bill("2")])
    by_name, by_id = Ear(), Ear()
    await desk.once(desk.watch(by_name, "bill", organisation="Bolt Books"))
    await desk.once(desk.watch(by_id, "bill", name="rule-2", organisation=ORGANISATION))
    assert (by_name.numbers, by_id.numbers) == (["1"], ["2"])
    assert f"in {unknown}: " in by_name.heard[0].says


async def test_other_currencies_are_named_once(desk: Desk, home: Path) -> None:
    await put(home, [bill("1", currency="EUR"), bill("2", currency="EUR"), bill("3")])
    ear = Ear()
    await desk.once(desk.watch(ear, "bill over 1000 GBP"))
    assert ear.numbers == ["3"]
    assert desk.notes == [
        "rule-1: there are documents in EUR; `bill over 1000 GBP` compares none of them."
    ]


async def test_any_condition_is_enough_and_tells_once(desk: Desk, home: Path) -> None:
    await put(home, [bill("1")])
    ear = Ear()
    await desk.once(desk.watch(ear, "invoice paid", "bill created", "bill over 1000 GBP"))
    assert ear.numbers == ["1"]


async def test_what_a_cross_check_found_is_told_from_the_log(desk: Desk, home: Path) -> None:
    await put_finding(home)
    await put(home, [bill("1")])
    ear = Ear()
    await desk.once(desk.watch(ear, "outside the log"))
    [one] = ear.heard
    assert "1 without a record" in one.says
    event = one.as_event("rule-1")
    assert (event["eventCategory"], event["organisation"]) == ("CROSSCHECK", NAME)
    assert event["result"] == {"ids": ["id-1"], "rows": 1}
    await desk.once(desk.watch(ear, "outside the log"))
    assert len(ear.heard) == 1
    await put_finding(home)
    await desk.once(desk.watch(ear, "outside the log"))
    assert len(ear.heard) == 2


async def test_the_log_is_followed_from_a_moment(desk: Desk, home: Path) -> None:
    for _ in range(5):
        await put_finding(home)
    source = LogSource(desk.office.store, desk.clock)
    rows = await desk.office.store.read(lambda tables: tables.audit.scan(0, limit=100))
    for row in rows:
        moment = row.at
        first = next(each.seq for each in rows if each.at >= moment)
        assert await source.at(from_iso(moment)) == first - 1
    assert await source.at(from_iso("2000-01-01T00:00:00.000Z")) == 0
    assert await source.at(from_iso("2999-01-01T00:00:00.000Z")) == rows[-1].seq


async def test_a_rule_that_was_away_too_long_says_that_changes_are_gone(
    desk: Desk, home: Path
) -> None:
    await put(home, [bill("1")])
    await desk.once(desk.watch(Ear(), "bill"))
    later = AT + timedelta(days=90)
    await put(home, [bill("2"), replace(bill("3"), at=later)])
    await desk.office.store.write(lambda tables: tables.changes.forget_before(later))
    ear = Ear()
    await desk.once(desk.watch(ear, "bill"))
    assert ear.numbers == ["3"]
    assert "cleared away" in desk.notes[-1]


async def test_a_place_behind_the_end_of_the_feed_is_no_place(desk: Desk, home: Path) -> None:
    await put(home, [bill("1")])
    watch = desk.watch(Ear(), "bill")
    now = desk.clock.now()
    await desk.office.store.write(lambda tables: tables.changes.watch(watch.place, 900, now))
    await desk.once(watch)
    assert "restored" in desk.notes[0]
    ear = Ear()
    await put(home, [bill("2")])
    await desk.once(desk.watch(ear, "bill"))
    assert ear.numbers == ["2"]


async def test_ids_of_events_are_the_same_when_they_are_told_again(desk: Desk, home: Path) -> None:
    await put(home, [bill("1"), bill("2")])
    first, second = Ear(), Ear()
    await desk.once(desk.watch(first, "bill"))
    again = desk.watch(second, "bill")
    now = desk.clock.now()
    await desk.office.store.write(lambda tables: tables.changes.watch(again.place, 0, now))
    await desk.once(again)
    ids = [one.as_event("rule-1")["id"] for one in first.heard]
    assert ids == [one.as_event("rule-1")["id"] for one in second.heard]
    assert len(set(ids)) == 2
    assert ids[0] != first.heard[0].as_event("rule-2")["id"]
