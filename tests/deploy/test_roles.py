"""roles.sql on a real PostgreSQL: what the compose file does before the replicas start."""

import os
import subprocess
from pathlib import Path

import psycopg
import pytest

from tests.cli.command import XeroMcp
from tests.deploy.files import DEPLOY, FILLED_PASSWORD
from tests.store.postgres_server import Server, programs

OWNER, SERVER = "postgres", "xero_mcp_server"


@pytest.fixture
def xero_mcp(tmp_path: Path) -> XeroMcp:
    folder = tmp_path / "folder"
    folder.mkdir()
    return XeroMcp(home=tmp_path / "home", folder=folder)


def run_roles(
    postgres: Server, database: str, password: str | None
) -> "subprocess.CompletedProcess[str]":
    given = {"SERVER_PASSWORD": password} if password is not None else {}
    return subprocess.run(
        [programs("18") / "psql", "--no-psqlrc", "--file", DEPLOY / "roles.sql"],
        env={
            "PATH": os.environ["PATH"],
            "PGHOST": postgres.folder,
            "PGDATABASE": database,
            "PGUSER": OWNER,
            **given,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def setting(url: str) -> dict[str, str]:
    return {"XERO_MCP_DATABASE_URL": url}


@pytest.mark.slow
def test_the_servers_role_does_its_work_and_cannot_change_the_log(
    postgres: Server, xero_mcp: XeroMcp
) -> None:
    database = postgres.new_database()
    made = xero_mcp("store", "migrate", **setting(postgres.url(database, user=OWNER)))
    assert made.code == 0, made.err
    for _ in range(2):  # after each migration anew
        done = run_roles(postgres, database, FILLED_PASSWORD)
        assert done.returncode == 0, done.stderr
    as_server = setting(postgres.url(database, user=SERVER))
    who = ("--as", "jane@example.com", "--reason", "a try")
    stopped = xero_mcp("policy", "suspend", "ap-clerk", *who, **as_server)
    assert stopped.code == 0, stopped.err
    assert xero_mcp("agents", "add", "ap-clerk", **as_server).code == 0
    assert xero_mcp("audit", "verify", **as_server).code == 0
    with postgres.plain(database, user=SERVER) as connection:
        for statement in (
            "UPDATE audit SET seq = seq",
            "DELETE FROM audit",
            "TRUNCATE audit",
            "DROP TABLE audit",
            "DELETE FROM audit_sought",
            "UPDATE audit_sought SET agent = 'x'",
            "TRUNCATE audit_sought",
            "DELETE FROM audit_checkpoints",
            "DELETE FROM migrations",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


def test_without_a_password_no_role_is_made(postgres: Server) -> None:
    database = postgres.new_database()
    done = run_roles(postgres, database, None)
    assert done.returncode == 3, "psql's word for a script that failed"
    assert "SERVER_PASSWORD is not set" in done.stderr
