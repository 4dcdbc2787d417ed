"""Which operation of Xero a request is, and which scopes let it through."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal
from urllib.parse import unquote

from xero_mcp.demo_company.operation_table import ATTACHED, OPERATIONS

Kind = Literal["core", "attachment", "history", "pdf"]

GUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)

# Xero answers 404 to an app that was never given these scopes, and so do we to every app.
NOT_OFFERED: Final = frozenset({"Receipts", "ExpenseClaims", "PaymentServices", "Setup"})

# Areas of which Xero sells no write scope.
_READ_ONLY_AREAS: Final = frozenset({"budgets", "journals"})
# Areas that came out of accounting.transactions when scopes became granular.
_FROM_TRANSACTIONS: Final = frozenset(
    {"invoices", "payments", "banktransactions", "manualjournals", "classicexpenses"}
)
_ATTACHMENT_OPERATIONS: Final = (
    "GET /{r}/{{{s}ID}}/Attachments get{s}Attachments",
    "GET /{r}/{{{s}ID}}/Attachments/{{AttachmentID}} get{s}AttachmentById",
    "GET /{r}/{{{s}ID}}/Attachments/{{FileName}} get{s}AttachmentByFileName",
    "POST /{r}/{{{s}ID}}/Attachments/{{FileName}} update{s}AttachmentByFileName",
    "PUT /{r}/{{{s}ID}}/Attachments/{{FileName}} create{s}AttachmentByFileName",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One of the 235. `granular` and `broad` each name scopes of which any one is enough."""

    method: str
    path: str
    name: str
    resource: str
    kind: Kind
    granular: frozenset[str]
    broad: frozenset[str]

    @property
    def offered(self) -> bool:
        """Say whether this Xero lets any app have the operation."""
        return self.resource not in NOT_OFFERED and "paymentservices" not in self.granular

    def allowed_by(self, scopes: Iterable[str]) -> bool:
        """Say whether a token with these scopes may do it; old and new scopes may be mixed."""
        held = frozenset(scopes)
        return not held.isdisjoint(self.granular | self.broad)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An operation and what stood in the places of its path, percent-decoded."""

    operation: Operation
    params: dict[str, str]


@cache
def operations() -> tuple[Operation, ...]:
    """Return all 235, in the order of the table."""
    return tuple(
        _operation(resource, area, line)
        for (resource, area), block in OPERATIONS.items()
        for line in block.strip().split("\n")
    ) + tuple(
        _operation(resource, "attachments", line.format(r=resource, s=singular))
        for resource, singular in ATTACHED
        for line in _ATTACHMENT_OPERATIONS
    )


def find(method: str, path: str) -> Match | None:
    """Return the operation for a method and a path such as `/Invoices/INV-1/pdf`.

    A word of the path wins over a place in it, and a place for an id takes a GUID only
    where the same path also has a place for a name or a number.
    """
    parts = [unquote(part) for part in path.strip("/").split("/")]
    for operation, pattern in _by_shape().get((method.upper(), len(parts)), ()):
        params = _params(pattern, parts)
        if params is not None:
            return Match(operation=operation, params=params)
    return None


def methods(path: str) -> frozenset[str]:
    """Return the methods that the path answers to; none of them where there is no such path."""
    return frozenset(m for m in ("GET", "POST", "PUT", "DELETE") if find(m, path) is not None)


def _operation(resource: str, area: str, line: str) -> Operation:
    method, path, name = line.split()
    writes = method != "GET"
    return Operation(
        method=method,
        path=path,
        name=name,
        resource=resource,
        kind=_kind(path),
        granular=_granular(area, writes=writes),
        broad=_broad(area, writes=writes),
    )


def _kind(path: str) -> Kind:
    if "/Attachments" in path:
        return "attachment"
    if path.endswith("/History"):
        return "history"
    return "pdf" if path.endswith("/pdf") else "core"


def _granular(area: str, *, writes: bool) -> frozenset[str]:
    if area == "items":
        return _granular("settings", writes=writes) | _granular("invoices", writes=writes)
    if area == "paymentservices":
        return frozenset({area})
    if area in _READ_ONLY_AREAS or area.startswith("reports."):
        return frozenset({f"accounting.{area}.read"})
    scope = f"accounting.{area}"
    return frozenset({scope} if writes else {scope, f"{scope}.read"})


def _broad(area: str, *, writes: bool) -> frozenset[str]:
    if area in _FROM_TRANSACTIONS:
        return _granular("transactions", writes=writes)
    if area == "items":
        return _granular("settings", writes=writes)
    if area == "reports.tenninetynine":
        return frozenset({"accounting.reports.read", "accounting.reports.tenninetynine.read"})
    if area.startswith("reports."):
        return frozenset({"accounting.reports.read"})
    return _granular(area, writes=writes)


@cache
def _by_shape() -> dict[tuple[str, int], list[tuple[Operation, tuple[str, ...]]]]:
    shapes: dict[tuple[str, int], list[tuple[Operation, tuple[str, ...]]]] = {}
    for operation in operations():
        pattern = tuple(operation.path.strip("/").split("/"))
        shapes.setdefault((operation.method, len(pattern)), []).append((operation, pattern))
    for candidates in shapes.values():
        candidates.sort(key=lambda candidate: [part.startswith("{") for part in candidate[1]])
        _let_guids_choose(candidates)
    return shapes


def _let_guids_choose(candidates: list[tuple[Operation, tuple[str, ...]]]) -> None:
    """Mark the id places of which a path with a name or number in the same place exists."""
    shapes = [tuple("{" if p.startswith("{") else p for p in pattern) for _, pattern in candidates]
    for index, (operation, pattern) in enumerate(candidates):
        if shapes.count(shapes[index]) > 1 and pattern[-1].endswith("ID}"):
            candidates[index] = (operation, (*pattern[:-1], "!" + pattern[-1]))


def _params(pattern: tuple[str, ...], parts: list[str]) -> dict[str, str] | None:
    params: dict[str, str] = {}
    for place, part in zip(pattern, parts, strict=True):
        if place.startswith("!"):
            if not GUID.fullmatch(part):
                return None
            params[place[2:-1]] = part
        elif place.startswith("{"):
            params[place[1:-1]] = part
        elif place.casefold() != part.casefold():
            return None
    return params
