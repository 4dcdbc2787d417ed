"""What a load balancer hears: alive, and ready only when a call could go through."""

from tests.gate.world import World
from tests.http.on_a_port import Served, serving


async def ready(served: Served) -> tuple[int, dict[str, str]]:
    async with served.http() as http:
        answer = await http.get("/readyz")
    return answer.status_code, answer.json()


async def test_a_server_on_which_everything_is_well_is_ready(served: Served):
    status, found = await ready(served)
    assert status == 200
    assert found == {"ready": True, "store": "ok", "policy": "ok", "xero": "ok"}


async def test_without_one_good_policy_it_is_alive_but_not_ready(house: World):
    house.write_policy("agent: clerk\nnonsense: 1\n")
    async with serving(house) as site:
        status, found = await ready(site)
        async with site.http() as http:
            assert (await http.get("/healthz")).status_code == 200
    assert status == 503
    assert found["policy"] == "not ready"


async def test_xero_is_asked_at_most_once_a_minute_and_its_trouble_is_told(house: World):
    house.fault("offline", path="*", times=1_000)
    async with serving(house) as site:
        asked = [await ready(site) for _ in range(3)]
        assert {status for status, _ in asked} == {503}
        assert {found["xero"] for _, found in asked} == {"XERO_UNAVAILABLE"}
        house.demo.premises.faults.clear()
        assert (await ready(site))[0] == 503
        house.clock.advance(61)
        assert (await ready(site))[0] == 200


async def test_it_names_neither_agents_nor_organisations(served: Served):
    async with served.http() as http:
        text = (await http.get("/readyz")).text
    assert "clerk" not in text
    assert "Demo" not in text
