"""What an answer of Xero, or the lack of one, means for the call."""

from http import HTTPStatus
from typing import Final

from xero_mcp.errors import Detail, XeroMcpError
from xero_mcp.xero import errors
from xero_mcp.xero.call import Attempt, Call
from xero_mcp.xero.network import Answer
from xero_mcp.xero.retry import Fate
from xero_mcp.xero.scopes import scopes_for
from xero_mcp.xero.wire import Json, NotJsonError, read_json

_OK: Final = range(200, 300)
_REDIRECT: Final = range(300, 400)
_SCOPE_WORDS: Final = ("insufficient_scope", "insufficent_scope", "authorizationunsuccessful")
"""Xero spells it both ways."""


def conclude(call: Call, answer: Answer, payload: Json, *, doubt: bool) -> Json:
    """Return the payload of a success; raise what a refusal means.

    After a try that may have taken effect (`doubt`), only Xero's answer to the same key
    counts: a success, or a refusal of the content. Any other says nothing of that try. A key
    that Xero knows from another request was sent before: then too nobody knows.
    """
    if answer.status in _OK:
        if call.writes and not call.is_told_of_each and errors.has_refused_element(payload):
            raise _refused_inside(payload)
        return payload
    error = _refusal(call, answer)
    if _is_about_key(answer) or (doubt and answer.status != HTTPStatus.BAD_REQUEST):
        raise errors.outcome_unknown(call.method, call.path)
    raise error


def failure(call: Call, attempt: Attempt | None, *, doubt: bool) -> XeroMcpError:
    """The error for a call whose last try brought no answer that settles it."""
    why = attempt.why if attempt is not None else ""
    details = [Detail(path="request", message=why)] if why else []
    if doubt:
        return errors.outcome_unknown(call.method, call.path, details)
    answer = attempt.answer if attempt is not None else None
    match attempt.fate if attempt is not None else Fate.UNSENT:
        case Fate.TOO_LARGE:
            return errors.too_large()
        case Fate.UNAUTHORISED:
            return _unauthorised(call, answer)
        case Fate.LIMITED:
            return errors.rate_limited(_retry_after(answer))
        case Fate.OFFLINE:
            return errors.offline()
        case fate:
            reached = "could not be reached" if fate is Fate.UNSENT else "did not answer properly"
            return errors.unavailable(f"Xero {reached}, several times.", details=details)


def is_token_over(answer: Answer | None) -> bool:
    """Whether a new token may help: a 401 that is not about scopes."""
    if answer is None or answer.status != HTTPStatus.UNAUTHORIZED:
        return False
    return not _is_about_scope(answer)


def _is_about_scope(answer: Answer) -> bool:
    said = (answer.header("www-authenticate") or "").lower()
    said += answer.body[:2000].decode("utf-8", "replace").lower()
    return any(word in said for word in _SCOPE_WORDS)


def _unauthorised(call: Call, answer: Answer | None) -> XeroMcpError:
    if answer is not None and _is_about_scope(answer):
        return errors.scope_missing(sorted(_needed(call)))
    return errors.not_connected("Xero does not take our token, not even a new one.")


def _needed(call: Call) -> frozenset[str]:
    """What the operation takes; where it belongs to no organisation, what was asked for."""
    if call.organisation_id is None:
        return call.scopes
    return scopes_for([(call.method, call.path)])


def _retry_after(answer: Answer | None) -> int:
    seconds = answer.whole_number("retry-after") if answer is not None else None
    return seconds or errors.UNAVAILABLE_RETRY_SECONDS


def _refusal(call: Call, answer: Answer) -> XeroMcpError:
    details = errors.refusal_details(_json_or_nothing(answer))
    if answer.status == HTTPStatus.FORBIDDEN:
        why = "Xero does not let these credentials into this organisation, or this part of it."
        return errors.not_connected(why, details)
    if answer.status == HTTPStatus.NOT_FOUND:
        return errors.not_found(call.path)
    if answer.status in _REDIRECT:
        return errors.unavailable("Something answered in Xero's place and sent us elsewhere.")
    count = errors.element_count(_json_or_nothing(answer))
    return errors.rejected(details, element_count=count)


def _refused_inside(payload: Json) -> XeroMcpError:
    details = errors.findings(payload) or [Detail(message="refused without a message")]
    refused, elements = errors.refused_count(payload)
    if refused == elements:
        return errors.rejected(details, element_count=elements)
    return errors.partly_rejected(details)


def _is_about_key(answer: Answer) -> bool:
    return b"idempotency key" in answer.body[:2000].lower()


def _json_or_nothing(answer: Answer) -> Json:
    try:
        return read_json(answer.body)
    except NotJsonError:
        return None
