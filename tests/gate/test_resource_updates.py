"""Who subscribed to a record hears when it changes, as long as the agent may read it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from mcp import MCPError

from tests.gate.test_suspension import stop
from tests.gate.told import ELSEWHERE, READER, Fed, fed, guid
from xero_mcp.transport.resource_updates import MAX_OF_ONE, ResourceUpdates
from xero_mcp.transport.subscriptions import Buses

BASE = "xero://Demo%20Company%20(Global)"
INVOICE = f"{BASE}/invoices/{guid(1)}"


class Client:
    """A connection that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def send_resource_updated(self, uri: str) -> None:
        self.told.append(uri)


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Fed]:
    async with fed(tmp_path) as opened:
        yield opened


@pytest.fixture
def updates(told: Fed) -> ResourceUpdates:
    return ResourceUpdates(told.house.gate, Buses())


async def subscribed(updates: ResourceUpdates, *uris: str) -> Client:
    client = Client()
    for uri in uris:
        await updates.subscribe("clerk", uri, client, conversation="one")
    return client


async def test_a_change_is_told_once_to_those_who_subscribed(told: Fed, updates: ResourceUpdates):
    await told.put(1)
    client = await subscribed(updates, INVOICE)
    await updates.look(1)
    assert client.told == [], "what was before is not told"
    for number in (1, 2, 1):
        await told.put(number, now={"total": f"{number}"})
        told.house.clock.advance(1)
    await updates.look(1)
    assert client.told == [INVOICE]
    await updates.look(1)
    assert client.told == [INVOICE]
    updates.unsubscribe("clerk", INVOICE, conversation="one")
    await told.put(1)
    await updates.look(1)
    assert client.told == [INVOICE]


async def test_an_address_by_id_or_in_capitals_means_the_same_record(
    told: Fed, updates: ResourceUpdates
):
    ids = f"xero://{told.organisation_id}/invoices/{guid(171).upper()}"
    client = await subscribed(updates, ids)
    await told.put(171)
    await updates.look(1)
    assert client.told == [ids]


async def test_a_collection_is_told_of_each_of_its_records(told: Fed, updates: ResourceUpdates):
    told.house.write_policy(f"{READER}  accounts: read\n")
    client = await subscribed(updates, f"{BASE}/accounts")
    await told.put(5, area="accounts")
    await updates.look(1)
    assert client.told == [f"{BASE}/accounts"]


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        (f"{BASE}/bank-transactions/{guid(1)}", "NOT_ALLOWED"),
        (f"xero://Demo%20Company%20(UK)/invoices/{guid(1)}", "ORGANISATION_UNKNOWN"),
        (f"xero://{ELSEWHERE}/invoices/{guid(1)}", "ORGANISATION_UNKNOWN"),
        (f"{BASE}/invoices/INV-1", "no such resource"),
        (f"{BASE}/report/trial-balance", "nobody hears"),
        (f"{INVOICE}?page=2", "no such resource"),
        ("https://example.com", "no such resource"),
    ],
)
async def test_what_may_not_be_heard_of_is_refused(updates: ResourceUpdates, uri: str, said: str):
    with pytest.raises(MCPError, match=said):
        await updates.subscribe("clerk", uri, Client(), conversation="one")
    assert updates.subscriptions == 0


async def test_a_bill_is_not_told_to_who_reads_sales_alone(told: Fed, updates: ResourceUpdates):
    """Its address does not tell which of the two it is; the change does."""
    client = await subscribed(updates, INVOICE)
    await told.put(1, area="bills")
    await updates.look(1)
    assert client.told == []


@pytest.mark.parametrize("what", ["policy", "tool", "suspension", "organisation"])
async def test_who_may_read_it_no_more_is_told_no_more(
    told: Fed, updates: ResourceUpdates, what: str
):
    client = await subscribed(updates, INVOICE)
    if what == "suspension":
        await stop(told.house)
    else:
        others = {
            "policy": READER.replace("invoices: read", "invoices: off"),
            "tool": f"{READER}tools: {{ except: [get-invoice] }}\n",
            "organisation": READER.replace("(Global)", "(NZ)"),
        }
        told.house.write_policy(others[what])
    await told.put(1)
    await updates.look(1)
    assert client.told == []


async def test_nobody_subscribes_without_end(updates: ResourceUpdates):
    uris = [f"{BASE}/invoices/{guid(number)}" for number in range(MAX_OF_ONE + 1)]
    await subscribed(updates, *uris[:MAX_OF_ONE])
    with pytest.raises(MCPError, match="at most"):
        await subscribed(updates, uris[MAX_OF_ONE])
    assert len(await updates.listened("clerk", uris)) == MAX_OF_ONE
    updates.gone("one")
    updates.left("clerk", uris[:MAX_OF_ONE])
    assert updates.subscriptions == 0


async def test_a_connection_that_does_not_stay_is_told_so(updates: ResourceUpdates):
    with pytest.raises(MCPError, match="does not stay open"):
        await updates.subscribe("clerk", INVOICE, Client(), conversation="")


async def test_the_same_wish_twice_is_one_subscription(told: Fed, updates: ResourceUpdates):
    client = await subscribed(updates, INVOICE, INVOICE)
    await told.put(1)
    await updates.look(1)
    assert client.told == [INVOICE]
    assert updates.subscriptions == 1


async def test_two_streams_share_a_place_until_both_have_ended(updates: ResourceUpdates):
    assert await updates.listened("clerk", [INVOICE, "nonsense", INVOICE]) == [INVOICE]
    assert await updates.listened("clerk", [INVOICE]) == [INVOICE]
    updates.left("clerk", [INVOICE])
    assert updates.subscriptions == 1
    updates.left("clerk", [INVOICE])
    assert updates.subscriptions == 0
