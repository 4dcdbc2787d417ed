"""How long one decision takes, with twenty rules that all look at the call.

    python bench/policy_decision.py [--calls 20000]

The claim: a median under 50 microseconds.
"""

import argparse
import statistics
import sys
import time
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
rules:
"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure a decision.")
    parser.add_argument("--calls", type=int, default=20_000)
    calls = parser.parse_args().calls
    cards = load_cards()
    rules = "".join(
        f"  - {{ name: r{n}, for: [create-invoice],"
        f' ask_when: {{ total_over: "{n + 1}00.00 USD" }} }}\n'
        for n in range(RULES)
    )
    policy = load_policy(f"{HEAD}{rules}".encode(), file="bench.yaml", cards=cards.values()).policy
    assert policy is not None
    card = cards["create-invoice"]
    call = Call(
        card=card,
        needs=card.needs({"type": "bill"}),
        organisation_id="",
        organisation_name="Demo Company (Global)",
        at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    )
    for shown, total in (("allowed", "99.00 USD"), ("asked", "1050.00 USD")):
        facts = Facts(total=parse_money(total))
        times: list[int] = []
        for _ in range(calls):
            start = time.perf_counter_ns()
            decide(policy, call, facts, Usage())
            times.append(time.perf_counter_ns() - start)
        median = statistics.median(times) / 1_000
        slow = statistics.quantiles(times, n=100)[98] / 1_000
        print(f"{shown}: median {median:.1f} us, 99th percentile {slow:.1f} us, {RULES} rules")
        if median > LIMIT_MICROSECONDS:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
