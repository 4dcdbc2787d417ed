"""The two servers as the measurement beside Xero's own sees them: same questions, their words."""

import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from bench.xeros_own_server import XerosOwnServer
from tests.wire.demo_process import DemoProcess
from tests.wire.raw_server import RawServer

REPOSITORY = Path(__file__).resolve().parent.parent
KILL_SECONDS = 10
SCOPES = (
    "accounting.invoices accounting.payments accounting.banktransactions "
    "accounting.manualjournals accounting.contacts accounting.settings"
)
POLICY = """\
agent: beside
purpose: Measured beside Xero's own server.
owner: finance@example.com
organisations: [Demo Company (Global)]
access:
  organisation: read
  accounts: read
  contacts: read
  invoices: draft
  bills: draft
"""

OTHERS = ("Demo Company (UK)", "Demo Company (NZ)")

Call = tuple[str, Mapping[str, object]]


def begin_anew(demo: DemoProcess) -> None:
    """Fresh books, and one organisation: Xero's own server takes whichever is listed first."""
    demo.begin_anew()
    for name in OTHERS:
        sent = httpx2.post(f"{demo.url}/_demo/disconnect", json={"organisation": name})
        sent.raise_for_status()
    demo.sign_in()


@dataclass(frozen=True, kw_only=True)
class Side:
    """One server: how it is started, and how a thing is asked of it."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    folder: Path
    invoices: Callable[[int], list[Call]]
    """The calls that show that many invoices."""
    new_bill: Callable[[str, str], Call]
    """The call that makes a draft bill: of a contact, under a number."""

    @contextmanager
    def running(self) -> Generator[RawServer]:
        """Start it, without a word to it; killed after the block if it is still there."""
        process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": "/usr/bin:/bin", **self.environment},
            cwd=self.folder,
        )
        server = RawServer(process)
        server.listen()
        try:
            yield server
        finally:
            process.kill()
            process.wait(KILL_SECONDS)


def ours(demo: DemoProcess, folder: Path, *, agent: str) -> Side:
    home = folder / "state"
    policies = home / "policies"
    policies.mkdir(parents=True, exist_ok=True)
    (policies / "beside.yaml").write_text(POLICY, encoding="utf-8")
    shipped = (REPOSITORY / "policies" / "controller.yaml").read_text(encoding="utf-8")
    (policies / "controller.yaml").write_text(shipped, encoding="utf-8")
    return Side(
        name="xero-mcp",
        command=[sys.executable, "-m", "xero_mcp", "serve", "--agent", agent],
        environment={
            "XERO_MCP_HOME": str(home),
            "PYTHONPATH": str(REPOSITORY),
            "XERO_API_URL": demo.url,
            "XERO_IDENTITY_URL": demo.url,
            "XERO_LOGIN_URL": demo.url,
            "XERO_CLIENT_ID": "demo",
            "XERO_CLIENT_SECRET": "demo-secret",
        },
        folder=folder,
        invoices=lambda count: [("list-invoices", {"type": "sales", "page_size": count})],
        new_bill=_our_bill,
    )


def _our_bill(contact_id: str, number: str) -> Call:
    line = {
        "description": "Bolts",
        "quantity": "1",
        "unit_amount": "100.00",
        "account_code": "400",
        "tax_type": "NONE",
    }
    return "create-invoice", {
        "type": "bill",
        "contact_id": contact_id,
        "number": number,
        "lines": [line],
    }


def theirs(demo: DemoProcess, folder: Path, package: XerosOwnServer) -> Side:
    return Side(
        name="Xero's own",
        command=package.command(),
        environment=package.environment(demo.url, SCOPES),
        folder=folder,
        invoices=lambda count: [  # ten a page, and no way to ask for more
            ("list-invoices", {"page": page}) for page in range(1, count // 10 + 1)
        ],
        new_bill=_their_bill,
    )


def _their_bill(contact_id: str, number: str) -> Call:
    line = {
        "description": "Bolts",
        "quantity": 1,
        "unitAmount": 100,
        "accountCode": "400",
        "taxType": "NONE",
    }
    return "create-invoice", {
        "contactId": contact_id,
        "type": "ACCPAY",
        "reference": number,
        "lineItems": [line],
    }


def result_of(server: RawServer, call: Call, *, seconds: float = 60) -> dict[str, Any]:
    """The whole result of a call, as the host gets it."""
    tool, arguments = call
    return server.answer(server.start_call(tool, arguments), seconds=seconds)["result"]


def text_of(result: Mapping[str, Any]) -> str:
    """All text that a model would read."""
    return "\n".join(str(part.get("text", "")) for part in result["content"])


def says_error(result: Mapping[str, Any]) -> bool:
    """Whether the host is told that it failed, as MCP has it."""
    return result.get("isError") is True
