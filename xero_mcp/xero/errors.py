"""Xero's refusals and silences, as errors with a code, our sentence and the next step.

What Xero says goes into `details`, cleaned and cut; our own sentences hold none of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

from xero_mcp.errors import Detail, ErrorCode, XeroMcpError
from xero_mcp.xero.text import quoted
from xero_mcp.xero.wire import Json

MAX_DETAILS: Final = 100
"""A call holds some 50 elements; more messages than this are counted, not shown."""

MAX_PATH_CHARS: Final = 200

OFFLINE_RETRY_SECONDS: Final = 300
UNAVAILABLE_RETRY_SECONDS: Final = 60
_MAX_DEPTH: Final = 12
_BAD: Final = frozenset({"ERROR"})
_FLAGS: Final = ("HasErrors", "HasValidationErrors")

DOCTOR: Final = "A person runs `xero-mcp doctor`, which says what is missing and how to add it."
MEND: Final = (
    "A person runs `xero-mcp doctor`, which says what is missing; `xero-mcp connect` connects an "
    "organisation again."
)
CONNECT: Final = "A person runs `xero-mcp connect`, signs in to Xero and chooses the organisation."


def rejected(details: Sequence[Detail], *, element_count: int = 1) -> XeroMcpError:
    many = f" {element_count} elements" if element_count > 1 else " the request"
    return XeroMcpError(
        f"Xero refused{many}; nothing of it was stored.",
        code=ErrorCode.XERO_REJECTED,
        next_step="Correct what the details name, then call again.",
        details=details,
    )


def partly_rejected(details: Sequence[Detail]) -> XeroMcpError:
    """A 200 that hides refused elements; others of the same call may have been stored."""
    return XeroMcpError(
        "Xero answered, but refused at least one element of the request.",
        code=ErrorCode.XERO_REJECTED,
        next_step="Correct what the details name. Elements that are not named may be stored: "
        "read them back before sending anything again.",
        details=details,
    )


def scope_missing(scopes: Sequence[str] = ()) -> XeroMcpError:
    return XeroMcpError(
        "The connection to Xero lacks a permission (scope) that this call needs.",
        code=ErrorCode.SCOPE_MISSING,
        next_step=DOCTOR,
        details=[Detail(path="scope", message=scope) for scope in sorted(scopes)],
    )


def not_connected(why: str, details: Sequence[Detail] = ()) -> XeroMcpError:
    """`why` is our own sentence."""
    return XeroMcpError(why, code=ErrorCode.NOT_CONNECTED, next_step=MEND, details=details)


def sign_in_over(why: str) -> XeroMcpError:
    """A person must sign in again; `why` is our own sentence."""
    return XeroMcpError(why, code=ErrorCode.NOT_CONNECTED, next_step=CONNECT)


def held_back() -> XeroMcpError:
    """Nobody hears this: the call is begun anew, and then may send."""
    return XeroMcpError(
        "Nothing may be sent to Xero yet.", code=ErrorCode.INTERNAL_ERROR, next_step="Try again."
    )


def consent_missing(scopes: Sequence[str]) -> XeroMcpError:
    """The person who signed in was not asked for these."""
    return XeroMcpError(
        "The sign-in to Xero lacks a permission (scope) that this call needs.",
        code=ErrorCode.SCOPE_MISSING,
        next_step="A person runs `xero-mcp connect` once more: it asks for what the policies need "
        "now.",
        details=[Detail(path="scope", message=scope) for scope in sorted(scopes)],
    )


def not_found(path: str) -> XeroMcpError:
    return XeroMcpError(
        "Xero knows no such record in this organisation.",
        code=ErrorCode.XERO_NOT_FOUND,
        next_step="Check the id: list the records and take it from there.",
        details=[Detail(path="request", message=path)],
    )


def rate_limited(retry_after_seconds: int) -> XeroMcpError:
    return XeroMcpError(
        "Xero's limit for this organisation is used up, and the wait would be too long.",
        code=ErrorCode.XERO_RATE_LIMITED,
        next_step=f"Nothing was changed. Call again in {retry_after_seconds} seconds.",
        retry_after_seconds=retry_after_seconds,
    )


def unavailable(
    why: str,
    *,
    retry_after_seconds: int = UNAVAILABLE_RETRY_SECONDS,
    details: Sequence[Detail] = (),
) -> XeroMcpError:
    """Nothing was changed in Xero; `why` is our own sentence."""
    return XeroMcpError(
        why,
        code=ErrorCode.XERO_UNAVAILABLE,
        next_step=f"Nothing was changed. Call again in {retry_after_seconds} seconds.",
        retry_after_seconds=retry_after_seconds,
        details=details,
    )


def offline() -> XeroMcpError:
    return unavailable(
        "Xero says that it, or this organisation, is offline.",
        retry_after_seconds=OFFLINE_RETRY_SECONDS,
    )


def too_large() -> XeroMcpError:
    return XeroMcpError(
        "Xero's answer is larger than we read, and was left unread.",
        code=ErrorCode.XERO_UNAVAILABLE,
        next_step="Ask for less: a smaller page, a narrower filter or a shorter period.",
    )


def request_too_large(body_bytes: int, *, max_bytes: int) -> XeroMcpError:
    return XeroMcpError(
        f"The request would be of {body_bytes} bytes; Xero takes {max_bytes}.",
        code=ErrorCode.INVALID_ARGUMENTS,
        next_step="Nothing was sent. Send fewer documents in a call, or shorter texts.",
        details=[Detail(path="request", message=f"{body_bytes - max_bytes} bytes too many")],
    )


def outcome_unknown(method: str, path: str, details: Sequence[Detail] = ()) -> XeroMcpError:
    noun = path.strip("/").split("/")[0]
    return XeroMcpError(
        "The request may have reached Xero, and no answer says whether it took effect.",
        code=ErrorCode.OUTCOME_UNKNOWN,
        next_step=f"Do not send it again. Look in Xero's {noun} for what it would have made or "
        "changed (same date, amount, contact and number); a person settles it with "
        "`xero-mcp audit reconcile`.",
        details=[Detail(path="request", message=f"{method} {path}"), *details],
    )


def findings(payload: Json) -> list[Detail]:
    """Every validation message of every element, with where it stands.

    Xero puts them at each level: an element, its lines, its contact.
    """
    found: dict[tuple[str, str], Detail] = {}
    for path, message in _messages(payload, "", _MAX_DEPTH):
        shown = Detail(
            path=quoted(path, max_chars=MAX_PATH_CHARS), message=quoted(message), by_others=True
        )
        found.setdefault((shown.path, shown.message), shown)
        if len(found) >= MAX_DETAILS:
            break
    return list(found.values())


def _messages(value: Json, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth == 0:
        return
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _messages(item, f"{path}[{index}]", depth - 1)
    elif isinstance(value, dict):
        yield from _own_messages(value, path)
        for name, item in value.items():
            if name not in ("ValidationErrors", "Warnings"):
                yield from _messages(item, f"{path}.{name}".lstrip("."), depth - 1)


def _own_messages(element: Mapping[str, Json], path: str) -> Iterator[tuple[str, str]]:
    errors = element.get("ValidationErrors")
    for error in errors if isinstance(errors, list) else []:
        message = error.get("Message") if isinstance(error, dict) else None
        yield path, message if isinstance(message, str) else "refused without a message"


def has_refused_element(payload: Json) -> bool:
    """Whether a 200 hides a refusal: flags, a status of ERROR, or validation errors."""
    return refused_count(payload)[0] > 0


def refused_count(payload: Json) -> tuple[int, int]:
    """How many elements of an answer were refused, and how many there are."""
    lists = payload.values() if isinstance(payload, dict) else ()
    elements = [item for value in lists if isinstance(value, list) for item in value]
    found = [element for element in elements if isinstance(element, dict)]
    return sum(_refused(element) for element in found), len(found)


def _refused(element: Mapping[str, Json]) -> bool:
    return (
        any(element.get(flag) is True for flag in _FLAGS)
        or element.get("StatusAttributeString") in _BAD
        or bool(element.get("ValidationErrors"))
    )


def refusal_details(payload: Json) -> list[Detail]:
    """The details of a 400: every message; or what Xero said in general, where it named none."""
    if not isinstance(payload, dict):
        return []
    found = findings(payload)
    if found:
        return found
    parts = [payload.get(name) for name in ("Message", "Detail", "Title")]
    said = next((part for part in parts if isinstance(part, str) and part.strip()), None)
    return [Detail(message=quoted(said), by_others=True)] if said else []


def element_count(payload: Json) -> int:
    elements = cast("dict[str, Json]", payload).get("Elements") if isinstance(payload, dict) else 0
    return len(elements) if isinstance(elements, list) else 1
