"""Several connections side by side: the organisation of a call decides which is used."""

from dataclasses import replace

import pytest

from tests.fakes import FakeClock
from tests.xero.sign_in_world import GLOBAL, HOSTS, NZ, UK, SignInWorld
from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.store.base import Store
from xero_mcp.xero.client import XeroClient
from xero_mcp.xero.credentials import Credentials
from xero_mcp.xero.models.connection import OrganisationRef
from xero_mcp.xero.models.contact import Contacts
from xero_mcp.xero.models.invoice import Invoices
from xero_mcp.xero.scoped import Grant
from xero_mcp.xero.secret import Secret
from xero_mcp.xero.sign_in_tokens import App, claims_of
from xero_mcp.xero.sign_ins import SignIns, is_consented

READ = frozenset({"accounting.invoices.read"})
WIDE = READ | {"accounting.contacts.read"}
CUSTOM = Credentials.custom_connection("demo-one", Secret("demo-secret"))
WEB_APP = App(client_id="web-app", secret=Secret("its-secret"))


@pytest.fixture
def world(store: Store, clock: FakeClock) -> SignInWorld:
    return SignInWorld(store=store, clock=clock)


def grant(world: SignInWorld, name: str, scopes: frozenset[str]) -> Grant:
    return Grant(
        organisation=OrganisationRef(id=world.organisation_id(name), name=name),
        reaches=frozenset({("GET", "/Invoices"), ("GET", "/Contacts")}),
        scopes=scopes,
    )


async def read(
    client: XeroClient, world: SignInWorld, name: str, scopes: frozenset[str] = READ
) -> None:
    await client.scoped(grant(world, name, scopes)).get("/Invoices", Invoices)


async def error_of(
    client: XeroClient, world: SignInWorld, name: str, scopes: frozenset[str] = READ
) -> XeroMcpError:
    with pytest.raises(XeroMcpError) as raised:
        await read(client, world, name, scopes)
    return raised.value


def app_used(world: SignInWorld) -> object:
    """Whose token the last call went out with."""
    token = world.line.seen[-1].headers["Authorization"].removeprefix("Bearer ")
    return claims_of(token)["client_id"]


async def names(client: XeroClient) -> list[str]:
    return [one.name for one in await client.organisations(READ)]


async def test_the_organisation_of_a_call_decides_whose_token_it_carries(world: SignInWorld):
    await world.connect(NZ)
    await world.connect(UK, app=WEB_APP)
    client = world.client(own=CUSTOM)
    assert await names(client) == [GLOBAL, NZ, UK]
    for name, app in ((GLOBAL, "demo-one"), (NZ, "my-app"), (UK, "web-app"), (NZ, "my-app")):
        await read(client, world, name)
        assert app_used(world) == app


async def test_sign_ins_alone_are_enough(world: SignInWorld):
    await world.connect(NZ)
    client = world.client()
    assert await names(client) == [NZ]
    await read(client, world, NZ)


async def test_without_any_connection_the_command_is_told(world: SignInWorld):
    with pytest.raises(XeroMcpError) as raised:
        await world.client().organisations(READ)
    assert raised.value.code is ErrorCode.NOT_CONNECTED
    assert "`xero-mcp connect`" in raised.value.next_step


async def test_an_organisation_that_nobody_connected_is_not_reached(world: SignInWorld):
    await world.connect(NZ)
    before = len(world.line.seen)
    error = await error_of(world.client(), world, UK)
    assert error.code is ErrorCode.NOT_CONNECTED
    assert len(world.line.seen) == before


async def test_an_app_that_people_sign_in_through_is_no_custom_connection(world: SignInWorld):
    assert WEB_APP.secret is not None
    await world.connect(NZ, app=WEB_APP)
    client = world.client(own=Credentials.custom_connection("web-app", WEB_APP.secret))
    assert await names(client) == [NZ]
    await read(client, world, NZ)
    assert world.line.grants("client_credentials") == 0


async def test_a_custom_connection_that_has_ended_takes_no_sign_in_with_it(world: SignInWorld):
    await world.connect(NZ)
    wrong = Credentials.custom_connection("demo-one", Secret("wrong"))
    client = world.client(own=wrong)
    assert await names(client) == [NZ]
    await read(client, world, NZ)


async def test_what_a_server_was_not_told_of_it_finds_within_seconds(
    world: SignInWorld, clock: FakeClock
):
    await world.connect(NZ)
    client = world.client()
    assert await names(client) == [NZ]
    await world.connect(UK)
    clock.advance(6)
    assert await names(client) == [NZ, UK]


async def test_a_call_beyond_the_agents_scopes_is_refused_though_the_consent_has_them(
    world: SignInWorld,
):
    await world.connect(NZ)
    before = len(world.line.seen)
    error = await error_of(world.client(), world, NZ, frozenset({"accounting.contacts.read"}))
    assert error.code is ErrorCode.SCOPE_MISSING
    assert len(world.line.seen) == before


async def test_a_call_beyond_the_consent_names_the_scope_and_the_command(world: SignInWorld):
    await world.connect(NZ)
    with pytest.raises(XeroMcpError) as raised:
        await world.client().scoped(grant(world, NZ, WIDE)).get("/Contacts", Contacts)
    assert raised.value.code is ErrorCode.SCOPE_MISSING
    assert [detail.message for detail in raised.value.details] == ["accounting.contacts.read"]
    assert "`xero-mcp connect`" in raised.value.next_step


@pytest.mark.parametrize(
    ("scope", "consented", "fits"),
    [
        ("accounting.invoices.read", "accounting.invoices", True),
        ("accounting.invoices.read", "accounting.transactions.read", True),
        ("accounting.invoices", "accounting.transactions", True),
        ("accounting.invoices", "accounting.transactions.read", False),
        ("accounting.invoices", "accounting.invoices.read", False),
        ("accounting.reports.aged.read", "accounting.reports.read", True),
        ("accounting.contacts.read", "accounting.transactions", False),
    ],
)
def test_a_consent_covers_a_scope_by_its_name_or_by_the_broad_one(
    scope: str, consented: str, *, fits: bool
):
    assert is_consented(scope, frozenset({consented})) is fits


async def test_an_organisation_cut_off_in_xero_is_told_with_the_command_that_mends_it(
    world: SignInWorld, clock: FakeClock
):
    await world.connect(NZ, UK)
    client = world.client()
    await read(client, world, NZ)
    world.app.premises.disconnect(world.organisation_id(NZ))
    first = await error_of(client, world, NZ)
    assert first.code is ErrorCode.NOT_CONNECTED
    assert "`xero-mcp connect`" in first.next_step
    assert await names(client) == [NZ, UK], "so that a call hears why"
    asked = len(world.line.seen)
    second = await error_of(client, world, NZ)
    assert second.code is ErrorCode.NOT_CONNECTED
    assert "disconnected" in second.message
    assert len(world.line.seen) == asked, "Xero is not asked again"
    await read(client, world, UK)
    clock.advance(6)
    assert (await error_of(world.client(), world, NZ)).message == second.message


async def test_an_organisation_that_is_connected_again_works_again(world: SignInWorld):
    await world.connect(NZ, UK)
    client = world.client()
    world.app.premises.disconnect(world.organisation_id(NZ))
    await error_of(client, world, NZ)
    await client.organisations(READ)
    await world.connect(NZ)
    fresh = world.client()
    await read(fresh, world, NZ)


async def test_a_refusal_that_is_not_about_the_connection_cuts_nothing_off(world: SignInWorld):
    await world.connect(NZ)
    client = world.client()
    assert client.sign_ins is not None
    client.sign_ins.doubt(world.organisation_id(NZ))
    assert await names(client) == [NZ]
    await read(client, world, NZ)


async def test_doubts_about_one_sign_in_ask_xero_once_a_minute(
    world: SignInWorld, clock: FakeClock
):
    await world.connect(NZ)
    client = world.client()
    assert client.sign_ins is not None
    for _ in range(5):
        client.sign_ins.doubt(world.organisation_id(NZ))
        await client.organisations(READ)
    assert sum(r.url.path == "/connections" for r in world.line.seen) == 2, "connect asked once"
    clock.advance(61)
    client.sign_ins.doubt(world.organisation_id(NZ))
    await client.organisations(READ)
    assert sum(r.url.path == "/connections" for r in world.line.seen) == 3


async def test_disconnecting_takes_it_away_in_xero_and_here(world: SignInWorld):
    await world.connect(NZ, UK)
    sign_ins = SignIns(world.desk())
    assert await sign_ins.disconnect(world.organisation_id(NZ)) is True
    left = world.app.premises.grants.of("my-app")
    assert [one.organisation_id for one in left] == [world.organisation_id(UK)]
    client = world.client()
    assert await names(client) == [UK]
    await read(client, world, UK)


async def test_the_last_organisation_takes_the_sign_in_with_it(world: SignInWorld):
    row = await world.connect(NZ)
    await SignIns(world.desk()).disconnect(world.organisation_id(NZ))
    assert await world.row(row.id) is None


async def test_what_has_ended_can_still_be_taken_away_here(world: SignInWorld, clock: FakeClock):
    row = await world.connect(NZ)
    clock.advance(61 * 86_400)
    assert await SignIns(world.desk()).disconnect(world.organisation_id(NZ)) is False
    assert await world.row(row.id) is None


async def test_a_sign_in_at_one_host_is_never_used_at_another(world: SignInWorld):
    await world.connect(NZ)
    elsewhere = replace(HOSTS, identity_url="http://localhost:9")
    sign_ins = SignIns(world.desk(hosts=elsewhere))
    assert await sign_ins.organisations() == ()
    assert not await sign_ins.holds(world.organisation_id(NZ))


async def test_refreshing_by_hand_sees_what_xero_lists(world: SignInWorld):
    row = await world.connect(NZ, UK)
    world.app.premises.disconnect(world.organisation_id(NZ))
    sign_ins = SignIns(world.desk())
    await sign_ins.refresh(row.id)
    _, organisations = await sign_ins.all()
    assert {one.name: one.cut_off_at is not None for one in organisations} == {
        NZ: True,
        UK: False,
    }
    found = await world.row(row.id)
    assert found is not None
    assert found.generation == 2
