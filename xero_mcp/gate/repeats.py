"""A write is done once: what a repeat of it gets, and what is held back.

Xero remembers an Idempotency-Key for six minutes. Within them an unknown write may be
sent again under its first key; after that, sending it could do it twice.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from xero_mcp.audit.sealed import SealedError
from xero_mcp.errors import Detail, ErrorCode, XeroMcpError
from xero_mcp.gate.payload import Payload
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.writes import WriteRow, WriteState

KEY_LIFE = timedelta(minutes=4)
"""Two minutes less than Xero's six: the last try must arrive while the key is remembered.

A call may wait half a minute for its turn, tries for a minute, and waits once more before the
last of its tries: a hundred seconds in all.
"""
REPEAT_LIFE = timedelta(hours=24)
"""How long an identical call without a request_id counts as a repeat."""
UNDER_WAY_SECONDS = 5
LOOKS_AGAIN_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """It was done: the first answer stands."""

    answer: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Nobody heard how it ended, and Xero still knows its key: send it again under that key."""

    row: WriteRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A write as it is asked for now."""

    payload: Payload
    request_id: str | None
    now: datetime
    is_live: Callable[[str], bool]
    opened: Callable[[str, str], str]
    """Reads an answer that is kept sealed: by the intent of its write, and its text."""
    waits_for: tuple[str, ...] = ()
    """What it touches: a write to the same of which nobody knows the end comes first."""


def look(tables: Tables, asked: Asked) -> Repeat | Resume | None:
    """What an earlier write of the same request means for this one; None: it is new.

    Raises:
        XeroMcpError: OUTCOME_UNKNOWN, where it is under way or nobody knows how it ended.
    """
    payload = asked.payload
    row = tables.writes.find(
        payload.agent, payload.organisation_id, payload.tool, payload.request_digest()
    )
    if row is not None:
        found = _same(row, asked)
        if found is not None:
            return found
    document = (payload.agent, payload.organisation_id, payload.content_digest())
    other = tables.writes.find_unknown(*document)
    if other is not None:
        raise held_back(other.intent_id)
    for row in tables.writes.find_open(*document):
        if not asked.is_live(row.instance):  # its process died and no start has found it yet
            raise held_back(row.intent_id)
    for row in tables.writes.find_touching(payload.agent, payload.organisation_id, asked.waits_for):
        if row.state is WriteState.UNKNOWN or not asked.is_live(row.instance):
            raise _must_wait(row)
    return None


def _same(row: WriteRow, asked: Asked) -> Repeat | Resume | None:
    age = asked.now - row.first_sent_at
    match row.state:
        case WriteState.DONE | WriteState.SETTLED:
            stands = asked.request_id is not None or age < REPEAT_LIFE
            return _first_answer(row, asked) if row.answer and stands else None
        case WriteState.OPEN if asked.is_live(row.instance):
            raise _under_way(row.intent_id)
        case WriteState.OPEN | WriteState.UNKNOWN:
            if age < KEY_LIFE:
                return Resume(row=row)
            raise held_back(row.intent_id)
        case _:
            return None


def _first_answer(row: WriteRow, asked: Asked) -> Repeat:
    try:
        return Repeat(answer=json.loads(asked.opened(row.intent_id, row.answer or "")))
    except SealedError as error:
        raise XeroMcpError(
            "The same write was done before, but its answer cannot be read any more: the server's "
            "key is another one.",
            code=ErrorCode.DUPLICATE,
            next_step=f"Do not send it again. `xero-mcp audit show {row.intent_id}` tells what was "
            "done; a person who has the former XERO_MCP_SECRET_KEY puts it back.",
            details=[Detail(path="audit_id", message=row.intent_id)],
        ) from error


def held_back(intent_id: str) -> XeroMcpError:
    """An unknown write whose key Xero has forgotten: only a look into Xero can settle it."""
    return XeroMcpError(
        "The same write was sent before and nobody knows whether Xero did it; it is held back, "
        "so that nothing is done twice.",
        code=ErrorCode.OUTCOME_UNKNOWN,
        next_step="Do not send it again. Look in Xero for the document (contact, amount, date, "
        "number); a person then settles it with `xero-mcp audit reconcile`, or "
        f"`xero-mcp audit reconcile {intent_id} --done --as PERSON --note TEXT` (or `--not-done`).",
        details=[Detail(path="audit_id", message=intent_id)],
    )


def _must_wait(row: WriteRow) -> XeroMcpError:
    """It would build on what another write may have done or not."""
    return XeroMcpError(
        f"An earlier write ({row.tool}) touches the same, and nobody knows whether Xero did it; "
        "until that is known, nothing is built on it.",
        code=ErrorCode.OUTCOME_UNKNOWN,
        next_step="Wait: the server looks in Xero for it every few minutes, and settles what that "
        "shows. A person does the same at once with `xero-mcp audit reconcile`. Other contacts and "
        "documents are not affected.",
        retry_after_seconds=LOOKS_AGAIN_SECONDS,
        details=[Detail(path="audit_id", message=row.intent_id)],
    )


def _under_way(intent_id: str) -> XeroMcpError:
    return XeroMcpError(
        "The same write is under way at this moment; its outcome is not known yet.",
        code=ErrorCode.OUTCOME_UNKNOWN,
        next_step=f"Wait {UNDER_WAY_SECONDS} seconds and call again with the same arguments: "
        "that gives the first one's answer.",
        retry_after_seconds=UNDER_WAY_SECONDS,
        details=[Detail(path="audit_id", message=intent_id)],
    )
