"""Tokens of a sign-in: renewed in time, by one process at a time, and never lost."""

from datetime import datetime, timedelta

import anyio
import anyio.lowlevel
import pytest

from tests.fakes import FakeClock
from tests.xero.sign_in_world import GLOBAL, UK, DyingStore, FullStore, KilledError, SignInWorld
from tests.xero.world import KEY, BrokenStore
from xero_mcp.clock import SystemClock
from xero_mcp.errors import ErrorCode, StoreUnavailableError, XeroMcpError
from xero_mcp.store.base import Store
from xero_mcp.store.tables.sign_ins import Rotation, SignInRow
from xero_mcp.xero.secret import Sealer, Secret
from xero_mcp.xero.sign_in_refresh import Refresher
from xero_mcp.xero.sign_in_seal import sealed
from xero_mcp.xero.sign_in_tokens import App
from xero_mcp.xero.sign_ins import SignIns
from xero_mcp.xero.tokens import Token

HALF_AN_HOUR = 1_800
DAY = 86_400
CRASHES = [
    pytest.param({"dies_after": 1}, id="with the lease, before Xero is asked"),
    pytest.param({"dies_before": 2}, id="between Xero's answer and saving it"),
    pytest.param({"dies_after": 2}, id="saved, before it is used"),
]


@pytest.fixture
def world(store: Store, clock: FakeClock) -> SignInWorld:
    return SignInWorld(store=store, clock=clock)


async def error_of(process: Refresher, row: SignInRow) -> XeroMcpError:
    with pytest.raises(XeroMcpError) as raised:
        await process.token(row.id)
    return raised.value


async def test_a_token_is_renewed_two_minutes_before_it_ends(world: SignInWorld, clock: FakeClock):
    row, process = await world.connect(), world.process()
    first = await process.token(row.id)
    clock.advance(HALF_AN_HOUR - 121)
    assert (await process.token(row.id)).text == first.text
    clock.advance(2)
    second = await process.token(row.id)
    assert second.text != first.text
    assert await world.works(second.text)
    assert world.line.grants() == 1


async def test_however_many_calls_wait_one_refreshes(world: SignInWorld, clock: FakeClock):
    row, process = await world.connect(), world.process()
    clock.advance(HALF_AN_HOUR)
    async with anyio.create_task_group() as calls:
        for _ in range(8):
            calls.start_soon(process.token, row.id)
    assert world.line.grants() == 1


async def test_processes_that_refresh_at_once_ask_once(world: SignInWorld, clock: FakeClock):
    row = await world.connect()
    clock.advance(HALF_AN_HOUR)
    got: list[Token] = []

    async def use(process: Refresher) -> None:
        got.append(await process.token(row.id))

    async with anyio.create_task_group() as calls:
        for _ in range(4):
            calls.start_soon(use, world.process())
    assert world.line.grants() == 1
    assert len({token.text for token in got}) == 1


async def test_a_refused_token_is_replaced_once_for_all_who_hear_so(world: SignInWorld):
    row, one, other = await world.connect(), world.process(), world.process()
    first = await one.token(row.id)
    second = await one.token(row.id, instead_of=first)
    assert second.text != first.text
    assert (await other.token(row.id, instead_of=first)).text == second.text
    assert world.line.grants() == 1


@pytest.mark.parametrize("crash", CRASHES)
async def test_a_process_that_is_killed_at_any_step_loses_nothing(
    world: SignInWorld, clock: FakeClock, crash: dict[str, int]
):
    row = await world.connect()
    clock.advance(HALF_AN_HOUR)
    dying = DyingStore(world.store, **crash)
    with pytest.raises(KilledError):
        await world.process(store=dying).token(row.id)
    token = await world.process().token(row.id)
    assert await world.works(token.text)
    clock.advance(HALF_AN_HOUR)
    assert await world.works((await world.process().token(row.id)).text)
    found = await world.row(row.id)
    assert found is not None
    assert found.over_at is None


async def test_who_was_killed_holds_the_next_one_up_no_longer_than_its_lease(
    world: SignInWorld, clock: FakeClock
):
    row = await world.connect()
    clock.advance(HALF_AN_HOUR)
    with pytest.raises(KilledError):
        await world.process(store=DyingStore(world.store, dies_after=1)).token(row.id)
    clock.slept.clear()
    await world.process().token(row.id)
    assert sum(clock.slept) <= 21


async def test_an_answer_that_was_never_saved_is_lost_after_the_grace(
    world: SignInWorld, clock: FakeClock
):
    row = await world.connect()
    clock.advance(HALF_AN_HOUR)
    with pytest.raises(KilledError):
        await world.process(store=DyingStore(world.store, dies_before=2)).token(row.id)
    clock.advance(HALF_AN_HOUR + 1)
    error = await error_of(world.process(), row)
    assert error.code is ErrorCode.NOT_CONNECTED
    assert "xero-mcp connect" in error.next_step
    found = await world.row(row.id)
    assert found is not None
    assert found.over_at is not None


async def test_an_answer_that_got_lost_is_asked_for_again(world: SignInWorld, clock: FakeClock):
    row = await world.connect()
    clock.advance(HALF_AN_HOUR)
    world.line.lose_answers = 2
    token = await world.process().token(row.id)
    assert await world.works(token.text)
    assert world.line.grants() == 3


async def test_a_sign_in_service_that_is_away_ends_nothing(world: SignInWorld, clock: FakeClock):
    row, process = await world.connect(), world.process()
    clock.advance(HALF_AN_HOUR)
    world.line.lose_answers = 4
    assert (await error_of(process, row)).code is ErrorCode.XERO_UNAVAILABLE
    assert await world.works((await process.token(row.id)).text)


async def test_what_cannot_be_saved_is_not_used_and_not_asked_for_twice(
    world: SignInWorld, clock: FakeClock
):
    row = await world.connect()
    clock.advance(HALF_AN_HOUR)
    full = FullStore(world.store)
    process = world.process(store=full)
    with pytest.raises(StoreUnavailableError):
        await process.token(row.id)
    with pytest.raises(StoreUnavailableError):
        await process.token(row.id)
    full.is_full = False
    token = await process.token(row.id)
    assert await world.works(token.text)
    assert world.line.grants() == 1
    assert (await world.process().token(row.id)).text == token.text


async def test_a_caller_that_gives_up_does_not_lose_the_answer(
    world: SignInWorld, clock: FakeClock
):
    row = await world.connect()
    clock.advance(HALF_AN_HOUR)
    process = world.process()
    async with anyio.create_task_group() as calls:
        calls.start_soon(process.token, row.id)
        for _ in range(10_000):
            await anyio.lowlevel.checkpoint()
            if world.line.grants():
                break
        calls.cancel_scope.cancel()
    assert world.line.grants() == 1
    found = await world.row(row.id)
    assert found is not None
    assert found.generation == 2, "it was saved all the same"


async def lose_newest(world: SignInWorld, row: SignInRow) -> None:
    """Leave in the store a refresh token that Xero does not know, beside the one before it."""
    process = world.process()
    found = await world.row(row.id)
    assert found is not None
    kept = process.opened(found)
    broken = type(kept)(
        access_token=kept.access_token,
        access_ends_at=world.clock.now(),
        refresh_token=Secret("nobody-knows-this-one"),
        rotated_at=world.clock.now(),
        previous=kept.refresh_token,
        client_secret=kept.client_secret,
    )
    rotation = Rotation(
        id=row.id,
        generation=found.generation,
        sealed=sealed(broken, Sealer(KEY), sign_in_id=row.id),
        scopes=found.scopes,
        refreshed_at=world.clock.now(),
        refresh_by=world.clock.now() + timedelta(days=60),
    )
    assert await world.store.write(lambda tables: tables.sign_ins.rotate(rotation))


async def test_the_token_before_serves_for_half_an_hour_where_the_newest_is_no_good(
    world: SignInWorld, clock: FakeClock
):
    row = await world.connect()
    await lose_newest(world, row)
    clock.advance(HALF_AN_HOUR - 1)
    assert await world.works((await world.process().token(row.id)).text)


async def test_after_half_an_hour_the_token_before_is_not_even_tried(
    world: SignInWorld, clock: FakeClock
):
    row = await world.connect()
    await lose_newest(world, row)
    clock.advance(HALF_AN_HOUR + 1)
    assert (await error_of(world.process(), row)).code is ErrorCode.NOT_CONNECTED
    assert world.line.grants() == 1


async def test_a_sign_in_that_nobody_uses_ends_after_sixty_days(
    world: SignInWorld, clock: FakeClock
):
    row = await world.connect()
    clock.advance(60 * DAY + 1)
    error = await error_of(world.process(), row)
    assert error.code is ErrorCode.NOT_CONNECTED
    assert "60 days" in error.message
    asked = world.line.grants()
    assert (await error_of(world.process(), row)).message == error.message
    assert world.line.grants() == asked, "what has ended is not asked for again"


async def test_a_server_keeps_a_sign_in_that_nobody_uses(world: SignInWorld, clock: FakeClock):
    row = await world.connect()
    sign_ins = SignIns(world.desk())
    for _ in range(13):
        assert await sign_ins.refresh_idle() == (1 if _ else 0)
        clock.advance(5 * DAY)
    assert await world.works((await world.process().token(row.id)).text)


async def test_a_consent_that_was_revoked_ends_the_sign_in(world: SignInWorld, clock: FakeClock):
    row = await world.connect()
    kept = world.process().opened(row)
    async with world.http() as http:
        form = {"token": kept.refresh_token.reveal(), "client_id": row.client_id}
        (await http.post("/connect/revocation", data=form)).raise_for_status()
    clock.advance(HALF_AN_HOUR)
    error = await error_of(world.process(), row)
    assert error.code is ErrorCode.NOT_CONNECTED
    assert "xero-mcp connect" in error.next_step


async def test_tokens_under_another_key_say_so(world: SignInWorld):
    row = await world.connect()
    error = await error_of(world.process(sealer=Sealer(b"another-key-of-32-bytes-or-more!")), row)
    assert error.code is ErrorCode.NOT_CONNECTED
    assert "another key" in error.message


async def test_sealed_tokens_do_not_open_in_another_row(world: SignInWorld):
    one, other = await world.connect(GLOBAL), await world.connect(UK)
    with pytest.raises(XeroMcpError):
        world.process().opened(other._replace(sealed=one.sealed))


async def test_a_wrong_secret_of_the_app_ends_nothing(world: SignInWorld, clock: FakeClock):
    app = App(client_id="demo", secret=Secret("demo-secret"))
    row = await world.connect(app=app)
    clock.advance(HALF_AN_HOUR)
    wrong = world.process(secrets={"demo": Secret("wrong")})
    error = await error_of(wrong, row)
    assert "secret" in error.message
    assert await world.works((await world.process().token(row.id)).text)


async def test_a_secret_that_was_changed_in_the_settings_is_the_one_that_counts(
    world: SignInWorld, clock: FakeClock
):
    app = App(client_id="demo", secret=Secret("demo-secret"))
    row = await world.connect(app=app)
    clock.advance(HALF_AN_HOUR)
    right = world.process(secrets={"demo": Secret("demo-secret")})
    await right.token(row.id)
    sent = [r for r in world.line.seen if b"refresh_token=" in r.content][-1]
    assert sent.headers["Authorization"].startswith("Basic ")
    assert b"demo-secret" not in sent.content


async def test_a_store_that_is_away_does_not_end_the_sign_in(world: SignInWorld):
    row = await world.connect()
    with pytest.raises(StoreUnavailableError):
        await world.process(store=BrokenStore()).token(row.id)


async def test_processes_on_real_time_refresh_once(world: SignInWorld, clock: FakeClock):
    """The same race by the real clock, so that threads of the store really overlap."""
    row = await world.connect()
    clock.advance(HALF_AN_HOUR)
    shift = clock.now() - SystemClock().now()

    class Shifted(SystemClock):
        def now(self) -> datetime:
            return super().now() + shift

    async with anyio.create_task_group() as calls:
        for _ in range(6):
            calls.start_soon(world.process(clock=Shifted()).token, row.id)
    assert world.line.grants() == 1
