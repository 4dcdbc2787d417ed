"""What a call is, to the byte: the digests that bind approvals and recognise repeats."""

from collections.abc import Mapping
from dataclasses import dataclass

from xero_mcp.audit.canonical import canonical, plain, sha256
from xero_mcp.tool.args import Args

NOT_PAYLOAD = frozenset({"request_id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """Who asks for what, where: canonical, so that equal calls have equal digests."""

    agent: str
    organisation_id: str
    tool: str
    schema_hash: str
    arguments: Mapping[str, object]
    books: str = ""
    """Which set of books, where one organisation id stands for several in turn: a demo company
    inside a process lives no longer than it."""

    def request_digest(self) -> str:
        """Equal for a repeat of the same request."""
        return self._digest({"books": self.books})

    def content_digest(self) -> str:
        """Equal for the same content, whatever its request_id."""
        content = {k: v for k, v in self.arguments.items() if k not in NOT_PAYLOAD}
        return self._digest({"books": self.books, "arguments": content})

    def approval_digest(self, *, policy_hash: str, target_version: str | None) -> str:
        """What a person approves: this request, under this policy, to what stands there now."""
        return self._digest({"policy": policy_hash, "target": target_version or ""})

    def _digest(self, more: Mapping[str, object]) -> str:
        whole: dict[str, object] = {
            "agent": self.agent,
            "organisation": self.organisation_id,
            "tool": self.tool,
            "schema": self.schema_hash,
            "arguments": dict(self.arguments),
            **more,
        }
        return sha256(canonical(plain(whole)))


def canonical_arguments(args: Args) -> dict[str, object]:
    """Parsed arguments as plain JSON: defaults filled in, amounts in one form, nothing absent."""
    return args.model_dump(mode="json", exclude_none=True)


def schema_hash(schema: Mapping[str, object]) -> str:
    """A tool's input schema, as a hash: an approval does not outlive the tool's shape."""
    return sha256(canonical(plain(schema)))
