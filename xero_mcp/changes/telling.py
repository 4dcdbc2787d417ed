"""Whoever a rule tells: what it owes to the watch that asks."""

from collections.abc import Sequence
from typing import Protocol

from xero_mcp.changes.news import News
from xero_mcp.changes.watch_rule import Rule


class NotTakenError(Exception):
    """Nobody has taken it; the message says why. It is tried again."""


class Teller(Protocol):
    """One way to tell people."""

    async def tell(self, rule: Rule, news: Sequence[News]) -> None:
        """Return when it was taken; then it is told to nobody again.

        Raises:
            NotTakenError: it was not, or may not have been.
        """
        ...
