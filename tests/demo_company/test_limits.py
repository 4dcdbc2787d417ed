from datetime import datetime, timedelta

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.demo_company.box import Box, TestClock, open_box
from xero_mcp.demo_company.limits import LimitRules, Limits, Window

REMAINING = ("x-minlimit-remaining", "x-daylimit-remaining", "x-appminlimit-remaining")


async def test_every_answer_tells_what_remains_the_refused_ones_too(box: Box):
    await box.sign_in(scope="accounting.settings.read")
    answers = [
        await box.get("/Organisation"),
        await box.get("/Contacts"),
        await box.get("/Nonsense"),
        await box.get("/Accounts?where=x"),
    ]
    assert [answer.status_code for answer in answers] == [200, 401, 404, 400]
    for at, answer in enumerate(answers, start=1):
        assert [answer.headers[name] for name in REMAINING] == [
            str(60 - at),
            str(5000 - at),
            str(10_000 - at),
        ]


async def test_without_strict_limits_nothing_is_refused(box: Box):
    await box.sign_in()
    for _ in range(64):
        await box.get("/Organisation")
    answer = await box.get("/Organisation")
    assert answer.status_code == 200
    assert answer.headers["x-minlimit-remaining"] == "0"


async def test_the_sixty_first_call_of_a_minute_is_a_429_without_a_body():
    async with open_box(strict_limits=True) as box:
        await box.sign_in()
        for _ in range(60):
            assert (await box.get("/Organisation")).status_code == 200
        box.clock.advance(seconds=18.5)
        refused = await box.get("/Organisation")
        assert refused.status_code == 429
        assert refused.content == b""
        assert "content-type" not in refused.headers
        assert refused.headers["x-rate-limit-problem"] == "minute"
        assert refused.headers["retry-after"] == "42"
        assert refused.headers["x-minlimit-remaining"] == "0"


async def test_a_rolling_minute_frees_calls_one_by_one():
    async with open_box(limits=LimitRules(enforced=True, per_minute=2)) as box:
        await box.sign_in()
        assert (await box.get("/Organisation")).status_code == 200
        box.clock.advance(seconds=30)
        assert (await box.get("/Organisation")).status_code == 200
        box.clock.advance(seconds=30)
        assert (await box.get("/Organisation")).status_code == 200
        assert (await box.get("/Organisation")).status_code == 429


async def test_a_fixed_minute_frees_all_calls_at_once():
    rules = LimitRules(enforced=True, per_minute=2, window="fixed")
    async with open_box(limits=rules) as box:
        await box.sign_in()
        statuses: list[int] = []
        for seconds in (0, 59, 0, 1, 0, 0):
            box.clock.advance(seconds=seconds)
            statuses.append((await box.get("/Organisation")).status_code)
        assert statuses == [200, 200, 429, 200, 200, 429]


async def test_the_day_has_its_own_limit_and_wait():
    rules = LimitRules(enforced=True, per_day=3, per_minute=1000)
    async with open_box(limits=rules) as box:
        await box.sign_in()
        for _ in range(3):
            await box.get("/Organisation")
        refused = await box.get("/Organisation")
        assert refused.headers["x-rate-limit-problem"] == "day"
        assert refused.headers["retry-after"] == "86400"


async def test_windows_can_be_shortened_for_a_test():
    rules = LimitRules(enforced=True, per_minute=1, minute_seconds=0.5)
    async with open_box(limits=rules) as box:
        await box.sign_in()
        await box.get("/Organisation")
        refused = await box.get("/Organisation")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        box.clock.advance(seconds=0.5)
        assert (await box.get("/Organisation")).status_code == 200


async def test_the_app_has_a_limit_over_all_organisations():
    async with open_box(limits=LimitRules(enforced=True, app_per_minute=2)) as box:
        await box.sign_in("demo")
        for company in list(box.app.premises.companies)[:2]:
            answer = await box.client.get(
                "/api.xro/2.0/Organisation", headers={"xero-tenant-id": company}
            )
            assert answer.status_code == 200
        refused = await box.client.get("/connections")
        assert refused.status_code == 429
        assert refused.headers["x-rate-limit-problem"] == "appminute"


async def test_each_organisation_counts_for_itself():
    async with open_box(limits=LimitRules(enforced=True, per_minute=1)) as box:
        await box.sign_in("demo")
        for company in box.app.premises.companies:
            answer = await box.client.get(
                "/api.xro/2.0/Organisation", headers={"xero-tenant-id": company}
            )
            assert answer.status_code == 200


async def call_at_once(box: Box, count: int) -> list[int]:
    statuses: list[int] = []

    async def call() -> None:
        statuses.append((await box.get("/Organisation")).status_code)

    async with anyio.create_task_group() as group:
        for _ in range(count):
            group.start_soon(call)
    return statuses


async def test_the_sixth_call_at_once_is_refused_and_the_most_in_flight_is_told():
    async with open_box(strict_limits=True, control=True) as box:
        await box.sign_in()
        await box.fault("latency", path="/Organisation", seconds=0.05, times=100)
        statuses = await call_at_once(box, 8)
        assert sorted(statuses) == [200] * 5 + [429] * 3
        told = (await box.stats())["organisations"]["Demo Company (Global)"]
        assert told == {"calls": 8, "refused": 3, "in_flight": 0, "max_in_flight": 5}
        assert (await call_at_once(box, 5)) == [200] * 5


async def test_a_concurrent_refusal_has_no_retry_after():
    async with open_box(limits=LimitRules(enforced=True, at_once=1), control=True) as box:
        await box.sign_in()
        await box.fault("latency", path="/Organisation", seconds=0.05, times=1)
        async with anyio.create_task_group() as group:
            group.start_soon(box.get, "/Organisation")
            await anyio.sleep(0.01)
            refused = await box.get("/Accounts")
            assert refused.headers["x-rate-limit-problem"] == "concurrent"
            assert "retry-after" not in refused.headers


async def test_the_rules_can_be_changed_over_the_control_endpoint(box: Box):
    await box.sign_in()
    rules = {"enforced": True, "per_minute": 1, "window": "fixed", "minute_seconds": 2}
    changed = await box.client.post("/_demo/limits", json=rules)
    assert changed.json()["limits"]["per_minute"] == 1
    assert (await box.get("/Organisation")).status_code == 200
    assert (await box.get("/Organisation")).status_code == 429


@pytest.mark.parametrize(
    "rules",
    [
        {"per_minute": "x"},
        {"per_minute": 0},
        {"per_minute": 1.5},
        {"per_minute": True},
        {"enforced": 1},
        {"window": "sliding"},
        {"nonsense": 1},
        {"minute_seconds": -1},
        {"day_seconds": 1e99},
    ],
)
async def test_rules_that_make_no_sense_are_refused(box: Box, rules: dict[str, object]):
    assert (await box.client.post("/_demo/limits", json=rules)).status_code == 400


@settings(deadline=None)
@given(st.lists(st.floats(0, 40), max_size=60), st.sampled_from(["rolling", "fixed"]))
def test_no_window_lets_more_pass_than_it_should(gaps: list[float], kind: str):
    clock = TestClock()
    window = Window(3, 60, "fixed" if kind == "fixed" else "rolling")
    passed: list[datetime] = []
    for gap in gaps:
        clock.advance(seconds=gap)
        if window.count(clock()):
            passed.append(clock())
        assert 0 <= window.remaining(clock()) <= 3
        assert 1 <= window.wait_seconds(clock()) <= 60
    most = 3 if kind == "rolling" else 6  # two fixed windows can meet in one minute
    for start in passed:
        inside = [each for each in passed if start <= each < start + timedelta(seconds=60)]
        assert len(inside) <= most


def test_any_number_of_apps_is_counted_in_bounded_memory():
    limits = Limits(LimitRules(), TestClock())
    for number in range(3000):
        limits.count_app_only(f"app-{number}")
    assert limits.count_app_only("app-2999").headers == {"X-AppMinLimit-Remaining": "9998"}
