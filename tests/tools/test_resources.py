"""An address stands for one call of one tool, and bends into no other."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xero_mcp.changes.resources import RESOURCES as KINDS
from xero_mcp.tools.catalog import CATALOG
from xero_mcp.tools.resources import RECORD, RESOURCES, Resource, address, followed, meant

NAMES = st.text(min_size=1, max_size=40)


@given(organisation=NAMES)
def test_any_organisations_name_comes_through_an_address(organisation: str):
    found = meant(address(organisation, "accounts"))
    assert found == ("list-accounts", {"organisation": organisation})


@given(organisation=NAMES, report=st.from_regex(r"[a-z-]{1,30}", fullmatch=True))
def test_a_report_is_named_in_the_path(organisation: str, report: str):
    tool, arguments = meant(address(organisation, f"report/{report}")) or ("", {})
    assert (tool, arguments["report"]) == ("run-report", report)


@given(text=st.text(max_size=80))
def test_no_text_breaks_it(text: str):
    for uri in (text, f"xero://{text}", f"xero://a/{text}", f"xero://a/report/{quote(text)}"):
        found = meant(uri)
        assert found is None or found[0] in {one.tool for one in RESOURCES}


def test_a_query_adds_arguments_and_changes_neither_organisation_nor_report():
    uri = "xero://A/report/gst?report=trial-balance&organisation=B&date=2026-01-31"
    assert meant(uri) == (
        "run-report",
        {"report": "gst", "organisation": "A", "date": "2026-01-31"},
    )


@pytest.mark.parametrize(
    "uri",
    [
        "xero:///accounts",
        "xero://A",
        "xero://A/accounts/more",
        "xero://A/report",
        "xero://A/users",
        "http://A/accounts",
        "xero://A/accounts#part",
        "xero://[/accounts",
        "xero://A/accounts?" + "x" * 2_000,
    ],
)
def test_anything_else_is_no_resource(uri: str):
    assert meant(uri) is None


RECORDS = [pytest.param(one, id=one.path) for one in RESOURCES if RECORD in one.path]
ID = "9f0b3a52-6a8e-4f0e-9d21-0c1d2e3f4a5b"


@pytest.mark.parametrize("resource", RECORDS)
def test_a_record_is_read_by_its_tool_and_followed_under_its_kind(resource: Resource):
    uri = f"xero://A/{resource.path.replace(RECORD, ID.upper())}"
    tool, arguments = meant(uri) or ("", {})
    declared = next(one for one in CATALOG if one.name == tool)
    parsed = declared.args.model_validate(arguments).model_dump()
    assert ID in parsed.values()
    found = followed(uri)
    assert found is not None
    assert (found.organisation, found.tool, found.id) == ("A", tool, ID)
    assert found.changes in {one.name for one in KINDS}


def test_every_kind_of_thing_in_the_feed_has_an_address():
    assert {one.changes for one in RESOURCES} - {""} == {one.name for one in KINDS}


@pytest.mark.parametrize(
    "uri",
    [
        f"xero://A/invoices/{ID}?page=2",
        "xero://A/invoices/INV-1",
        "xero://A/organisation",
        "xero://A/report/trial-balance",
        f"xero://A/users/{ID}",
        "xero://A/invoices",
        f"https://A/invoices/{ID}",
    ],
)
def test_what_nobody_would_hear_of_is_not_followed(uri: str):
    assert followed(uri) is None


def test_all_accounts_are_followed_at_once():
    found = followed("xero://A/accounts")
    assert found is not None
    assert (found.changes, found.id) == ("accounts", None)
