"""An address stands for one call of one tool, and bends into no other."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xero_mcp.tools.resources import RESOURCES, address, meant

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
