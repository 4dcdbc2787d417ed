"""Many documents in one request, each with its own result."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from xero_mcp.errors import Detail, ErrorCode, XeroMcpError
from xero_mcp.tool.answer import Answer, MoneyText, OthersText, WriteAnswer
from xero_mcp.xero.scoped import Param

MAX_DOCUMENTS = 50
"""As many as Xero takes in one request."""
AllOrNothing = Annotated[bool, Field(description="Or none.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What became of one of them, as Xero says."""

    id: str
    number: str | None = None
    status: str | None = None
    total: Decimal | None = None
    currency: str | None = None
    contact: str | None = None
    errors: tuple[str, ...] = ()
    link: str | None = None


class Outcome(Answer):
    """What became of one document, in the order in which they were sent."""

    ok: bool
    id: str | None = None
    number: OthersText | None = None
    status: str | None = None
    total: MoneyText | None = None
    link: str | None = None
    errors: list[OthersText] | None = Field(default=None, description="What Xero said: data.")


class SavedAnswer(WriteAnswer):
    """One document as after any write; of several, each one's result."""

    results: list[Outcome] | None = None

    def object_ids(self) -> Sequence[str]:
        if self.results is None:
            return (self.id,)
        return tuple(one.id for one in self.results if one.ok and one.id)


def write_params(count: int, *, all_or_nothing: bool) -> dict[str, Param]:
    """How Xero shall answer: for each element, where one may be refused and another stored."""
    params: dict[str, Param] = {"unitdp": 4}
    if count > 1 and not all_or_nothing:
        params["summarizeErrors"] = False
    return params


def saved_answer(
    saved: Sequence[Saved], *, done: str, undo: str | None, organisation: str
) -> SavedAnswer:
    """The answer for one or many. `done` is what happened, such as `created as draft`.

    Raises:
        XeroMcpError: XERO_REJECTED where every one was refused: then the same call may come again.
    """
    if len(saved) == 1:
        return _single(saved[0], done=done, undo=undo, organisation=organisation)
    good = [one for one in saved if not one.errors]
    if not good:
        raise _all_refused(saved)
    currencies = {one.currency for one in good}
    return SavedAnswer(
        ok=len(good) == len(saved),
        id=good[0].id,
        total=_sum(good) if len(currencies) == 1 else None,
        currency=good[0].currency if len(currencies) == 1 else None,
        changed=f"{len(good)} of {len(saved)}: {done}.",
        undo=undo,
        organisation=organisation,
        results=[_outcome(one) for one in saved],
    )


def _single(one: Saved, *, done: str, undo: str | None, organisation: str) -> SavedAnswer:
    if one.errors:
        raise _all_refused([one])
    return SavedAnswer(
        id=one.id,
        number=one.number or None,
        status=one.status,
        total=one.total,
        currency=one.currency,
        contact=one.contact,
        changed=f"{done.capitalize()}.",
        link=one.link,
        undo=undo,
        organisation=organisation,
    )


def _sum(saved: Sequence[Saved]) -> Decimal | None:
    totals = [one.total for one in saved if one.total is not None]
    return sum(totals, Decimal(0)) if totals else None


def _outcome(one: Saved) -> Outcome:
    if one.errors:
        return Outcome(ok=False, number=one.number or None, errors=list(one.errors))
    return Outcome(
        ok=True,
        id=one.id,
        number=one.number or None,
        status=one.status,
        total=one.total,
        link=one.link,
    )


def _all_refused(saved: Sequence[Saved]) -> XeroMcpError:
    return XeroMcpError(
        "Xero refused the whole request; nothing of it was stored.",
        code=ErrorCode.XERO_REJECTED,
        next_step="Correct what the details name, then call again.",
        details=[
            Detail(path=f"[{place}]", message=message, by_others=True)
            for place, one in enumerate(saved)
            for message in one.errors
        ],
    )
