"""The way to the approval page, where a client can open one for the person before it.

What the client then answers decides nothing: it only says that somebody was shown the link. The
call comes again, and the store alone says whether a person approved it.
"""

from typing import Any, Final

import mcp_types as t
from mcp.server.context import ServerRequestContext
from mcp_types.version import is_version_at_least

from xero_mcp.errors import ErrorCode
from xero_mcp.gate import GateAnswer
from xero_mcp.gate.answers import PAGE_DETAIL

ASKED_IN_ANSWERS: Final = "2026-07-28"
"""From this version on a result may say that something is wanted of the person first."""
REQUEST_NAME: Final = "approval"


def link_to_page(
    answer: GateAnswer,
    context: ServerRequestContext[dict[str, Any]],
    params: t.CallToolRequestParams,
) -> t.InputRequiredResult | None:
    """The page for the person before the client of this request, where it is the time for it."""
    if answer.error_code != ErrorCode.APPROVAL_REQUIRED or params.input_responses is not None:
        return None
    if not opens_pages(context.session.client_capabilities, context.protocol_version):
        return None
    return page_first(answer)


def page_first(answer: GateAnswer) -> t.InputRequiredResult | None:
    """What sends the person to the page; None where the answer itself must carry the link.

    So also where the client comes back from the page and nobody has decided yet.
    """
    if answer.error_code != ErrorCode.APPROVAL_REQUIRED:
        return None
    error = answer.content["error"]
    urls = [one["message"] for one in error["details"] if one.get("path") == PAGE_DETAIL]
    if not urls:
        return None
    message = f"{error['message']} Open the page to see what is asked, and to decide."
    asked = t.ElicitRequest(params=t.ElicitRequestURLParams(message=message, url=urls[0]))
    return t.InputRequiredResult(input_requests={REQUEST_NAME: asked})


def opens_pages(told: t.ClientCapabilities | None, protocol: str) -> bool:
    """Whether a client that tells this of itself can open a page for its person."""
    elicitation = told.elicitation if told is not None else None
    return (
        is_version_at_least(protocol, ASKED_IN_ANSWERS)
        and elicitation is not None
        and elicitation.url is not None
    )
