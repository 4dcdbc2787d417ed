"""One call on its way: what is known of it so far, filled in step by step."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from xero_mcp.agents import Agent, Caller
from xero_mcp.gate.answers import Progress
from xero_mcp.gate.payload import Payload
from xero_mcp.gate.policies import Tie
from xero_mcp.policy.decision import Call, Decision
from xero_mcp.policy.model import Policy
from xero_mcp.tool.args import Args, Write
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.declare import Tool
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.phrase import needed_slots, phrase
from xero_mcp.tool.view import KnownOrganisation
from xero_mcp.xero.early_reads import EarlyReads
from xero_mcp.xero.scoped import HeldBack, XeroRequest

NO_FACTS: Final = Facts()


@dataclass(slots=True, kw_only=True)
class Passage:
    """The gate alone writes here; each step adds what it found out."""

    caller: Caller
    name: str
    arguments: Mapping[str, object]
    started_seconds: float
    progress: Progress | None = None
    card: ToolCard | None = None
    schema_hash: str | None = None
    """Of the tool's input; as in the audit log."""
    tool: Tool[Any, Any] | None = None
    policy: Policy | None = None
    args: Args | None = None
    values: Mapping[str, object] = field(default_factory=dict[str, object])
    """The arguments as the policy reads them, with what it filled in for the agent."""
    organisation: KnownOrganisation | None = None
    beside: tuple[KnownOrganisation, ...] = ()
    """The others, where a call reads several organisations at once."""
    own_organisations: tuple[KnownOrganisation, ...] = ()
    facts: Facts = NO_FACTS
    call: Call | None = None
    decision: Decision | None = None
    payload: Payload | None = None
    approval_id: str | None = None
    approval_digest: str | None = None
    approver: str | None = None
    reading_noted: bool = False
    """Whether it is written down that its answer shows text by others."""
    early_requests: tuple[XeroRequest, ...] = ()
    """What the server asked Xero for its facts and its checks, before anything began."""
    early_reads: EarlyReads = field(default_factory=EarlyReads)
    """What Xero answered then, for the run to take up."""
    held_back: HeldBack | None = None
    """Set while it is tried whether the call needs nothing of Xero."""
    rests_on: Tie | None = None
    """The tie as it was remembered, where nobody has looked into the store yet."""

    def start_over(self) -> None:
        """Back to what was asked: forget all that was found out on the way."""
        asked = Passage(
            caller=self.caller,
            name=self.name,
            arguments=self.arguments,
            started_seconds=self.started_seconds,
            progress=self.progress,
            card=self.card,
            schema_hash=self.schema_hash,
        )
        for one in fields(self):
            setattr(self, one.name, getattr(asked, one.name))

    @property
    def agent(self) -> Agent:
        return self.caller.agent

    @property
    def action(self) -> str:
        """The deed in the infinitive, for sentences; empty where too little of it was said."""
        if self.card is None:
            return ""
        values = self.shown(self.values or self.arguments)
        if any(values.get(name) is None for name in needed_slots(self.card.says)):
            return ""
        return phrase(self.card.says, values, self.card.words)

    @property
    def request_id(self) -> str | None:
        return self.args.request_id if isinstance(self.args, Write) else None

    def shown(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the agent and the audit log may see of it."""
        return self.policy.mask.of(content) if self.policy else content

    def known_card(self) -> ToolCard:
        return self.card or known(self.card, "card")

    def known_policy(self) -> Policy:
        return self.policy or known(self.policy, "policy")


def known(value: Any, what: str) -> Any:  # noqa: ANN401 - whatever the step before has set
    """What an earlier step has set; asking too early is a mistake in the gate itself."""
    if value is None:
        raise RuntimeError(f"the gate asked for the {what} before it was known")
    return value
