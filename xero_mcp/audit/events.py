"""Entries that follow from what lies in the store: approvals, and calls cut short."""

from xero_mcp.audit.entry import ApprovalRef, Entry, Kind, ObjectRef, OrganisationRef, Status
from xero_mcp.audit.record import Record
from xero_mcp.store.tables.approvals import ApprovalRow, ApprovalStatus, DecisionRow

ENDED_EARLY = "the process ended before the outcome was known"

_STATUSES = {
    ApprovalStatus.PENDING: Status.PENDING,
    ApprovalStatus.APPROVED: Status.APPROVED,
    ApprovalStatus.REJECTED: Status.REJECTED,
    ApprovalStatus.EXPIRED: Status.EXPIRED,
}


def of_approval(approval: ApprovalRow, decision: DecisionRow | None) -> Entry:
    """A question to people, a person's word about it, or its end without one."""
    return Entry(
        kind=Kind.APPROVAL,
        agent=approval.agent,
        organisation=OrganisationRef(id=approval.organisation_id, name=approval.organisation_name),
        tool=approval.tool,
        action=approval.action,
        decision="ask",
        rule=approval.rule,
        reason=_reason(approval),
        policy_file=approval.policy_file,
        policy_hash=approval.policy_hash,
        approval=_ref(approval, decision),
        status=_STATUSES[approval.status],
    )


def of_orphan(intent_id: str, intent: Record | None) -> Entry:
    """What is known of a call whose process is gone: what its intent says, and no more."""
    if intent is None:
        return Entry(
            kind=Kind.UNKNOWN, intent_id=intent_id, reason=ENDED_EARLY, status=Status.UNKNOWN
        )
    return Entry(
        kind=Kind.UNKNOWN,
        intent_id=intent_id,
        agent=intent.text("agent"),
        organisation=_organisation(intent),
        tool=intent.text("tool"),
        access=intent.text("access"),
        action=intent.text("action") or "",
        object=_object(intent),
        contact_id=intent.text("contact_id"),
        idempotency_key=intent.text("idempotency_key"),
        reason=ENDED_EARLY,
        status=Status.UNKNOWN,
    )


def _reason(approval: ApprovalRow) -> str:
    if approval.status is not ApprovalStatus.EXPIRED:
        return approval.reason
    if approval.decided_at is not None:
        return "it was approved but not used in time"
    return "nobody decided in time"


def _ref(approval: ApprovalRow, decision: DecisionRow | None) -> ApprovalRef:
    if decision is None:
        return ApprovalRef(id=approval.id, digest=approval.digest)
    return ApprovalRef(
        id=approval.id,
        digest=approval.digest,
        approver=decision.person,
        authenticated=decision.authenticated,
        system_user=decision.system_user or None,
        note=decision.note or None,
    )


def _organisation(intent: Record) -> OrganisationRef | None:
    found = intent.text("organisation", "id")
    if found is None:
        return None
    return OrganisationRef(id=found, name=intent.text("organisation", "name") or "")


def _object(intent: Record) -> ObjectRef | None:
    found = intent.text("object", "type")
    if found is None:
        return None
    return ObjectRef(
        type=found, id=intent.text("object", "id"), number=intent.text("object", "number")
    )
