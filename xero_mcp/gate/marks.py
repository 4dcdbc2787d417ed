"""Why somebody should look at a call that was let through, and what it takes from its limits."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from xero_mcp.audit.entry import Kind, LimitUse
from xero_mcp.gate.passage import Passage, known
from xero_mcp.gate.rooms import Rooms
from xero_mcp.gate.spending import usage_of
from xero_mcp.money import to_text
from xero_mcp.policy.decision import Decision
from xero_mcp.policy.usage import Usage
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.audit import AuditFilters

NEW_CONTACT = "new contact"
"""It is made by this call, or no document was ever made for it."""
FIRST_TIME = "first-time contact"
"""This agent has not written anything for it before."""
NEAR_A_LIMIT = "near a limit"
OUT_OF_HOURS = "out of hours"
NEAR = Decimal("0.8")
"""From this part of a limit on somebody should know; said once, by the call that passes it."""


class Use(NamedTuple):
    """One limit: how much was used, how much this call takes, and how much there is."""

    name: str
    before: Decimal
    reserved: Decimal
    most: Decimal
    unit: str = ""

    @property
    def after(self) -> Decimal:
        return self.before + self.reserved

    @property
    def comes_near(self) -> bool:
        return self.before < self.most * NEAR <= self.after

    def text(self, amount: Decimal) -> str:
        return f"{self.name} {self._shown(amount)} of {self._shown(self.most)}{self.unit}"

    def _shown(self, amount: Decimal) -> str:
        return to_text(amount) if self.unit else f"{amount:f}"


class Noted(NamedTuple):
    """What goes into the record of the intent."""

    marks: tuple[str, ...] = ()
    limits: LimitUse | None = None


def noted(rooms: Rooms, passage: Passage, tables: Tables) -> Noted:
    """Before the write is entered: it would count itself. Nothing for a read."""
    if not passage.known_card().writes or passage.organisation is None:
        return Noted()
    uses = list(_uses(passage, usage_of(tables, rooms, passage)))
    limits = None
    if uses:
        limits = LimitUse(
            before="; ".join(one.text(one.before) for one in uses),
            reserved="; ".join(f"{one.name} {one.reserved:f}{one.unit}" for one in uses),
            after="; ".join(one.text(one.after) for one in uses),
        )
    return Noted(marks=tuple(_marks(rooms, passage, tables, uses)), limits=limits)


def _marks(rooms: Rooms, passage: Passage, tables: Tables, uses: list[Use]) -> Iterator[str]:
    if passage.facts.new_contact:
        yield NEW_CONTACT
    elif _is_first_time(passage, tables):
        yield FIRST_TIME
    if any(one.comes_near for one in uses):
        yield NEAR_A_LIMIT
    hours = passage.known_policy().limits.hours
    if hours is not None and not hours.are_open(rooms.clock.now()):
        yield OUT_OF_HOURS  # a policy that only watches lets it through


def contact_of(passage: Passage) -> str | None:
    """The contact that the call is about, as Xero or its arguments name it."""
    stated = passage.values.get("contact_id")
    return passage.facts.contact_id or (stated if isinstance(stated, str) else None)


def _is_first_time(passage: Passage, tables: Tables) -> bool:
    contact = contact_of(passage)
    if contact is None:
        return False
    before = AuditFilters(agent=passage.agent.name, contact_id=contact, kind=Kind.INTENT.value)
    return not tables.audit.page(before, limit=1)


def _uses(passage: Passage, usage: Usage) -> Iterator[Use]:
    limits = passage.known_policy().limits
    decision: Decision = known(passage.decision, "decision")
    reserve = decision.reserve
    if limits.money_per_day is not None:
        most = limits.money_per_day
        taken = reserve.money.amount if reserve and reserve.money else Decimal(0)
        before = usage.money_today.get(most.currency, Decimal(0))
        yield Use("money_per_day", before, taken, most.amount, f" {most.currency}")
    if limits.writes_per_hour is not None:
        before = Decimal(usage.writes_last_hour)
        yield Use("writes_per_hour", before, Decimal(1), Decimal(limits.writes_per_hour))
