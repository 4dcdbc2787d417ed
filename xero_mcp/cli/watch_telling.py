"""Whom a watch tells: the reader of this terminal, a mail server, or an address with a key."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from anyio import lowlevel, to_thread

from xero_mcp.changes.news import News
from xero_mcp.changes.posting import Poster
from xero_mcp.changes.telling import NotTakenError, Teller
from xero_mcp.changes.watch_rule import Mail, Post, Print, Rule
from xero_mcp.cli.console import Screen, flush
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.cli.mailing import mail, mail_server
from xero_mcp.cli.moments import local
from xero_mcp.settings import SHORTEST_KEY, Secret, Settings, named_secret
from xero_mcp.text import one_line

MAX_KEY_BYTES: Final = 4_096
MANY_READERS: Final = 0o077
REPEATS: Final = "If it comes twice, it is the same change: the ids say so."


class Printer:
    """Prints lines, each whole; it ends the watch where nobody reads them any more."""

    def __init__(self, screen: Screen, on_gone: Callable[[], None], *, as_json: bool) -> None:
        self._screen = screen
        self._on_gone = on_gone
        self._as_json = as_json

    async def tell(self, rule: Rule, news: Sequence[News]) -> None:
        """See `Teller.tell`. Nothing is told where the reader has gone."""
        try:
            for one in news:
                self._line(rule, one)
            is_read = flush()
        except OSError as error:
            raise NotTakenError(f"it cannot be printed ({type(error).__name__})") from error
        if not is_read:
            self._on_gone()
            await lowlevel.checkpoint()

    def _line(self, rule: Rule, one: News) -> None:
        if self._as_json:
            self._screen.as_it_is(json.dumps(one.as_event(rule.name), ensure_ascii=False))
        else:
            self._screen.record(local(one.at), one.mark, one.says)


class Mailer:
    """Mails to each address; one that has taken it is not mailed again while others fail."""

    def __init__(self, settings: Settings, addresses: Sequence[str]) -> None:
        self._settings = settings
        self._addresses = addresses
        self._taken: set[tuple[int, str]] = set()

    async def tell(self, rule: Rule, news: Sequence[News]) -> None:
        """See `Teller.tell`."""
        last = news[-1].position
        for address in self._addresses:
            if (last, address) not in self._taken:
                await to_thread.run_sync(self._mail, address, rule, news)
                self._taken.add((last, address))
        self._taken.clear()

    def _mail(self, address: str, rule: Rule, news: Sequence[News]) -> None:
        count = f"{len(news)} changes" if len(news) > 1 else "a change"
        when = ", or ".join(one.text for one in rule.conditions) or "anything"
        told = "\n\n".join(f"{local(one.at)}\n{one.says}\n{_event_id(one, rule)}" for one in news)
        head = f"What `{when}` waits for, in Xero: {count}."
        text = f"{head}\n\n{told}\n\n{REPEATS}\n"
        try:
            mail(self._settings, address, f"{rule.name}: {count} in Xero", text)
        except CommandError as error:
            raise NotTakenError(str(error)) from error


def teller_of(rule: Rule, settings: Settings, printer: Teller, *, folder: Path) -> Teller:
    """Whoever the rule names.

    Args:
        rule: the rule.
        settings: where the mail server is.
        printer: prints.
        folder: where the file of rules lies; key files are looked for from there.

    Raises:
        CommandError: there is no mail server, or no key.
    """
    match rule.then:
        case Print():
            return printer
        case Mail(addresses=addresses):
            try:
                mail_server(settings)
            except CommandError as error:
                raise _wrong(rule.name, str(error)) from error
            return Mailer(settings, addresses)
        case Post() as post:
            return Poster(post, key_of(rule.name, post, folder=folder))


def key_of(name: str, post: Post, *, folder: Path) -> Secret:
    """The key that a rule signs with.

    Raises:
        CommandError: it is not where the rule says, is too short, or anybody may read it.
    """
    if post.key_env is not None:
        found, where = named_secret(post.key_env), f"the setting {post.key_env}"
        if found is None:
            raise _wrong(name, f"{where} is not there. Set it to the key that the receiver has too")
    else:
        path = folder / Path(post.key_file or "").expanduser()
        found, where = _key_in(name, path), str(path)
    if len(found.reveal()) < SHORTEST_KEY:
        raise _wrong(name, f"{where} is too short for a key: {SHORTEST_KEY} characters at least")
    return found


def _key_in(name: str, path: Path) -> Secret:
    try:
        if path.stat().st_size > MAX_KEY_BYTES:
            raise _wrong(name, f"{path} is too long for a key. Is it the right file?")
        if sys.platform != "win32" and path.stat().st_mode & MANY_READERS:
            raise _wrong(name, f"others may read {path}. `chmod 600` it first")
        return Secret(path.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(
            name, f"the key file {path} cannot be read ({type(error).__name__})"
        ) from error


def _wrong(name: str, why: str) -> CommandError:
    return CommandError(f"Rule {name}: {why.rstrip('.')}.", exit_code=ExitCode.USAGE)


def _event_id(one: News, rule: Rule) -> str:
    link = str(one.as_event(rule.name)["id"])
    return one_line(f"id {link}")
