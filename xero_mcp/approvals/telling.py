"""How a question stands, in lines: the command line and the approval page show the same ones."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from xero_mcp.approvals.question import Approval
from xero_mcp.clock import distance
from xero_mcp.store.tables.approvals import DecisionRow

PAGES: Final = "/approvals"
"""The path of the pages where people decide in a browser."""
Moment = Callable[[datetime], str]
"""A moment as it is shown where it is shown."""


def pages_at(public_url: str | None) -> str:
    """Where people decide in a browser; empty where no public address is known."""
    return f"{public_url}{PAGES}" if public_url else ""


def standing_lines(approval: Approval, moment: Moment, *, now: datetime) -> list[tuple[str, str]]:
    """Who may decide until when, and what was said: what stands below the summary."""
    row = approval.row
    return [
        ("asked", moment(row.asked_at)),
        ("until", f"{moment(row.expires_at)} ({distance(row.expires_at, now)})"),
        ("who may decide", ", ".join(row.approvers)),
        ("approvals needed", str(row.approvals_needed)),
        ("policy", row.policy_file),
        ("used by", row.intent_id or ""),
        *(word_line(decision, moment) for decision in approval.decisions),
    ]


def word_line(decision: DecisionRow, moment: Moment) -> tuple[str, str]:
    """What one person said."""
    said = "approved" if decision.approves else "rejected"
    who = "" if decision.authenticated else f" (not signed in; system user {decision.system_user})"
    note = f": {decision.note}" if decision.note else ""
    return said, f"{decision.person}{who}, {moment(decision.at)}{note}"
