"""What a rule of a watch is: what it waits for, and whom it tells."""

from collections.abc import Sequence
from dataclasses import dataclass

from xero_mcp.changes.conditions import Condition


@dataclass(frozen=True, slots=True)
class Print:
    """Lines on stdout."""

    says = "prints it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A signed request to an address."""

    url: str
    key_env: str | None = None
    """The setting that holds the key; the key itself is in no file of rules."""
    key_file: str | None = None
    allow_private: bool = False

    @property
    def says(self) -> str:
        return f"posts it to {self.url}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail to each of these addresses."""

    addresses: Sequence[str]

    @property
    def says(self) -> str:
        return f"mails it to {', '.join(self.addresses)}"


Then = Print | Post | Mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule; any of its conditions is enough."""

    name: str
    """Its place in the feed is kept under this name."""
    conditions: Sequence[Condition]
    then: Then
    organisation: str | None = None
    """A name or an id; None: every organisation."""

    @property
    def reads_the_log(self) -> bool:
        """Whether it follows the audit log in place of the feed."""
        return any(one.outside_log for one in self.conditions)

    @property
    def waits_for(self) -> str:
        """`when …`, without a full stop."""
        when = ", or when ".join(one.says for one in self.conditions) or "anything changes"
        where = f", in {self.organisation}" if self.organisation else ""
        return f"when {when}{where}"

    @property
    def says(self) -> str:
        """The rule as a sentence, without its full stop."""
        return f"{self.name}: {self.waits_for}, it {self.then.says}"
