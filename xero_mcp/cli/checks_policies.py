"""Checks of the policies: each file good, nobody else can change them, the agent has one."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from xero_mcp.app import open_office, policy_book
from xero_mcp.cli.checks import Check, mend, ok, warn
from xero_mcp.cli.checks_here import writable_by_others
from xero_mcp.cli.exits import CommandError
from xero_mcp.cli.policy_files import Chosen, chosen_files, misnamed
from xero_mcp.clock import SystemClock
from xero_mcp.errors import SettingsError, StoreUnavailableError
from xero_mcp.policy.book import PolicyBook
from xero_mcp.policy.files import check_file
from xero_mcp.policy.model import Policy
from xero_mcp.policy.plain import one_of
from xero_mcp.policy.step import Outcome
from xero_mcp.settings import Settings
from xero_mcp.tool.card import ToolCard
from xero_mcp.tools.index import load_cards

NAME = "policies"
MAX_PROBLEMS = 3
"""Shown here; `policy check` shows all."""


def check_policies(settings: Settings, *, tied_to: str | None) -> Iterator[Check]:
    """`tied_to`: the file that decides for the agent that is set, where it is another's."""
    clock, cards = SystemClock(), load_cards()
    try:
        book = policy_book(settings, clock, cards)
        files = chosen_files(None, book)
    except (SettingsError, CommandError) as error:
        yield mend(NAME, "there is none", fix=str(error))
        return
    bad = [
        problem
        for each in files
        if (problem := _file_problem(each, cards, today=clock.now().date())) is not None
    ]
    yield from bad
    yield from _open_to_others(book, files)
    for name in misnamed(book):
        yield mend(NAME, f"{name} is not read", fix="Its name must end in .yaml.")
    if len(bad) < len(files):
        yield ok(NAME, f"{len(files) - len(bad)} good in {book.folder}")
    yield _agent(settings, book, tied_to)


def _file_problem(each: Chosen, cards: Mapping[str, ToolCard], *, today: date) -> Check | None:
    loaded = check_file(each.path, cards=cards.values())
    if loaded.policy is None:
        fix = "; ".join(str(problem) for problem in each.problems(loaded.problems[:MAX_PROBLEMS]))
        return mend(NAME, f"{each.shown} is not right, so its agent may do nothing", fix=fix)
    if loaded.policy.expired_on(today):
        return mend(NAME, f"{each.shown} has expired", fix=f"Change `expires` in {each.shown}.")
    return None


def _open_to_others(book: PolicyBook, files: Sequence[Chosen]) -> Iterator[Check]:
    for path in (book.folder, *(each.path for each in files)):
        if writable_by_others(path):
            yield mend(NAME, f"{path} can be changed by other users", fix=f"chmod o-w {path}")


def _agent(settings: Settings, book: PolicyBook, tied_to: str | None) -> Check:
    name, names = "agent", book.names()
    if settings.agent is None and len(names) == 1:
        return ok(name, f"{names[0]}, the only one")
    if settings.agent is None:
        return ok(name, f"none is set, so `serve` needs --agent: {one_of(names)}")
    in_force = book.for_agent(settings.agent, file=tied_to)
    if in_force.policy is None:
        return mend(
            name,
            f"{settings.agent} has no policy, so it may do nothing",
            fix=f"Set XERO_MCP_AGENT to {one_of(names)}, or mend: {in_force.reason}.",
        )
    return ok(name, settings.agent)


async def check_approvers(settings: Settings, *, tied_to: str | None) -> Check:
    """Whether everyone whom a rule asks can prove who they are."""
    name = "approvers"
    asked, strictly = _asked(policies_in_force(settings, tied_to=tied_to))
    if not asked:
        return ok(name, "no policy asks anybody")
    missing = sorted(asked - await _with_passphrase(settings))
    if not missing:
        return ok(name, f"{len(asked)} may be asked, each with a passphrase")
    held_up = sorted(strictly.intersection(missing))
    says = f"{', '.join(missing)}: no passphrase, so an approval is recorded as not signed in"
    if held_up:
        says += f"; where a rule asks strictly, the word of {', '.join(held_up)} does not count"
    return warn(name, says, fix=f"xero-mcp people add {missing[0]}")


def _asked(policies: Sequence[Policy]) -> tuple[set[str], set[str]]:
    """Everyone whom the policies ask, and those of whom a passphrase is wanted."""
    asking = [
        rule
        for policy in policies
        for rule in policy.rules
        if any(Outcome.ASK in {clause.outcome, clause.in_doubt} for clause in rule.clauses)
    ]
    strictly = {person for rule in asking if rule.strictly for person in rule.approvers}
    return {person for rule in asking for person in rule.approvers}, strictly


async def _with_passphrase(settings: Settings) -> set[str]:
    try:
        if not settings.database_is_postgres and not settings.database_path.exists():
            return set()
        async with open_office(settings) as office:
            return {one.email for one in await office.people.list() if one.proof}
    except (SettingsError, StoreUnavailableError):
        return set()  # told where the database is checked


def policies_in_force(settings: Settings, *, tied_to: str | None) -> list[Policy]:
    """Of the agent that is set, by the file it is tied to; of every agent where none is."""
    try:
        book = policy_book(settings, SystemClock(), load_cards())
    except SettingsError:
        return []  # told where the policies are checked
    if settings.agent is not None:
        own = book.for_agent(settings.agent, file=tied_to).policy
        if own is not None:
            return [own]
    found = (book.for_agent(name).policy for name in book.names())
    return [policy for policy in found if policy is not None]
