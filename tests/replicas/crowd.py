"""Many agents that work at once: each sends its next call when it has the answer to the last."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import anyio
import httpx2

from tests.replicas.replica import Replica

ANSWER_SECONDS = 90.0
"""A call may wait half a minute for its turn, and Xero may be slow."""
MOST_TRIES = 200
MOST_PAUSE_SECONDS = 60.0
PAUSE_SECONDS = 0.1
VERSION = "2026-07-28"
AGAIN = frozenset({"OUTCOME_UNKNOWN", "XERO_UNAVAILABLE", "AUDIT_UNAVAILABLE", "XERO_RATE_LIMITED"})
"""What passes: the agent waits as it is told, and sends the same call again."""
BROKEN = "connection"
"""No answer came: the replica is gone."""
NOT_NOW = "HTTP 503"
"""The replica is there, and cannot even look up the key."""


@dataclass
class Heard:
    """What one agent heard, and when."""

    name: str
    done_at: list[float] = field(default_factory=list[float])
    """When each of its calls was done, by the monotonic clock."""
    waits: list[float] = field(default_factory=list[float])
    """How long each took, all of its tries."""
    told: Counter[str] = field(default_factory=Counter[str])
    """Errors that it heard, by code, and connections that broke."""
    made: dict[str, str] = field(default_factory=dict[str, str])
    """Reference -> id of each invoice that it heard to be made."""
    failed: list[str] = field(default_factory=list[str])
    """What it was told that no repeat mends."""


@dataclass
class Crowd:
    """The agents of one run."""

    replicas: Sequence[Replica]
    contact_id: str
    calls_each: int
    agents: list[Heard] = field(default_factory=list[Heard])

    @property
    def calls(self) -> int:
        return len(self.agents) * self.calls_each

    @property
    def done(self) -> int:
        return sum(len(agent.done_at) for agent in self.agents)

    async def run(self, keys: dict[str, str]) -> None:
        """Let all of them loose, and wait until each has done its calls."""
        self.agents = [Heard(name) for name in keys]
        async with anyio.create_task_group() as group:
            for place, (agent, key) in enumerate(zip(self.agents, keys.values(), strict=True)):
                group.start_soon(self._work, agent, key, place)

    async def _work(self, agent: Heard, key: str, place: int) -> None:
        headers = {
            "authorization": f"Bearer {key}",
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": VERSION,
            "mcp-method": "tools/call",
        }
        async with httpx2.AsyncClient(
            headers=headers, timeout=ANSWER_SECONDS, trust_env=False
        ) as http:
            for number in range(self.calls_each):
                began = time.monotonic()
                await self._call(agent, http, place, number)
                agent.done_at.append(time.monotonic())
                agent.waits.append(agent.done_at[-1] - began)

    async def _call(self, agent: Heard, http: httpx2.AsyncClient, place: int, number: int) -> None:
        """One call to its end: through another replica where one is gone, always the same call."""
        reference = f"{agent.name}.{number + 1}"
        writes = (place + number) % 2 == 1
        tool, arguments = self._what(reference, number, writes=writes)
        for attempt in range(MOST_TRIES):
            replica = self.replicas[(place + number + attempt) % len(self.replicas)]
            code, content = await _sent(http, replica.url, tool, arguments)
            if not code:
                if writes:
                    agent.made[reference] = str(content["id"])
                return
            agent.told[code] += 1
            if code not in {*AGAIN, BROKEN, NOT_NOW}:
                agent.failed.append(f"{reference}: {content}")
                return
            await anyio.sleep(min(MOST_PAUSE_SECONDS, content.get("after", PAUSE_SECONDS)))
        agent.failed.append(f"{reference}: not done after {MOST_TRIES} tries")

    def _what(self, reference: str, number: int, *, writes: bool) -> tuple[str, dict[str, Any]]:
        if not writes:
            return "list-invoices", {"page_size": 1, "page": number + 1}
        line = {"description": "Bolts", "quantity": "1", "unit_amount": "10.00"}
        return "create-invoice", {
            "type": "sales",
            "contact_id": self.contact_id,
            "reference": reference,
            "request_id": reference,
            "lines": [line | {"account_code": "200", "tax_type": "NONE"}],
        }


async def _sent(
    http: httpx2.AsyncClient, url: str, tool: str, arguments: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Send a call once: an error's code or nothing, and what came."""
    meta: dict[str, Any] = {
        "io.modelcontextprotocol/protocolVersion": VERSION,
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params = {"name": tool, "arguments": arguments, "_meta": meta}
    sent = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    try:
        answer = await http.post(f"{url}/mcp", json=sent, headers={"mcp-name": tool})
    except httpx2.TransportError:
        return BROKEN, {}
    if not answer.is_success:
        return f"HTTP {answer.status_code}", {"said": answer.text[:300]}
    told = _message(answer)
    if "result" not in told:
        return "protocol", {"said": told}
    content = cast("dict[str, Any]", told["result"]["structuredContent"])
    if not told["result"].get("isError"):
        return "", content
    error = content["error"]
    after = error.get("retry_after_seconds")
    return error["code"], error | ({} if after is None else {"after": float(after)})


def _message(answer: httpx2.Response) -> dict[str, Any]:
    """The answer, as JSON or as the last event of a stream."""
    if answer.headers["content-type"].startswith("application/json"):
        return answer.json()
    events = [line for line in answer.text.splitlines() if line.startswith("data: {")]
    return json.loads(events[-1].removeprefix("data: "))
