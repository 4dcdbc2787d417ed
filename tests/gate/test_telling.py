"""What an agent hears of the feed: what it may read, each change once, and nothing of others."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.gate.test_suspension import stop
from tests.gate.told import ELSEWHERE, READER, Fed, fed, guid
from tests.gate.world import code_of
from xero_mcp.agents import launched_agent
from xero_mcp.changes.feed import SIGN
from xero_mcp.gate import Gate
from xero_mcp.gate.narrowing import Narrowing

BOTH = READER.replace("(Global)]", "(Global), Demo Company (NZ)]")
NZ = "Demo Company (NZ)"


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Fed]:
    async with fed(tmp_path) as opened:
        yield opened


async def visible(told: Fed) -> set[str]:
    return {card.name for card in await told.house.gate.visible(launched_agent("clerk"))}


async def test_changes_are_told_in_order_as_they_were_and_as_they_are(told: Fed):
    await told.put(1, before=None, now={"number": "INV-1", "contact": "Bolt", "status": "draft"})
    await told.put(
        1,
        before={"status": "draft", "amount_due": "9.00"},
        now={"number": "INV-1", "contact": "Bolt", "status": "paid", "amount_due": "0.00"},
        audit_id="01AUDIT",
    )
    heard = await told.good()
    first, second = (dict(zip(heard["columns"], row, strict=True)) for row in heard["rows"])
    assert "organisation" not in heard["columns"], "there is just one"
    assert (first["what"], first["id"], first["number"]) == ("invoices", guid(1), "INV-1")
    assert (first["by"], first["changed"]) == ("others", {"status": "draft"})
    assert (second["by"], second["contact"]) == ("us: 01AUDIT", "Bolt")
    assert second["changed"] == {"status": ["draft", "paid"], "amount_due": ["9.00", "0.00"]}
    assert (heard["cursor"], heard["more"], heard["complete"]) == ("c2", False, True)


async def test_a_cursor_goes_on_behind_what_was_told_and_nothing_comes_twice(told: Fed):
    for number in range(1, 8):
        await told.put(number)
    seen: list[str] = []
    cursor, rounds, more = "c0", 0, True
    while more:
        heard = await told.good("list-changes", {"cursor": cursor, "limit": 3})
        place = heard["columns"].index("id")
        seen += [row[place] for row in heard["rows"]]
        cursor, more, rounds = heard["cursor"], heard["more"], rounds + 1
        assert rounds < 9
    assert seen == [guid(number) for number in range(1, 8)]
    assert (cursor, rounds) == ("c7", 3)
    await told.put(8)
    assert await told.column("id", {"cursor": cursor}) == [guid(8)]


async def test_what_may_not_be_read_is_not_told_and_the_cursor_moves_over_it(told: Fed):
    await told.put(1, area="bills")
    await told.put(2, area="payments")
    await told.put(3, organisation_id=ELSEWHERE)
    await told.put(4, area="contacts")
    await told.put(5, area="bank-transactions")
    heard = await told.good()
    assert [row[2] for row in heard["rows"]] == [guid(4)]
    assert (heard["cursor"], heard["more"]) == ("c5", False)
    one = await told.good("list-changes", {"limit": 1})
    assert one["more"] is False, "what follows is not for this agent"


async def test_only_what_is_asked_for_is_told(told: Fed):
    await told.put(1, area="contacts", contact_id=guid(1))
    await told.put(2, contact_id=guid(1))
    await told.put(3, contact_id=guid(9))
    assert await told.column("what", {"areas": ["contacts"]}) == ["contacts"]
    assert await told.column("id", {"contact_id": guid(1)}) == [guid(1), guid(2)]
    both = {"contact_id": guid(1), "areas": ["invoices"]}
    assert await told.column("id", both) == [guid(2)]


async def test_an_area_that_is_shut_is_refused_by_name_and_written_down(told: Fed):
    await told.put(1, area="payments")
    answer = await told.call("list-changes", {"areas": ["invoices", "payments"]})
    assert code_of(answer) == "NOT_ALLOWED"
    assert "access.payments=off" in answer.content["error"]["message"]
    (refusal,) = await told.house.records(kind="refusal", tool="list-changes")
    assert refusal["error_code"] == "NOT_ALLOWED"


async def test_a_ceiling_of_scopes_shuts_an_area_for_changes_too(told: Fed):
    told.house.write_policy(f"{READER}scopes: [accounting.invoices.read]\n")
    await told.put(1)
    await told.put(2, area="contacts")
    assert await told.column("what") == ["invoices"]
    answer = await told.call("list-changes", {"areas": ["contacts"]})
    assert code_of(answer) == "NOT_ALLOWED"
    assert answer.content["error"]["details"][0]["allowed"] == ["invoices"]


async def test_what_the_flags_of_the_server_take_away_is_not_told(told: Fed):
    house = told.house
    narrowing = Narrowing.of(["contacts"], read_only=True)
    house.rooms = replace(house.rooms, narrowing=narrowing)
    house.gate = Gate(house.rooms)
    await told.put(1)
    await told.put(2, area="contacts")
    assert await told.column("what") == ["contacts"]
    house.rooms = replace(house.rooms, narrowing=Narrowing.of(["budgets"], read_only=False))
    house.gate = Gate(house.rooms)
    assert "list-changes" not in await visible(told)


async def test_watch_mode_opens_what_is_asked_for_by_name_and_says_so(told: Fed):
    told.house.write_policy(f"{READER}mode: watch\n")
    await told.put(1, area="payments")
    assert await told.column("what") == []
    assert await told.column("what", {"areas": ["payments"]}) == ["payments"]
    intents = await told.house.records(kind="intent", tool="list-changes")
    assert "let pass in watch mode" in intents[-1]["reason"]


async def test_who_may_read_nothing_that_changes_is_not_shown_the_tools(told: Fed):
    assert {"list-changes", "wait-for-change"} <= await visible(told)
    nothing = READER[: READER.index("access:")] + "access: { reports: read, budgets: read }\n"
    told.house.write_policy(nothing)
    assert not {"list-changes", "wait-for-change"} & await visible(told)
    answer = await told.call("list-changes")
    assert code_of(answer) == "NOT_ALLOWED"
    assert "nothing of what list-changes tells of" in answer.content["error"]["message"]


async def test_a_policy_of_these_tools_alone_needs_no_other(told: Fed):
    told.house.write_policy(f"{READER}tools: {{ only: [list-changes, wait-for-change] }}\n")
    await told.put(1)
    assert await told.column("id") == [guid(1)]
    assert await visible(told) == {"list-changes", "wait-for-change"}


async def test_hidden_fields_are_hidden_as_they_were_and_as_they_are(told: Fed):
    told.house.write_policy(f"{READER}hide: [contact.email, document.reference]\n")
    await told.put(
        1,
        area="contacts",
        before={"email": "old@bolt.example", "status": "active"},
        now={"name": "Bolt", "email": "new@bolt.example", "status": "archived"},
    )
    await told.put(2, now={"reference": "secret", "status": "draft"})
    heard = await told.good()
    changed = [row[heard["columns"].index("changed")] for row in heard["rows"]]
    assert changed[0]["status"] == ["active", "archived"]
    assert changed[1] == {"reference": "[hidden]", "status": "draft"}
    assert "email" in changed[0], "that it changed may be known"
    assert "bolt.example" not in json.dumps(heard)


async def test_text_by_others_is_marked_and_our_own_words_are_not(told: Fed):
    await told.put(1, before={"status": "draft"}, now={"status": "paid", "total": "1.00"})
    assert "text_by_others" not in await told.good()
    await told.put(2, before={"reference": "a"}, now={"reference": "b", "contact": "Bolt"})
    assert (await told.good())["text_by_others"] == ["contact", "changed"]
    await told.put(3, now={"number": "INV-3"})
    assert (await told.good())["text_by_others"] == ["number", "contact", "changed"]


async def test_of_several_organisations_each_row_says_which_and_one_can_be_named(tmp_path: Path):
    async with fed(tmp_path, policy=BOTH) as told:
        companies = told.house.demo.premises.companies.values()
        nz = next(one for one in companies if one.name == NZ).organisation["OrganisationID"]
        await told.put(1)
        await told.put(2, organisation_id=nz)
        assert await told.column("organisation") == ["Demo Company (Global)", NZ]
        assert await told.column("id", {"organisation": NZ}) == [guid(2)]
        other = await told.call("list-changes", {"organisation": "Demo Company (UK)"})
        assert code_of(other) == "ORGANISATION_UNKNOWN"
        told.house.write_policy(f"{BOTH}limits: {{ rows_read_per_day: 3 }}\n")
        await told.put(3, organisation_id=nz)
        assert len(await told.column("id")) == 3
        only = {"organisation": NZ}
        spent = await told.call("list-changes", only)
        assert code_of(spent) == "LIMIT_REACHED"
        assert len(await told.column("id", {"organisation": "Demo Company (Global)"})) == 1


async def test_a_cursor_older_than_what_is_kept_says_that_something_is_missing(told: Fed):
    await told.put(1)
    told.house.clock.advance(timedelta(days=100).total_seconds())
    await told.put(2)
    await told.put(3)
    assert (await told.good("list-changes", {"cursor": "c0"}))["complete"] is True
    await told.clear_away(days=90)
    late = await told.good("list-changes", {"cursor": "c0"})
    assert late["complete"] is False
    assert "modified_since" in late["next_step"]
    assert [row[2] for row in late["rows"]] == [guid(2), guid(3)]
    assert (await told.good("list-changes", {"cursor": "c1"}))["complete"] is True
    long_ago = told.house.clock.now() - timedelta(days=95)
    since = await told.good("list-changes", {"since": f"{long_ago.date()}"})
    assert since["complete"] is False
    waited = await told.good("wait-for-change", {"cursor": "c0", "timeout_seconds": 1})
    assert (waited["complete"], waited["changed"]) == (False, True)


async def test_a_list_begins_a_day_ago_or_at_the_moment_that_is_named(told: Fed):
    await told.put(1)
    told.house.clock.advance(timedelta(days=2).total_seconds())
    await told.put(2)
    now = told.house.clock.now()
    assert await told.column("id") == [guid(2)]
    day = {"since": f"{(now - timedelta(days=2)).date()}"}
    assert await told.column("id", day) == [guid(1), guid(2)]
    moment = {"since": f"{(now - timedelta(hours=1)).isoformat()}"}
    assert await told.column("id", moment) == [guid(2)]


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({"cursor": "7"}, "cursor"),
        ({"cursor": "c99"}, "cursor"),
        ({"cursor": "c" + "9" * 40}, "cursor"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-03-02T09:30:00"}, "since"),
        ({"since": "2026-13-02"}, "since"),
        ({"since": "2026-03-02T09:30+24:00"}, "since"),
        ({"since": "0001-01-01T00:00+14:00"}, "since"),
        ({"since": "9999-12-31T23:59-14:00"}, "since"),
        ({"areas": ["invoice"]}, "areas.0"),
        ({"areas": []}, "areas"),
        ({"limit": 0}, "limit"),
        ({"limit": 501}, "limit"),
        ({"contact_id": "Bolt"}, "contact_id"),
        ({"since": "2026-03-02", "cursor": "c0"}, ""),
    ],
)
async def test_what_cannot_be_meant_is_refused_with_its_path(
    told: Fed, arguments: dict[str, Any], path: str
):
    answer = await told.call("list-changes", arguments)
    assert code_of(answer) == "INVALID_ARGUMENTS"
    assert answer.content["error"]["details"][0].get("path", "") == path


async def test_without_a_feed_the_answer_says_what_the_operator_sets(tmp_path: Path):
    async with fed(tmp_path, is_kept=False) as told:
        for tool in ("list-changes", "wait-for-change"):
            answer = await told.call(tool)
            assert code_of(answer) == "NOT_CONNECTED"
            assert "XERO_WEBHOOK_KEY" in answer.content["error"]["next_step"]


async def test_what_another_process_keeps_is_told_as_long_as_it_does(tmp_path: Path):
    """As on stdio, beside a server over HTTP that shares the store."""
    async with fed(tmp_path, is_kept=False) as told:
        until = told.house.clock.now() + timedelta(minutes=3)
        await told.house.office.store.write(lambda tables: tables.kept.put(SIGN, "s-1", until))
        await told.put(1)
        assert len((await told.good("list-changes"))["rows"]) == 1
        told.house.clock.advance(180)
        assert code_of(await told.call("list-changes")) == "NOT_CONNECTED"


async def wait(told: Fed, heard: list[Any], **arguments: object) -> None:
    heard.append(await told.good("wait-for-change", arguments))


async def test_a_wait_ends_with_the_change_and_asks_xero_nothing(told: Fed):
    await told.good()  # which organisations there are is known from here on
    asked = told.house.demo.premises.stats.requests.total()
    heard: list[Any] = []
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: wait(told, heard, timeout_seconds=40))
        await told.house.clock.sleep(7)
        await told.put(1, area="payments")
        await told.house.clock.sleep(7)
        assert not heard, "what it may not read wakes nobody"
        await told.put(2)
    assert heard[0]["changed"] is True
    assert [row[2] for row in heard[0]["rows"]] == [guid(2)]
    assert heard[0]["cursor"] == "c2"
    assert told.house.demo.premises.stats.requests.total() == asked


async def test_a_wait_in_vain_ends_in_time_and_goes_on_where_it_stood(told: Fed):
    await told.put(1)
    began = told.house.clock.monotonic()
    heard = await told.good("wait-for-change", {"timeout_seconds": 20})
    assert (heard["changed"], heard["rows"], heard["cursor"]) == (False, [], "c1")
    assert 20 <= told.house.clock.monotonic() - began <= 21
    await told.put(2)
    again = await told.good("wait-for-change", {"cursor": heard["cursor"], "timeout_seconds": 1})
    assert (again["changed"], again["cursor"]) == (True, "c2")


async def test_a_wait_reports_progress_and_holds_up_nobody(told: Fed):
    steps: list[tuple[float, float | None, str]] = []

    async def progress(done: float, total: float | None, message: str) -> None:
        steps.append((done, total, message))

    async with anyio.create_task_group() as group:
        group.start_soon(
            lambda: told.call("wait-for-change", {"timeout_seconds": 20}, progress=progress)
        )
        await told.house.clock.sleep(6)
        assert not (await told.call("list-invoices", {"page_size": 1})).is_error
    assert [step[1:] for step in steps] == [(20, "waiting for a change")] * len(steps)
    assert [round(step[0]) for step in steps] == [0, 5, 10, 15]


@pytest.mark.parametrize("what", ["policy", "suspension"])
async def test_who_may_hear_no_more_hears_nothing_though_the_wait_had_begun(told: Fed, what: str):
    answers: list[Any] = []

    async def waiting() -> None:
        answers.append(await told.call("wait-for-change", {"timeout_seconds": 30}))

    async with anyio.create_task_group() as group:
        group.start_soon(waiting)
        await told.house.clock.sleep(3)
        if what == "policy":
            told.house.write_policy(READER.replace("invoices: read", "invoices: off"))
        else:
            await stop(told.house)
        await told.put(1, now={"number": "INV-1"})
    assert code_of(answers[0]) == "NOT_ALLOWED"
    assert "INV-1" not in json.dumps(answers[0].content)


async def test_a_client_that_goes_ends_its_wait_and_the_record_says_so(told: Fed):
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as group:
            group.start_soon(lambda: told.call("wait-for-change", {"timeout_seconds": 50}))
            await told.house.clock.sleep(5)
            scope.cancel()
    (outcome,) = await told.house.records(kind="outcome", tool="wait-for-change")
    assert outcome["status"] == "failed"
    assert "cancelled" in outcome["reason"]
