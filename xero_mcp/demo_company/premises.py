"""All rooms of one demo company, built from its knobs and joined up."""

from collections.abc import Callable
from datetime import datetime
from typing import TypedDict
from uuid import uuid4

from xero_mcp.demo_company.accounting_api import AccountingApi
from xero_mcp.demo_company.demo_clock import DemoClock
from xero_mcp.demo_company.door import Door
from xero_mcp.demo_company.faults import Faults
from xero_mcp.demo_company.idempotency import IdempotencyKeys
from xero_mcp.demo_company.identity.access import AccessCheck
from xero_mcp.demo_company.identity.apps import Apps, ScopeEra
from xero_mcp.demo_company.identity.connections import ConnectionList
from xero_mcp.demo_company.identity.consent import Choice, ConsentPage
from xero_mcp.demo_company.identity.grants import Grants
from xero_mcp.demo_company.identity.kept_grants import grants_from_json, grants_to_json
from xero_mcp.demo_company.identity.server import IdentityServer
from xero_mcp.demo_company.identity.signing import Signer
from xero_mcp.demo_company.identity.tokens import TokenEndpoint
from xero_mcp.demo_company.kernel import Company
from xero_mcp.demo_company.limits import LimitRules, Limits
from xero_mcp.demo_company.routes.all_routes import all_routes
from xero_mcp.demo_company.saved_state import Beginning, SavedState
from xero_mcp.demo_company.seed.companies import Size, demo_companies
from xero_mcp.demo_company.stats import Stats
from xero_mcp.demo_company.webhooks import Webhooks
from xero_mcp.demo_company.wire.errors import Problems


class Knobs(TypedDict, total=False):
    """How a demo company can differ from the usual one.

    `control` switches on `/_demo/…`; `scopes` says from which era the apps are; `state_file` keeps
    the organisations in SQLite, and `begin_anew` forgets what it kept; `limits` replaces all
    rules, `strict_limits` only enforces Xero's; `webhooks_anywhere` lets webhooks go to other
    machines; `companies` replaces the seed; it gets the clock that the organisations must go by.
    `daily_email_limit` lets invoices be emailed, of which a real demo company may send none.
    """

    seed: int
    size: Size
    control: bool
    strict_limits: bool
    limits: LimitRules
    scopes: ScopeEra
    state_file: str
    begin_anew: bool
    webhooks_anywhere: bool
    companies: Callable[[Callable[[], datetime]], dict[str, Company]]
    daily_email_limit: int


class Premises:
    """Holds the rooms; `reset` brings the organisations back to how they began."""

    def __init__(self, now: Callable[[], datetime], knobs: Knobs) -> None:
        self.clock = DemoClock(now)
        self.has_control = knobs.get("control", False)
        self._knobs = knobs
        self.saved = SavedState(knobs.get("state_file", ""))
        beginning = self._beginning()
        if knobs.get("begin_anew", False):
            self.saved.start_again(beginning)
        self.companies = self._begun(self.saved.begin(beginning))
        self.problems = Problems(_new_id)
        self.stats = Stats()
        self.faults = Faults()
        self.limits = Limits(_rules(knobs), self.clock)
        self.idempotency = IdempotencyKeys(self.clock)
        self.webhooks = Webhooks(self.clock, anywhere=knobs.get("webhooks_anywhere", False))
        self._open_identity(knobs.get("scopes", "granular"))
        self._open_api()

    def reset(self) -> None:
        """Start again: organisations, connections, clock, limits, faults, webhooks, counts.

        Tokens stay good: an organisation has the same id after a reset.
        """
        self.clock.put_right()
        beginning = self._beginning()
        self.saved.start_again(beginning)
        fresh = self._begun(beginning)
        self.companies.clear()
        self.companies.update(fresh)
        self.grants.connections.clear()
        self._connect_demo_apps()
        self.keep_grants()
        self.limits.reset()
        self.idempotency.reset()
        self.faults.clear()
        self.webhooks.reset()
        self.stats.reset()

    def keep_grants(self) -> None:
        """Write sign-ins and connections into the state file, if there is one."""
        if self.saved.is_kept:
            self.saved.keep_grants(grants_to_json(self.grants))

    def connect(self, organisation_id: str) -> None:
        """Give the demo apps an organisation that they lost."""
        for app in self.apps:
            if organisation_id in (app.organisations or ()):
                self.grants.connect(
                    app.client_id,
                    organisation_id,
                    auth_event_id=_new_id(),
                    new_id=_new_id(),
                )

    def disconnect(self, organisation_id: str) -> None:
        """Take an organisation away from every app, as its owner can."""
        for connection in list(self.grants.connections.values()):
            if connection.organisation_id == organisation_id:
                del self.grants.connections[connection.id]

    def _beginning(self) -> Beginning:
        knobs = self._knobs
        return Beginning(
            seed=knobs.get("seed", 1), size=knobs.get("size", "small"), at=self.clock()
        )

    def _begun(self, beginning: Beginning) -> dict[str, Company]:
        """Return the organisations as they were at the beginning."""
        make = self._knobs.get("companies")
        with self.clock.held_at(beginning.at):
            companies = (
                make(self.clock)
                if make is not None
                else demo_companies(
                    now=self.clock, seed=beginning.seed, size=self._knobs.get("size", "small")
                )
            )
        for company in companies.values():
            company.daily_email_limit = self._knobs.get("daily_email_limit", 0)
        return companies

    def _open_identity(self, era: ScopeEra) -> None:
        self.apps = Apps(tuple(self.companies), era=era)
        self.grants = Grants(self.clock)
        self._connect_demo_apps()
        kept = self.saved.kept_grants()
        if kept:
            grants_from_json(kept, self.grants)
        tokens = TokenEndpoint(
            apps=self.apps,
            grants=self.grants,
            signer=Signer(),
            now=self.clock,
            new_id=_new_id,
        )
        consent = ConsentPage(
            apps=self.apps,
            grants=self.grants,
            choices=lambda: [Choice(id=c.id, name=c.name) for c in self.companies.values()],
            now=self.clock,
            new_id=_new_id,
        )
        self.identity = IdentityServer(tokens=tokens, consent=consent)
        self.connections = ConnectionList(self.grants, lambda id_: self.companies[id_].name)
        access = AccessCheck(grants=self.grants, problems=self.problems, now=self.clock)
        self.door = Door(access=access, limits=self.limits, companies=self.companies)

    def _connect_demo_apps(self) -> None:
        for organisation_id in self.companies:
            self.connect(organisation_id)

    def _open_api(self) -> None:
        self.api = AccountingApi(
            routes=all_routes(),
            idempotency=self.idempotency,
            problems=self.problems,
            clock=self.clock,
            new_id=_new_id,
            published=self.webhooks.publish,
            saved=self.saved,
        )
        for write in self.saved.writes():
            company = self.companies.get(write.organisation_id)
            if company is not None:
                self.api.replay(write, company)


def _rules(knobs: Knobs) -> LimitRules:
    return knobs.get("limits") or LimitRules(enforced=knobs.get("strict_limits", False))


def _new_id() -> str:
    return str(uuid4())
