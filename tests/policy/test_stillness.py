"""A policy file that is still being written may say less than the whole, and is not taken."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes import FakeClock
from tests.policy.cards import CARDS
from tests.policy.scenes import BILLS
from xero_mcp.policy.book import Happened, PolicyBook, PolicyEvent
from xero_mcp.policy.files import Content, stamp_of
from xero_mcp.policy.model import Policy
from xero_mcp.policy.stillness import STILL_SECONDS, Stillness

RULES = """\
rules:
  - name: nothing above fifty
    deny_when: { total_over: "50.00 USD" }
  - name: nothing above five
    for: [create-invoice]
    deny_when: { total_over: "5.00 USD" }
"""
WHOLE = f"{BILLS}{RULES}"
ENDS = [at for at, char in enumerate(WHOLE, start=1) if char == "\n"]
MOMENT = 0.01
LESS_THAN_A_TICK = 0.0001
MAX_TICKS = 5_000


class Watched:
    """A file, a book over it, and a clock that stands where a test puts it."""

    def __init__(self, folder: Path, text: str) -> None:
        self.path = folder / "ap-clerk.yaml"
        self.clock = FakeClock(datetime.fromtimestamp(0, UTC))
        self.events: list[PolicyEvent] = []
        self.write(text)
        self.after(0)
        self.book = PolicyBook(
            (folder, folder), cards=CARDS, clock=self.clock, on_event=self.events.append
        )

    def write(self, text: str) -> None:
        """Write it at a moment of its own: a file system counts in ticks of some milliseconds."""
        before = self.changed_at()
        for _ in range(MAX_TICKS):
            self.path.write_text(text, encoding="utf-8")
            if self.changed_at() > before + LESS_THAN_A_TICK:
                return
            time.sleep(0.001)
        raise AssertionError("the file system's clock stands still")

    def changed_at(self) -> float:
        if not self.path.exists():
            return self.clock.now().timestamp()
        stamp = stamp_of(self.path)
        return max(stamp.modified_ns, stamp.changed_ns) / 1e9

    def after(self, seconds: float) -> None:
        """Let it be just over so long since the file was last changed."""
        then = self.changed_at() + seconds + LESS_THAN_A_TICK
        self.clock.advance(then - self.clock.now().timestamp())

    def look(self) -> Policy | None:
        return self.book.for_agent("ap-clerk").policy

    def rules(self) -> int:
        """How many hold; all of it is on where there is a policy at all."""
        policy = self.look()
        assert policy is not None
        return len(policy.rules)

    def told(self) -> list[Happened]:
        return [event.kind for event in self.events]


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path, WHOLE)


def test_what_was_there_at_the_start_holds_at_once(watched: Watched):
    assert watched.rules() == 2
    assert watched.told() == [Happened.LOADED]


def test_some_of_a_file_is_a_good_policy_with_fewer_rules(tmp_path: Path):
    """Else there would be nothing to wait for."""
    found: set[int] = set()
    for number, end in enumerate(ENDS):
        (tmp_path / str(number)).mkdir()
        policy = Watched(tmp_path / str(number), WHOLE[:end]).look()
        found |= {len(policy.rules)} if policy else set()
    assert found == {0, 1, 2}


def test_where_access_stands_last_no_part_of_a_file_is_wider_than_the_whole(tmp_path: Path):
    *head, access = BILLS.splitlines(keepends=True)
    assert access.startswith("access:")
    text = "".join((*head, RULES, access))
    found: set[int] = set()
    for number, end in enumerate(at for at, char in enumerate(text, start=1) if char == "\n"):
        (tmp_path / str(number)).mkdir()
        policy = Watched(tmp_path / str(number), text[:end]).look()
        found |= {len(policy.rules)} if policy else set()
    assert found == {2}


def test_no_part_of_a_file_ever_holds_while_it_is_written_line_by_line(watched: Watched):
    assert watched.rules() == 2
    for end in [0, *ENDS]:
        watched.write(WHOLE[:end])
        watched.after(STILL_SECONDS - MOMENT)
        assert watched.rules() == 2, end
    watched.after(STILL_SECONDS)
    assert watched.rules() == 2
    assert watched.told() == [Happened.LOADED]


def test_a_change_holds_once_it_has_stood_still_and_is_told_once(watched: Watched):
    assert watched.rules() == 2
    watched.write(BILLS)
    for seconds in (MOMENT, STILL_SECONDS / 2, STILL_SECONDS - MOMENT):
        watched.after(seconds)
        assert watched.rules() == 2
    for seconds in (STILL_SECONDS, STILL_SECONDS * 10):
        watched.after(seconds)
        assert watched.rules() == 0
    assert watched.told() == [Happened.LOADED, Happened.LOADED]


def test_the_first_call_long_after_a_change_hears_of_it_at_once(watched: Watched):
    assert watched.rules() == 2
    watched.write(BILLS)
    watched.after(600)
    assert watched.rules() == 0


def test_a_mistake_is_told_once_the_file_stands_still(watched: Watched):
    assert watched.rules() == 2
    watched.write("agent: [")
    watched.after(MOMENT)
    assert watched.rules() == 2
    assert watched.told() == [Happened.LOADED]
    watched.after(STILL_SECONDS)
    assert watched.rules() == 2
    assert watched.told() == [Happened.LOADED, Happened.REFUSED]


def test_a_file_that_is_gone_takes_everything_away_at_once(watched: Watched):
    assert watched.rules() == 2
    watched.path.unlink()
    assert watched.look() is None
    assert watched.told() == [Happened.LOADED, Happened.GONE]


def test_a_file_that_comes_back_allows_nothing_before_it_stands_still(watched: Watched):
    assert watched.rules() == 2
    watched.path.unlink()
    assert watched.look() is None
    watched.write(BILLS)
    watched.after(MOMENT)
    held = watched.book.for_agent("ap-clerk")
    assert held.policy is None
    assert held.reason.startswith("ap-clerk.yaml was written this moment: it holds once")
    watched.after(STILL_SECONDS)
    assert watched.rules() == 0


def test_a_file_that_is_made_while_the_server_runs_must_stand_still_too(watched: Watched):
    watched.write(BILLS)
    watched.after(MOMENT)
    assert watched.look() is None
    watched.after(STILL_SECONDS)
    assert watched.rules() == 0


def test_a_file_that_is_as_it_was_again_was_never_changed(watched: Watched):
    assert watched.rules() == 2
    watched.write(BILLS)
    watched.after(MOMENT)
    assert watched.rules() == 2
    watched.write(WHOLE)
    watched.after(STILL_SECONDS)
    assert watched.rules() == 2
    assert watched.told() == [Happened.LOADED]


def test_an_old_date_that_was_given_to_a_file_does_not_hurry_it(watched: Watched):
    assert watched.rules() == 2
    watched.write(BILLS)
    os.utime(watched.path, (0, 0))
    watched.after(MOMENT)
    assert watched.rules() == 2


def test_where_the_file_systems_clock_is_ahead_ours_counts(watched: Watched):
    assert watched.rules() == 2
    watched.write(BILLS)
    watched.after(-3600)
    assert watched.rules() == 2
    watched.clock.advance(STILL_SECONDS - MOMENT)
    assert watched.rules() == 2
    watched.clock.advance(MOMENT)
    assert watched.rules() == 0


def test_by_our_clock_each_change_begins_anew(watched: Watched):
    assert watched.rules() == 2
    for text in (BILLS, f"{BILLS}# more\n", BILLS, f"{BILLS}# more\n"):
        watched.write(text)
        watched.after(-3600)
        assert watched.rules() == 2
        watched.clock.advance(STILL_SECONDS - MOMENT)
        assert watched.rules() == 2


def test_what_changes_between_the_look_and_the_reading_does_not_stand_still(tmp_path: Path):
    path = tmp_path / "ap-clerk.yaml"
    path.write_text(WHOLE, encoding="utf-8")
    seen = stamp_of(path)
    path.write_text(BILLS, encoding="utf-8")
    still = Stillness(started_at=0, still_seconds=STILL_SECONDS)
    now = seen.modified_ns / 1e9 + 3600
    key, content = ("ap-clerk", path), Content(digest="of what was read")
    assert not still.has(key, seen, content, now=now)
    assert still.has(key, stamp_of(path), content, now=now)
    path.unlink()
    assert not still.has(key, seen, content, now=now)


def test_each_agent_of_a_file_waits_for_itself(watched: Watched):
    held = [watched.book.for_agent(name, file="ap-clerk.yaml") for name in ("one", "two")]
    assert [len(one.policy.rules) for one in held if one.policy] == [2, 2]
    watched.write(BILLS)
    for seconds, rules in ((MOMENT, 2), (STILL_SECONDS, 0)):
        watched.after(seconds)
        held = [watched.book.for_agent(name, file="ap-clerk.yaml") for name in ("one", "two")]
        assert [len(one.policy.rules) for one in held if one.policy] == [rules, rules]
