"""One decision by people about one exact payload.

An approval answers for a digest and an agent: another amount is another question. It is
used once, and only in the transaction that writes down the intent.
"""

from xero_mcp.approvals.desk import ID_LETTERS, ApprovalLog, Approvals
from xero_mcp.approvals.people import People, PersonNews, refuse_short
from xero_mcp.approvals.question import Approval, ApprovalError, Request, Standing
from xero_mcp.approvals.sealing import must_be_readable
from xero_mcp.approvals.sessions import Sessions
from xero_mcp.approvals.standing import is_named, normal_id, person_name
from xero_mcp.approvals.telling import PAGES, pages_at, standing_lines

__all__ = [
    "ID_LETTERS",
    "PAGES",
    "Approval",
    "ApprovalError",
    "ApprovalLog",
    "Approvals",
    "People",
    "PersonNews",
    "Request",
    "Sessions",
    "Standing",
    "is_named",
    "must_be_readable",
    "normal_id",
    "pages_at",
    "person_name",
    "refuse_short",
    "standing_lines",
]
