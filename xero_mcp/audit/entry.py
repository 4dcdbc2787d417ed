"""What is written down of one moment of one call: everything that the gate knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from xero_mcp.money import Money

Arguments = Mapping[str, object]


class Kind(StrEnum):
    """What a record is about."""

    INTENT = "intent"
    OUTCOME = "outcome"
    REFUSAL = "refusal"
    APPROVAL = "approval"
    POLICY = "policy"
    UNKNOWN = "unknown"
    SETTLED = "settled"
    STARTED = "started"
    STOPPED = "stopped"
    PERSON = "person"
    """Who may approve: added, removed, a passphrase changed or guessed wrong."""
    KEY = "key"
    """Keys of remote agents: given, taken back; or a credential that nobody was known by."""
    CONNECTION = "connection"
    """Somebody signed in to Xero, or took a connection away."""
    NOTE = "note"
    """The note in Xero's own history of which agent did it."""
    REVIEW = "review"
    """Somebody has looked at a call, and signs for it."""
    CHECKPOINT = "checkpoint"
    """A checkpoint that a person asked for, or a copy of checkpoints that failed."""
    OPENED = "opened"
    """Somebody looked at the full arguments of a call."""
    FORGOTTEN = "forgotten"
    """The content of earlier records was forgotten; what stays of them is still in the chain."""
    CROSSCHECK = "crosscheck"
    """Somebody held the log against Xero's own history."""
    PURGED = "purged"
    """The oldest records were removed, as the setting of retention says."""
    WEBHOOK = "webhook"
    """What came as a webhook of Xero's was not taken."""


class Status(StrEnum):
    """How it ended. An intent has none: how it ended stands in another record."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    DONE = "done"
    """Settled: it did happen in Xero."""
    NOT_DONE = "not done"
    """Settled: it did not happen in Xero."""


class Client(NamedTuple):
    """The program through which the agent speaks; its own word."""

    name: str
    version: str = ""


class OrganisationRef(NamedTuple):
    id: str
    name: str


class ObjectRef(NamedTuple):
    """The document or person in Xero; `type` is in people's words (`draft bill`)."""

    type: str
    id: str | None = None
    number: str | None = None


class LimitUse(NamedTuple):
    """One budget of the agent's: before this call, taken by it, after it."""

    before: str
    reserved: str
    after: str


class ApprovalRef(NamedTuple):
    """The approval that a record is about, and whose word it was."""

    id: str
    digest: str
    approver: str | None = None
    authenticated: bool | None = None
    system_user: str | None = None
    note: str | None = None


class XeroRequestRef(NamedTuple):
    """One request to Xero. `path` has no query: that may hold names."""

    method: str
    path: str
    status: int | None
    """None where no answer came."""
    request_id: str | None
    ms: int


class ResultRef(NamedTuple):
    """What came back: the ids of what was written, the number of rows that were read."""

    ids: tuple[str, ...] = ()
    rows: int | None = None


class PurgedPart(NamedTuple):
    """Records that were removed because they were old enough."""

    first: int
    last: int
    head_hash: str


class Extent(NamedTuple):
    """Earlier records, by number: `5-9 12`."""

    records: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record before it is numbered, chained and put into a sentence.

    What is None is left out of the record.
    """

    kind: Kind
    id: str = ""
    """From `AuditLog.new_id` where it must be known beforehand; else the log makes one."""
    intent_id: str | None = None
    agent: str | None = None
    credential_fingerprint: str | None = None
    on_behalf_of: str | None = None
    client: Client | None = None
    transport: str | None = None
    protocol: str | None = None
    organisation: OrganisationRef | None = None
    tool: str | None = None
    tool_schema_hash: str | None = None
    access: str | None = None
    object: ObjectRef | None = None
    money: Money | None = None
    base_amount: Decimal | None = None
    contact_id: str | None = None
    arguments: Arguments | None = None
    """What the record may show, before secrets and bank numbers are masked."""
    full_arguments: Arguments | None = None
    """What the commitment binds to, and what is kept encrypted; `arguments` where it is None."""
    decision: str | None = None
    """`allow`, `ask` or `deny`."""
    rule: str | None = None
    """What decided, as the file has it: `access.bills=draft`, or a rule's name."""
    reason: str | None = None
    policy_file: str | None = None
    policy_hash: str | None = None
    limits: LimitUse | None = None
    approval: ApprovalRef | None = None
    status: Status | None = None
    error_code: str | None = None
    xero_requests: tuple[XeroRequestRef, ...] = ()
    idempotency_key: str | None = None
    result: ResultRef | None = None
    ms: int | None = None
    marks: tuple[str, ...] = ()
    """Why somebody should look at it, as far as the gate knows: `new contact`, `near a limit`."""
    person: str | None = None
    """Who reviewed, or asked for something; with how far that is known."""
    happened_at: str | None = None
    """When it really was, where it could be written down only later."""
    action: str = ""
    """The tool's phrase in the infinitive: `create a draft bill`."""
    forgotten: Extent | None = None
    purged: PurgedPart | None = None
    contact_name: str | None = None
    """For the sentence alone."""
