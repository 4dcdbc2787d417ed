"""The journals behind everything: read only, in the order in which they were made."""

from pydantic import Field, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import Answer, Cell
from xero_mcp.tool.args import Day, InOrganisation, XeroId
from xero_mcp.tool.declare import GET, tool
from xero_mcp.tool.table import Column, TextColumn, as_rows, columns_by_others
from xero_mcp.tools.paging import day_start
from xero_mcp.xero.models.journal import Journal, JournalLine, Journals
from xero_mcp.xero.scoped import ScopedXero

PAGE = 100
"""As many as Xero gives at once; there is no way to ask it for fewer or more."""
MAX_JOURNALS = 1_000
"""As far as one call follows the feed: ten requests."""
MAX_NUMBER = 10**9
Row = tuple[Journal, JournalLine]

COLUMNS = (
    TextColumn[Row](name="number", read=lambda row: row[0].journal_number),
    Column[Row](name="date", read=lambda row: row[0].journal_date),
    Column[Row](name="source", read=lambda row: row[0].source_type),
    Column[Row](name="source_id", read=lambda row: row[0].source_id),
    TextColumn[Row](name="reference", read=lambda row: row[0].reference or None),
    Column[Row](name="account_code", read=lambda row: row[1].account_code or None),
    TextColumn[Row](name="account", read=lambda row: row[1].account_name),
    Column[Row](name="net", read=lambda row: row[1].net_amount),
    Column[Row](name="tax", read=lambda row: row[1].tax_amount),
    TextColumn[Row](name="description", read=lambda row: row[1].description),
)


class JournalsAnswer(Answer):
    """Lines of journals, and where to go on."""

    columns: list[str]
    rows: list[list[Cell]] = Field(description="One list per line, in the order of columns.")
    journals: int = Field(description="How many journals the rows are of.")
    next_after: int | None = Field(default=None, description="Absent at the end.")
    organisation: str

    def row_count(self) -> int:
        return len(self.rows)


class ListJournals(InOrganisation):
    """Arguments of list-journals."""

    after: int = Field(default=0, ge=0, le=MAX_NUMBER, description="Journals numbered above this.")
    limit: int = Field(default=25, ge=1, le=MAX_JOURNALS, description="How many journals.")
    journal_id: XeroId | None = Field(default=None, description="Only this one.")
    number: int | None = Field(default=None, ge=1, le=MAX_NUMBER, description="Or this number.")
    cash_basis: bool = Field(default=False, description="Only what counts on a cash basis.")
    created_since: Day | None = Field(default=None, description="Made on or after (UTC).")

    @model_validator(mode="after")
    def _one_way(self) -> "ListJournals":
        if self.journal_id is not None and self.number is not None:
            raise ValueError("takes journal_id or number, not both")
        return self


@tool(
    area=Area.JOURNALS,
    access=Access.READ,
    reaches=(GET("/Journals"), GET("/Journals/{JournalID}"), GET("/Journals/{JournalNumber}")),
    says="list journals{ after number: after}",
)
async def list_journals(args: ListJournals, xero: ScopedXero) -> JournalsAnswer:
    """List the ledger's journals, a row for each line: debits above zero, credits below.

    Follow next_after. source_id is the invoice, payment or other record behind it.
    """
    found, may_go_on = await _read(args, xero)
    shown = found[: args.limit]
    rows = [(journal, line) for journal in shown for line in journal.journal_lines]
    more = len(found) > len(shown) or may_go_on
    return JournalsAnswer(
        text_by_others=columns_by_others(rows, COLUMNS),
        columns=[column.name for column in COLUMNS],
        rows=as_rows(rows, COLUMNS),
        journals=len(shown),
        next_after=shown[-1].journal_number if more else None,
        organisation=xero.organisation.name,
    )


async def _read(args: ListJournals, xero: ScopedXero) -> tuple[list[Journal], bool]:
    """Journals up to the limit, a few to spare, and whether the feed may go on behind them."""
    if args.journal_id is not None:
        ids = {"JournalID": args.journal_id}
        return list((await xero.get("/Journals/{JournalID}", Journals, ids=ids)).journals), False
    if args.number is not None:
        ids = {"JournalNumber": str(args.number)}
        found = await xero.get("/Journals/{JournalNumber}", Journals, ids=ids)
        return list(found.journals), False
    journals: list[Journal] = []
    after, since = args.after, day_start(args.created_since)
    pages = -(-args.limit // PAGE)
    for page in range(pages):
        params = {"offset": after, "paymentsOnly": True if args.cash_basis else None}
        found = await xero.get("/Journals", Journals, params=params, modified_since=since)
        journals.extend(found.journals)
        if len(found.journals) < PAGE:
            return journals, False
        after = found.journals[-1].journal_number
        if pages > 1:
            await xero.tell(page + 1, pages, "reading journals")
    return journals, True
