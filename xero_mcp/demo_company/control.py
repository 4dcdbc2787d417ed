"""`/_demo/…`: how a test looks inside and makes things go wrong. Only for this machine."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from ipaddress import ip_address
from typing import Any, Final, cast

from xero_mcp.demo_company.faults import (
    MAX_CLOCK_SECONDS,
    FaultInvalidError,
    fault_from,
    number_from,
)
from xero_mcp.demo_company.kernel import Json
from xero_mcp.demo_company.premises import Premises
from xero_mcp.demo_company.webhooks import subscription_from
from xero_mcp.demo_company.wire.errors import not_found
from xero_mcp.demo_company.wire.reply import Reply
from xero_mcp.demo_company.wire.request import Request

PREFIX: Final = "/_demo/"


class Control:
    """Answers the control paths, for clients on a loopback address; others see nothing there."""

    def __init__(self, premises: Premises) -> None:
        self._premises = premises
        self._paths: dict[tuple[str, str], Callable[[Json], Any]] = {
            ("GET", "stats"): lambda _: self._stats(),
            ("POST", "reset"): lambda _: premises.reset(),
            ("POST", "clock"): self._clock,
            ("GET", "faults"): lambda _: premises.faults.shown(),
            ("POST", "faults"): self._add_faults,
            ("DELETE", "faults"): lambda _: premises.faults.clear(),
            ("POST", "limits"): self._limits,
            ("POST", "disconnect"): lambda sent: premises.disconnect(self._organisation(sent)),
            ("POST", "connect"): lambda sent: premises.connect(self._organisation(sent)),
            ("GET", "webhooks"): lambda _: premises.webhooks.shown(),
            ("POST", "webhooks"): self._subscribe,
            ("DELETE", "webhooks"): lambda _: premises.webhooks.reset(),
            ("POST", "webhooks/outage"): self._outage,
        }

    def owns(self, request: Request) -> bool:
        """Say whether to answer: a page in this machine's browser (Origin) gets nothing either."""
        from_here = _is_loopback(request.client_host) and "origin" not in request.headers
        return request.path.startswith(PREFIX) and from_here

    def answer(self, request: Request) -> Reply:
        """Do what is asked; 400 with the reason where it makes no sense."""
        run = self._paths.get((request.method, request.path.removeprefix(PREFIX)))
        if run is None:
            return not_found()
        try:
            done = run(_sent(request.body))
            return _json({"ok": True} if done is None else done)
        except FaultInvalidError as problem:
            return _json({"error": str(problem)}, status=400)

    def _stats(self) -> Json:
        premises = self._premises
        return {
            **premises.stats.shown(),
            "tokens_issued": premises.grants.issued,
            "idempotent_replays": premises.idempotency.replays,
            "faults_waiting": len(premises.faults),
            "now": premises.clock().isoformat(),
            "organisations": {
                company.name: premises.limits.shown(company.id)
                for company in premises.companies.values()
            },
            "webhooks": premises.webhooks.shown(),
        }

    def _clock(self, sent: Json) -> Json:
        limits = (-MAX_CLOCK_SECONDS, MAX_CLOCK_SECONDS)
        self._premises.clock.advance(number_from(sent, "advance_seconds", None, between=limits))
        return {"now": self._premises.clock().isoformat()}

    def _add_faults(self, sent: Json) -> Json:
        """Add one fault, or all of `{"faults": […]}`; a mistake in one adds none."""
        listed: Any = sent.get("faults", [sent])
        if not isinstance(listed, list):
            raise FaultInvalidError("faults must be a list")
        rows = cast("list[Any]", listed)
        if not all(isinstance(row, dict) for row in rows):
            raise FaultInvalidError("each fault must be an object")
        for fault in [fault_from(row) for row in rows]:
            self._premises.faults.add(fault)
        return {"faults": self._premises.faults.shown()}

    def _limits(self, sent: Json) -> Json:
        """Change some of the rules; the counting begins anew."""
        limits = self._premises.limits
        known = asdict(limits.rules)
        for name, value in sent.items():
            if name not in known:
                raise FaultInvalidError(f"{name} is no rule; rules: {', '.join(known)}")
            _check_rule(name, value, known[name])
        limits.rules = replace(limits.rules, **sent)
        limits.reset()
        return {"limits": asdict(limits.rules)}

    def _organisation(self, sent: Json) -> str:
        wanted = str(sent.get("organisation", ""))
        for company in self._premises.companies.values():
            if wanted in {company.id, company.name}:
                return company.id
        raise FaultInvalidError("organisation must be the name or the id of one of them")

    def _outage(self, sent: Json) -> Any:  # noqa: ANN401 - a list of JSON
        self._premises.webhooks.outage(str(sent.get("mode", "")))
        return self._premises.webhooks.shown()

    def _subscribe(self, sent: Json) -> Json:
        subscription = subscription_from(sent, anywhere=self._premises.webhooks.anywhere)
        return self._premises.webhooks.subscribe(subscription)


def _check_rule(name: str, value: object, known: object) -> None:
    if name == "window":
        fits = value in {"rolling", "fixed"}
    elif isinstance(known, bool) or isinstance(value, bool):
        fits = isinstance(known, bool) and isinstance(value, bool)
    else:
        kind = int if isinstance(known, int) and not name.endswith("_seconds") else (int, float)
        fits = isinstance(value, kind) and 0 < cast("float", value) <= MAX_CLOCK_SECONDS
    if not fits:
        raise FaultInvalidError(f"{name} must be like {known}")


def _sent(body: bytes) -> Json:
    if not body:
        return {}
    try:
        sent: object = json.loads(body)
    except (ValueError, RecursionError):
        raise FaultInvalidError("the body must be JSON") from None
    if not isinstance(sent, dict):
        raise FaultInvalidError("the body must be a JSON object")
    return cast("Json", sent)


def _json(value: object, *, status: int = 200) -> Reply:
    return Reply(status=status, body=json.dumps(value).encode(), content_type="application/json")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.removeprefix("::ffff:")).is_loopback
    except ValueError:
        return False
