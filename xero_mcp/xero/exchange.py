"""One operation of Xero from start to end: token, turn, request, second tries, the truth.

A write is tried again only because Xero knows its Idempotency-Key. Where a try may have
taken effect unheard, only an answer to the same key settles it: without one, the error says
that nobody knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from random import Random
from typing import Final

from xero_mcp.clock import Clock
from xero_mcp.errors import Detail, StoreUnavailableError, XeroMcpError
from xero_mcp.xero import errors, verdict
from xero_mcp.xero.call import JSON_TYPE, Attempt, Call, Patience, XeroRequest
from xero_mcp.xero.limits import Limiter, Permit
from xero_mcp.xero.network import (
    Answer,
    AnswerTooLargeError,
    BrokenError,
    Network,
    NetworkRules,
    Outgoing,
    UnsentError,
)
from xero_mcp.xero.retry import Fate, RetryRules, backoff_seconds, fate_of, may_try_again
from xero_mcp.xero.text import MAX_CODE_CHARS, quoted
from xero_mcp.xero.token_choice import TokenChoice
from xero_mcp.xero.tokens import Token
from xero_mcp.xero.turnstile import Counters
from xero_mcp.xero.wire import Json, NotJsonError, read_json

MAX_IDEMPOTENCY_KEY_CHARS: Final = 128
_NO_CONTENT: Final = 204
_OK: Final = range(200, 300)
_REQUEST_ID_HEADERS: Final = ("xero-correlation-id", "x-request-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a request needs on its way."""

    network: Network
    network_rules: NetworkRules
    tokens: TokenChoice
    limiter: Limiter
    retries: RetryRules


class Exchange:
    """Runs calls for one set of credentials."""

    def __init__(self, line: Line, clock: Clock, randomness: Random) -> None:
        self._line = line
        self._clock = clock
        self._randomness = randomness

    async def run(self, call: Call, patience: Patience) -> Json:
        """Send the call until it is settled; return what Xero answered.

        Raises:
            XeroMcpError: what the answer means; OUTCOME_UNKNOWN where a write may have taken
                effect and no answer says so.
        """
        _, payload = await self._settled(call, patience)
        return payload

    async def fetch(self, call: Call, patience: Patience) -> Answer:
        """The same for a file: what it is and its bytes.

        Raises:
            XeroMcpError: as `run`.
        """
        answer, _ = await self._settled(call, patience)
        return answer

    async def _settled(self, call: Call, patience: Patience) -> tuple[Answer, Json]:
        if patience.held_back is not None:
            patience.held_back.was_needed = True
            raise errors.held_back()
        self._check(call)
        began, doubt, tries = self._clock.monotonic(), False, 0
        refused: Token | None = None
        attempt: Attempt | None = None
        # One more than the tries: a token that has ended takes nothing from them.
        for _ in range(self._line.retries.max_tries + 1):
            attempt = await self._attempt(call, patience, refused, doubt=doubt)
            doubt = doubt or (call.writes and attempt.fate.leaves_doubt)
            if attempt.fate is Fate.ANSWERED and attempt.answer is not None:
                payload = verdict.conclude(call, attempt.answer, attempt.payload, doubt=doubt)
                return attempt.answer, payload
            if refused is None and verdict.is_token_over(attempt.answer):
                refused = attempt.token
                continue
            tries += 1
            elapsed_seconds = self._clock.monotonic() - began
            if not may_try_again(
                self._line.retries, attempt.fate, tries=tries, elapsed_seconds=elapsed_seconds
            ):
                break
            await self._pause(call, attempt, tries)
        raise verdict.failure(call, attempt, doubt=doubt)

    def _check(self, call: Call) -> None:
        key = call.idempotency_key
        if call.writes and not (key and len(key) <= MAX_IDEMPOTENCY_KEY_CHARS):
            raise ValueError(
                f"a write needs an Idempotency-Key of 1 to {MAX_IDEMPOTENCY_KEY_CHARS} characters"
            )
        most = self._line.network_rules.max_request_bytes
        if call.body is not None and len(call.body) > most:
            raise errors.rejected([Detail(message=f"the request is larger than {most} bytes")])

    async def _pause(self, call: Call, attempt: Attempt, tries: int) -> None:
        """After a 429 the queue does the waiting, where there is a queue."""
        if attempt.fate is Fate.LIMITED and call.organisation_id is not None:
            return
        await self._clock.sleep(
            backoff_seconds(self._line.retries, tries=tries, randomness=self._randomness)
        )

    async def _attempt(
        self, call: Call, patience: Patience, refused: Token | None, *, doubt: bool
    ) -> Attempt:
        """One try, its turn awaited. A try that cannot even be made leaves an old doubt open."""
        try:
            token = await self._line.tokens.token(call, instead_of=refused)
            permit = await self._turn(call, patience)
        except (XeroMcpError, StoreUnavailableError) as error:
            if not doubt:
                raise
            raise errors.outcome_unknown(call.method, call.path) from error
        return await self._send(call, token, permit, patience.trail)

    async def _turn(self, call: Call, patience: Patience) -> Permit | None:
        if call.organisation_id is None:
            return None
        return await self._line.limiter.acquire(
            call.organisation_id,
            max_wait_seconds=patience.max_wait_seconds,
            progress=patience.progress,
            budget=patience.budget,
        )

    async def _send(
        self, call: Call, token: Token, permit: Permit | None, trail: list[XeroRequest]
    ) -> Attempt:
        started = self._clock.monotonic()
        answer: Answer | None = None
        fate, why = Fate.BROKEN, ""
        try:
            answer = await self._line.network.send(_outgoing(call, token))
        except UnsentError as error:
            fate, why = Fate.UNSENT, f"no connection ({error})"
        except BrokenError as error:
            why = f"the connection was lost before the answer was whole ({error})"
        except AnswerTooLargeError:
            fate, why = Fate.TOO_LARGE, "the answer was too large to read"
        finally:
            ms = round((self._clock.monotonic() - started) * 1000)
            trail.append(_noted(call, answer, ms))
            await self._release(permit, answer, was_sent=fate is not Fate.UNSENT)
        if answer is None:
            return Attempt(fate=fate, token=token, why=why)
        return _sorted(call, answer, token)

    async def _release(
        self, permit: Permit | None, answer: Answer | None, *, was_sent: bool
    ) -> None:
        if permit is None:
            return
        limited = answer is not None and fate_of(answer) is Fate.LIMITED
        await self._line.limiter.release(
            permit,
            counters=Counters.on(answer) if answer is not None else None,
            was_sent=was_sent,
            pause_seconds=self._line.retries.unhinted_pause_seconds if limited else 0.0,
        )


def _sorted(call: Call, answer: Answer, token: Token) -> Attempt:
    """A good status with a body that cannot be read is no answer; a file is not read."""
    fate, payload, why = fate_of(answer), None, ""
    has_body = answer.status in _OK and answer.status != _NO_CONTENT
    if has_body and call.accepts == JSON_TYPE:
        try:
            payload = read_json(answer.body)
        except NotJsonError as error:
            fate, why = Fate.BROKEN, f"the answer was {error} where JSON was expected"
    return Attempt(fate=fate, token=token, answer=answer, payload=payload, why=why)


def _outgoing(call: Call, token: Token) -> Outgoing:
    headers = {"Authorization": f"Bearer {token.text.reveal()}", "Accept": call.accepts}
    if call.organisation_id is not None:
        headers["Xero-Tenant-Id"] = call.organisation_id
    if call.body is not None:
        headers["Content-Type"] = call.body_type
    if call.idempotency_key is not None:
        headers["Idempotency-Key"] = call.idempotency_key
    if call.modified_since is not None:
        since = call.modified_since.astimezone(UTC)
        headers["If-Modified-Since"] = since.strftime("%Y-%m-%dT%H:%M:%S")
    return Outgoing(
        method=call.method, url=call.url, query=call.query, headers=headers, body=call.body
    )


def _noted(call: Call, answer: Answer | None, ms: int) -> XeroRequest:
    return XeroRequest(
        method=call.method,
        path=call.path,
        status=answer.status if answer is not None else None,
        request_id=_request_id(answer.headers) if answer is not None else None,
        ms=ms,
    )


def _request_id(headers: Mapping[str, str]) -> str | None:
    found = next((headers[name] for name in _REQUEST_ID_HEADERS if name in headers), None)
    return quoted(found, max_chars=MAX_CODE_CHARS) if found else None
