"""A server under measurement: a process of its own, its address, and what it costs."""

import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 30
STOP_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Running:
    """A server in a process of its own."""

    url: str
    process_id: int

    @property
    def mcp(self) -> str:
        """Where agents speak to it."""
        return f"{self.url}/mcp"

    def processor_seconds(self) -> float:
        """What it used of the processor until now."""
        fields = Path(f"/proc/{self.process_id}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """What it holds in memory."""
        lines = Path(f"/proc/{self.process_id}/status").read_text().splitlines()
        return next(int(one.split()[1]) for one in lines if one.startswith("VmRSS:")) / 1024


@contextmanager
def started(*command: str, home: Path, **settings: str) -> Generator[Running]:
    """`python …` that serves on a port of its own and says which, until the block ends."""
    log = home / f"log-{len(list(home.iterdir()))}"
    environment = {"XERO_MCP_HOME": str(home / "state"), "PYTHONPATH": ".", **settings}
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, *command],
            env={"PATH": "/usr/bin:/bin", **environment},
            stdout=said,
            stderr=said,
        )
    try:
        yield Running(_address(process, log), process.pid)
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        for word in log.read_text().split():
            if word.startswith("http://127.0.0.1:"):
                return f"http://{word.removeprefix('http://').split('/')[0].rstrip('.')}"
        time.sleep(0.05)
    raise SystemExit(f"it did not start:\n{log.read_text()}")
