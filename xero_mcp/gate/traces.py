"""Was an unknown write done? What it was after, held against what Xero shows. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from xero_mcp.audit.redact import LEFT_OUT, MASKED_BANK, MASKED_SECRET
from xero_mcp.policy.hidden import HIDDEN
from xero_mcp.tool.trace import Aim, Sought, Trace
from xero_mcp.xero.models.trace import Traced

EARLY = timedelta(minutes=2)
LATE = timedelta(minutes=20)
"""Around the first try: clocks differ, and a try may be repeated for minutes."""
SETTLES_AFTER = timedelta(minutes=10)
"""Younger than this, what is not there may still come: Xero works on it, or the agent repeats."""
STATUS = ("Status", "ContactStatus")
MAX_TOLD = 5
_UNREADABLE = (LEFT_OUT, MASKED_BANK, MASKED_SECRET, HIDDEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a look into Xero brought for one thing that was sought."""

    things: Sequence[Traced] = ()
    is_whole: bool = True
    """Whether nothing was left out of a list."""
    holder_changed_at: datetime | None = None
    """When the thing was changed last in whose list they stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What else a ruling rests on."""

    first_sent_at: datetime
    now: datetime
    taken: Collection[str] = ()
    """Ids that other records answer for."""

    @property
    def is_early(self) -> bool:
        return self.now - self.first_sent_at < SETTLES_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What the look into Xero showed. `done` is None where it showed nothing for certain."""

    done: bool | None
    evidence: str
    ids: tuple[str, ...] = ()
    number: str = ""


def sought_of(trace: Trace | None, arguments: object) -> Sequence[Sought]:
    """What the write was after, as far as its record tells."""
    if trace is None or not isinstance(arguments, dict):
        return ()
    readable, is_whole = _readable(cast("dict[str, Any]", arguments))
    if is_whole:
        return trace(readable)
    return tuple(replace(one, is_whole=False) for one in trace(readable))


def ruling_on(sought: Sought, seen: Seen, around: Around) -> Ruling:
    """Rule on one thing."""
    match sought.aim:
        case Aim.MADE:
            return _on_made(sought, seen, around)
        case Aim.SO:
            return _on_changed(sought, seen, around)
        case Aim.GONE:
            return _on_gone(sought, seen, around)


def together(rulings: Sequence[Ruling]) -> Ruling:
    """Rule on a write that was after several things: done where all are, not where none is."""
    if len(rulings) == 1:
        return rulings[0]
    done = [one for one in rulings if one.done]
    ids = tuple(each for one in done for each in one.ids)
    same = {one.done for one in rulings}
    if len(same) == 1:
        first = rulings[0]
        said = f"all {len(rulings)}: {first.evidence}"
        return Ruling(done=first.done, evidence=said, ids=ids, number=first.number)
    left = sum(one.done is False for one in rulings)
    said = (
        f"of {len(rulings)} things {len(done)} are done, {left} are not, and of "
        f"{len(rulings) - len(done) - left} nothing is certain: "
        f"{next(one.evidence for one in rulings if not one.done)}"
    )
    return Ruling(done=None, evidence=said, ids=ids)


def _readable(values: Mapping[str, Any]) -> tuple[dict[str, object], bool]:
    """The arguments without what the log masks or cuts, and whether that is all of them."""
    kept: dict[str, object] = {}
    is_whole = True
    for name, value in values.items():
        if isinstance(value, dict):
            kept[name], inner = _readable(cast("dict[str, Any]", value))
            is_whole &= inner
        elif isinstance(value, list):
            kept[name], inner = _readable_list(cast("list[object]", value))
            is_whole &= inner
        elif isinstance(value, str) and _is_masked(value):
            is_whole = False
        else:
            kept[name] = value
    return kept, is_whole


def _readable_list(values: list[object]) -> tuple[list[object], bool]:
    kept: list[object] = []
    is_whole = True
    for value in values:
        if isinstance(value, dict):
            one, inner = _readable(cast("dict[str, Any]", value))
            kept.append(one)
            is_whole &= inner
        elif isinstance(value, str) and _is_masked(value):
            is_whole = False
        else:
            kept.append(value)
    return kept, is_whole


def _is_masked(value: str) -> bool:
    return value.endswith("…") or any(mask in value for mask in _UNREADABLE)


def _on_made(sought: Sought, seen: Seen, around: Around) -> Ruling:
    of_then = [one for one in seen.things if _is_of_then(one, seen, around)]
    alike = [
        one
        for one in of_then
        if sought.marks
        and all(one.holds(mark.field, mark.value) for mark in sought.marks)
        and one.text(sought.key) not in set(around.taken) - {sought.id}
    ]
    if alike:
        return _on_alike(sought, alike)
    if not seen.is_whole:
        return Ruling(done=None, evidence="too much has changed in Xero since to look through it")
    if around.is_early:
        return Ruling(done=None, evidence="nothing like it is in Xero yet, but it is too early")
    near = next((one for one in of_then if _is_near(sought, one, around)), None)
    if near is not None:
        differ = _differing(sought, near)
        said = f"{_named(sought, near)} could be it, changed since: another {differ}"
        return Ruling(done=None, evidence=said)
    if not sought.marks:
        return Ruling(done=None, evidence="its record does not tell by what it would be known")
    said = f"nothing that Xero made or changed since is the same by {sought.told()}"
    return Ruling(done=False, evidence=said)


def _on_alike(sought: Sought, alike: Sequence[Traced]) -> Ruling:
    first = alike[0]
    if len(alike) > 1:
        names = ", ".join(_named(sought, one) for one in alike[:MAX_TOLD])
        return Ruling(done=None, evidence=f"{len(alike)} things in Xero could be it: {names}")
    if not sought.is_proof:
        return Ruling(done=None, evidence=f"{_named(sought, first)} could be it, or not")
    at = first.made_at or first.changed_at
    when = f", of {_moment(at)}" if at else ""
    said = f"Xero has {_named(sought, first)}, the same by {sought.told()}{when}"
    return Ruling(
        done=True,
        evidence=said,
        ids=_ids(first.text(sought.key)),
        number=first.text(sought.shown) if sought.shown else "",
    )


def _on_changed(sought: Sought, seen: Seen, around: Around) -> Ruling:
    one = next((each for each in seen.things if each.text(sought.key) == sought.id), None)
    if one is None:
        return Ruling(done=None, evidence=f"Xero does not show {sought.id} any more")
    at = one.changed_at or seen.holder_changed_at
    if at is not None and at < around.first_sent_at - EARLY:
        return Ruling(done=False, evidence=f"Xero last changed it at {_moment(at)}, before")
    differ = _differing(sought, one)
    when = f"it was changed at {_moment(at)}" if at else "Xero does not tell when it was changed"
    if differ:
        if at is None and not around.is_early:
            return Ruling(done=False, evidence=f"it stands otherwise: {differ}")
        return Ruling(done=None, evidence=f"{when}, and stands otherwise: {differ}")
    if not sought.marks or not sought.is_whole:
        return Ruling(done=None, evidence=f"{when}; compare what")
    said = f"{when} and stands as asked, by {sought.told()}"
    number = one.text(sought.shown) if sought.shown else ""
    return Ruling(done=True, evidence=said, ids=_ids(sought.id), number=number)


def _on_gone(sought: Sought, seen: Seen, around: Around) -> Ruling:
    if not sought.id and not sought.inside:
        return Ruling(done=None, evidence="its record does not tell what it was about")
    left = [one for one in seen.things if not sought.id or one.text(sought.key) == sought.id]
    ended = [one for one in left if _status(one) in sought.ends]
    if len(ended) == len(left):
        how = f"its status is {_status(left[0])}" if left else "Xero does not show it any more"
        return Ruling(done=True, evidence=how, ids=_ids(sought.id))
    status = _status(left[0])
    said = f"it is still there{f', {status}' if status else ''}"
    if around.is_early:
        return Ruling(done=None, evidence=f"{said}, but it is too early")
    return Ruling(done=False, evidence=said)


def _is_of_then(one: Traced, seen: Seen, around: Around) -> bool:
    """Whether it may have been made by that write, as far as Xero tells when it was made."""
    changed = one.changed_at or seen.holder_changed_at
    if changed is not None and changed < around.first_sent_at - EARLY:
        return False
    return one.made_at is None or one.made_at <= around.first_sent_at + LATE


def _is_near(sought: Sought, one: Traced, around: Around) -> bool:
    """Whether it is the same by what nobody else would have: somebody may have changed the rest."""
    own = {"number", "name", "code", "reference"}
    return one.text(sought.key) not in around.taken and any(
        one.holds(mark.field, mark.value) for mark in sought.marks if mark.label in own
    )


def _differing(sought: Sought, one: Traced) -> str:
    return ", ".join(mark.label for mark in sought.marks if not one.holds(mark.field, mark.value))


def _named(sought: Sought, one: Traced) -> str:
    return (one.text(sought.shown) if sought.shown else "") or one.text(sought.key) or "it"


def _status(one: Traced) -> str:
    return next((found for name in STATUS if (found := one.text(name))), "")


def _ids(object_id: str) -> tuple[str, ...]:
    return (object_id,) if object_id else ()


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
