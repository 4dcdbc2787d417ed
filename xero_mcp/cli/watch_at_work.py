"""Rules at work: each with its place, its source and whom it tells; until somebody ends it."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import anyio

from xero_mcp.app import Office, check_connection, feed_of
from xero_mcp.changes.watch_rule import Rule
from xero_mcp.changes.watch_sources import FeedSource, LogSource
from xero_mcp.changes.watching import (
    GivenUpError,
    OrganisationNames,
    Start,
    Watch,
    Watcher,
)
from xero_mcp.cli.console import Screen
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.cli.organisation_names import organisation_names
from xero_mcp.cli.watch_crosscheck import crosscheck_every
from xero_mcp.cli.watch_telling import Printer, teller_of
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.base import Tables
from xero_mcp.text import one_line
from xero_mcp.tool.feed import Feed

NOT_KEPT: Final = (
    "No feed of changes is kept here: give the server XERO_WEBHOOK_KEY, or "
    "XERO_MCP_CATCH_UP_SECONDS, and run `xero-mcp serve`. docs/changes.md says how."
)
NOT_KEPT_NOW: Final = (
    "Nothing fills the feed at this moment: no server with XERO_WEBHOOK_KEY or "
    "XERO_MCP_CATCH_UP_SECONDS runs here. What such a one puts there is shown."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line asks for."""

    rules: Sequence[Rule]
    folder: Path
    """Where their file lies."""
    start: Start
    keeps_positions: bool
    """Whether rules go on where they were: those of a file do."""
    once: bool = False
    seconds: float | None = None
    as_json: bool = False
    crosscheck_every: timedelta | None = None


async def watch_in(office: Office, screen: Screen, asked: Asked) -> None:
    """Run the rules.

    Raises:
        CommandError: the feed is not kept, a rule is at work elsewhere, or with `once`
            something could not be told.
        SettingsError: Xero is to be asked, and there is nothing to ask it with.
    """
    feed = feed_of(office)
    if any(not rule.reads_the_log for rule in asked.rules):
        await _look_at_feed(feed, screen)
    if asked.crosscheck_every is not None:
        await check_connection(office)
    await _look_at_organisations(office, screen, asked)
    with anyio.CancelScope() as scope:
        printer = Printer(screen, scope.cancel, as_json=asked.as_json)
        watches = [_watch(rule, office, asked, feed, printer) for rule in asked.rules]
        if asked.seconds is not None:
            scope.deadline = anyio.current_time() + asked.seconds
        async with _claimed(office, watches):
            if not asked.once:
                _announce(screen, asked)
            await _run(office, screen, asked, watches)


def _announce(screen: Screen, asked: Asked) -> None:
    for rule in asked.rules:
        screen.note(f"Watching {rule.says if asked.keeps_positions else rule.waits_for}.")
    if screen.is_terminal:
        screen.note("Ctrl-C ends it.")


def _watch(rule: Rule, office: Office, asked: Asked, feed: Feed, printer: Printer) -> Watch:
    log = LogSource(office.store, office.clock)
    return Watch(
        rule=rule,
        source=log if rule.reads_the_log else FeedSource(feed),
        teller=teller_of(rule, office.settings, printer, folder=asked.folder),
        keeps_position=asked.keeps_positions,
    )


async def _run(office: Office, screen: Screen, asked: Asked, watches: Sequence[Watch]) -> None:
    """Run each rule for itself, until all have ended."""
    names = OrganisationNames(lambda: organisation_names(office), office.clock)
    watcher = Watcher(office.store, office.clock, names, screen.note)
    given_up: list[str] = []

    async def run(watch: Watch) -> None:
        try:
            await watcher.run(watch, asked.start, once=asked.once)
        except (GivenUpError, StoreUnavailableError) as error:
            given_up.append(str(error))

    async with anyio.create_task_group() as all_rules:
        for watch in watches:
            all_rules.start_soon(run, watch)
        if asked.crosscheck_every is not None:
            all_rules.start_soon(crosscheck_every, office, screen, asked.crosscheck_every)
    if given_up:
        raise CommandError("\n".join(given_up), exit_code=ExitCode.UNREACHABLE)


async def _look_at_feed(feed: Feed, screen: Screen) -> None:
    if await feed.is_filled():
        return
    if await feed.newest() == 0:
        raise CommandError(NOT_KEPT)
    screen.note(NOT_KEPT_NOW)


async def _look_at_organisations(office: Office, screen: Screen, asked: Asked) -> None:
    """Say which organisation nobody knows here: its rule would wait in vain."""
    wanted = [rule for rule in asked.rules if rule.organisation is not None]
    known: Mapping[str, str] = await organisation_names(office) if wanted else {}
    folded = {text.casefold() for pair in known.items() for text in pair}
    for rule in wanted:
        if (rule.organisation or "").casefold() not in folded:
            names = ", ".join(one_line(name) for name in sorted(known.values()))
            message = (
                f"No organisation {one_line(rule.organisation or '')} is known here"
                f"{f'. There is: {names}' if names else ' yet'}."
            )
            if known and not asked.keeps_positions:
                raise CommandError(message)
            screen.note(f"{rule.name}: {message}")


@asynccontextmanager
async def _claimed(office: Office, watches: Sequence[Watch]) -> AsyncGenerator[None]:
    """No two processes tell the same; the claim of one that died is nobody's."""
    places = [watch.place for watch in watches if watch.keeps_position]
    if not places:
        yield
        return
    presence = office.instances.enter()
    try:
        await office.store.write(lambda tables: _claim(tables, office, places, presence.instance))
        yield
    finally:
        presence.leave()


def _claim(tables: Tables, office: Office, places: Sequence[str], instance: str) -> None:
    for place in places:
        name = f"watch/{place}"
        holder = tables.kept.get(name, office.clock.now())
        if isinstance(holder, str) and office.instances.is_live(holder):
            rule = place.partition(":")[2]
            raise CommandError(
                f"The rule {rule} is at work in another process of this database. End that one, "
                "or give this rule another name."
            )
        tables.kept.put(name, instance)
