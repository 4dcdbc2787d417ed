"""`xero-mcp policy suspend` and `resume`: the kill switch."""

from typing import Annotated

import typer

from xero_mcp.app import Office, policy_book
from xero_mcp.cli.console import open_screen
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.cli.opening import in_office_if_any, open_or_make
from xero_mcp.cli.passphrases import PassphraseStdin
from xero_mcp.cli.signed_word import Person, SignedWord, word_of
from xero_mcp.cli.system_user import system_user
from xero_mcp.clock import SystemClock
from xero_mcp.gate.suspension import MAX_REASON, Order
from xero_mcp.gate.suspension import resume as resume_agent
from xero_mcp.gate.suspension import suspend as suspend_agent
from xero_mcp.policy.plain import one_of, shown
from xero_mcp.policy.read import is_name
from xero_mcp.settings import load_settings
from xero_mcp.text import one_line
from xero_mcp.tools.index import load_cards

Which = Annotated[str, typer.Argument(metavar="AGENT", help="The agent's name.")]
Why = Annotated[str, typer.Option(help="For the record.", show_default=False)]


def suspend(agent: Which, *, person: Person, reason: Why = "") -> None:
    """Stop an agent at once, in every process.

    Calls under way are still written down to their end; whatever comes after is refused, until
    `policy resume`. No passphrase is asked for: it must not take long.
    """
    _must_be_a_name(agent)
    word = SignedWord(person=person, is_proven=False, system_user=system_user())

    async def work(office: Office) -> bool:
        order = _order(agent, word, reason)
        return await suspend_agent(office.store, office.audit, office.clock, order)

    is_news = open_or_make(work)
    screen = open_screen()
    screen.line(
        f"{agent} is suspended: everything it asks is refused from now on."
        if is_news
        else f"{agent} was suspended already."
    )
    names = _names_here()
    if agent not in names:
        # The policies of a server may lie elsewhere, so it is done and not refused.
        known = f" There is {one_of(names)}." if names else ""
        screen.note(
            f"No policy and no key here is of the name {agent}. If that is a slip, the agent that "
            f"you mean goes on.{known}"
        )


def resume(
    agent: Which, *, person: Person, reason: Why = "", passphrase_stdin: PassphraseStdin = False
) -> None:
    """Let a suspended agent work again.

    Your passphrase is asked for, where you have one.
    """
    _must_be_a_name(agent)

    async def work(office: Office) -> bool:
        order = _order(agent, await word_of(office, person, from_stdin=passphrase_stdin), reason)
        return await resume_agent(office.store, office.audit, office.clock, order)

    if not open_or_make(work):
        raise CommandError(f"{agent} is not suspended.")
    open_screen().line(f"{agent} may work again, as its policy says.")


def _names_here() -> list[str]:
    """The agents that have a policy file here, or were given a key."""
    keys = in_office_if_any(lambda office: office.agents.list()) or []
    book = policy_book(load_settings(), SystemClock(), load_cards())
    return sorted({*book.names(), *(entry.row.name for entry in keys)})


def _must_be_a_name(agent: str) -> None:
    if not is_name(agent):
        raise CommandError(f"{shown(agent)} is not an agent's name.", exit_code=ExitCode.USAGE)


def _order(agent: str, word: SignedWord, reason: str) -> Order:
    return Order(
        agent=agent,
        by=word.person,
        reason=one_line(reason, limit=MAX_REASON),
        system_user=word.system_user,
        is_signed_in=word.is_proven,
    )
