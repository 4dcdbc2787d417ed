"""What the approval page withstands, a property at a time, over plain HTTP."""

import re
from collections.abc import AsyncGenerator
from pathlib import Path

import anyio
import pytest

from tests.http.approval_site import (
    HERE,
    JANE,
    PASSPHRASES,
    PUBLIC,
    STRANGER,
    ApprovalSite,
    Browser,
    Shown,
    approval_site,
)
from tests.wire.test_planted_secrets import everything_in
from xero_mcp.store.tables.approvals import ApprovalStatus

SIGN_IN, SIGN_OUT = "/approvals/sign-in", "/approvals/sign-out"
WRONG = "wrong wrong wrong"
NO_COOKIE = "did not keep the cookie"
OTHER_PAGE = "sent by another page"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncGenerator[ApprovalSite]:
    async with approval_site(tmp_path) as opened:
        yield opened


async def pending(site: ApprovalSite, approval_id: str) -> bool:
    status = (await site.world.office.approvals.get(approval_id)).status
    return status is ApprovalStatus.PENDING


async def test_without_signing_in_every_address_shows_the_same_form(site: ApprovalSite):
    approval_id = await site.asked()
    there = await site.browser().get(f"/approvals/{approval_id}")
    not_there = await site.browser().get("/approvals/ap-222222")
    assert there.status == not_there.status == 200
    assert there.words == not_there.words
    assert "Sign in to approve" in there.words


async def test_who_is_not_named_hears_the_same_as_of_what_is_not_there(site: ApprovalSite):
    approval_id = await site.asked()
    zoe = await site.signed_in(STRANGER)
    heard = [
        await zoe.get(f"/approvals/{name}") for name in (approval_id, "ap-222222", "x", "ap-OOOOOO")
    ]
    for word in ("approve", "reject"):
        action = f"/approvals/{approval_id}/{word}"
        heard.append(await zoe.post(action, {"form_key": zoe.key(action), "reason": "No."}))
    assert {page.status for page in heard} == {404}
    assert len({page.html for page in heard}) == 1
    assert await pending(site, approval_id)


async def test_a_wrong_passphrase_an_unknown_person_and_a_locked_one_look_the_same(
    site: ApprovalSite,
):
    browser = site.browser()
    heard = [
        await browser.sign_in(JANE, WRONG),
        await browser.sign_in("nobody@example.com", WRONG),
        *[await browser.sign_in(JANE, WRONG) for _ in range(2)],
        await browser.sign_in(JANE),  # right, but locked by now
    ]
    assert [page.status for page in heard] == [403] * 5
    assert len({page.html for page in heard}) == 1
    assert "do not go together" in heard[0].words
    records = await site.world.records(kind="person", status="refused")
    assert [record["reason"] for record in records] == [
        f"{JANE} gave a wrong passphrase (1 in a row)",
        "somebody who is not entered gave a passphrase",
        f"{JANE} gave a wrong passphrase (2 in a row)",
        f"{JANE} gave a wrong passphrase (3 in a row)",
        f"{JANE} was asked for while locked",
    ]


@pytest.mark.slow
async def test_one_address_may_guess_twenty_times_a_minute_and_others_still_sign_in(
    tmp_path: Path,
):
    async with approval_site(tmp_path, public_url=PUBLIC) as site:
        browser = site.browser()  # behind a proxy, which says for whom it speaks
        form = (await browser.get("/approvals")).hidden(SIGN_IN)
        statuses: list[int] = []

        async def tried(email: str, phrase: str, *, at: str) -> Shown:
            given = {**form, "email": email, "passphrase": phrase}
            return await browser.post(SIGN_IN, given, x_forwarded_for=at)

        async def guess(number: int) -> None:
            said = await tried(f"p{number}@example.com", WRONG, at=f"10.9.8.{number}, 192.0.2.7")
            statuses.append(said.status)

        async with anyio.create_task_group() as group:
            for number in range(10):
                group.start_soon(guess, number)
        for number in range(10, 22):
            await guess(number)
        assert sorted(statuses) == [403] * 20 + [429] * 2
        refused = await tried(JANE, PASSPHRASES[JANE], at="192.0.2.7")
        assert (refused.status, refused.headers["retry-after"]) == (429, "60")
        site.world.clock.advance(61)
        assert (await tried(JANE, WRONG, at="192.0.2.7")).status == 403
        assert (await tried(JANE, PASSPHRASES[JANE], at="192.0.2.8")).status == 303


async def test_the_cookie_is_secure_and_no_script_or_other_site_gets_at_it(site: ApprovalSite):
    said = await site.browser().sign_in(JANE)
    name, _, rest = said.headers["set-cookie"].partition("=")
    assert name == "xero-mcp"
    parts = {part.strip().lower() for part in rest.split(";")[1:]}
    assert parts == {"httponly", "secure", "samesite=lax", "path=/", "max-age=1800"}


async def test_over_https_the_cookie_has_the_prefix_that_binds_it_to_the_host(tmp_path: Path):
    async with approval_site(tmp_path, public_url=PUBLIC) as site:
        said = await site.browser().sign_in(JANE)
        assert said.status == 303
        assert said.headers["set-cookie"].startswith("__Host-xero-mcp=")
        assert "domain" not in said.headers["set-cookie"].lower()


async def test_where_others_could_read_along_no_passphrase_is_asked_for(site: ApprovalSite):
    page = await site.browser("http://plain.example.com").get("/approvals")
    assert page.status == 403
    assert "over https only" in page.words
    assert "XERO_MCP_PUBLIC_URL" in page.words
    assert not page.has_form(SIGN_IN)
    plain = site.browser("http://plain.example.com")
    assert (await plain.post(SIGN_IN, {"email": JANE})).status == 403


async def test_a_form_of_another_page_does_nothing(site: ApprovalSite):
    approval_id = await site.asked()
    browser = await site.signed_in()
    action = f"/approvals/{approval_id}/approve"
    form = (await browser.get(f"/approvals/{approval_id}")).hidden(action)
    for origin in (
        None,
        "null",
        "http://127.0.0.1:9999",
        "https://127.0.0.1:8080",
        "http://localhost:8080",
        "http://127.0.0.1:8080.evil.example",
        "https://evil.example",
    ):
        said = await browser.post(action, form, origin=origin)
        assert said.status == 403, origin
    assert await pending(site, approval_id)
    assert (await browser.post(action, form, origin=HERE)).status == 303


async def test_behind_a_proxy_the_public_address_alone_is_ours(tmp_path: Path):
    async with approval_site(tmp_path, public_url=PUBLIC) as site:
        approval_id = await site.asked()
        browser = await site.signed_in()
        action = f"/approvals/{approval_id}/approve"
        form = (await browser.get(f"/approvals/{approval_id}")).hidden(action)
        for origin in ("http://books.example.com", "https://books.example.com:8443"):
            assert (await browser.post(action, form, origin=origin)).status == 403
        # A proxy may speak to us under our own name of this machine.
        assert (await browser.post(action, form, host="127.0.0.1:8080")).status == 303


async def test_a_form_counts_only_in_the_browser_and_for_the_deed_it_was_shown_for(
    site: ApprovalSite,
):
    first, second = await site.asked(), await site.asked(number="B-2")
    jane, attacker = await site.signed_in(), await site.signed_in()
    reject, approve = f"/approvals/{first}/reject", f"/approvals/{first}/approve"
    keys = (await jane.get(f"/approvals/{first}")).hidden(reject)
    foreign = (await attacker.get(f"/approvals/{first}")).hidden(approve)
    for fields in (keys, foreign, {}, {"form_key": ""}, {"form_key": "ä"}):
        assert (await jane.post(approve, fields)).status == 403, fields
    assert (await jane.post(f"/approvals/{second}/reject", {**keys, "reason": "No."})).status == 403
    assert await pending(site, first)
    assert await pending(site, second)


async def test_signing_in_needs_the_cookie_and_a_form_of_ours(site: ApprovalSite):
    browser = site.browser()
    form = (await browser.get("/approvals")).hidden(SIGN_IN)
    given = {**form, "email": JANE, "passphrase": PASSPHRASES[JANE]}
    assert NO_COOKIE in (await site.browser().post(SIGN_IN, given)).words
    assert OTHER_PAGE in (await browser.post(SIGN_IN, given, origin=None)).words
    other = site.browser()
    await other.get("/approvals")
    assert "too old" in (await other.post(SIGN_IN, given)).words
    assert (await browser.post(SIGN_IN, given)).status == 303


async def test_a_planted_cookie_is_not_signed_in_by_the_one_who_signs_in_with_it(
    site: ApprovalSite,
):
    browser = site.browser()
    await browser.get("/approvals")
    planted = dict(browser.cookies)
    form = (await browser.get("/approvals")).hidden(SIGN_IN)
    given = {**form, "email": JANE, "passphrase": PASSPHRASES[JANE]}
    assert (await browser.post(SIGN_IN, given)).status == 303
    attacker = Browser(client=browser.client, origin=HERE, cookies=planted)
    assert "Sign in to approve" in (await attacker.get("/approvals")).words
    assert f"Signed in as {JANE}" in (await browser.get("/approvals")).words


async def test_no_get_changes_anything(site: ApprovalSite):
    approval_id = await site.asked()
    browser = await site.signed_in()
    before = len(await site.world.records())
    action = f"/approvals/{approval_id}/approve"
    key = browser.key(action)
    for path in (
        f"/approvals/{approval_id}",
        "/approvals",
        f"{action}?form_key={key}",
        f"/approvals/{approval_id}/reject?form_key={key}&reason=No",
        f"{SIGN_OUT}?form_key={browser.key(SIGN_OUT)}",
        f"{SIGN_IN}?email={JANE}",
    ):
        assert (await browser.get(path)).status in {200, 404, 405}, path
    assert await pending(site, approval_id)
    assert len(await site.world.records()) == before
    assert JANE in (await browser.get("/approvals")).words


async def test_nobody_is_led_away_from_this_server(site: ApprovalSite):
    for about in (
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "ap-222222/../../x",
        "ap-222222\r\nx: y",
    ):
        browser = site.browser()
        form = (await browser.get("/approvals")).hidden(SIGN_IN)
        given = {**form, "about": about, "email": JANE, "passphrase": PASSPHRASES[JANE]}
        said = await browser.post(SIGN_IN, given)
        assert (said.status, said.headers["location"]) == (303, "/approvals"), about


async def test_a_link_with_a_slash_too_many_leads_where_it_should(site: ApprovalSite):
    browser = site.browser()
    for path, onward in (
        ("/approvals/", "/approvals"),
        ("/approvals/ap-234567/", "/approvals/ap-234567"),
        ("/approvals/evil.example/", "/approvals"),
    ):
        said = await browser.get(path)
        assert (said.status, said.headers["location"]) == (303, onward)


async def test_every_page_forbids_scripts_frames_and_keeping(site: ApprovalSite):
    approval_id = await site.asked()
    browser = await site.signed_in()
    pages = [
        await browser.get("/approvals"),
        await browser.get(f"/approvals/{approval_id}"),
        await browser.get("/approvals/ap-222222"),
        await site.browser().get("/approvals"),
        await site.browser().sign_in(JANE, WRONG),
        await browser.post(SIGN_OUT, {}),
        await browser.say(approval_id, "approve"),
    ]
    for page in pages:
        policy = page.headers["content-security-policy"]
        assert re.fullmatch(
            r"default-src 'none'; style-src 'sha256-[\w+/=]{44}'; form-action 'self'; "
            r"frame-ancestors 'none'; base-uri 'none'",
            policy,
        )
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["referrer-policy"] == "same-origin"
        assert page.headers["cache-control"] == "no-store"
        assert "<script" not in page.html
        assert " style=" not in page.html
        assert not re.search(r"\son\w+=", page.html)


async def test_signing_out_ends_the_session_in_every_replica(site: ApprovalSite):
    browser = await site.signed_in()
    held = dict(browser.cookies)
    page = await browser.get("/approvals")
    said = await browser.post(SIGN_OUT, page.hidden(SIGN_OUT))
    assert (said.status, said.headers["location"]) == (303, "/approvals")
    thief = site.replica().browser()
    thief.cookies = held
    assert "Sign in to approve" in (await thief.get("/approvals")).words
    assert browser.cookies != held


@pytest.mark.parametrize("how", ["the passphrase is changed", "time runs out", "Jane is removed"])
async def test_a_session_that_ended_decides_nothing(site: ApprovalSite, how: str):
    approval_id = await site.asked()
    browser = await site.signed_in()
    action = f"/approvals/{approval_id}/approve"
    form = (await browser.get(f"/approvals/{approval_id}")).hidden(action)
    people = site.world.office.people
    if how == "the passphrase is changed":
        await people.set_passphrase(JANE, "another one altogether", by=JANE)
    elif how == "time runs out":
        site.world.clock.advance(30 * 60)
    else:
        await people.remove(JANE, by="root")
    said = await browser.post(action, form)
    assert said.status == 403
    assert "Your sign-in has ended, so nothing was decided" in said.words
    assert said.hidden(SIGN_IN)["about"] == approval_id
    assert await pending(site, approval_id)


async def test_a_form_that_is_too_large_or_no_form_is_refused(site: ApprovalSite):
    approval_id = await site.asked()
    browser = await site.signed_in()
    action = f"/approvals/{approval_id}/reject"
    key = {"form_key": browser.key(action)}
    many = {f"f{number}": "x" for number in range(20)}
    for fields, headers, status in (
        ({**key, "reason": "x" * 20_000}, {}, 413),
        ({**key, "reason": "No."}, {"content_type": "application/json"}, 415),
        ({**key, "reason": "No."}, {"content_type": None}, 415),
        ({**key, **many}, {}, 400),
    ):
        assert (await browser.post(action, fields, **headers)).status == status
    twice = await browser.client.post(
        action,
        content=f"form_key={key['form_key']}&reason=a&reason=b".encode(),
        headers={
            "origin": HERE,
            "content-type": "application/x-www-form-urlencoded",
            "cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items()),
        },
    )
    assert twice.status_code == 400
    assert await pending(site, approval_id)


async def test_a_long_reason_is_cut_and_never_breaks_the_page(site: ApprovalSite):
    approval_id = await site.asked()
    browser = await site.signed_in()
    assert (await browser.say(approval_id, "reject", reason="No " * 1_000)).status == 303
    (word,) = (await site.world.office.approvals.get(approval_id)).decisions
    assert len(word.note) == 500
    assert (await browser.get(f"/approvals/{approval_id}")).status == 200


async def test_a_database_that_is_away_is_told_and_nothing_is_decided(site: ApprovalSite):
    approval_id = await site.asked()
    browser = await site.signed_in()
    action = f"/approvals/{approval_id}/approve"
    form = (await browser.get(f"/approvals/{approval_id}")).hidden(action)
    await site.world.office.store.close()
    said = await browser.post(action, form)
    assert said.status == 503
    assert "nothing was done" in said.words


async def test_neither_passphrase_nor_token_is_in_any_record(site: ApprovalSite):
    browser = await site.signed_in()
    await site.browser().sign_in(JANE, "a wrong guess of mine")
    (token,) = browser.cookies.values()
    written = str(await site.world.records())
    assert f"{JANE} signed in to approve" in written
    for secret in (token, PASSPHRASES[JANE], "a wrong guess of mine"):
        assert secret not in written


async def test_neither_a_passphrase_nor_a_cookie_is_written_down(
    site: ApprovalSite, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
):
    approval_id = await site.asked()
    browser = await site.signed_in()
    wrong = "PLANTED four words that are wrong"
    await site.browser().sign_in(JANE, wrong)
    await site.browser().sign_in("nobody@example.com", wrong)
    assert (await browser.say(approval_id, "approve", note="as agreed")).status == 303
    printed = capfd.readouterr()
    heap = everything_in(site.world.folder)
    heap += f"{printed.out}{printed.err}{caplog.text}".encode()
    assert b"as agreed" in heap
    for needle in (PASSPHRASES[JANE], wrong, *browser.cookies.values()):
        assert needle.encode() not in heap, needle
