"""How long one decision takes, with twenty rules that all look at the call.

    python bench/policy_decision.py [--calls 20000]

The claim: a median under 50 microseconds. Beside each figure stands what part of that it is, and
how many times a decision without rules it takes: the second says more on a busy machine.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from xero_mcp.money import parse_money
from xero_mcp.policy.decide import decide
from xero_mcp.policy.decision import Call
from xero_mcp.policy.load import load_policy
from xero_mcp.policy.usage import Usage
from xero_mcp.tool.facts import Facts
from xero_mcp.tools.index import load_cards

LIMIT_MICROSECONDS = 50
RULES = 20
HEAD = """agent: bench
owner: owner@example.com
expires: 2099-01-01
organisations: [Demo Company (Global)]
access: { bills: post }
never: [change-bank-details, post-to-locked-periods]
limits: { hours: "Mon-Fri 08:00-18:00 Europe/London", writes_per_hour: 9 }
scopes: [accounting.invoices]
"""
RULES_TEXT = "".join(
    f'  - {{ name: r{n}, for: [create-invoice], ask_when: {{ total_over: "{n + 1}00.00 USD" }} }}\n'
    for n in range(RULES)
)


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure a decision.")
    parser.add_argument("--calls", type=int, default=20_000)
    calls = parser.parse_args().calls
    bare = median_of(decision("", "99.00 USD"), calls)
    for shown, total in (("allowed", "99.00 USD"), ("asked", "1050.00 USD")):
        median = median_of(decision(RULES_TEXT, total), calls)
        print(
            f"{shown}: median {median:.1f} us with {RULES} rules:"
            f" {median / LIMIT_MICROSECONDS:.2f} of the {LIMIT_MICROSECONDS} us,"
            f" {median / bare:.1f} times a decision without rules ({bare:.1f} us)"
        )
        if median > LIMIT_MICROSECONDS:
            return 1
    return 0


def decision(rules: str, total: str) -> Callable[[], object]:
    cards = load_cards()
    data = f"{HEAD}{f'rules:{chr(10)}{rules}' if rules else ''}".encode()
    policy = load_policy(data, file="bench.yaml", cards=cards.values()).policy
    assert policy is not None
    card = cards["create-invoice"]
    call = Call(
        card=card,
        needs=card.needs({"type": "bill"}),
        organisation_id="",
        organisation_name="Demo Company (Global)",
        at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    )
    facts = Facts(total=parse_money(total))
    return lambda: decide(policy, call, facts, Usage())


def median_of(work: Callable[[], object], calls: int) -> float:
    """In microseconds."""
    times: list[int] = []
    for _ in range(calls):
        start = time.perf_counter_ns()
        work()
        times.append(time.perf_counter_ns() - start)
    return statistics.median(times) / 1_000


if __name__ == "__main__":
    sys.exit(main())
