"""The client against the demo company: over a socket where connections are to be lost."""

import random
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from tests.demo_company.box import GLOBAL, TestClock, empty_companies
from tests.demo_company.socket_server import serving
from tests.xero.world import KEY
from xero_mcp.clock import SystemClock
from xero_mcp.demo_company.app import create_app
from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.store.base import Store
from xero_mcp.xero.client import Surroundings, XeroClient, XeroRules
from xero_mcp.xero.credentials import Credentials, XeroHosts
from xero_mcp.xero.models.contact import Contact, ContactRef, Contacts, ContactsWrite, ContactWrite
from xero_mcp.xero.models.invoice import (
    Invoice,
    Invoices,
    InvoicesWrite,
    InvoiceType,
    InvoiceWrite,
)
from xero_mcp.xero.models.line_item import LineItemWrite
from xero_mcp.xero.models.report import Reports
from xero_mcp.xero.network import HttpSource, in_process, network
from xero_mcp.xero.retry import RetryRules
from xero_mcp.xero.scoped import Grant, ScopedXero
from xero_mcp.xero.scopes import scopes_for
from xero_mcp.xero.secret import Sealer, Secret
from xero_mcp.xero.where import eq, guid, where

REACHES = frozenset(
    {
        ("GET", "/Invoices"),
        ("GET", "/Invoices/{InvoiceID}"),
        ("PUT", "/Invoices"),
        ("GET", "/Contacts"),
        ("PUT", "/Contacts"),
        ("GET", "/Reports/ProfitAndLoss"),
        ("GET", "/Reports/TrialBalance"),
    }
)
SCOPES = scopes_for(REACHES)
QUICK = XeroRules(retries=RetryRules(base_seconds=0.01, cap_seconds=0.02))


@pytest.fixture(scope="module")
def base_url() -> Generator[str]:
    with serving() as url:
        yield url


def make_client(store: Store, http: HttpSource, url: str = "http://localhost") -> XeroClient:
    randomness = random.SystemRandom()
    return XeroClient(
        XeroHosts(api_url=url, identity_url=url),
        Credentials.custom_connection("demo", Secret("demo-secret")),
        http,
        Surroundings(
            store=store,
            clock=SystemClock(),
            sealer=Sealer(KEY),
            randomness=randomness,
            instance=f"{randomness.getrandbits(64):x}",
        ),
        rules=QUICK,
    )


@dataclass
class Demo:
    client: XeroClient
    control: httpx2.AsyncClient

    async def aim(self, kind: str, **where_to: object) -> None:
        answer = await self.control.post("/_demo/faults", json={"kind": kind, **where_to})
        answer.raise_for_status()

    async def scoped(self, key: str = "intent-1") -> ScopedXero:
        known = await self.client.organisations(SCOPES)
        organisation = next(one for one in known if one.name == GLOBAL)
        grant = Grant(
            organisation=organisation, reaches=REACHES, scopes=SCOPES, idempotency_key=key
        )
        return self.client.scoped(grant)

    async def contact(self) -> Contact:
        body = ContactsWrite(contacts=(ContactWrite(name="Bolt Ltd"),))
        made = await (await self.scoped("contact")).put("/Contacts", Contacts, body)
        return made.contacts[0]

    async def invoices(self) -> tuple[Invoice, ...]:
        xero = await self.scoped()
        return (await xero.get("/Invoices", Invoices, params={"page": 1})).invoices


@asynccontextmanager
async def opened(client: XeroClient, control: httpx2.AsyncClient) -> AsyncGenerator[Demo]:
    async with control:
        (await control.post("/_demo/reset")).raise_for_status()
        yield Demo(client=client, control=control)
    await client.close()


@pytest.fixture
async def demo(store: Store, base_url: str) -> AsyncIterator[Demo]:
    """Over a socket."""
    control = httpx2.AsyncClient(base_url=base_url, trust_env=False)
    async with opened(make_client(store, network(), base_url), control) as made:
        yield made


@pytest.fixture
async def inside(store: Store) -> AsyncIterator[Demo]:
    """In this process."""
    clock = TestClock()
    app = create_app(clock, companies=empty_companies, control=True)
    transport = httpx2.ASGITransport(app=app)
    control = httpx2.AsyncClient(transport=transport, base_url="http://localhost")
    async with opened(make_client(store, in_process(app)), control) as made:
        yield made
    await app.aclose()


def bill(contact: Contact) -> InvoicesWrite:
    line = LineItemWrite(
        description="Bolts",
        quantity=Decimal(3),
        unit_amount=Decimal("12.50"),
        account_code="429",
    )
    write = InvoiceWrite(
        type=InvoiceType.ACCPAY,
        contact=ContactRef(contact_id=contact.contact_id),
        line_items=(line,),
        invoice_number="B-1",
    )
    return InvoicesWrite(invoices=(write,))


@pytest.mark.parametrize(
    "kind", ["drop_after", "drop_before", "truncated_json", "server_error", "html"]
)
async def test_a_lost_answer_is_fetched_again_and_one_invoice_exists(demo: Demo, kind: str):
    contact = await demo.contact()
    await demo.aim(kind, method="PUT", path="/Invoices")
    xero = await demo.scoped()
    made = await xero.put("/Invoices", Invoices, bill(contact))
    assert len(xero.requests) == 2
    assert [one.invoice_id for one in await demo.invoices()] == [made.invoices[0].invoice_id]


async def test_a_connection_lost_for_good_leaves_one_invoice_and_the_truth(demo: Demo):
    contact = await demo.contact()
    await demo.aim("drop_after", method="PUT", path="/Invoices", times=4)
    xero = await demo.scoped("intent-7")
    with pytest.raises(XeroMcpError) as raised:
        await xero.put("/Invoices", Invoices, bill(contact))
    assert raised.value.code is ErrorCode.OUTCOME_UNKNOWN
    assert "Do not send it again" in raised.value.next_step
    assert [request.status for request in xero.requests] == [None] * 4
    (stored,) = await demo.invoices()

    again = await demo.scoped("intent-7")
    made = await again.put("/Invoices", Invoices, bill(contact))
    assert made.invoices[0].invoice_id == stored.invoice_id
    assert len(await demo.invoices()) == 1


async def test_a_connection_lost_before_anything_happened_is_unknown_too(demo: Demo):
    contact = await demo.contact()
    await demo.aim("drop_before", method="PUT", path="/Invoices", times=4)
    with pytest.raises(XeroMcpError) as raised:
        await (await demo.scoped()).put("/Invoices", Invoices, bill(contact))
    assert raised.value.code is ErrorCode.OUTCOME_UNKNOWN
    assert await demo.invoices() == ()


async def test_the_same_holds_in_process(inside: Demo):
    contact = await inside.contact()
    await inside.aim("drop_after", method="PUT", path="/Invoices", times=4)
    with pytest.raises(XeroMcpError) as raised:
        await (await inside.scoped()).put("/Invoices", Invoices, bill(contact))
    assert raised.value.code is ErrorCode.OUTCOME_UNKNOWN
    assert len(await inside.invoices()) == 1


async def test_nobody_at_home_is_unavailable_and_nothing_was_changed(store: Store):
    with serving() as url:
        pass  # the port was somebody's a moment ago, and is nobody's now
    client = make_client(store, network(), url)
    with pytest.raises(XeroMcpError) as raised:
        await client.organisations(SCOPES)
    assert raised.value.code is ErrorCode.XERO_UNAVAILABLE
    await client.close()


async def test_a_key_used_for_something_else_was_sent_before_so_nobody_knows(inside: Demo):
    contact = await inside.contact()
    body = bill(contact)
    await (await inside.scoped("same")).put("/Invoices", Invoices, body)
    other = InvoicesWrite(invoices=(body.invoices[0].model_copy(update={"invoice_number": "B-2"}),))
    with pytest.raises(XeroMcpError) as raised:
        await (await inside.scoped("same")).put("/Invoices", Invoices, other)
    assert raised.value.code is ErrorCode.OUTCOME_UNKNOWN
    assert len(await inside.invoices()) == 1


async def test_a_refusal_keeps_xeros_messages(inside: Demo):
    contact = await inside.contact()
    (await (await inside.scoped("a")).put("/Invoices", Invoices, bill(contact)))
    line = LineItemWrite(description="x", unit_amount=Decimal(1), account_code="nope")
    wrong = InvoiceWrite(
        type=InvoiceType.ACCPAY,
        contact=ContactRef(contact_id=contact.contact_id),
        line_items=(line,),
    )
    with pytest.raises(XeroMcpError) as raised:
        await (await inside.scoped("b")).put(
            "/Invoices", Invoices, InvoicesWrite(invoices=(wrong,))
        )
    assert raised.value.code is ErrorCode.XERO_REJECTED
    assert "nope" in " ".join(detail.message for detail in raised.value.details)
    assert all(detail.path for detail in raised.value.details)


@pytest.mark.parametrize(
    ("kind", "aim", "code"),
    [
        ("offline", {}, ErrorCode.XERO_UNAVAILABLE),
        ("maintenance", {}, ErrorCode.XERO_UNAVAILABLE),
        ("unavailable", {"times": 9}, ErrorCode.XERO_UNAVAILABLE),
        ("html", {"times": 9}, ErrorCode.XERO_UNAVAILABLE),
        ("rate_limited", {"retry_after_seconds": 90}, ErrorCode.XERO_RATE_LIMITED),
        ("token_expired", {"times": 9}, ErrorCode.NOT_CONNECTED),
        ("disconnected", {}, ErrorCode.NOT_CONNECTED),
    ],
)
async def test_each_trouble_has_its_name(
    inside: Demo, kind: str, aim: dict[str, Any], code: ErrorCode
):
    xero = await inside.scoped()
    await inside.aim(kind, method="GET", path="/Invoices", **aim)
    with pytest.raises(XeroMcpError) as raised:
        await xero.get("/Invoices", Invoices)
    assert raised.value.code is code


@pytest.mark.parametrize("kind", ["token_expired", "server_error", "slow_body", "unavailable"])
async def test_trouble_that_passes_is_not_noticed(inside: Demo, kind: str):
    await inside.aim(kind, method="GET", path="/Invoices")
    assert await inside.invoices() == ()


async def test_an_unknown_invoice_is_not_found(inside: Demo):
    xero = await inside.scoped()
    with pytest.raises(XeroMcpError) as raised:
        await xero.get(
            "/Invoices/{InvoiceID}",
            Invoices,
            ids={"InvoiceID": "00000000-0000-4000-8000-000000000000"},
        )
    assert raised.value.code is ErrorCode.XERO_NOT_FOUND


async def test_xero_refuses_what_a_narrow_token_does_not_cover(inside: Demo):
    wide = await inside.scoped()
    narrow = Grant(
        organisation=wide.organisation,
        reaches=REACHES,
        scopes=frozenset({"accounting.contacts.read"}),
        idempotency_key="k",
    )
    with pytest.raises(XeroMcpError) as raised:
        await inside.client.scoped(narrow).get("/Invoices", Invoices)
    assert raised.value.code is ErrorCode.SCOPE_MISSING


async def test_an_app_of_the_broad_era_is_served_with_broad_scopes(store: Store):
    clock = TestClock()
    app = create_app(clock, companies=empty_companies, scopes="broad")
    client = make_client(store, in_process(app))
    assert await client.check_token(frozenset({"accounting.invoices.read"})) == {
        "accounting.transactions.read"
    }
    await client.close()
    await app.aclose()


async def test_filters_find_what_they_name(inside: Demo):
    contact = await inside.contact()
    await (await inside.scoped("a")).put("/Invoices", Invoices, bill(contact))
    xero = await inside.scoped()
    found = await xero.get(
        "/Invoices",
        Invoices,
        params={
            "where": where(
                "Invoices",
                guid("Contact.ContactID", contact.contact_id),
                eq("InvoiceNumber", "B-1"),
            ),
            "page": 1,
        },
    )
    assert [one.invoice_number for one in found.invoices] == ["B-1"]
    assert found.invoices[0].total is not None
    assert isinstance(found.invoices[0].line_items[0].quantity, Decimal)
    assert found.pagination is not None
    nothing = await xero.get(
        "/Contacts", Contacts, params={"where": where("Contacts", eq("Name", '" OR 1==1 OR "'))}
    )
    assert nothing.contacts == ()


async def test_the_organisations_facts_and_reports_are_understood(inside: Demo):
    xero = await inside.scoped()
    reference = xero.reference
    organisation = await reference.organisation()
    assert (organisation.base_currency, organisation.name) == ("USD", GLOBAL)
    accounts = await reference.accounts()
    assert {"BANK", "REVENUE"} <= {account.type for account in accounts}
    assert await reference.tax_rates()
    assert "USD" in {currency.code for currency in await reference.currencies()}
    for name in ("ProfitAndLoss", "TrialBalance"):
        report = (await xero.get(f"/Reports/{name}", Reports)).reports[0]
        assert report.rows
    assert len(xero.requests) == 6


async def test_a_steady_server_asks_for_nothing_but_what_was_called_for(inside: Demo):
    await inside.invoices()
    before = (await inside.control.get("/_demo/stats")).json()
    for _ in range(10):
        await inside.invoices()
    after = (await inside.control.get("/_demo/stats")).json()
    assert after["requests"] - before["requests"] == 10
