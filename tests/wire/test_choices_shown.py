"""The choices that a tool offers follow the policy in force, while the tools stay the same."""

import json

import pytest

from tests.wire.house import House
from tests.wire.raw_server import RawServer, raw_server
from tests.wire.waiting import until

DRAFTING = (
    "agent: clerk\norganisations: [Demo Company (Global)]\n"
    "access: { invoices: draft }\ntools: { only: [create-invoice] }\n"
)
POSTING = DRAFTING.replace("draft", "post")


def offered(server: RawServer) -> tuple[list[str], list[str]]:
    """The tools that are listed, and the statuses that create-invoice offers."""
    tools = server.ask("tools/list")["result"]["tools"]
    create = next(one for one in tools if one["name"] == "create-invoice")
    return [one["name"] for one in tools], create["inputSchema"]["properties"]["status"]["enum"]


def told(server: RawServer) -> int:
    methods = [json.loads(line).get("method") for line in list(server.lines)]
    return methods.count("notifications/tools/list_changed")


@pytest.mark.slow
def test_a_client_hears_of_new_choices_of_the_same_tools(house: House):
    house.write_policy(DRAFTING)
    with raw_server(house, "clerk") as server:
        names, statuses = offered(server)
        assert statuses == ["draft", "submitted"]
        house.write_policy(POSTING)
        until(lambda: told(server) == 1)
        assert offered(server) == (names, ["draft", "submitted", "authorised"])
