"""Number, chain and seal a record: what is hashed is the record itself, in its one form."""

import json
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, cast
from urllib.parse import unquote

from xero_mcp.audit.canonical import Json, canonical, plain, sha256, well_formed
from xero_mcp.audit.entry import (
    ApprovalRef,
    Client,
    Entry,
    Extent,
    Kind,
    LimitUse,
    ObjectRef,
    OrganisationRef,
    ResultRef,
    Status,
    XeroRequestRef,
)
from xero_mcp.audit.facts import facts_of
from xero_mcp.audit.redact import redacted, without_secrets
from xero_mcp.audit.sentence import REPEATED, says
from xero_mcp.money import to_text
from xero_mcp.store.tables.audit import AuditRow
from xero_mcp.store.tables.audit_search import amount_e4
from xero_mcp.text import clean, one_line

FORMAT_VERSION = 2
MAX_FIELD = 500
"""No single text of a record is longer, whoever sent it."""
REMEMBERED_TEXTS = 2048
"""So many are not worked out anew: names, rules and hashes are the same in most records."""
MAX_REMEMBERED = 160
"""Characters of a text that is remembered; no longer one comes again and again."""
REMEMBERED_PARTS = 256
"""The same of what most records of an agent's calls of a tool have in common."""
_COLUMNS_OF_TEXT = (
    "at", "kind", "id", "intent_id", "agent", "tool", "decision", "status", "contact_id",
)  # fmt: skip

_Part = ApprovalRef | Client | LimitUse | ObjectRef | OrganisationRef | ResultRef | XeroRequestRef


class Erasable(NamedTuple):
    """What lets the content of records be forgotten while the chain goes on to hold."""

    salt: str
    """Of this record: forgotten with its content, so that its hash answers no guess."""
    prev_facts: str | None
    """What stays of the record before, once its content is forgotten: its hash."""


def seal(
    entry: Entry,
    *,
    after: tuple[int, str],
    at: str,
    commitment: str | None,
    erasable: Erasable | None = None,
) -> AuditRow:
    """The row that follows `after` (the last record's number and hash)."""
    seq, prev_hash = after[0] + 1, after[1]
    fields = _fields(entry)
    body: dict[str, Json] = {
        "v": FORMAT_VERSION,
        "seq": seq,
        "at": at,
        "kind": entry.kind.value,
        "prev_hash": prev_hash,
        "id": entry.id,
        **{name: value for name, value in fields.items() if value or value == 0},
        "says": says(entry),
    }
    if commitment is not None:
        body["arguments_commitment"] = commitment
    if erasable is not None:
        body["salt"] = erasable.salt
        if erasable.prev_facts is not None:
            body["prev_facts"] = erasable.prev_facts
    text = canonical(body)
    said = cast("Callable[[str], str | None]", body.get)  # as `columns_of` finds it
    return AuditRow(
        seq=seq,
        at=at,
        kind=entry.kind.value,
        id=entry.id,
        intent_id=said("intent_id"),
        approval_id=_text_in(body.get("approval"), "id"),
        agent=said("agent"),
        organisation_id=_text_in(body.get("organisation"), "id"),
        tool=said("tool"),
        decision=said("decision"),
        status=said("status"),
        body=text,
        hash=sha256(text),
        contact_id=said("contact_id"),
        amount_e4=amount_of(body),
        look=words_in(body, "look"),
        facts=None if erasable is None else sha256(canonical(facts_of(body))),
    )


def facts_hash(row: AuditRow) -> str | None:
    """What must vouch for the last record once it is forgotten; None where nothing may.

    Nothing may for a record of an earlier version, nor for one whose text is not what was
    hashed: changed, or forgotten, which the last one never is.
    """
    if sha256(row.body) != row.hash:
        return None
    body = cast("dict[str, Json]", json.loads(row.body))
    return sha256(canonical(facts_of(body))) if "salt" in body else None


def columns_of(body: dict[str, Json]) -> dict[str, str | None]:
    """What the searchable columns of a record must say, by its body."""
    found = {
        name: value if isinstance(value := body.get(name), str) else None
        for name in _COLUMNS_OF_TEXT
    }
    found["approval_id"] = _text_in(body.get("approval"), "id")
    found["organisation_id"] = _text_in(body.get("organisation"), "id")
    found["look"] = words_in(body, "look")
    return found


def amount_of(body: dict[str, Json]) -> int | None:
    """What the column of the amount must say, by its body."""
    text = _text_in(body.get("money"), "amount")
    return None if text is None else amount_e4(Decimal(text))


def looks_of(entry: Entry) -> list[str]:
    """Why somebody should look at this record; nothing where it is an ordinary one."""
    looks = list(entry.marks)
    if entry.kind is Kind.REFUSAL and entry.error_code != REPEATED:
        looks.append("asked" if entry.decision == "ask" else "refused")
    if entry.status is Status.UNKNOWN:
        looks.append("unknown")
    if entry.kind in {Kind.CHECKPOINT, Kind.POLICY} and entry.status is Status.FAILED:
        looks.append("failed")
    return looks


def words_in(body: dict[str, Json], name: str) -> str | None:
    found = body.get(name)
    return ",".join(str(word) for word in found) if isinstance(found, list) else None


def _text_in(part: Json, name: str) -> str | None:
    found = part.get(name) if isinstance(part, dict) else None
    return found if isinstance(found, str) else None


def _fields(entry: Entry) -> dict[str, Json]:
    return {
        **_often_the_same(_Often._make([getattr(entry, name) for name in _Often._fields])),
        "intent_id": entry.intent_id,
        "object": _dict(entry.object),
        "money": _money(entry),
        "contact_id": _safe(entry.contact_id),
        "arguments": None if entry.arguments is None else redacted(plain(entry.arguments)),
        "limits": _dict(entry.limits),
        "approval": _approval(entry.approval),
        "person": _safe(entry.person),
        "look": list[Json](looks_of(entry)),
        "status": None if entry.status is None else entry.status.value,
        "error_code": entry.error_code,
        "xero_requests": [_request(request) for request in entry.xero_requests],
        "idempotency_key": entry.idempotency_key,
        "result": _dict(entry.result),
        "forgotten": _extent(entry.forgotten),
        "purged": None if entry.purged is None else plain(entry.purged._asdict()),
        "happened_at": entry.happened_at,
        "ms": entry.ms,
    }


class _Often(NamedTuple):
    """What a call's records have in common, and often those of the next call too."""

    agent: str | None
    credential_fingerprint: str | None
    on_behalf_of: str | None
    client: Client | None
    transport: str | None
    protocol: str | None
    organisation: OrganisationRef | None
    tool: str | None
    tool_schema_hash: str | None
    access: str | None
    action: str
    decision: str | None
    rule: str | None
    reason: str | None
    policy_file: str | None
    policy_hash: str | None


@lru_cache(REMEMBERED_PARTS)
def _often_the_same(said: _Often) -> dict[str, Json]:
    return {
        "agent": _safe(said.agent),
        "credential_fingerprint": _safe(said.credential_fingerprint, masked=False),
        "on_behalf_of": _safe(said.on_behalf_of),
        "client": _dict(said.client),
        "transport": said.transport,
        "protocol": _safe(said.protocol),
        "organisation": _dict(said.organisation),
        "tool": _safe(said.tool),
        "tool_schema_hash": said.tool_schema_hash,
        "access": said.access,
        "action": _safe(said.action),
        "decision": said.decision,
        "rule": _safe(said.rule),
        "reason": _safe(said.reason),
        "policy_file": _safe(said.policy_file),
        "policy_hash": said.policy_hash,
    }


def _money(entry: Entry) -> Json:
    if entry.money is None:
        return None
    shown: dict[str, Json] = {
        "amount": to_text(entry.money.amount),
        "currency": entry.money.currency,
    }
    if entry.base_amount is not None:
        shown["base_amount"] = to_text(entry.base_amount)
    return shown


def _extent(forgotten: Extent | None) -> Json:
    if forgotten is None:
        return None
    return {"records": forgotten.records, "count": forgotten.size}


def _approval(approval: ApprovalRef | None) -> Json:
    shown = _dict(approval)
    if approval is not None and isinstance(shown, dict):
        shown["digest"] = approval.digest  # by its look a digest could be a key
    return shown


def _request(request: XeroRequestRef) -> Json:
    """A part of a path may be what the agent gave: looked at as it was before it was encoded."""
    parts = ((part, without_secrets(unquote(part))) for part in request.path.split("/"))
    path = "/".join(part if unquote(part) == masked else masked for part, masked in parts)
    return _dict(request._replace(path=path))


def _dict(part: _Part | None) -> Json:
    """One part of an entry; texts made safe, and what is absent left out."""
    if part is None:
        return None
    shown: dict[str, Json] = {}
    for name, value in part._asdict().items():
        if isinstance(value, str):
            shown[name] = _safe(value)
        elif value is not None and value != ():
            shown[name] = plain(value)
    return shown


def _safe(text: str | None, *, masked: bool = True) -> str | None:
    """Text from outside, as a record may hold it: one clean line without secrets."""
    if text is None:
        return None
    return _remembered(text, masked) if len(text) <= MAX_REMEMBERED else _made_safe(text, masked)


def _made_safe(text: str, masked: bool) -> str:  # noqa: FBT001 - what is remembered goes by place
    cleaned = one_line(clean(well_formed(text)), limit=MAX_FIELD)
    return without_secrets(cleaned) if masked else cleaned


_remembered = lru_cache(REMEMBERED_TEXTS)(_made_safe)
