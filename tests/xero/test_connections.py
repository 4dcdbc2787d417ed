import httpx2
import pytest

from tests.fakes import FakeClock
from tests.xero.world import ORGANISATION, SCOPES, Upstream, World, make_world, reply
from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.store.base import Store
from xero_mcp.xero.models.connection import OrganisationRef
from xero_mcp.xero.models.invoice import Invoices


def row(tenant_id: str, name: str, kind: str = "ORGANISATION") -> dict[str, str]:
    return {
        "id": f"connection-{tenant_id}",
        "tenantId": tenant_id,
        "tenantType": kind,
        "tenantName": name,
        "createdDateUtc": "2019-12-07T18:46:19.5165400",
    }


def asked(world: World) -> int:
    return len(world.upstream.to("/connections"))


async def test_organisations_are_told_by_name_whatever_their_order(world: World):
    rows = [row("3", "Zeta"), row("p", "A practice", "PRACTICE"), row("1", "alpha\u202e")]
    world.upstream.connections += [reply(200, rows)]
    assert await world.client.organisations(SCOPES) == (
        OrganisationRef(id="1", name="alpha"),
        OrganisationRef(id="3", name="Zeta"),
    )


async def test_they_are_asked_for_once(world: World, clock: FakeClock):
    for _ in range(3):
        await world.client.organisations(SCOPES, looking_for="OURS")
        await world.client.organisations(SCOPES, looking_for=ORGANISATION.id.upper())
        clock.advance(3600)
    assert asked(world) == 1


async def test_they_are_asked_for_again_when_old(world: World, clock: FakeClock):
    await world.client.organisations(SCOPES)
    clock.advance(6 * 3600 + 1)
    await world.client.organisations(SCOPES)
    assert asked(world) == 2


async def test_processes_of_one_store_share_the_list(store: Store, clock: FakeClock):
    upstream = Upstream()
    first = make_world(store, clock, upstream=upstream)
    second = make_world(store, clock, upstream=upstream)
    found = await first.client.organisations(SCOPES)
    assert await second.client.organisations(SCOPES) == found
    assert asked(first) == 1


async def test_an_unknown_name_is_looked_for_at_most_once_a_minute(world: World, clock: FakeClock):
    await world.client.organisations(SCOPES)
    await world.client.organisations(SCOPES, looking_for="New Ltd")
    assert asked(world) == 1
    clock.advance(61)
    world.upstream.connections += [reply(200, [row("9", "New Ltd")])]
    found = await world.client.organisations(SCOPES, looking_for="New Ltd")
    assert [one.name for one in found] == ["New Ltd"]
    await world.client.organisations(SCOPES, looking_for="Newer Ltd")
    assert asked(world) == 2


async def test_a_403_makes_the_next_call_look_again(world: World, clock: FakeClock):
    await world.client.organisations(SCOPES)
    clock.advance(61)
    world.upstream.api += [reply(403, {"Title": "Forbidden"})]
    with pytest.raises(XeroMcpError):
        await world.scoped().get("/Invoices", Invoices)
    world.upstream.connections += [reply(200, [])]
    assert await world.client.organisations(SCOPES) == ()
    assert await world.client.organisations(SCOPES) == ()
    assert asked(world) == 2


async def test_while_xero_is_away_the_old_list_serves(world: World, clock: FakeClock):
    found = await world.client.organisations(SCOPES)
    clock.advance(7 * 3600)
    world.upstream.connections += [httpx2.ConnectError("x")] * 4
    world.upstream.identity += [httpx2.ConnectError("x")] * 4
    assert await world.client.organisations(SCOPES) == found


async def test_without_any_list_the_trouble_is_told(world: World):
    world.upstream.connections += [httpx2.ConnectError("x")] * 4
    with pytest.raises(XeroMcpError) as raised:
        await world.client.organisations(SCOPES)
    assert raised.value.code is ErrorCode.XERO_UNAVAILABLE


async def test_a_list_in_an_unknown_shape_is_unavailable(world: World):
    world.upstream.connections += [reply(200, {"oops": 1})]
    with pytest.raises(XeroMcpError) as raised:
        await world.client.organisations(SCOPES)
    assert raised.value.code is ErrorCode.XERO_UNAVAILABLE
