"""One replica: a real `xero-mcp serve --transport http` that a test kills and starts again."""

import re
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.wire.bounds import KILL_SECONDS, ROOT

START_SECONDS = 60.0
"""For it to listen, on a machine that is busy with others."""
POLL_SECONDS = 0.05
WHERE = re.compile(r"http://127\.0\.0\.1:[0-9]+")


@dataclass
class Replica:
    """Its own state folder; what it shares with the others is in the settings."""

    folder: Path
    settings: Mapping[str, str]
    url: str = ""
    """Where it listens; of a dead one, where it did."""
    starts: int = 0
    _process: "subprocess.Popen[bytes] | None" = field(default=None)

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.starts += 1
        log = self.folder / f"said-{self.starts}.txt"
        command = ("serve", "--transport", "http", "--port", "0")
        with log.open("wb") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "xero_mcp", *command],
                env={
                    "PATH": "/usr/bin:/bin",
                    "PYTHONPATH": str(ROOT),
                    "XERO_MCP_HOME": str(self.folder / "home"),
                    **self.settings,
                },
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        self.url = self._where(log, self._process)

    def kill(self) -> None:
        """As a power cut does: it has no time for a word."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(KILL_SECONDS)

    @staticmethod
    def _where(log: Path, process: "subprocess.Popen[bytes]") -> str:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and process.poll() is None:
            found = WHERE.search(log.read_text(encoding="utf-8"))
            if found:
                return found[0]
            time.sleep(POLL_SECONDS)
        process.kill()
        process.wait(KILL_SECONDS)
        raise AssertionError(f"a replica did not start: {log.read_text(encoding='utf-8')}")
