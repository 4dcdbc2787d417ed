"""A state folder of its own for a test, the commands over it, and a look at what it holds."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mcp import StdioServerParameters

from tests.wire.bounds import COMMAND_SECONDS, ROOT
from xero_mcp.app import open_office
from xero_mcp.audit.verify import Verdict
from xero_mcp.settings import load_settings

AUDIT_EXISTS = "SELECT 1 FROM sqlite_master WHERE name = 'audit'"
Record = dict[str, Any]


@dataclass
class House:
    """Where one test's servers and commands live."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def database(self) -> Path:
        return self.home / "xero-mcp.db"

    def full_environment(self) -> dict[str, str]:
        return {
            "XERO_MCP_HOME": str(self.home),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            **self.environment,
        }

    def connect_to(self, url: str, **more: str) -> None:
        """Let servers of this house speak to a demo company on a socket."""
        self.environment |= {
            "XERO_API_URL": url,
            "XERO_IDENTITY_URL": url,
            "XERO_LOGIN_URL": url,
            "XERO_CLIENT_ID": "demo",
            "XERO_CLIENT_SECRET": "demo-secret",
            **more,
        }

    def serve_command(self, agent: str) -> list[str]:
        demo = [] if "XERO_API_URL" in self.environment else ["--demo"]
        return [sys.executable, "-m", "xero_mcp", "serve", "--agent", agent, *demo]

    def parameters(self, agent: str) -> StdioServerParameters:
        command, *rest = self.serve_command(agent)
        return StdioServerParameters(
            command=command, args=rest, env=self.full_environment(), cwd=self.folder
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `xero-mcp …` as a person does."""
        return subprocess.run(
            [sys.executable, "-m", "xero_mcp", *arguments],
            env={"PATH": "/usr/bin:/bin", **self.full_environment()},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    def write_policy(self, text: str | bytes, name: str = "clerk") -> Path:
        folder = self.home / "policies"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.yaml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def records(self, **wanted: str) -> list[Record]:
        """The audit records, oldest first, read past the server."""
        if not self.database.exists():
            return []
        with closing(sqlite3.connect(f"{self.database.as_uri()}?mode=ro", uri=True)) as database:
            if not database.execute(AUDIT_EXISTS).fetchall():
                return []
            rows = database.execute("SELECT body FROM audit ORDER BY seq").fetchall()
        found: list[Record] = [json.loads(row[0]) for row in rows]
        return [one for one in found if wanted.items() <= one.items()]

    def kinds(self) -> list[str]:
        return [record["kind"] for record in self.records()]

    def change(self, sql: str, parameters: Mapping[str, object] | None = None) -> int:
        """Change the database behind the server's back, as only a test may."""
        with closing(sqlite3.connect(self.database)) as database, database:
            return database.execute(sql, dict(parameters or {})).rowcount

    def read(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[Any]:
        with closing(sqlite3.connect(f"{self.database.as_uri()}?mode=ro", uri=True)) as database:
            return database.execute(sql, dict(parameters or {})).fetchall()

    async def verify(self) -> Verdict:
        """Check the chain from the first record to the last."""
        settings = load_settings(environment=self.full_environment(), env_file=self.folder / "none")
        async with open_office(settings) as office:
            return await office.audit.verify()
