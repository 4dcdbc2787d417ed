"""Approvals and the decisions of people about them, as they lie in the database."""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from xero_mcp.clock import to_iso
from xero_mcp.store.executor import (
    Executor,
    Row,
    Value,
    iso_or_none,
    moment,
    moment_or_none,
    text,
    text_or_none,
    whole,
)


class ApprovalStatus(StrEnum):
    """Where an approval stands. Only `pending` and `approved` can still change."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    USED = "used"
    EXPIRED = "expired"


Terms = tuple[tuple[tuple[str, ...], int], ...]
"""(whose word counts, how many of them it takes), for each rule that asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRow:
    """One question to people about one exact payload."""

    id: str
    digest: str
    agent: str
    organisation_id: str
    organisation_name: str
    tool: str
    action: str
    """What the agent would do, in the infinitive: `create a draft bill (620.00 USD)`."""
    rule: str
    reason: str
    approvers: tuple[str, ...]
    approvals_needed: int
    terms: Terms
    """What each rule that asks wants; only all of them together let it through."""
    answer_within_seconds: int
    summary: tuple[tuple[str, str], ...]
    policy_file: str
    policy_hash: str
    asked_at: datetime
    expires_at: datetime
    """While pending: until when people may answer. Once approved: until when it may be used."""
    status: ApprovalStatus = ApprovalStatus.PENDING
    decided_at: datetime | None = None
    intent_id: str | None = None
    """The call that used it."""
    strictly: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """One person's word about one approval."""

    approval_id: str
    person: str
    approves: bool
    note: str
    authenticated: bool
    """Whether the person proved who they are; if not, `system_user` says whose shell it was."""
    system_user: str
    at: datetime


_SELECT = """
SELECT id, digest, agent, organisation_id, organisation_name, tool, action, rule, reason,
       approvers, approvals_needed, answer_within_seconds, summary, policy_file, policy_hash,
       asked_at, expires_at, status, decided_at, intent_id, terms, strictly
FROM approvals
"""
_INSERT = """
INSERT INTO approvals (id, digest, agent, organisation_id, organisation_name, tool, action, rule,
                       reason, approvers, approvals_needed, answer_within_seconds, summary,
                       policy_file, policy_hash, asked_at, expires_at, status, terms, strictly)
VALUES (:id, :digest, :agent, :organisation_id, :organisation_name, :tool, :action, :rule,
        :reason, :approvers, :approvals_needed, :answer_within_seconds, :summary,
        :policy_file, :policy_hash, :asked_at, :expires_at, :status, :terms, :strictly)
"""
_BY_ID = "WHERE id = :id"
_NEWEST = """
WHERE agent = :agent AND digest = :digest
ORDER BY CASE WHEN status IN ('pending', 'approved') THEN 0 ELSE 1 END, asked_at DESC, id DESC
LIMIT 1
"""
_WAITING = """
SELECT count(*) FROM approvals WHERE agent = :agent AND status = 'pending' AND expires_at > :now
"""
_LIST = "ORDER BY asked_at DESC, id DESC LIMIT :limit"
_LIST_BY_STATUS = "WHERE status = :status ORDER BY asked_at DESC, id DESC LIMIT :limit"
_MOVE = """
UPDATE approvals SET status = :status, decided_at = :at, expires_at = :expires_at
WHERE id = :id AND status = :was
"""
_USE = """
UPDATE approvals SET status = 'used', intent_id = :intent_id
WHERE id = :id AND digest = :digest AND status = 'approved' AND expires_at > :now
"""
_DECIDE = """
INSERT INTO approval_decisions (approval_id, person, approves, note, authenticated, system_user, at)
VALUES (:approval_id, :person, :approves, :note, :authenticated, :system_user, :at)
ON CONFLICT (approval_id, person) DO NOTHING
"""
_DECISIONS = """
SELECT approval_id, person, approves, note, authenticated, system_user, at
FROM approval_decisions WHERE approval_id = :approval_id ORDER BY at, person
"""
_FORGET = """
UPDATE approvals SET digest = 'forgotten', action = '', reason = '', summary = '[]'
WHERE id = :id AND status NOT IN ('pending', 'approved')
"""
_FORGET_NOTES = "UPDATE approval_decisions SET note = '' WHERE approval_id = :id"


class ApprovalsTable:
    """What people were asked and what they said."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def get(self, approval_id: str) -> ApprovalRow | None:
        return self._one(_BY_ID, {"id": approval_id})

    def newest(self, *, agent: str, digest: str) -> ApprovalRow | None:
        """The open question about this payload by this agent, else the latest.

        There is one open one at most; by a clock that was set back it may look older than others.
        """
        return self._one(_NEWEST, {"agent": agent, "digest": digest})

    def waiting(self, agent: str, now: datetime) -> int:
        """How many questions of this agent wait for people."""
        found = self._executor.rows(_WAITING, {"agent": agent, "now": to_iso(now)})
        return whole(found[0][0])

    def list(self, *, status: ApprovalStatus | None = None, limit: int = 100) -> list[ApprovalRow]:
        """Newest first."""
        if status is None:
            return self._select(_LIST, {"limit": limit})
        return self._select(_LIST_BY_STATUS, {"status": status.value, "limit": limit})

    def insert(self, row: ApprovalRow) -> None:
        self._executor.change(
            _INSERT,
            {
                "id": row.id,
                "digest": row.digest,
                "agent": row.agent,
                "organisation_id": row.organisation_id,
                "organisation_name": row.organisation_name,
                "tool": row.tool,
                "action": row.action,
                "rule": row.rule,
                "reason": row.reason,
                "approvers": json.dumps(row.approvers),
                "approvals_needed": row.approvals_needed,
                "answer_within_seconds": row.answer_within_seconds,
                "summary": json.dumps(row.summary),
                "policy_file": row.policy_file,
                "policy_hash": row.policy_hash,
                "asked_at": to_iso(row.asked_at),
                "expires_at": to_iso(row.expires_at),
                "status": row.status.value,
                "terms": json.dumps(row.terms),
                "strictly": int(row.strictly),
            },
        )

    def move(self, row: ApprovalRow, moved: ApprovalRow) -> bool:
        """Change status, `decided_at` and `expires_at` to those of `moved`.

        False where the status is no longer what `row` says: somebody was first.
        """
        wanted: dict[str, Value] = {
            "id": row.id,
            "was": row.status.value,
            "status": moved.status.value,
            "at": iso_or_none(moved.decided_at),
            "expires_at": to_iso(moved.expires_at),
        }
        return self._executor.change(_MOVE, wanted) > 0

    def use(self, approval_id: str, digest: str, *, intent_id: str, now: datetime) -> bool:
        """Take the one use of an approved, unexpired approval of this very payload."""
        wanted = {"id": approval_id, "digest": digest, "intent_id": intent_id, "now": to_iso(now)}
        return self._executor.change(_USE, wanted) > 0

    def decide(self, decision: DecisionRow) -> bool:
        """Write down a person's word; False where this person has spoken already."""
        wanted: dict[str, Value] = {
            "approval_id": decision.approval_id,
            "person": decision.person,
            "approves": int(decision.approves),
            "note": decision.note,
            "authenticated": int(decision.authenticated),
            "system_user": decision.system_user,
            "at": to_iso(decision.at),
        }
        return self._executor.change(_DECIDE, wanted) > 0

    def forget(self, approval_id: str) -> bool:
        """Leave who was asked and what they said, and nothing of what it was about."""
        for statement in (_FORGET_NOTES, _FORGET):
            changed = self._executor.change(statement, {"id": approval_id})
        return changed > 0

    def decisions(self, approval_id: str) -> "list[DecisionRow]":
        """In the order in which people spoke."""
        return [
            DecisionRow(
                approval_id=text(row[0]),
                person=text(row[1]),
                approves=whole(row[2]) == 1,
                note=text(row[3]),
                authenticated=whole(row[4]) == 1,
                system_user=text(row[5]),
                at=moment(row[6]),
            )
            for row in self._executor.rows(_DECISIONS, {"approval_id": approval_id})
        ]

    def _one(self, tail: str, parameters: dict[str, Value]) -> ApprovalRow | None:
        found = self._select(tail, parameters)
        return found[0] if found else None

    def _select(self, tail: str, parameters: dict[str, Value]) -> "list[ApprovalRow]":
        return [_read(row) for row in self._executor.rows(_SELECT + tail, parameters)]


def _read(row: Row) -> ApprovalRow:
    return ApprovalRow(
        id=text(row[0]),
        digest=text(row[1]),
        agent=text(row[2]),
        organisation_id=text(row[3]),
        organisation_name=text(row[4]),
        tool=text(row[5]),
        action=text(row[6]),
        rule=text(row[7]),
        reason=text(row[8]),
        approvers=tuple(json.loads(text(row[9]))),
        approvals_needed=whole(row[10]),
        answer_within_seconds=whole(row[11]),
        summary=tuple((label, value) for label, value in json.loads(text(row[12]))),
        policy_file=text(row[13]),
        policy_hash=text(row[14]),
        asked_at=moment(row[15]),
        expires_at=moment(row[16]),
        status=ApprovalStatus(text(row[17])),
        decided_at=moment_or_none(row[18]),
        intent_id=text_or_none(row[19]),
        terms=tuple((tuple(people), number) for people, number in json.loads(text(row[20]))),
        strictly=whole(row[21]) == 1,
    )
