"""Webhooks: what happened in an organisation, told to a URL, signed as Xero signs."""

import asyncio
import secrets
import string
from base64 import b64encode
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from hmac import new as hmac
from ipaddress import ip_address
from typing import Any, Final, cast
from urllib.parse import urlsplit

import anyio
import httpx2

from xero_mcp.demo_company.faults import MAX_SECONDS, FaultInvalidError, number_from
from xero_mcp.demo_company.kernel import Company, Event, Json
from xero_mcp.demo_company.wire.encode import encode_json

API: Final = "https://api.xero.com/api.xro/2.0"
ANSWER_SECONDS: Final = 5
RETRY_SECONDS: Final = 15 * 60
MAX_ATTEMPTS: Final = 1 + 24 * 4
MAX_SUBSCRIPTIONS: Final = 20
MAX_WAITING: Final = 10_000
OK: Final = 200
UNAUTHORIZED: Final = 401
ENTROPY_CHARS: Final = 20

_BOUNDS: Final = {
    "copies": (1, 100),
    "lose_every": (0, 1_000_000),
    "forge_every": (0, 1_000_000),
    "tamper_every": (0, 1_000_000),
    "delay_every": (0, 1_000_000),
    "delay_seconds": (0, MAX_SECONDS),
    "retry_seconds": (0, 86_400),
    "mix": (0, 1_000),
}
OUTAGES: Final = ("none", "hold", "lose")


@dataclass(slots=True, kw_only=True)
class Subscription:
    """Where to deliver, and what to do wrong on purpose.

    `categories` empty means all. `copies` sends each delivery so many times; every
    `lose_every`-th is never sent, every `forge_every`-th has a bad signature, every
    `tamper_every`-th is preceded by a copy with one byte changed under its good signature, and
    every `delay_every`-th waits for `delay_seconds`, so that later ones overtake it. With `mix`,
    so many wait for each other and then go out in random order. In an `outage` nothing goes out:
    it is lost, or held until the end of the outage.
    """

    url: str
    key: str
    categories: tuple[str, ...] = ()
    copies: int = 1
    lose_every: int = 0
    forge_every: int = 0
    delay_every: int = 0
    delay_seconds: float = 0.2
    retry_seconds: float = RETRY_SECONDS
    tamper_every: int = 0
    mix: int = 0
    outage: str = "none"
    held: list["_Prepared"] = field(default_factory=list["_Prepared"])
    sequence: int = 0
    prepared: int = 0
    delivered: int = 0
    failed: int = 0
    intent: str = "waiting"
    switched_off: bool = False
    in_turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def shown(self) -> Json:
        return {
            "url": self.url,
            "sequence": self.sequence,
            "held": len(self.held),
            "outage": self.outage,
            "delivered": self.delivered,
            "failed_attempts": self.failed,
            "intent_to_receive": self.intent,
            "switched_off": self.switched_off,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """One delivery, as it is to go out."""

    body: bytes
    forged: bool
    tampered: bool
    late: bool


class Webhooks:
    """Subscriptions and the deliveries under way, which run in the background of the app."""

    def __init__(self, now: Callable[[], datetime], *, anywhere: bool) -> None:
        self.anywhere = anywhere
        self._now = now
        self._subscriptions: list[Subscription] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: httpx2.AsyncClient | None = None

    def subscribe(self, subscription: Subscription) -> Json:
        """Add one and ask it whether it means it: only then does it get events."""
        if len(self._subscriptions) >= MAX_SUBSCRIPTIONS:
            raise FaultInvalidError(f"there are {MAX_SUBSCRIPTIONS} webhooks already")
        self._subscriptions.append(subscription)
        self._start(self._ask_intent(subscription))
        return subscription.shown()

    def publish(self, company: Company, events: tuple[Event, ...]) -> None:
        """Deliver what a write did to all who want to hear of it; returns at once."""
        for subscription in self._subscriptions:
            wanted = [e for e in events if e.category in (subscription.categories or {e.category})]
            if wanted and subscription.intent == "ok" and not subscription.switched_off:
                self._prepare(subscription, [self._shown(company, event) for event in wanted])

    def outage(self, mode: str) -> None:
        """Begin an outage of all deliveries, or end it (`none`) and send what was held."""
        if mode not in OUTAGES:
            raise FaultInvalidError(f"mode must be one of {', '.join(OUTAGES)}")
        for subscription in self._subscriptions:
            subscription.outage = mode
            if mode == "none":
                self._release(subscription)

    def reset(self) -> None:
        self._subscriptions.clear()
        for task in self._tasks:
            task.cancel()

    def shown(self) -> list[Json]:
        return [subscription.shown() for subscription in self._subscriptions]

    async def aclose(self) -> None:
        """Give up what is still to be delivered."""
        tasks = list(self._tasks)
        self.reset()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _prepare(self, subscription: Subscription, events: list[Json]) -> None:
        first = subscription.sequence + 1
        subscription.sequence += len(events)
        subscription.prepared += 1
        if _strikes(subscription.lose_every, subscription.prepared):
            return
        if subscription.outage == "lose" or len(subscription.held) >= MAX_WAITING:
            return
        made = _Prepared(
            body=_body(events, first, subscription.sequence),
            forged=_strikes(subscription.forge_every, subscription.prepared),
            tampered=_strikes(subscription.tamper_every, subscription.prepared),
            late=_strikes(subscription.delay_every, subscription.prepared),
        )
        subscription.held.append(made)
        if subscription.outage == "none" and len(subscription.held) >= subscription.mix:
            self._release(subscription)

    def _release(self, subscription: Subscription) -> None:
        """Send what is held: mixed, in the order of digests, which is as good as any dice."""
        held, subscription.held = subscription.held, []
        if subscription.mix:
            held.sort(key=lambda one: sha256(one.body).digest())
        for one in held:
            if one.tampered:
                changed = one.body.replace(b'"eventType":"', b'"eventType":"X', 1)
                good = signature(one.body, subscription.key)
                self._start(self._deliver_forged(subscription, changed, good))
            for _ in range(subscription.copies):
                if one.forged:
                    bad = signature(one.body, f"{subscription.key}-forged")
                    self._start(self._deliver_forged(subscription, one.body, bad))
                else:
                    self._start(self._deliver(subscription, one.body, late=one.late))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        if len(self._tasks) >= MAX_WAITING:
            work.close()
            return
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver_forged(self, subscription: Subscription, body: bytes, signed: str) -> None:
        """Try once: whoever forges a delivery does not wait for its answer."""
        async with subscription.in_turn:
            await self._post(subscription.url, body, signed)

    async def _deliver(self, subscription: Subscription, body: bytes, *, late: bool) -> None:
        """Try until it is taken: at once, once more at once, then every 15 minutes for a day."""
        if late:
            await anyio.sleep(subscription.delay_seconds)
        signed = signature(body, subscription.key)
        for attempt in range(MAX_ATTEMPTS):
            async with subscription.in_turn:
                status = await self._post(subscription.url, body, signed)
            if status == OK:
                subscription.delivered += 1
                return
            subscription.failed += 1
            if attempt:
                await anyio.sleep(subscription.retry_seconds)
        subscription.switched_off = True

    async def _ask_intent(self, subscription: Subscription) -> None:
        """Xero sends empty events, well and badly signed, and wants 200 and 401 for them."""
        body = _body([], 0, 0)
        good = await self._post(subscription.url, body, signature(body, subscription.key))
        bad = await self._post(
            subscription.url, body, signature(body, f"{subscription.key}-forged")
        )
        subscription.intent = "ok" if (good, bad) == (OK, UNAUTHORIZED) else "refused"

    async def _post(self, url: str, body: bytes, signed: str) -> int:
        """Post and return the status; 0 where there was no good answer in time.

        Xero takes an answer with a body or a cookie for a refusal.
        """
        if self._client is None:
            self._client = httpx2.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False)
        headers = {"Content-Type": "application/json; charset=utf-8", "x-xero-signature": signed}
        try:
            answer = await self._client.post(url, content=body, headers=headers)
        except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError):
            return 0
        self._client.cookies.clear()
        clean = not answer.content and "set-cookie" not in answer.headers
        return answer.status_code if clean else 0

    def _shown(self, company: Company, event: Event) -> Json:
        moment = self._now().astimezone(UTC)
        shown: Json = {
            "resourceUrl": f"{API}/{event.resource}/{event.id}",
            "resourceId": event.id,
            "eventDateUtc": moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond:06d}"[:3],
            "eventType": event.kind,
            "eventCategory": event.category,
            "tenantId": company.id,
            "tenantType": "ORGANISATION",
        }
        return {**shown, "data": event.data} if event.data is not None else shown


def signature(body: bytes, key: str) -> str:
    """Return what x-xero-signature must be."""
    return b64encode(hmac(key.encode(), body, sha256).digest()).decode("ascii")


def subscription_from(sent: Mapping[str, Any], *, anywhere: bool) -> Subscription:
    """Read a subscription as the control endpoint takes it.

    Raises:
        FaultInvalidError: an unknown name, a wrong value, or a URL of another machine.
    """
    unknown = sorted(set(sent) - {"url", "key", "categories", *_BOUNDS})
    if unknown:
        raise FaultInvalidError(f"unknown: {', '.join(unknown)}")
    given: dict[str, Any] = {}
    for name, between in _BOUNDS.items():
        if name in sent:
            number = number_from(sent, name, None, between=between)
            given[name] = number if name.endswith("_seconds") else int(number)
    categories = sent.get("categories", [])
    if not isinstance(categories, list):
        raise FaultInvalidError("categories must be a list")
    url, key = sent.get("url"), sent.get("key")
    if not isinstance(url, str) or not isinstance(key, str) or not url or not key:
        raise FaultInvalidError("url and key are needed, as texts")
    if not url.lower().startswith(("http://", "https://")):
        raise FaultInvalidError("url must begin with http:// or https://")
    if not anywhere and not _is_here(url):
        raise FaultInvalidError("url must be on this machine: http://localhost:…")
    names = tuple(map(str, cast("list[object]", categories)))
    return Subscription(url=url, key=key, categories=names, **given)


def _body(events: list[Json], first: int, last: int) -> bytes:
    letters = string.ascii_uppercase
    return encode_json(
        {
            "events": events,
            "firstEventSequence": first,
            "lastEventSequence": last,
            "entropy": "".join(secrets.choice(letters) for _ in range(ENTROPY_CHARS)),
        }
    )


def _strikes(every: int, number: int) -> bool:
    return every > 0 and number % every == 0


def _is_here(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
