"""`xero-mcp webhooks test`: plays Xero to a running server, and says how it answers."""

import json
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

import anyio
import typer

from xero_mcp.changes.delivery import signature
from xero_mcp.changes.event import NOWHERE, ORGANISATION
from xero_mcp.cli.console import open_screen
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.cli.options import AsJson
from xero_mcp.cli.webhooks_status import PATH
from xero_mcp.clock import Clock, SystemClock, to_iso
from xero_mcp.settings import Secret, Settings, load_settings
from xero_mcp.text import one_line
from xero_mcp.xero.network import (
    Answer,
    AnswerTooLargeError,
    BrokenError,
    Network,
    NetworkRules,
    Outgoing,
    UnsentError,
    network,
)

HERE = "http://127.0.0.1:8080"
XERO_WAITS_SECONDS = 5.0
PATIENCE = NetworkRules(
    connect_seconds=5, read_seconds=10, attempt_seconds=15, max_answer_bytes=1_000_000
)
OK, UNAUTHORIZED = 200, 401
ENTROPY_BYTES = 10
HINTS = {
    404: "There is no receiver at that address: the server runs without XERO_WEBHOOK_KEY, or a "
    "proxy leads elsewhere.",
    403: "A proxy or the server itself does not let it through.",
    421: "The server does not know that host name: XERO_MCP_PUBLIC_URL, XERO_MCP_ALLOWED_HOSTS.",
    503: "The server cannot reach its database.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One thing that Xero does, and what it wants to hear."""

    name: str
    says: str
    body: bytes
    key: Secret
    wanted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """How a trial went."""

    trial: Trial
    seconds: float
    wrong: str = ""
    """What is wrong, and what to do; empty where it is right."""


def try_out(
    *,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help=f"The server, as Xero reaches it. [default: XERO_MCP_PUBLIC_URL, else {HERE}]",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Play Xero to a running server, and say how it answers.

    Intent to receive, well and badly signed, and a delivery. It signs with XERO_WEBHOOK_KEY. The
    event of the delivery is of no organisation: it is counted as a trial, and never stands in the
    feed. Exits with 1 where an answer is wrong, with 3 where the server cannot be reached.
    """
    settings = load_settings()
    address = _address(url or settings.public_url or HERE)
    if not settings.webhook_keys:
        raise CommandError(
            "There is nothing to sign with: set XERO_WEBHOOK_KEY to the key of the webhook, for "
            "the server and for this command.",
            exit_code=ExitCode.USAGE,
        )
    heard = anyio.run(_all, address, settings, SystemClock())
    wrong = [one for one in heard if one.wrong]
    screen = open_screen()
    if as_json:
        screen.json({"url": address, "ok": not wrong, "trials": [_as_json(one) for one in heard]})
    else:
        for one in heard:
            milliseconds = round(one.seconds * 1_000)
            screen.marked(
                "wrong" if one.wrong else "ok",
                f"{one.trial.says}: {one.wrong}"
                if one.wrong
                else f"{one.trial.says}: {one.trial.wanted}, as Xero wants it ({milliseconds} ms).",
            )
        screen.line(
            f"{len(wrong)} of {len(heard)} answers are wrong: Xero would not switch the webhook on."
            if wrong
            else f"Xero can deliver to {address}."
        )
    raise typer.Exit(ExitCode.REFUSED if wrong else ExitCode.DONE)


def _address(url: str) -> str:
    """With the path of webhooks, where the URL names none.

    Raises:
        CommandError: it is no address.
    """
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        is_address = False
    if not is_address:
        raise CommandError(
            f"--url {one_line(url, limit=60)} is no address such as https://mcp.example.com.",
            exit_code=ExitCode.USAGE,
        )
    bare = url.rstrip("/")
    return bare if bare.partition("://")[2].count("/") else f"{bare}{PATH}"


async def _all(address: str, settings: Settings, clock: Clock) -> list[Heard]:
    return [one async for one in _played(address, _trials(settings.webhook_keys, clock), clock)]


def _trials(keys: Sequence[Secret], clock: Clock) -> list[Trial]:
    intent, forged = _body(), Secret(secrets.token_hex(32))
    several = len(keys) > 1
    good = [
        Trial(
            name=f"intent to receive, key {number}" if several else "intent to receive",
            says=f"Intent to receive, signed with key {number}"
            if several
            else "Intent to receive, well signed",
            body=intent,
            key=key,
            wanted=OK,
        )
        for number, key in enumerate(keys, start=1)
    ]
    event = {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/Invoices/{NOWHERE}",
        "resourceId": NOWHERE,
        "eventDateUtc": to_iso(clock.now()).removesuffix("Z"),
        "eventType": "UPDATE",
        "eventCategory": "INVOICE",
        "tenantId": NOWHERE,
        "tenantType": ORGANISATION,
    }
    bad = Trial(
        name="forged",
        says="Intent to receive, badly signed",
        body=intent,
        key=forged,
        wanted=UNAUTHORIZED,
    )
    delivery = Trial(
        name="delivery",
        says="A delivery with one event, well signed",
        body=_body(event),
        key=keys[0],
        wanted=OK,
    )
    return [*good, bad, delivery]


def _body(*events: object) -> bytes:
    """Without numbers, so that no real one seems to be missing."""
    return json.dumps(
        {
            "events": events,
            "firstEventSequence": 0,
            "lastEventSequence": 0,
            "entropy": secrets.token_hex(ENTROPY_BYTES).upper(),
        }
    ).encode()


async def _played(address: str, trials: Sequence[Trial], clock: Clock) -> AsyncIterator[Heard]:
    line = Network(network(PATIENCE), PATIENCE)
    try:
        for trial in trials:
            began = clock.monotonic()
            answer = await _posted(line, address, trial)
            seconds = clock.monotonic() - began
            wrong = _what_is_wrong(answer, trial, seconds)
            yield Heard(trial=trial, seconds=seconds, wrong=wrong)
    finally:
        await line.close()


async def _posted(line: Network, address: str, trial: Trial) -> Answer:
    headers = {
        "content-type": "application/json; charset=utf-8",
        "x-xero-signature": signature(trial.body, trial.key),
    }
    request = Outgoing(method="POST", url=address, headers=headers, body=trial.body)
    try:
        return await line.send(request)
    except (UnsentError, BrokenError, AnswerTooLargeError) as error:
        raise CommandError(
            f"{one_line(address, limit=80)} does not answer ({one_line(str(error), limit=80)}). "
            "Start it with `xero-mcp serve --transport http`, or name it with --url.",
            exit_code=ExitCode.UNREACHABLE,
        ) from error


def _what_is_wrong(answer: Answer, trial: Trial, seconds: float) -> str:
    if answer.status != trial.wanted:
        hint = HINTS.get(answer.status, "")
        if (trial.wanted, answer.status) == (OK, UNAUTHORIZED):
            hint = "The server has another key than this command, or something changes the body."
        if (trial.wanted, answer.status) == (UNAUTHORIZED, OK):
            hint = "Something before the server answers in its place: it takes forged deliveries."
        return f"{answer.status} in place of {trial.wanted}. {hint}".strip()
    if answer.body:
        return "the status is right, but Xero wants no body with it. A proxy may add one."
    if answer.header("set-cookie") is not None:
        return "the status is right, but Xero wants no cookie with it. A proxy may add one."
    if seconds > XERO_WAITS_SECONDS:
        return f"right, but after {seconds:.1f} seconds; Xero waits for 5."
    return ""


def _as_json(one: Heard) -> dict[str, object]:
    return {
        "name": one.trial.name,
        "ok": not one.wrong,
        "wanted": one.trial.wanted,
        "milliseconds": round(one.seconds * 1_000),
        "wrong": one.wrong or None,
    }
