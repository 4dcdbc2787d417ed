"""The approval page: what a person sees, and what their word does."""

import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from tests.gate.world import OPEN_POLICY, bill, code_of
from tests.http.approval_site import (
    ASKS,
    JANE,
    JOE,
    PASSPHRASES,
    STRANGER,
    TWO,
    ApprovalSite,
    approval_site,
)
from xero_mcp.approvals import standing_lines
from xero_mcp.store.base import Tables
from xero_mcp.transport.http.approvals_page import MAX_LISTED
from xero_mcp.transport.http.pages.approval_parts import utc
from xero_mcp.transport.http.pages.style import STYLE


@pytest.fixture
async def site(tmp_path: Path) -> AsyncGenerator[ApprovalSite]:
    async with approval_site(tmp_path) as opened:
        yield opened


async def test_a_person_sees_every_line_that_the_command_line_shows(site: ApprovalSite):
    approval_id = await site.asked()
    page = await (await site.signed_in()).get(f"/approvals/{approval_id}")
    assert page.status == 200
    approval = await site.world.office.approvals.get(approval_id)
    lines = standing_lines(approval, utc, now=site.world.clock.now())
    for label, value in (*approval.row.summary, *lines):
        if value:
            assert f" {label} " in page.words
            assert f" {value} " in page.words
    assert "clerk wants to create a draft bill (100.00 USD)" in page.words
    assert "The time to answer ends in 4 h" in page.words


async def test_what_was_approved_goes_through_once_and_the_record_names_the_person(
    site: ApprovalSite,
):
    approval_id = await site.asked(number="B-1")
    browser = await site.signed_in()
    said = await browser.say(approval_id, "approve", note="Agreed by phone.")
    assert (said.status, said.headers["location"]) == (303, f"/approvals/{approval_id}")
    after = await browser.get(f"/approvals/{approval_id}")
    assert "clerk may do this once" in after.words
    assert "jane@example.com, 2026-03-02 09:30 UTC: Agreed by phone." in after.words
    assert not after.has_form(f"/approvals/{approval_id}/approve")
    assert site.world.invoices("B-1") == []
    await site.world.good("create-invoice", bill(site.world.supplier(), number="B-1"))
    assert len(site.world.invoices("B-1")) == 1
    (record,) = await site.world.records(kind="approval", status="approved")
    assert record["approval"]["approver"] == JANE
    assert record["approval"]["authenticated"] is True
    assert "approved and used" in (await browser.get(f"/approvals/{approval_id}")).words


async def test_a_rejection_needs_a_reason_and_the_agent_hears_it(site: ApprovalSite):
    approval_id = await site.asked()
    browser = await site.signed_in()
    without = await browser.say(approval_id, "reject", reason="  ")
    assert without.status == 409
    assert "A rejection needs a reason" in without.words
    assert (await browser.say(approval_id, "reject", reason="Not ours.")).status == 303
    heard = await site.world.call("create-invoice", bill(site.world.supplier()))
    assert code_of(heard) == "APPROVAL_REJECTED"
    assert "Not ours." in str(heard.content)
    assert "hears the reason" in (await browser.get(f"/approvals/{approval_id}")).words


async def test_the_list_shows_what_waits_for_this_person_and_nothing_else(tmp_path: Path):
    async with approval_site(tmp_path, rules=TWO) as site:
        first, second = await site.asked(), await site.asked(number="B-2")
        jane = await site.signed_in()
        assert "2 to decide" in (await jane.get("/approvals")).words
        await jane.say(first, "approve")
        page = await jane.get("/approvals")
        assert "1 to decide" in page.words
        before, _, after = page.html.partition("You approved; others must too")
        assert second in before
        assert first not in before
        assert first in after
        zoe = await (await site.signed_in(STRANGER)).get("/approvals")
        assert "Nothing waits for you" in zoe.words
        assert first not in zoe.html
        assert second not in zoe.html


async def test_where_more_waits_than_is_looked_at_the_list_says_so(site: ApprovalSite):
    approval_id = await site.asked()
    desk = site.world.office.approvals
    row = (await desk.get(approval_id)).row

    def insert(tables: Tables) -> None:
        for number in range(MAX_LISTED):
            asked_at = row.asked_at + timedelta(seconds=1)
            other = replace(row, id=f"ap-X{number:05}", digest=f"{number}", asked_at=asked_at)
            tables.approvals.insert(replace(other, approvers=(JOE,)))

    await site.world.office.store.write(insert)
    browser = await site.signed_in()
    page = await browser.get("/approvals")
    assert "the oldest are not listed" in page.words
    assert approval_id not in page.html
    assert (await browser.get(f"/approvals/{approval_id}")).status == 200


async def test_where_two_must_approve_the_first_word_is_noted_and_asked_for_once(tmp_path: Path):
    async with approval_site(tmp_path, rules=TWO) as site:
        approval_id = await site.asked()
        jane, joe = await site.signed_in(), await site.signed_in(JOE)
        page = await jane.get(f"/approvals/{approval_id}")
        action = f"/approvals/{approval_id}/approve"
        assert (await jane.post(action, page.hidden(action))).status == 303
        again = await jane.post(action, page.hidden(action))
        assert again.status == 409
        assert "has decided about" in again.words
        noted = await jane.get(f"/approvals/{approval_id}")
        assert "1 more must approve" in noted.words
        assert not noted.has_form(action)
        assert f"approved {JANE}" in (await joe.get(f"/approvals/{approval_id}")).words
        await joe.say(approval_id, "approve")
        await site.world.good("create-invoice", bill(site.world.supplier()))


async def test_of_two_who_decide_at_once_one_is_told_that_it_was_decided(site: ApprovalSite):
    approval_id = await site.asked()
    jane = await site.signed_in()
    joe = await site.replica().signed_in(JOE)
    seen: list[int] = []

    async def approve() -> None:
        seen.append((await jane.post(yes, yes_form)).status)

    async def reject() -> None:
        seen.append((await joe.post(no, no_form)).status)

    yes, no = f"/approvals/{approval_id}/approve", f"/approvals/{approval_id}/reject"
    yes_form = (await jane.get(f"/approvals/{approval_id}")).hidden(yes)
    no_form = {**(await joe.get(f"/approvals/{approval_id}")).hidden(no), "reason": "No."}
    async with anyio.create_task_group() as group:
        group.start_soon(approve)
        group.start_soon(reject)
    assert sorted(seen) == [303, 409]
    decided = (await site.world.office.approvals.get(approval_id)).decisions
    assert len(decided) == 1


async def test_what_has_expired_shows_so_and_takes_no_word(site: ApprovalSite):
    approval_id = await site.asked()
    site.world.clock.advance(4 * 3600 - 60)
    browser = await site.signed_in()
    action = f"/approvals/{approval_id}/approve"
    form = (await browser.get(f"/approvals/{approval_id}")).hidden(action)
    site.world.clock.advance(61)
    late = await browser.post(action, form)
    assert late.status == 409
    assert "is expired already" in late.words
    assert "Nobody decided in time" in late.words
    assert not late.has_form(action)


async def test_a_policy_that_changed_meanwhile_takes_no_yes_but_still_a_no(site: ApprovalSite):
    approval_id = await site.asked()
    browser = await site.signed_in()
    action = f"/approvals/{approval_id}/approve"
    form = (await browser.get(f"/approvals/{approval_id}")).hidden(action)
    site.world.write_policy(f"{OPEN_POLICY}{ASKS}# another file now\n")
    said = await browser.post(action, form)
    assert said.status == 409
    assert "The policy has changed since this was asked" in said.words
    page = await browser.get(f"/approvals/{approval_id}")
    assert "a yes would not count" in page.words
    assert not page.has_form(action)
    assert (await browser.say(approval_id, "reject", reason="Stale.")).status == 303


async def test_a_link_that_somebody_followed_leads_there_after_signing_in(site: ApprovalSite):
    approval_id = await site.asked()
    browser = site.browser()
    answer = await browser.sign_in(JANE, about=approval_id.lower())
    assert (answer.status, answer.headers["location"]) == (303, f"/approvals/{approval_id}")
    assert (await browser.get(f"/approvals/{approval_id}")).status == 200


async def test_an_email_address_counts_however_it_is_written(site: ApprovalSite):
    browser = site.browser()
    said = await browser.sign_in(" JANE@Example.COM ", PASSPHRASES[JANE])
    assert said.status == 303
    assert f"Signed in as {JANE}" in (await browser.get("/approvals")).words


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(scheme: str):
    blocks = re.findall(r":root\{([^}]*)\}", STYLE)
    found = dict(re.findall(r"--(\w+):(#[0-9a-f]+)", blocks[scheme == "dark"]))
    assert len(found) == 10
    for behind in ("bg", "card"):
        for ink in ("ink", "soft", "accent", "good", "bad", "wait"):
            assert contrast(found[ink], found[behind]) >= 4.5, (ink, behind)
    assert contrast(found["on"], found["accent"]) >= 4.5


def contrast(one: str, other: str) -> float:
    """As the Web Content Accessibility Guidelines count it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(letter * 2 for letter in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


async def test_text_of_strangers_is_shown_and_never_obeyed(tmp_path: Path):
    async with approval_site(tmp_path) as site:
        hostile = "<script>alert(1)</script>\u202e\"'><img src=x onerror=alert(1)>&amp;"
        site.world.change("Contacts", site.world.supplier(), Name=hostile)
        approval_id = await site.asked(reference="</dd><form action=/approvals/sign-out>")
        browser = await site.signed_in()
        await browser.say(approval_id, "reject", reason="<b onclick=x>bold</b>\u2066 no")
        page = await browser.get(f"/approvals/{approval_id}")
        assert "<script" not in page.html
        assert "<img" not in page.html
        assert "<b " not in page.html
        assert "\u202e" not in page.html
        assert "\u2066" not in page.html
        assert "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;" in page.words
        assert "</dd><form action=/approvals/sign-out>" in page.words
        assert page.html.count("<form") == 1
