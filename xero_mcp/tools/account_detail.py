"""Every line that touched an account, tied to what the report says it moved by."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from pydantic import Field, model_validator

from xero_mcp.errors import Detail, ErrorCode, XeroMcpError
from xero_mcp.money import to_text
from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import Answer, Cell, DayText, MoneyText, OthersText
from xero_mcp.tool.args import Day, InOrganisation, ShortText
from xero_mcp.tool.declare import GET, tool
from xero_mcp.tools import posting_lists as lists
from xero_mcp.tools.account_lines import AccountLine, Documents, Touched, lines_on
from xero_mcp.tools.report_rows import FlatReport, amount, flatten
from xero_mcp.xero.models.account import Account
from xero_mcp.xero.models.postings import PaymentPosting, Posting
from xero_mcp.xero.models.report import Reports
from xero_mcp.xero.scoped import Param, ScopedXero

TRIAL_BALANCE = GET("/Reports/TrialBalance")
PROFIT_AND_LOSS = GET("/Reports/ProfitAndLoss")
PAGE_SIZE = 200
COLUMNS = ("date", "source", "document_id", "number", "contact", "description", "amount")
NOT_VISIBLE = (
    "rounding and currency gains, which have no document",
    "conversion balances, stock movements, depreciation runs, expense claims and pay runs",
)


class AccountDetailArgs(InOrganisation):
    """Arguments of account-detail."""

    account: ShortText = Field(description="Code or id.")
    from_date: Day = Field(description="First day.")
    to_date: Day = Field(description="Last day.")
    page: int = Field(default=1, ge=1, le=1_000, description="200 lines each.")

    @model_validator(mode="after")
    def _in_order(self) -> "AccountDetailArgs":
        if self.from_date > self.to_date:
            raise ValueError("from_date is after to_date")
        return self


class AccountDetail(Answer):
    """The lines of an account, and whether they explain it."""

    COLUMNS_BY_OTHERS = frozenset({"contact", "description", "number"})

    account: OthersText
    account_id: str
    from_date: DayText
    to_date: DayText
    currency: str
    columns: list[str]
    rows: list[list[Cell]] = Field(description="Amounts in base currency; debits are a plus.")
    page: int
    pages: int
    next_page: int | None = None
    lines: int
    lines_total: MoneyText | None = Field(
        default=None, description="Over all lines; absent where not complete."
    )
    report_movement: MoneyText
    difference: MoneyText | None = Field(
        default=None, description="Movement that no line explains; absent where not complete."
    )
    complete: bool
    not_visible: list[str]
    organisation: str

    def row_count(self) -> int:
        return len(self.rows)


@tool(
    area=Area.REPORTS,
    access=Access.READ,
    also=(
        lists.INVOICES,
        lists.CREDIT_NOTES,
        lists.BANK_TRANSACTIONS,
        lists.MANUAL_JOURNALS,
        lists.PAYMENTS,
        lists.PREPAYMENTS,
        TRIAL_BALANCE,
        PROFIT_AND_LOSS,
    ),
    also_areas=(
        Area.INVOICES,
        Area.BILLS,
        Area.CREDIT_NOTES,
        Area.BANK_TRANSACTIONS,
        Area.MANUAL_JOURNALS,
        Area.PAYMENTS,
    ),
    says="list what touched the account {account} from {from_date} to {to_date}",
)
async def account_detail(args: AccountDetailArgs, xero: ScopedXero) -> AccountDetail:
    """List every line on an account between two days and tie it to the report's movement.

    difference: what documents do not explain. About 8 requests, more with many documents.
    """
    account = await _account(args.account, xero)
    touched = Touched(account=account, since=args.from_date, until=args.to_date)
    found, complete = await _documents(touched, xero)
    lines = lines_on(touched, found)
    movement = await _movement(touched, xero)
    total = sum((line.amount for line in lines), Decimal(0))
    pages = max(1, -(-len(lines) // PAGE_SIZE))
    shown = lines[(args.page - 1) * PAGE_SIZE : args.page * PAGE_SIZE]
    return AccountDetail(
        account=account.name,
        account_id=account.account_id,
        from_date=args.from_date,
        to_date=args.to_date,
        currency=(await xero.reference.organisation()).base_currency,
        columns=list(COLUMNS),
        rows=[_row(line) for line in shown],
        page=args.page,
        pages=pages,
        next_page=args.page + 1 if args.page < pages else None,
        lines=len(lines),
        lines_total=total if complete else None,
        report_movement=movement,
        difference=movement - total if complete else None,
        complete=complete,
        not_visible=list(NOT_VISIBLE),
        organisation=xero.organisation.name,
    )


async def _account(asked: str, xero: ScopedXero) -> Account:
    accounts = await xero.reference.accounts()
    wanted = asked.strip().casefold()
    for one in accounts:
        if wanted in {one.account_id.casefold(), (one.code or "").casefold()} - {""}:
            return one
    raise XeroMcpError(
        "There is no account of that code or id.",
        code=ErrorCode.INVALID_ARGUMENTS,
        next_step="Take a code or an id from list-accounts.",
        details=[Detail(path="account", message="is not in the chart of accounts")],
    )


async def _documents(touched: Touched, xero: ScopedXero) -> tuple[Documents, bool]:
    days = list(lists.between("Date", touched.since, touched.until))
    invoices = await lists.invoices(xero, *days, lines=True)
    notes = await lists.credit_notes(xero, *days)
    bank = await lists.bank_transactions(xero, *days)
    journals = await lists.manual_journals(xero, touched.since, touched.until)
    payments = await lists.payments(xero, *days)
    prepayments = await lists.prepayments(xero)
    rates = await _rates(payments.items, [*invoices.items, *notes.items], xero)
    found = Documents(
        invoices=invoices.items,
        credit_notes=notes.items,
        bank_transactions=bank.items,
        journals=journals.items,
        payments=payments.items,
        prepayments=prepayments.items,
        rates=rates,
    )
    read = (invoices, notes, bank, journals, payments, prepayments)
    return found, all(one.complete for one in read)


async def _rates(
    payments: Sequence[PaymentPosting], documents: Sequence[Posting], xero: ScopedXero
) -> dict[str, Decimal]:
    """The own rates of documents in foreign currency that payments settle."""
    base = (await xero.reference.organisation()).base_currency
    rates = {one.id: one.currency_rate for one in documents if one.currency_rate}
    missing = {
        one.invoice.id
        for one in payments
        if one.invoice and one.invoice.currency_code not in (None, base)
    } - rates.keys()
    for one in await lists.invoices_by_id(xero, sorted(missing)):
        if one.currency_rate:
            rates[one.id] = one.currency_rate
    return rates


async def _movement(touched: Touched, xero: ScopedXero) -> Decimal:
    """By how much the account moved, as Xero's own report has it; debits are a plus."""
    account = touched.account
    if account.class_ in {"REVENUE", "EXPENSE"}:
        span: dict[str, Param] = {
            "fromDate": touched.since,
            "toDate": touched.until,
            "standardLayout": True,
        }
        flat = await _flat(PROFIT_AND_LOSS.path, span, xero)
        moved = next((amount(row[3]) for row in flat.rows if row[2] == account.account_id), None)
        return (moved or Decimal(0)) * (1 if account.class_ == "EXPENSE" else -1)
    before = await _balance(account, touched.since - timedelta(days=1), xero)
    return await _balance(account, touched.until, xero) - before


async def _balance(account: Account, day: date, xero: ScopedXero) -> Decimal:
    flat = await _flat(TRIAL_BALANCE.path, {"date": day}, xero)
    debit, credit = (flat.columns.index(f"YTD {side}") for side in ("Debit", "Credit"))
    for row in flat.rows:
        if row[2] == account.account_id:
            return amount(row[debit]) - amount(row[credit])
    return Decimal(0)


async def _flat(path: str, params: dict[str, Param], xero: ScopedXero) -> FlatReport:
    return flatten((await xero.get(path, Reports, params=params)).reports[0], "accounts")


def _row(line: AccountLine) -> list[object]:
    return [
        line.dated.isoformat(),
        line.source,
        line.document_id,
        line.number,
        line.contact,
        line.description,
        to_text(line.amount),
    ]
