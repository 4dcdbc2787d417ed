import json
from base64 import urlsafe_b64decode

import pytest

from tests.demo_company.box import GLOBAL, Box, open_box
from tests.demo_company.sign_in import ACCOUNTS, bearer, signed_in


async def test_connections_list_all_in_an_order_that_changes(box: Box):
    await box.sign_in("demo")
    first = (await box.client.get("/connections")).json()
    second = (await box.client.get("/connections")).json()
    assert [each["id"] for each in first] != [each["id"] for each in second]
    assert {each["tenantName"] for each in first} == {
        f"Demo Company ({name})" for name in ("Global", "NZ", "UK")
    }
    assert set(first[0]) == {
        "id",
        "authEventId",
        "tenantId",
        "tenantType",
        "tenantName",
        "createdDateUtc",
        "updatedDateUtc",
    }
    assert first[0]["createdDateUtc"] == "2026-09-14T10:00:00.0000000"


async def test_connections_can_be_asked_by_their_sign_in(box: Box):
    await signed_in(box, GLOBAL)
    token = await signed_in(box, "Demo Company (UK)")
    payload = token["access_token"].split(".")[1]
    claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    event = claims["authentication_event_id"]
    answer = await box.client.get(f"/connections?authEventId={event}", headers=bearer(token))
    assert [each["tenantName"] for each in answer.json()] == ["Demo Company (UK)"]
    every = await box.client.get("/connections", headers=bearer(token))
    assert len(every.json()) == 2


async def test_a_deleted_connection_shuts_the_organisation(box: Box):
    await box.sign_in("demo")
    listed = (await box.client.get("/connections")).json()
    gone = await box.client.delete(f"/connections/{listed[0]['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    answer = await box.client.get(ACCOUNTS, headers={"xero-tenant-id": listed[0]["tenantId"]})
    assert answer.status_code == 403
    assert (await box.client.delete(f"/connections/{listed[0]['id']}")).status_code == 404


async def test_a_tenant_must_be_named_where_there_are_several(box: Box):
    await box.sign_in("demo")
    unnamed = await box.client.get(ACCOUNTS)
    assert unnamed.status_code == 403
    body = unnamed.json()
    assert (body["Title"], body["Status"]) == ("Forbidden", 403)
    assert body["Detail"] == "AuthenticationUnsuccessful"
    named = await box.client.get(ACCOUNTS, headers={"xero-tenant-id": box.company().id.upper()})
    assert named.status_code == 200
    await box.sign_in("demo-one")
    assert (await box.client.get(ACCOUNTS)).status_code == 200
    other = box.company("Demo Company (NZ)").id
    refused = await box.client.get(ACCOUNTS, headers={"xero-tenant-id": other})
    assert refused.status_code == 403


async def test_an_expired_token_says_when_it_ended(box: Box):
    await box.sign_in()
    box.clock.advance(minutes=30)
    answer = await box.client.get(ACCOUNTS)
    assert answer.status_code == 401
    body = answer.json()
    assert body.pop("Instance")
    assert body == {
        "Type": None,
        "Title": "Unauthorized",
        "Status": 401,
        "Detail": "TokenExpired: token expired at 09/14/2026 10:30:00",
        "Extensions": {},
    }


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic x", "Bearer \x7f"])
async def test_no_good_token_is_not_authenticated(box: Box, header: str):
    answer = await box.client.get(ACCOUNTS, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.json()["Detail"] == "AuthenticationUnsuccessful"


async def test_a_missing_scope_is_a_401_with_the_misspelt_word(box: Box):
    await box.sign_in(scope="accounting.settings.read")
    assert (await box.client.get(ACCOUNTS)).status_code == 200
    answer = await box.get("/Contacts")
    assert answer.status_code == 401
    assert answer.json()["Detail"] == "AuthorizationUnsuccessful"
    assert answer.headers["www-authenticate"] == 'Bearer error="insufficent_scope"'
    refused = await box.write("PUT", "/Accounts", {})
    assert refused.headers["www-authenticate"] == 'Bearer error="insufficent_scope"'


async def test_a_write_scope_implies_its_read_and_old_scopes_work_beside_new_ones():
    async with open_box(scopes="both") as box:
        await box.sign_in(scope="accounting.contacts accounting.transactions.read")
        assert (await box.get("/Contacts")).status_code == 200
        assert (await box.get("/Invoices")).status_code == 200
        assert (await box.get("/Payments")).status_code == 200
        assert (await box.write("PUT", "/Invoices", {})).status_code == 401
