"""A signed POST to the address that a rule names; it was taken where the answer is a 2xx."""

import base64
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Final

from xero_mcp.changes.addresses import (
    AddressRefusedError,
    Lookup,
    NotFoundError,
    checked_addresses,
    system_lookup,
)
from xero_mcp.changes.news import Event, News
from xero_mcp.changes.telling import NotTakenError
from xero_mcp.changes.watch_rule import Post, Rule
from xero_mcp.settings import Secret
from xero_mcp.xero.network import (
    AnswerTooLargeError,
    BrokenError,
    Network,
    NetworkRules,
    Outgoing,
    UnsentError,
    network,
)

SIGNATURE: Final = "x-xero-mcp-signature"
"""Base64 of the HMAC-SHA256 of the body as it was sent, as Xero's own header has it."""
DELIVERY: Final = "x-xero-mcp-delivery"
MAX_ADDRESSES_TRIED: Final = 4
RULES: Final = NetworkRules(
    connect_seconds=5.0,
    read_seconds=10.0,
    write_seconds=10.0,
    attempt_seconds=15.0,
    max_answer_bytes=64 * 1024,
)
"""Of one post: soon there, soon answered, and nothing long to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One post, the same bytes however often it is tried."""

    id: str
    body: bytes
    signature: str


def delivery_of(events: Sequence[Event], positions: tuple[int, int], key: Secret) -> Delivery:
    """Events in an envelope like Xero's, signed."""
    ids = "\n".join(str(event["id"]) for event in events)
    delivery_id = sha256(ids.encode()).hexdigest()[:32]
    first, last = positions
    envelope = {
        "events": events,
        "firstEventSequence": first,
        "lastEventSequence": last,
        "entropy": delivery_id,
    }
    body = json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
    return Delivery(id=delivery_id, body=body, signature=signature(key, body))


def signature(key: Secret, body: bytes) -> str:
    """As a receiver works it out too."""
    digest = hmac.new(key.reveal().encode(), body, sha256).digest()
    return base64.b64encode(digest).decode("ascii")


class Poster:
    """Tells one rule's news by POST."""

    def __init__(self, post: Post, key: Secret, lookup: Lookup = system_lookup) -> None:
        self._post = post
        self._key = key
        self._lookup = lookup

    async def tell(self, rule: Rule, news: Sequence[News]) -> None:
        """See `Teller.tell`."""
        events = [one.as_event(rule.name) for one in news]
        delivery = delivery_of(events, (news[0].position, news[-1].position), self._key)
        try:
            addresses = await checked_addresses(
                self._post.url, self._lookup, allow_private=self._post.allow_private
            )
        except (AddressRefusedError, NotFoundError) as error:
            raise NotTakenError(str(error)) from error
        for number, address in enumerate(addresses[:MAX_ADDRESSES_TRIED], start=1):
            try:
                return await self._send(delivery, address)
            except UnsentError as error:
                if number == min(len(addresses), MAX_ADDRESSES_TRIED):
                    why = f"no connection, or its certificate is not the host's ({error})"
                    raise NotTakenError(why) from error
        return None

    async def _send(self, delivery: Delivery, address: str) -> None:
        line = Network(network(RULES), RULES)
        request = Outgoing(
            method="POST",
            url=self._post.url,
            headers=_headers(delivery),
            body=delivery.body,
            address=address,
        )
        try:
            answer = await line.send(request)
        except BrokenError as error:
            raise NotTakenError(f"no answer ({error})") from error
        except AnswerTooLargeError as error:
            size = RULES.max_answer_bytes
            raise NotTakenError(f"the answer has more than {size:,} bytes") from error
        finally:
            await line.close()
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            moved = HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST
            note = "; redirects are not followed" if moved else ""
            raise NotTakenError(f"it answers with status {answer.status}{note}")


def _headers(delivery: Delivery) -> Mapping[str, str]:
    return {
        "content-type": "application/json",
        "accept-encoding": "identity",
        SIGNATURE: delivery.signature,
        DELIVERY: delivery.id,
    }
