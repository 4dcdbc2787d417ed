"""The commands over PostgreSQL, as a person types them."""

import psycopg
import pytest

from tests.cli.command import XeroMcp
from tests.store.postgres_server import Server

MIGRATIONS = "0001_core: done"


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.url(postgres.new_house(), user="postgres:hunter2")


@pytest.mark.slow
def test_the_commands_work_on_postgres(xero_mcp: XeroMcp, url: str):
    setting = {"XERO_MCP_DATABASE_URL": url}
    made = xero_mcp("store", "migrate", **setting)
    assert made.code == 0, made.err
    assert made.out.startswith(MIGRATIONS)
    assert MIGRATIONS not in xero_mcp("store", "migrate", **setting).out
    who = ("--as", "jane@example.com", "--reason", "a try")
    stopped = xero_mcp("policy", "suspend", "ap-clerk", *who, **setting)
    assert stopped.code == 0, stopped.err
    [record] = xero_mcp("audit", "list", "--json", **setting).json()
    assert record["kind"] == "policy"
    assert xero_mcp("audit", "verify", **setting).code == 0
    exported = xero_mcp("audit", "export", **setting)
    assert record["id"] in exported.out
    assert xero_mcp("audit", "checkpoint", **setting).code == 0
    assert not list(xero_mcp.home.glob("*.db"))


def test_doctor_looks_into_it_and_says_nothing_secret(xero_mcp: XeroMcp, url: str):
    said = xero_mcp("doctor", XERO_MCP_DATABASE_URL=url, XERO_MCP_AGENT="ap-clerk")
    assert "0 audit records" in said.out
    assert "postgres:****@" in said.out
    assert "XERO_MCP_SECRET_KEY" in said.out.partition("Settings")[0], "replicas should share one"
    assert "hunter2" not in said.out + said.err


@pytest.mark.parametrize("command", [("audit", "list"), ("store", "migrate"), ("doctor",)])
def test_a_database_that_is_not_there_is_told_without_the_password(
    xero_mcp: XeroMcp, command: tuple[str, ...]
):
    url = "postgresql://bob:hunter2@127.0.0.1:1/x"
    said = xero_mcp(*command, XERO_MCP_DATABASE_URL=url)
    assert said.code != 0
    assert "cannot be reached" in said.out + said.err
    assert "hunter2" not in said.out + said.err
    assert "Traceback" not in said.err


def test_a_url_that_is_not_one_is_never_repeated(xero_mcp: XeroMcp):
    url = "postgresql://bob:hun@ter2@db/x"
    said = xero_mcp("audit", "list", XERO_MCP_DATABASE_URL=url)
    assert said.is_one_clear_line
    assert said.code == 2
    assert "percent-encoded" in said.err
    assert "ter2" not in said.err


@pytest.mark.slow
def test_replicas_that_share_a_secret_sign_with_one_key(xero_mcp: XeroMcp, url: str):
    def key(secret: str) -> str:
        shown = xero_mcp(
            "audit", "public-key", XERO_MCP_DATABASE_URL=url, XERO_MCP_SECRET_KEY=secret
        )
        assert shown.code == 0, shown.err
        return shown.out

    assert key("one") == key("one")
    assert key("one") != key("another")
    assert not (xero_mcp.home / "checkpoint.key").exists()


def test_a_newer_database_is_refused(xero_mcp: XeroMcp, url: str):
    assert xero_mcp("store", "migrate", XERO_MCP_DATABASE_URL=url).code == 0
    with psycopg.connect(url, autocommit=True) as plain:
        plain.execute("INSERT INTO migrations VALUES ('9999_later', 'then')")
    said = xero_mcp("store", "migrate", XERO_MCP_DATABASE_URL=url)
    assert said.code == 3
    assert "newer xero-mcp" in said.err
