"""`audit crosscheck` as a person runs it: against a company of its own."""

from functools import partial

import anyio
import httpx2
import pytest

from tests.cli.command import XeroMcp
from tests.cli.company import Company, company
from tests.cli.test_reconcile import ask_for_bill

GLOBAL = ("--organisation", "Demo Company (Global)")
CROSSCHECK = ("audit", "crosscheck", "--since")
LONG_AGO = "2026-01-01"


def steal(at: Company) -> None:
    """Enter a bill with our own credentials, past the server."""
    form = {"grant_type": "client_credentials"}
    with httpx2.Client(base_url=at.url, timeout=10) as thief:
        token = thief.post("/connect/token", data=form, auth=("demo", "demo-secret")).json()
        thief.headers["Authorization"] = f"Bearer {token['access_token']}"
        thief.headers["Accept"] = "application/json"
        known = thief.get("/connections").json()
        own = next(one for one in known if one["tenantName"] == GLOBAL[1])
        thief.headers["Xero-Tenant-Id"] = own["tenantId"]
        contact = thief.get("/api.xro/2.0/Contacts?page=1").json()["Contacts"][0]["ContactID"]
        line = {"Description": "x", "Quantity": 1, "UnitAmount": 999, "AccountCode": "461"}
        body = {
            "Type": "ACCPAY",
            "Contact": {"ContactID": contact},
            "InvoiceNumber": "STOLEN",
            "LineItems": [line],
        }
        assert thief.put("/api.xro/2.0/Invoices", json=body).status_code == 200


def began(run: XeroMcp) -> str:
    """The moment of the first record: what the demo company was filled with is older."""
    return run("audit", "list", "--json").json()[-1]["at"]


@pytest.mark.slow
def test_a_change_past_the_server_is_listed_and_ends_with_1(xero_mcp: XeroMcp) -> None:
    with company(xero_mcp, "--control") as at:
        anyio.run(partial(ask_for_bill, xero_mcp, at, "A-1"))
        since = (*CROSSCHECK, began(xero_mcp), "--window-minutes", "1")
        clean = xero_mcp(*since, *GLOBAL, **at.settings)
        assert clean.code == 0, clean.err
        assert "1 changes by Demo App, each with its record." in clean.out
        assert "requests to Xero" in clean.err
        steal(at)
        found = xero_mcp(*since, *GLOBAL, **at.settings)
        assert found.code == 1
        assert "no record" in found.out
        assert "Created by Demo App: Invoices STOLEN" in found.out
        as_json = xero_mcp(*since, *GLOBAL, "--json", **at.settings)
        assert as_json.code == 1
        [one] = as_json.json()
        assert [each["number"] for each in one["found"]] == ["STOLEN"]
        too_many = xero_mcp(*since, *GLOBAL, "--max-requests", "14", **at.settings)
        assert too_many.code == 2
        assert "--max-requests" in too_many.err
        nobody = xero_mcp(*since, "--organisation", "Nobody Ltd", **at.settings)
        assert nobody.code == 1
        assert "Demo Company (NZ)" in nobody.err
    gone = xero_mcp(*since, *GLOBAL, **at.settings)
    assert gone.code == 3
    marks = xero_mcp("audit", "list", "--needs-look").out
    assert marks.count("held the log against Xero's history") == 2
    assert xero_mcp("audit", "verify").code == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((LONG_AGO, "--demo"), "demo-company"),
        (("yesterday",), "no moment"),
    ],
)
def test_what_cannot_be_asked_is_said(
    xero_mcp: XeroMcp, options: tuple[str, ...], said: str
) -> None:
    ended = xero_mcp(*CROSSCHECK, *options)
    assert ended.code == 2
    assert said in ended.err


def test_where_nothing_was_ever_recorded_it_is_said(xero_mcp: XeroMcp) -> None:
    ended = xero_mcp(*CROSSCHECK, LONG_AGO)
    assert ended.code == 1
    assert ended.is_one_clear_line
