"""What Xero would refuse anyway, told before it is asked: from reference data that is kept.

Nothing here allows anything: what passes, Xero still judges. What fails is looked up anew
before it is told, since somebody may have mended the chart a minute ago.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from enum import StrEnum

from xero_mcp.errors import Detail, ErrorCode, XeroMcpError
from xero_mcp.tools.accounts import takes_payments
from xero_mcp.tools.document_total import is_locked
from xero_mcp.tools.tax_rates import applies_to
from xero_mcp.xero.models.account import Account
from xero_mcp.xero.models.currency import Currency
from xero_mcp.xero.models.line_item import LineItem, LineItemWrite, LineTrackingWrite
from xero_mcp.xero.models.organisation import Organisation
from xero_mcp.xero.models.tax_rate import TaxRate
from xero_mcp.xero.models.tracking import TrackingCategory
from xero_mcp.xero.reference import Noun, Reference
from xero_mcp.xero.scoped import ScopedXero

FRESH_SECONDS = 5.0
"""How old what we know may be where it would refuse a call."""
MAX_NEAR = 5
MAX_OPTIONS = 20
_CONTROL = frozenset({"DEBTORS", "CREDITORS"})
_CLASS = {
    "ASSET": "assets",
    "EQUITY": "equity",
    "EXPENSE": "expenses",
    "LIABILITY": "liabilities",
    "REVENUE": "revenue",
}


class Use(StrEnum):
    """What an account is wanted for, and so which it may be."""

    LINE = "lines of documents"
    JOURNAL = "manual journals"
    PAYMENT = "payments"
    BANK = "bank transactions and transfers"

    def fits(self, account: Account) -> bool:
        match self:
            case Use.LINE:
                return account.type != "BANK" and account.system_account not in _CONTROL
            case Use.JOURNAL:
                held = account.system_account in {*_CONTROL, "RETAINEDEARNINGS"}
                return account.type not in {"BANK", "INVENTORY"} and not held
            case Use.PAYMENT:
                return takes_payments(account)
            case Use.BANK:
                return account.type == "BANK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Reference data, as far as some check wants it."""

    accounts: tuple[Account, ...] = ()
    tax_rates: tuple[TaxRate, ...] = ()
    tracking: tuple[TrackingCategory, ...] = ()
    currencies: tuple[Currency, ...] = ()
    organisation: Organisation | None = None


class Check(ABC):
    """One question about one argument."""

    __slots__ = ()

    @property
    @abstractmethod
    def nouns(self) -> frozenset[Noun]:
        """The reference data that it takes."""

    @abstractmethod
    def problems(self, known: Known) -> Iterator[Detail]:
        """What is wrong, each with the nearest right value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfAccount(Check):
    """The account is there, active and of a kind that fits; and the tax type fits it."""

    path: str
    code: str | None = None
    account_id: str | None = None
    use: Use = Use.LINE
    tax_type: str | None = None
    tax_path: str = ""

    @property
    def nouns(self) -> frozenset[Noun]:
        return frozenset({"Accounts", "TaxRates"} if self.tax_type else {"Accounts"})

    def problems(self, known: Known) -> Iterator[Detail]:
        account = self._account(known)
        fitting = [one for one in known.accounts if one.status == "ACTIVE" and self.use.fits(one)]
        if self.names_one and (account is None or account not in fitting):
            yield Detail(
                path=self.path, message=self._why(account), allowed=self._near(account, fitting)
            )
        elif self.tax_type is not None:
            yield from self._tax(account, known)

    @property
    def names_one(self) -> bool:
        return self.code is not None or self.account_id is not None

    def _account(self, known: Known) -> Account | None:
        for one in known.accounts:
            if self.account_id is not None and one.account_id == self.account_id:
                return one
            if self.code and (one.code or "").casefold() == self.code.casefold():
                return one
        return None

    def _why(self, account: Account | None) -> str:
        if account is None:
            return "no account of the chart has this code or id"
        if account.status != "ACTIVE":
            return "this account is archived"
        return f"this account cannot be used for {self.use}"

    def _near(self, account: Account | None, fitting: Sequence[Account]) -> tuple[str, ...]:
        """Codes that look like it; of an account that does not fit, those of its name."""
        if self.code is None:
            return tuple(one.account_id for one in fitting[:MAX_NEAR])
        by_name = {one.name: one.code for one in fitting if one.code}
        codes = get_close_matches(self.code, by_name.values(), n=MAX_NEAR, cutoff=0.5)
        named = get_close_matches(account.name if account else "", by_name, n=MAX_NEAR)
        near = dict.fromkeys([*codes, *(by_name[name] for name in named)])
        return tuple(near)[:MAX_NEAR] or tuple(by_name.values())[:MAX_NEAR]

    def _tax(self, account: Account | None, known: Known) -> Iterator[Detail]:
        """Types that do not exist, or that the account's class does not take."""
        active = [rate for rate in known.tax_rates if rate.status in {"ACTIVE", ""}]
        wanted = _CLASS.get((account.class_ or "") if account else "")
        fitting = [rate for rate in active if wanted is None or wanted in applies_to(rate)]
        types = [rate.tax_type for rate in fitting]
        if self.tax_type in types:
            return
        is_known = self.tax_type in {rate.tax_type for rate in active}
        near = get_close_matches(self.tax_type or "", types, n=MAX_NEAR, cutoff=0.5)
        own = [one for one in types if account is not None and one == account.tax_type]
        yield Detail(
            path=self.tax_path or self.path,
            message="this tax type does not go with this account"
            if is_known
            else "no active tax rate has this type",
            allowed=tuple(dict.fromkeys([*own, *near, *types]))[:MAX_NEAR],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OfTracking(Check):
    """The category and the option are there and active."""

    path: str
    category: str
    option: str

    @property
    def nouns(self) -> frozenset[Noun]:
        return frozenset({"TrackingCategories"})

    def problems(self, known: Known) -> Iterator[Detail]:
        active = {one.name.casefold(): one for one in known.tracking if one.status == "ACTIVE"}
        category = active.get(self.category.strip().casefold())
        if category is None:
            names = tuple(one.name for one in active.values())
            why = "no such tracking category"
            yield Detail(path=self.path, message=why, allowed=names, by_others=True)
            return
        options = [one.name for one in category.options if one.status == "ACTIVE"]
        if self.option.strip().casefold() not in {name.casefold() for name in options}:
            near = get_close_matches(self.option, options, n=MAX_NEAR)
            allowed = tuple(near or options[:MAX_OPTIONS])
            why = "no such option in the category"
            yield Detail(path=self.path, message=why, allowed=allowed, by_others=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfCurrency(Check):
    """The organisation works in that currency."""

    path: str
    code: str

    @property
    def nouns(self) -> frozenset[Noun]:
        return frozenset({"Currencies", "Organisation"})

    def problems(self, known: Known) -> Iterator[Detail]:
        codes = tuple(one.code for one in known.currencies)
        base = known.organisation.base_currency if known.organisation else None
        if codes and self.code not in (*codes, base):
            why = "the organisation has not added this currency"
            yield Detail(path=self.path, message=why, allowed=codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfDay(Check):
    """The books are open on that day."""

    path: str
    day: date

    @property
    def nouns(self) -> frozenset[Noun]:
        return frozenset({"Organisation"})

    def problems(self, known: Known) -> Iterator[Detail]:
        organisation = known.organisation
        if organisation is None or not is_locked(organisation, self.day):
            return
        locks = (organisation.period_lock_date, organisation.end_of_year_lock_date)
        last = max(lock for lock in locks if lock is not None)
        yield Detail(
            path=self.path,
            message=f"the books are closed up to {last.isoformat()}",
            allowed=((last + timedelta(days=1)).isoformat(),),
        )


def checks_of_lines(
    lines: Sequence[LineItemWrite],
    *,
    path: str = "lines",
    use: Use = Use.LINE,
    stored: Sequence[LineItem] = (),
) -> Iterator[Check]:
    """Account, tax type and tracking of every line that is new, or says otherwise than before."""
    before = {line.line_item_id: _coding(line) for line in stored}
    for place, line in enumerate(lines):
        if line.line_item_id is not None and before.get(line.line_item_id) == _coding(line):
            continue
        here = f"{path}.{place}"
        yield OfAccount(
            path=f"{here}.account_code",
            code=line.account_code,
            use=use,
            tax_type=line.tax_type,
            tax_path=f"{here}.tax_type",
        )
        yield from checks_of_tracking(line.tracking, path=f"{here}.tracking")


def _coding(line: LineItem | LineItemWrite) -> tuple[object, ...]:
    tracking = tuple((one.name, one.option) for one in line.tracking or ())
    return (line.account_code or None, line.tax_type, tracking)


def checks_of_tracking(
    tracking: Sequence[LineTrackingWrite] | None, *, path: str
) -> Iterator[Check]:
    for one in tracking or ():
        if one.name is not None and one.option is not None:
            yield OfTracking(path=path, category=one.name, option=one.option)


async def precheck(xero: ScopedXero, checks: Iterator[Check] | Sequence[Check]) -> None:
    """Refuse what Xero would refuse, with every problem at once; costs no request once cached.

    Where the reference data cannot be had, Xero is asked without it.

    Raises:
        XeroMcpError: INVALID_ARGUMENTS, with the nearest right values.
    """
    asked = list(checks)
    try:
        found = _problems(asked, await _known(asked, xero.reference, max_age_seconds=None))
        if found:
            fresh = await _known(asked, xero.reference, max_age_seconds=FRESH_SECONDS)
            found = _problems(asked, fresh)
    except XeroMcpError:
        return
    if found:
        raise XeroMcpError(
            "Xero would refuse this; nothing was sent.",
            code=ErrorCode.INVALID_ARGUMENTS,
            next_step="Mend what the details name; `allowed` has the nearest right values.",
            details=found,
        )


def _problems(checks: Sequence[Check], known: Known) -> list[Detail]:
    return list(dict.fromkeys(problem for check in checks for problem in check.problems(known)))


async def _known(
    checks: Sequence[Check], reference: Reference, *, max_age_seconds: float | None
) -> Known:
    nouns = {noun for check in checks for noun in check.nouns}
    age = max_age_seconds
    return Known(
        accounts=await reference.accounts(max_age_seconds=age) if "Accounts" in nouns else (),
        tax_rates=await reference.tax_rates(max_age_seconds=age) if "TaxRates" in nouns else (),
        tracking=await reference.tracking(max_age_seconds=age)
        if "TrackingCategories" in nouns
        else (),
        currencies=await reference.currencies(max_age_seconds=age) if "Currencies" in nouns else (),
        organisation=await reference.organisation(max_age_seconds=age)
        if "Organisation" in nouns
        else None,
    )
