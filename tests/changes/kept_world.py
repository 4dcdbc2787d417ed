"""The whole house over a demo company in this process, with what keeps its feed."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.gate.world import OPEN_POLICY, World, world
from xero_mcp.app import feed_of
from xero_mcp.app.xero_access import sealer
from xero_mcp.changes.by_us import OwnWrites
from xero_mcp.changes.catching_up import CatchUp, CatchUpRules
from xero_mcp.changes.feed import StoreFeed
from xero_mcp.changes.fetching import CATCHING_UP, READING, Fetcher
from xero_mcp.changes.keeping import Duties, Keeper
from xero_mcp.changes.noticing import Noticer
from xero_mcp.changes.reading import Reader, Work
from xero_mcp.changes.sealed import Box
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.change_work import Wanted
from xero_mcp.tool.feed import Change
from xero_mcp.xero.models.connection import OrganisationRef
from xero_mcp.xero.models.contact import Contacts, ContactsWrite, ContactWrite
from xero_mcp.xero.models.payment import (
    AccountRef,
    InvoiceRef,
    Payments,
    PaymentsWrite,
    PaymentWrite,
)
from xero_mcp.xero.scoped import Grant, ScopedXero

MAX_READINGS = 100
DEAD = "a process that died"
WRITES = frozenset({("POST", "/Payments"), ("POST", "/Contacts/{ContactID}")})
POLICY = (
    OPEN_POLICY.replace("invoices: post", "invoices: full")
    .replace("bills: post", "bills: full")
    .replace("payments: post", "payments: full")
)


@dataclass
class Kept:
    """What keeps a feed, and the house whose books it watches."""

    house: World
    feed: StoreFeed
    reader: Reader
    catch_up: CatchUp
    keeper: Keeper
    cursor: int = 0
    _strangers: int = 0

    @property
    def organisation_id(self) -> str:
        return self.house.books.id

    async def told(
        self, resource: str, *ids: str, at: datetime | None = None, new: bool = False
    ) -> None:
        """Xero tells of these things, as the receiver writes it down."""
        now = self.house.clock.now()

        def want(tables: Tables) -> None:
            for one in ids:
                wanted = Wanted(
                    organisation_id=self.organisation_id,
                    resource=resource,
                    resource_id=one,
                    is_new=new,
                    event_at=at or now,
                )
                tables.change_work.want(wanted, due_at=now + timedelta(seconds=0.3))

        await self.house.office.store.write(want)

    async def read(self, *, after_seconds: float = 0.5) -> int:
        """Read all that is due then; return how many requests that took."""
        self.house.clock.advance(after_seconds)
        before = self.requests()
        for _ in range(MAX_READINGS):
            rows = await self.reader.take()
            if not rows:
                return self.requests() - before
            await self.reader.read(rows)
        raise AssertionError("there is no end of what is to be read")

    async def poll(self, *, after_seconds: float = 0) -> int:
        """Ask for all that is due; return how many requests that took."""
        self.house.clock.advance(after_seconds)
        before = self.requests()
        for _ in range(MAX_READINGS):
            if not await self.catch_up.poll():
                return self.requests() - before
        raise AssertionError("there is no end of what is asked for")

    def requests(self) -> int:
        """Those of lists that the demo company worked on."""
        counted = self.house.demo.premises.stats.requests
        return sum(amount for name, amount in counted.items() if name.startswith("GET /"))

    async def news(self) -> Sequence[Change]:
        """What came into the feed since this was asked last."""
        found = await self.feed.after(self.cursor, limit=1_000)
        self.cursor = found[-1].cursor if found else self.cursor
        return found

    def invoice(self, *, status: str = "AUTHORISED", kind: str = "ACCREC") -> dict[str, Any]:
        """One that stands in the books."""
        rows = self.house.books.table("Invoices").in_order()
        return next(one for one in rows if (one["Status"], one["Type"]) == (status, kind))

    def change(self, table: str, key: str, **fields: object) -> None:
        """Somebody changes it in Xero, now."""
        self.house.change(table, key, **fields, UpdatedDateUTC=self.house.clock.now())

    async def pay(self, invoice_id: str, amount: str) -> str:
        """Somebody pays it in Xero, past this server's log."""
        body = PaymentsWrite(
            payments=(
                PaymentWrite(
                    invoice=InvoiceRef(invoice_id=invoice_id),
                    account=AccountRef(account_id=self.bank_account()),
                    date=self.house.clock.now().date(),
                    amount=Decimal(amount),
                ),
            )
        )
        made = await self._stranger().post("/Payments", Payments, body)
        return made.payments[0].payment_id

    async def change_contact(self, contact_id: str, content: ContactWrite) -> None:
        """Somebody changes a contact in Xero, past this server's log."""
        await self._stranger().post(
            "/Contacts/{ContactID}",
            Contacts,
            ContactsWrite(contacts=(content,)),
            ids={"ContactID": contact_id},
        )

    def bank_account(self) -> str:
        accounts = self.house.books.table("Accounts").in_order()
        return next(one["AccountID"] for one in accounts if one["Type"] == "BANK")

    def _stranger(self) -> ScopedXero:
        """Writes as a person in Xero does: no record of it is in this server's log."""
        self._strangers += 1
        return self.house.rooms.xero.scoped(
            Grant(
                organisation=OrganisationRef(id=self.organisation_id, name=self.house.books.name),
                reaches=WRITES,
                scopes=frozenset({"accounting.payments", "accounting.contacts"}),
                idempotency_key=f"stranger-{self._strangers}",
            )
        )


@asynccontextmanager
async def kept_world(
    folder: Path, *, every_seconds: int = 900, is_told: bool = True
) -> AsyncGenerator[Kept]:
    """Open one in that folder."""
    async with world(folder, policy=POLICY) as house:
        office = house.office
        feed = feed_of(office)
        writing = [card.name for card in office.cards.values() if card.writes]
        work = Work(
            store=office.store,
            clock=house.clock,
            feed=feed,
            noticer=Noticer(Box(sealer(office.settings))),
            own_writes=OwnWrites(office.store, house.clock, writing),
            holder=house.rooms.instance,
            is_live=lambda holder: holder != DEAD,
        )
        rules = CatchUpRules(every_seconds=every_seconds, is_told=is_told)
        reader = Reader(work, Fetcher(house.rooms.xero, READING))
        catch_up = CatchUp(work, Fetcher(house.rooms.xero, CATCHING_UP), rules)
        duties = Duties(
            work=work,
            reader=reader,
            catch_up=catch_up,
            xero=house.rooms.xero,
            scopes=rules.any_scopes(),
        )
        yield Kept(house=house, feed=feed, reader=reader, catch_up=catch_up, keeper=Keeper(duties))
