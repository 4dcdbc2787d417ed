"""What accounts amount to, on either basis and under a filter by tracking."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

from xero_mcp.demo_company.chart import DEBIT_CLASSES
from xero_mcp.demo_company.kernel import Call, Company, Json
from xero_mcp.demo_company.ledger import Entry
from xero_mcp.demo_company.reports.cash import cash_entries
from xero_mcp.demo_company.rounding import ZERO

Keep = Callable[[Entry], bool]


class Figures:
    """Sums of one organisation: from the ledger's own where nothing is filtered."""

    def __init__(self, company: Company, *, cash: bool = False, keep: Keep | None = None) -> None:
        self.company = company
        self._days: dict[str, dict[date, Decimal]] | None = None
        if cash or keep is not None:
            self._days = {}
            for day, entry in cash_entries(company) if cash else accrual_entries(company):
                if keep is None or keep(entry):
                    days = self._days.setdefault(entry.account_id, {})
                    days[day] = days.get(day, ZERO) + entry.net

    def net(self, account_id: str, until: date, since: date = date.min) -> Decimal:
        """Debits less credits from `since` to `until`."""
        if self._days is None:
            return self.company.ledger.balance(account_id, until=until, since=since)
        days = self._days.get(account_id, {})
        return sum((net for day, net in days.items() if since <= day <= until), ZERO)

    def natural(self, account: Json, until: date, since: date = date.min) -> Decimal:
        """The same, as a plus on the side on which the account's class grows."""
        net = self.net(account["AccountID"], until, since)
        return net if account["Class"] in DEBIT_CLASSES else -net

    def earnings(self, until: date, since: date = date.min) -> Decimal:
        """Income less costs of the span."""
        return -sum(
            (
                self.net(account["AccountID"], until, since)
                for account in self.company.table("Accounts")
                if account["Class"] in {"REVENUE", "EXPENSE"}
            ),
            ZERO,
        )


def accrual_entries(company: Company) -> Iterator[tuple[date, Entry]]:
    for journal in company.ledger.all_live():
        for entry in journal.entries:
            yield journal.day, entry


def figures_of(call: Call, keep: Keep | None = None) -> Figures:
    """Figures on the basis that the call asks for: `paymentsOnly` is the cash basis."""
    return Figures(call.company, cash=call.flag("paymentsonly"), keep=keep)


def accounts_by_name(company: Company) -> list[Json]:
    return sorted(company.table("Accounts"), key=lambda account: account["Name"].lower())
