from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import anyio
import pytest

from tests.fakes import FakeClock
from xero_mcp.approvals import (
    ID_LETTERS,
    Approval,
    ApprovalError,
    Approvals,
    Request,
    normal_id,
)
from xero_mcp.approvals.desk import MAX_WAITING
from xero_mcp.approvals.question import NOT_ASKED
from xero_mcp.approvals.standing import MAX_SUMMARY_LINES
from xero_mcp.audit.log import AuditLog
from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.store.base import Store
from xero_mcp.store.tables.approvals import ApprovalStatus
from xero_mcp.store.tables.audit import AuditFilters

DIGEST = "d" * 64
HOUR = 3600
REQUEST = Request(
    agent="ap-clerk",
    organisation_id="org-1",
    organisation_name="Demo Company (Global)",
    tool="create-invoice",
    digest=DIGEST,
    rule="bigger bills need a person",
    reason="total is over 500.00 USD",
    terms=((("Controller@Example.com", "cfo@example.com"), 1),),
    answer_within_seconds=4 * HOUR,
    action="create a draft bill (620.00 USD, Bolt Ltd)",
    summary=(("Total", "620.00 USD"), ("Contact", "Bolt\x1b[2J Ltd")),
    policy_file="ap-clerk.yaml",
    policy_hash="9" * 64,
)
CONTROLLER = "controller@example.com"


@pytest.fixture
def audit(store: Store, clock: FakeClock) -> AuditLog:
    return AuditLog(store, clock)


@pytest.fixture
def approvals(store: Store, clock: FakeClock, audit: AuditLog) -> Approvals:
    return Approvals(store, clock, audit)


async def use(store: Store, approvals: Approvals, approval_id: str, digest: str = DIGEST) -> bool:
    return await store.write(
        lambda tables: approvals.consume(tables, approval_id, digest, "a-intent")
    )


async def sentences(audit: AuditLog) -> list[str]:
    """What the log says of approvals, oldest first."""
    found = await audit.records(AuditFilters(kind="approval"), is_live=lambda _: False)
    return [record.says for record in reversed(found)]


async def test_what_nobody_was_asked_stands_nowhere(approvals: Approvals):
    assert await approvals.standing(DIGEST, "ap-clerk") == NOT_ASKED


async def test_asking_twice_about_one_payload_is_one_question(
    approvals: Approvals, audit: AuditLog
):
    first = await approvals.ask(REQUEST)
    second = await approvals.ask(REQUEST)
    assert second.id == first.id
    standing = await approvals.standing(DIGEST, "ap-clerk")
    assert (standing.word, standing.id) == ("pending", first.id)
    assert await sentences(audit) == [
        (
            "ap-clerk asked for a person's leave to create a draft bill (620.00 USD, Bolt Ltd) "
            f"in Demo Company (Global): total is over 500.00 USD ({first.id})."
        )
    ]


async def test_another_payload_or_another_agent_is_another_question(approvals: Approvals):
    first = await approvals.ask(REQUEST)
    other_payload = await approvals.ask(replace(REQUEST, digest="e" * 64))
    other_agent = await approvals.ask(replace(REQUEST, agent="bookkeeper"))
    assert len({first.id, other_payload.id, other_agent.id}) == 3
    await approvals.approve(first.id, CONTROLLER)
    assert (await approvals.standing("e" * 64, "ap-clerk")).word == "pending"
    assert (await approvals.standing(DIGEST, "bookkeeper")).word == "pending"


async def test_an_approved_payload_goes_through_once(store: Store, approvals: Approvals):
    asked = await approvals.ask(REQUEST)
    assert not await use(store, approvals, asked.id), "nobody has said yes yet"
    await approvals.approve(asked.id, CONTROLLER)
    assert (await approvals.standing(DIGEST, "ap-clerk")).word == "approved"
    assert not await use(store, approvals, asked.id, "e" * 64), "another payload"
    assert await use(store, approvals, asked.id)
    assert not await use(store, approvals, asked.id)
    used = await approvals.get(asked.id)
    assert (used.status, used.row.intent_id) == (ApprovalStatus.USED, "a-intent")
    assert await approvals.standing(DIGEST, "ap-clerk") == NOT_ASKED
    assert (await approvals.ask(REQUEST)).id != asked.id


async def test_of_sixteen_who_race_for_one_approval_one_gets_it(store: Store, approvals: Approvals):
    asked = await approvals.ask(REQUEST)
    await approvals.approve(asked.id, CONTROLLER)
    won: list[bool] = []

    async def race() -> None:
        won.append(await use(store, approvals, asked.id))

    async with anyio.create_task_group() as tasks:
        for _ in range(16):
            tasks.start_soon(race)
    assert sorted(won) == [False] * 15 + [True]


async def test_of_sixteen_who_ask_at_once_all_get_the_same_question(approvals: Approvals):
    ids: set[str] = set()

    async def ask() -> None:
        ids.add((await approvals.ask(REQUEST)).id)

    async with anyio.create_task_group() as tasks:
        for _ in range(16):
            tasks.start_soon(ask)
    assert len(ids) == 1


async def test_a_use_that_is_rolled_back_was_no_use(store: Store, approvals: Approvals):
    asked = await approvals.ask(REQUEST)
    await approvals.approve(asked.id, CONTROLLER)

    def fail(tables: object) -> None:
        del tables
        raise LookupError

    with pytest.raises(LookupError):
        await store.write(
            lambda tables: (
                approvals.consume(tables, asked.id, DIGEST, "a-intent"),
                fail(tables),
            )
        )
    assert await use(store, approvals, asked.id)


async def test_a_question_that_nobody_answers_ends_and_that_is_told_once(
    approvals: Approvals, audit: AuditLog, clock: FakeClock
):
    asked = await approvals.ask(REQUEST)
    clock.advance(4 * HOUR - 1)
    assert (await approvals.standing(DIGEST, "ap-clerk")).word == "pending"
    clock.advance(1)
    assert (await approvals.get(asked.id)).status is ApprovalStatus.EXPIRED
    told = await approvals.standing(DIGEST, "ap-clerk")
    assert (told.word, told.id) == ("expired", asked.id)
    assert await approvals.standing(DIGEST, "ap-clerk") == NOT_ASKED
    assert (await sentences(audit))[-1] == (
        f"{asked.id} ran out: ap-clerk may not create a draft bill (620.00 USD, Bolt Ltd) "
        "in Demo Company (Global): nobody decided in time."
    )
    assert (await approvals.ask(REQUEST)).id != asked.id


async def test_only_one_of_many_hears_that_it_expired(approvals: Approvals, clock: FakeClock):
    await approvals.ask(REQUEST)
    clock.advance(5 * HOUR)
    heard: list[str] = []

    async def hear() -> None:
        heard.append((await approvals.standing(DIGEST, "ap-clerk")).word)

    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(hear)
    assert sorted(heard) == ["expired"] + ["none"] * 7


async def test_an_agent_that_floods_people_with_questions_is_stopped_and_others_are_not(
    approvals: Approvals, clock: FakeClock
):
    for number in range(MAX_WAITING):
        await approvals.ask(replace(REQUEST, digest=f"{number}"))
    with pytest.raises(XeroMcpError, match="200 questions of ap-clerk wait") as refused:
        await approvals.ask(replace(REQUEST, digest="one more"))
    assert refused.value.code is ErrorCode.LIMIT_REACHED
    same = await approvals.ask(replace(REQUEST, digest="7"))
    assert same.status is ApprovalStatus.PENDING
    await approvals.ask(replace(REQUEST, digest="of another", agent="bot-7"))
    await approvals.reject(same.id, CONTROLLER, "Not ours.")
    await approvals.ask(replace(REQUEST, digest="one more"))
    with pytest.raises(XeroMcpError):
        await approvals.ask(replace(REQUEST, digest="and another"))
    clock.advance(86_400 * 31)
    await approvals.ask(replace(REQUEST, digest="and another"))


async def test_a_clock_that_was_set_back_hides_no_open_question(
    store: Store, approvals: Approvals, clock: FakeClock
):
    await approvals.ask(REQUEST)
    clock.advance(4 * HOUR)
    assert (await approvals.standing(DIGEST, "ap-clerk")).word == "expired"
    clock.advance(-5 * HOUR)
    again = await approvals.ask(REQUEST)
    assert (await approvals.standing(DIGEST, "ap-clerk")).word == "pending"
    assert (await approvals.ask(REQUEST)).id == again.id
    await approvals.approve(again.id, CONTROLLER)
    assert await use(store, approvals, again.id)


async def test_asking_again_after_the_end_is_a_new_question(
    approvals: Approvals, audit: AuditLog, clock: FakeClock
):
    first = await approvals.ask(REQUEST)
    clock.advance(5 * HOUR)
    second = await approvals.ask(REQUEST)
    assert second.id != first.id
    assert len(await sentences(audit)) == 3


async def test_a_yes_that_is_not_used_in_time_ends(
    store: Store, approvals: Approvals, audit: AuditLog, clock: FakeClock
):
    asked = await approvals.ask(REQUEST)
    clock.advance(3 * HOUR)
    approved = await approvals.approve(asked.id, CONTROLLER)
    assert approved.expires_at == clock.now() + timedelta(hours=4)
    clock.advance(4 * HOUR)
    assert not await use(store, approvals, asked.id)
    assert (await approvals.standing(DIGEST, "ap-clerk")).word == "expired"
    assert "approved but not used in time" in (await sentences(audit))[-1]


async def test_a_rejected_payload_stays_rejected(approvals: Approvals, audit: AuditLog):
    asked = await approvals.ask(REQUEST)
    await approvals.reject(asked.id, CONTROLLER, "wrong supplier", authenticated=True)
    for _ in range(2):
        standing = await approvals.standing(DIGEST, "ap-clerk")
        assert (standing.word, standing.by) == ("rejected", CONTROLLER)
        assert standing.reason == "wrong supplier"
    assert (await approvals.ask(REQUEST)).id == asked.id
    assert (await sentences(audit))[-1] == (
        f"{CONTROLLER} rejected {asked.id}: ap-clerk may not create a draft bill "
        "(620.00 USD, Bolt Ltd) in Demo Company (Global): wrong supplier."
    )


async def test_who_did_not_sign_in_is_written_down_as_such(approvals: Approvals, audit: AuditLog):
    asked = await approvals.ask(REQUEST)
    done = await approvals.approve(asked.id, CONTROLLER, "seen the paper", system_user="root")
    [word] = done.decisions
    assert (word.authenticated, word.system_user, word.note) == (False, "root", "seen the paper")
    [record, _] = await audit.records(AuditFilters(kind="approval"), is_live=lambda _: False)
    assert record.body["approval"] == {
        "id": asked.id,
        "digest": DIGEST,
        "approver": CONTROLLER,
        "authenticated": False,
        "system_user": "root",
        "note": "seen the paper",
    }
    assert record.says.startswith(f"{CONTROLLER} (not signed in; system user root) approved")


async def test_two_people_are_needed_where_the_rule_says_two(
    store: Store, approvals: Approvals, audit: AuditLog, clock: FakeClock
):
    asked = await approvals.ask(replace(REQUEST, terms=((REQUEST.approvers, 2),)))
    half = await approvals.approve(asked.id, CONTROLLER)
    assert half.status is ApprovalStatus.PENDING
    assert "more people must approve" in (await sentences(audit))[-1]
    assert not await use(store, approvals, asked.id)
    with pytest.raises(ApprovalError, match=r"has decided about .* already"):
        await approvals.approve(asked.id, "CONTROLLER@example.com")
    clock.advance(1)
    whole = await approvals.approve(asked.id, "cfo@example.com")
    assert whole.status is ApprovalStatus.APPROVED
    assert [word.person for word in whole.decisions] == [CONTROLLER, "cfo@example.com"]
    assert await use(store, approvals, asked.id)


@pytest.mark.parametrize(
    "other",
    ["jose\u0301@example.com", "JOS\u00c9@example.com", "\uff4a\uff4f\uff53\u00e9@example.com"],
)
async def test_one_person_in_other_letters_or_unicode_forms_is_not_a_second_one(
    approvals: Approvals, other: str
):
    terms = ((("jos\u00e9@example.com", CONTROLLER), 2),)
    asked = await approvals.ask(replace(REQUEST, terms=terms))
    await approvals.approve(asked.id, "jos\u00e9@example.com")
    with pytest.raises(ApprovalError, match=r"has decided about .* already"):
        await approvals.approve(asked.id, other)
    whole = await approvals.approve(asked.id, CONTROLLER)
    assert whole.status is ApprovalStatus.APPROVED


async def test_a_word_counts_in_whichever_unicode_form_the_rule_names_the_person(
    approvals: Approvals,
):
    terms = ((("jose\u0301@example.com", "Gro\u00df@example.com"), 2),)
    asked = await approvals.ask(replace(REQUEST, terms=terms))
    await approvals.approve(asked.id, "jos\u00e9@example.com")
    whole = await approvals.approve(asked.id, "GROSS@example.com")
    assert whole.status is ApprovalStatus.APPROVED


async def test_two_rules_that_ask_different_people_need_a_yes_of_each(approvals: Approvals):
    terms = ((("cfo@example.com",), 1), (("controller@example.com",), 1))
    asked = await approvals.ask(replace(REQUEST, terms=terms))
    first = await approvals.approve(asked.id, "cfo@example.com")
    assert first.status is ApprovalStatus.PENDING
    second = await approvals.approve(asked.id, "controller@example.com")
    assert second.status is ApprovalStatus.APPROVED


async def test_one_no_outweighs_a_yes(store: Store, approvals: Approvals):
    asked = await approvals.ask(replace(REQUEST, terms=((REQUEST.approvers, 2),)))
    await approvals.approve(asked.id, CONTROLLER)
    await approvals.reject(asked.id, "cfo@example.com", "no")
    assert (await approvals.standing(DIGEST, "ap-clerk")).word == "rejected"
    assert not await use(store, approvals, asked.id)


@pytest.mark.parametrize(
    ("person", "message"),
    [
        ("mallory@example.com", "may not decide about .*names Controller@Example.com"),
        ("ap-clerk", "asked for .* may not decide"),
        ("AP-Clerk ", "asked for .* may not decide"),
        ("", "A person without a name may not decide"),
        ("controller@example.com.evil", "may not decide"),
    ],
)
async def test_only_people_whom_the_rule_names_decide(
    approvals: Approvals, audit: AuditLog, person: str, message: str
):
    asked = await approvals.ask(replace(REQUEST, terms=(((*REQUEST.approvers, "AP-clerk"), 1),)))
    for attempt in (
        approvals.approve(asked.id, person),
        approvals.reject(asked.id, person, "because"),
    ):
        with pytest.raises(ApprovalError, match=message):
            await attempt
    assert (await approvals.standing(DIGEST, "ap-clerk")).word == "pending"
    assert len(await sentences(audit)) == 1


async def test_nobody_decides_where_the_rule_names_nobody(approvals: Approvals):
    asked = await approvals.ask(replace(REQUEST, terms=(((), 1),)))
    with pytest.raises(ApprovalError, match="names nobody"):
        await approvals.approve(asked.id, CONTROLLER)


async def approve_it(approvals: Approvals, asked: Approval, clock: FakeClock) -> None:
    del clock
    await approvals.approve(asked.id, CONTROLLER)


async def reject_it(approvals: Approvals, asked: Approval, clock: FakeClock) -> None:
    del clock
    await approvals.reject(asked.id, CONTROLLER, "no")


async def let_it_expire(approvals: Approvals, asked: Approval, clock: FakeClock) -> None:
    del approvals, asked
    clock.advance(5 * HOUR)


@pytest.mark.parametrize(
    ("end", "status"),
    [(approve_it, "approved"), (reject_it, "rejected"), (let_it_expire, "expired")],
)
async def test_what_is_decided_is_not_decided_again(
    approvals: Approvals,
    clock: FakeClock,
    end: Callable[[Approvals, Approval, FakeClock], Awaitable[None]],
    status: str,
):
    asked = await approvals.ask(REQUEST)
    await end(approvals, asked, clock)
    with pytest.raises(ApprovalError, match=f"{asked.id} is {status} already"):
        await approvals.approve(asked.id, "cfo@example.com")


async def test_a_rejection_needs_a_reason(approvals: Approvals):
    asked = await approvals.ask(REQUEST)
    with pytest.raises(ApprovalError, match="needs a reason"):
        await approvals.reject(asked.id, CONTROLLER, " \n")


async def test_an_id_can_be_said_and_typed(approvals: Approvals):
    asked = await approvals.ask(REQUEST)
    assert asked.id.startswith("ap-")
    assert len(asked.id) == 9
    assert set(asked.id[3:]) <= set(ID_LETTERS)
    assert not set("01ILOU") & set(ID_LETTERS)
    for typed in (asked.id.lower(), asked.id.upper(), f" {asked.id[3:].lower()} "):
        assert normal_id(typed) == asked.id
        assert (await approvals.get(typed)).id == asked.id
    with pytest.raises(ApprovalError, match="There is no approval ap-NONE22"):
        await approvals.get("none22")


async def test_an_id_that_is_taken_is_not_given_again(
    store: Store, clock: FakeClock, audit: AuditLog
):
    numbers = iter([1, 1, 2])
    approvals = Approvals(
        store, clock, audit, randomness=lambda count: next(numbers).to_bytes(count, "big")
    )
    first = await approvals.ask(REQUEST)
    second = await approvals.ask(replace(REQUEST, digest="e" * 64))
    assert (first.id, second.id) == ("ap-322222", "ap-422222")


async def test_the_list_shows_each_where_it_stands_now(approvals: Approvals, clock: FakeClock):
    old = await approvals.ask(replace(REQUEST, digest="1", answer_within_seconds=60))
    yes = await approvals.ask(replace(REQUEST, digest="2"))
    clock.advance(60)
    await approvals.approve(yes.id, CONTROLLER)
    new = await approvals.ask(replace(REQUEST, digest="3"))
    assert [each.id for each in await approvals.list()] == [new.id, *sorted([old.id, yes.id])[::-1]]
    for status, wanted in {
        ApprovalStatus.PENDING: [new.id],
        ApprovalStatus.APPROVED: [yes.id],
        ApprovalStatus.EXPIRED: [old.id],
        ApprovalStatus.REJECTED: [],
    }.items():
        assert [each.id for each in await approvals.list(status=status)] == wanted
    assert len(await approvals.list(limit=1)) == 1


async def test_a_summary_is_safe_on_a_terminal_and_says_where_it_is_cut(approvals: Approvals):
    asked = await approvals.ask(REQUEST)
    assert (await approvals.get(asked.id)).row.summary == (
        ("Total", "620.00 USD"),
        ("Contact", "Bolt[2J Ltd"),
    )
    many = tuple((f"line {number}", "x") for number in range(MAX_SUMMARY_LINES + 5))
    long = await approvals.ask(replace(REQUEST, digest="e", summary=many))
    assert long.row.summary[-1] == ("not shown", "5 more lines")


async def test_every_step_is_in_the_log_and_the_chain_holds(
    store: Store, approvals: Approvals, audit: AuditLog
):
    asked = await approvals.ask(REQUEST)
    await approvals.approve(asked.id, CONTROLLER)
    await use(store, approvals, asked.id)
    story = await audit.show(asked.id, is_live=lambda _: False)
    assert [(record.row.kind, record.row.status) for record in story] == [
        ("approval", "pending"),
        ("approval", "approved"),
    ]
    assert (await audit.verify()).ok
