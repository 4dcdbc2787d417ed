"""Files on a disk, and what of them is in force."""

import os
from pathlib import Path

import pytest

from tests.fakes import FakeClock
from tests.policy.cards import CARDS
from tests.policy.scenes import BILLS, HEAD
from xero_mcp.policy.book import Happened, PolicyBook, PolicyEvent
from xero_mcp.policy.files import check_file
from xero_mcp.tool.access import Access, Area

CONTACTS = f"{HEAD}access: {{ contacts: read }}\n"


class Scene:
    """A folder of policies, a book over it, and what the book told."""

    def __init__(self, root: Path, clock: FakeClock) -> None:
        self.folder = root / "policies"
        self.shipped = root / "shipped"
        self.folder.mkdir()
        self.shipped.mkdir()
        self.clock = clock
        self.events: list[PolicyEvent] = []
        self.book = self.open()

    def open(self) -> PolicyBook:
        return PolicyBook(
            (self.folder, self.shipped),
            cards=CARDS,
            clock=self.clock,
            on_event=self.events.append,
            still_seconds=0,  # of which test_stillness.py is
        )

    def write(self, text: str | bytes, name: str = "ap-clerk.yaml") -> Path:
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def told(self) -> list[Happened]:
        return [event.kind for event in self.events]


@pytest.fixture
def scene(tmp_path: Path, clock: FakeClock) -> Scene:
    return Scene(tmp_path, clock)


def test_a_good_file_is_in_force_and_told_once(scene: Scene):
    scene.write(BILLS)
    first = scene.book.for_agent("ap-clerk")
    again = scene.book.for_agent("ap-clerk")
    assert first.policy is not None
    assert again is first
    assert scene.told() == [Happened.LOADED]
    assert scene.events[0].sha256 == first.policy.sha256
    assert scene.events[0].agent == "ap-clerk"


def test_without_a_file_there_is_nothing_and_the_reason_names_what_there_is(scene: Scene):
    scene.write(BILLS)
    scene.write(BILLS.replace("ap-clerk", "night-clerk"), "night-clerk.yaml")
    nothing = scene.book.for_agent("day-clerk")
    assert nothing.policy is None
    assert nothing.reason == (
        "there is no policy file day-clerk.yaml: there is ap-clerk or night-clerk"
    )


@pytest.mark.parametrize("name", ["", "../ap-clerk", "AP-Clerk", "a/b", "ap-clerk.yaml", "a" * 65])
def test_a_name_that_no_agent_has_opens_no_file(scene: Scene, name: str):
    scene.write(BILLS)
    held = scene.book.for_agent(name)
    assert held.policy is None
    assert "is not an agent's name" in held.reason


def test_a_changed_file_holds_from_the_next_call(scene: Scene):
    scene.write(BILLS)
    assert scene.book.for_agent("ap-clerk").policy is not None
    scene.write(CONTACTS)
    policy = scene.book.for_agent("ap-clerk").policy
    assert policy is not None
    assert policy.grant(Area.CONTACTS).access is Access.READ
    assert policy.grant(Area.BILLS).access is Access.OFF
    assert scene.told() == [Happened.LOADED, Happened.LOADED]


def test_a_change_of_the_same_size_in_the_same_moment_is_noticed(scene: Scene):
    path = scene.write(BILLS)
    seen = path.stat()
    scene.clock.advance(seen.st_mtime - scene.clock.now().timestamp() + 0.5)
    assert scene.book.for_agent("ap-clerk").policy is not None
    path.write_bytes(BILLS.replace("bills: draft", "bills: read ").encode())
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    policy = scene.book.for_agent("ap-clerk").policy
    assert policy is not None
    assert policy.grant(Area.BILLS).access is Access.READ


def test_a_bad_change_leaves_the_last_good_file_in_force(scene: Scene):
    scene.write(BILLS)
    good = scene.book.for_agent("ap-clerk").policy
    scene.write(BILLS + "mod: watch\n")
    held = scene.book.for_agent("ap-clerk")
    assert held.policy is good
    assert "the last good one holds: ap-clerk.yaml:5:1: `mod` is not a key" in held.reason
    assert held.problems
    scene.book.for_agent("ap-clerk")
    assert scene.told() == [Happened.LOADED, Happened.REFUSED]
    assert scene.events[1].problems == held.problems
    scene.write(CONTACTS)
    assert scene.book.for_agent("ap-clerk").problems == ()
    assert scene.told() == [Happened.LOADED, Happened.REFUSED, Happened.LOADED]


def test_a_file_that_was_never_good_allows_nothing(scene: Scene):
    scene.write("agent: [\n")
    held = scene.book.for_agent("ap-clerk")
    assert held.policy is None
    assert "so nothing is allowed: ap-clerk.yaml:2:1: not YAML" in held.reason


def test_an_example_that_fails_keeps_the_file_out(scene: Scene):
    scene.write(BILLS + "examples:\n  - { call: create-payment, expect: allow }\n")
    held = scene.book.for_agent("ap-clerk")
    assert held.policy is None
    assert "expects allow, but it comes out as deny" in held.reason


def test_a_deleted_file_takes_everything_away_at_once(scene: Scene):
    path = scene.write(BILLS)
    assert scene.book.for_agent("ap-clerk").policy is not None
    path.unlink()
    assert scene.book.for_agent("ap-clerk").policy is None
    assert scene.book.for_agent("ap-clerk").policy is None
    assert scene.told() == [Happened.LOADED, Happened.GONE]
    scene.write(BILLS)
    assert scene.book.for_agent("ap-clerk").policy is not None


def test_ten_megabytes_are_refused_without_being_read(scene: Scene):
    path = scene.folder / "ap-clerk.yaml"
    with path.open("wb") as file:
        file.truncate(10_000_000)
    held = scene.book.for_agent("ap-clerk")
    assert held.policy is None
    assert "the file has 10,000,000 bytes, and a policy has at most 1,000,000" in held.reason


def test_what_is_no_file_is_refused(scene: Scene):
    (scene.folder / "ap-clerk.yaml").mkdir()
    assert "this is not a file" in scene.book.for_agent("ap-clerk").reason


def test_a_file_that_cannot_be_looked_at_leaves_the_last_good_one(scene: Scene):
    path = scene.write(BILLS)
    good = scene.book.for_agent("ap-clerk").policy
    path.unlink()
    path.symlink_to(path)
    held = scene.book.for_agent("ap-clerk")
    assert held.policy is good
    assert "the file cannot be looked at (OSError)" in held.reason
    assert scene.book.for_agent("ap-clerk").policy is good
    assert scene.told() == [Happened.LOADED, Happened.REFUSED]


def test_a_book_that_nobody_listens_to_works_the_same(scene: Scene):
    scene.write(BILLS)
    book = PolicyBook(
        (scene.folder, scene.shipped), cards=CARDS, clock=scene.clock, still_seconds=0
    )
    assert book.for_agent("ap-clerk").policy is not None


def test_a_problem_is_plain_data_too(scene: Scene):
    problem = check_file(scene.write("agent: [\n"), cards=CARDS).problems[0]
    assert problem.as_json() == {
        "file": "ap-clerk.yaml",
        "line": 2,
        "column": 1,
        "text": problem.text,
    }


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes of that kind here")
def test_a_pipe_is_not_waited_for(scene: Scene):
    os.mkfifo(scene.folder / "ap-clerk.yaml")
    assert "this is not a file" in scene.book.for_agent("ap-clerk").reason


def test_a_file_is_named_after_its_agent(scene: Scene):
    scene.write(BILLS, "day-clerk.yaml")
    held = scene.book.for_agent("day-clerk")
    assert held.policy is None
    assert "named after `day-clerk` but is for `ap-clerk`: name both alike" in held.reason


def test_an_agent_may_be_tied_to_another_file(scene: Scene):
    scene.write(BILLS)
    held = scene.book.for_agent("night-shift", file="ap-clerk.yaml")
    assert held.policy is not None
    assert held.agent == "night-shift"
    assert scene.events[0].agent == "night-shift"


def test_names_are_those_of_the_files(scene: Scene):
    scene.write(BILLS)
    scene.write("broken: [", "b-broken.yaml")
    scene.write("{}", "policy.schema.json")
    scene.write(BILLS, "Not A Name.yaml")
    assert scene.book.names() == ("ap-clerk", "b-broken")


def test_the_shipped_policies_hold_only_where_there_is_no_folder(scene: Scene):
    (scene.shipped / "ap-clerk.yaml").write_text(BILLS)
    assert scene.book.for_agent("ap-clerk").policy is None
    scene.folder.rmdir()
    assert scene.book.for_agent("ap-clerk").policy is None
    assert scene.open().for_agent("ap-clerk").policy is not None


def test_checking_a_file_finds_all_that_would_keep_it_out(scene: Scene):
    good = scene.write(BILLS)
    assert check_file(good, cards=CARDS).policy is not None
    other = scene.write(BILLS, "other.yaml")
    assert "name both alike" in str(check_file(other, cards=CARDS).problems[0])
    missing = check_file(scene.folder / "none.yaml", cards=CARDS)
    assert "cannot be read (FileNotFoundError)" in str(missing.problems[0])
