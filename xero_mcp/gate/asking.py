"""Asking a person, and looking back whether the write was done before."""

from collections.abc import Sequence

from xero_mcp.approvals import Approval, Request, Standing
from xero_mcp.audit.canonical import plain
from xero_mcp.audit.redact import without_secrets
from xero_mcp.clock import to_iso
from xero_mcp.errors import Detail, ErrorCode, XeroMcpError
from xero_mcp.gate.answers import PAGE_DETAIL
from xero_mcp.gate.contact_background import contact_of, past_of
from xero_mcp.gate.deciding import scoped_for
from xero_mcp.gate.passage import Passage, known
from xero_mcp.gate.refusals import sentence
from xero_mcp.gate.repeats import Asked, Repeat, Resume, look
from xero_mcp.gate.rooms import Rooms
from xero_mcp.gate.shown_values import rows_of
from xero_mcp.gate.touching import waits_for
from xero_mcp.policy.decision import Ask


async def look_back(rooms: Rooms, passage: Passage) -> Repeat | Resume | None:
    """What an earlier write means for this one, before anything is read or anybody bothered.

    Raises:
        XeroMcpError: OUTCOME_UNKNOWN.
    """
    if not passage.known_card().writes:
        return None
    asked = asked_now(rooms, passage)
    return await rooms.store.read(lambda tables: look(tables, asked))


async def check(rooms: Rooms, passage: Passage) -> None:
    """The tool's own look at what would come of it, each time before it goes on.

    Also after a person's yes: what they approved may be there by now, and then their yes is
    not used up.

    Raises:
        XeroMcpError: DUPLICATE, INVALID_ARGUMENTS and the like; nothing was done.
    """
    if not passage.known_card().writes:
        return
    xero = scoped_for(rooms, passage, asking=True)
    try:
        await known(passage.tool, "tool").check(passage.args, xero)
    finally:
        passage.early_requests += tuple(xero.requests)


def asked_now(rooms: Rooms, passage: Passage) -> Asked:
    return Asked(
        payload=known(passage.payload, "payload"),
        request_id=passage.request_id,
        now=rooms.clock.now(),
        is_live=rooms.is_live,
        opened=rooms.audit.opened_text,
        waits_for=waits_for(passage),
    )


async def need_approval(rooms: Rooms, passage: Passage) -> None:
    """Go on only with a person's unused approval of exactly this.

    Raises:
        XeroMcpError: APPROVAL_REQUIRED, APPROVAL_REJECTED or APPROVAL_EXPIRED.
    """
    policy = passage.known_policy()
    digest = known(passage.payload, "payload").approval_digest(
        policy_hash=policy.sha256, target_version=passage.facts.version
    )
    passage.approval_digest = digest
    standing = await rooms.approvals.standing(digest, passage.agent.name)
    if standing.word == "approved":
        passage.approval_id, passage.approver = standing.id, standing.by or None
        return
    if standing.word == "rejected":
        passage.approval_id = standing.id
        raise _rejected(standing)
    if standing.word == "expired":
        passage.approval_id = standing.id
        raise _expired(standing)
    background = [] if standing.word == "pending" else await background_of(rooms, passage)
    approval = await rooms.approvals.ask(_request(passage, digest, background))
    passage.approval_id = approval.id
    ask: Ask = known(known(passage.decision, "decision").ask, "question")
    page = f"{rooms.approval_pages}/{approval.id}" if rooms.approval_pages else ""
    raise _required(passage, ask, approval, page=page)


def _request(passage: Passage, digest: str, background: Sequence[tuple[str, str]]) -> Request:
    policy, decision = passage.known_policy(), known(passage.decision, "decision")
    organisation = known(passage.organisation, "organisation")
    ask: Ask = known(decision.ask, "question")
    return Request(
        agent=passage.agent.name,
        organisation_id=organisation.id,
        organisation_name=organisation.name,
        tool=passage.known_card().name,
        digest=digest,
        rule=decision.rule or "",
        reason=without_secrets(decision.reason),
        terms=tuple((one.approvers, one.approvals) for one in ask.terms),
        answer_within_seconds=ask.answer_within_seconds,
        action=_with_amount(passage),
        summary=(*summary_of(passage), *background),
        policy_file=policy.file,
        policy_hash=policy.sha256,
        strictly=ask.strictly,
    )


def _with_amount(passage: Passage) -> str:
    total = passage.facts.total
    action = without_secrets(passage.action)
    return f"{action} ({total})" if total else action


async def background_of(rooms: Rooms, passage: Passage) -> list[tuple[str, str]]:
    """The contact's name and its latest documents, read from Xero for the person who decides."""
    contact_id = passage.facts.contact_id
    if contact_id is None:
        return []
    xero = scoped_for(rooms, passage, asking=True)
    try:
        contact = await contact_of(contact_id, xero)
        past = await past_of(contact_id, xero)
    except XeroMcpError as error:
        return [("contact", f"could not be read ({error.code.value}): {contact_id}")]
    finally:
        passage.early_requests += tuple(xero.requests)
    return [("contact", contact.name if contact else contact_id), *past.lines()]


def summary_of(passage: Passage) -> tuple[tuple[str, str], ...]:
    """What a person is shown: composed here, from parsed values, never from the agent's prose."""
    facts = passage.facts
    rows = [
        ("agent", passage.agent.name),
        ("wants to", passage.action),
        ("organisation", known(passage.organisation, "organisation").name),
    ]
    if facts.total is not None:
        rows.append(("total, tax included", str(facts.total)))
    if passage.agent.on_behalf_of:
        rows.insert(1, ("on behalf of", passage.agent.on_behalf_of))
    rows.extend(("stands now", one) for one in facts.stands_now)
    rows.extend(("looks like", one) for one in facts.duplicate_of)
    given = {name: plain(value) for name, value in passage.values.items()}
    given.pop("organisation", None)  # it stands above, by its name
    rows.extend(rows_of(given))
    rows.append(("rule", known(passage.decision, "decision").reason))
    return tuple(rows)


def _required(passage: Passage, ask: Ask, approval: Approval, *, page: str) -> XeroMcpError:
    people, until = ", ".join(ask.approvers), to_iso(approval.expires_at)
    details = [
        Detail(path="approval_id", message=approval.id),
        Detail(path="approvals_needed", message=str(ask.approvals), allowed=ask.approvers),
    ]
    if page:
        details.append(Detail(path=PAGE_DETAIL, message=page))
    return XeroMcpError(
        sentence(known(passage.decision, "decision").reason),
        code=ErrorCode.APPROVAL_REQUIRED,
        next_step=f"Tell the user: approval {approval.id} waits for {people} until {until}. They "
        f"{f'decide at {page}, or they ' if page else ''}"
        f"run `xero-mcp approvals show {approval.id}` and then `xero-mcp approvals approve "
        f"{approval.id} --as PERSON` (or `reject`). Then send exactly the same call again.",
        details=details,
    )


def _rejected(standing: Standing) -> XeroMcpError:
    return XeroMcpError(
        "A person rejected this; what they said stands in details.",
        code=ErrorCode.APPROVAL_REJECTED,
        next_step="Do not send it again. Tell the user why it was rejected.",
        details=[
            Detail(path="approval_id", message=standing.id),
            Detail(path="rejected_by", message=standing.by),
            Detail(path="reason", message=standing.reason),
        ],
    )


def _expired(standing: Standing) -> XeroMcpError:
    late = "It was approved, but that counts no more" if standing.by else "Nobody decided in time"
    return XeroMcpError(
        f"{late}, so the approval has expired; nothing was done.",
        code=ErrorCode.APPROVAL_EXPIRED,
        next_step="Send the same call again to ask anew, if it is still wanted.",
        details=[Detail(path="approval_id", message=standing.id)],
    )
