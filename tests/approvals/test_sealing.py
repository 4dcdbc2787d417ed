"""What people are asked lies sealed in the store, and is opened for whoever looks."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from xero_mcp.approvals.question import Approval, ApprovalError
from xero_mcp.approvals.sealing import NOT_OPENED, closed, must_be_readable, opened
from xero_mcp.store.tables.approvals import ApprovalRow

AT = datetime(2026, 3, 2, tzinfo=UTC)
LINES = (("agent", "clerk"), ("bank_account", "GB29 NWBK 6016 1331 9268 19"))


class Backwards:
    """A seal that anybody could break; one with another key does not open it."""

    def __init__(self, key: str = "own") -> None:
        self._key = key

    def sealed_text(self, place: str, text: str) -> str:
        return f"{self._key}{place}{text}"[::-1]

    def opened_text(self, place: str, text: str) -> str:
        head = f"{self._key}{place}"
        if not text[::-1].startswith(head):
            raise ValueError("another key, or another place")
        return text[::-1].removeprefix(head)


@pytest.fixture
def row() -> ApprovalRow:
    return ApprovalRow(
        id="ap-234567", digest="d", agent="clerk", organisation_id="o", organisation_name="O",
        tool="t", action="a", rule="r", reason="b", approvers=("x@example.com",),
        approvals_needed=1, terms=((("x@example.com",), 1),), answer_within_seconds=60,
        summary=LINES, policy_file="f", policy_hash="h", asked_at=AT, expires_at=AT,
    )  # fmt: skip


def test_it_is_sealed_as_a_whole_and_opened_as_it_was(row: ApprovalRow):
    kept = closed(row, Backwards())
    assert LINES[1][1] not in str(kept)
    assert "bank_account" not in str(kept)
    assert opened(Approval(row=kept), Backwards()).row == row


def test_another_key_or_another_approval_does_not_open_it(row: ApprovalRow):
    kept = closed(row, Backwards())
    for one, seal in ((kept, Backwards("other")), (replace(kept, id="ap-7"), Backwards())):
        assert opened(Approval(row=one), seal).row.summary == NOT_OPENED


def test_what_cannot_be_shown_cannot_be_approved(row: ApprovalRow):
    kept = closed(row, Backwards())
    must_be_readable(opened(Approval(row=kept), Backwards()))
    with pytest.raises(ApprovalError, match=r"cannot be shown here.*XERO_MCP_SECRET_KEY"):
        must_be_readable(opened(Approval(row=kept), Backwards("other")))


def test_what_was_kept_before_and_what_was_forgotten_read_as_they_are(row: ApprovalRow):
    for summary in (LINES, ()):
        one = Approval(row=replace(row, summary=summary))
        assert opened(one, Backwards()) == one
    assert closed(replace(row, summary=()), Backwards()).summary == ()
