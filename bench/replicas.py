"""Replicas on one PostgreSQL and a crowd of agents for one organisation, some replicas killed.

    python bench/replicas.py [--agents 20] [--calls 600] [--replicas 3] [--kills 3] [--minute 20]

Real `serve --transport http` processes, a PostgreSQL of its own, and a demo company that enforces
Xero's limits in minutes of so many seconds; `--minute 60` is Xero's own, and takes eleven of them.
Fails where Xero refused a request for its limits, less than 95% of what it allows was used, an
agent waited more than twice its fair share, the token was refreshed more than once, a write was
lost, doubled or not recorded, or the chain does not verify.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

import anyio

from tests.replicas.trial import Seen, Size, trial
from tests.replicas.trouble import kills
from tests.store.postgres_server import running_server
from tests.wire.demo_process import demo_process

POSTGRES = "18"
LEAST_SHARE = 0.95
LATEST = 2.0


def sized(asked: argparse.Namespace) -> Size:
    ideal_seconds = asked.calls / 60 * asked.minute
    return Size(
        agents=asked.agents,
        calls_each=-(-asked.calls // asked.agents),
        replicas=asked.replicas,
        minute_seconds=asked.minute,
        bound_seconds=60 + 2 * ideal_seconds,
    )


def run(size: Size, kill_count: int) -> Seen:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server(POSTGRES) as postgres,
        demo_process(Path(folder), "--strict-limits", **size.settings) as demo,
    ):

        async def one() -> Seen:
            place = postgres.url(postgres.new_house())
            return await trial(Path(folder), demo, place, size, trouble=kills(kill_count))

        return anyio.run(one)


def missed(seen: Seen) -> list[str]:
    """Every claim that does not hold."""
    claims = {
        "every call is done": not seen.failed,
        "Xero refuses nothing for its limits": not seen.door["refused"],
        "95% is used": seen.share_used >= LEAST_SHARE,
        "nobody waits more than twice the fair share": seen.latest <= LATEST,
        "one refresh": seen.tokens == 1,
        "the chain is valid": seen.chain_is_valid,
    }
    return [f"not so: {claim}" for claim, holds in claims.items() if not holds]


def main() -> int:
    given = argparse.ArgumentParser(description="Many agents, several replicas, Xero's limits.")
    given.add_argument("--agents", type=int, default=20)
    given.add_argument("--calls", type=int, default=600)
    given.add_argument("--replicas", type=int, default=3)
    given.add_argument("--kills", type=int, default=3)
    given.add_argument("--minute", type=float, default=20.0)
    asked = given.parse_args()
    size = sized(asked)
    seen = run(size, asked.kills)
    waits = [wait for agent in seen.agents for wait in agent.waits]
    rows = {
        "calls done, agents, replicas, kills": f"{size.calls}, {size.agents}, {size.replicas}, "
        f"{asked.kills}",
        "seconds": f"{seen.seconds:.1f}",
        "requests at Xero, refused by it": f"{seen.door['calls']}, {seen.door['refused']}",
        "most at once": f"{seen.door['max_in_flight']}",
        "used of what Xero allows": f"{seen.share_used:.1%}",
        "the latest call, in fair shares of waiting": f"{seen.latest:.2f}",
        "wait of a call, median and longest": f"{statistics.median(waits):.1f} s, "
        f"{max(waits):.1f} s",
        "refreshes of the token": f"{seen.tokens}",
        "invoices heard to be made, in Xero": f"{len(seen.made)}, {len(seen.in_books)}",
        "errors that agents heard, each mended by a repeat": f"{dict(seen.told)}",
        "chain": seen.verified.splitlines()[0],
        "processor time left over": f"{seen.idle:.0%}",
    }
    for name, value in rows.items():
        print(f"{name:<50} {value}")
    problems = [*seen.failed, *seen.wrong_in_books(), *missed(seen)]
    for problem in problems:
        print(f"PROBLEM: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
