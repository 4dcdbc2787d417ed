"""The feed of changes, as tools and commands see it; the room `changes` keeps it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from xero_mcp.tool.access import Area

KEPT_FOR: Final = timedelta(days=90)
"""How long a change stays in the feed."""


class ChangeKind(StrEnum):
    """What became of the thing, as far as it can be told."""

    CREATED = "created"
    UPDATED = "updated"
    TOLD = "told"
    """Xero told of a change, but nothing that is kept of the thing differs."""
    UNREADABLE = "unreadable"
    """Xero told of it, but does not show it to this connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one thing; each stands in the feed once."""

    cursor: int
    """Send it back to hear of what follows."""
    organisation_id: str
    area: Area
    resource: str
    """In the words of addresses: `invoices` (sales and bills), `credit-notes`, `payments`."""
    id: str
    contact_id: str | None
    kind: ChangeKind
    changed_at: datetime
    noticed_at: datetime
    audit_id: str | None
    """The call of ours that made it; None: it was made by others."""
    events: int
    """How many of Xero's events it stands for; 0: noticed by asking."""
    before: Mapping[str, str] | None = None
    """What differs, as it was; None where it was not seen before."""
    after: Mapping[str, str] = field(default_factory=dict[str, str])
    """What differs, as it is now; all that is kept where it was not seen before."""
    now: Mapping[str, str] = field(default_factory=dict[str, str])
    """All that is kept of it as of this change: its number and total too, where they stayed."""


class Feed(Protocol):
    """Reading costs no call to Xero, waiting neither."""

    @property
    def is_kept(self) -> bool:
        """Whether this process fills it: a webhook key is set, or catching up."""
        ...

    async def is_filled(self) -> bool:
        """Whether this process fills it, or another one of the same store does at this moment."""
        ...

    async def newest(self) -> int:
        """The cursor of the last change."""
        ...

    async def oldest(self) -> int:
        """The lowest cursor from which nothing is missing: older ones were cleared away."""
        ...

    async def cursor_at(self, since: datetime) -> int:
        """The cursor behind which stands all that was noticed since then."""
        ...

    async def after(self, cursor: int, *, limit: int) -> Sequence[Change]:
        """What follows, in order; of every organisation and area: whoever asks leaves out."""
        ...

    async def grown(self, cursor: int, *, timeout_seconds: float) -> bool:
        """Wait until something stands behind the cursor; False where time ran out."""
        ...
