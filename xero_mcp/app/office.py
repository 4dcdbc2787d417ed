"""What people's commands need: the store and the rooms over it, without Xero."""

import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from xero_mcp.agents import AgentBook, KeyNews
from xero_mcp.app.sealing_key import secret_key
from xero_mcp.approvals import Approvals, People, PersonNews, Sessions
from xero_mcp.audit.checkpoints import Checkpoints, copies_at
from xero_mcp.audit.entry import Entry, Kind, Status
from xero_mcp.audit.log import AuditLog
from xero_mcp.audit.notary import Notary
from xero_mcp.audit.sealed import Vault
from xero_mcp.audit.signing import SigningKey
from xero_mcp.clock import Clock, SystemClock
from xero_mcp.errors import SettingsError
from xero_mcp.policy.book import PolicyBook
from xero_mcp.settings import SHIPPED_POLICIES, Settings
from xero_mcp.store.base import Database, Tables
from xero_mcp.store.instances import Roll
from xero_mcp.store.opening import open_store
from xero_mcp.tool.card import ToolCard
from xero_mcp.tools.index import load_cards


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What people's commands need: the store and the rooms over it, without Xero."""

    settings: Settings
    clock: Clock
    store: Database
    audit: AuditLog
    checkpoints: Checkpoints
    approvals: Approvals
    people: People
    sessions: Sessions
    agents: AgentBook
    instances: Roll
    cards: Mapping[str, ToolCard]

    def signing_key(self) -> SigningKey:
        """The key that signs checkpoints."""
        return signing_key(self.settings)


def policy_folders(settings: Settings) -> tuple[Path, Path]:
    """The folder that is asked for or expected, and the one that shipped."""
    here = Path(__file__).parent.parent
    shipped = here / SHIPPED_POLICIES
    if not shipped.is_dir():
        shipped = here.parent / "policies"  # a checkout, installed in place
    if settings.policies is not None and not settings.policies.is_dir():
        raise SettingsError(
            f"XERO_MCP_POLICIES names {settings.policies}, which is not a folder. Make it, or "
            "leave the setting out."
        )
    return settings.policies or settings.home / "policies", shipped


def policy_book(settings: Settings, clock: Clock, cards: Mapping[str, ToolCard]) -> PolicyBook:
    """The policies as commands read them; the server's own book also records its changes."""
    return PolicyBook(policy_folders(settings), cards=cards.values(), clock=clock, still_seconds=0)


@asynccontextmanager
async def open_office(settings: Settings, *, clock: Clock | None = None) -> AsyncGenerator[Office]:
    """Open the store of these settings for a command.

    Raises:
        SettingsError: a setting is wrong.
        StoreUnavailableError: the database cannot be opened.
    """
    own_clock = clock or SystemClock()
    store, roll = await open_store(settings, clock=own_clock)
    try:
        notary = Notary(own_clock, lambda: signing_key(settings))
        vault = Vault(lambda: secret_key(settings), randomness=secrets.token_bytes)
        audit = AuditLog(store, own_clock, notary=notary, vault=vault)

        def note_person(tables: Tables, news: PersonNews) -> None:
            _note_person(audit, tables, news)

        people = People(store, own_clock, note_person)
        yield Office(
            settings=settings,
            clock=own_clock,
            store=store,
            audit=audit,
            checkpoints=Checkpoints(store, audit, notary, copies=copies_at(settings.checkpoints)),
            approvals=Approvals(store, own_clock, audit, seal=audit),
            people=people,
            sessions=Sessions(store, own_clock, people, note_person),
            agents=AgentBook(store, own_clock, lambda tables, news: _note_key(audit, tables, news)),
            instances=roll,
            cards=load_cards(),
        )
    finally:
        roll.close()
        await store.close()


def _note_person(audit: AuditLog, tables: Tables, news: PersonNews) -> None:
    audit.append(
        tables,
        Entry(
            kind=Kind.PERSON,
            status=Status.OK if news.is_good else Status.REFUSED,
            reason=f"{news.email} {news.what}",
        ),
    )


def _note_key(audit: AuditLog, tables: Tables, news: KeyNews) -> None:
    audit.append(
        tables,
        Entry(
            kind=Kind.KEY,
            agent=news.agent,
            credential_fingerprint=news.fingerprint,
            status=Status.OK if news.is_good else Status.REFUSED,
            reason=news.what,
        ),
    )


def signing_key(settings: Settings) -> SigningKey:
    """The key of this state folder, made at its first use; replicas share what they are given."""
    if settings.secret_key is not None and settings.database_is_postgres:
        return SigningKey.from_secret(settings.secret_key.reveal().encode())
    return SigningKey.in_folder(settings.home)
