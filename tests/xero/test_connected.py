"""Which organisations are connected, told from the store alone, without a request."""

from pathlib import Path

import pytest

from tests.fakes import FakeClock
from tests.xero.sign_in_world import GLOBAL, NZ, UK, SignInWorld
from xero_mcp.store.base import Store
from xero_mcp.xero.client import XeroClient
from xero_mcp.xero.connected import Connected
from xero_mcp.xero.credentials import Credentials
from xero_mcp.xero.secret import Secret
from xero_mcp.xero.sign_in_tokens import App

READ = frozenset({"accounting.invoices.read"})
CUSTOM = Credentials.custom_connection("demo-one", Secret("demo-secret"))


@pytest.fixture
def world(store: Store, clock: FakeClock, database: Path) -> SignInWorld:
    del database  # over SQLite alone: what is read is tested over all of them elsewhere
    return SignInWorld(store=store, clock=clock)


async def connected(world: SignInWorld, client: XeroClient) -> Connected:
    asked = len(world.line.seen)
    found = await world.store.read(client.connected)
    assert len(world.line.seen) == asked
    return found


async def test_sign_ins_are_all_there_is_where_the_app_has_no_connection_of_its_own(
    world: SignInWorld,
):
    await world.connect(NZ)
    found = await connected(world, world.client())
    assert found.may_hold(world.organisation_id(NZ))
    assert not found.may_hold(world.organisation_id(UK))


async def test_without_any_connection_nothing_is_connected(world: SignInWorld):
    found = await connected(world, world.client())
    assert (found.ids, found.is_whole) == (frozenset(), True)


async def test_until_xero_listed_those_of_the_app_itself_nobody_knows(world: SignInWorld):
    await world.connect(NZ)
    client = world.client(own=CUSTOM)
    before = await connected(world, client)
    assert not before.is_whole
    assert before.may_hold(world.organisation_id(UK))
    await client.organisations(READ)
    after = await connected(world, world.client(own=CUSTOM))  # also in another process
    assert [after.may_hold(world.organisation_id(name)) for name in (GLOBAL, NZ, UK)] == [
        True,
        True,
        False,
    ]


async def test_an_app_that_people_sign_in_through_has_no_others(world: SignInWorld):
    app = App(client_id="web-app", secret=Secret("its-secret"))
    await world.connect(NZ, app=app)
    own = Credentials.custom_connection("web-app", Secret("its-secret"))
    found = await connected(world, world.client(own=own))
    assert found == Connected(ids=frozenset({world.organisation_id(NZ)}), is_whole=True)
