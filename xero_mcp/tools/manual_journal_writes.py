"""Manual journals: making, posting, changing and ending them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, WithJsonSchema, model_validator

from xero_mcp.money import to_text
from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.args import Args, Cents, Day, Write, XeroId
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import GET, POST, PUT, tool
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.trace import STATUS_ENDS, Traced
from xero_mcp.tools.bulk import (
    MAX_DOCUMENTS,
    AllOrNothing,
    Saved,
    SavedAnswer,
    saved_answer,
    write_params,
)
from xero_mcp.tools.document_facts import (
    LINE_AMOUNTS,
    Outline,
    Step,
    Worth,
    amounts_of,
    counted,
    facts_of_documents,
    total_of,
)
from xero_mcp.tools.document_total import AmountsAre
from xero_mcp.tools.ledger_facts import Movement, version_of
from xero_mcp.tools.lines import MAX_LINES, AccountCode, Choices, Description, TaxType
from xero_mcp.tools.links import page_link
from xero_mcp.tools.manual_journals import ALL, ONE, debits
from xero_mcp.tools.prechecks import Check, OfDay, Use, checks_of_lines, precheck
from xero_mcp.xero.models.line_item import LineItemWrite, LineTrackingWrite
from xero_mcp.xero.models.manual_journal import (
    ManualJournal,
    ManualJournalLine,
    ManualJournalLineWrite,
    ManualJournals,
    ManualJournalsWrite,
    ManualJournalWrite,
)
from xero_mcp.xero.models.organisation import Organisation
from xero_mcp.xero.scoped import ScopedXero

ENDED = frozenset({"voided", "deleted"})
MIN_LINES = 2
UNDO = {
    "draft": "Save it again with status deleted.",
    "posted": "Save it again with status voided.",
}
SignedCents = Annotated[Cents, WithJsonSchema({"type": "string"})]


class JournalLine(Args):
    """A line of a journal."""

    account_code: AccountCode = Field(description="Account.")
    amount: SignedCents = Field(description="Debit 10.00, credit -10.00.")
    description: Description | None = Field(default=None, description="Text.")
    tax_type: TaxType | None = Field(default=None, description="Else none.")
    tracking: Choices | None = Field(default=None, description="Category: Option.")


class JournalEntry(Args):
    """One manual journal, new or stored."""

    manual_journal_id: XeroId | None = Field(default=None, description="Else new.")
    narration: Annotated[str, StringConstraints(min_length=1, max_length=4000)] | None = Field(
        default=None, description="What for."
    )
    date: Day | None = Field(default=None, description="Else today.")
    amounts_are: AmountsAre | None = Field(default=None, description="Else no-tax.")
    lines: (
        Annotated[list[JournalLine], Field(min_length=MIN_LINES, max_length=MAX_LINES)] | None
    ) = Field(default=None, description="Replace all stored.")
    cash_basis: bool | None = Field(default=None, description="On cash reports.")

    @property
    def is_new(self) -> bool:
        return self.manual_journal_id is None

    @model_validator(mode="after")
    def _is_whole(self) -> "JournalEntry":
        if self.is_new and (self.narration is None or self.lines is None):
            raise ValueError("a new journal needs narration and lines")
        rest = sum((line.amount for line in self.lines or ()), Decimal(0))
        if self.amounts_are != "exclusive" and rest:
            raise ValueError(f"debits and credits differ by {to_text(rest)}; they must be equal")
        return self


class SaveManualJournals(Write):
    """Arguments of save-manual-journals."""

    status: Literal["draft", "posted", "voided", "deleted"] = Field(
        default="draft",
        description="voided: posted ones; deleted: drafts.",
    )
    journals: list[JournalEntry] = Field(
        min_length=1,
        max_length=MAX_DOCUMENTS,
        description="All new or all stored.",
    )
    all_or_nothing: AllOrNothing = False

    @model_validator(mode="after")
    def _new_or_stored(self) -> "SaveManualJournals":
        news = [one.is_new for one in self.journals]
        if any(news) != all(news):
            raise ValueError("holds new and stored ones; send them in two calls")
        if self.status in ENDED and any(news):
            raise ValueError(f"{self.status} is for stored ones; give their ids")
        ids = [one.manual_journal_id for one in self.journals if not one.is_new]
        if len(set(ids)) < len(ids):
            raise ValueError("names one of them twice")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A journal as it will be sent, and as it is stored."""

    body: ManualJournalWrite
    stored: ManualJournal | None = None


async def _plan(args: SaveManualJournals, xero: ScopedXero) -> list[Planned]:
    """Stored ones are read: Xero wants a change with narration and lines."""
    planned: list[Planned] = []
    for entry in args.journals:
        stored = None
        if entry.manual_journal_id is not None:
            ids = {"ManualJournalID": entry.manual_journal_id}
            stored = (await xero.get(ONE, ManualJournals, ids=ids)).manual_journals[0]
        planned.append(Planned(body=_body(entry, stored, args.status), stored=stored))
    return planned


def _body(entry: JournalEntry, stored: ManualJournal | None, status: str) -> ManualJournalWrite:
    narration = entry.narration or (stored.narration if stored else None)
    if status in ENDED:
        return ManualJournalWrite(
            manual_journal_id=entry.manual_journal_id, narration=narration, status=status.upper()
        )
    kept = stored.line_amount_types if stored else None
    amounts_are = entry.amounts_are or (amounts_of(kept) if kept else "no-tax")
    new = None if entry.lines is None else [_new_line(line) for line in entry.lines]
    old = [_kept_line(line) for line in stored.journal_lines] if stored else []
    return ManualJournalWrite(
        manual_journal_id=entry.manual_journal_id,
        narration=narration,
        date=entry.date or (stored.date if stored else None),
        status=status.upper(),
        line_amount_types=LINE_AMOUNTS[amounts_are],
        journal_lines=tuple(old if new is None else new),
        show_on_cash_basis_reports=entry.cash_basis,
    )


def _new_line(line: JournalLine) -> ManualJournalLineWrite:
    tracking = tuple(
        LineTrackingWrite(name=one.category, option=one.option) for one in line.tracking or ()
    )
    return ManualJournalLineWrite(
        line_amount=line.amount,
        account_code=line.account_code,
        description=line.description,
        tax_type=line.tax_type,
        tracking=tracking or None,
    )


def _kept_line(line: ManualJournalLine) -> ManualJournalLineWrite:
    tracking = tuple(
        LineTrackingWrite(name=one.name, option=one.option)
        for one in line.tracking
        if one.name and one.option
    )
    return ManualJournalLineWrite(
        line_amount=line.line_amount,
        account_code=line.account_code,
        description=line.description,
        tax_type=line.tax_type,
        tracking=tracking or None,
    )


async def _facts(args: SaveManualJournals, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    """What is debited, tax included, counts as the total."""
    planned = await _plan(args, xero)
    outlines = [await _outline(one, args.status, xero) for one in planned]
    return await facts_of_documents(outlines, xero, wanted)


async def _outline(planned: Planned, status: str, xero: ScopedXero) -> Outline:
    body, stored = planned.body, planned.stored
    sent = body.journal_lines
    if sent is None:
        sent = tuple(_kept_line(line) for line in stored.journal_lines) if stored else ()
    lines = tuple(_as_line(line) for line in sent)
    amounts_are = amounts_of(body.line_amount_types) if body.line_amount_types else "no-tax"
    debited = [line for line in lines if line.unit_amount is not None and line.unit_amount > 0]
    total = await total_of(debited, amounts_are=amounts_are, xero=xero)
    counts = None
    if stored is not None:
        kept = [_as_line(_kept_line(line)) for line in stored.journal_lines]
        owed = [line for line in kept if line.unit_amount is not None and line.unit_amount > 0]
        own = amounts_of(stored.line_amount_types) if stored.line_amount_types else "no-tax"
        was = await total_of(owed, amounts_are=own, xero=xero)
        before = Worth(total=was, lines=owed, amounts_are=own, currency=None)
        after = Worth(total=total, lines=debited, amounts_are=amounts_are, currency=None)
        step = Step(before=stored.status.lower(), after=status)
        counts = await counted(step, before, after, xero)
    moved = Movement(
        kind=f"{status} manual journal",
        total=total,
        counted=counts,
        days=(body.date,) if stored is None else (body.date or stored.date, stored.date),
        object_id=stored.manual_journal_id if stored else None,
        version=version_of(stored.manual_journal_id, stored.updated_date_utc) if stored else None,
        stands=f"{stored.narration}, {stored.status.lower()}, of {stored.date}" if stored else "",
    )
    return Outline(moved=moved, lines=lines, amounts_are=amounts_are, status=status)


def _as_line(line: ManualJournalLineWrite) -> LineItemWrite:
    """As a line of a document: what is not taxed says so."""
    return LineItemWrite(
        quantity=Decimal(1),
        unit_amount=line.line_amount,
        account_code=line.account_code,
        tax_type=line.tax_type or "NONE",
        tracking=line.tracking,
    )


async def _check(args: SaveManualJournals, xero: ScopedXero) -> None:
    await precheck(xero, _checks(args))


@tool(
    area=Area.MANUAL_JOURNALS,
    access=Access.DRAFT,
    access_by=Varies(
        argument="status",
        values={
            "draft": Access.DRAFT.value,
            "posted": Access.POST.value,
            "voided": Access.FULL.value,
            "deleted": Access.FULL.value,
        },
        default="draft",
    ),
    reaches=(PUT(ALL), POST(ALL), POST(ONE)),
    also=(GET(ONE),),
    aliases=(
        "create-manual-journal",
        "update-manual-journal",
    ),
    says="save manual journals as {status}",
    facts=_facts,
    checks=_check,
    trace=Traced(
        path=ALL,
        key="ManualJournalID",
        marks={"narration": "Narration", "date": "Date", "status": "Status"},
        proofs=(("narration",),),
        each="journals",
        id_argument="manual_journal_id",
        end_by="status",
        ends=STATUS_ENDS,
        shown="Narration",
    ),
)
async def save_manual_journals(args: SaveManualJournals, xero: ScopedXero) -> SavedAnswer:
    """Create or change manual journals, up to 50; post, void or delete them by status.

    Debits and credits must be equal. Of stored ones only what is sent changes.
    """
    planned = await _plan(args, xero)
    organisation = await xero.reference.organisation()
    found = await _send(planned, args, xero)
    verb = "created" if args.journals[0].is_new else "changed"
    return saved_answer(
        [_saved(one, organisation) for one in found],
        done=f"manual journal {verb}, status {args.status}",
        undo=UNDO.get(args.status),
        organisation=xero.organisation.name,
    )


def _checks(args: SaveManualJournals) -> Iterator[Check]:
    """Also of drafts: Xero drops an account that it does not know from one, and goes on."""
    for place, one in enumerate(args.journals):
        here = f"journals.{place}"
        lines = [_as_line(_new_line(line)) for line in one.lines or ()]
        yield from checks_of_lines(lines, path=f"{here}.lines", use=Use.JOURNAL)
        if args.status == "posted" and one.date is not None:
            yield OfDay(path=f"{here}.date", day=one.date)


async def _send(
    planned: Sequence[Planned], args: SaveManualJournals, xero: ScopedXero
) -> Sequence[ManualJournal]:
    body = ManualJournalsWrite(manual_journals=tuple(one.body for one in planned))
    params = write_params(len(planned), all_or_nothing=args.all_or_nothing)
    params.pop("unitdp")  # journals have no unit prices
    stored_id = args.journals[0].manual_journal_id
    if stored_id is None:
        found = await xero.put(ALL, ManualJournals, body, params=params)
    elif len(planned) == 1:
        found = await xero.post(ONE, ManualJournals, body, ids={"ManualJournalID": stored_id})
    else:
        found = await xero.post(ALL, ManualJournals, body, params=params)
    return found.manual_journals


def _saved(one: ManualJournal, organisation: Organisation) -> Saved:
    errors = tuple(error.message for error in one.validation_errors)
    if one.status_attribute_string == "ERROR" and not errors:
        errors = ("refused without a message",)
    return Saved(
        id=one.manual_journal_id,
        status=one.status.lower(),
        total=debits(one),
        currency=organisation.base_currency,
        errors=errors,
        link=page_link("manual journal", one.manual_journal_id, organisation.short_code),
    )
