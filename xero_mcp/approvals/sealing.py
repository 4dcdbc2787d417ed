"""What people are asked is kept sealed: they must see a bank account number, the file need not.

A mask would hide from them what they are to decide about.
"""

import json
from dataclasses import replace
from typing import Final, Protocol

from xero_mcp.approvals.question import Approval, ApprovalError
from xero_mcp.store.tables.approvals import ApprovalRow

LABEL: Final = "sealed"
NOT_OPENED: Final = (("not shown", "it does not open with the key of this server"),)


class Seal(Protocol):
    """Closes texts under the server's key, each for one place."""

    def sealed_text(self, place: str, text: str) -> str: ...

    def opened_text(self, place: str, text: str) -> str: ...


def closed(row: ApprovalRow, seal: Seal | None) -> ApprovalRow:
    """The row as it is stored."""
    if seal is None or not row.summary:
        return row
    text = seal.sealed_text(_place(row), json.dumps(row.summary))
    return replace(row, summary=((LABEL, text),))


def opened(approval: Approval, seal: Seal | None) -> Approval:
    """The approval as people see it; what was stored before anything was sealed reads as it is."""
    row = approval.row
    if seal is None or len(row.summary) != 1 or row.summary[0][0] != LABEL:
        return approval
    try:
        lines = json.loads(seal.opened_text(_place(row), row.summary[0][1]))
        summary = tuple((str(label), str(value)) for label, value in lines)
    except ValueError:
        summary = NOT_OPENED
    return replace(approval, row=replace(row, summary=summary))


def must_be_readable(approval: Approval) -> None:
    """Nobody says yes to what they cannot see; a no needs no look.

    Raises:
        ApprovalError: the opened approval shows nothing, since this server has another key.
    """
    if approval.row.summary == NOT_OPENED:
        raise ApprovalError(
            f"What {approval.id} asks cannot be shown here, so nobody can approve it here: it "
            "was sealed with another key.",
            next_step="Approve it where XERO_MCP_SECRET_KEY, or secret.key in the state folder, "
            "is that of the server that asked.",
        )


def _place(row: ApprovalRow) -> str:
    return f"approvals/{row.id}"
