"""A record in one plain line, for the person who will read it in a year.

`ap-clerk created draft bill INV-88 (499.99 USD, Bolt Ltd) in Demo Company (Global):
allowed by ap-clerk.yaml access.bills=draft.`
"""

from collections.abc import Callable
from functools import lru_cache

from xero_mcp.audit.canonical import well_formed
from xero_mcp.audit.entry import Entry, Kind, Status
from xero_mcp.audit.redact import without_secrets
from xero_mcp.text import one_line

REPEATED = "REPEATED"
"""The code of a call that was done before: the agent got the first answer once more."""
WATCHED = "let pass in watch mode"
"""So begins the reason where a policy only watches: nothing of it allowed the call."""
MAX_NAME = 60
MAX_ACTION = 160
MAX_REASON = 200
MAX_READ = 2000
"""Longer text is cut before anything else is done with it."""
REMEMBERED_TEXTS = 2048
MAX_REMEMBERED = 160
"""Longer texts seldom come again."""

_IRREGULAR = {
    "be": "was",
    "do": "did",
    "find": "found",
    "get": "got",
    "give": "gave",
    "have": "had",
    "make": "made",
    "pay": "paid",
    "put": "put",
    "read": "read",
    "run": "ran",
    "see": "saw",
    "send": "sent",
    "set": "set",
    "show": "showed",
    "split": "split",
    "stop": "stopped",
    "submit": "submitted",
    "take": "took",
    "tell": "told",
    "undo": "undid",
    "write": "wrote",
}
_VOWELS = "aeiou"


def says(entry: Entry) -> str:
    """The sentence of this record."""
    said = _SAYINGS.get(entry.kind, _of_the_house)(entry)
    if entry.happened_at:
        said = f"{said.rstrip('.: ')} (at {entry.happened_at}; written down later)"
    return (
        f"{said[:1] if entry.agent or entry.person else said[:1].upper()}{said[1:].rstrip('.: ')}."
    )


def is_of_contact(entry: Entry, sentence: str) -> bool:
    """Whether the sentence was written of this deed, with this contact; not of one named alike.

    The whole of the deed is compared: no text of an agent's can look as if it ended there.
    """
    deeds = (_deed(entry, done=done) for done in (False, True))
    return any(deed.casefold() in sentence.casefold() for deed in deeds)


def name_in_sentences(name: str) -> str:
    """A contact's name as sentences show it: cut where it is long, without a last dot."""
    return _short(name)


def _intent(entry: Entry) -> str:
    return f"{_who(entry)} set out to {_deed(entry)}: {_leave(entry)}"


def _review(entry: Entry) -> str:
    note = _short(entry.reason, limit=MAX_REASON)
    return f"{_short(entry.person, limit=MAX_ACTION)} reviewed {_short(entry.intent_id)}: {note}"


def past(phrase: str) -> str:
    """`create a draft bill` as what was done: `created a draft bill`."""
    verb, space, rest = phrase.partition(" ")
    return f"{_past_of(verb)}{space}{rest}"


def _past_of(verb: str) -> str:
    known = _IRREGULAR.get(verb)
    if known:
        return known
    if verb.endswith("e"):
        return f"{verb}d"
    if verb.endswith("y") and verb[-2:-1] not in _VOWELS:
        return f"{verb[:-1]}ied"
    return f"{verb}ed"


def _outcome(entry: Entry) -> str:
    match entry.status:
        case Status.OK | Status.DONE:
            return f"{_who(entry)} {_deed(entry, done=True)}: {_leave(entry)}"
        case Status.UNKNOWN:
            return _not_known(entry)
        case _:
            why = _short(entry.reason, limit=MAX_REASON)
            code = f"{entry.error_code}, " if entry.error_code and why else entry.error_code or ""
            return f"{_who(entry)} could not {_deed(entry)}: {code}{why}"


def _refusal(entry: Entry) -> str:
    why = _short(entry.reason or entry.rule, limit=MAX_REASON)
    if entry.error_code == REPEATED:
        return f"{_who(entry)} asked once more to {_deed(entry)}: {why}"
    if entry.decision == "ask":
        number = f" ({entry.approval.id})" if entry.approval else ""
        return f"{_who(entry)} asked for a person's leave to {_deed(entry)}: {why}{number}"
    return f"{_who(entry)} was refused leave to {_deed(entry)}: {why}"


def _approval(entry: Entry) -> str:
    asked = entry.approval
    if asked is None or asked.approver is None:
        if entry.status is Status.EXPIRED:
            number = asked.id if asked else "a question"
            why = _short(entry.reason, limit=MAX_REASON)
            return f"{number} ran out: {_who(entry)} may not {_deed(entry)}: {why}"
        return _refusal(entry)
    who = _short(asked.approver)
    if not asked.authenticated:
        who = f"{who} (not signed in; system user {_short(asked.system_user) or 'not known'})"
    note = _short(asked.note, limit=MAX_REASON)
    if entry.status is Status.REJECTED:
        return f"{who} rejected {asked.id}: {_who(entry)} may not {_deed(entry)}: {note}"
    said = f"{who} approved {asked.id}: "
    if entry.status is Status.PENDING:
        return f"{said}more people must approve before {_who(entry)} may {_deed(entry)}: {note}"
    return f"{said}{_who(entry)} may {_deed(entry)}, once: {note}"


def _found_out(entry: Entry) -> str:
    why = _short(entry.reason, limit=MAX_REASON)
    if entry.status is Status.DONE:
        return f"It was found out that {_who(entry)} {_deed(entry, done=True)}: {why}"
    if entry.status is Status.NOT_DONE:
        return f"It was found out that {_who(entry)} did not {_deed(entry)}: {why}"
    return _not_known(entry)


def _not_known(entry: Entry) -> str:
    why = _short(entry.reason, limit=MAX_REASON)
    return f"It is not known whether {_who(entry)} {_deed(entry, done=True)}: {why}"


def _connection(entry: Entry) -> str:
    return f"{_short(entry.person, limit=MAX_ACTION)} {_short(entry.reason, limit=MAX_REASON)}"


def _note(entry: Entry) -> str:
    call = _short(entry.intent_id)
    if entry.status is Status.OK:
        return f"A note in Xero's history says that {_who(entry)} did {call}"
    why = _short(entry.reason, limit=MAX_REASON)
    return f"No note in Xero's history says that {_who(entry)} did {call}: {why}"


def _crosscheck(entry: Entry) -> str:
    who = _short(entry.person, limit=MAX_ACTION)
    where = f" of {_short(entry.organisation.name)}" if entry.organisation else ""
    why = _short(entry.reason, limit=MAX_REASON)
    return f"{who} held the log against Xero's history{where}: {why}"


def _key(entry: Entry) -> str:
    why = _short(entry.reason, limit=MAX_REASON)
    return f"{_who(entry)} {why}" if entry.agent else f"A credential was refused: {why}"


def _webhook(entry: Entry) -> str:
    return f"A webhook was not taken: {_short(entry.reason, limit=MAX_REASON)}"


def _people(entry: Entry) -> str:
    return f"Among those who may approve, {_short(entry.reason, limit=MAX_REASON)}"


_ORDERS = {"suspend": "suspended", "resume": "resumed"}


def _of_the_house(entry: Entry) -> str:
    why = _short(entry.reason, limit=MAX_REASON)
    if entry.kind is Kind.POLICY and entry.decision in _ORDERS:
        return f"{_who(entry)} was {_ORDERS[entry.decision]} {why}"
    if entry.kind is Kind.POLICY:
        loaded = "was not loaded" if entry.status is Status.FAILED else "was loaded"
        for_whom = f" for {_who(entry)}" if entry.agent else ""
        return f"Policy {_short(entry.policy_file)} {loaded}{for_whom}: {why}"
    if entry.kind in {Kind.OPENED, Kind.FORGOTTEN, Kind.PURGED}:
        return _handled(entry, why)
    if entry.kind is Kind.CHECKPOINT:
        if entry.status is Status.FAILED:
            return f"A copy of the checkpoints could not be written: {why}"
        return f"A checkpoint of the log was signed: {why}"
    word = "started" if entry.kind is Kind.STARTED else "stopped"
    for_whom = f" serving {_who(entry)}" if entry.agent else ""
    over = f" over {_short(entry.transport)}" if entry.transport else ""
    return f"xero-mcp {word}{for_whom}{over}: {why}"


def _handled(entry: Entry, why: str) -> str:
    """What a person did to content: looked at all of it, or had it forgotten."""
    who = _short(entry.person, limit=MAX_ACTION)
    if entry.kind is Kind.OPENED:
        return f"{who} looked at the full arguments of {_short(entry.intent_id)}: {why}"
    if entry.purged is not None:
        part = f"records {entry.purged.first} to {entry.purged.last}"
        return f"{who} had {part} removed from the log: {why}"
    count = entry.forgotten.size if entry.forgotten else 0
    return f"{who} had the content of {count} records forgotten: {why}"


def _who(entry: Entry) -> str:
    return _short(entry.agent) or "an unknown agent"


def _deed(entry: Entry, *, done: bool = False) -> str:
    """What the agent does: in the infinitive, or as done."""
    phrase = _short(entry.action, limit=MAX_ACTION) or f"use {_short(entry.tool) or 'a tool'}"
    if entry.object is not None and entry.object.type and entry.object.number:
        verb = phrase.partition(" ")[0]
        phrase = f"{verb} {_short(entry.object.type)} {_short(entry.object.number)}"
    said = past(phrase) if done else phrase
    about = [str(entry.money)] if entry.money else []
    if entry.contact_name:
        about.append(_short(entry.contact_name))
    if about:
        said = f"{said} ({', '.join(about)})"
    return f"{said} in {_short(entry.organisation.name)}" if entry.organisation else said


def _leave(entry: Entry) -> str:
    """By whose leave: the policy's words, and the person's where one was asked."""
    if entry.reason is not None and entry.reason.startswith(WATCHED):
        return _short(entry.reason, limit=MAX_REASON)
    source = " ".join(_short(part) for part in (entry.policy_file, entry.rule) if part)
    if entry.approval is None:
        return f"allowed by {source}" if source else ""
    who = f" by {_short(entry.approval.approver)}" if entry.approval.approver else ""
    asked = f", as asked for by {source}" if source else ""
    return f"approved{who} ({entry.approval.id}){asked}"


def _short(text: str | None, *, limit: int = MAX_NAME) -> str:
    """Text that may have come from an agent or from Xero, made fit for a sentence of ours."""
    if not text:
        return ""
    return _remembered(text, limit) if len(text) <= MAX_REMEMBERED else _made_fit(text, limit)


def _made_fit(text: str, limit: int) -> str:
    # Cleaned before it is masked: an invisible character inside a number would hide it.
    cleaned = one_line(well_formed(text), limit=MAX_READ)
    return one_line(without_secrets(cleaned), limit=limit).rstrip(".")


_remembered = lru_cache(REMEMBERED_TEXTS)(_made_fit)


_SAYINGS: dict[Kind, Callable[[Entry], str]] = {
    Kind.INTENT: _intent,
    Kind.OUTCOME: _outcome,
    Kind.REFUSAL: _refusal,
    Kind.APPROVAL: _approval,
    Kind.REVIEW: _review,
    Kind.NOTE: _note,
    Kind.KEY: _key,
    Kind.PERSON: _people,
    Kind.WEBHOOK: _webhook,
    Kind.CONNECTION: _connection,
    Kind.CROSSCHECK: _crosscheck,
    Kind.UNKNOWN: _found_out,
    Kind.SETTLED: _found_out,
}
"""All others are of the house itself."""
