import anyio
import httpx2
import pytest

from tests.fakes import FakeClock
from tests.xero.world import ORGANISATION, World, make_world, reply
from xero_mcp.errors import XeroMcpError
from xero_mcp.store.base import Store
from xero_mcp.xero.client import XeroRules
from xero_mcp.xero.models.account import Accounts
from xero_mcp.xero.models.base import XeroWrite
from xero_mcp.xero.models.connection import OrganisationRef
from xero_mcp.xero.reference import ReferenceRules
from xero_mcp.xero.scoped import Grant, ScopedXero

ACCOUNTS = {"Accounts": [{"AccountID": "a", "Code": "200", "Name": "Sales", "Type": "REVENUE"}]}


class AccountWrite(XeroWrite):
    name: str


def settings(world: World, organisation: OrganisationRef = ORGANISATION) -> ScopedXero:
    grant = Grant(
        organisation=organisation,
        reaches=frozenset({("PUT", "/Accounts")}),
        scopes=frozenset({"accounting.settings"}),
        idempotency_key="k",
    )
    return world.client.scoped(grant)


def accounts(_: httpx2.Request) -> httpx2.Response:
    return reply(200, ACCOUNTS)


async def test_what_is_known_is_not_asked_for_again(world: World, clock: FakeClock):
    world.upstream.api += [accounts, accounts]
    for _ in range(3):
        assert (await settings(world).reference.accounts())[0].code == "200"
    assert len(world.upstream.api_requests) == 1
    clock.advance(901)
    await settings(world).reference.accounts()
    assert len(world.upstream.api_requests) == 2


async def test_a_caller_may_ask_for_something_younger(world: World, clock: FakeClock):
    world.upstream.api += [accounts, accounts]
    await settings(world).reference.accounts()
    clock.advance(60)
    await settings(world).reference.accounts(max_age_seconds=100)
    assert len(world.upstream.api_requests) == 1
    await settings(world).reference.accounts(max_age_seconds=30)
    assert len(world.upstream.api_requests) == 2


async def test_many_who_want_to_know_ask_once(world: World):
    world.upstream.api += [accounts] * 9
    async with anyio.create_task_group() as callers:
        for _ in range(9):
            callers.start_soon(settings(world).reference.accounts)
    assert len(world.upstream.api_requests) == 1


async def test_the_agents_own_token_serves_where_it_covers_settings(world: World):
    world.upstream.api += [accounts]
    await settings(world).reference.accounts()
    assert [form["scope"] for form in world.upstream.forms()] == ["accounting.settings"]


async def test_a_change_of_the_accounts_is_seen_at_once(world: World):
    world.upstream.api += [accounts, accounts, accounts]
    await settings(world).reference.accounts()
    await settings(world).put("/Accounts", Accounts, AccountWrite(name="New"))
    assert settings(world).reference.age_seconds("Accounts") is None
    await settings(world).reference.accounts()
    assert len(world.upstream.api_requests) == 3


async def test_organisations_do_not_mix(world: World):
    world.upstream.api += [accounts, reply(200, {"Accounts": []})]
    other = OrganisationRef(id="33333333-3333-4333-8333-333333333333", name="Other")
    assert len(await settings(world).reference.accounts()) == 1
    assert await settings(world, other).reference.accounts() == ()
    sent = [request.headers["Xero-Tenant-Id"] for request in world.upstream.api_requests]
    assert sent == [ORGANISATION.id, other.id]


GONE = {"Title": "Forbidden", "Status": 403, "Detail": "AuthenticationUnsuccessful"}


async def test_what_was_kept_of_an_organisation_goes_with_its_connection(world: World):
    world.upstream.api += [accounts, accounts, reply(403, GONE), accounts]
    other = OrganisationRef(id="33333333-3333-4333-8333-333333333333", name="Other")
    await settings(world).reference.accounts()
    await settings(world, other).reference.accounts()
    with pytest.raises(XeroMcpError, match="let"):
        await settings(world).put("/Accounts", Accounts, AccountWrite(name="New"))
    assert settings(world).reference.age_seconds("Accounts") is None
    assert settings(world, other).reference.age_seconds("Accounts") is not None


async def test_a_fetch_that_is_not_let_in_drops_what_was_kept_too(world: World):
    world.upstream.api += [accounts, reply(403, GONE)]
    await settings(world).reference.accounts()
    with pytest.raises(XeroMcpError, match="let"):
        await settings(world).reference.tax_rates()
    assert settings(world).reference.age_seconds("Accounts") is None


async def test_an_xero_that_is_away_takes_nothing_of_what_is_kept(world: World):
    world.upstream.api += [accounts, reply(404, {})]
    await settings(world).reference.accounts()
    with pytest.raises(XeroMcpError):
        await settings(world).put("/Accounts", Accounts, AccountWrite(name="New"))
    assert settings(world).reference.age_seconds("Accounts") is not None


async def test_memory_is_bounded(store: Store, clock: FakeClock):
    rules = XeroRules(reference=ReferenceRules(max_organisations=2))
    world = make_world(store, clock, rules=rules)
    world.upstream.api += [accounts] * 9
    three = [OrganisationRef(id=str(number), name="x") for number in range(3)]
    for organisation in three:
        await settings(world, organisation).reference.accounts()
    assert settings(world, three[2]).reference.age_seconds("Accounts") is not None
    assert settings(world, three[0]).reference.age_seconds("Accounts") is None


@pytest.mark.parametrize("organisations", [[], 1])
async def test_an_organisation_that_says_nothing_of_itself_is_an_error(
    world: World, organisations: object
):
    world.upstream.api += [reply(200, {"Organisations": organisations})]
    with pytest.raises(XeroMcpError):
        await settings(world).reference.organisation()


async def test_taxes_and_currencies_are_known_too(world: World):
    rates = {"TaxRates": [{"Name": "GST", "TaxType": "OUTPUT", "EffectiveRate": 15}]}
    currencies = {"Currencies": [{"Code": "USD", "Description": "Dollar"}]}
    world.upstream.api += [reply(200, rates), reply(200, currencies)]
    reference = settings(world).reference
    assert (await reference.tax_rates())[0].effective_rate == 15
    assert (await reference.currencies())[0].code == "USD"


async def test_tracking_is_fetched_with_what_is_archived_and_themes_as_they_are(world: World):
    category = {"TrackingCategoryID": "c", "Name": "Region", "Status": "ARCHIVED", "Options": None}
    theme = {"BrandingThemeID": "b", "Name": "Standard", "SortOrder": 0}
    world.upstream.api += [
        reply(200, {"TrackingCategories": [category]}),
        reply(200, {"BrandingThemes": [theme]}),
    ]
    reference = settings(world).reference
    for _ in range(2):
        assert (await reference.tracking())[0].name == "Region"
        assert (await reference.branding_themes())[0].sort_order == 0
    first, second = world.upstream.api_requests
    assert first.url.params["includeArchived"] == "true"
    assert (second.url.path.rsplit("/", 1)[1], dict(second.url.params)) == ("BrandingThemes", {})
    assert reference.age_seconds("TrackingCategories") == 0


class Counted:
    """Something to work out of the accounts; each time it is, another one."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> str:
        self.times += 1
        return f"made {self.times}"


async def made_of_accounts(
    world: World, work_out: Counted, *, by: str = "", organisation: OrganisationRef = ORGANISATION
) -> str:
    reference = settings(world, organisation).reference
    known = await reference.accounts()
    return reference.worked_out("Accounts", known, by=by, work_out=work_out)


async def test_what_was_worked_out_of_a_list_is_kept_with_it(world: World, clock: FakeClock):
    world.upstream.api += [accounts, accounts]
    work_out = Counted()
    assert [await made_of_accounts(world, work_out) for _ in range(3)] == ["made 1"] * 3
    clock.advance(901)
    assert await made_of_accounts(world, work_out) == "made 2"


async def test_a_change_of_the_accounts_works_everything_out_anew(world: World):
    world.upstream.api += [accounts, accounts, accounts]
    work_out = Counted()
    await made_of_accounts(world, work_out)
    await settings(world).put("/Accounts", Accounts, AccountWrite(name="New"))
    assert await made_of_accounts(world, work_out) == "made 2"


async def test_what_one_organisation_is_shown_is_worked_out_of_its_own_list(world: World):
    world.upstream.api += [accounts, accounts]
    other = OrganisationRef(id="33333333-3333-4333-8333-333333333333", name="Other")
    work_out = Counted()
    assert await made_of_accounts(world, work_out) == "made 1"
    assert await made_of_accounts(world, work_out, organisation=other) == "made 2"
    assert await made_of_accounts(world, work_out) == "made 1"


async def test_nothing_is_kept_of_a_list_that_was_forgotten_meanwhile(world: World):
    """Whoever still holds it is served; the next one must not hear of it."""
    world.upstream.api += [accounts, accounts]
    work_out, reference = Counted(), settings(world).reference
    old = await reference.accounts()
    world.client.forget_reference(ORGANISATION.id)
    assert reference.worked_out("Accounts", old, by="", work_out=work_out) == "made 1"
    new = await reference.accounts()
    assert reference.worked_out("Accounts", old, by="", work_out=work_out) == "made 2"
    assert reference.worked_out("Accounts", new, by="", work_out=work_out) == "made 3"
    assert reference.worked_out("Accounts", new, by="", work_out=work_out) == "made 3"


async def test_what_could_not_be_worked_out_is_tried_again(world: World):
    world.upstream.api += [accounts]

    def broken() -> str:
        raise LookupError("no such column")

    reference = settings(world).reference
    known = await reference.accounts()
    with pytest.raises(LookupError):
        reference.worked_out("Accounts", known, by="", work_out=broken)
    assert await made_of_accounts(world, Counted()) == "made 1"


async def test_what_was_not_used_for_longest_makes_room(store: Store, clock: FakeClock):
    rules = XeroRules(reference=ReferenceRules(max_worked_out=2))
    world = make_world(store, clock, rules=rules)
    world.upstream.api += [accounts]
    work_out = Counted()
    for by in ("usual", "full", "usual", "search 1", "usual", "search 2"):
        await made_of_accounts(world, work_out, by=by)
    assert work_out.times == 4
    assert await made_of_accounts(world, work_out, by="usual") == "made 1"
    assert await made_of_accounts(world, work_out, by="full") == "made 5"
