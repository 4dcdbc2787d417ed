"""The arithmetic of the limits, against a window that Xero might keep."""

from bisect import bisect_right

from hypothesis import given, settings
from hypothesis import strategies as st

from xero_mcp.xero.forecast import LimitRules, Picture, free_from_ms, turns_ms

RULES = LimitRules(per_minute=12, at_once=5, minute_seconds=3, guard_seconds=0)


def picture(
    now_ms: int, *, flying: list[int] | None = None, frees: list[int] | None = None, held: int = 0
) -> Picture:
    return Picture(
        now_ms=now_ms,
        flying_since_ms=flying or [],
        minute_frees_ms=frees or [],
        held_until_ms=held,
        day_left=1000,
        day_frees_ms=0,
    )


def test_an_idle_organisation_is_free_at_once():
    assert free_from_ms(picture(1000), RULES) == 1000
    assert turns_ms(picture(1000), RULES, count=5) == [1000] * 5


def test_the_sixth_at_once_waits_for_one_that_flies():
    assert free_from_ms(picture(1000, flying=[900] * 5), RULES) is None
    assert turns_ms(picture(1000, flying=[900] * 5), RULES, count=1) == [1300]


def test_a_full_minute_frees_with_its_oldest_call():
    frees = [2000 + number for number in range(12)]
    assert free_from_ms(picture(1000, frees=frees), RULES) == 2000
    assert turns_ms(picture(1000, frees=frees), RULES, count=3) == [2000, 2001, 2002]


def test_calls_of_others_beyond_the_limit_must_all_run_out_first():
    frees = [2000] * 3 + [2500] * 12
    assert free_from_ms(picture(1000, frees=frees), RULES) == 2500


def test_a_minute_taken_up_by_calls_in_flight_has_no_moment_yet():
    small = LimitRules(per_minute=2, at_once=5, minute_seconds=3)
    assert free_from_ms(picture(1000, flying=[900, 950]), small) is None


def test_a_pause_holds_everybody():
    held = picture(1000, held=9000)
    assert free_from_ms(held, RULES) == 9000
    assert turns_ms(held, RULES, count=2) == [9000, 9000]


def test_the_day_holds_those_who_come_after_its_last_call():
    near_end = Picture(
        now_ms=1000,
        flying_since_ms=[],
        minute_frees_ms=[],
        held_until_ms=0,
        day_left=1,
        day_frees_ms=50_000,
    )
    assert turns_ms(near_end, RULES, count=2) == [1000, 50_000]


def test_a_long_queue_takes_as_many_windows_as_it_needs():
    turns = turns_ms(picture(0), RULES, count=30)
    assert turns == sorted(turns)
    assert turns[11] < 3000 <= turns[12] < 6000 <= turns[24]


def run(durations: list[int], arrivals: list[int]) -> list[tuple[int, int, int]]:
    """Play calls one by one in order: (start, the moment Xero counts it, end) of each."""
    played: list[tuple[int, int, int]] = []
    now = 0
    for duration, gap in zip(durations, arrivals, strict=True):
        now += gap
        for _ in range(100):
            flying = [start for start, _, end in played if end > now]
            ended = sorted(end for _, _, end in played if end <= now < end + RULES.minute_ms)
            frees = [end + RULES.minute_ms for end in ended]
            free = free_from_ms(picture(now, flying=flying, frees=frees), RULES)
            if free is not None and free <= now:
                break
            next_end = min((end for _, _, end in played if end > now), default=now)
            now = next_end if free is None else free
        counted = now + duration // 2
        played.append((now, counted, now + duration))
    return played


CALLS = st.lists(
    st.tuples(st.integers(min_value=1, max_value=4000), st.integers(min_value=0, max_value=900)),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(CALLS)
def test_no_window_however_it_is_laid_sees_more_than_the_limit(calls: list[tuple[int, int]]):
    played = run([duration for duration, _ in calls], [gap for _, gap in calls])
    counted = sorted(moment for _, moment, _ in played)
    for index, moment in enumerate(counted):
        in_window = bisect_right(counted, moment + RULES.minute_ms - 1) - index
        assert in_window <= RULES.per_minute
    for start, _, _ in played:
        assert sum(1 for begin, _, end in played if begin <= start < end) <= RULES.at_once


def test_every_call_of_a_minute_is_used():
    played = run([10] * 60, [0] * 60)
    for window in range(4):
        begin = window * (RULES.minute_ms + 100)
        inside = [start for start, _, _ in played if begin <= start < begin + RULES.minute_ms]
        assert len(inside) == RULES.per_minute
