"""The whole house in this process, over a demo company and a clock that a test moves."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

from tests.fakes import FakeClock
from xero_mcp.agents import Caller, launched_agent
from xero_mcp.app import Office, open_office, policy_folders
from xero_mcp.demo_company.app import DemoCompany, create_app
from xero_mcp.demo_company.faults import fault_from
from xero_mcp.demo_company.kernel import Company
from xero_mcp.gate import Gate, GateAnswer, Rooms
from xero_mcp.gate.policies import Policies
from xero_mcp.gate.spool import Spool
from xero_mcp.policy.book import PolicyBook
from xero_mcp.settings import Secret, Settings, load_settings
from xero_mcp.tool.declare import Tool
from xero_mcp.tools.catalog import CATALOG
from xero_mcp.xero.client import Surroundings, XeroClient, XeroRules
from xero_mcp.xero.credentials import Credentials, XeroHosts
from xero_mcp.xero.forecast import LimitRules
from xero_mcp.xero.network import in_process
from xero_mcp.xero.secret import Sealer

URL = "https://demo-company.test"
GLOBAL = "Demo Company (Global)"
OPEN_POLICY = """\
agent: clerk
purpose: Does what a test asks.
owner: finance@example.com
organisations: [Demo Company (Global)]
access:
  organisation: read
  accounts: read
  contacts: full
  invoices: post
  bills: post
  payments: post
  reports: read
"""


@dataclass
class World:
    """The rooms, the door, and the demo company behind it."""

    office: Office
    gate: Gate
    rooms: Rooms
    demo: DemoCompany
    clock: FakeClock
    folder: Path
    agent: str = "clerk"

    async def call(
        self, tool: str, arguments: Mapping[str, object] | None = None, *, agent: str = ""
    ) -> GateAnswer:
        caller = Caller(agent=launched_agent(agent or self.agent), transport="test")
        answer = await self.gate.call(caller, tool, arguments or {})
        json.dumps(answer.content)
        return answer

    async def good(
        self, tool: str, arguments: Mapping[str, object] | None = None
    ) -> dict[str, Any]:
        answer = await self.call(tool, arguments)
        assert not answer.is_error, answer.content
        return dict(answer.content)

    def fault(self, kind: str, **where: object) -> None:
        self.demo.premises.faults.add(fault_from({"kind": kind, **where}))

    @property
    def books(self) -> Company:
        return next(one for one in self.demo.premises.companies.values() if one.name == GLOBAL)

    def invoices(self, number: str) -> list[dict[str, Any]]:
        """What stands in the books under that number."""
        return [one for one in self.books.table("Invoices") if one["InvoiceNumber"] == number]

    def supplier(self) -> str:
        return next(iter(self.books.table("Contacts")))["ContactID"]

    def account_with_tax(self, tax_type: str) -> str:
        """The code of an expense account with that tax type of its own."""
        chart = self.books.table("Accounts")
        found = next(one for one in chart if one["Class"] == "EXPENSE" and one.get("Code"))
        self.change("Accounts", found["AccountID"], TaxType=tax_type)
        return found["Code"]

    def change(self, table: str, key: str, **fields: object) -> None:
        """Change something in the books behind everyone's back."""
        rows = self.books.table(table)
        rows.put({**(rows.get(key) or {}), **fields})

    def rule(self, text: str) -> None:
        """Put rules into the policy."""
        self.write_policy(OPEN_POLICY + text)

    def processed(self, request: str) -> int:
        """How often the demo company worked on such a request."""
        return self.demo.premises.stats.requests[request]

    def write_policy(self, text: str, name: str = "clerk") -> Path:
        path = self.folder / "home" / "policies" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    async def records(self, **wanted: object) -> list[dict[str, Any]]:
        """Audit records, oldest first."""
        found = await self.office.audit.records(is_live=lambda _: True, limit=500)
        bodies = [record.body for record in reversed(found)]
        return [body for body in bodies if wanted.items() <= body.items()]


@asynccontextmanager
async def world(
    folder: Path,
    *,
    policy: str = OPEN_POLICY,
    clock: FakeClock | None = None,
    races: bool = False,
    database_url: str = "",
) -> AsyncGenerator[World]:
    """Open one in that folder; one that races others waits for no call of theirs."""
    own_clock = clock or FakeClock()
    home = folder / "home"
    (home / "policies").mkdir(parents=True, exist_ok=True)
    file = home / "policies" / "clerk.yaml"
    if not races:
        file.write_text(policy, encoding="utf-8")
    environment = {"XERO_MCP_HOME": str(home), "XERO_MCP_DATABASE_URL": database_url}
    settings = load_settings(environment=environment, env_file=folder / "none")
    demo = create_app(own_clock.now, control=True)
    async with open_office(settings, clock=own_clock) as office:
        presence = office.instances.enter()
        xero = _client(office, demo, presence.instance, races=races)
        rooms = Rooms(
            cards=office.cards,
            tools=_tools,
            policies=_policies(office, settings),
            approvals=office.approvals,
            audit=office.audit,
            store=office.store,
            spool=Spool(home, office.store, office.audit),
            client=lambda: xero,
            clock=own_clock,
            instance=presence.instance,
            is_live=office.instances.is_live,
            books="",
            scope_ceiling=frozenset(),
        )
        try:
            yield World(
                office=office,
                gate=Gate(rooms),
                rooms=rooms,
                demo=demo,
                clock=own_clock,
                folder=folder,
            )
        finally:
            await xero.close()
            presence.leave()
            await demo.aclose()


def _client(office: Office, demo: DemoCompany, instance: str, *, races: bool = False) -> XeroClient:
    unhurried = LimitRules(at_once=1_000, max_wait_seconds=3_600)
    return XeroClient(
        XeroHosts(api_url=URL, identity_url=URL, login_url=URL),
        Credentials.custom_connection("demo", Secret("demo-secret")),
        in_process(demo),
        Surroundings(
            store=office.store,
            clock=office.clock,
            # Racers have companies of their own, which know no other's tokens.
            sealer=Sealer(f"a key for tests alone {instance if races else ''}".encode()),
            # Jitter, the same in every run; names of calls that race must differ.
            randomness=SystemRandom() if races else Random(7),  # noqa: S311 - see above
            instance=instance,
        ),
        rules=XeroRules(limits=unhurried) if races else None,
    )


def _policies(office: Office, settings: Settings) -> Policies:
    folders = policy_folders(settings)
    return Policies(
        lambda on_event: PolicyBook(
            folders,
            cards=office.cards.values(),
            clock=office.clock,
            on_event=on_event,
            still_seconds=0,  # a test writes a file whole, and its clock stands still
        ),
        office.audit,
    )


def _tools() -> Mapping[str, Tool[Any, Any]]:
    return {tool.name: tool for tool in CATALOG}


def bill(contact_id: str, amount: str = "100.00", **more: object) -> dict[str, Any]:
    """The arguments of a bill of one line without tax."""
    line = {
        "description": "Bolts",
        "quantity": "1",
        "unit_amount": amount,
        "account_code": "400",
        "tax_type": "NONE",
    }
    return {"type": "bill", "contact_id": contact_id, "lines": [line], **more}


def code_of(answer: GateAnswer) -> str:
    """The error's code, or `ok`."""
    return answer.error_code or "ok"
