"""What a policy asks of a write that moves money: the same questions for every kind of document."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from xero_mcp.clock import to_iso
from xero_mcp.money import Money, round_cents
from xero_mcp.tool.facts import Facts
from xero_mcp.tools.books_day import today
from xero_mcp.tools.contacts import known_for
from xero_mcp.tools.document_total import is_locked
from xero_mcp.xero.models.payment import AccountRef
from xero_mcp.xero.scoped import ScopedXero

if TYPE_CHECKING:
    from xero_mcp.xero.models.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What is about to be written, as far as it is known beforehand."""

    kind: str
    """In people's words: `draft manual journal`."""
    total: Decimal | None
    """None: an amount that could not be worked out; `why_unknown` says why."""
    days: tuple[date | None, ...]
    """Every day on which the ledger changes, the old one of a document that is moved too. A
    None among them is today."""
    currency: str | None = None
    """None: the organisation's own."""
    currency_rate: Decimal | None = None
    """Units of the currency that one of the base currency buys, as Xero has it."""
    rate_day: date | None = None
    """Of which day that rate is."""
    contact_id: str | None = None
    number: str | None = None
    object_id: str | None = None
    version: str | None = None
    """When what is changed was last changed, as Xero has it."""
    stands: str = ""
    """What is changed or paid, as it stands in Xero, in a line."""
    counted: Decimal | None = None
    """What of it is new, raised, authorised or paid; None: all of it."""
    why_unknown: str = "an account code or tax type is not known in Xero"


def version_of(document_id: str, changed_at: datetime | None) -> str | None:
    """Which state of a document a call is about; None where Xero tells no moment."""
    return None if changed_at is None else f"{document_id} {to_iso(changed_at)}"


def stands_as(document: "Document") -> str:
    """A document as it stands in Xero, for a person who is asked about it."""
    total = "" if document.total is None else f"{document.total} {document.currency_code or ''}"
    parts = (
        document.number or document.reference or "without a number",
        document.contact.name if document.contact else "",
        total.strip(),
        document.status.lower(),
        f"of {document.date}" if document.date else "",
    )
    return ", ".join(part for part in parts if part)


async def facts_of_movement(moved: Movement, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    """The facts of a write from what it will do, with what only Xero knows.

    How long the contact is known is asked for only where a policy wants it: it costs a request,
    which the tool must have among its `asks`.
    """
    organisation = await xero.reference.organisation()
    own_today = await today(xero)
    days = [day or own_today for day in moved.days]
    currency = moved.currency or organisation.base_currency
    total = None if moved.total is None else Money(moved.total, currency)
    age = None
    if moved.contact_id and "contact_known_for" in wanted:
        age = await known_for(moved.contact_id, xero)
    return Facts(
        total=total,
        counted=None if moved.counted is None else Money(moved.counted, currency),
        base_total=_in_base(moved, currency, organisation.base_currency),
        rates_said=_own_rate(moved, currency, organisation.base_currency),
        contact_id=moved.contact_id,
        contact_known_for=age,
        document_date=days[0] if days else None,
        period_locked=any(is_locked(organisation, day) for day in days),
        bank_details_change=False,
        object_type=moved.kind,
        object_id=moved.object_id,
        object_number=moved.number,
        version=moved.version,
        stands_now=(moved.stands,) if moved.stands else (),
        unknown={} if total is not None else {"total": moved.why_unknown},
    )


def _in_base(moved: Movement, currency: str, base_currency: str) -> Money | None:
    if moved.total is None:
        return None
    if currency == base_currency:
        return Money(moved.total, base_currency)
    if moved.currency_rate is None or moved.currency_rate <= 0:
        return None
    return Money(round_cents(moved.total / moved.currency_rate), base_currency)


def _own_rate(moved: Movement, currency: str, base_currency: str) -> str:
    """The rate at which a stored document stands in the books, with its day."""
    bought = moved.currency_rate
    if currency == base_currency or bought is None or bought <= 0:
        return ""
    worth = (1 / bought).quantize(Decimal("0.000001")).normalize()
    day = f" on {moved.rate_day.isoformat()}" if moved.rate_day else ""
    return f"1 {currency} = {worth:f} {base_currency}{day}, its own rate"


async def account_currency(account: AccountRef, xero: ScopedXero) -> str | None:
    """The currency in which a bank account is kept; None where the account is not known."""
    for one in await xero.reference.accounts():
        if one.account_id == account.account_id or (account.code and one.code == account.code):
            return one.currency_code
    return None


async def with_accounts(facts: Facts, account_ids: Iterable[str], xero: ScopedXero) -> Facts:
    """The facts with the codes of the accounts that money moves between."""
    by_id = {one.account_id: one.code for one in await xero.reference.accounts()}
    codes = [by_id.get(account_id) for account_id in account_ids]
    known = frozenset(code for code in codes if code)
    if all(codes):
        return replace(facts, account_codes=known)
    unknown = {**facts.unknown, "account_codes": "an account is not known, or has no code"}
    return replace(facts, account_codes=None, unknown=unknown)
