"""What came into the bank accounts and what left them."""

from dataclasses import dataclass
from decimal import Decimal

from xero_mcp.demo_company.kernel import Company, Json
from xero_mcp.demo_company.reports.periods import Span, day_before
from xero_mcp.demo_company.rounding import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """In base currency; spent is a plus."""

    account: Json
    opening: Decimal
    received: Decimal
    spent: Decimal

    @property
    def closing(self) -> Decimal:
        return self.opening + self.received - self.spent


def bank_movements(company: Company, span: Span, *, transfers: bool = True) -> list[Movement]:
    """One for each bank account that is in use, by name; `transfers` between them may be left out.

    Without transfers the closing amounts are not those of the books.
    """
    banks = {
        account["AccountID"]: account
        for account in company.table("Accounts")
        if account["Type"] == "BANK"
    }
    received = dict.fromkeys(banks, ZERO)
    spent = dict.fromkeys(banks, ZERO)
    for journal in company.ledger.all_live():
        if not span.since <= journal.day <= span.until:
            continue
        if not transfers and journal.source_type == "TRANSFER":
            continue
        for entry in journal.entries:
            if entry.account_id in banks:
                into = received if entry.net > 0 else spent
                into[entry.account_id] += abs(entry.net)
    movements = [
        Movement(
            account=account,
            opening=company.ledger.balance(account_id, until=day_before(span.since)),
            received=received[account_id],
            spent=spent[account_id],
        )
        for account_id, account in banks.items()
        if account.get("Status", "ACTIVE") == "ACTIVE" or account_id in company.ledger.accounts()
    ]
    return sorted(movements, key=lambda movement: movement.account["Name"].lower())
