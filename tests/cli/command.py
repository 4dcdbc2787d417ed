"""Runs the real command line as a process of its own, as a shell would."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 60
ESCAPE = "\x1b"


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:  # noqa: ANN401 - whatever the command has to show
        return json.loads(self.out)

    @property
    def is_plain(self) -> bool:
        """Neither colours nor boxes."""
        said = self.out + self.err
        return ESCAPE not in said and not any("\u2500" <= char <= "\u257f" for char in said)

    @property
    def is_one_clear_line(self) -> bool:
        """Nothing on stdout; on stderr a sentence, and no traceback."""
        lines = self.err.strip().splitlines()
        return self.out == "" and len(lines) == 1 and "Traceback" not in self.err


class XeroMcp:
    """`xero-mcp` with a home folder of its own and nothing of this machine's settings."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.home = home
        self.folder = folder
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("XERO_")
        } | {"XERO_MCP_HOME": str(home), "PYTHONPATH": str(REPOSITORY), "TZ": "UTC"}

    def __call__(self, *arguments: str, **settings: str) -> Ended:
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment | settings,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        return Ended(code=done.returncode, out=done.stdout, err=done.stderr)

    def start(self, *arguments: str, **settings: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self.command(*arguments),
            env=self.environment | settings,
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    @staticmethod
    def command(*arguments: str) -> list[str]:
        return [sys.executable, "-m", "xero_mcp", *arguments]
