"""compose.yaml: what it names exists here, and each part may do no more than it needs."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from tests.deploy.files import (
    DEPLOY,
    FILLED_PASSWORD,
    PORT,
    REPOSITORY,
    SECRETS,
    SETTINGS,
    compose,
    text_of,
    variables_in_compose,
    variables_of,
)
from xero_mcp.cli.main import build
from xero_mcp.settings import load_settings
from xero_mcp.transport.http.patience import Patience

FILLED = {
    "XERO_MCP_DOMAIN": "mcp.example.com",
    "XERO_MCP_OWNER_PASSWORD": "owner0",
    "XERO_MCP_SERVER_PASSWORD": FILLED_PASSWORD,
    "XERO_MCP_SECRET_KEY": "a-key-of-thirty-two-characters-00",
}
REPLICAS = ("xero-mcp-1", "xero-mcp-2")
TOP = {"name", "services", "networks", "volumes", "x-server"}
SERVICE = {
    "build",
    "cap_add",
    "cap_drop",
    "command",
    "depends_on",
    "environment",
    "healthcheck",
    "image",
    "init",
    "mem_limit",
    "networks",
    "pids_limit",
    "ports",
    "read_only",
    "restart",
    "security_opt",
    "stop_grace_period",
    "tmpfs",
    "volumes",
}
"""The words of the Compose specification that are used; a slip of the pen is none of them."""


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    return compose(FILLED)


@pytest.fixture(scope="module")
def services(whole: dict[str, Any]) -> dict[str, Any]:
    return whole["services"]


def test_every_word_is_one_of_compose(whole: dict[str, Any], services: dict[str, Any]) -> None:
    assert set(whole) == TOP
    for service in services.values():
        assert set(service) <= SERVICE


def test_every_variable_stands_in_the_example_and_what_is_needed_is_asked_for() -> None:
    asked = variables_in_compose()
    assert set(asked) == set(variables_of("example.env"))
    needed = {name for name, how in asked.items() if how == "?"}
    assert needed == set(FILLED)
    assert not any(variables_of("example.env")[name] for name in needed), "an example has no value"
    for name in needed:
        with pytest.raises(AssertionError, match=name):
            compose(FILLED | {name: ""})


@pytest.mark.parametrize("name", [*REPLICAS, "migrate"])
def test_the_settings_of_the_server_are_good_ones(services: dict[str, Any], name: str) -> None:
    given = services[name]["environment"]
    assert set(given) <= SETTINGS
    settings = load_settings(environment=given, env_file=Path("/nonexistent"))
    assert settings.database_is_postgres
    assert settings.shown()


def test_replicas_share_their_settings_and_nothing_of_their_state(services: dict[str, Any]) -> None:
    first, second = (services[name] for name in REPLICAS)
    assert first["environment"] == second["environment"]
    states = [one["volumes"][0].partition(":") for one in (first, second)]
    assert states[0][0] != states[1][0]
    home = re.search(r"XERO_MCP_HOME=(\S+)", text_of("Dockerfile"))
    assert home
    assert {state[2] for state in states} == {home[1]}


def test_only_the_migration_signs_in_as_the_owner_of_the_tables(services: dict[str, Any]) -> None:
    for name in REPLICAS:
        assert "owner" not in services[name]["environment"]["XERO_MCP_DATABASE_URL"]
        assert FILLED["XERO_MCP_OWNER_PASSWORD"] not in str(services[name])
    migration = services["migrate"]["environment"]
    assert "xero_mcp_owner" in migration["XERO_MCP_DATABASE_URL"]
    assert not set(migration) & SECRETS


def test_the_command_of_the_migration_is_one_of_ours(services: dict[str, Any]) -> None:
    group, name = services["migrate"]["command"]
    command = typer.main.get_command(build())
    assert isinstance(command, TyperGroup)
    inner = command.commands[group]
    assert isinstance(inner, TyperGroup)
    assert name in inner.commands


@pytest.mark.parametrize("name", [*REPLICAS, "migrate"])
def test_a_server_may_write_its_state_alone(services: dict[str, Any], name: str) -> None:
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "ports" not in service
    assert all(one.endswith(":ro") for one in service.get("volumes", [])[1:])


def test_a_server_gets_the_time_that_it_takes_to_stop(services: dict[str, Any]) -> None:
    patience = Patience()
    for name in REPLICAS:
        assert services[name]["init"] is True, "signals reach the server"
        given = float(services[name]["stop_grace_period"].removesuffix("s"))
        assert given > patience.finishing + patience.cutting


def test_the_database_is_reached_from_inside_alone(
    whole: dict[str, Any], services: dict[str, Any]
) -> None:
    assert services["postgres"]["networks"] == ["inside"]
    assert whole["networks"]["inside"] == {"internal": True}
    assert [name for name, one in services.items() if "ports" in one] == ["proxy"]
    assert "inside" not in services["proxy"]["networks"]


def test_everything_starts_after_what_it_needs(services: dict[str, Any]) -> None:
    for service in services.values():
        needs = service.get("depends_on", {})
        assert set(needs) <= set(services)
        for name, how in needs.items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[name]
            if how["condition"] == "service_completed_successfully":
                assert services[name]["restart"] == "no", "it ends, and is not started again"


def test_every_volume_network_and_file_is_there(
    whole: dict[str, Any], services: dict[str, Any]
) -> None:
    named: set[str] = set()
    for service in services.values():
        assert set(service["networks"]) <= set(whole["networks"])
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            if source.startswith("."):
                assert (DEPLOY / source).exists(), source
            else:
                named.add(source)
    assert named == set(whole["volumes"])
    for name in (*REPLICAS, "migrate"):
        building = services[name]["build"]
        assert (DEPLOY / building["context"]).resolve() == REPOSITORY
        assert (REPOSITORY / building["dockerfile"]).is_file()


def test_images_of_others_are_tags_of_one_version(services: dict[str, Any]) -> None:
    theirs = {one["image"] for one in services.values() if "build" not in one}
    assert all(re.fullmatch(r"[a-z]+:\d+(\.\d+)*", image) for image in theirs), theirs


def test_the_proxy_knows_each_replica_by_its_name_and_port() -> None:
    found = re.search(r"XERO_MCP_REPLICAS:([^}]+)\}", text_of("Caddyfile"))
    assert found
    assert found[1].split() == [f"{name}:{PORT}" for name in REPLICAS]


def test_filled_in_secrets_are_kept_out_of_the_repository() -> None:
    ignored = (REPOSITORY / ".gitignore").read_text().splitlines()
    assert "/deploy/.env" in ignored
