from datetime import timedelta
from pathlib import Path

import anyio
import httpx2
import pytest

from tests.fakes import FakeClock
from tests.xero.world import (
    HOSTS,
    HUSH,
    OURS,
    SCOPES,
    TICKET,
    BrokenStore,
    Upstream,
    World,
    make_world,
    reply,
)
from xero_mcp.clock import SystemClock
from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.store.base import Store, Tables
from xero_mcp.xero.credentials import Credentials
from xero_mcp.xero.models.invoice import Invoices
from xero_mcp.xero.secret import Secret
from xero_mcp.xero.tokens import kept_name, lease_name, place_of

NAME = kept_name(place_of(HOSTS, OURS), SCOPES)
READ_REPORT = frozenset({"accounting.reports.trialbalance.read"})
INVALID_SCOPE = {"error": "invalid_scope", "error_description": "validation failed"}


async def get(world: World) -> None:
    await world.scoped().get("/Invoices", Invoices)


async def test_the_request_is_a_custom_connections(world: World):
    await world.client.check_token(SCOPES)
    request = world.upstream.seen[0]
    assert request.method == "POST"
    assert str(request.url) == "https://identity.test/connect/token"
    assert request.headers["Authorization"].startswith("Basic ")
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert world.upstream.forms() == [
        {
            "grant_type": "client_credentials",
            "scope": "accounting.invoices accounting.payments",
        }
    ]


async def test_however_many_calls_wait_one_token_is_asked_for(world: World):
    async with anyio.create_task_group() as calls:
        for _ in range(5):
            calls.start_soon(get, world)
    assert len(world.upstream.api_requests) == 5
    assert world.upstream.tokens == 1


async def test_each_set_of_scopes_has_its_token(world: World):
    await world.client.check_token(SCOPES)
    await world.client.check_token(READ_REPORT)
    await world.client.check_token(SCOPES)
    assert [form["scope"] for form in world.upstream.forms()] == [
        "accounting.invoices accounting.payments",
        "accounting.reports.trialbalance.read",
    ]


async def test_a_read_scope_beside_its_write_scope_is_not_asked_for(world: World):
    await world.client.check_token(SCOPES | {"accounting.invoices.read"})
    assert world.upstream.forms()[0]["scope"] == "accounting.invoices accounting.payments"


async def test_a_token_is_renewed_before_it_ends(world: World, clock: FakeClock):
    await get(world)
    clock.advance(1800 - 121)
    await get(world)
    assert world.upstream.tokens == 1
    clock.advance(2)
    await get(world)
    assert world.upstream.tokens == 2


async def test_a_token_that_hardly_lives_is_used_for_half_its_life(world: World, clock: FakeClock):
    def short(_: httpx2.Request) -> httpx2.Response:
        return reply(200, {"access_token": "short", "expires_in": 60})

    world.upstream.identity += [short]
    await get(world)
    clock.advance(29)
    await get(world)
    assert len(world.upstream.to("identity.test")) == 1
    clock.advance(2)
    await get(world)
    assert len(world.upstream.to("identity.test")) == 2


async def test_processes_of_one_store_share_a_token(store: Store, clock: FakeClock):
    upstream = Upstream()
    first = make_world(store, clock, upstream=upstream)
    second = make_world(store, clock, upstream=upstream)
    await get(first)
    await get(second)
    assert upstream.tokens == 1


async def test_processes_that_start_together_ask_once(store: Store):
    upstream = Upstream()
    worlds = [make_world(store, SystemClock(), upstream=upstream) for _ in range(3)]
    async with anyio.create_task_group() as calls:
        for world in worlds:
            calls.start_soon(get, world)
    assert upstream.tokens == 1
    assert len(upstream.api_requests) == 3


async def test_a_process_that_died_while_asking_holds_nobody_up_for_long(
    store: Store, clock: FakeClock
):
    def leave_lease(tables: Tables) -> None:
        ends = clock.now() + timedelta(seconds=20)
        tables.kept.put(lease_name(NAME), "somebody who was killed", ends)

    await store.quick(leave_lease)
    world = make_world(store, clock)
    await get(world)
    assert world.upstream.tokens == 1
    assert 19 <= sum(clock.slept) <= 21


async def test_calls_that_all_hear_401_renew_once(world: World):
    refused = f"Bearer {TICKET}-1"

    def answer(request: httpx2.Request) -> httpx2.Response:
        over = request.headers["Authorization"] == refused
        return reply(401, {"Detail": "TokenExpired"}) if over else reply(200, {"Invoices": []})

    world.upstream.api += [answer] * 20
    async with anyio.create_task_group() as calls:
        for _ in range(5):
            calls.start_soon(get, world)
    assert world.upstream.tokens == 2


async def test_the_other_process_takes_the_renewed_token_from_the_store(
    store: Store, clock: FakeClock
):
    upstream = Upstream()
    first = make_world(store, clock, upstream=upstream)
    second = make_world(store, clock, upstream=upstream)
    await get(first)
    await get(second)
    upstream.api += [reply(401, {"Detail": "TokenExpired"})]
    await get(first)
    upstream.api += [reply(401, {"Detail": "TokenExpired"})]
    await get(second)
    assert upstream.tokens == 2


async def test_broad_scopes_are_asked_for_where_the_app_has_no_granular_ones(world: World):
    world.upstream.identity += [reply(400, INVALID_SCOPE)]
    assert await world.client.check_token(SCOPES) == {"accounting.transactions"}
    assert [form["scope"] for form in world.upstream.forms()] == [
        "accounting.invoices accounting.payments",
        "accounting.transactions",
    ]


async def test_an_app_with_broad_scopes_is_remembered_for_a_day(store: Store, clock: FakeClock):
    upstream = Upstream(identity=[reply(400, INVALID_SCOPE)])
    await make_world(store, clock, upstream=upstream).client.check_token(SCOPES)
    await make_world(store, clock, upstream=upstream).client.check_token(READ_REPORT)
    clock.advance(86_401)
    await make_world(store, clock, upstream=upstream).client.check_token(READ_REPORT)
    assert [form["scope"] for form in upstream.forms()][2:] == [
        "accounting.reports.read",
        "accounting.reports.trialbalance.read",
    ]


async def test_an_app_that_got_granular_scopes_is_found_out(store: Store, clock: FakeClock):
    upstream = Upstream(identity=[reply(400, INVALID_SCOPE)])
    world = make_world(store, clock, upstream=upstream)
    await world.client.check_token(SCOPES)
    upstream.identity += [reply(400, INVALID_SCOPE)]
    assert await world.client.check_token(READ_REPORT) == READ_REPORT


async def test_an_app_that_has_neither_lacks_the_scope(world: World):
    world.upstream.identity += [reply(400, INVALID_SCOPE)] * 2
    with pytest.raises(XeroMcpError) as raised:
        await get(world)
    assert raised.value.code is ErrorCode.SCOPE_MISSING
    assert world.upstream.api_requests == []


async def test_a_wrong_secret_is_not_tried_again(world: World):
    world.upstream.identity += [reply(400, {"error": "invalid_client"})] * 9
    with pytest.raises(XeroMcpError) as raised:
        await get(world)
    assert raised.value.code is ErrorCode.NOT_CONNECTED
    assert len(world.upstream.seen) == 1


@pytest.mark.parametrize(
    "trouble", [reply(503, "busy"), httpx2.ConnectError("x"), reply(200, "<html>")]
)
async def test_a_sign_in_service_in_trouble_is_asked_again(
    world: World, trouble: httpx2.Response | Exception
):
    world.upstream.identity += [trouble]
    await get(world)
    assert len(world.upstream.to("identity.test")) == 2


async def test_a_sign_in_service_that_stays_away_is_unavailable(world: World):
    world.upstream.identity += [reply(503, "busy")] * 9
    with pytest.raises(XeroMcpError) as raised:
        await get(world)
    assert raised.value.code is ErrorCode.XERO_UNAVAILABLE
    assert len(world.upstream.seen) == 4


async def test_a_failure_to_get_a_token_lets_the_next_process_ask_at_once(
    store: Store, clock: FakeClock
):
    upstream = Upstream(identity=[reply(503, "busy")] * 4)
    with pytest.raises(XeroMcpError):
        await get(make_world(store, clock, upstream=upstream))
    slept = len(clock.slept)
    await get(make_world(store, clock, upstream=upstream))
    assert len(clock.slept) == slept


async def test_a_bearer_token_is_used_as_it_is(store: Store, clock: FakeClock):
    credentials = Credentials.bearer(Secret("bearer-abc"))
    world = make_world(store, clock, credentials=credentials)
    await get(world)
    assert world.upstream.api_requests[0].headers["Authorization"] == "Bearer bearer-abc"
    assert world.upstream.to("identity.test") == []


async def test_an_ended_bearer_token_says_so(store: Store, clock: FakeClock):
    credentials = Credentials.bearer(Secret("bearer-abc"))
    world = make_world(store, clock, credentials=credentials)
    world.upstream.api += [reply(401, {"Detail": "TokenExpired"})]
    with pytest.raises(XeroMcpError) as raised:
        await get(world)
    assert raised.value.code is ErrorCode.NOT_CONNECTED
    assert len(world.upstream.api_requests) == 1


async def test_nothing_in_the_store_gives_a_token_away(world: World, database: Path):
    await get(world)
    stored = b"".join(path.read_bytes() for path in database.parent.iterdir() if path.is_file())
    assert NAME.encode() in stored
    assert TICKET.encode() not in stored
    assert HUSH.encode() not in stored


async def test_a_token_that_does_not_open_is_replaced(store: Store, clock: FakeClock):
    upstream = Upstream()
    await get(make_world(store, clock, upstream=upstream))
    await store.quick(lambda tables: tables.kept.put(NAME, b"sealed with another key" * 5))
    await get(make_world(store, clock, upstream=upstream))
    assert upstream.tokens == 2


async def test_a_store_that_fails_costs_only_the_sharing_of_the_token(clock: FakeClock):
    world = make_world(BrokenStore(), clock)
    assert await world.client.check_token(SCOPES) == SCOPES
    assert await world.client.check_token(SCOPES) == SCOPES
    assert world.upstream.tokens == 1
