"""What a write touches in Xero, so that another one does not build on what nobody knows.

Pure. A write of which nobody knows whether it happened holds back, for its agent, those that
touch the same document or contact; one that names neither, all of its part of the books.
"""

from collections.abc import Iterator

from xero_mcp.gate.passage import Passage, known
from xero_mcp.tool.access import Access
from xero_mcp.tool.trace import Trace, Values
from xero_mcp.xero.where import GUID

ACCOUNTS = ("account", "category", "option")
"""Labels of what a thousand writes share without one leaning on another: a bank account."""


def touches_of(passage: Passage) -> tuple[str, ...]:
    """What it touches itself: things by their ids, else a part of the books."""
    things = sorted(_things(passage))
    return tuple(things or _areas(passage))


def waits_for(passage: Passage) -> tuple[str, ...]:
    """Touches of others for which it must wait while nobody knows how they ended."""
    return tuple(dict.fromkeys((*sorted(_things(passage)), *_areas(passage))))


def _things(passage: Passage) -> set[str]:
    trace = known(passage.tool, "tool").declared.trace
    facts = passage.facts
    found = set(_named(trace, passage.values)) if trace else set[str]()
    found.update(one for one in (facts.object_id, facts.contact_id) if one)
    found.update(facts.contact_ids or ())
    return {_in_books(passage, one.lower()) for one in found}


def _named(trace: Trace, values: Values) -> Iterator[str]:
    for sought in trace(values):
        marked = [
            mark.value for mark in sought.marks if not any(word in mark.label for word in ACCOUNTS)
        ]
        for one in (sought.id, *sought.ids.values(), *marked):
            if GUID.fullmatch(one):
                yield one


def _areas(passage: Passage) -> Iterator[str]:
    for need in passage.known_card().needs(passage.values):
        if need.access is not Access.READ:
            yield _in_books(passage, f"area {need.area}")


def _in_books(passage: Passage, what: str) -> str:
    """A demo company inside another process is another's books, though its ids are the same."""
    books = passage.payload.books if passage.payload else ""
    return f"{books}/{what}" if books else what
