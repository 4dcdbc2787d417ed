"""The examples of a policy file, run one by one, for people to read."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

from xero_mcp.cli.exits import CommandError
from xero_mcp.cli.policy_files import Chosen
from xero_mcp.policy.decision import Decision
from xero_mcp.policy.files import read_content
from xero_mcp.policy.model import Example, Policy
from xero_mcp.policy.plain import duration_text
from xero_mcp.policy.selftest import decide_example
from xero_mcp.tool.card import ToolCard

GIVEN_FACTS = (
    "gross",
    "contact_ids",
    "new_contact",
    "account_codes",
    "tracking",
    "tax_types",
    "items",
    "line_count",
    "days_old",
    "period_locked",
    "bank_details_change",
    "emails_outside",
    "recipient_not_stored",
    "duplicate",
    "read_others_text",
    "attachment_types",
    "attachment_bytes",
)


class Run(NamedTuple):
    """An example and how it came out."""

    file: str
    example: Example
    decision: Decision

    @property
    def ok(self) -> bool:
        return self.decision.in_earnest is self.example.expect

    def says(self) -> str:
        """One line for a person."""
        example = self.example
        given = ", ".join(_given(example))
        called = f"{example.tool} ({given})" if given else example.tool
        place = f"{self.file}:{example.place.line}"
        if self.ok:
            return f"{place}  {called}: {example.expect}"
        came = self.decision.in_earnest
        return (
            f"{place}  {called}: expected {example.expect}, came out as {came}. "
            f"{self.decision.reason}"
        )

    def as_json(self) -> dict[str, object]:
        return {
            "file": self.file,
            "line": self.example.place.line,
            "call": self.example.tool,
            "given": list(_given(self.example)),
            "expect": self.example.expect.value,
            "came_out": self.decision.in_earnest.value,
            "ok": self.ok,
            "reason": self.decision.reason,
        }


def run_example(policy: Policy, example: Example, cards: Mapping[str, ToolCard]) -> Run:
    decision = decide_example(policy, example, cards[example.tool])
    return Run(file=policy.file, example=example, decision=decision)


def read_bytes(chosen: Chosen) -> bytes:
    """A policy file whole.

    Raises:
        CommandError: it cannot be read, or is no policy file at all.
    """
    content = read_content(chosen.path)
    if content.problem:
        raise CommandError(f"{chosen.shown}: {content.problem}.")
    return content.data


def _given(example: Example) -> Iterator[str]:
    """What the example says of its call, in the words of the file."""
    facts = example.facts
    for name, value in example.arguments.items():
        yield f"{name.strip('()')} {value}"
    for name, money in (("total", facts.total), ("base total", facts.base_total)):
        if money is not None:
            yield f"{name} {money}"
    if facts.contact_known_for is not None:
        yield f"contact known for {duration_text(facts.contact_known_for)}"
    for name in GIVEN_FACTS:
        value = getattr(facts, name)
        if value is not None:
            yield f"{name.replace('_', ' ')}: {_in_words(value)}"
    for name in facts.unknown:
        yield f"{name.replace('_', ' ')} unknown"
    yield from _around(example)


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return ", ".join(sorted(cast("frozenset[str]", value)))
    if isinstance(value, tuple):
        return ", ".join(map(str, cast("tuple[int, ...]", value)))
    return str(value)


def _around(example: Example) -> Iterator[str]:
    if example.organisation:
        yield f"in {example.organisation}"
    if example.at is not None:
        yield f"at {example.at:%Y-%m-%d %H:%M}"
    if example.usage.writes_last_hour:
        yield f"{example.usage.writes_last_hour} writes in the last hour"
    for currency, amount in example.usage.money_today.items():
        yield f"{amount} {currency} spent today"
