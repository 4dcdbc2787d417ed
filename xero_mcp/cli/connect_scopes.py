"""What a sign-in asks a person for: as much as the policies need, and no more."""

from collections.abc import Iterable, Sequence

from xero_mcp.app import policy_book
from xero_mcp.cli.exits import CommandError
from xero_mcp.cli.tools import policy_of
from xero_mcp.clock import Clock
from xero_mcp.policy.model import Policy
from xero_mcp.policy.reach import token_scopes
from xero_mcp.settings import Settings
from xero_mcp.tool.card import ToolCard
from xero_mcp.tools.index import load_cards
from xero_mcp.xero.scopes import SETTINGS_READ, broad_of, without_implied
from xero_mcp.xero.sign_in_request import IDENTITY


def policies_meant(settings: Settings, agent: str | None, clock: Clock) -> Sequence[Policy]:
    """The policy of one agent; of every agent, where none is named.

    Raises:
        CommandError: there is none that is good.
    """
    book = policy_book(settings, clock, load_cards())
    if agent is not None:
        return [policy_of(book, agent)]
    found = (book.for_agent(name).policy for name in book.names())
    policies = [policy for policy in found if policy is not None]
    if not policies:
        raise CommandError(
            f"There is no good policy in {book.folder}, so nobody needs a connection. "
            "`xero-mcp policy new` makes one; `xero-mcp policy check` says what is wrong."
        )
    return policies


def scopes_needed(settings: Settings, policies: Iterable[Policy], clock: Clock) -> frozenset[str]:
    """Everything in Xero's books that some agent could be let through to."""
    cards: list[ToolCard] = list(load_cards().values())
    now = clock.now()
    wanted = {scope for policy in policies for scope in token_scopes(policy, cards, at=now)} | {
        SETTINGS_READ
    }
    if settings.scopes:
        wanted &= {*settings.scopes}
    if not wanted:
        raise CommandError("XERO_SCOPES leaves nothing of what the policies need; widen it.")
    return without_implied(wanted)


def scopes_to_ask(settings: Settings, needed: frozenset[str], *, broad: bool) -> tuple[str, ...]:
    """With what tells who signed in, unless XERO_SCOPES leaves that out."""
    asked = sorted(broad_of(needed) if broad else needed)
    ceiling = settings.scopes or IDENTITY
    return (*(scope for scope in IDENTITY if scope in ceiling), *asked)
