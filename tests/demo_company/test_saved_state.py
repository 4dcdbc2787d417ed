import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.demo_company.box import Box, TestClock, open_box
from tests.demo_company.sign_in import bearer, refresh, signed_in
from xero_mcp.demo_company.app import create_app
from xero_mcp.demo_company.saved_state import StateFileError


async def everything(box: Box) -> dict[str, Any]:
    """All that can be seen of the books, without what differs in every answer."""
    seen: dict[str, Any] = {}
    for path in ("/Contacts", "/Accounts", "/Invoices", "/Payments", "/Reports/TrialBalance"):
        body = (await box.get(path)).json()
        seen[path] = {name: body[name] for name in body if name not in {"Id", "DateTimeUTC"}}
    return seen


async def trade(box: Box) -> None:
    contact = (await box.write("PUT", "/Contacts", {"Name": "Kept"})).json()["Contacts"][0]
    assert (await box.write("PUT", "/Contacts", {"Nonsense": 1})).status_code == 400
    box.clock.advance(minutes=3)
    invoice = {
        "Type": "ACCREC",
        "Contact": {"ContactID": contact["ContactID"]},
        "Date": "2026-09-14",
        "DueDate": "2026-10-14",
        "Status": "AUTHORISED",
        "LineItems": [
            {"Description": "Work", "Quantity": 1, "UnitAmount": 650, "AccountCode": "200"}
        ],
    }
    made = await box.write("PUT", "/Invoices", {"Invoices": [invoice]})
    assert made.status_code == 200, made.text
    box.clock.advance(minutes=3)
    payment = {
        "Invoice": {"InvoiceID": made.json()["Invoices"][0]["InvoiceID"]},
        "Account": {"Code": "090"},
        "Date": "2026-09-14",
        "Amount": 100,
    }
    paid = await box.write("PUT", "/Payments", payment)
    assert paid.status_code == 200, paid.text


async def test_the_books_are_the_same_after_a_restart(tmp_path: Path):
    path = str(tmp_path / "state.db")
    async with open_box(state_file=path) as box:
        await box.sign_in()
        await trade(box)
        before = await everything(box)
    async with open_box(state_file=path) as box:
        box.clock.advance(minutes=6)
        await box.sign_in()
        assert await everything(box) == before
        await box.write("PUT", "/Contacts", {"Name": "Later"})
        names = [c["Name"] for c in (await box.get("/Contacts")).json()["Contacts"]]
        assert sorted(names) == ["Kept", "Later"]


async def test_the_seeded_books_are_the_same_on_a_later_day(tmp_path: Path):
    path = str(tmp_path / "state.db")
    clock = TestClock()
    first = create_app(clock, state_file=path)
    await first.aclose()
    clock.advance(days=40)
    second = create_app(clock, state_file=path)
    await second.aclose()
    for ours, theirs in zip(
        first.premises.companies.values(), second.premises.companies.values(), strict=True
    ):
        assert ours.name == theirs.name
        for name, table in ours.tables.items():
            assert list(table) == list(theirs.table(name)), (ours.name, name)


async def test_a_reset_empties_the_file_as_well(tmp_path: Path):
    path = str(tmp_path / "state.db")
    async with open_box(state_file=path, control=True) as box:
        await box.sign_in()
        await trade(box)
        await box.client.post("/_demo/reset")
    async with open_box(state_file=path) as box:
        await box.sign_in()
        assert (await box.get("/Contacts")).json()["Contacts"] == []


async def test_a_file_that_is_begun_anew_keeps_nothing_and_may_have_another_seed(tmp_path: Path):
    path = str(tmp_path / "state.db")
    async with open_box(state_file=path) as box:
        token = await signed_in(box)
        await box.sign_in()
        await trade(box)
    async with open_box(state_file=path, begin_anew=True, seed=2) as box:
        assert (await refresh(box, token["refresh_token"])).status_code == 400
        await box.sign_in()
        assert (await box.get("/Contacts")).json()["Contacts"] == []
        await box.write("PUT", "/Contacts", {"Name": "New"})
    async with open_box(state_file=path, seed=2) as box:
        await box.sign_in()
        assert [one["Name"] for one in (await box.get("/Contacts")).json()["Contacts"]] == ["New"]


async def test_a_sign_in_outlives_a_restart(tmp_path: Path):
    path = str(tmp_path / "state.db")
    async with open_box(state_file=path) as box:
        token = await signed_in(box, "Demo Company (NZ)")
        used = (await refresh(box, token["refresh_token"])).json()
    async with open_box(state_file=path) as box:
        box.clock.advance(minutes=29)
        assert (await refresh(box, token["refresh_token"])).status_code == 200
        fresh = (await refresh(box, used["refresh_token"])).json()
        listed = await box.client.get("/connections", headers=bearer(fresh))
        assert [each["tenantName"] for each in listed.json()] == ["Demo Company (NZ)"]
        box.clock.advance(minutes=1)
        assert (await refresh(box, token["refresh_token"])).status_code == 400


async def test_a_deleted_connection_stays_deleted_after_a_restart(tmp_path: Path):
    path = str(tmp_path / "state.db")
    async with open_box(state_file=path) as box:
        await box.sign_in("demo")
        listed = (await box.client.get("/connections")).json()
        await box.client.delete(f"/connections/{listed[0]['id']}")
    async with open_box(state_file=path) as box:
        await box.sign_in("demo")
        assert len((await box.client.get("/connections")).json()) == 2


async def test_another_seed_than_the_files_is_refused_with_a_reason(tmp_path: Path):
    path = str(tmp_path / "state.db")
    async with open_box(state_file=path, seed=1):
        pass
    with pytest.raises(StateFileError, match="--seed 1 --size small"):
        async with open_box(state_file=path, seed=2):
            pass


async def test_a_file_that_is_no_state_file_is_refused_with_a_reason(tmp_path: Path):
    path = tmp_path / "notes.txt"
    path.write_text("these are notes " * 100)
    with pytest.raises(StateFileError, match="name another file"):
        async with open_box(state_file=str(path)):
            pass


async def test_no_token_is_written_into_the_file(tmp_path: Path):
    path = tmp_path / "state.db"
    async with open_box(state_file=str(path)) as box:
        await box.sign_in()
        await trade(box)
        token = box.client.headers["Authorization"].removeprefix("Bearer ")
        refreshable = (await signed_in(box))["refresh_token"]
    assert token.encode() not in path.read_bytes()
    assert refreshable.encode() not in path.read_bytes()


async def test_what_cannot_be_kept_is_not_done(tmp_path: Path):
    async with open_box(state_file=str(tmp_path / "state.db")) as box:
        await box.sign_in()
        with sqlite3.connect(tmp_path / "state.db") as other:
            other.execute("DROP TABLE writes")
        other.close()
        assert (await box.write("PUT", "/Contacts", {"Name": "Lost"})).status_code == 500
        assert (await box.get("/Contacts")).json()["Contacts"] == []
        assert len(box.app.premises.stats.unexpected_errors) == 1
