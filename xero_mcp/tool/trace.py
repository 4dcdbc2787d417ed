"""How a write is found again in Xero where nobody heard the answer: part of its declaration.

Whoever declares a tool that writes says here where its work would stand and by what it would
be known. Nothing is sent again to find out: Xero is read, and compared with what was asked.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, cast

from xero_mcp.money import CENT

Values = Mapping[str, object]
"""Arguments as the audit log shows them: plain JSON, without what is masked."""

TOTALS = "Total|SubTotal"
"""What lines come to stands with tax or without: nobody knows which from the record alone."""
FLAGS = frozenset(
    {"organisation", "request_id", "all_or_nothing", "duplicate_of_known", "amounts_are"}
)
"""Arguments that leave nothing of their own in Xero."""


class Aim(StrEnum):
    """What a write was after."""

    MADE = "made"
    """Something new."""
    SO = "so"
    """Something that was there, with other contents."""
    GONE = "gone"
    """Something that was there, away: or in a status from which nothing comes back."""


class Mark(NamedTuple):
    """By what a thing is known: the field in Xero (`Contact.ContactID`), and what it must hold."""

    label: str
    field: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """One thing that a write was after."""

    aim: Aim
    reads: str
    """Where to look: a path template that lists them, or holds the one."""
    key: str
    """The field that holds its id; empty where such things have none."""
    ids: Mapping[str, str] = field(default_factory=dict[str, str])
    """What fills the braces of `reads`."""
    inside: str = ""
    """It stands in this list of the thing that is read."""
    id: str = ""
    marks: tuple[Mark, ...] = ()
    ends: frozenset[str] = frozenset()
    """Statuses that mean it is gone."""
    is_proof: bool = False
    """Whether the marks together tell a new thing from all others."""
    is_whole: bool = True
    """Whether everything that it would change is among the marks."""
    shown: str = ""
    """The field by which people know it: `InvoiceNumber`."""

    def told(self) -> str:
        return " and ".join(mark.label for mark in self.marks) or "time alone"


Trace = Callable[[Values], Sequence[Sought]]
"""From the arguments of a call to what it was after; empty where they do not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """Things of one kind in Xero, as the arguments of a tool name them."""

    path: str
    key: str
    marks: Mapping[str, str] = field(default_factory=dict[str, str])
    """Argument -> field in Xero. `lines` stands for their sum."""
    proofs: tuple[tuple[str, ...], ...] = ()
    """Arguments that together tell a new one from all others."""
    each: str = ""
    """The argument that lists several of them, or their ids."""
    id_argument: str = ""
    """The argument that names one that is there."""
    end_by: str = ""
    """The argument that says whether it shall go away."""
    ends: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Value of `end_by` -> the statuses in which it is gone then; under "" where that is all that
    the tool does."""
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """Argument -> value -> Xero's word for it, where that is another."""
    shown: str = ""
    inside: str = ""
    places: Mapping[str, str] = field(default_factory=dict[str, str])
    """What fills the braces of `path`: placeholder -> argument."""
    listed: bool = False
    """Whether Xero has no request for a single one."""
    apart: frozenset[str] = frozenset()
    """Arguments that say how, not what: an action."""
    fixed: tuple[Mark, ...] = ()
    """By what else every such thing is known."""

    def __call__(self, values: Values) -> Sequence[Sought]:
        return tuple(self._sought(one) for one in self._elements(values))

    def _elements(self, values: Values) -> Iterator[dict[str, object]]:
        outer = {name: value for name, value in values.items() if name != self.each}
        if not self.each or self.each not in values:
            yield outer
            return
        listed = values[self.each]
        for one in cast("list[object]", listed) if isinstance(listed, list) else ():
            if isinstance(one, dict):
                yield {**outer, **cast("dict[str, object]", one)}
            else:
                yield {**outer, self.id_argument: one}

    def _sought(self, values: Values) -> Sought:
        object_id = _text(values.get(self.id_argument)) if self.id_argument else ""
        aim = self._aim(values, object_id)
        single = bool(object_id) and not self.listed and not self.inside
        places = {place: _text(values.get(name)) for place, name in self.places.items()}
        marks = tuple(self._marks(values, aim)) if aim is not Aim.GONE else ()
        given = {mark.label for mark in marks}
        return Sought(
            aim=aim,
            reads=f"{self.path}/{{{self.key}}}" if single else self.path,
            key=self.key,
            ids={self.key: object_id} if single else places,
            inside=self.inside,
            id=object_id,
            marks=marks,
            ends=frozenset(self.ends.get(_text(values.get(self.end_by)), ())),
            is_proof=any({label_of(name) for name in proof} <= given for proof in self.proofs),
            is_whole=self._is_whole(values),
            shown=self.shown,
        )

    def _aim(self, values: Values, object_id: str) -> Aim:
        if _text(values.get(self.end_by)) in self.ends:
            return Aim.GONE
        return Aim.SO if object_id and self.id_argument not in self.marks else Aim.MADE

    def _marks(self, values: Values, aim: Aim) -> Iterator[Mark]:
        yield from self.fixed
        for name, place in self.marks.items():
            if name == "status" and aim is Aim.MADE:
                continue  # somebody may have approved or paid it since
            value = sum_of(values.get(name)) if name == "lines" else _text(values.get(name))
            said = self.words[name].get(value, "") if name in self.words else value
            if said:
                yield Mark(label=label_of(name), field=place, value=said)

    def _is_whole(self, values: Values) -> bool:
        """Lines are compared by their sum alone, so they are never the whole."""
        known = {*self.marks, *self.places.values(), self.id_argument, self.end_by, *FLAGS}
        return not (set(values) - (known - {"lines"}) - self.apart)


def by(argument: str, traces: Mapping[str, Traced]) -> Trace:
    """What is sought follows an argument: `document: bill` is looked for among invoices."""

    def chosen(values: Values) -> Sequence[Sought]:
        found = traces.get(_text(values.get(argument)))
        return found(values) if found else ()

    return chosen


def by_presence(traces: Mapping[str, Traced]) -> Trace:
    """What is sought follows from which argument is there."""

    def chosen(values: Values) -> Sequence[Sought]:
        return tuple(
            one for name, trace in traces.items() if values.get(name) for one in trace(values)
        )

    return chosen


STATUS_ENDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"voided": ("VOIDED", "DELETED"), "deleted": ("DELETED", "VOIDED")}
)
"""For documents that a status takes away."""
DOCUMENT_MARKS: Mapping[str, str] = MappingProxyType(
    {
        "contact_id": "Contact.ContactID",
        "reference": "Reference",
        "status": "Status",
        "date": "Date",
        "lines": TOTALS,
    }
)
"""What documents with lines have in common."""
DOCUMENT_PROOFS = (
    ("number", "contact_id"),
    ("contact_id", "lines"),
    ("reference", "lines"),
)


def of_documents(  # noqa: PLR0913 - each says one thing of a document
    path: str,
    key: str,
    *,
    number: str = "",
    id_argument: str = "",
    each: str = "",
    types: Mapping[str, str] | None = None,
    more: Mapping[str, str] | None = None,
) -> Traced:
    """Documents with lines: known by number and contact, or by contact and sum."""
    own = {"type": "Type"} if types else {}
    numbered = {"number": number} if number else {}
    return Traced(
        path=path,
        key=key,
        marks={**own, **numbered, **DOCUMENT_MARKS, **(more or {})},
        proofs=DOCUMENT_PROOFS,
        each=each,
        id_argument=id_argument,
        end_by="status",
        ends=STATUS_ENDS,
        words={"type": types} if types else {},
        shown=number,
    )


_LABELS = {"contact_id": "contact", "invoice_id": "invoice", "lines": "sum of lines"}


def label_of(argument: str) -> str:
    """An argument in people's words."""
    return _LABELS.get(argument, argument.removesuffix("_id").replace("_", " "))


def sum_of(lines: object) -> str:
    """What plain lines come to; empty where they are not plain."""
    total = Decimal(0)
    for line in cast("list[object]", lines) if isinstance(lines, list) else []:
        if not isinstance(line, dict):
            return ""
        read = cast("dict[str, object]", line)
        if read.get("discount_rate") or read.get("item_code") or read.get("remove"):
            return ""
        try:
            amount = Decimal(str(read.get("quantity"))) * Decimal(str(read.get("unit_amount")))
            total += amount.quantize(CENT, rounding=ROUND_HALF_UP)
        except InvalidOperation:  # no number, or one beyond any ledger
            return ""
    return str(total) if total else ""


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | Decimal) else ""
