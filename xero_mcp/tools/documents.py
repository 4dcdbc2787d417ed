"""Making and changing documents with lines: the same way for credit notes, quotes and orders."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, StringConstraints, WithJsonSchema, model_validator

from xero_mcp.money import to_text
from xero_mcp.tool.access import Access, Reach
from xero_mcp.tool.args import Args, Day, ShortText, Write, XeroId
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import GET, POST, PUT
from xero_mcp.tools.bulk import AllOrNothing, Saved, SavedAnswer, saved_answer, write_params
from xero_mcp.tools.document_facts import (
    LINE_AMOUNTS,
    amounts_of,
    with_own_tax,
)
from xero_mcp.tools.document_total import AmountsAre
from xero_mcp.tools.lines import (
    MAX_LINES,
    TOLD,
    EditedLine,
    Merged,
    ReplacesLines,
    merged,
    replacing,
)
from xero_mcp.tools.links import short_code
from xero_mcp.tools.prechecks import Check, OfCurrency, OfDay, checks_of_lines, precheck
from xero_mcp.xero.models.base import XeroWrite
from xero_mcp.xero.models.contact import ContactRef
from xero_mcp.xero.models.document import Document, Documents, DocumentWrite
from xero_mcp.xero.scoped import ScopedXero

CurrencyCode = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{3}$"), WithJsonSchema({"type": "string"})
]
ENDED = frozenset({"voided", "deleted"})
_NO_FIELDS = frozenset(
    {"organisation", "request_id", "type", "status", "lines", "duplicate_of_known"}
    | {"replaces_lines"}
)
"""Arguments that are told in other words, or are no field of a document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One kind of document, as far as writing it goes."""

    path: str
    """`/CreditNotes`."""
    id_name: str
    """`CreditNoteID`."""
    spoken: str
    """`credit note`."""
    envelope: type[Documents]
    write: type[DocumentWrite]
    wrap: Callable[[Sequence[Any]], XeroWrite]
    link: Callable[[Document, str | None], str | None]
    reads_first: bool = False
    """Whether Xero loses what an update does not send again."""
    posts: bool = False
    """Whether an approved one is in the ledger, so that its day must be open."""
    in_capitals: bool = False
    """Whether Xero writes EXCLUSIVE where it writes Exclusive elsewhere."""

    @property
    def one(self) -> str:
        """The path of a single one."""
        return f"{self.path}/{{{self.id_name}}}"

    def amounts(self, amounts_are: AmountsAre) -> str:
        """Xero's word for it."""
        word = LINE_AMOUNTS[amounts_are].value
        return word.upper() if self.in_capitals else word

    @property
    def reaches(self) -> tuple[Reach, ...]:
        """What saving it takes."""
        return (PUT(self.path), POST(self.path), POST(self.one))

    @property
    def also(self) -> tuple[Reach, ...]:
        return (GET(self.one),)


class DocumentChange(Args):
    """One document, where it is stored: what is to be another."""

    contact_id: XeroId | None = Field(default=None, description="Whose.")
    date: Day | None = Field(default=None, description="Date.")
    lines: Annotated[list[EditedLine], Field(max_length=MAX_LINES)] | None = Field(
        default=None, description=TOLD
    )
    replaces_lines: ReplacesLines

    @property
    def document_id(self) -> str | None:
        """Its id; None for a new one."""
        raise NotImplementedError

    def own_fields(self, stored: Document | None) -> Mapping[str, Any]:
        """What only this kind of document has, by the names of its write model."""
        raise NotImplementedError


class Labels(Args):
    """What people call it by."""

    number: ShortText | None = Field(default=None, description="No.")
    reference: ShortText | None = Field(default=None, description="Ref.")


class NewDocument(DocumentChange):
    """One document to make, or to change where its id is given."""

    currency: CurrencyCode | None = Field(default=None, description="Else base.")
    amounts_are: AmountsAre | None = Field(default=None, description="Of tax.")


class DocumentEntry(NewDocument, Labels):
    """The same with a number and a reference."""


class Saving(Write):
    """Arguments of a tool that saves documents."""

    @property
    def is_all_or_nothing(self) -> bool:
        """Whether one that is refused keeps the others out."""
        return True

    @property
    def entries(self) -> Sequence[DocumentChange]:
        """The documents."""
        raise NotImplementedError

    @property
    def asked_status(self) -> str:
        """The status that each of them shall have."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _new_or_stored(self) -> "Saving":
        ids = [one.document_id for one in self.entries if one.document_id is not None]
        if ids and len(ids) < len(self.entries):
            raise ValueError("holds new and stored ones; send them in two calls")
        if len(set(ids)) < len(ids):
            raise ValueError("names one of them twice")
        if not ids and self.asked_status in ENDED:
            raise ValueError(f"{self.asked_status} is for stored ones; give their ids")
        if not ids and any(not one.contact_id or not one.lines for one in self.entries):
            raise ValueError("a new one needs contact_id and lines")
        return self


class BulkSaving(Saving):
    """Arguments of a tool that saves up to 50 of them."""

    all_or_nothing: AllOrNothing = False

    @property
    def is_all_or_nothing(self) -> bool:
        return self.all_or_nothing


def levels(**by_status: Access) -> Varies:
    """What each status takes; a draft where none is named."""
    values = {status: level.value for status, level in by_status.items()}
    return Varies(argument="status", values=values, default="draft")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A document as it will be sent, and as it is stored, where that was read."""

    body: DocumentWrite
    stored: Document | None = None
    amounts_are: AmountsAre = "exclusive"
    merge: Merged | None = None


Stored = Mapping[str, Document]
"""Documents as Xero holds them, by id."""


async def read_stored(
    paper: Paper, saving: Saving, xero: ScopedXero, *, every: bool = False
) -> Stored:
    """The stored ones that are to change: all of them, or those whose lines do.

    Raises:
        XeroMcpError: XERO_NOT_FOUND where one is not there.
    """
    found: dict[str, Document] = {}
    for entry in saving.entries:
        needed = every or paper.reads_first or entry.lines is not None
        if entry.document_id is not None and needed:
            ids = {paper.id_name: entry.document_id}
            read = await xero.get(paper.one, paper.envelope, ids=ids, params={"unitdp": 4})
            found[entry.document_id] = read.documents[0]
    return found


async def plan(paper: Paper, saving: Saving, stored: Stored, xero: ScopedXero) -> list[Planned]:
    """Each document as it will be sent.

    Raises:
        XeroMcpError: INVALID_ARGUMENTS where one has no line of a given id.
    """
    status = saving.asked_status
    return [
        await _planned(paper, entry, stored.get(entry.document_id or ""), status, xero)
        for entry in saving.entries
    ]


async def _planned(
    paper: Paper, entry: DocumentChange, stored: Document | None, status: str, xero: ScopedXero
) -> Planned:
    new = entry if isinstance(entry, NewDocument) else None
    asked_amounts = new.amounts_are if new else None
    amounts_are = asked_amounts or amounts_of(stored.line_amount_types if stored else None)
    fields: dict[str, Any] = {"status": status.upper(), **_id_field(paper, entry)}
    if status in ENDED:
        if paper.reads_first:
            fields |= entry.own_fields(stored)
        return Planned(body=paper.write(**fields), stored=stored, amounts_are=amounts_are)
    merge = None
    if entry.lines is not None:
        there = stored.line_items if stored else ()
        merge = merged(
            there, replacing(there, entry.lines) if entry.replaces_lines else entry.lines
        )
        fields["line_items"] = await with_own_tax(merge.lines, amounts_are=amounts_are, xero=xero)
    is_new = entry.document_id is None
    currency = new.currency if new else None
    if is_new and currency is None:
        currency = (await xero.reference.organisation()).base_currency
    says_amounts = asked_amounts is not None or is_new
    fields |= {
        "contact": ContactRef(contact_id=entry.contact_id) if entry.contact_id else None,
        "date": entry.date,
        "currency_code": currency,
        "line_amount_types": paper.amounts(amounts_are) if says_amounts else None,
        **entry.own_fields(stored),
    }
    return Planned(body=paper.write(**fields), stored=stored, amounts_are=amounts_are, merge=merge)


def _id_field(paper: Paper, entry: DocumentChange) -> dict[str, str]:
    """`CreditNoteID` is `credit_note_id` in the write model."""
    if entry.document_id is None:
        return {}
    found = next(
        name for name, field in paper.write.model_fields.items() if field.alias == paper.id_name
    )
    return {found: entry.document_id}


async def save(paper: Paper, saving: Saving, xero: ScopedXero) -> SavedAnswer:
    """Send them, and tell what Xero holds now."""
    stored = await read_stored(paper, saving, xero)
    return await send(paper, saving, await plan(paper, saving, stored, xero), xero)


async def check(paper: Paper, saving: Saving, xero: ScopedXero) -> None:
    """Refuse what Xero would refuse.

    Raises:
        XeroMcpError: INVALID_ARGUMENTS, or XERO_NOT_FOUND where a stored one is not there.
    """
    stored = await read_stored(paper, saving, xero)
    await check_planned(paper, saving, await plan(paper, saving, stored, xero), xero)


async def check_planned(
    paper: Paper, saving: Saving, planned: Sequence[Planned], xero: ScopedXero
) -> None:
    """The same of what is planned; of several that each stand for themselves, Xero judges."""
    each_for_itself = len(planned) > 1 and not saving.is_all_or_nothing
    if saving.asked_status not in ENDED and not each_for_itself:
        await precheck(xero, _checks(paper, planned))


async def send(
    paper: Paper, saving: Saving, planned: Sequence[Planned], xero: ScopedXero
) -> SavedAnswer:
    """Send what was planned: new ones together, one stored one by its id, several together."""
    link_code = await short_code(xero)
    body = paper.wrap([one.body for one in planned])
    params = write_params(len(planned), all_or_nothing=saving.is_all_or_nothing)
    stored_id = saving.entries[0].document_id
    if stored_id is None:
        found = await xero.put(paper.path, paper.envelope, body, params=params)
    elif len(planned) == 1:
        ids = {paper.id_name: stored_id}
        found = await xero.post(paper.one, paper.envelope, body, ids=ids, params=params)
    else:
        found = await xero.post(paper.path, paper.envelope, body, params=params)
    status = saving.asked_status
    done = f"{paper.spoken} {'changed' if stored_id else 'created'}, status {status}"
    if stored_id and len(planned) == 1:
        told = (*_set(saving.entries[0]), *_differences(planned[0], found.documents[0]))
        done = "; ".join((done, *told))
    return saved_answer(
        [saved_of(one, paper, link_code) for one in found.documents],
        done=done,
        undo=_undo(status, is_new=stored_id is None),
        organisation=xero.organisation.name,
    )


def _checks(paper: Paper, planned: Sequence[Planned]) -> Iterator[Check]:
    for place, one in enumerate(planned):
        here = "lines" if len(planned) == 1 else f"{place}.lines"
        stored = one.stored.line_items if one.stored else ()
        yield from checks_of_lines(one.body.line_items or (), path=here, stored=stored)
        if one.body.currency_code is not None:
            yield OfCurrency(path="currency", code=one.body.currency_code)
        day = one.body.date or (one.stored.date if one.stored else None)
        if one.body.status == "AUTHORISED" and paper.posts and day is not None:
            yield OfDay(path="date" if len(planned) == 1 else f"{place}.date", day=day)


def _set(entry: DocumentChange) -> Iterator[str]:
    """The fields that were asked for, by the names of their arguments."""
    given = [
        name.replace("_", " ")
        for name in type(entry).model_fields
        if name not in _NO_FIELDS
        and getattr(entry, name) is not None
        and getattr(entry, name) != entry.document_id
    ]
    if given:
        yield f"set: {', '.join(given)}"


def _differences(planned: Planned, now: Document) -> Iterator[str]:
    """What is not as it was, where that is known."""
    before = planned.stored
    if before is None:
        return
    if before.status != now.status:
        yield f"it was {before.status.lower()}"
    if before.total is not None and now.total is not None and before.total != now.total:
        yield f"total {to_text(before.total)} is now {to_text(now.total)}"
    if planned.merge is not None:
        yield from planned.merge.said


def saved_of(document: Document, paper: Paper, link_code: str | None) -> Saved:
    """What Xero says of one of them."""
    errors = tuple(one.message for one in document.validation_errors)
    if document.is_refused and not errors:
        errors = ("refused without a message",)
    return Saved(
        id=document.document_id,
        number=document.number,
        status=document.status.lower(),
        total=document.total,
        currency=document.currency_code,
        contact=document.contact.name if document.contact else None,
        errors=errors,
        link=paper.link(document, link_code),
    )


def _undo(status: str, *, is_new: bool) -> str | None:
    if status in ENDED:
        return None
    if not is_new:
        return "Change it back in the same way."
    return (
        "Save it again with status voided."
        if status == "authorised"
        else ("Save it again with status deleted.")
    )
