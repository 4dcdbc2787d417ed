"""`xero-mcp demo-company` as a process of its own, on a free port."""

import re
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.cli.command import XeroMcp

STOP_SECONDS = 10
MAX_GREETING_LINES = 20
LAST_LINE = "demo sees all three organisations"


@dataclass(frozen=True)
class Company:
    url: str
    process: "subprocess.Popen[bytes]"
    greeting: str

    @property
    def settings(self) -> dict[str, str]:
        return {
            "XERO_API_URL": self.url,
            "XERO_IDENTITY_URL": self.url,
            "XERO_LOGIN_URL": self.url,
            "XERO_CLIENT_ID": "demo",
            "XERO_CLIENT_SECRET": "demo-secret",
        }


@contextmanager
def company(run: XeroMcp, *options: str) -> Generator[Company]:
    """Start one; it is told to stop after the block, unless that was done in it."""
    with run.start("demo-company", "--port", "0", *options) as process:
        greeting = _greeting(process)
        found = re.search(r"http://127\.0\.0\.1:[0-9]+", greeting)
        assert found, "it did not say where it listens"
        try:
            yield Company(url=found[0], process=process, greeting=greeting)
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait(timeout=STOP_SECONDS)


def _greeting(process: "subprocess.Popen[bytes]") -> str:
    """All of it: what is read into a buffer here, `communicate` would not see any more."""
    assert process.stderr is not None
    said = ""
    for _ in range(MAX_GREETING_LINES):
        line = process.stderr.readline().decode()
        said += line
        if not line or line.startswith(LAST_LINE):
            break
    return said
