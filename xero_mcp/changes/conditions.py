"""What a watch waits for, as a type: whether a change fulfils it, and how it is said. Pure.

What happens (`created`, `total changed`) is asked of the change itself. How a thing is (`over
1000 GBP`, `paid`) is told when it becomes so: a bill that is large is not told once more each
time that somebody corrects its reference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from xero_mcp.changes.things import FIELD_WORDS, Thing, thing_of
from xero_mcp.money import Money, parse_amount
from xero_mcp.tool.feed import Change, ChangeKind

Fields = Mapping[str, str]

_WORDS: Final = {field: words for words, field in FIELD_WORDS.items()}


@dataclass(frozen=True, slots=True)
class Compared:
    """Its total is above, or below, an amount; of other currencies nothing is said."""

    money: Money
    is_over: bool

    def holds(self, fields: Fields) -> bool:
        if fields.get("currency") != self.money.currency:
            return False
        try:
            total = parse_amount(fields.get("total") or fields.get("amount", ""))
        except ValueError:
            return False
        return total > self.money.amount if self.is_over else total < self.money.amount

    @property
    def says(self) -> str:
        return f"comes to {'more' if self.is_over else 'less'} than {self.money}"


@dataclass(frozen=True, slots=True)
class HasStatus:
    """It stands at this status."""

    status: str

    def holds(self, fields: Fields) -> bool:
        return fields.get("status", "").upper() == self.status

    @property
    def says(self) -> str:
        return f"becomes {self.status}"


State = Compared | HasStatus


class Match(NamedTuple):
    """That a change fulfils a condition, and what of it cannot be known for sure."""

    unsure: tuple[str, ...] = ()
    """`it may be new`: what nobody can tell of a thing that was never seen before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Parts that all have to hold; without any it holds for every change."""

    text: str
    """As it was written."""
    thing: Thing | None = None
    contact: str | None = None
    kind: ChangeKind | None = None
    """`CREATED`, or `UPDATED` for whatever else became of it; None: both."""
    changed: Sequence[str] = ()
    """Fields that differ from before."""
    states: Sequence[State] = ()
    by_us: bool | None = None
    outside_log: bool = False
    """What a cross-check found; it stands alone, and no change of the feed fulfils it."""

    def match(self, change: Change) -> Match | None:
        """Whether this change is one to tell."""
        if self.outside_log or not self._is_of(change):
            return None
        if not all(state.holds(change.now) for state in self.states):
            return None
        unsure = [field for field in self.changed if _may_have_changed(field, change)]
        if not all(field in unsure or _has_changed(field, change) for field in self.changed):
            return None
        if self.states and self.kind is None and not self.changed and not self._is_new(change):
            return None
        said = [f"its {_WORDS.get(field, field)} may have changed" for field in unsure]
        return Match(("it may be new", *said) if self._may_be_new(change) else tuple(said))

    def other_currency(self, change: Change) -> str | None:
        """The currency of a document that is left out for that alone."""
        compared = next((one for one in self.states if isinstance(one, Compared)), None)
        currency = change.now.get("currency", "")
        if compared is None or not self._is_of(change) or not currency:
            return None
        return currency if currency != compared.money.currency else None

    @property
    def says(self) -> str:
        """What it waits for, in a sentence's part: for people to check that it is what they meant.

        It ends without a full stop.
        """
        if self.outside_log:
            return "a cross-check finds a change by this connection that the log does not tell of"
        what = self.thing.with_article if self.thing else "anything"
        if self.contact is not None:
            of = "" if self.thing and self.thing.resource == "contacts" else "of "
            what = f"{what} {of}{self.contact!r}"
        said = " and ".join(self._clauses()) or "is created or changed"
        who = {None: "", True: ", through this server", False: ", not through this server"}
        currency = next((s.money.currency for s in self.states if isinstance(s, Compared)), None)
        note = f" (in {currency}: other currencies are not compared)" if currency else ""
        return f"{what} {said}{who[self.by_us]}{note}"

    def _clauses(self) -> list[str]:
        kinds = {ChangeKind.CREATED: "is created", ChangeKind.UPDATED: "is changed"}
        said = [kinds[self.kind]] if self.kind else []
        said += [f"has its {_WORDS.get(field, field)} changed" for field in self.changed]
        return [*said, *(state.says for state in self.states)]

    def _is_of(self, change: Change) -> bool:
        """What it is, whose, by whom and whether it is new: all but how it stands."""
        if self.thing is not None and thing_of(change.resource, change.area) is not self.thing:
            return False
        if self.by_us is not None and (change.audit_id is not None) is not self.by_us:
            return False
        if self.kind is not None and not self._may_be_new(change):
            is_created = change.kind is ChangeKind.CREATED
            if is_created is not (self.kind is ChangeKind.CREATED):
                return False
        return self.contact is None or self._names(change)

    def _may_be_new(self, change: Change) -> bool:
        """Found by asking, which does not tell whether it was made or changed."""
        never_seen = change.before is None and change.kind is ChangeKind.UPDATED
        return self.kind is ChangeKind.CREATED and never_seen and change.events == 0

    def _names(self, change: Change) -> bool:
        named = change.now.get("name" if change.resource == "contacts" else "contact", "")
        return self.contact is not None and _folded(named) == _folded(self.contact)

    def _is_new(self, change: Change) -> bool:
        """Whether it was not so before, as far as that is known."""
        if change.before is None:
            return True
        kept = {name: value for name, value in change.now.items() if name not in change.after}
        then = {**kept, **change.before}
        return not all(state.holds(then) for state in self.states)


def _has_changed(field: str, change: Change) -> bool:
    if change.before is None:
        return False
    return field in change.before or field in change.after


def _may_have_changed(field: str, change: Change) -> bool:
    """It was changed, has such a field, and how that was before nobody saw."""
    never_seen = change.before is None and change.kind is not ChangeKind.CREATED
    return never_seen and field in change.now


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
