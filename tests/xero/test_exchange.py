"""What becomes of a request: second tries, waits, and the truth about writes."""

import json

import httpx2
import pytest

from tests.fakes import FakeClock
from tests.xero.calls import (
    CREATED,
    error_of_read,
    error_of_write,
    lost,
    read,
    unreachable,
    write,
)
from tests.xero.world import (
    INVOICE_ID,
    TICKET,
    Reply,
    World,
    reply,
    validation_error,
)
from xero_mcp.errors import ErrorCode, XeroMcpError


async def test_a_call_costs_one_request_once_the_token_is_there(world: World):
    for _ in range(5):
        await read(world.scoped())
    assert len(world.upstream.api_requests) == 5
    assert len(world.upstream.seen) == 6


async def test_a_request_says_what_xero_wants_to_hear(world: World):
    await write(world.scoped(key="intent-7"))
    request = world.upstream.api_requests[0]
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Xero-Tenant-Id"] == "11111111-1111-4111-8111-111111111111"
    assert request.headers["Authorization"] == f"Bearer {TICKET}-1"
    assert request.headers["Idempotency-Key"] == "intent-7-1"
    assert request.headers["Content-Type"] == "application/json; charset=utf-8"
    assert b'"UnitAmount":12.50}' in request.content
    line = {"Description": "Bolts", "UnitAmount": 12.5}
    assert json.loads(request.content) == {
        "Invoices": [{"Type": "ACCPAY", "Contact": {"ContactID": INVOICE_ID}, "LineItems": [line]}]
    }


async def test_two_writes_of_one_call_have_two_keys(world: World):
    xero = world.scoped(key="k")
    await write(xero)
    await write(xero)
    keys = [request.headers["Idempotency-Key"] for request in world.upstream.api_requests]
    assert keys == ["k-1", "k-2"]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_read_that_fails_upstream_is_tried_again(world: World, status: int):
    world.upstream.api += [reply(status, "oops"), reply(status, "oops")]
    assert (await read(world.scoped())).invoices == ()
    assert len(world.upstream.api_requests) == 3


@pytest.mark.parametrize("failure", [lost(), unreachable(), httpx2.ReadTimeout("slow")])
async def test_a_read_whose_connection_fails_is_tried_again(world: World, failure: Exception):
    world.upstream.api += [failure]
    assert (await read(world.scoped())).invoices == ()


async def test_tries_are_bounded_and_wait_longer_each_time(world: World):
    error = await error_of_read(world, *[reply(502, "oops")] * 10)
    assert error.code is ErrorCode.XERO_UNAVAILABLE
    assert error.retry_after_seconds
    assert len(world.upstream.api_requests) == 4
    clock = world.clock
    assert isinstance(clock, FakeClock)
    pauses = clock.slept[-3:]
    assert all(0 <= pause <= bound for pause, bound in zip(pauses, (0.5, 1, 2), strict=True))


async def test_every_try_of_a_write_carries_the_same_key_and_body(world: World):
    world.upstream.api += [reply(500, "oops"), lost(), unreachable(), reply(200, CREATED)]
    xero = world.scoped()
    made = await write(xero)
    assert made.invoices[0].invoice_id == INVOICE_ID
    sent = world.upstream.api_requests
    assert len({request.headers["Idempotency-Key"] for request in sent}) == 1
    assert len({request.content for request in sent}) == 1
    assert [request.status for request in xero.requests] == [500, None, None, 200]


async def test_a_write_that_never_left_is_only_unavailable(world: World):
    error = await error_of_write(
        world, unreachable(), httpx2.ConnectTimeout("x"), httpx2.PoolTimeout("x"), unreachable()
    )
    assert error.code is ErrorCode.XERO_UNAVAILABLE
    assert "Nothing was changed" in error.next_step


@pytest.mark.parametrize(
    "failure",
    [
        lost(),
        httpx2.ReadTimeout("x"),
        httpx2.WriteError("x"),
        httpx2.WriteTimeout("x"),
        httpx2.RemoteProtocolError("x"),
        httpx2.CloseError("x"),
        reply(500, "oops"),
        reply(502, "<html>bad gateway</html>"),
        reply(503, "The Xero API is temporarily unavailable"),
        reply(504, "oops"),
        reply(200, "<html>sign in to the hotel's network</html>"),
        reply(200, '{"Invoices":[{"InvoiceID":'),
        reply(200),
    ],
)
async def test_one_unanswered_try_leaves_a_write_unknown(world: World, failure: Reply):
    error = await error_of_write(world, failure, *[unreachable()] * 3)
    assert error.code is ErrorCode.OUTCOME_UNKNOWN
    assert "Do not send it again" in error.next_step
    assert error.details[0].message == "PUT /Invoices"


@pytest.mark.parametrize(
    "last",
    [
        reply(403, {"Title": "Forbidden"}),
        reply(404, "gone"),
        reply(409, {"Message": "x"}),
        reply(302, "x"),
        reply(400, {"Message": "Idempotency Key k is used with a different request."}),
        reply(503, "The Organisation is offline"),
    ],
)
async def test_an_answer_that_says_nothing_of_the_lost_try_leaves_it_unknown(
    world: World, last: Reply
):
    error = await error_of_write(world, lost(), last)
    assert error.code is ErrorCode.OUTCOME_UNKNOWN


async def test_a_refusal_of_the_content_settles_a_lost_try(world: World):
    error = await error_of_write(world, lost(), validation_error("Due date is missing"))
    assert error.code is ErrorCode.XERO_REJECTED
    assert error.details[0].message == "Due date is missing"


async def test_a_limit_that_outlasts_the_wait_leaves_a_lost_try_unknown(world: World):
    error = await error_of_write(world, lost(), reply(429, Retry_After="500"))
    assert error.code is ErrorCode.OUTCOME_UNKNOWN


async def test_a_success_in_a_shape_nobody_knows_is_unknown_too(world: World):
    error = await error_of_write(world, reply(200, {"Invoices": [{"Total": "many"}]}))
    assert error.code is ErrorCode.OUTCOME_UNKNOWN


async def test_an_offline_organisation_is_asked_once(world: World):
    error = await error_of_read(world, reply(503, "The Organisation is offline"))
    assert error.code is ErrorCode.XERO_UNAVAILABLE
    assert error.retry_after_seconds == 300
    assert len(world.upstream.api_requests) == 1


async def test_a_write_to_an_offline_organisation_was_not_done(world: World):
    error = await error_of_write(world, reply(503, "The Organisation is offline"))
    assert error.code is ErrorCode.XERO_UNAVAILABLE
    assert len(world.upstream.api_requests) == 1


async def test_a_429_waits_as_long_as_xero_says(world: World):
    world.upstream.api += [reply(429, Retry_After="7", X_Rate_Limit_Problem="minute")]
    began = world.clock.monotonic()
    await read(world.scoped())
    assert 7 <= world.clock.monotonic() - began < 9


async def test_a_429_without_a_hint_waits_a_moment(world: World):
    world.upstream.api += [reply(429, X_Rate_Limit_Problem="concurrent")]
    began = world.clock.monotonic()
    await read(world.scoped())
    assert 1 <= world.clock.monotonic() - began < 3


async def test_a_429_that_lasts_too_long_says_when_to_come_back(world: World):
    error = await error_of_read(world, reply(429, Retry_After="120"))
    assert error.code is ErrorCode.XERO_RATE_LIMITED
    assert error.retry_after_seconds in (120, 121)
    assert len(world.upstream.api_requests) == 1
    with pytest.raises(XeroMcpError) as again:
        await read(world.scoped())
    assert again.value.code is ErrorCode.XERO_RATE_LIMITED
    assert len(world.upstream.api_requests) == 1


async def test_429s_are_not_taken_for_ever(world: World):
    error = await error_of_read(world, *[reply(429, Retry_After="2")] * 10)
    assert error.code is ErrorCode.XERO_RATE_LIMITED
    assert len(world.upstream.api_requests) == 4
