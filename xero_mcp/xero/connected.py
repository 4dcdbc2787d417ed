"""Which organisations are connected, as far as the store knows: asks nobody, so it is quick."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """The organisations that this deployment reaches."""

    ids: frozenset[str]
    is_whole: bool
    """Whether there can be no others: what Xero lists for the app itself was heard before."""

    def may_hold(self, organisation_id: str) -> bool:
        """Whether it is connected, or nobody knows yet."""
        return not self.is_whole or organisation_id in self.ids
