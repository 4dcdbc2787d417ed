"""A policy as a person would draw it: areas and levels in a matrix, rules and limits below."""

from collections.abc import Iterable
from datetime import datetime
from textwrap import wrap
from typing import NamedTuple

from xero_mcp.policy.model import Policy
from xero_mcp.policy.reach import token_scopes, visible
from xero_mcp.policy.selftest import outcome_of
from xero_mcp.policy.sentences import (
    hidden_sentences,
    limit_sentences,
    never_sentences,
    rate_sentences,
    rule_sentences,
)
from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.card import ToolCard

WIDTH = 80
_LEVELS = tuple(level for level in Access if level is not Access.OFF)
_AREA_WIDTH = max(len(area) for area in Area) + 2
_CELL_WIDTH = 7


class Row(NamedTuple):
    """One area: its level, and the tools by which the agent reaches it."""

    area: Area
    access: Access
    reports: tuple[str, ...] | None
    tools: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        shown: dict[str, object] = {
            "area": self.area.value,
            "access": self.access.value,
            "tools": list(self.tools),
        }
        if self.reports is not None:
            shown["reports"] = list(self.reports)
        return shown


class Matrix(NamedTuple):
    """All that a policy says, as plain data."""

    agent: str
    purpose: str
    owner: str
    file: str
    sha256: str
    mode: str
    expires: str | None
    organisations: tuple[str, ...]
    rows: tuple[Row, ...]
    rules: tuple[str, ...]
    never: tuple[str, ...]
    hidden: tuple[str, ...]
    limits: tuple[str, ...]
    rates: tuple[str, ...]
    scopes: tuple[str, ...]
    examples: int

    def as_json(self) -> dict[str, object]:
        shown: dict[str, object] = dict(self._asdict())
        shown["rows"] = [row.as_json() for row in self.rows]
        for key in ("organisations", "rules", "never", "hidden", "limits", "rates", "scopes"):
            shown[key] = list(getattr(self, key))
        return shown


def matrix(policy: Policy, cards: Iterable[ToolCard], *, at: datetime) -> Matrix:
    every = tuple(cards)
    seen = visible(policy, every, at=at)
    return Matrix(
        agent=policy.agent,
        purpose=policy.purpose,
        owner=policy.owner,
        file=policy.file,
        sha256=policy.sha256,
        mode=policy.mode.value,
        expires=policy.expires.isoformat() if policy.expires else None,
        organisations=policy.organisations,
        rows=tuple(_row(policy, area, seen) for area in Area),
        rules=tuple(rule_sentences(policy)),
        never=tuple(never_sentences(policy)),
        hidden=tuple(hidden_sentences(policy)),
        limits=tuple(limit_sentences(policy)),
        rates=tuple(rate_sentences(policy)),
        scopes=tuple(sorted(token_scopes(policy, every, at=at))),
        examples=len(policy.examples),
    )


def _row(policy: Policy, area: Area, seen: Iterable[ToolCard]) -> Row:
    grant = policy.grant(area)
    tools = (
        card.name
        for card in seen
        if any(
            need.area is area and grant.access.covers(need.access) for need in card.possible_needs()
        )
    )
    return Row(
        area=area,
        access=grant.access,
        reports=None if grant.reports is None else tuple(sorted(grant.reports)),
        tools=tuple(sorted(tools)),
    )


def render_matrix(shown: Matrix) -> str:
    """Plain text of 80 columns."""
    until = f", until {shown.expires}" if shown.expires else ""
    lines = [
        f"{shown.agent}  ({shown.file}, {shown.mode}{until})",
        *_wrapped(shown.purpose),
        *_wrapped(f"Works in {', '.join(shown.organisations)}.", "  "),
        *_wrapped(f"Kept by {shown.owner}." if shown.owner else ""),
        "",
        *_matrix_lines(shown),
        *_section("Rules", shown.rules),
        *_section("Never", shown.never),
        *_section("Hidden", shown.hidden),
        *_section("Limits", shown.limits),
        *_section("Rates", shown.rates),
        *_section("Its token may do no more than", shown.scopes),
        "",
        f"{outcome_of(shown.examples)}.".capitalize(),
    ]
    return "\n".join(line.rstrip() for line in lines)


def _matrix_lines(shown: Matrix) -> list[str]:
    head = " " * _AREA_WIDTH + "".join(f"{level:<{_CELL_WIDTH}}" for level in _LEVELS)
    lines = [f"{head}tools"]
    off: list[str] = []
    for row in shown.rows:
        if row.access is Access.OFF:
            off.append(row.area.value)
            continue
        cells = "".join(
            f"{'x' if row.access.covers(level) else '.':<{_CELL_WIDTH}}" for level in _LEVELS
        )
        left = f"{row.area:<{_AREA_WIDTH}}{cells}"
        listed = f" (only {', '.join(row.reports)})" if row.reports is not None else ""
        tools = f"{', '.join(row.tools) or '-'}{listed}"
        first, *rest = wrap(tools, WIDTH - len(left), break_on_hyphens=False) or [""]
        lines.append(left + first)
        lines.extend(" " * len(left) + more for more in rest)
    if off:
        lines.extend(_wrapped(f"off: {', '.join(off)}", "     "))
    return lines


def _section(title: str, sentences: Iterable[str]) -> list[str]:
    listed = [line for sentence in sentences for line in _wrapped(f"- {sentence}", "  ")]
    return ["", title, *listed] if listed else []


def _wrapped(text: str, indent: str = "") -> list[str]:
    return wrap(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False) if text else []
