"""How a question stands at a moment, and how a word moves it: no clock, no database of its own."""

from dataclasses import replace
from datetime import datetime, timedelta

from xero_mcp.approvals.question import (
    NOT_ASKED,
    SEE_LIST,
    Approval,
    ApprovalError,
    Request,
    Standing,
    satisfied,
)
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.approvals import ApprovalRow, ApprovalStatus, DecisionRow
from xero_mcp.text import folded, one_line

MAX_SUMMARY_LINES = 1_000
MAX_SUMMARY_TEXT = 300
MAX_PAGE = 500


def normal_id(text: str) -> str:
    """An id as it is stored, however a person typed it."""
    return f"ap-{text.strip().upper().removeprefix('AP-')}"


OPEN = frozenset({ApprovalStatus.PENDING, ApprovalStatus.APPROVED})
STILL_STANDS = OPEN | {ApprovalStatus.REJECTED}


def as_of(row: ApprovalRow, now: datetime) -> ApprovalRow:
    """The row as it stands at this moment, whether or not its end was written down."""
    if row.status in OPEN and row.expires_at <= now:
        return replace(row, status=ApprovalStatus.EXPIRED)
    return row


def as_it_counts(tables: Tables, row: ApprovalRow, now: datetime) -> ApprovalRow:
    """The same, where a yes had to be proven: it counts while who gave it may still prove it."""
    if row.status is ApprovalStatus.APPROVED and row.strictly:
        people = [tables.people.get(word.person) for word in tables.approvals.decisions(row.id)]
        if any(one is None or one.proof is None for one in people):
            return replace(row, status=ApprovalStatus.EXPIRED)
    return as_of(row, now)


def standing_of(tables: Tables, *, digest: str, agent: str, now: datetime) -> Standing:
    row = tables.approvals.newest(agent=agent, digest=digest)
    if row is None:
        return NOT_ASKED
    match as_it_counts(tables, row, now).status:
        case ApprovalStatus.PENDING:
            return Standing(word="pending", id=row.id, expires_at=row.expires_at)
        case ApprovalStatus.APPROVED:
            by = _yeses(tables, row)
            return Standing(word="approved", id=row.id, expires_at=row.expires_at, by=by)
        case ApprovalStatus.REJECTED:
            noes = [word for word in tables.approvals.decisions(row.id) if not word.approves]
            return Standing(word="rejected", id=row.id, by=noes[-1].person, reason=noes[-1].note)
        case ApprovalStatus.EXPIRED if row.status in OPEN:
            by = _yeses(tables, row) if row.status is ApprovalStatus.APPROVED else ""
            return Standing(word="expired", id=row.id, by=by)
        case _:
            return NOT_ASKED


def _yeses(tables: Tables, row: ApprovalRow) -> str:
    return ", ".join(word.person for word in tables.approvals.decisions(row.id))


def listed(tables: Tables, status: ApprovalStatus | None, now: datetime) -> list[ApprovalRow]:
    if status is None:
        return [as_of(row, now) for row in tables.approvals.list(limit=MAX_PAGE)]
    stored = {status, *OPEN} if status is ApprovalStatus.EXPIRED else {status}
    found = [
        as_of(row, now)
        for each in stored
        for row in tables.approvals.list(status=each, limit=MAX_PAGE)
    ]
    found.sort(key=lambda row: (row.asked_at, row.id), reverse=True)
    return [row for row in found if row.status is status]


def known_row(tables: Tables, approval_id: str) -> ApprovalRow:
    row = tables.approvals.get(approval_id)
    if row is None:
        raise ApprovalError(
            f"There is no approval {one_line(approval_id, limit=20)}.", next_step=SEE_LIST
        )
    return row


def must_be_open(row: ApprovalRow) -> None:
    if row.status is not ApprovalStatus.PENDING:
        stop = f"Until it is used, `xero-mcp policy suspend {row.agent} --as PERSON` stops it."
        is_waiting = row.status is ApprovalStatus.APPROVED
        raise ApprovalError(
            f"{row.id} is {row.status} already.", next_step=stop if is_waiting else SEE_LIST
        )


def must_be_entitled(row: ApprovalRow, person: str) -> None:
    named = ", ".join(row.approvers) or "nobody"
    if person == row.agent.casefold():
        raise ApprovalError(
            f"{person} asked for {row.id} and may not decide about it.",
            next_step=f"The rule names {named}.",
        )
    if not is_named(row, person):
        raise ApprovalError(
            f"{person or 'A person without a name'} may not decide about {row.id}.",
            next_step=f"The rule “{row.rule}” of {row.policy_file} names {named}.",
        )


def is_named(row: ApprovalRow, person: str) -> bool:
    """Whether some rule that asks counts this person's word."""
    return person_name(person) in {person_name(approver) for approver in row.approvers}


def must_be_proven(row: ApprovalRow, word: DecisionRow) -> None:
    if row.strictly and not word.authenticated:
        raise ApprovalError(
            f"{row.id} asks strictly: {word.person} must give a passphrase.",
            next_step=f"`xero-mcp people add {word.person}` gives them one.",
        )


def after(row: ApprovalRow, word: DecisionRow, *, yeses: set[str]) -> ApprovalRow:
    """The row once this word has been heard."""
    if not word.approves:
        return replace(row, status=ApprovalStatus.REJECTED, decided_at=word.at)
    if not satisfied(row.terms, yeses):
        return row
    return replace(
        row,
        status=ApprovalStatus.APPROVED,
        decided_at=word.at,
        expires_at=word.at + timedelta(seconds=row.answer_within_seconds),
    )


def row_of(request: Request, *, approval_id: str, now: datetime) -> ApprovalRow:
    return ApprovalRow(
        id=approval_id,
        digest=request.digest,
        agent=request.agent,
        organisation_id=request.organisation_id,
        organisation_name=request.organisation_name,
        tool=request.tool,
        action=request.action,
        rule=request.rule,
        reason=request.reason,
        approvers=request.approvers,
        approvals_needed=request.approvals_needed,
        terms=request.terms,
        answer_within_seconds=request.answer_within_seconds,
        summary=_shown(request.summary),
        policy_file=request.policy_file,
        policy_hash=request.policy_hash,
        strictly=request.strictly,
        asked_at=now,
        expires_at=now + timedelta(seconds=request.answer_within_seconds),
    )


def _shown(summary: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Lines that are safe on a terminal, and that say so where they are not all."""
    lines = [
        (one_line(label), one_line(value, limit=MAX_SUMMARY_TEXT))
        for label, value in summary[:MAX_SUMMARY_LINES]
    ]
    if len(summary) > MAX_SUMMARY_LINES:
        lines.append(("not shown", f"{len(summary) - MAX_SUMMARY_LINES} more lines"))
    return tuple(lines)


def with_decisions(tables: Tables, row: ApprovalRow) -> Approval:
    return Approval(row=row, decisions=tuple(tables.approvals.decisions(row.id)))


def person_name(text: str) -> str:
    return folded(one_line(text))
