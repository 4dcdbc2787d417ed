"""What the gate writes down of a call: the same facts, at each of its moments."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from xero_mcp.audit.entry import (
    ApprovalRef,
    Client,
    Entry,
    Kind,
    ObjectRef,
    OrganisationRef,
    ResultRef,
    Status,
    XeroRequestRef,
)
from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.gate.passage import Passage
from xero_mcp.tool.answer import Answer, WriteAnswer
from xero_mcp.xero.scoped import XeroRequest


class End(NamedTuple):
    """The end of a call, however it came out."""

    record_id: str
    requests: tuple[XeroRequest, ...]
    ms: int


def entry_of(passage: Passage, *, kind: Kind) -> Entry:
    """Everything that is known of the call so far."""
    return Entry(kind=kind, **known_of(passage))


def known_of(passage: Passage) -> dict[str, Any]:
    """The same by the names of an entry's fields, for whoever knows more of them."""
    caller, card, policy, decision = (
        passage.caller,
        passage.card,
        passage.policy,
        passage.decision,
    )
    facts = passage.facts
    described = facts.object_type or None
    return {
        "agent": passage.agent.name,
        "credential_fingerprint": passage.agent.credential_fingerprint,
        "on_behalf_of": passage.agent.on_behalf_of,
        "client": Client(name=caller.client_name, version=caller.client_version)
        if caller.client_name
        else None,
        "transport": caller.transport,
        "protocol": caller.protocol or None,
        "organisation": _organisation(passage),
        "tool": card.name if card else passage.name[:64],
        "tool_schema_hash": passage.schema_hash,
        "access": _access(passage),
        "object": ObjectRef(type=described, number=facts.object_number) if described else None,
        "money": facts.total,
        "base_amount": facts.base_total.amount if facts.base_total else None,
        "contact_id": facts.contact_id,
        "arguments": passage.shown(passage.values or passage.arguments),
        "full_arguments": passage.values or passage.arguments,
        "decision": decision.outcome.value if decision else None,
        "rule": _rule(passage),
        "reason": decision.reason if decision else None,
        "policy_file": policy.file if policy else None,
        "policy_hash": policy.sha256 if policy else None,
        "approval": _approval(passage),
        "action": passage.action,
    }


def refusal_of(passage: Passage, error: XeroMcpError) -> Entry:
    """A call that went no further, and why."""
    entry = entry_of(passage, kind=Kind.REFUSAL)
    asked = error.code is ErrorCode.APPROVAL_REQUIRED
    return replace(
        entry,
        decision="ask" if asked else "deny",
        reason=entry.reason if asked and entry.reason else error.message,
        status=Status.PENDING if asked else Status.REFUSED,
        error_code=error.code.value,
        xero_requests=as_refs(passage.early_requests),
    )


def answered_of(intent: Entry, answer: Answer, end: End) -> Entry:
    """How a call ended well."""
    entry = replace(
        intent,
        kind=Kind.OUTCOME,
        id=end.record_id,
        intent_id=intent.id,
        marks=(),
        arguments=None,
        full_arguments=None,
        status=Status.OK,
        xero_requests=as_refs(end.requests),
        result=ResultRef(ids=tuple(answer.object_ids()), rows=answer.row_count()),
        ms=end.ms,
    )
    if not isinstance(answer, WriteAnswer):
        return entry
    described = entry.object.type if entry.object else ""
    return replace(
        entry,
        object=ObjectRef(type=described, id=answer.id, number=answer.number),
        money=answer.money() or entry.money,
        contact_name=answer.contact,
    )


def failed_of(intent: Entry, error: XeroMcpError, end: End) -> Entry:
    """How a call ended badly: refused by Xero, or not known to have happened."""
    unknown = error.code is ErrorCode.OUTCOME_UNKNOWN
    return replace(
        intent,
        kind=Kind.OUTCOME,
        id=end.record_id,
        intent_id=intent.id,
        marks=(),
        arguments=None,
        full_arguments=None,
        status=Status.UNKNOWN if unknown else Status.FAILED,
        error_code=error.code.value,
        reason=error.message,
        xero_requests=as_refs(end.requests),
        ms=end.ms,
    )


def as_refs(requests: Iterable[XeroRequest]) -> tuple[XeroRequestRef, ...]:
    return tuple(
        XeroRequestRef(
            method=one.method,
            path=one.path,
            status=one.status,
            request_id=one.request_id,
            ms=one.ms,
        )
        for one in requests
    )


def _organisation(passage: Passage) -> OrganisationRef | None:
    one = passage.organisation
    return OrganisationRef(id=one.id, name=one.name) if one else None


def _access(passage: Passage) -> str | None:
    if passage.call is not None:
        return ", ".join(str(need) for need in passage.call.needs) or None
    return passage.card.access.value if passage.card else None


def _rule(passage: Passage) -> str | None:
    """What decided, as the file has it: a rule's name, or `access.bills=draft`."""
    if passage.decision is None:
        return None
    if passage.decision.rule is not None:
        return passage.decision.rule
    if passage.call is None or passage.policy is None:
        return None
    shown = [
        f"access.{need.area}={passage.policy.grant(need.area).shown}" for need in passage.call.needs
    ]
    return ", ".join(dict.fromkeys(shown)) or None


def _approval(passage: Passage) -> ApprovalRef | None:
    if passage.approval_id is None:
        return None
    return ApprovalRef(
        id=passage.approval_id,
        digest=passage.approval_digest or "",
        approver=passage.approver,
    )
