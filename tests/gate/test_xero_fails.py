"""Everything that can go wrong between us and Xero: what the agent hears, what the books hold."""

from dataclasses import dataclass

import pytest

from tests.gate.world import World, bill, code_of

EVERY_TRY = 9
"""More than any call tries."""
LATER_SECONDS = 61
"""Long enough for the list of organisations to be asked for again."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A fault of `PUT /Invoices`: what is heard and how many invoices there are, twice."""

    fault: str
    times: int
    heard: str
    made: int
    repeated: bool

    def __str__(self) -> str:
        return f"{self.fault} x{self.times}"


CASES = [
    # Lost once: the second try, under the same key, hears what the first one did.
    Case(fault="drop_after", times=1, heard="ok", made=1, repeated=True),
    Case(fault="drop_during", times=1, heard="ok", made=1, repeated=True),
    Case(fault="drop_before", times=1, heard="ok", made=1, repeated=True),
    Case(fault="html", times=1, heard="ok", made=1, repeated=True),
    Case(fault="truncated_json", times=1, heard="ok", made=1, repeated=True),
    Case(fault="server_error", times=1, heard="ok", made=1, repeated=True),
    Case(fault="unavailable", times=1, heard="ok", made=1, repeated=True),
    Case(fault="rate_limited", times=1, heard="ok", made=1, repeated=True),
    Case(fault="token_expired", times=1, heard="ok", made=1, repeated=True),
    # Lost every time: nobody knows; the repeat, under the first key, finds out.
    Case(fault="drop_after", times=EVERY_TRY, heard="OUTCOME_UNKNOWN", made=1, repeated=False),
    Case(fault="drop_during", times=EVERY_TRY, heard="OUTCOME_UNKNOWN", made=1, repeated=False),
    Case(fault="drop_before", times=EVERY_TRY, heard="OUTCOME_UNKNOWN", made=0, repeated=False),
    Case(fault="html", times=EVERY_TRY, heard="OUTCOME_UNKNOWN", made=1, repeated=False),
    Case(fault="truncated_json", times=EVERY_TRY, heard="OUTCOME_UNKNOWN", made=1, repeated=False),
    Case(fault="server_error", times=EVERY_TRY, heard="OUTCOME_UNKNOWN", made=0, repeated=False),
    Case(fault="unavailable", times=EVERY_TRY, heard="OUTCOME_UNKNOWN", made=0, repeated=False),
    # Refused before it was looked at: known not to have happened.
    Case(fault="offline", times=EVERY_TRY, heard="XERO_UNAVAILABLE", made=0, repeated=False),
    Case(fault="maintenance", times=EVERY_TRY, heard="XERO_UNAVAILABLE", made=0, repeated=False),
    Case(fault="rate_limited", times=EVERY_TRY, heard="XERO_RATE_LIMITED", made=0, repeated=False),
    Case(fault="token_revoked", times=EVERY_TRY, heard="NOT_CONNECTED", made=0, repeated=False),
    Case(fault="disconnected", times=EVERY_TRY, heard="NOT_CONNECTED", made=0, repeated=False),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_create_is_told_truly_and_is_never_done_twice(house: World, case: Case):
    arguments = bill(house.supplier(), number="B-77")
    await house.good("list-accounts")
    house.fault(case.fault, method="PUT", path="/Invoices", times=case.times)
    first = await house.call("create-invoice", arguments)
    assert code_of(first) == case.heard
    assert len(house.invoices("B-77")) == case.made

    house.demo.premises.faults.clear()
    house.clock.advance(LATER_SECONDS)
    second = await house.call("create-invoice", arguments)
    assert code_of(second) == "ok"
    assert second.content.get("repeated", False) is case.repeated
    made = house.invoices("B-77")
    assert [one["InvoiceID"] for one in made] == [second.content["id"]]
    assert (await house.office.audit.verify()).ok


@pytest.mark.parametrize("fault", ["drop_after", "drop_before", "html", "server_error"])
async def test_what_is_unknown_is_held_back_once_xero_forgot_the_key(house: World, fault: str):
    arguments = bill(house.supplier(), number="B-78")
    house.fault(fault, method="PUT", path="/Invoices", times=EVERY_TRY)
    assert code_of(await house.call("create-invoice", arguments)) == "OUTCOME_UNKNOWN"
    made = len(house.invoices("B-78"))
    house.demo.premises.faults.clear()
    sent = house.processed("PUT /Invoices")
    for minutes in (6, 60, 60 * 24, 60 * 24 * 30):
        house.clock.advance(minutes * 60)
        assert code_of(await house.call("create-invoice", arguments)) == "OUTCOME_UNKNOWN"
    assert house.processed("PUT /Invoices") == sent
    assert len(house.invoices("B-78")) == made


@pytest.mark.parametrize("age_seconds", [0, 60, 230, 239, 241, 300, 325, 350, 361])
async def test_a_repeat_that_must_wait_never_comes_after_xero_forgot_the_key(
    house: World, age_seconds: int
):
    arguments = bill(house.supplier(), number="B-83")
    await house.good("list-contacts")
    house.fault("drop_after", method="PUT", path="/Invoices", times=EVERY_TRY)
    assert code_of(await house.call("create-invoice", arguments)) == "OUTCOME_UNKNOWN"
    house.demo.premises.faults.clear()
    house.clock.advance(age_seconds)
    held_up = {"method": "PUT", "path": "/Invoices", "times": 3, "retry_after_seconds": 29}
    house.fault("rate_limited", **held_up)
    await house.call("create-invoice", arguments)
    house.demo.premises.faults.clear()
    await house.call("create-invoice", arguments)
    assert len(house.invoices("B-83")) == 1


async def test_the_repeat_that_gets_lost_too_leaves_it_unknown(house: World):
    arguments = bill(house.supplier(), number="B-79")
    house.fault("drop_after", method="PUT", path="/Invoices", times=EVERY_TRY)
    assert code_of(await house.call("create-invoice", arguments)) == "OUTCOME_UNKNOWN"
    house.demo.premises.faults.clear()
    for fault in ("offline", "token_revoked", "disconnected", "rate_limited", "drop_before"):
        house.fault(fault, method="PUT", path="/Invoices", times=EVERY_TRY)
        heard = await house.call("create-invoice", arguments)
        assert code_of(heard) in {"OUTCOME_UNKNOWN", "NOT_CONNECTED"}, fault
        house.demo.premises.faults.clear()
    states = [one["status"] for one in await house.records(kind="outcome")]
    assert set(states) == {"unknown"}
    assert len(house.invoices("B-79")) == 1


async def test_a_refusal_hidden_in_a_good_answer_is_told_whole(house: World):
    unknown_items = bill(house.supplier(), number="B-80")
    unknown_items["lines"][0]["item_code"] = "NO-BOLT"
    unknown_items["lines"].append({**unknown_items["lines"][0], "item_code": "NOR-NUT"})
    heard = await house.call("create-invoice", unknown_items)
    assert code_of(heard) == "XERO_REJECTED"
    told = " ".join(one["message"] for one in heard.content["error"]["details"])
    assert "NO-BOLT" in told
    assert "NOR-NUT" in told
    assert house.invoices("B-80") == []


async def test_a_document_that_xero_refused_may_be_mended_and_sent_again(house: World):
    wrong = bill(house.supplier(), number="B-81")
    wrong["lines"][0]["item_code"] = "NO-BOLT"
    assert code_of(await house.call("create-invoice", wrong)) == "XERO_REJECTED"
    assert code_of(await house.call("create-invoice", wrong)) == "XERO_REJECTED"
    right = bill(house.supplier(), number="B-81")
    assert code_of(await house.call("create-invoice", right)) == "ok"
    assert len(house.invoices("B-81")) == 1


async def test_a_payment_lost_on_the_way_back_is_recorded_once(house: World):
    posted = bill(house.supplier(), number="B-82", status="authorised", due_date="2026-04-01")
    made = await house.good("create-invoice", posted)
    house.fault("drop_after", method="POST", path="/Payments")
    pay = {"invoice_id": made["id"], "account_code": "090", "amount": "40.00"}
    assert (await house.good("create-payment", pay))["total"] == "40.00"
    again = await house.good("create-payment", pay)
    assert again["repeated"] is True
    assert house.invoices("B-82")[0]["AmountDue"] == 60


@pytest.mark.parametrize(
    ("fault", "heard"),
    [
        ("html", "XERO_UNAVAILABLE"),
        ("truncated_json", "XERO_UNAVAILABLE"),
        ("server_error", "XERO_UNAVAILABLE"),
        ("drop_before", "XERO_UNAVAILABLE"),
        ("offline", "XERO_UNAVAILABLE"),
        ("rate_limited", "XERO_RATE_LIMITED"),
        ("token_revoked", "NOT_CONNECTED"),
        ("disconnected", "NOT_CONNECTED"),
    ],
)
async def test_a_read_that_fails_says_why_and_works_again(house: World, fault: str, heard: str):
    house.fault(fault, path="/Invoices", times=EVERY_TRY)
    answer = await house.call("list-invoices")
    assert code_of(answer) == heard
    assert answer.content["error"]["next_step"]
    house.demo.premises.faults.clear()
    house.clock.advance(LATER_SECONDS)
    assert code_of(await house.call("list-invoices")) == "ok"


@pytest.mark.parametrize("path", ["/connect/token", "/connections"])
@pytest.mark.parametrize("fault", ["server_error", "drop_before", "html", "truncated_json"])
async def test_xero_away_at_the_very_start_is_told_and_mends(house: World, path: str, fault: str):
    house.fault(fault, path=path, times=EVERY_TRY)
    heard = await house.call("list-accounts")
    assert code_of(heard) in {"XERO_UNAVAILABLE", "NOT_CONNECTED"}
    house.demo.premises.faults.clear()
    house.clock.advance(LATER_SECONDS)
    assert code_of(await house.call("list-accounts")) == "ok"


async def test_an_organisation_taken_away_is_told_with_what_a_person_does(house: World):
    await house.good("list-contacts")
    house.demo.premises.disconnect(house.books.id)
    heard = await house.call("list-contacts")
    assert code_of(heard) == "NOT_CONNECTED"
    assert "xero-mcp" in heard.content["error"]["next_step"]
    house.clock.advance(LATER_SECONDS)
    assert code_of(await house.call("list-contacts")) == "NOT_CONNECTED"
    house.demo.premises.connect(house.books.id)
    house.clock.advance(LATER_SECONDS)
    assert code_of(await house.call("list-contacts")) == "ok"


async def test_what_an_agent_may_do_is_told_while_xero_is_away(house: World):
    house.fault("drop_before", times=EVERY_TRY * 9)
    heard = await house.call("what-can-i-do")
    assert code_of(heard) == "ok"
    assert "create-invoice" in heard.content["tools"]
